/* SPDX-License-Identifier: MIT
 * reduce.c - terminals that answer with values: count, sum, min, fold, first ...
 *
 * A terminal is the last stage of its run. It answers `give` with DROP until it knows,
 * `end` or `give` with RESULT.
 */
#include <string.h>

#include <lauxlib.h>

#include "core/argument.h"
#include "core/callback.h"
#include "core/failure.h"
#include "core/order.h"
#include "core/run.h"
#include "core/text.h"

static verdict result (struct flow *f, int count) {
  f->nresults = count;
  return V_RESULT;
}

static void nothing_build (lua_State *L, struct recipe *r, int first) {
  argument_at_most(L, r, first, 0);
}

/* For terminals with an optional function: without it the item itself counts. */
static void optional_build (lua_State *L, struct recipe *r, int first) {
  argument_at_most(L, r, first, 1);
  if (!argument_given(L, first)) return;
  callback_check(L, r, first, "f");
  recipe_keep(L, -2);
  r->n[0].flag = true;
}

static void optional_init (lua_State *L, struct run *run, struct stage *s,
                           const struct recipe *r, int recipe, int anchors) {
  (void)L, (void)run, (void)recipe, (void)anchors;
  s->give_kind = r->n[0].flag ? GIVE_CALL : GIVE_STEP;
}

/* After the call of the optional function its result is the item. */
static verdict give_called (struct flow *f, struct stage *s) {
  flow_pass(f, 1);
  return s->steps->give(f, s);
}

/* --- each, drain, count --- */

static verdict drop (struct flow *f, struct stage *s) {
  (void)f, (void)s;
  return V_DROP;
}

static verdict no_result (struct flow *f, struct stage *s) {
  (void)s;
  return result(f, 0);
}

const struct steps steps_each = {
  .plain_call = true, .anchors = 1, .build = callback_build_fn, .give_kind = GIVE_CALL,
  .called = drop, .end = no_result
};
const struct steps steps_drain = { .native = true, .build = nothing_build, .give = drop,
                                   .end = no_result };

static verdict count_give (struct flow *f, struct stage *s) {
  (void)f;
  s->a.integer++;
  return V_DROP;
}

static verdict count_end (struct flow *f, struct stage *s) {
  lua_pushinteger(f->L, s->a.integer);
  return result(f, 1);
}

const struct steps steps_count = { .native = true, .build = nothing_build, .give = count_give,
                                   .end = count_end };

/* --- sum: a integer sum while `phase` is 0; b float sum and c its compensation
 * afterwards. An integer sum that overflows goes on as a float. --- */

/* Neumaier's variant of Kahan summation (Neumaier 1974): exact enough that the order
 * of a million addends does not show. */
static void add_float (struct stage *s, lua_Number x) {
  lua_Number sum = s->b.number + x;
  if (sum - sum == 0) {
    lua_Number big = s->b.number, small = x;
    if ((big < 0 ? -big : big) < (small < 0 ? -small : small)) {
      big = x;
      small = s->b.number;
    }
    s->c.number += (big - sum) + small;
  }
  s->b.number = sum;
}

static void add_integer (struct stage *s, lua_Integer x) {
  if (s->phase == 0) {
    lua_Integer sum;
    if (!__builtin_add_overflow(s->a.integer, x, &sum)) {
      s->a.integer = sum;
      return;
    }
    s->phase = 1;
    s->b.number = (lua_Number)s->a.integer;
  }
  add_float(s, (lua_Number)x);
}

static verdict sum_give (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  if (f->item.kind == ITEM_INTEGER) {
    add_integer(s, f->item.u.integer);
    return V_DROP;
  }
  lua_Number x;
  if (f->item.kind == ITEM_NUMBER)
    x = f->item.u.number;
  else if (f->item.kind == ITEM_VALUE && lua_type(L, f->item.at) == LUA_TNUMBER) {
    if (lua_isinteger(L, f->item.at)) {
      add_integer(s, lua_tointegerx(L, f->item.at, NULL));
      return V_DROP;
    }
    x = lua_tonumberx(L, f->item.at, NULL);
  }
  else {
    const char *type = f->item.kind == ITEM_TEXT ? "string" : luaL_typename(L, f->item.at);
    return flow_fail(f, LEAT_E_ITEM, "cannot add a %s; sum adds numbers", type);
  }
  if (s->phase == 0) {
    s->phase = 1;
    s->b.number = (lua_Number)s->a.integer;
  }
  add_float(s, x);
  return V_DROP;
}

static verdict sum_end (struct flow *f, struct stage *s) {
  if (s->phase == 0) lua_pushinteger(f->L, s->a.integer);
  else lua_pushnumber(f->L, s->b.number + s->c.number);
  return result(f, 1);
}

const struct steps steps_sum = {
  .plain_call = true, .anchors = 1, .native = true, .build = optional_build,
  .init = optional_init, .give = sum_give, .called = give_called, .end = sum_end
};

/* --- min, max: slots f, the best so far; phase: there is one --- */

static verdict extreme_give (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  int top = lua_gettop(L);
  flow_push_item(f);
  lua_settop(L, top + 1);
  if (!order_has(L, -1))
    return flow_fail(f, LEAT_E_ITEM, "a %s has no order; %s compares numbers, strings and "
                                     "booleans", luaL_typename(L, -1), s->op->name);
  if (order_is_last(L, -1)) return V_DROP;
  if (s->phase != 0) {
    bool least = s->op == &operators[OPERATOR_min];
    flow_push_anchor(f, s, 1);
    if (!(least ? order_less(L, top + 1, top + 2) : order_less(L, top + 2, top + 1)))
      return V_DROP;
    lua_settop(L, top + 1);
  }
  s->phase = 1;
  flow_set_anchor(f, s, 1);
  return V_DROP;
}

static verdict kept_end (struct flow *f, struct stage *s) {
  if (s->phase != 0) flow_push_anchor(f, s, 1);
  else lua_pushnil(f->L);
  return result(f, 1);
}

const struct steps steps_min = {
  .plain_call = true, .anchors = 2, .native = true, .build = optional_build,
  .init = optional_init, .give = extreme_give, .called = give_called, .end = kept_end
};
const struct steps steps_max = {
  .plain_call = true, .anchors = 2, .native = true, .build = optional_build,
  .init = optional_init, .give = extreme_give, .called = give_called, .end = kept_end
};

/* --- fold: slots f (with init: a table of both, until init), the accumulator;
 * phase: there is one --- */

static void fold_build (lua_State *L, struct recipe *r, int first) {
  int recipe = lua_gettop(L);
  argument_at_most(L, r, first, 2);
  bool with_init = recipe - first == 2;
  callback_check(L, r, with_init ? first + 1 : first, "f");
  lua_createtable(L, 2, 0);
  lua_insert(L, -2);
  lua_rawseti(L, -2, 1);
  if (with_init) {
    lua_pushvalue(L, first);
    lua_rawseti(L, -2, 2);
  }
  r->n[0].flag = with_init;
  recipe_keep(L, recipe);
}

static void fold_init (lua_State *L, struct run *run, struct stage *s, const struct recipe *r,
                       int recipe, int anchors) {
  (void)run, (void)recipe;
  s->phase = r->n[0].flag;
  lua_rawgeti(L, anchors, s->anchor);
  lua_rawgeti(L, -1, 2);
  lua_rawseti(L, anchors, s->anchor + 1);
  lua_rawgeti(L, -1, 1);
  lua_rawseti(L, anchors, s->anchor);
  lua_pop(L, 1);
}

static verdict fold_give (struct flow *f, struct stage *s) {
  if (s->phase == 0) {
    s->phase = 1;
    flow_push_value(f);
    flow_set_anchor(f, s, 1);
    return V_DROP;
  }
  callback_push(f, s, 0);
  flow_push_anchor(f, s, 1);
  return callback_ask(f, 1 + flow_push_item(f), 1);
}

static verdict fold_called (struct flow *f, struct stage *s) {
  flow_set_anchor(f, s, 1);
  return V_DROP;
}

const struct steps steps_fold = { .anchors = 2, .build = fold_build, .init = fold_init,
                                  .give = fold_give, .called = fold_called, .end = kept_end };

/* --- first --- */

static verdict first_give (struct flow *f, struct stage *s) {
  (void)s;
  return result(f, flow_push_item(f));
}

static verdict first_end (struct flow *f, struct stage *s) {
  (void)s;
  lua_pushnil(f->L);
  return result(f, 1);
}

const struct steps steps_first = { .native = true, .build = nothing_build, .give = first_give,
                                   .end = first_end };

/* --- any --- */

static void any_build (lua_State *L, struct recipe *r, int first) {
  argument_at_most(L, r, first, 1);
  if (!argument_given(L, first)) return;
  callback_check(L, r, first, "pred");
  recipe_keep(L, -2);
  r->n[0].flag = true;
}

static verdict any_give (struct flow *f, struct stage *s) {
  (void)s;
  if (f->item.kind == ITEM_VALUE && !lua_toboolean(f->L, f->item.at)) return V_DROP;
  lua_pushboolean(f->L, 1);
  return result(f, 1);
}

static verdict any_end (struct flow *f, struct stage *s) {
  (void)s;
  lua_pushboolean(f->L, 0);
  return result(f, 1);
}

const struct steps steps_any = {
  .plain_call = true, .anchors = 1, .native = true, .build = any_build,
  .init = optional_init, .give = any_give, .called = give_called, .end = any_end
};

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
  return result(f, 1);
}

const struct steps steps_collect = { .anchors = 1, .native = true, .build = nothing_build,
                                     .init = list_init, .give = collect_give,
                                     .end = collect_end };

/* --- concat: slots the separator, the strings; a: how many --- */

static void concat_build (lua_State *L, struct recipe *r, int first) {
  argument_at_most(L, r, first, 1);
  if (!argument_given(L, first)) return;
  if (!lua_isstring(L, first))
    argument_fail(L, r, "sep must be a string, got %s", luaL_typename(L, first));
  lua_pushvalue(L, first);
  lua_tostring(L, -1);
  recipe_keep(L, -2);
}

static verdict concat_give (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  flow_push_anchor(f, s, 1);
  int list = lua_gettop(L);
  flow_push_item(f);
  lua_settop(L, list + 1);
  if (!text_of_top(L))
    return flow_fail(f, LEAT_E_ITEM, "cannot join a %s; concat joins strings and finite numbers",
                     luaL_typename(L, -1));
  lua_rawseti(L, list, ++s->a.integer);
  return V_DROP;
}

static verdict concat_end (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  if (s->a.integer == 0) {
    lua_pushnil(L);
    return result(f, 1);
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
  return result(f, 1);
}

const struct steps steps_concat = { .anchors = 2, .native = true, .build = concat_build,
                                    .init = list_init, .give = concat_give,
                                    .end = concat_end };
