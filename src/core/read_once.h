/* SPDX-License-Identifier: MIT
 * read_once.h - can a recipe be read again?
 */
#ifndef LEAT_CORE_READ_ONCE_H
#define LEAT_CORE_READ_ONCE_H

#include <stdbool.h>

#include <lua.h>

/* Does the recipe at `index` read, however far above, what nothing can rewind: standard input, an
 * open file, a Lua iterator, a coroutine, a live generator? */
bool recipe_is_read_once (lua_State *L, int index);

#endif
