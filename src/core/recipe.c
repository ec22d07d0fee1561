/* SPDX-License-Identifier: MIT
 * recipe.c - the nodes pipelines are made of: immutable, sharing their upstream.
 *
 * A recipe has no __gc: Lua's marking of user values goes through the gray list, so
 * chains of a million nodes are collected without recursion.
 */
#include "recipe.h"

#include <lauxlib.h>

/* The address of this is the registry's key of the metatable: a look-up by
 * pointer is half the price of one by name. */
static const char metatable_key = 0;

struct recipe *recipe_push (lua_State *L, const struct op *op, int upstream, int first) {
  struct recipe *r = lua_newuserdatauv(L, sizeof *r, RECIPE_USER_VALUES);
  *r = (struct recipe){ .op = op, .depth = 1 };
  lua_rawgetp(L, LUA_REGISTRYINDEX, &metatable_key);
  lua_setmetatable(L, -2);
  if (upstream != 0) {
    const struct recipe *above = recipe_test(L, upstream);
    r->depth = above->depth + 1;
    lua_pushvalue(L, upstream);
    lua_setiuservalue(L, -2, RECIPE_UPSTREAM);
  }
  if (op->steps->build != NULL) {
    int top = lua_gettop(L);
    op->steps->build(L, r, first);
    lua_settop(L, top);
  }
  return r;
}

struct recipe *recipe_push_copy (lua_State *L, int index) {
  const struct recipe *original = lua_touserdata(L, index);
  index = lua_absindex(L, index);
  struct recipe *r = lua_newuserdatauv(L, sizeof *r, RECIPE_USER_VALUES);
  *r = *original;
  r->loops = NULL;
  lua_getmetatable(L, index);
  lua_setmetatable(L, -2);
  for (int i = RECIPE_UPSTREAM; i <= RECIPE_ARGUMENT; i++) {
    lua_getiuservalue(L, index, i);
    lua_setiuservalue(L, -2, i);
  }
  return r;
}

struct recipe *recipe_test (lua_State *L, int index) {
  struct recipe *r = lua_touserdata(L, index);
  if (r == NULL || !lua_getmetatable(L, index)) return NULL;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &metatable_key);
  bool same = lua_rawequal(L, -1, -2);
  lua_pop(L, 2);
  return same ? r : NULL;
}

void recipe_keep (lua_State *L, int recipe_index) {
  lua_setiuservalue(L, recipe_index, RECIPE_ARGUMENT);
}

void recipe_set_metatable (lua_State *L) {
  lua_rawsetp(L, LUA_REGISTRYINDEX, &metatable_key);
}
