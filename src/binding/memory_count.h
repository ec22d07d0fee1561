/* SPDX-License-Identifier: MIT
 * memory_count.h - leat.memory: how much is allocated, and the most there was.
 */
#ifndef LEAT_BINDING_MEMORY_COUNT_H
#define LEAT_BINDING_MEMORY_COUNT_H

#include <lua.h>

/* Adds memory() to the table on top. */
void memory_library (lua_State *L);

#endif
