/* SPDX-License-Identifier: MIT
 * repeat.c - sources that make each item out of the one before, or give the same one again:
 * iterate, unfold, repeatedly, duplicate.
 *
 * A function is called when its item is asked for, not before. nil from it is the end, as it
 * is of anything that Lua programs pull from.
 */
#include <lauxlib.h>

#include "core/argument.h"
#include "core/callback.h"
#include "core/run.h"

/* Slots: the function (none for duplicate), the value it is called with. The recipe keeps
 * them as a list; n[0]: how many items, phase: some have been given. */
enum { REPEAT_FUNCTION, REPEAT_STATE, REPEAT_SLOTS };

#define ENDLESS LUA_MAXINTEGER

/* Keeps the function that is on top, or nil, and the value at `state`, 0: none. */
static void keep_both (lua_State *L, int recipe, int state) {
  lua_createtable(L, 2, 0);
  lua_insert(L, -2);
  lua_rawseti(L, -2, REPEAT_FUNCTION + 1);
  if (state != 0) {
    lua_pushvalue(L, state);
    lua_rawseti(L, -2, REPEAT_STATE + 1);
  }
  recipe_keep(L, recipe);
}

static void check_item (lua_State *L, const struct recipe *r, int index) {
  if (!argument_given(L, index))
    argument_fail(L, r, "x is nil, which is no item; use leat.null");
}

/* The number of items, which may be left out. */
static lua_Integer count_argument (lua_State *L, const struct recipe *r, int index) {
  return argument_given(L, index) ? argument_integer(L, r, index, "n", 0) : ENDLESS;
}

static void repeat_init (lua_State *L, struct run *run, struct stage *s, const struct recipe *r,
                         int recipe, int anchors) {
  (void)run, (void)recipe;
  s->a = r->n[0];
  lua_rawgeti(L, anchors, s->anchor);
  for (int k = REPEAT_STATE; k >= REPEAT_FUNCTION; k--) {
    lua_rawgeti(L, -1, k + 1);
    lua_rawseti(L, anchors, s->anchor + k);
  }
  lua_pop(L, 1);
}

static verdict ask_with_state (struct flow *f, struct stage *s, int nresults) {
  callback_push(f, s, REPEAT_FUNCTION);
  flow_push_anchor(f, s, REPEAT_STATE);
  return callback_ask(f, 1, nresults);
}

/* --- iterate: the item before is the state --- */

static void iterate_build (lua_State *L, struct recipe *r, int first) {
  int recipe = lua_gettop(L);
  argument_at_most(L, r, first, 2);
  check_item(L, r, first + 1);
  callback_check(L, r, first, "f");
  keep_both(L, recipe, first + 1);
}

static verdict iterate_pull (struct flow *f, struct stage *s) {
  if (s->phase != 0) return ask_with_state(f, s, 1);
  s->phase = 1;
  flow_push_anchor(f, s, REPEAT_STATE);
  return flow_pass(f, 1);
}

static verdict iterate_called (struct flow *f, struct stage *s) {
  if (lua_isnil(f->L, -1)) return V_END;
  lua_pushvalue(f->L, -1);
  flow_set_anchor(f, s, REPEAT_STATE);
  return flow_pass(f, 1);
}

const struct steps steps_iterate = { .anchors = REPEAT_SLOTS, .build = iterate_build,
                                     .init = repeat_init, .pull = iterate_pull,
                                     .called = iterate_called };

/* --- unfold: fn(state) returns the item and the next state --- */

static void unfold_build (lua_State *L, struct recipe *r, int first) {
  int recipe = lua_gettop(L);
  argument_at_most(L, r, first, 2);
  callback_check_function(L, r, first, "fn");
  keep_both(L, recipe, first + 1 < recipe ? first + 1 : 0);
}

static verdict unfold_pull (struct flow *f, struct stage *s) {
  return ask_with_state(f, s, 2);
}

static verdict unfold_called (struct flow *f, struct stage *s) {
  flow_set_anchor(f, s, REPEAT_STATE);
  return lua_isnil(f->L, -1) ? V_END : flow_pass(f, 1);
}

const struct steps steps_unfold = { .anchors = REPEAT_SLOTS, .build = unfold_build,
                                    .init = repeat_init, .pull = unfold_pull,
                                    .called = unfold_called };

/* --- repeatedly: several results are a tuple --- */

static void repeatedly_build (lua_State *L, struct recipe *r, int first) {
  int recipe = lua_gettop(L);
  argument_at_most(L, r, first, 2);
  r->n[0].integer = count_argument(L, r, first + 1);
  callback_check_function(L, r, first, "fn");
  keep_both(L, recipe, 0);
}

/* Counts the item to come; false: there is none. */
static bool one_more (struct stage *s) {
  if (s->a.integer == 0) return false;
  if (s->a.integer != ENDLESS) s->a.integer--;
  return true;
}

static verdict repeatedly_pull (struct flow *f, struct stage *s) {
  if (!one_more(s)) return V_END;
  callback_push(f, s, REPEAT_FUNCTION);
  return callback_ask(f, 0, LUA_MULTRET);
}

static verdict repeatedly_called (struct flow *f, struct stage *s) {
  (void)s;
  if (f->nresults == 0 || lua_isnil(f->L, f->result_at)) return V_END;
  return flow_pass(f, f->nresults);
}

const struct steps steps_repeatedly = { .anchors = REPEAT_SLOTS, .build = repeatedly_build,
                                        .init = repeat_init, .pull = repeatedly_pull,
                                        .called = repeatedly_called };

/* --- duplicate: the very same value, not a copy --- */

static void duplicate_build (lua_State *L, struct recipe *r, int first) {
  int recipe = lua_gettop(L);
  argument_at_most(L, r, first, 2);
  check_item(L, r, first);
  r->n[0].integer = count_argument(L, r, first + 1);
  lua_pushnil(L);
  keep_both(L, recipe, first);
}

static verdict duplicate_pull (struct flow *f, struct stage *s) {
  if (!one_more(s)) return V_END;
  flow_push_anchor(f, s, REPEAT_STATE);
  return flow_pass(f, 1);
}

const struct steps steps_duplicate = { .anchors = REPEAT_SLOTS, .build = duplicate_build,
                                       .init = repeat_init, .pull = duplicate_pull };
