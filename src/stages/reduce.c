/* SPDX-License-Identifier: MIT
 * reduce.c - terminals that make one value of all items: count, sum, mean, min, max, fold ...
 */
#include <lauxlib.h>

#include "binding/json.h"
#include "core/argument.h"
#include "core/callback.h"
#include "core/failure.h"
#include "core/order.h"
#include "stages/terminal.h"

/* --- each, drain, count --- */

static verdict drop (struct flow *f, struct stage *s) {
  (void)f, (void)s;
  return V_DROP;
}

static verdict no_result (struct flow *f, struct stage *s) {
  (void)s;
  return terminal_result(f, 0);
}

const struct steps steps_each = {
  .plain_call = true, .anchors = 1, .build = callback_build_fn, .give_kind = GIVE_CALL,
  .called = drop, .end = no_result
};
const struct steps steps_drain = { .native = true, .build = terminal_build, .give = drop,
                                   .end = no_result };

static verdict count_give (struct flow *f, struct stage *s) {
  (void)f;
  s->a.integer++;
  return V_DROP;
}

static verdict count_end (struct flow *f, struct stage *s) {
  lua_pushinteger(f->L, s->a.integer);
  return terminal_result(f, 1);
}

const struct steps steps_count = { .native = true, .build = terminal_build, .give = count_give,
                                   .end = count_end, .given = progress_given };

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

static verdict no_number (struct flow *f, const struct stage *s) {
  lua_State *L = f->L;
  const char *name = s->op->name;
  if (f->item.kind == ITEM_TEXT)
    return flow_fail(f, LEAT_E_ITEM, "cannot add a string; %s adds numbers", name);
  if (f->item.count > 1)
    return flow_fail(f, LEAT_E_ITEM,
                     "cannot add a tuple; %s adds numbers, as %s(\"_2\") does the second parts",
                     name, name);
  if (lua_isnil(L, f->item.at) || null_is(L, f->item.at))
    return flow_fail(f, LEAT_E_ITEM, "cannot add %s; %s adds numbers, and filter_map(f):%s() "
                                     "leaves out what has none",
                     luaL_tolstring(L, f->item.at, NULL), name, name);
  return flow_fail(f, LEAT_E_ITEM, "cannot add a %s; %s adds numbers",
                   argument_type(L, f->item.at), name);
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
  else if (f->item.kind == ITEM_VALUE && f->item.count == 1 &&
           lua_type(L, f->item.at) == LUA_TNUMBER) {
    if (lua_isinteger(L, f->item.at)) {
      add_integer(s, lua_tointegerx(L, f->item.at, NULL));
      return V_DROP;
    }
    x = lua_tonumberx(L, f->item.at, NULL);
  }
  else
    return no_number(f, s);
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
  return terminal_result(f, 1);
}

const struct steps steps_sum = {
  .plain_call = true, .anchors = 1, .native = true, .build = terminal_f_build,
  .init = terminal_function_init, .give = sum_give, .called = terminal_called, .end = sum_end
};

/* --- mean: a counts; the rest as for a sum of floats --- */

static void mean_init (lua_State *L, struct run *run, struct stage *s, const struct recipe *r,
                       int recipe, int anchors) {
  terminal_function_init(L, run, s, r, recipe, anchors);
  s->phase = 1;
}

static verdict mean_give (struct flow *f, struct stage *s) {
  verdict v = sum_give(f, s);
  if (v == V_DROP) s->a.integer++;
  return v;
}

static verdict mean_end (struct flow *f, struct stage *s) {
  if (s->a.integer == 0) return terminal_nil_end(f, s);
  lua_pushnumber(f->L, (s->b.number + s->c.number) / (lua_Number)s->a.integer);
  return terminal_result(f, 1);
}

const struct steps steps_mean = {
  .plain_call = true, .anchors = 1, .native = true, .build = terminal_f_build,
  .init = mean_init, .give = mean_give, .called = terminal_called, .end = mean_end
};

/* --- min, max, min_by, max_by: slots f, the best item so far, the string of its key; its key is
 * in a, b, c, and its rank in `phase` --- */

#define SLOT_STRING 2

static bool descends (const struct stage *s) {
  return s->op == &operators[OPERATOR_max] || s->op == &operators[OPERATOR_max_by];
}

/* Keeps the item if its key, whose string is on top, is before all others. */
static verdict keep_best (struct flow *f, struct stage *s, const struct order_key *key) {
  if (key->rank == ORDER_LAST) return V_DROP;
  if (s->phase != 0) {
    struct order_key best = { .rank = (enum order_rank)(s->phase - 1), .word = s->a.natural,
                              .text = s->c.pointer };
    if (best.text != NULL) best.length = s->b.size;
    else best.rest = s->b.integer;
    if (order_compare(key, &best) >= 0) return V_DROP;
  }
  if (key->text != NULL) {
    lua_pushvalue(f->L, -1);
    flow_set_anchor(f, s, SLOT_STRING);
  }
  terminal_keep(f, s);
  s->phase = (uint8_t)(key->rank + 1);
  s->a.natural = key->word;
  if (key->text != NULL) s->b.size = key->length;
  else s->b.integer = key->rest;
  s->c.pointer = (void *)(uintptr_t)key->text;
  return V_DROP;
}

static verdict extreme_give (struct flow *f, struct stage *s) {
  struct order_key key;
  if (!order_read_number_item(f, descends(s), &key) &&
      order_read_item(f, descends(s), &key) == V_ERROR)
    return V_ERROR;
  return keep_best(f, s, &key);
}

static verdict extreme_by_called (struct flow *f, struct stage *s) {
  struct order_key key;
  if (!order_read(f->L, descends(s), &key)) return order_fail(f, true);
  return keep_best(f, s, &key);
}

#define EXTREME_STEPS                                                                       \
  .plain_call = true, .anchors = 3, .native = true, .build = terminal_f_build,              \
  .init = terminal_function_init, .give = extreme_give, .called = terminal_called,          \
  .end = terminal_kept_end

const struct steps steps_min = { EXTREME_STEPS };
const struct steps steps_max = { EXTREME_STEPS };

static void key_build (lua_State *L, struct recipe *r, int first) {
  argument_at_most(L, r, first, 1);
  callback_check(L, r, first, "key");
  recipe_keep(L, -2);
}

#define EXTREME_BY_STEPS                                                                    \
  .plain_call = true, .anchors = 3, .build = key_build, .give_kind = GIVE_CALL,             \
  .called = extreme_by_called, .end = terminal_kept_end

const struct steps steps_min_by = { EXTREME_BY_STEPS };
const struct steps steps_max_by = { EXTREME_BY_STEPS };

/* --- minmax: slots f, the least, the greatest, the strings of their keys, c: their keys --- */

enum { MINMAX_LEAST = 1, MINMAX_GREATEST, MINMAX_STRINGS, MINMAX_KEYS = MINMAX_STRINGS + 2,
       MINMAX_SLOTS };

static void minmax_init (lua_State *L, struct run *run, struct stage *s, const struct recipe *r,
                         int recipe, int anchors) {
  terminal_function_init(L, run, s, r, recipe, anchors);
  struct order_key *keys = lua_newuserdatauv(L, 2 * sizeof *keys, 0);
  lua_rawseti(L, anchors, s->anchor + MINMAX_KEYS);
  s->c.pointer = keys;
}

static verdict minmax_give (struct flow *f, struct stage *s) {
  struct order_key *keys = s->c.pointer, key;
  int top = lua_gettop(f->L);
  for (int i = 0; i < 2; i++) {
    bool descending = i == 1;
    if (!order_read_number_item(f, descending, &key) &&
        order_read_item(f, descending, &key) == V_ERROR)
      return V_ERROR;
    if (key.rank == ORDER_LAST) return V_DROP;
    if ((s->phase & 1 << i) == 0 || order_compare(&key, &keys[i]) < 0) {
      if (key.text != NULL) {
        lua_pushvalue(f->L, -1);
        flow_set_anchor(f, s, MINMAX_STRINGS + i);
      }
      flow_push_value(f);
      flow_set_anchor(f, s, MINMAX_LEAST + i);
      keys[i] = key;
      s->phase |= (uint8_t)(1 << i);
    }
    lua_settop(f->L, top);
  }
  return V_DROP;
}

static verdict minmax_end (struct flow *f, struct stage *s) {
  for (int i = 0; i < 2; i++)
    if (s->phase == 0) lua_pushnil(f->L);
    else flow_push_anchor(f, s, MINMAX_LEAST + i);
  return terminal_result(f, 2);
}

const struct steps steps_minmax = {
  .plain_call = true, .anchors = MINMAX_SLOTS, .native = true, .build = terminal_f_build,
  .init = minmax_init, .give = minmax_give, .called = terminal_called, .end = minmax_end
};

/* --- fold: slots f (with init: a table of both, until init), the accumulator;
 * phase: there is one --- */

static void fold_init (lua_State *L, struct run *run, struct stage *s, const struct recipe *r,
                       int recipe, int anchors) {
  (void)run, (void)recipe;
  s->phase = r->n[0].flag;
  callback_init_initial(L, s, anchors);
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

const struct steps steps_fold = { .anchors = 2, .build = callback_build_initial, .init = fold_init,
                                  .give = fold_give, .called = fold_called,
                                  .end = terminal_kept_end };
