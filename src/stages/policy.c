/* SPDX-License-Identifier: MIT
 * policy.c - on_error, catch and finally.
 *
 * Each speaks for everything above it up to the next of the same name. When a run is
 * made, every stage learns which stage below takes its errors: `on_item` for errors of
 * one item, `on_failure` for those that end the stream. At run time an error is a walk
 * from run to caller, and a jump.
 */
#include "policy.h"

#include <string.h>

#include <lauxlib.h>

#include "core/argument.h"
#include "core/callback.h"
#include "core/failure.h"

enum on_error_mode { MODE_RAISE, MODE_SKIP, MODE_CALL };

#define IS(s, id) ((s)->op == &operators[OPERATOR_##id])

void policy_init (struct run *run, bool guard_all) {
  uint32_t on_item = 0, on_failure = 0;
  for (size_t i = run->count; i-- > 0;) {
    struct stage *s = &run->stages[i];
    s->on_item = on_item;
    s->on_failure = on_failure;
    s->guard = guard_all || on_item != 0 || on_failure != 0;
    if (IS(s, catch)) on_item = on_failure = (uint32_t)i + 1;
    if (IS(s, on_error)) on_item = s->a.integer == MODE_RAISE ? on_failure : (uint32_t)i + 1;
  }
}

/* Leaves the current run for its caller. */
static void leave (struct flow *f) {
  lua_State *L = f->L;
  struct run *run = f->run;
  f->run = run->caller;
  lua_rawgeti(L, IDX_ANCHORS, ANCHOR_CALLER);
  if (run->live) run_release(L, run, IDX_ANCHORS);
  lua_replace(L, IDX_ANCHORS);
}

/* The same, with the error on top. A generator that failed has ended. */
static void leave_failed (struct flow *f) {
  lua_State *L = f->L;
  struct run *run = f->run;
  int error = lua_gettop(L);
  if (run->live) {
    failure_push_where(L);
    lua_rawseti(L, IDX_ANCHORS, ANCHOR_ENDED);
    run_close(L, run, IDX_ANCHORS, error);
  }
  leave(f);
}

struct stage *policy_find (struct flow *f, struct stage **s) {
  lua_State *L = f->L;
  bool of_item = failure_is_of_item(L, *s == f->run->stages);
  /* Look first: a run that no policy saves stays the current one only as far as its
   * owner; one that is saved by a caller's policy is left as it is, to go on. */
  struct run *run = f->run;
  struct stage *at = *s;
  /* Nothing takes the error of a limit, or an interrupt. */
  bool limited = limits_interrupted_since(&f->root->state->limits, f->root->interruptions);
  uint32_t found;
  for (;;) {
    found = limited ? 0 : of_item ? at->on_item : at->on_failure;
    if (found != 0 || run == f->root || run->owner != NULL) break;
    at = run->caller_stage;
    run = run->caller;
    /* The readers of a fork share a run: an item that only one of them left out would put them out
     * of step. So what fails there fails the fork. */
    if (at->op->kind == OP_FORK) of_item = false;
  }
  bool goes_on = found != 0 && of_item && IS(&run->stages[found - 1], on_error);
  while (f->run != run) {
    if (goes_on) leave(f);
    else leave_failed(f);
  }
  *s = at;
  return found == 0 ? NULL : &run->stages[found - 1];
}

/* No item will come of the one that failed at stage `from`: those between it and the policy that
 * read other inputs in step are told. */
static void keep_step (struct stage *from, const struct stage *policy) {
  if (from->steps->aside != NULL && from->steps->aside(from)) return;
  for (struct stage *s = from + 1; s < policy; s++)
    if (s->steps->skip != NULL) s->steps->skip(s);
}

void policy_count_skipped (struct flow *f, int error) {
  lua_State *L = f->L;
  f->root->skipped++;
  f->root->state->skipped++;
  if (f->root->skipped > 1) return;
  run_push_anchors(L, IDX_RUN); /* the report names the first */
  luaL_tolstring(L, error, NULL);
  lua_rawseti(L, -2, ANCHOR_SKIPPED);
  lua_pop(L, 1);
}

verdict policy_answer (struct flow *f, struct stage *s, struct stage *from, int error) {
  lua_State *L = f->L;
  f->stage = s;
  if (IS(s, on_error)) {
    keep_step(from, s);
    if (s->a.integer == MODE_CALL) {
      callback_push(f, s, 0);
      lua_pushvalue(L, error);
      return callback_ask(f, 1, LUA_MULTRET);
    }
    s->b.natural++;
    policy_count_skipped(f, error);
    return V_DROP;
  }
  /* catch: what is above has failed and is closed, then fn decides */
  struct run *r = f->run;
  run_end_at(r, s);
  run_close_upstream(L, r, IDX_ANCHORS, s - 1, error);
  callback_push(f, s, 0);
  lua_pushvalue(L, error);
  return callback_ask(f, 1, 1);
}

void policy_report (lua_State *L, struct run *run, int anchors) {
  lua_Unsigned count = run->skipped;
  if (count == 0) return;
  run->skipped = 0;
  luaL_checkstack(L, 6, NULL);
  lua_rawgeti(L, anchors, ANCHOR_SKIPPED);
  lua_pushfstring(L, "skipped %I item%s; the first: %s", (LUAI_UACINT)count,
                  count == 1 ? "" : "s", lua_tostring(L, -1));
  lua_warning(L, lua_tostring(L, -1), 0);
  lua_pop(L, 2);
}

static verdict pass (struct flow *f, struct stage *s) {
  (void)f, (void)s;
  return V_PASS;
}

/* --- on_error --- */

static void on_error_build (lua_State *L, struct recipe *r, int first) {
  static const char *const modes[] = { "raise", "skip", NULL }; /* as MODE_RAISE, MODE_SKIP */
  argument_at_most(L, r, first, 1);
  if (!argument_given(L, first) || lua_type(L, first) == LUA_TSTRING) {
    r->n[0].integer = argument_choice(L, r, first, "policy", modes, "a function");
    lua_pushvalue(L, first);
  }
  else {
    r->n[0].integer = MODE_CALL;
    callback_check_function(L, r, first, "policy");
  }
  recipe_keep(L, -2);
}

static void on_error_init (lua_State *L, struct run *run, struct stage *s,
                           const struct recipe *r, int recipe, int anchors) {
  (void)L, (void)run, (void)recipe, (void)anchors;
  s->a = r->n[0];
}

/* What fn(err) returned stands in for the item; nil leaves it out. */
static verdict on_error_called (struct flow *f, struct stage *s) {
  (void)s;
  if (f->nresults == 0 || lua_isnil(f->L, f->result_at)) return V_DROP;
  return flow_pass(f, f->nresults);
}

const struct steps steps_on_error = {
  .anchors = 1, .native = true, .build = on_error_build, .init = on_error_init,
  .give = pass, .called = on_error_called
};

/* --- catch: slots fn, the run that goes on --- */

static verdict catch_called (struct flow *f, struct stage *s) {
  if (lua_isnil(f->L, -1)) return V_DROP;
  struct run *child = flow_child(f, s, 1);
  if (child == NULL)
    return flow_fail(f, LEAT_E_USE,
                     "the function of catch returned a %s; it may return nothing, to end "
                     "the stream, or a list, pipeline or generator, to go on with",
                     argument_type(f->L, -1));
  flow_hold(f, s);
  s->c.pointer = child;
  return flow_pull_child(f, child);
}

static verdict catch_pull (struct flow *f, struct stage *s) {
  flow_push_anchor(f, s, 1);
  return flow_pull_child(f, s->c.pointer);
}

static verdict child_ended (struct flow *f, struct stage *s) {
  flow_release(f, s);
  return V_DROP;
}

const struct steps steps_catch = {
  .anchors = 2, .native = true, .build = callback_build_fn, .give = pass,
  .called = catch_called, .pull = catch_pull, .child = pass, .child_end = child_ended
};

/* --- finally --- */

static void finally_close (lua_State *L, struct run *run, struct stage *s, int anchors,
                           int failed) {
  if (!run->began) return; /* nothing has begun, so nothing has ended */
  lua_rawgeti(L, anchors, s->anchor);
  if (failed != 0) lua_pushvalue(L, failed);
  else lua_pushnil(L);
  lua_call(L, 1, 0);
}

const struct steps steps_finally = {
  .anchors = 1, .native = true, .build = callback_build_fn, .give = pass, .close = finally_close
};
