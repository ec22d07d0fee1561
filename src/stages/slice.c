/* SPDX-License-Identifier: MIT
 * slice.c - stages that let a part of the stream pass.
 */
#include <lauxlib.h>

#include "core/argument.h"
#include "core/callback.h"
#include "core/run.h"

static void count_build (lua_State *L, struct recipe *r, int first) {
  argument_at_most(L, r, first, 1);
  r->n[0].integer = argument_integer(L, r, first, "n", 0);
  r->shown = 1;
}

static void count_init (lua_State *L, struct run *run, struct stage *s, const struct recipe *r,
                        int recipe, int anchors) {
  (void)L, (void)run, (void)recipe, (void)anchors;
  s->a = r->n[0]; /* items still to come */
}

/* --- take: closes what is above it before it hands on its last item --- */

static void take_init (lua_State *L, struct run *run, struct stage *s, const struct recipe *r,
                       int recipe, int anchors) {
  count_init(L, run, s, r, recipe, anchors);
  if (s->a.integer == 0) run_never_pull(run, s);
}

static verdict take_give (struct flow *f, struct stage *s) {
  (void)f;
  return --s->a.integer == 0 ? V_STOP : V_PASS;
}

const struct steps steps_take = { .native = true, .build = count_build, .init = take_init,
                                  .give = take_give };

/* --- drop --- */

static verdict drop_give (struct flow *f, struct stage *s) {
  (void)f;
  if (s->a.integer == 0) return V_PASS;
  s->a.integer--;
  return V_DROP;
}

const struct steps steps_drop = { .native = true, .build = count_build, .init = count_init,
                                  .give = drop_give };

/* --- take_while --- */

static verdict take_while_called (struct flow *f, struct stage *s) {
  (void)s;
  return lua_toboolean(f->L, -1) ? V_PASS : V_END;
}

const struct steps steps_take_while = {
  .plain_call = true, .anchors = 1, .build = callback_build_pred, .give_kind = GIVE_CALL,
  .called = take_while_called
};

/* --- take_until: the item for which pred is true is the last --- */

static verdict take_until_called (struct flow *f, struct stage *s) {
  (void)s;
  return lua_toboolean(f->L, -1) ? V_STOP : V_PASS;
}

const struct steps steps_take_until = {
  .plain_call = true, .anchors = 1, .build = callback_build_pred, .give_kind = GIVE_CALL,
  .called = take_until_called
};

/* --- drop_while: from the first item that stays on, pred is not asked any more --- */

static verdict pass (struct flow *f, struct stage *s) {
  (void)f, (void)s;
  return V_PASS;
}

static verdict drop_while_called (struct flow *f, struct stage *s) {
  if (lua_toboolean(f->L, -1)) return V_DROP;
  s->give_kind = GIVE_STEP;
  s->native = true;
  if (s->dispatch != DISPATCH_TIDY) {
    s->dispatch = DISPATCH_STEP;
    s->target = driver_target(DISPATCH_STEP);
  }
  return V_PASS;
}

const struct steps steps_drop_while = {
  .plain_call = true, .anchors = 1, .build = callback_build_pred, .give_kind = GIVE_CALL,
  .give = pass, .called = drop_while_called
};

/* --- slice: n: first, last, step as given; a: items to leave out before the next one, b:
 * items still to come, c: items left out between two --- */

static void slice_build (lua_State *L, struct recipe *r, int first) {
  argument_at_most(L, r, first, 3);
  r->n[0].integer = argument_integer(L, r, first, "first", 1);
  r->n[1].integer = LUA_MAXINTEGER;
  r->n[2].integer = 1;
  r->shown = 1;
  if (argument_given(L, first + 1)) {
    r->n[1].integer = argument_integer(L, r, first + 1, "last", 0);
    r->shown = 2;
  }
  if (argument_given(L, first + 2)) {
    r->n[2].integer = argument_integer(L, r, first + 2, "step", 1);
    if (r->shown == 2) r->shown = 3;
  }
}

static void slice_init (lua_State *L, struct run *run, struct stage *s, const struct recipe *r,
                        int recipe, int anchors) {
  (void)L, (void)recipe, (void)anchors;
  lua_Integer first = r->n[0].integer, last = r->n[1].integer, step = r->n[2].integer;
  if (last < first) {
    run_never_pull(run, s);
    return;
  }
  s->a.integer = first - 1;
  s->b.integer = (last - first) / step + 1;
  s->c.integer = step - 1;
}

/* Closes what is above it before it hands on the last item, as take does. */
static verdict slice_give (struct flow *f, struct stage *s) {
  (void)f;
  if (s->a.integer > 0) {
    s->a.integer--;
    return V_DROP;
  }
  s->a = s->c;
  return --s->b.integer == 0 ? V_STOP : V_PASS;
}

const struct steps steps_slice = { .native = true, .build = slice_build, .init = slice_init,
                                   .give = slice_give };

/* --- step_by: a: the step, b: items to leave out before the next one --- */

static void step_by_build (lua_State *L, struct recipe *r, int first) {
  argument_at_most(L, r, first, 1);
  r->n[0].integer = argument_integer(L, r, first, "n", 1);
  r->shown = 1;
}

static verdict step_by_give (struct flow *f, struct stage *s) {
  (void)f;
  if (s->b.integer-- > 0) return V_DROP;
  s->b.integer = s->a.integer - 1;
  return V_PASS;
}

const struct steps steps_step_by = { .native = true, .build = step_by_build,
                                     .init = count_init, .give = step_by_give };

/* --- take_last, drop_last: slots a ring, which grows as it fills; a: its size, b: items that
 * have come, c: items given at the end --- */

static void ring_init (lua_State *L, struct run *run, struct stage *s, const struct recipe *r,
                       int recipe, int anchors) {
  (void)recipe;
  s->a = r->n[0];
  lua_newtable(L);
  lua_rawseti(L, anchors, s->anchor);
  if (s->a.integer == 0 && r->op == &operators[OPERATOR_take_last]) run_never_pull(run, s);
}

/* The place in the ring of the i-th item, counted from 0. */
static lua_Integer ring_place (const struct stage *s, lua_Unsigned i) {
  return (lua_Integer)(i % s->a.natural) + 1;
}

static verdict take_last_give (struct flow *f, struct stage *s) {
  flow_push_anchor(f, s, 0);
  flow_pack(f);
  lua_rawseti(f->L, -2, ring_place(s, s->b.natural++));
  return V_DROP;
}

static verdict take_last_end (struct flow *f, struct stage *s) {
  if (s->b.natural == 0) return V_END;
  flow_hold(f, s);
  return V_DROP;
}

static verdict take_last_pull (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  lua_Unsigned come = s->b.natural;
  lua_Unsigned kept = come < s->a.natural ? come : s->a.natural;
  if (s->c.natural == kept) {
    flow_release(f, s);
    return V_DROP;
  }
  lua_Integer place = ring_place(s, come - kept + s->c.natural++);
  flow_push_anchor(f, s, 0);
  lua_rawgeti(L, -1, place);
  lua_pushboolean(L, 0); /* the item is handed on, not held */
  lua_rawseti(L, -3, place);
  return flow_pass(f, flow_unpack(f));
}

const struct steps steps_take_last = { .anchors = 1, .native = true, .build = count_build,
                                       .init = ring_init, .give = take_last_give,
                                       .pull = take_last_pull, .end = take_last_end };

static verdict drop_last_give (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  if (s->a.integer == 0) return V_PASS;
  lua_Integer place = ring_place(s, s->b.natural);
  flow_push_anchor(f, s, 0);
  int ring = lua_gettop(L);
  lua_rawgeti(L, ring, place);
  flow_pack(f);
  lua_rawseti(L, ring, place);
  return s->b.natural++ < s->a.natural ? V_DROP : flow_pass(f, flow_unpack(f));
}

const struct steps steps_drop_last = { .anchors = 1, .native = true, .build = count_build,
                                       .init = ring_init, .give = drop_last_give };
