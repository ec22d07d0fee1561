/* SPDX-License-Identifier: MIT
 * limits.h - how much one call of the host's into a Lua state may do.
 *
 * Work is counted in units: a Lua instruction is one, the pull of a pipeline is one, and native
 * code that may take long charges what it does, about one unit for what takes as long as an
 * instruction. A hook charges instructions, GRAIN at a time; the driver charges pulls.
 *
 * Once a limit is reached it stays so until limits_begin: every charge fails, each thread's hook
 * fires at its next instruction, and who catches errors for scripts (pcall, catch, coroutines)
 * raises the error again. So nothing can swallow it.
 *
 * Laws
 *  - A state that is limited has been so since before its first script: every thread inherits the
 *    hook of the one that makes it.
 *  - Making a thread charges GRAIN, since its instructions are counted apart from others'.
 *  - No hook fires in a finalizer of Lua's, so none may run Lua code of a script's: runs are closed
 *    in a thread of their own (limits_call).
 *  - No hook fires in a thread that has died inside one: what is at the bottom of a thread catches
 *    errors, so that they leave it from outside the hook.
 *
 * Where nothing is limited a state may be watched (limits_watch): charges then notice an interrupt,
 * and raise it once. Whoever catches errors for scripts, and had begun to before it was raised,
 * raises it again (limits_interrupted_since); what closes and cleans up on the way is left alone.
 */
#ifndef LEAT_CORE_LIMITS_H
#define LEAT_CORE_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

#include <lua.h>

#include "interrupt.h"

struct state;

enum limit { LIMIT_NONE, LIMIT_INSTRUCTIONS, LIMIT_TIME, LIMIT_INTERRUPT };

#define LIMITS_WITHOUT UINT64_MAX

/* So many closings may nest, of runs and of a sandbox's coroutines: before Lua 5.4.6 each may take
 * as much of the C stack as Lua allows in all, about half a megabyte. */
#define CLOSINGS_LIMIT 10

struct limits {
  bool on;               /* charges are counted */
  bool hooked;           /* by limits_open: there is something to reach, all threads have the
                            hook */
  interrupt_flag *interrupt; /* of the state */
  enum limit reached;    /* since limits_begin */
  int grain;             /* instructions between two hooks */
  uint64_t instructions; /* units that a call may use, or LIMITS_WITHOUT */
  uint64_t nanoseconds;  /* that a call may take, or LIMITS_WITHOUT */
  uint64_t began;        /* the clock at limits_begin */
  uint64_t used;         /* units, up to the last look at the limits */
  uint64_t stride, left; /* units from that look to the next, and how many are left of them */
  int closings;          /* of coroutines, inside one another */
  unsigned interruptions; /* interrupts that were raised, but for those of a limited state */
};

/* Limits the state L, which is one without threads beside the main one, for good. */
void limits_open (lua_State *L, uint64_t instructions, uint64_t nanoseconds);

/* From now on charges notice interrupts, though nothing is limited. */
void limits_watch (struct limits *limits, interrupt_flag *interrupt);

/* The interrupt that is pending is raised by the caller, in a state that is not limited. */
static inline void limits_take_interrupt (struct limits *limits, interrupt_flag *interrupt) {
  interrupt_clear(interrupt);
  limits->interruptions++;
}

/* Must what has been caught be raised again? `before` is limits->interruptions when the catching
 * began. */
static inline bool limits_interrupted_since (const struct limits *limits, unsigned before) {
  return limits->reached != LIMIT_NONE || limits->interruptions != before;
}

/* A call of the host's begins: nothing is used yet. */
void limits_begin (lua_State *L, struct state *g);

/* Units and nanoseconds used since limits_begin. */
uint64_t limits_units (const struct limits *limits);
uint64_t limits_time (const struct limits *limits);

/* Looks at the limits, having charged; false: one is reached. */
bool limits_look (struct limits *limits, uint64_t units);

/* Charges units; false: a limit is reached, and who asks raises limits_raise's error. */
static inline bool limits_charge (struct limits *limits, uint64_t units) {
  if (!limits->on) return true;
  if (units >= limits->left) return limits_look(limits, units);
  limits->left -= units;
  return true;
}

/* Charges a pull of a state whose interrupt flag is not 0. */
bool limits_pull (struct limits *limits);

/* Charges a thread that is being made; what is reached shows at the next charge. */
static inline void limits_charge_thread (struct limits *limits) {
  if (limits->on) (void)limits_charge(limits, (uint64_t)limits->grain);
}

/* Replaces the function on top, which is to be the bottom of a thread, by one that calls it and
 * lets its errors leave from outside the hook. */
void limits_push_bottom (lua_State *L);

/* Pushes, or raises, the error of the limit that is reached: an error object of code "limit" with
 * the fields `limit` ("instructions", "time") and `used` (units, seconds); or "interrupted". */
void limits_push_error (lua_State *L, const struct limits *limits);
int limits_raise (lua_State *L, const struct limits *limits);

/* Charges, and raises when a limit is reached. */
static inline void limits_pay (lua_State *L, struct limits *limits, uint64_t units) {
  if (!limits_charge(limits, units)) limits_raise(L, limits);
}

/* Raises again what has been caught, if it must be. */
static inline void limits_check (lua_State *L, const struct limits *limits, unsigned before) {
  if (limits_interrupted_since(limits, before)) limits_raise(L, limits);
}

/* Calls the C function on top (popped), for a finalizer, with the value at index `argument`, in a
 * thread where hooks fire. The function handles errors itself; one that it raises is lost. */
void limits_call (lua_State *L, int argument);

#endif
