/* SPDX-License-Identifier: MIT
 * interrupt.h - stopping the runs of a Lua state from a signal handler or another thread.
 *
 * A flag of its struct state. Who reads it is the thread that drives the runs: at each pull, and
 * where a signal ends a read or write that waits. Nothing else is said with it, so no order of
 * memory is asked for.
 */
#ifndef LEAT_CORE_INTERRUPT_H
#define LEAT_CORE_INTERRUPT_H

#include <stdatomic.h>
#include <stdbool.h>

typedef atomic_int interrupt_flag;

/* Its bits. The second one is there for good, in a state whose pulls are charged (limits.h); the
 * third asks for the numbers of progress.h. */
enum { INTERRUPT_RAISED = 1, INTERRUPT_LIMITED = 2, INTERRUPT_TICK = 4 };

/* Has the driver anything to see to before a pull? One look, at one flag: limits cost nothing where
 * there are none. */
static inline bool interrupt_noted (const interrupt_flag *flag) {
  return atomic_load_explicit((interrupt_flag *)flag, memory_order_relaxed) != 0;
}

/* Set: the next pull raises "interrupted", and clears it. */
static inline bool interrupt_pending (const interrupt_flag *flag) {
  return (atomic_load_explicit((interrupt_flag *)flag, memory_order_relaxed) &
          INTERRUPT_RAISED) != 0;
}

/* Safe in a signal handler and in any thread, while the Lua state is open. */
static inline void interrupt_raise (interrupt_flag *flag) {
  atomic_fetch_or_explicit(flag, INTERRUPT_RAISED, memory_order_relaxed);
}

static inline void interrupt_clear (interrupt_flag *flag) {
  atomic_fetch_and_explicit(flag, ~INTERRUPT_RAISED, memory_order_relaxed);
}

/* The same for a tick. Answers whether the last one has been answered. */
static inline bool interrupt_tick (interrupt_flag *flag) {
  return (atomic_fetch_or_explicit(flag, INTERRUPT_TICK, memory_order_relaxed) &
          INTERRUPT_TICK) == 0;
}

/* Was there a tick? It is answered now. */
static inline bool interrupt_take_tick (interrupt_flag *flag) {
  return (atomic_fetch_and_explicit(flag, ~INTERRUPT_TICK, memory_order_relaxed) &
          INTERRUPT_TICK) != 0;
}

#endif
