/* SPDX-License-Identifier: MIT
 * sort.h - desc(key), the function of the module that goes with sort, top and bottom.
 */
#ifndef LEAT_STAGES_SORT_H
#define LEAT_STAGES_SORT_H

#include <lua.h>

int sort_desc (lua_State *L);

#endif
