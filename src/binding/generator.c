/* SPDX-License-Identifier: MIT
 * generator.c - the methods of a live run: next, send, throw, peek, close, status.
 */
#include <lauxlib.h>

#include "binding/pipeline.h"
#include "core/body.h"
#include "core/delegate.h"
#include "core/describe.h"
#include "core/failure.h"
#include "core/loop.h"

static struct run *check_run (lua_State *L, const char *name) {
  struct run *run = run_test(L, 1);
  if (run == NULL)
    luaL_error(L, "%s: expected a generator before it, got %s; open() makes one of a pipeline",
               name, lua_gettop(L) == 0 ? "nothing" : luaL_typename(L, 1));
  return run;
}

static void check_idle (lua_State *L, struct run *run) {
  const char *why = run_refuses(L, run, 1);
  if (why != NULL) luaL_error(L, "%s", why);
}

/* At the end: nil and the return values. */
static int return_values (lua_State *L) {
  lua_settop(L, 2);
  run_push_anchors(L, 1);
  lua_rawgeti(L, -1, ANCHOR_RETURNS);
  lua_pushnil(L);
  return 1 + delegate_push_list(L, 4);
}

static int step_k (lua_State *L, int status, lua_KContext context) {
  (void)status, (void)context;
  int count = lua_gettop(L) - 1;
  return count > 0 ? count : return_values(L);
}

static int step_next (lua_State *L) {
  return driver_enter(L, lua_touserdata(L, IDX_RUN), ENTRY_NEXT);
}
static int step_send (lua_State *L) {
  return driver_enter(L, lua_touserdata(L, IDX_RUN), ENTRY_SEND);
}
static int step_throw (lua_State *L) {
  return driver_enter(L, lua_touserdata(L, IDX_RUN), ENTRY_THROW);
}

/* Calls a step with the run and the value above it; what it returns, or the end. */
static int call_step (lua_State *L, lua_CFunction step, int arguments) {
  lua_pushcfunction(L, step);
  lua_insert(L, 2);
  lua_pushvalue(L, 1);
  lua_insert(L, 3);
  lua_callk(L, 1 + arguments, LUA_MULTRET, 0, step_k);
  return step_k(L, LUA_OK, 0);
}

/* Pushes the item that peek has looked at, if there is one, and takes it away when it
 * is taken; returns how many parts it has. */
static int push_peeked (lua_State *L, struct run *run, bool take) {
  if (!run->peeked) return 0;
  lua_settop(L, 1);
  run_push_anchors(L, 1);
  lua_rawgeti(L, 2, ANCHOR_PEEKED);
  if (take) {
    run->peeked = false;
    lua_pushnil(L);
    lua_rawseti(L, 2, ANCHOR_PEEKED);
  }
  return delegate_push_list(L, 3);
}

static int l_next (lua_State *L) {
  struct run *run = check_run(L, "next");
  int count = push_peeked(L, run, true);
  if (count > 0) return count;
  check_idle(L, run);
  if (run->status == RUN_ENDED) return return_values(L);
  lua_settop(L, 1);
  return call_step(L, step_next, 0);
}

/* __call: for x in generator. */
static int l_call (lua_State *L) {
  struct run *run = check_run(L, "for");
  bool begins = lua_isnoneornil(L, 3);
  int count = push_peeked(L, run, true);
  if (count > 0) return count;
  check_idle(L, run);
  if (run->status == RUN_ENDED) {
    if (!begins) return 0;
    run_push_anchors(L, 1);
    lua_rawgeti(L, -1, ANCHOR_ENDED);
    const char *where = lua_tostring(L, -1);
    return luaL_error(L, "this generator has ended%s%s", where && *where ? ", at " : "",
                      where ? where : "");
  }
  lua_settop(L, 1);
  return driver_enter(L, run, ENTRY_NEXT);
}

/* send and throw reach a body only when no stage stands between. */
static void check_pure (lua_State *L, const struct run *run, const char *name) {
  if (run->peeked)
    luaL_error(L, "%s: an item that peek has looked at is still to be taken; call next first",
               name);
  if (!body_is_pure(run))
    luaL_error(L, "%s: this generator is a pipeline of several stages or of a source without "
                  "a body; %s needs the generator itself: generator(fn)(...):open()", name, name);
}

static int l_send (lua_State *L) {
  struct run *run = check_run(L, "send");
  lua_settop(L, 2);
  check_idle(L, run);
  if (run->status == RUN_ENDED) return return_values(L);
  check_pure(L, run, "send");
  if (run->status == RUN_NEW && !lua_isnil(L, 2))
    return luaL_error(L, "send: the generator has not started, so no yield waits for a value; "
                         "call next() first");
  return call_step(L, step_send, 1);
}

static int l_throw (lua_State *L) {
  struct run *run = check_run(L, "throw");
  lua_settop(L, 2);
  check_idle(L, run);
  if (run->status == RUN_ENDED) return lua_error(L);
  check_pure(L, run, "throw");
  return call_step(L, step_throw, 1);
}

/* Keeps the item for the next next. */
static int peek_k (lua_State *L, int status, lua_KContext context) {
  (void)status, (void)context;
  struct run *run = lua_touserdata(L, 1);
  int count = lua_gettop(L) - 1;
  if (count == 0) return return_values(L);
  luaL_checkstack(L, count + 4, "too many values");
  run_push_anchors(L, 1);
  lua_createtable(L, count, 1);
  for (int i = 1; i <= count; i++) {
    lua_pushvalue(L, 1 + i);
    lua_rawseti(L, -2, i);
  }
  lua_pushinteger(L, count);
  lua_setfield(L, -2, "n");
  lua_rawseti(L, -2, ANCHOR_PEEKED);
  lua_pop(L, 1);
  run->peeked = true;
  return count;
}

static int l_peek (lua_State *L) {
  struct run *run = check_run(L, "peek");
  lua_settop(L, 1);
  if (run->peeked) return push_peeked(L, run, false);
  check_idle(L, run);
  if (run->status == RUN_ENDED) return return_values(L);
  lua_pushcfunction(L, step_next);
  lua_pushvalue(L, 1);
  lua_callk(L, 1, LUA_MULTRET, 0, peek_k);
  return peek_k(L, LUA_OK, 0);
}

/* Closes; raises what close handlers raise, unless the error at index `failed` is on
 * its way already. */
static int close_now (lua_State *L, struct run *run, int failed) {
  run_push_anchors(L, 1);
  int anchors = lua_gettop(L);
  if (!run->closed) {
    failure_push_where(L);
    lua_rawseti(L, anchors, ANCHOR_ENDED);
  }
  run->peeked = false;
  if (run_close(L, run, anchors, failed)) return lua_error(L);
  return 0;
}

int generator_close (lua_State *L) {
  struct run *run = check_run(L, "close");
  check_idle(L, run);
  return close_now(L, run, 0);
}

/* __close(run, error) */
static int l_tbc (lua_State *L) {
  struct run *run = check_run(L, "close");
  /* Left by an error inside its own pull; or who delegates to it closes it. */
  if (run_refuses(L, run, 1) != NULL) return 0;
  lua_settop(L, 2);
  return close_now(L, run, lua_isnil(L, 2) ? 0 : 2);
}

/* (run): closes it, with anchors. */
static int close_collected (lua_State *L) {
  struct run *run = lua_touserdata(L, 1);
  run_push_anchors(L, 1);
  if (run_close(L, run, lua_gettop(L), 0)) failure_warn(L);
  return 0;
}

static int l_gc (lua_State *L) {
  struct run *run = lua_touserdata(L, 1);
  loop_forget(run);
  run_push_anchors(L, 1);
  if (!lua_istable(L, -1)) return 0; /* its making failed half-way */
  lua_settop(L, 1);
  if (run->state->limits.hooked) {
    lua_pushcfunction(L, close_collected);
    limits_call(L, 1);
  }
  else
    close_collected(L);
  if (!run->closed && lua_getmetatable(L, 1)) lua_setmetatable(L, 1); /* out of memory: again */
  return 0;
}

static int l_status (lua_State *L) {
  struct run *run = check_run(L, "status");
  enum pull pull = run_pull(run);
  const char *status = run->status == RUN_NEW         ? "new"
                       : pull == PULL_GOING_ON        ? "running"
                       : pull == PULL_LEFT            ? "ended"
                       : run->status == RUN_SUSPENDED ? "suspended"
                       : run->peeked                  ? "suspended"
                                                      : "ended";
  lua_pushstring(L, status);
  return 1;
}

static int l_tostring (lua_State *L) {
  check_run(L, "tostring");
  run_push_anchors(L, 1);
  lua_rawgeti(L, -1, ANCHOR_RECIPE);
  describe_recipe(L, lua_gettop(L));
  lua_pushliteral(L, "generator of ");
  lua_insert(L, -2);
  lua_concat(L, 2);
  return 1;
}

static void set_functions (lua_State *L, int state, const luaL_Reg *functions) {
  for (; functions->name != NULL; functions++) {
    lua_pushvalue(L, state);
    lua_pushcclosure(L, functions->func, 1);
    lua_setfield(L, -2, functions->name);
  }
}

void generator_methods (lua_State *L, int state) {
  static const luaL_Reg methods[] = {
    { "next", l_next },   { "send", l_send },     { "throw", l_throw }, { "peek", l_peek },
    { "close", generator_close }, { "status", l_status }, { NULL, NULL }
  };
  set_functions(L, state, methods);
}

void generator_metamethods (lua_State *L, int state) {
  static const luaL_Reg metamethods[] = {
    { "__call", l_call }, { "__close", l_tbc }, { "__gc", l_gc }, { "__tostring", l_tostring },
    { NULL, NULL }
  };
  set_functions(L, state, metamethods);
}
