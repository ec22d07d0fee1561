/* SPDX-License-Identifier: MIT
 * transform.c - stages that turn one item into another, or into several, or into none.
 */
#include <lauxlib.h>

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

/* --- flat_map: slots fn, what it returned --- */

enum { FLAT_LIST = 1, FLAT_RECORD, FLAT_RUN };

static verdict flat_list_next (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  if (s->b.integer >= s->a.integer) {
    flow_release(f, s);
    lua_pushnil(L); /* the list is not ours to keep */
    flow_set_anchor(f, s, 1);
    return V_DROP;
  }
  s->b.integer++;
  flow_push_anchor(f, s, 1);
  if (s->phase == FLAT_RECORD) record_array_push(L, lua_gettop(L), (size_t)s->b.integer);
  else lua_rawgeti(L, -1, s->b.integer);
  if (lua_isnil(L, -1))
    return flow_fail(f, LEAT_E_ITEM,
                     "element %I of the list of %I is nil, which is no item; use leat.null",
                     (LUAI_UACINT)s->b.integer, (LUAI_UACINT)s->a.integer);
  return flow_pass(f, 1);
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
                     luaL_typename(L, -1));
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

const struct steps steps_flat_map = { .anchors = 2, .build = callback_build_f,
                                      .give_kind = GIVE_CALL, .called = flat_map_called,
                                      .pull = flat_map_pull, .child = flat_map_child,
                                      .child_end = flat_map_child_end };
