/* SPDX-License-Identifier: MIT
 * path.c - following paths into records and tables; the idea is in path.h.
 */
#include "path.h"

#include <lauxlib.h>

#include "argument.h"
#include "binding/json.h"
#include "binding/record.h"

static const char parser_key = 0; /* its address is the registry's key */

int path_set_parser (lua_State *L) {
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_settop(L, 1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &parser_key);
  return 0;
}

bool path_parse (lua_State *L) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &parser_key) != LUA_TFUNCTION) {
    lua_pop(L, 2);
    lua_pushliteral(L, "paths need the module leat.expr; require \"leat\"");
    return false;
  }
  lua_insert(L, -2);
  lua_call(L, 1, 2);
  bool parsed = lua_istable(L, -2);
  if (parsed) lua_pop(L, 1);
  else lua_remove(L, -2);
  return parsed;
}

void path_check (lua_State *L, const struct recipe *r, int index, const char *name) {
  index = lua_absindex(L, index);
  if (index >= lua_gettop(L) || lua_type(L, index) != LUA_TSTRING)
    argument_fail(L, r, "%s must be a path such as \"user.name\", got %s", name,
                  index < lua_gettop(L) ? argument_type(L, index) : "nothing");
  lua_pushvalue(L, index);
  if (!path_parse(L)) argument_fail(L, r, "%s: %s", name, lua_tostring(L, -1));
}

/* The position of an element as it is counted from the front; a negative one counts from the
 * end. */
static lua_Integer from_front (lua_Integer i, size_t length) {
  return i < 0 ? i + (lua_Integer)length + 1 : i;
}

static void step_to_element (lua_State *L) {
  lua_Integer i = lua_tointeger(L, -1);
  lua_pop(L, 1);
  if (lua_istable(L, -1)) lua_rawgeti(L, -1, from_front(i, (size_t)lua_rawlen(L, -1)));
  else if (record_kind_at(L, -1) == RECORD_ARRAY) {
    size_t length = record_array_length(L, -1);
    i = from_front(i, length);
    if (i >= 1 && (size_t)i <= length) record_array_push(L, lua_gettop(L), (size_t)i);
    else lua_pushnil(L);
  }
  else
    lua_pushnil(L);
}

static void step_to_field (lua_State *L) {
  if (lua_istable(L, -2)) lua_rawget(L, -2);
  else if (record_kind_at(L, -2) == RECORD_OBJECT) {
    record_push_named(L, lua_gettop(L) - 1, lua_gettop(L));
    lua_remove(L, -2);
  }
  else {
    lua_pop(L, 1);
    lua_pushnil(L);
  }
}

void path_step (lua_State *L) {
  if (lua_type(L, -1) == LUA_TSTRING) step_to_field(L);
  else step_to_element(L);
}

bool path_peek (lua_State *L, int path, int value, struct record_spot *spot) {
  if (!record_spot_at(L, value, spot)) return false;
  for (lua_Integer k = 2;; k++) {
    size_t length;
    int type = lua_rawgeti(L, path, k);
    const char *name = type == LUA_TSTRING ? lua_tolstring(L, -1, &length) : NULL;
    lua_pop(L, 1); /* the path has it still */
    if (type == LUA_TNIL) return true;
    if (name == NULL || !record_spot_field(spot, name, length)) return false;
  }
}

struct path_names *path_push_names (lua_State *L, int path) {
  size_t count = lua_rawlen(L, path) - 1;
  struct path_names *names = lua_newuserdatauv(L, sizeof *names + count * sizeof *names->names, 0);
  names->count = count;
  for (size_t i = 0; i < count; i++) {
    bool is_name = lua_rawgeti(L, path, (lua_Integer)i + 2) == LUA_TSTRING;
    if (is_name) names->names[i].bytes = lua_tolstring(L, -1, &names->names[i].length);
    lua_pop(L, 1);
    if (is_name) continue;
    lua_pop(L, 1);
    lua_pushnil(L);
    return NULL;
  }
  return names;
}

bool path_follow_names (const struct path_names *path, struct record_spot *spot) {
  for (size_t i = 0; i < path->count; i++)
    if (!record_spot_field(spot, path->names[i].bytes, path->names[i].length)) return false;
  return true;
}

/* Pushes what the steps of the path up to the one at `last` find. */
static void push_steps (lua_State *L, int path, int value, lua_Integer last) {
  luaL_checkstack(L, 8, "a path");
  path = lua_absindex(L, path);
  lua_pushvalue(L, value);
  for (lua_Integer k = 2; k <= last; k++) {
    lua_rawgeti(L, path, k);
    path_step(L);
    lua_remove(L, -2);
  }
}

void path_push_owner (lua_State *L, int path, int value) {
  push_steps(L, path, value, (lua_Integer)lua_rawlen(L, path) - 1);
}

void path_push (lua_State *L, int path, int value) {
  struct record_spot spot;
  luaL_checkstack(L, 8, "a path");
  if (path_peek(L, path, value, &spot) && record_spot_kind(&spot) < JSON_ARRAY) {
    record_spot_push(L, &spot);
    return;
  }
  push_steps(L, path, value, (lua_Integer)lua_rawlen(L, path));
  if (null_is(L, -1)) {
    lua_pop(L, 1);
    lua_pushnil(L);
  }
}

void path_push_exact (lua_State *L, int path, int value) {
  push_steps(L, path, value, (lua_Integer)lua_rawlen(L, path));
}

void path_push_name (lua_State *L, int path) {
  size_t length = lua_rawlen(L, path);
  if (length < 2) lua_pushnil(L);
  else lua_rawgeti(L, path, (lua_Integer)length);
}

static int follow (lua_State *L) {
  int count = lua_gettop(L);
  lua_rawgeti(L, lua_upvalueindex(1), 1);
  lua_Integer part = lua_tointeger(L, -1);
  lua_pop(L, 1);
  if (part > count || count == 0) return 0;
  path_push(L, lua_upvalueindex(1), part == 0 ? count : (int)part);
  return 1;
}

void path_make_function (lua_State *L) { lua_pushcclosure(L, follow, 1); }

bool path_of_function (lua_State *L, int index) {
  if (lua_tocfunction(L, index) != follow) return false;
  return lua_getupvalue(L, index, 1) != NULL;
}
