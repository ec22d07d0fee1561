/* SPDX-License-Identifier: MIT
 * memory.h - the byte layer's allocator, taken from a Lua state: the host's limits hold.
 */
#ifndef LEAT_BINDING_MEMORY_H
#define LEAT_BINDING_MEMORY_H

#include <lua.h>

#include "bytes/memory.h"

static inline void memory_of_state (lua_State *L, struct memory *m) {
  m->alloc = lua_getallocf(L, &m->ud);
}

#endif
