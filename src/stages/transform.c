/* SPDX-License-Identifier: MIT
 * transform.c - stages that turn one item into another, or into several, or into none.
 */
#include <lauxlib.h>

#include "binding/json.h"
#include "binding/record.h"
#include "core/argument.h"
#include "core/callback.h"
#include "core/failure.h"
#include "core/run.h"
#include "sources/from.h"

/* --- map, filter, reject: their results are handled in the driver --- */

const struct steps steps_map = { .plain_call = true, .anchors = 1, .build = callback_build_f,
                                 .give_kind = GIVE_CALL, .called_kind = CALLED_MAP };

/* `phase` is the truth value that lets an item pass. */
static void filter_init (lua_State *L, struct run *run, struct stage *s, const struct recipe *r,
                         int recipe, int anchors) {
  (void)L, (void)run, (void)recipe, (void)anchors;
  s->phase = r->op == &operators[OPERATOR_filter];
}

const struct steps steps_filter = {
  .plain_call = true, .anchors = 1, .build = callback_build_pred, .init = filter_init,
  .give_kind = GIVE_CALL, .called_kind = CALLED_FILTER
};
const struct steps steps_reject = {
  .plain_call = true, .anchors = 1, .build = callback_build_pred, .init = filter_init,
  .give_kind = GIVE_CALL, .called_kind = CALLED_FILTER
};

/* --- filter_map --- */

static verdict filter_map_called (struct flow *f, struct stage *s) {
  (void)s;
  return lua_isnil(f->L, -1) ? V_DROP : flow_pass(f, 1);
}

const struct steps steps_filter_map = {
  .plain_call = true, .anchors = 1, .build = callback_build_f, .give_kind = GIVE_CALL,
  .called = filter_map_called
};

/* --- progress: a: how many items have passed, for progress.h --- */

static void progress_build (lua_State *L, struct recipe *r, int first) {
  argument_at_most(L, r, first, 0);
}

static verdict progress_give (struct flow *f, struct stage *s) {
  (void)f;
  s->a.natural++;
  return V_PASS;
}

const struct steps steps_progress = { .native = true, .build = progress_build,
                                      .give = progress_give };

/* --- tap: fn(item), then the item as it was --- */

static verdict tap_called (struct flow *f, struct stage *s) {
  (void)f, (void)s; /* flow->item is still the item */
  return V_PASS;
}

const struct steps steps_tap = {
  .plain_call = true, .anchors = 1, .build = callback_build_fn, .give_kind = GIVE_CALL,
  .called = tap_called
};

/* --- enumerate --- */

static void enumerate_build (lua_State *L, struct recipe *r, int first) {
  argument_at_most(L, r, first, 1);
  r->n[0].integer = argument_given(L, first)
                        ? argument_integer(L, r, first, "start", LUA_MININTEGER)
                        : 1;
  r->shown = r->n[0].integer != 1;
}

static void enumerate_init (lua_State *L, struct run *run, struct stage *s,
                            const struct recipe *r, int recipe, int anchors) {
  (void)L, (void)run, (void)recipe, (void)anchors;
  s->a = r->n[0];
}

static verdict enumerate_give (struct flow *f, struct stage *s) {
  lua_pushinteger(f->L, s->a.integer);
  s->a.natural++;
  return flow_pass(f, 1 + flow_push_item(f));
}

const struct steps steps_enumerate = { .native = true, .build = enumerate_build,
                                       .init = enumerate_init, .give = enumerate_give };

/* --- scan: slots f (with init: a table of both, until init), the accumulator --- */

enum { SCAN_EMPTY, SCAN_INIT /* to be given first */, SCAN_GOING };

static void scan_build (lua_State *L, struct recipe *r, int first) {
  if (lua_gettop(L) - first == 2 && lua_isnil(L, first))
    argument_fail(L, r, "init is nil, which is no item; use leat.null, or no init");
  callback_build_initial(L, r, first);
}

static void scan_init (lua_State *L, struct run *run, struct stage *s, const struct recipe *r,
                       int recipe, int anchors) {
  (void)recipe;
  callback_init_initial(L, s, anchors);
  if (!r->n[0].flag) return;
  s->phase = SCAN_INIT;
  run_hold(run, s);
}

static verdict scan_pull (struct flow *f, struct stage *s) {
  flow_release(f, s);
  s->phase = SCAN_GOING;
  flow_push_anchor(f, s, 1);
  return flow_pass(f, 1);
}

/* Makes the value on top the accumulator, which comes out. */
static verdict scan_give_out (struct flow *f, struct stage *s) {
  s->phase = SCAN_GOING;
  lua_pushvalue(f->L, -1);
  flow_set_anchor(f, s, 1);
  return flow_pass(f, 1);
}

static verdict scan_give (struct flow *f, struct stage *s) {
  if (s->phase == SCAN_EMPTY) {
    flow_push_value(f);
    return scan_give_out(f, s);
  }
  callback_push(f, s, 0);
  flow_push_anchor(f, s, 1);
  return callback_ask(f, 1 + flow_push_item(f), 1);
}

static verdict scan_called (struct flow *f, struct stage *s) {
  if (lua_isnil(f->L, -1))
    return flow_fail(f, LEAT_E_ITEM, "the function of scan returned nil, which is no item; "
                                     "return leat.null");
  return scan_give_out(f, s);
}

const struct steps steps_scan = { .anchors = 2, .build = scan_build, .init = scan_init,
                                  .give = scan_give, .called = scan_called, .pull = scan_pull };

/* --- intersperse: slots x, the item that waits behind it; phase: there was one before --- */

static void intersperse_build (lua_State *L, struct recipe *r, int first) {
  argument_at_most(L, r, first, 1);
  if (!argument_given(L, first))
    argument_fail(L, r, "x is nil, which is no item; use leat.null");
  lua_pushvalue(L, first);
  recipe_keep(L, -2);
}

static verdict intersperse_give (struct flow *f, struct stage *s) {
  if (s->phase == 0) {
    s->phase = 1;
    return V_PASS;
  }
  flow_pack(f);
  flow_set_anchor(f, s, 1);
  flow_hold(f, s);
  flow_push_anchor(f, s, 0);
  return flow_pass(f, 1);
}

static verdict intersperse_pull (struct flow *f, struct stage *s) {
  flow_release(f, s);
  flow_push_anchor(f, s, 1);
  lua_pushnil(f->L); /* the item is handed on, not held */
  flow_set_anchor(f, s, 1);
  return flow_pass(f, flow_unpack(f));
}

const struct steps steps_intersperse = { .anchors = 2, .native = true,
                                         .build = intersperse_build, .give = intersperse_give,
                                         .pull = intersperse_pull };

/* --- flat_map: slots fn, what it returned --- */

enum { FLAT_LIST = 1, FLAT_RECORD, FLAT_RUN };

static verdict no_element (struct flow *f, const struct stage *s) {
  return flow_fail(f, LEAT_E_ITEM,
                   "element %I of the list of %I is nil, which is no item; use leat.null",
                   (LUAI_UACINT)s->b.integer, (LUAI_UACINT)s->a.integer);
}

static verdict flat_list_next (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  if (s->b.integer >= s->a.integer) {
    flow_release(f, s);
    lua_pushnil(L); /* the list is not ours to keep */
    flow_set_anchor(f, s, 1);
    return V_DROP;
  }
  s->b.integer++;
  int list = flow_anchor(f, s, 1);
  if (s->phase == FLAT_RECORD) record_array_push(L, list, (size_t)s->b.integer);
  else lua_rawgeti(L, list, s->b.integer);
  return lua_isnil(L, -1) ? no_element(f, s) : flow_pass(f, 1);
}

static verdict flat_map_pull (struct flow *f, struct stage *s) {
  if (s->phase != FLAT_RUN) return flat_list_next(f, s);
  flow_push_anchor(f, s, 1);
  return flow_pull_child(f, s->c.pointer);
}

static verdict flat_map_called (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  if (lua_isnil(L, -1)) return V_DROP;
  const struct recipe *r = recipe_test(L, -1);
  if (r != NULL && r->op == &operators[OPERATOR_empty]) return V_DROP; /* no run for nothing */
  bool is_record = record_kind_at(L, -1) == RECORD_ARRAY;
  bool is_object = luaL_getmetafield(L, -1, "__iter") != LUA_TNIL;
  if (is_object) lua_pop(L, 1);
  else is_object = lua_istable(L, -1) && from_is_object(L, lua_gettop(L));
  if (is_record || (lua_istable(L, -1) && !is_object)) {
    s->phase = is_record ? FLAT_RECORD : FLAT_LIST;
    s->a.size = is_record ? record_array_length(L, -1) : (size_t)lua_rawlen(L, -1);
    s->b.integer = 0;
    if (s->a.integer == 0 && !is_record && from_has_fields(L, -1))
      return flow_fail(f, LEAT_E_ITEM,
                       "the function of flat_map returned a table that is no list; "
                       "return a list such as { t }, or use map");
    flow_set_anchor(f, s, 1);
    flow_hold(f, s);
    return flat_list_next(f, s);
  }
  struct run *child = lua_isfunction(L, -1) ? NULL : flow_child(f, s, 1);
  if (child == NULL)
    return flow_fail(f, LEAT_E_ITEM,
                     "the function of flat_map returned a %s; it may return a list, a "
                     "pipeline, a generator, or nil for nothing; use map for single values",
                     argument_type(L, -1));
  if (child->live && child->status == RUN_ENDED && !child->peeked)
    return from_ended(f);
  s->phase = FLAT_RUN;
  s->c.pointer = child;
  flow_hold(f, s);
  return flow_pull_child(f, child);
}

static verdict flat_map_child (struct flow *f, struct stage *s) {
  (void)f, (void)s;
  return V_PASS;
}

static verdict flat_map_child_end (struct flow *f, struct stage *s) {
  flow_release(f, s);
  lua_pushnil(f->L);
  flow_set_anchor(f, s, 1);
  return V_DROP;
}

const struct steps steps_flat_map = { .anchors = 2, .on_stack = 2, .build = callback_build_f,
                                      .give_kind = GIVE_CALL, .called = flat_map_called,
                                      .pull = flat_map_pull, .child = flat_map_child,
                                      .child_end = flat_map_child_end };

/* --- flatten: slots what is being read, and those around it as (it, phase, a, b); a: its
 * length, b: elements given, c: levels that may still be opened --- */

enum { FLATTEN_HERE, FLATTEN_AROUND, FLATTEN_SLOTS };
enum { FLATTEN_NOTHING, FLATTEN_LIST, FLATTEN_RECORD, FLATTEN_INPUT /* to be run */,
       FLATTEN_RUN };
#define FRAME 4

/* Deeper than this a list is taken to contain itself. */
#define FLATTEN_DEEPEST 1000

static void flatten_build (lua_State *L, struct recipe *r, int first) {
  argument_at_most(L, r, first, 1);
  r->n[0].integer = 1;
  if (!argument_given(L, first)) return;
  r->n[0].integer = argument_integer(L, r, first, "depth", 0);
  r->shown = 1;
}

static void flatten_init (lua_State *L, struct run *run, struct stage *s,
                          const struct recipe *r, int recipe, int anchors) {
  (void)run, (void)recipe;
  s->c = r->n[0];
  lua_newtable(L);
  lua_rawseti(L, anchors, s->anchor + FLATTEN_AROUND);
}

/* What the value on top is read as; 0: it has no elements, it is an item by itself. */
static uint8_t flatten_kind (lua_State *L) {
  int type = lua_type(L, -1);
  if (type == LUA_TTHREAD) return FLATTEN_INPUT;
  if (type == LUA_TUSERDATA) {
    if (recipe_test(L, -1) != NULL || run_test(L, -1) != NULL) return FLATTEN_INPUT;
    enum record_kind kind = record_kind_at(L, -1);
    if (kind != RECORD_NONE) return kind == RECORD_ARRAY ? FLATTEN_RECORD : FLATTEN_NOTHING;
  }
  else if (type != LUA_TTABLE)
    return FLATTEN_NOTHING;
  if (luaL_getmetafield(L, -1, "__iter") != LUA_TNIL) return lua_pop(L, 1), FLATTEN_INPUT;
  if (type != LUA_TTABLE) return FLATTEN_NOTHING;
  if (luaL_getmetafield(L, -1, "__len") != LUA_TNIL) return lua_pop(L, 1), FLATTEN_INPUT;
  if (lua_rawlen(L, -1) > 0) return FLATTEN_LIST;
  return from_is_object(L, lua_gettop(L)) || from_has_fields(L, -1) ? FLATTEN_NOTHING
                                                                    : FLATTEN_LIST;
}

/* Goes into what is on top, whose kind is known; pulls come to it now. */
static verdict flatten_enter (struct flow *f, struct stage *s, uint8_t kind, size_t length) {
  lua_State *L = f->L;
  if (s->phase != FLATTEN_NOTHING) {
    flow_push_anchor(f, s, FLATTEN_AROUND);
    int around = lua_gettop(L);
    lua_Integer n = (lua_Integer)lua_rawlen(L, around);
    if (n / FRAME >= FLATTEN_DEEPEST)
      return flow_fail(f, LEAT_E_ITEM, "lists are nested deeper than %d levels, or one contains "
                                       "itself", FLATTEN_DEEPEST);
    flow_push_anchor(f, s, FLATTEN_HERE);
    lua_pushinteger(L, s->phase);
    lua_pushinteger(L, s->a.integer);
    lua_pushinteger(L, s->b.integer);
    for (int i = FRAME; i >= 1; i--) lua_rawseti(L, around, n + i);
    lua_pop(L, 1);
  }
  flow_set_anchor(f, s, FLATTEN_HERE);
  s->phase = kind;
  s->a.size = length;
  s->b.size = 0;
  s->c.integer--;
  flow_hold(f, s);
  return V_DROP;
}

/* What is being read has no more. */
static verdict flatten_leave (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  flow_push_anchor(f, s, FLATTEN_AROUND);
  int around = lua_gettop(L);
  lua_Integer n = (lua_Integer)lua_rawlen(L, around);
  s->c.integer++;
  if (n == 0) {
    flow_release(f, s);
    s->phase = FLATTEN_NOTHING;
    lua_pushnil(L); /* it is not ours to keep */
    flow_set_anchor(f, s, FLATTEN_HERE);
    return V_DROP;
  }
  for (int i = 1; i <= FRAME; i++) lua_rawgeti(L, around, n - FRAME + i);
  s->b.integer = lua_tointeger(L, -1);
  s->a.integer = lua_tointeger(L, -2);
  s->phase = (uint8_t)lua_tointeger(L, -3);
  lua_pop(L, 3);
  flow_set_anchor(f, s, FLATTEN_HERE);
  for (int i = 0; i < FRAME; i++) {
    lua_pushnil(L);
    lua_rawseti(L, around, n - i);
  }
  return V_DROP;
}

/* A tuple is the list that it is in a table. */
static verdict flatten_tuple (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  int count = f->item.count;
  flow_push_value(f);
  for (int i = 1; i <= count; i++) {
    if (lua_rawgeti(L, -1, i) == LUA_TNIL) {
      null_push(L);
      lua_rawseti(L, -3, i);
    }
    lua_pop(L, 1);
  }
  return flatten_enter(f, s, FLATTEN_LIST, (size_t)count);
}

static verdict flatten_give (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  if (f->item.kind != ITEM_VALUE || s->c.integer == 0) return V_PASS;
  if (f->item.count > 1) return flatten_tuple(f, s);
  lua_pushvalue(L, f->item.at);
  uint8_t kind = flatten_kind(L);
  if (kind == FLATTEN_NOTHING) return V_PASS;
  size_t length = kind == FLATTEN_LIST     ? (size_t)lua_rawlen(L, -1)
                  : kind == FLATTEN_RECORD ? record_array_length(L, -1)
                                           : 0;
  return flatten_enter(f, s, kind, length);
}

/* Makes a run of the pipeline or generator to be read. */
static verdict flatten_open (struct flow *f, struct stage *s) {
  flow_push_anchor(f, s, FLATTEN_HERE);
  struct run *child = flow_child(f, s, -1);
  if (child->live && child->status == RUN_ENDED && !child->peeked) return from_ended(f);
  s->phase = FLATTEN_RUN;
  lua_pushvalue(f->L, -1);
  flow_set_anchor(f, s, FLATTEN_HERE);
  return flow_pull_child(f, child);
}

static verdict flatten_pull (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  if (s->phase == FLATTEN_INPUT) return flatten_open(f, s);
  if (s->phase != FLATTEN_RUN && s->b.size >= s->a.size) return flatten_leave(f, s);
  flow_push_anchor(f, s, FLATTEN_HERE);
  if (s->phase == FLATTEN_RUN) return flow_pull_child(f, lua_touserdata(L, -1));
  s->b.size++;
  if (s->phase == FLATTEN_RECORD) record_array_push(L, lua_gettop(L), s->b.size);
  else lua_rawgeti(L, -1, s->b.integer);
  if (lua_isnil(L, -1)) return no_element(f, s);
  flow_pass(f, 1);
  return flatten_give(f, s);
}

static verdict flatten_child_end (struct flow *f, struct stage *s) {
  return flatten_leave(f, s);
}

const struct steps steps_flatten = { .anchors = FLATTEN_SLOTS, .native = true,
                                     .build = flatten_build, .init = flatten_init,
                                     .give = flatten_give, .pull = flatten_pull,
                                     .child = flatten_give, .child_end = flatten_child_end };
