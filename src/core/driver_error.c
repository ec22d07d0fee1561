/* SPDX-License-Identifier: MIT
 * driver_error.c - what the driver says and does when it cannot go on; see driver_error.h.
 */
#include "driver_error.h"

#include <string.h>

#include <lauxlib.h>

#include "failure.h"
#include "stages/policy.h"

void driver_note_end (lua_State *L, int anchors) {
  failure_push_where(L);
  lua_rawseti(L, anchors, ANCHOR_ENDED);
}

int driver_raise_closed (lua_State *L, struct run *root, int error) {
  lua_settop(L, error);
  run_push_anchors(L, IDX_RUN);
  run_close(L, root, error + 1, error);
  driver_note_end(L, error + 1);
  policy_report(L, root, error + 1);
  lua_settop(L, error);
  root->busy = false;
  return lua_error(L);
}

int driver_raise_gone (lua_State *L, struct run *root, const char *did) {
  root->busy = false;
  failure_push(L, LEAT_E_USE, "the generator was closed while it %s", did);
  return lua_error(L);
}

void driver_explain_resume (struct flow *f) {
  const char *why = lua_tostring(f->L, -1);
  if (why != NULL && strncmp(why, "cannot resume", 13) == 0)
    flow_fail(f, LEAT_E_USE, "the generator's coroutine was resumed or closed from outside; "
                             "leave it to the generator");
}

void driver_push_stranded (lua_State *L, const struct run *body) {
  luaL_traceback(L, body->co, NULL, 0);
  failure_push(L, LEAT_E_USE,
               "attempt to yield from outside a coroutine: the generator waits for its "
               "host, but who reads it cannot wait");
  lua_insert(L, -2);
  lua_setfield(L, -2, "traceback");
}

void driver_push_interrupted (lua_State *L, struct state *state) {
  if (state->limits.hooked) {
    limits_push_error(L, &state->limits);
    return;
  }
  limits_take_interrupt(&state->limits, &state->interrupt);
  failure_push(L, LEAT_E_USE, "interrupted");
}
