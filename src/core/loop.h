/* SPDX-License-Identifier: MIT
 * loop.h - `for x in pipeline`: a run of its own for every live loop.
 */
#ifndef LEAT_CORE_LOOP_H
#define LEAT_CORE_LOOP_H

#include "run.h"

/* __call of recipes: (pipeline, nil, control). Upvalue 1 is the state. */
int loop_call (lua_State *L);

/* Takes the run of a loop off its recipe's list: it is about to be freed. */
void loop_forget (struct run *run);

#endif
