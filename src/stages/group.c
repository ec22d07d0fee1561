/* SPDX-License-Identifier: MIT
 * group.c - stages that gather items into tables.
 */
#include <string.h>

#include <lauxlib.h>

#include "core/argument.h"
#include "core/callback.h"
#include "core/failure.h"
#include "core/run.h"
#include "stages/keys.h"
#include "stages/pile.h"

/* Pushes the table in slot `k`, with room for `size` items when it is new and has been put
 * there. */
static void push_table (struct flow *f, struct stage *s, int k, bool is_new, int size) {
  if (!is_new) {
    flow_push_anchor(f, s, k);
    return;
  }
  lua_createtable(f->L, size, 0);
  lua_pushvalue(f->L, -1);
  flow_set_anchor(f, s, k);
}

/* --- batched: slots weight, max_weight, the batch; a: its size, b: what it weighs, c: the batch;
 * phase: what becomes of a last batch that is not full --- */

enum { BATCH_WEIGHT, BATCH_MAX_WEIGHT, BATCH_PILE, BATCH_ANCHORS = BATCH_PILE + PILE_ANCHORS };
enum tail { TAIL_KEEP, TAIL_DROP, TAIL_ERROR };

/* Pushes the option `name` of the table at index `options`; false: it is not there. */
static bool push_option (lua_State *L, int options, const char *name) {
  if (lua_getfield(L, options, name) != LUA_TNIL) return true;
  lua_pop(L, 1);
  return false;
}

/* Keeps {weight, max_weight} when they are given; returns whether they are. */
static bool weight_build (lua_State *L, struct recipe *r, int options, int recipe) {
  bool limited = push_option(L, options, "max_weight");
  int limit = lua_gettop(L);
  if (limited && (lua_type(L, limit) != LUA_TNUMBER || !(lua_tonumber(L, limit) > 0)))
    argument_fail(L, r, "option max_weight must be a number above 0, got %s",
                  argument_push_shown(L, limit));
  bool weighed = push_option(L, options, "weight");
  if (limited != weighed)
    argument_fail(L, r, limited ? "max_weight needs weight, which tells what an item weighs"
                                : "weight needs max_weight");
  if (!limited) return false;
  if (r->n[1].integer != TAIL_KEEP)
    argument_fail(L, r, "no batch need be full with max_weight, so tail can only be \"keep\"");
  lua_pushnil(L); /* arguments are below the top */
  callback_check(L, r, limit + 1, "weight");
  lua_createtable(L, 2, 0);
  lua_insert(L, -2);
  lua_rawseti(L, -2, 1);
  lua_pushvalue(L, limit);
  lua_rawseti(L, -2, 2);
  recipe_keep(L, recipe);
  return true;
}

static void batched_build (lua_State *L, struct recipe *r, int first) {
  static const char *const options[] = { "tail", "max_weight", "weight", NULL };
  static const char *const tails[] = { "keep", "drop", "error", NULL }; /* as enum tail */
  int recipe = lua_gettop(L);
  argument_at_most(L, r, first, 2);
  if (argument_options(L, r, first + 1, options)) {
    r->n[1].integer = argument_option_choice(L, r, first + 1, "tail", tails);
    r->n[2].flag = weight_build(L, r, first + 1, recipe);
    lua_settop(L, recipe);
  }
  if (r->n[2].flag && !argument_given(L, first)) {
    r->n[0].integer = LUA_MAXINTEGER;
    return;
  }
  r->n[0].integer = argument_integer(L, r, first, "n", 1);
  r->shown = 1;
}

static void batched_init (lua_State *L, struct run *run, struct stage *s,
                          const struct recipe *r, int recipe, int anchors) {
  (void)run, (void)recipe;
  s->a = r->n[0];
  s->phase = (uint8_t)r->n[1].integer;
  s->c.pointer = pile_init(L, s, anchors, BATCH_PILE, s->a.integer);
  if (!r->n[2].flag) return;
  s->give_kind = GIVE_CALL;
  lua_rawgeti(L, anchors, s->anchor);
  lua_rawgeti(L, -1, 2);
  lua_rawseti(L, anchors, s->anchor + BATCH_MAX_WEIGHT);
  lua_rawgeti(L, -1, 1);
  lua_rawseti(L, anchors, s->anchor + BATCH_WEIGHT);
  lua_pop(L, 1);
}

/* Hands on the batch. */
static verdict pass_batch (struct flow *f, struct stage *s) {
  pile_take(f, s, s->c.pointer);
  return flow_pass(f, 1);
}

static verdict batched_give (struct flow *f, struct stage *s) {
  struct pile *batch = s->c.pointer;
  pile_add(f, s, batch);
  return batch->count < s->a.integer ? V_DROP : pass_batch(f, s);
}

/* The weight of an item is on top. */
static verdict batched_called (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  lua_Number weight = lua_type(L, -1) == LUA_TNUMBER ? lua_tonumberx(L, -1, NULL) : -1;
  if (!(weight >= 0))
    return flow_fail(f, LEAT_E_ITEM, "the weight of an item must be a number of 0 or more, got %s",
                     luaL_tolstring(L, -1, NULL));
  flow_push_anchor(f, s, BATCH_MAX_WEIGHT);
  lua_Number most = lua_tonumberx(L, -1, NULL);
  if (weight > most) {
    const char *limit = lua_tostring(L, -1); /* our own copies */
    return flow_fail(f, LEAT_E_ITEM, "the item weighs %s, which is more than max_weight, %s",
                     lua_tostring(L, -2), limit);
  }
  struct pile *batch = s->c.pointer;
  if (batch->count == 0) s->b.number = 0;
  if (!(s->b.number + weight > most)) {
    s->b.number += weight;
    return batched_give(f, s);
  }
  /* The batch is complete without this item, which begins the next one. A batch of size 1
   * never waits for a second item, so the next one is not complete. */
  pile_take(f, s, batch);
  s->b.number = weight;
  pile_add(f, s, batch);
  return flow_pass(f, 1);
}

static verdict batched_end (struct flow *f, struct stage *s) {
  const struct pile *batch = s->c.pointer;
  if (batch->count == 0 || s->phase == TAIL_DROP) return V_END;
  if (s->phase == TAIL_ERROR)
    return flow_fail(f, LEAT_E_ITEM, "the last batch has %I of %I items",
                     (LUAI_UACINT)batch->count, (LUAI_UACINT)s->a.integer);
  return pass_batch(f, s);
}

const struct steps steps_batched = {
  .plain_call = true, .anchors = BATCH_ANCHORS, .native = true, .build = batched_build,
  .init = batched_init, .give = batched_give, .called = batched_called, .end = batched_end
};

/* --- chunk_by: slots key, what it is compared with, the chunk's key, the chunk;
 * a, c, phase: see keys_changed; b: the chunk --- */

enum { CHUNK_FUNCTION, CHUNK_BEFORE, CHUNK_KEY, CHUNK_PILE,
       CHUNK_ANCHORS = CHUNK_PILE + PILE_ANCHORS };

static void chunk_init (lua_State *L, struct run *run, struct stage *s, const struct recipe *r,
                        int recipe, int anchors) {
  (void)run, (void)recipe;
  keys_give_kind(s, r);
  s->b.pointer = pile_init(L, s, anchors, CHUNK_PILE, LUA_MAXINTEGER);
}

/* Pushes the chunk's key and the chunk. */
static void chunk_push (struct flow *f, struct stage *s) {
  flow_push_anchor(f, s, CHUNK_KEY);
  pile_take(f, s, s->b.pointer);
}

static verdict chunk_add (struct flow *f, struct stage *s, const struct item *key) {
  struct pile *chunk = s->b.pointer;
  bool changed;
  if (keys_changed(f, s, CHUNK_BEFORE, key, &changed) == V_ERROR) return V_ERROR;
  if (!changed) {
    pile_add(f, s, chunk);
    return V_DROP;
  }
  bool complete = chunk->count > 0;
  if (complete) chunk_push(f, s);
  int top = lua_gettop(f->L);
  pile_add(f, s, chunk);
  keys_push(f, key);
  flow_set_anchor(f, s, CHUNK_KEY);
  lua_settop(f->L, top);
  return complete ? flow_pass(f, 2) : V_DROP;
}

static verdict chunk_give (struct flow *f, struct stage *s) { return chunk_add(f, s, &f->item); }

static verdict chunk_called (struct flow *f, struct stage *s) {
  struct item key;
  keys_answered(f, &key);
  return chunk_add(f, s, &key);
}

static verdict chunk_end (struct flow *f, struct stage *s) {
  if (((const struct pile *)s->b.pointer)->count == 0) return V_END;
  chunk_push(f, s);
  return flow_pass(f, 2);
}

const struct steps steps_chunk_by = {
  .plain_call = true, .anchors = CHUNK_ANCHORS, .native = true, .build = keys_build,
  .init = chunk_init, .give = chunk_give, .called = chunk_called, .end = chunk_end
};

/* --- split_when: slots f, the group; b: items in it --- */

enum { SPLIT_FUNCTION, SPLIT_ITEMS, SPLIT_ANCHORS };

/* Adds the value on top, or begins a group with it. */
static void split_add (struct flow *f, struct stage *s, bool is_new) {
  lua_State *L = f->L;
  push_table(f, s, SPLIT_ITEMS, is_new, is_new ? pile_room(s->b.integer) : 0);
  lua_insert(L, -2);
  s->b.integer = is_new ? 1 : s->b.integer + 1;
  lua_rawseti(L, -2, s->b.integer);
}

static verdict split_give (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  flow_push_value(f);
  if (s->b.integer == 0) {
    split_add(f, s, true);
    return V_DROP;
  }
  int value = lua_gettop(L); /* stays below what is called */
  flow_push_anchor(f, s, SPLIT_ITEMS);
  callback_push(f, s, SPLIT_FUNCTION);
  lua_rawgeti(L, value + 1, s->b.integer);
  lua_pushvalue(L, value);
  lua_remove(L, value + 1);
  return callback_ask(f, 2, 1);
}

static verdict split_called (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  bool cut = lua_toboolean(L, -1);
  if (cut) flow_push_anchor(f, s, SPLIT_ITEMS);
  int group = lua_gettop(L);
  lua_pushvalue(L, f->result_at - 1);
  split_add(f, s, cut);
  if (!cut) return V_DROP;
  lua_settop(L, group);
  return flow_pass(f, 1);
}

static verdict split_end (struct flow *f, struct stage *s) {
  if (s->b.integer == 0) return V_END;
  s->b.integer = 0;
  flow_push_anchor(f, s, SPLIT_ITEMS);
  return flow_pass(f, 1);
}

const struct steps steps_split_when = { .anchors = SPLIT_ANCHORS, .build = callback_build_f,
                                        .give = split_give, .called = split_called,
                                        .end = split_end };

/* --- group_by, count_by: slots key (several: a list of them), the groups and those keys that the
 * keys so far do not keep, both by number, the keys so far; a: the keys so far, b: which of several
 * keys is asked for, and in the end the group to give next, c: how many keys an item has --- */

enum { BY_FUNCTION, BY_GROUPS, BY_KEYS, BY_NUMBERS, BY_ANCHORS = BY_NUMBERS + KEYS_LIST_ANCHORS };

static void by_init (lua_State *L, struct run *run, struct stage *s, const struct recipe *r,
                     int recipe, int anchors) {
  (void)run, (void)recipe;
  s->a.pointer = keys_init(L, s, anchors, BY_NUMBERS, sizeof(size_t), r->n[1].integer > 1);
  for (int slot = BY_GROUPS; slot <= BY_KEYS; slot++) {
    lua_newtable(L);
    lua_rawseti(L, anchors, s->anchor + slot);
  }
  s->c = r->n[1];
  keys_give_kind(s, r);
}

/* Finds the item's counter; `number` is its key's. A new key is kept as it came. */
static size_t *by_key (struct flow *f, struct stage *s, const struct item *key, size_t *number) {
  lua_State *L = f->L;
  bool is_new;
  if (keys_number(f, s, s->a.pointer, key, number, &is_new) == V_ERROR) return NULL;
  if (is_new && !keys_keeps(s->a.pointer, *number)) {
    flow_push_anchor(f, s, BY_KEYS);
    keys_push(f, key);
    lua_rawseti(L, -2, (lua_Integer)*number);
    lua_pop(L, 1);
  }
  return keys_note(s->a.pointer, *number);
}

/* Upstream has ended: the groups are given one by one. */
static verdict by_end (struct flow *f, struct stage *s) {
  const struct keys *keys = s->a.pointer;
  if (s->phase != 0 || keys_count(keys) == 0) return V_END;
  s->phase = 1;
  s->b.size = 1;
  flow_hold(f, s);
  return V_DROP;
}

/* Pushes element `i` of the list in slot `k` and lets go of it. */
static void take_out (struct flow *f, struct stage *s, int k, size_t i) {
  lua_State *L = f->L;
  flow_push_anchor(f, s, k);
  lua_rawgeti(L, -1, (lua_Integer)i);
  lua_pushnil(L);
  lua_rawseti(L, -3, (lua_Integer)i);
  lua_remove(L, -2);
}

static verdict by_pull (struct flow *f, struct stage *s) {
  size_t i = s->b.size++;
  if (i > keys_count(s->a.pointer)) {
    flow_release(f, s);
    return V_DROP;
  }
  if (keys_keeps(s->a.pointer, i)) keys_push_kept(f, s->a.pointer, i);
  else take_out(f, s, BY_KEYS, i);
  if (s->op == &operators[OPERATOR_group_by]) take_out(f, s, BY_GROUPS, i);
  else lua_pushinteger(f->L, (lua_Integer)*(size_t *)keys_note(s->a.pointer, i));
  return flow_pass(f, 2);
}

static verdict count_by (struct flow *f, struct stage *s, const struct item *key) {
  size_t number;
  size_t *tally = by_key(f, s, key, &number);
  if (tally == NULL) return V_ERROR;
  ++*tally;
  return V_DROP;
}

static verdict count_by_give (struct flow *f, struct stage *s) { return count_by(f, s, &f->item); }

static verdict count_by_called (struct flow *f, struct stage *s) {
  struct item key;
  keys_answered(f, &key);
  return count_by(f, s, &key);
}

const struct steps steps_count_by = {
  .plain_call = true, .anchors = BY_ANCHORS, .native = true, .build = keys_build,
  .init = by_init, .give = count_by_give, .called = count_by_called, .end = by_end,
  .pull = by_pull
};

static void group_by_build (lua_State *L, struct recipe *r, int first) {
  int recipe = lua_gettop(L);
  int count = recipe - first > 1 ? recipe - first : 1;
  if (count == 1) callback_check(L, r, first, "key");
  else {
    lua_createtable(L, count, 0);
    for (int i = 0; i < count; i++) {
      callback_check(L, r, first + i, lua_pushfstring(L, "key %d", i + 1));
      lua_rawseti(L, recipe + 1, i + 1);
      lua_settop(L, recipe + 1);
    }
  }
  recipe_keep(L, recipe);
  r->n[0].flag = count == 1;
  r->n[1].integer = count;
}

static verdict group_add (struct flow *f, struct stage *s, const struct item *key) {
  lua_State *L = f->L;
  size_t number;
  size_t *tally = by_key(f, s, key, &number);
  if (tally == NULL) return V_ERROR;
  int groups = flow_anchor(f, s, BY_GROUPS);
  if (*tally == 0) {
    lua_createtable(L, pile_room(0), 0);
    lua_pushvalue(L, -1);
    lua_rawseti(L, groups, (lua_Integer)number);
  }
  else
    lua_rawgeti(L, groups, (lua_Integer)number);
  flow_push_value(f);
  lua_rawseti(L, -2, (lua_Integer)++*tally);
  return V_DROP;
}

/* Asks for key b + 1 of several; the answers pile up on the stack. */
static verdict group_ask (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  luaL_checkstack(L, (int)s->c.integer + LUA_MINSTACK, "too many keys");
  flow_push_anchor(f, s, BY_FUNCTION);
  lua_rawgeti(L, -1, ++s->b.integer);
  lua_remove(L, -2);
  return callback_ask(f, flow_push_item(f), 1);
}

static verdict group_by_give (struct flow *f, struct stage *s) {
  s->b.integer = 0;
  return group_ask(f, s);
}

static verdict group_by_called (struct flow *f, struct stage *s) {
  struct item key;
  keys_answered(f, &key);
  if (s->c.integer == 1) return group_add(f, s, &key);
  if (s->b.integer < s->c.integer) return group_ask(f, s);
  key.count = (int)s->c.integer;
  key.at -= key.count - 1;
  return group_add(f, s, &key);
}

const struct steps steps_group_by = {
  .plain_call = true, .anchors = BY_ANCHORS, .on_stack = 2, .build = group_by_build,
  .init = by_init, .give = group_by_give, .called = group_by_called, .end = by_end, .pull = by_pull
};
