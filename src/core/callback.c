/* SPDX-License-Identifier: MIT
 * callback.c - what counts as a function; the contract is in callback.h.
 */
#include "callback.h"

#include <lauxlib.h>

#include "argument.h"

void callback_check (lua_State *L, const struct recipe *r, int index, const char *name) {
  bool callable = index < lua_gettop(L) && lua_isfunction(L, index);
  if (!callable && index < lua_gettop(L) && luaL_getmetafield(L, index, "__call") != LUA_TNIL) {
    lua_pop(L, 1);
    callable = recipe_test(L, index) == NULL && run_test(L, index) == NULL;
  }
  if (!callable)
    argument_fail(L, r, "%s must be a function, got %s", name,
                  index < lua_gettop(L) ? luaL_typename(L, index) : "nothing");
  lua_pushvalue(L, index);
}
