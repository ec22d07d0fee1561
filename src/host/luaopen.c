/* SPDX-License-Identifier: MIT
 * luaopen.c - luaopen_leat: leat in a Lua state that is not its own.
 */
#include <lauxlib.h>
#include <lua.h>

#include "host/leat.h"
#include "host/modules.h"

int luaopen_leat (struct lua_State *L) {
  luaL_checkversion(L);
  modules_preload(L);
  if (lua_getglobal(L, "require") != LUA_TFUNCTION)
    return luaL_error(L, "leat needs Lua's package library, which is not open here");
  /* A loader by that name is there now, but require would not come back to who called us. */
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  lua_getfield(L, -1, "leat");
  lua_remove(L, -2);
  lua_pushliteral(L, "leat");
  lua_call(L, 1, 1);
  return 1;
}
