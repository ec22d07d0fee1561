/* SPDX-License-Identifier: MIT
 * slice.c - stages that let a part of the stream pass.
 */
#include <lauxlib.h>

#include "core/argument.h"
#include "core/callback.h"
#include "core/run.h"

static void count_build (lua_State *L, struct recipe *r, int first) {
  argument_at_most(L, r, first, 1);
  r->n[0].integer = argument_integer(L, r, first, "count", 0);
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
  if (s->a.integer > 0) return;
  run->over = true; /* take(0) never pulls; the nearest one to the consumer decides */
  if ((size_t)(s - run->stages) > run->floor) run->floor = (size_t)(s - run->stages);
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
