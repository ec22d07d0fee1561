/* SPDX-License-Identifier: MIT
 * limits.c - the hook and the accounts of a limited state; the laws are in limits.h.
 */
#include "limits.h"

#include <time.h>

#include <lauxlib.h>

#include "failure.h"
#include "state.h"

/* A hook takes about 40 ns with the look at the clock, so many instructions 800. */
#define GRAIN 256

/* Units between two looks: pulls that take long each must not make a time limit late by much. */
#define LOOK 64

/* The same where only an interrupt is looked for: about 20 microseconds. */
#define WATCH 4096

static uint64_t now (void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * UINT64_C(1000000000) + (uint64_t)t.tv_nsec;
}

uint64_t limits_units (const struct limits *limits) {
  return limits->used + (limits->stride - limits->left);
}

uint64_t limits_time (const struct limits *limits) { return now() - limits->began; }

bool limits_pull (struct limits *limits) {
  if (!limits->hooked) return false;
  if (interrupt_pending(limits->interrupt)) return limits_look(limits, 1);
  return limits_charge(limits, 1);
}

/* limits_look where nothing is limited. */
static bool watch (struct limits *limits) {
  limits->stride = limits->left = WATCH;
  if (!interrupt_pending(limits->interrupt)) return true;
  limits_take_interrupt(limits, limits->interrupt);
  return false;
}

bool limits_look (struct limits *limits, uint64_t units) {
  if (!limits->hooked) return watch(limits);
  uint64_t before = limits_units(limits);
  limits->used = units > UINT64_MAX - before ? UINT64_MAX : before + units;
  limits->stride = limits->left = 0;
  if (limits->reached != LIMIT_NONE) return false;
  if (interrupt_pending(limits->interrupt)) {
    interrupt_clear(limits->interrupt);
    limits->reached = LIMIT_INTERRUPT;
  }
  else if (limits->used > limits->instructions) limits->reached = LIMIT_INSTRUCTIONS;
  else if (limits->nanoseconds != LIMITS_WITHOUT && limits_time(limits) > limits->nanoseconds)
    limits->reached = LIMIT_TIME;
  else
    limits->stride = limits->left = LOOK;
  return limits->reached == LIMIT_NONE;
}

/* Whole milliseconds: more is noise. */
static lua_Number seconds (uint64_t nanoseconds) {
  return (lua_Number)(nanoseconds / 1000000) / 1e3;
}

void limits_push_error (lua_State *L, const struct limits *limits) {
  switch (limits->reached) {
    case LIMIT_TIME:
      failure_push(L, LEAT_E_LIMIT, "the script has run for %f seconds; the host allows it %f",
                   seconds(limits_time(limits)), seconds(limits->nanoseconds));
      lua_pushliteral(L, "time");
      lua_setfield(L, -2, "limit");
      lua_pushnumber(L, seconds(limits_time(limits)));
      lua_setfield(L, -2, "used");
      failure_set_place(L);
      return;
    case LIMIT_INSTRUCTIONS:
      failure_push(L, LEAT_E_LIMIT, "the script has used up the %I instructions that the host "
                                    "allows it", (LUAI_UACINT)limits->instructions);
      lua_pushliteral(L, "instructions");
      lua_setfield(L, -2, "limit");
      lua_pushinteger(L, (lua_Integer)limits_units(limits));
      lua_setfield(L, -2, "used");
      failure_set_place(L);
      return;
    case LIMIT_INTERRUPT:
    case LIMIT_NONE: failure_push(L, LEAT_E_USE, "interrupted"); return;
  }
}

int limits_raise (lua_State *L, const struct limits *limits) {
  limits_push_error(L, limits);
  return lua_error(L);
}

static void hook (lua_State *L, lua_Debug *ar) {
  struct limits *limits = &state_find(L)->limits;
  int grain = lua_gethookcount(L); /* 1: a limit had been reached when it fired last */
  (void)ar;
  if (limits_charge(limits, (uint64_t)grain)) {
    if (grain != limits->grain) lua_sethook(L, hook, LUA_MASKCOUNT, limits->grain);
    return;
  }
  lua_sethook(L, hook, LUA_MASKCOUNT, 1);
  limits_raise(L, limits);
}

void limits_begin (lua_State *L, struct state *g) {
  struct limits *limits = &g->limits;
  if (!limits->hooked) return;
  limits->reached = LIMIT_NONE;
  limits->used = limits->stride = limits->left = 0;
  limits->began = now();
  lua_sethook(L, hook, LUA_MASKCOUNT, limits->grain);
}

static int bottom_k (lua_State *L, int status, lua_KContext context) {
  (void)context;
  if (status != LUA_OK && status != LUA_YIELD) return lua_error(L);
  return lua_gettop(L);
}

/* Upvalue 1: the function. */
static int bottom (lua_State *L) {
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  return bottom_k(L, lua_pcallk(L, lua_gettop(L) - 1, LUA_MULTRET, 0, 0, bottom_k), 0);
}

void limits_push_bottom (lua_State *L) { lua_pushcclosure(L, bottom, 1); }

static const char closer_key = 0; /* registry: the thread of limits_call */

void limits_open (lua_State *L, uint64_t instructions, uint64_t nanoseconds) {
  struct state *g = state_push(L);
  g->limits = (struct limits){ .on = true, .hooked = true,
                               .interrupt = &g->interrupt, .grain = GRAIN,
                               .instructions = instructions, .nanoseconds = nanoseconds };
  atomic_fetch_or_explicit(&g->interrupt, INTERRUPT_LIMITED, memory_order_relaxed);
  if (instructions < GRAIN) g->limits.grain = instructions > 0 ? (int)instructions : 1;
  limits_begin(L, g);
  lua_newthread(L); /* after the hook is there */
  lua_rawsetp(L, LUA_REGISTRYINDEX, &closer_key);
  lua_pop(L, 1);
}

void limits_watch (struct limits *limits, interrupt_flag *interrupt) {
  *limits = (struct limits){ .on = true, .interrupt = interrupt };
}

void limits_call (lua_State *L, int argument) {
  int count;
  luaL_checkstack(L, 4, NULL);
  argument = lua_absindex(L, argument);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &closer_key);
  lua_State *T = lua_tothread(L, -1);
  if (T == NULL || lua_status(T) != LUA_OK || lua_gettop(T) != 0) {
    T = lua_newthread(L); /* that one is busy: finalizers are nested */
    lua_replace(L, -2);
  }
  lua_insert(L, -2);
  lua_pushvalue(L, argument);
  lua_xmove(L, T, 2);
  if (lua_resume(T, L, 1, &count) == LUA_OK) lua_settop(T, 0);
  else {
#if LUA_VERSION_RELEASE_NUM >= 50406
    lua_closethread(T, L);
#else
    lua_resetthread(T);
#endif
    lua_settop(T, 0);
  }
  lua_pop(L, 1);
}
