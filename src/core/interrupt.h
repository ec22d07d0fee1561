/* SPDX-License-Identifier: MIT
 * interrupt.h - stopping all runs of the process from a signal handler.
 *
 * The only mutable state of the library that is the process's and not a Lua
 * state's: a signal belongs to the process.
 */
#ifndef LEAT_CORE_INTERRUPT_H
#define LEAT_CORE_INTERRUPT_H

#include <signal.h>

/* Set: each driver raises "interrupted" at its next pull. */
extern volatile sig_atomic_t interrupt_pending;

/* Sets it; safe in a signal handler. */
void interrupt_raise (void);
void interrupt_clear (void);

#endif
