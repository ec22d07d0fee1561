/* SPDX-License-Identifier: MIT
 * held.h - items that a stage keeps and gives on later.
 *
 * A kept item is one Lua value, so it can be an element of a table. Of a tuple that is a
 * table with a mark that nothing outside has; so it comes back with as many parts as it had.
 */
#ifndef LEAT_CORE_HELD_H
#define LEAT_CORE_HELD_H

#include "run.h"

/* Pushes the item as one value to be kept. */
void held_push (struct flow *f);
/* Makes the kept value on top the item again. */
verdict held_pass (struct flow *f);

#endif
