/* SPDX-License-Identifier: MIT
 * sort.h - desc(key), the function of the module that goes with sort, top and bottom.
 */
#ifndef LEAT_STAGES_SORT_H
#define LEAT_STAGES_SORT_H

#include <stdbool.h>

#include <lua.h>

int sort_desc (lua_State *L);

/* Replaces a desc(key) at `index` by its key; false: it is none. */
bool sort_take_desc (lua_State *L, int index);

#endif
