/* SPDX-License-Identifier: MIT
 * library.h - Lua's libraries as a sandbox has them.
 *
 * Each function adds to the table on top what scripts may have of a library; the originals are in
 * the table below it. Those that are safe are taken over as they are. The state is upvalue 1
 * of the others.
 */
#ifndef LEAT_HOST_LIBRARY_H
#define LEAT_HOST_LIBRARY_H

#include <stdbool.h>

#include <lauxlib.h>

#include "core/state.h"

void library_base (lua_State *L, struct state *g);
void library_coroutine (lua_State *L, struct state *g);
void library_string (lua_State *L, struct state *g);
void library_table (lua_State *L, struct state *g);
void library_utf8 (lua_State *L, struct state *g);
/* math: as it is. */
void library_whole (lua_State *L, struct state *g);
void library_io (lua_State *L, struct state *g);
void library_os (lua_State *L, struct state *g);
void library_debug (lua_State *L, struct state *g);

/* --- the same for a state that is not limited, but watched (core/limits.h) --- */

/* Replaces, in the globals, Lua's functions that would not let an interrupt through: they catch
 * errors, or may take long without an instruction of Lua's. All others are what they were. */
void library_interruptible (lua_State *L, struct state *g);
/* Of one library: the original is on top, and below it, too. */
void library_base_interruptible (lua_State *L, struct state *g);
void library_coroutine_interruptible (lua_State *L, struct state *g);
void library_string_interruptible (lua_State *L, struct state *g);
void library_table_interruptible (lua_State *L, struct state *g);

/* table.sort, of what is or acts as a table. */
int library_sort (lua_State *L);

/* --- library.c: what these have in common --- */

/* Copies the named functions (a list that ends in NULL) from the originals. */
void library_take (lua_State *L, const char *const *names);
/* Copies the named functions; each charges the length of the strings it is given. */
void library_take_charged (lua_State *L, struct state *g, const char *const *names);
/* Adds functions with the state as upvalue 1 and the original, if there is one of this name, as
 * upvalue 2. */
void library_add (lua_State *L, struct state *g, const luaL_Reg *functions);
/* Adds functions (a list that ends in NULL) that only raise: no sandbox has them, because `why`. */
void library_refuse (lua_State *L, const char *library, const char *const *names,
                     const char *why);

/* Upvalues of what library_add adds. */
enum { LIBRARY_STATE = 1, LIBRARY_ORIGINAL };

static inline struct state *library_state (lua_State *L) {
  return lua_touserdata(L, lua_upvalueindex(LIBRARY_STATE));
}

/* Replaces the table on top by a read-only view of it: `name` is what errors call it. */
void library_protect (lua_State *L, const char *name);
/* Is the value at `index` such a view? */
bool library_is_protected (lua_State *L, int index);

#endif
