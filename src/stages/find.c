/* SPDX-License-Identifier: MIT
 * find.c - terminals that look for an item, and stop where they have found it: first, last, nth,
 * one, find, find_index, any, all, none.
 */
#include "core/argument.h"
#include "core/callback.h"
#include "core/failure.h"
#include "stages/terminal.h"

/* --- by place --- */

static verdict answer_item (struct flow *f, struct stage *s) {
  (void)s;
  return terminal_result(f, flow_push_item(f));
}

const struct steps steps_first = { .native = true, .build = terminal_build, .give = answer_item,
                                   .end = terminal_nil_end };

const struct steps steps_last = { .anchors = 2, .native = true, .build = terminal_build,
                                  .give = terminal_keep, .end = terminal_kept_end };

/* a: items up to and with the one that is meant */
static void nth_build (lua_State *L, struct recipe *r, int first) {
  argument_at_most(L, r, first, 1);
  r->n[0].integer = argument_integer(L, r, first, "n", 1);
  r->shown = 1;
}

static void nth_init (lua_State *L, struct run *run, struct stage *s, const struct recipe *r,
                      int recipe, int anchors) {
  (void)L, (void)run, (void)recipe, (void)anchors;
  s->a = r->n[0];
}

static verdict nth_give (struct flow *f, struct stage *s) {
  return --s->a.integer > 0 ? V_DROP : answer_item(f, s);
}

const struct steps steps_nth = { .native = true, .build = nth_build, .init = nth_init,
                                 .give = nth_give, .end = terminal_nil_end };

static verdict one_give (struct flow *f, struct stage *s) {
  if (s->phase == 0) return terminal_keep(f, s);
  return flow_fail(f, LEAT_E_ITEM, "there is more than one item; one() wants exactly one, first() "
                                   "takes the first of any number");
}

static verdict one_end (struct flow *f, struct stage *s) {
  if (s->phase != 0) return terminal_kept_end(f, s);
  return flow_fail(f, LEAT_E_ITEM, "there is no item; one() wants exactly one, first() returns nil "
                                   "for none");
}

const struct steps steps_one = { .anchors = 2, .native = true, .build = terminal_build,
                                 .give = one_give, .end = one_end };

/* --- by a function --- */

static verdict find_called (struct flow *f, struct stage *s) {
  return lua_toboolean(f->L, -1) ? answer_item(f, s) : V_DROP;
}

const struct steps steps_find = {
  .plain_call = true, .anchors = 1, .build = callback_build_pred, .give_kind = GIVE_CALL,
  .called = find_called, .end = terminal_nil_end
};

/* a: items seen */
static verdict find_index_called (struct flow *f, struct stage *s) {
  s->a.integer++;
  if (!lua_toboolean(f->L, -1)) return V_DROP;
  lua_pushinteger(f->L, s->a.integer);
  return terminal_result(f, 1);
}

const struct steps steps_find_index = {
  .plain_call = true, .anchors = 1, .build = callback_build_pred, .give_kind = GIVE_CALL,
  .called = find_index_called, .end = terminal_nil_end
};

/* --- any, all, none: what stops them, and the answer then; at the end it is the other one --- */

static verdict answer_boolean (struct flow *f, bool answer) {
  lua_pushboolean(f->L, answer);
  return terminal_result(f, 1);
}

static bool is_true (const struct flow *f) {
  return f->item.kind != ITEM_VALUE || lua_toboolean(f->L, f->item.at);
}

static verdict any_give (struct flow *f, struct stage *s) {
  (void)s;
  return is_true(f) ? answer_boolean(f, true) : V_DROP;
}

static verdict all_give (struct flow *f, struct stage *s) {
  (void)s;
  return is_true(f) ? V_DROP : answer_boolean(f, false);
}

static verdict none_give (struct flow *f, struct stage *s) {
  (void)s;
  return is_true(f) ? answer_boolean(f, false) : V_DROP;
}

static verdict true_end (struct flow *f, struct stage *s) {
  (void)s;
  return answer_boolean(f, true);
}

static verdict false_end (struct flow *f, struct stage *s) {
  (void)s;
  return answer_boolean(f, false);
}

#define PREDICATE_STEPS                                                                     \
  .plain_call = true, .anchors = 1, .native = true, .build = terminal_pred_build,           \
  .init = terminal_function_init, .called = terminal_called

const struct steps steps_any = { PREDICATE_STEPS, .give = any_give, .end = false_end };
const struct steps steps_all = { PREDICATE_STEPS, .give = all_give, .end = true_end };
const struct steps steps_none = { PREDICATE_STEPS, .give = none_give, .end = true_end };
