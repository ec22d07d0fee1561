/* SPDX-License-Identifier: MIT
 * module.c - luaopen_leat_core: the module's table, and the state its functions share.
 *
 * `leat.core` is private: scripts require "leat".
 */
#include <lauxlib.h>

#include "binding/json.h"
#include "binding/memory_count.h"
#include "binding/pipeline.h"
#include "binding/record.h"
#include "core/argument.h"
#include "core/body.h"
#include "core/failure.h"
#include "core/list.h"
#include "core/path.h"
#include "core/read_once.h"
#include "core/recipe.h"
#include "stages/sort.h"

#define LEAT_EXPORT __attribute__((visibility("default")))

LEAT_EXPORT int luaopen_leat_core (lua_State *L);

static struct state *own_state (lua_State *L) { return lua_touserdata(L, lua_upvalueindex(1)); }

/* operators(): a list of {name, family, signature, holds, doc}, in the list's order. */
static int l_operators (lua_State *L) {
  static const char *const families[] = { [OP_SOURCE] = "source", [OP_STAGE] = "stage",
                                          [OP_COMBINE] = "combine", [OP_FORK] = "fork",
                                          [OP_TERMINAL] = "terminal",
                                          [OP_INTERNAL] = "internal" };
  lua_createtable(L, OPERATOR_COUNT, 0);
  for (int i = 0; i < OPERATOR_COUNT; i++) {
    const struct op *op = &operators[i];
    const char *const fields[][2] = { { "name", op->name },
                                      { "family", families[op->kind] },
                                      { "signature", op->signature },
                                      { "holds", op->holds },
                                      { "doc", op->doc } };
    lua_createtable(L, 0, 5);
    for (size_t k = 0; k < sizeof fields / sizeof *fields; k++) {
      lua_pushstring(L, fields[k][1]);
      lua_setfield(L, -2, fields[k][0]);
    }
    lua_rawseti(L, -2, i + 1);
  }
  return 1;
}

/* open_count(): runs that are not closed yet; for tests that nothing is left open. */
static int l_open_count (lua_State *L) {
  lua_pushinteger(L, (lua_Integer)own_state(L)->open_count);
  return 1;
}

/* skipped(): items that on_error has left out since the state began. */
static int l_skipped (lua_State *L) {
  lua_pushinteger(L, (lua_Integer)own_state(L)->skipped);
  return 1;
}

/* read_once(pipeline): whether it reads what can be read only once. */
static int l_read_once (lua_State *L) {
  luaL_argexpected(L, recipe_test(L, 1) != NULL, 1, "pipeline");
  lua_pushboolean(L, recipe_is_read_once(L, 1));
  return 1;
}

/* nearest(typed, names): the name in the list that `typed` is likely meant to be, or nil. */
static int l_nearest (lua_State *L) {
  const char *typed = luaL_checkstring(L, 1);
  luaL_checktype(L, 2, LUA_TTABLE);
  size_t count = (size_t)lua_rawlen(L, 2);
  const char **names = lua_newuserdatauv(L, (count + 1) * sizeof *names, 0);
  for (size_t i = 0; i < count; i++) { /* the list keeps the strings */
    lua_rawgeti(L, 2, (lua_Integer)i + 1);
    names[i] = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";
    lua_pop(L, 1);
  }
  const char *nearest = argument_nearest(typed, names, count);
  if (nearest == NULL) return 0;
  lua_pushstring(L, nearest);
  return 1;
}

/* words(value): what to call a value that was raised as an error. */
static int l_words (lua_State *L) {
  luaL_checkany(L, 1);
  failure_push_words(L, 1);
  return 1;
}

/* Has Lua make the metatable of its growing buffers now: where memory ends in the middle of that,
 * Lua 5.4 leaves it without __close, and every large string is an error from then on. */
static void make_buffer_metatable (lua_State *L) {
  luaL_Buffer b;
  luaL_buffinitsize(L, &b, LUAL_BUFFERSIZE + 1);
  luaL_pushresult(&b);
  lua_pop(L, 1);
}

int luaopen_leat_core (lua_State *L) {
  static const luaL_Reg functions[] = { { "operators", l_operators },
                                        { "open_count", l_open_count },
                                        { "skipped", l_skipped },
                                        { "nearest", l_nearest },
                                        { "read_once", l_read_once },
                                        { "words", l_words },
                                        { "names", record_names_function },
                                        { "parser", path_set_parser },
                                        { "desc", sort_desc },
                                        { "yield", body_yield },
                                        { "yield_from", body_yield_from },
                                        { NULL, NULL } };
  luaL_checkversion(L);
  lua_settop(L, 0);
  luaL_checkstack(L, 20, "leat");
  state_push(L);
  make_buffer_metatable(L);
  failure_open(L);
  record_open(L);
  list_open(L);
  lua_newtable(L);
  lua_pushvalue(L, 1);
  luaL_setfuncs(L, functions, 1);
  pipeline_open(L, 1);
  json_library(L);
  memory_library(L);
  return 1;
}
