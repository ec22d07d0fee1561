/* SPDX-License-Identifier: MIT
 * gather.c - terminals that answer with a table or a string of all items: collect, concat, to_map,
 * to_set.
 */
#include "stages/terminal.h"

#include <lauxlib.h>

#include "binding/record.h"
#include "core/argument.h"
#include "core/callback.h"
#include "core/failure.h"
#include "core/key.h"
#include "core/text.h"

/* --- collect: slots the list; a: its length --- */

static void list_init (lua_State *L, struct run *run, struct stage *s, const struct recipe *r,
                       int recipe, int anchors) {
  (void)run, (void)r, (void)recipe;
  lua_newtable(L);
  lua_rawseti(L, anchors, s->anchor + s->steps->anchors - 1);
}

static verdict collect_give (struct flow *f, struct stage *s) {
  flow_push_anchor(f, s, 0);
  flow_push_value(f);
  lua_rawseti(f->L, -2, ++s->a.integer);
  return V_DROP;
}

static verdict collect_end (struct flow *f, struct stage *s) {
  flow_push_anchor(f, s, 0);
  return terminal_result(f, 1);
}

const struct steps steps_collect = { .anchors = 1, .native = true, .build = terminal_build,
                                     .init = list_init, .give = collect_give,
                                     .end = collect_end, .given = progress_given };

/* --- concat: slots the separator, the strings; a: how many --- */

static void concat_build (lua_State *L, struct recipe *r, int first) {
  argument_at_most(L, r, first, 1);
  if (!argument_given(L, first)) return;
  if (!lua_isstring(L, first))
    argument_fail(L, r, "sep must be a string, got %s", argument_type(L, first));
  lua_pushvalue(L, first);
  lua_tostring(L, -1);
  recipe_keep(L, -2);
}

static verdict concat_give (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  flow_push_anchor(f, s, 1);
  int list = lua_gettop(L);
  if (flow_push_item(f) > 1 || !text_of_top(L))
    return flow_fail(f, LEAT_E_ITEM, "cannot join a %s; concat joins strings and finite numbers",
                     lua_gettop(L) > list + 1 ? "tuple" : argument_type(L, -1));
  lua_rawseti(L, list, ++s->a.integer);
  return V_DROP;
}

static verdict concat_end (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  if (s->a.integer == 0) {
    lua_pushnil(L);
    return terminal_result(f, 1);
  }
  flow_push_anchor(f, s, 0);
  flow_push_anchor(f, s, 1);
  int list = lua_gettop(L);
  size_t length = 0;
  const char *separator = lua_tolstring(L, list - 1, &length);
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  for (lua_Integer i = 1; i <= s->a.integer; i++) {
    if (i > 1 && separator != NULL) luaL_addlstring(&b, separator, length);
    lua_rawgeti(L, list, i);
    luaL_addvalue(&b);
  }
  luaL_pushresult(&b);
  return terminal_result(f, 1);
}

const struct steps steps_concat = { .anchors = 2, .native = true, .build = concat_build,
                                    .init = list_init, .give = concat_give,
                                    .end = concat_end };

/* --- to_map, to_set. Keys that are equal by content are one entry, under the first of them: those
 * of which Lua knows it (all but tables and records) are looked up in the result itself, others by
 * key.h in a table of the first ones --- */

enum { MAP_KEY, MAP_VALUE, MAP_FIRST, MAP_RESULT, MAP_SLOTS };

static void map_init (lua_State *L, struct run *run, struct stage *s, const struct recipe *r,
                      int recipe, int anchors) {
  (void)run, (void)recipe;
  lua_newtable(L);
  lua_rawseti(L, anchors, s->anchor + MAP_FIRST);
  lua_newtable(L);
  lua_rawseti(L, anchors, s->anchor + MAP_RESULT);
  if (r->op != &operators[OPERATOR_to_map]) {
    terminal_function_init(L, run, s, r, recipe, anchors);
    return;
  }
  lua_rawgeti(L, anchors, s->anchor);
  lua_rawgeti(L, -1, 2);
  lua_rawseti(L, anchors, s->anchor + MAP_VALUE);
  lua_rawgeti(L, -1, 1);
  lua_rawseti(L, anchors, s->anchor + MAP_KEY);
  lua_pop(L, 1);
}

static bool has_content (lua_State *L, int index) {
  return lua_istable(L, index) || record_kind_at(L, index) != RECORD_NONE;
}

static verdict check_key (struct flow *f, int key) {
  lua_State *L = f->L;
  const char *op = f->stage->op->name;
  if (lua_isnil(L, key))
    return flow_fail(f, LEAT_E_ITEM, "the key is nil, which no table has; leave such items out "
                                     "before %s, or use leat.null", op);
  if (lua_type(L, key) != LUA_TNUMBER) return V_PASS;
  lua_Number n = lua_tonumber(L, key);
  return n == n ? V_PASS
                : flow_fail(f, LEAT_E_ITEM, "the key is NaN, which no table has; leave such items "
                                            "out before %s", op);
}

/* Pushes the key to enter the item under: the value at `key`, or the first one equal to it. With
 * `of_item` the value is the item made a table. */
static verdict push_first (struct flow *f, struct stage *s, int key, bool of_item) {
  lua_State *L = f->L;
  if (!has_content(L, key)) {
    lua_pushvalue(L, key);
    return V_PASS;
  }
  flow_push_anchor(f, s, MAP_FIRST);
  int first = lua_gettop(L);
  if ((of_item ? key_push_item(f) : key_push(f, key, 1)) == V_ERROR) return V_ERROR;
  lua_pushvalue(L, -1);
  if (lua_rawget(L, first) == LUA_TNIL) {
    lua_pop(L, 1);
    lua_pushvalue(L, key);
    lua_rawset(L, first);
    lua_pushvalue(L, key);
  }
  return V_PASS;
}

/* Enters the value at `value` under the key at `key`. */
static verdict enter (struct flow *f, struct stage *s, int key, int value, bool of_item) {
  lua_State *L = f->L;
  flow_push_anchor(f, s, MAP_RESULT);
  int result = lua_gettop(L);
  if (push_first(f, s, key, of_item) == V_ERROR) return V_ERROR;
  lua_pushvalue(L, value);
  lua_rawset(L, result);
  return V_DROP;
}

static verdict map_end (struct flow *f, struct stage *s) {
  flow_push_anchor(f, s, MAP_RESULT);
  return terminal_result(f, 1);
}

static verdict set_add (struct flow *f, struct stage *s, int key, bool of_item) {
  if (check_key(f, key) == V_ERROR) return V_ERROR;
  lua_pushboolean(f->L, 1);
  return enter(f, s, key, lua_gettop(f->L), of_item);
}

static verdict set_give (struct flow *f, struct stage *s) {
  flow_push_value(f);
  return set_add(f, s, lua_gettop(f->L), true);
}

static verdict set_called (struct flow *f, struct stage *s) {
  return set_add(f, s, lua_gettop(f->L), false);
}

const struct steps steps_to_set = {
  .plain_call = true, .anchors = MAP_SLOTS, .native = true, .build = terminal_key_build,
  .init = map_init, .give = set_give, .called = set_called, .end = map_end
};

/* phase: the key is there, and the value has been asked for */

static void map_build (lua_State *L, struct recipe *r, int first) {
  static const char *const names[] = { "key", "value" };
  int recipe = lua_gettop(L);
  argument_at_most(L, r, first, 2);
  lua_createtable(L, 2, 0);
  for (int i = 0; i < 2; i++) {
    if (first + i >= recipe) argument_fail(L, r, "%s must be a function or a path, got nothing",
                                           names[i]);
    callback_check(L, r, first + i, names[i]);
    lua_rawseti(L, recipe + 1, i + 1);
    lua_settop(L, recipe + 1);
  }
  recipe_keep(L, recipe);
}

static verdict map_called (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  int top = lua_gettop(L);
  if (s->phase == 0) {
    if (check_key(f, top) == V_ERROR) return V_ERROR;
    s->phase = 1;
    luaL_checkstack(L, 8, "to_map");
    callback_push(f, s, MAP_VALUE);
    return callback_ask(f, flow_push_item(f), 1);
  }
  s->phase = 0; /* the key is still there, below its value */
  if (lua_isnil(L, top))
    return flow_fail(f, LEAT_E_ITEM, "the value is nil, which no table has; leave such items out "
                                     "before to_map, or use leat.null");
  return enter(f, s, top - 1, top, false);
}

const struct steps steps_to_map = {
  .anchors = MAP_SLOTS, .build = map_build, .init = map_init, .give_kind = GIVE_CALL,
  .called = map_called, .end = map_end
};
