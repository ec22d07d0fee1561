/* SPDX-License-Identifier: MIT
 * null.c - leat.null and leat.array: what JSON has and Lua has not.
 *
 * null is one userdata for each Lua state, kept in the registry, so identity
 * tells it. It is true in conditions, as every value but nil and false.
 *
 * An array is marked by its metatable, which is empty: the mark costs nothing in
 * use, is copied by nobody by accident, and disappears with the table. Every array
 * that leat reads has it, so that one that is empty, or emptied later, is written as
 * [] and not as {}.
 */
#include <lauxlib.h>
#include <lua.h>

#include "json.h"

/* Their addresses are the registry's keys. */
static const char null_key, mark_key;

void null_push (lua_State *L) { lua_rawgetp(L, LUA_REGISTRYINDEX, &null_key); }

bool null_is (lua_State *L, int index) {
  if (lua_type(L, index) != LUA_TUSERDATA) return false;
  index = lua_absindex(L, index);
  null_push(L);
  bool is_null = lua_rawequal(L, index, -1);
  lua_pop(L, 1);
  return is_null;
}

void array_push_mark (lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &mark_key);
}

bool array_is_marked (lua_State *L, int index) {
  if (!lua_getmetatable(L, index)) return false;
  array_push_mark(L);
  bool marked = lua_rawequal(L, -2, -1);
  lua_pop(L, 2);
  return marked;
}

static int l_null_tostring (lua_State *L) {
  lua_pushliteral(L, "null");
  return 1;
}

void null_open (lua_State *L) {
  lua_newuserdatauv(L, 0, 0);
  lua_createtable(L, 0, 3);
  lua_pushcfunction(L, l_null_tostring);
  lua_setfield(L, -2, "__tostring");
  lua_pushliteral(L, "leat.null");
  lua_setfield(L, -2, "__name");
  lua_pushliteral(L, "leat.null");
  lua_setfield(L, -2, "__metatable");
  lua_setmetatable(L, -2);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &null_key);

  lua_newtable(L);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &mark_key);
}

/* leat.array(t): marks t and returns it. */
int null_array_function (lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  if (lua_getmetatable(L, 1)) {
    array_push_mark(L);
    if (!lua_rawequal(L, -2, -1))
      return luaL_argerror(L, 1, "the table has a metatable of its own, so it cannot be "
                                 "marked as an array; give a copy of it");
    lua_settop(L, 1);
    return 1;
  }
  array_push_mark(L);
  lua_setmetatable(L, 1);
  return 1;
}
