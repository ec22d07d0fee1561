/* SPDX-License-Identifier: MIT
 * held.c - kept items; the contract is in held.h.
 *
 * A tuple is kept as { n, part 1, ..., part n }.
 */
#include "held.h"

#include <lauxlib.h>

/* Its address is the registry's key of the mark, an empty metatable. */
static const char mark_key;

static void push_mark (lua_State *L) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &mark_key) == LUA_TTABLE) return;
  lua_pop(L, 1);
  lua_newtable(L);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &mark_key);
}

void held_push (struct flow *f) {
  lua_State *L = f->L;
  int count = flow_push_item(f);
  if (count == 1) return;
  lua_createtable(L, count + 1, 0);
  push_mark(L);
  lua_setmetatable(L, -2);
  lua_insert(L, -count - 1);
  for (int i = count; i >= 1; i--) lua_rawseti(L, -i - 1, i + 1);
  lua_pushinteger(L, count);
  lua_rawseti(L, -2, 1);
}

static bool is_tuple (lua_State *L) {
  if (lua_type(L, -1) != LUA_TTABLE || !lua_getmetatable(L, -1)) return false;
  push_mark(L);
  bool same = lua_rawequal(L, -1, -2);
  lua_pop(L, 2);
  return same;
}

verdict held_pass (struct flow *f) {
  lua_State *L = f->L;
  if (!is_tuple(L)) return flow_pass(f, 1);
  int tuple = lua_gettop(L);
  lua_rawgeti(L, tuple, 1);
  int count = (int)lua_tointeger(L, -1);
  luaL_checkstack(L, count + 8, "too many parts in an item");
  lua_settop(L, tuple);
  for (int i = 1; i <= count; i++) lua_rawgeti(L, tuple, i + 1);
  return flow_pass(f, count);
}
