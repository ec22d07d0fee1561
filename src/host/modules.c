/* SPDX-License-Identifier: MIT
 * modules.c - loaders in package.preload for all that is linked in.
 *
 * Preload comes before the search on package.path, so a copied executable works
 * in an empty folder and never mixes with an installed leat of another version.
 */
#include "host/modules.h"

#include <lauxlib.h>
#include <lua.h>

int luaopen_leat_core (lua_State *L);
int luaopen_lpeg (lua_State *L);

/* Called by require with the module's name; upvalue 1 is its struct. */
static int modules_load (lua_State *L) {
  const struct embedded_module *m = lua_touserdata (L, lua_upvalueindex (1));
  if (luaL_loadbufferx (L, m->text, m->length, m->chunk, "t") != LUA_OK)
    return lua_error (L);
  lua_pushstring (L, m->name);
  lua_pushstring (L, m->chunk + 1);
  lua_call (L, 2, 1);
  return 1;
}

void modules_preload (lua_State *L) {
  luaL_getsubtable (L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  for (const struct embedded_module *m = embedded_modules; m->name != NULL; m++) {
    lua_pushlightuserdata (L, (void *)m);
    lua_pushcclosure (L, modules_load, 1);
    lua_setfield (L, -2, m->name);
  }
  lua_pushcfunction (L, luaopen_leat_core);
  lua_setfield (L, -2, "leat.core");
  lua_pushcfunction (L, luaopen_lpeg);
  lua_setfield (L, -2, "lpeg");
  lua_pop (L, 1);
}
