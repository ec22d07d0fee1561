/* SPDX-License-Identifier: MIT
 * list.h - lists of many elements at once.
 */
#ifndef LEAT_CORE_LIST_H
#define LEAT_CORE_LIST_H

#include <lua.h>

/* For a new Lua state. */
void list_open (lua_State *L);

/* More values are not put on the stack at once. */
#define LIST_MOST 1024

/* Pushes a list of `count` integers, 1 to LIST_MOST. Raises memory errors only. */
void list_push_integers (lua_State *L, const lua_Integer *integers, int count);

#endif
