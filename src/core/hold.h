/* SPDX-License-Identifier: MIT
 * hold.h - items that a stage keeps, to give them on later as they came.
 *
 * An item is kept as one Lua value: itself, or a userdata of the parts of a tuple, which no script
 * ever sees.
 */
#ifndef LEAT_CORE_HOLD_H
#define LEAT_CORE_HOLD_H

#include "run.h"

/* Pushes the value to keep the item as. */
void hold_push (struct flow *f);

/* Makes what is kept as the value on top, which hold_push has made, the item. */
verdict hold_pass (struct flow *f);

/* Pushes the parts instead, and returns how many: for terminals. */
int hold_spread (struct flow *f);

#endif
