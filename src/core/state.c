/* SPDX-License-Identifier: MIT
 * state.c - what all of leat shares in one Lua state; see state.h.
 */
#include "state.h"

#include "key.h"

static const char state_key = 0; /* its address is the registry's key */

struct state *state_push (lua_State *L) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &state_key) == LUA_TUSERDATA) return lua_touserdata(L, -1);
  lua_pop(L, 1);
  struct state *g = lua_newuserdatauv(L, sizeof *g, 0);
  *g = (struct state){ 0 };
  key_seed(g);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &state_key);
  return g;
}

struct state *state_find (lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &state_key);
  struct state *g = lua_touserdata(L, -1);
  lua_pop(L, 1);
  return g;
}
