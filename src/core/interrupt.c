/* SPDX-License-Identifier: MIT
 * interrupt.c - the flag behind interrupt.h.
 */
#include "interrupt.h"

volatile sig_atomic_t interrupt_pending = 0;

void interrupt_raise (void) { interrupt_pending = 1; }
void interrupt_clear (void) { interrupt_pending = 0; }
