/* SPDX-License-Identifier: MIT
 * read_once.c - can a recipe be read again?
 */
#include "read_once.h"

#include <lauxlib.h>

#include "recipe.h"
#include "run.h"

/* Adds the value on top (popped) to the list at `work` if it is a recipe that was not on it
 * before: those on it are keys of it, too. True: it is a live generator. */
static bool visit (lua_State *L, int work) {
  bool live = run_test(L, -1) != NULL;
  if (recipe_test(L, -1) != NULL) {
    lua_pushvalue(L, -1);
    if (lua_rawget(L, work) == LUA_TNIL) {
      lua_pushvalue(L, -2);
      lua_pushboolean(L, 1);
      lua_rawset(L, work);
      lua_pushvalue(L, -2);
      lua_rawseti(L, work, (lua_Integer)lua_rawlen(L, work) + 1);
    }
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
  return live;
}

/* Do the arguments of an operator say what else it reads? The lists of sources are their
 * user's, and are not looked at. */
static bool has_inputs (const struct recipe *r) {
  return r->op->kind != OP_SOURCE || r->op == &operators[OPERATOR_generator];
}

/* Looks at each recipe that the one at `index` reads from, in a loop: chains of chains are
 * deep. A cycle among them has done so for what is above it. */
bool recipe_is_read_once (lua_State *L, int index) {
  bool once = false;
  luaL_checkstack(L, 10, "a pipeline");
  lua_newtable(L);
  int work = lua_gettop(L);
  lua_pushvalue(L, index);
  once = visit(L, work);
  for (lua_Integer i = 1; !once && lua_rawgeti(L, work, i) != LUA_TNIL; i++) {
    const struct recipe *r = lua_touserdata(L, -1);
    if (r->read_once) once = true;
    if (r->op == &operators[OPERATOR_cycle]) {
      once = once || r->n[1].flag;
      lua_settop(L, work);
      continue;
    }
    lua_getiuservalue(L, -1, RECIPE_UPSTREAM);
    once = visit(L, work) || once;
    lua_getiuservalue(L, -1, RECIPE_ARGUMENT);
    if (has_inputs(r) && lua_istable(L, -1)) {
      lua_pushnil(L);
      while (lua_next(L, -2)) once = visit(L, work) || once;
    }
    else if (has_inputs(r)) {
      lua_pushvalue(L, -1);
      once = visit(L, work) || once;
    }
    lua_settop(L, work);
  }
  lua_settop(L, work - 1);
  return once;
}
