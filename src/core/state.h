/* SPDX-License-Identifier: MIT
 * state.h - what all of leat shares in one Lua state: made once, kept in the registry.
 *
 * It is upvalue 1 of every function of the module; who has only a lua_State asks state_find.
 */
#ifndef LEAT_CORE_STATE_H
#define LEAT_CORE_STATE_H

#include <stddef.h>
#include <stdint.h>

#include <lua.h>

#include "interrupt.h"
#include "limits.h"
#include "progress.h"

struct run;

struct state {
  struct run *current;   /* whose body is being resumed by a driver */
  size_t open_count;     /* runs that have opened something and not closed it */
  lua_Unsigned skipped;  /* records skipped by on_error since the state began */
  uint64_t secret[2];    /* of key.c */
  int closing;           /* nested closings, see close.c */
  struct run *postponed; /* runs to close once the nesting is undone */
  interrupt_flag interrupt;
  unsigned denied;       /* capabilities, a bit for each, see capability.h */
  bool input_open;       /* a source has standard input open */
  struct limits limits;
  struct progress_watch progress;
};

/* May the next pull begin? Else a limit is reached, or the state was interrupted. */
static inline bool state_may_pull (struct state *g) {
  return !interrupt_noted(&g->interrupt) || limits_pull(&g->limits);
}

/* Pushes the userdata of the state's struct, which is made the first time. May raise a memory
 * error. */
struct state *state_push (lua_State *L);

/* The same, without leaving it on the stack; NULL: there is none yet. Needs a free slot. */
struct state *state_find (lua_State *L);

#endif
