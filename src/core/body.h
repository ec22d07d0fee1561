/* SPDX-License-Identifier: MIT
 * body.h - generator bodies: Lua functions in a coroutine of their own.
 */
#ifndef LEAT_CORE_BODY_H
#define LEAT_CORE_BODY_H

#include "run.h"

/* Is the run a generator's body and nothing else? Then its items are what it yields,
 * and it can be sent to and thrown into. */
static inline bool body_is_pure (const struct run *run) {
  return run->count == 2 && run->stages[0].pull_kind == PULL_BODY && !run->peeked;
}

/* Makes the coroutine of a run whose anchors are at `anchors`; nothing runs yet. */
void body_create (lua_State *L, struct run *run, int anchors);

/* The run whose body the coroutine L is, or NULL; pushes that run's anchors. */
struct run *body_of_thread (lua_State *L);
void body_push_anchors (lua_State *L);

/* Runs the body's pending <close> variables; leaves nothing. Raises their error. */
void body_close (lua_State *L, struct run *run);

/* The module's yield and yield_from; upvalue 1 is the state. */
int body_yield (lua_State *L);
int body_yield_from (lua_State *L);

#endif
