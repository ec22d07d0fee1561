/* SPDX-License-Identifier: MIT
 * trace.h - the trace flavour: one line on stderr for each pull. Nothing otherwise.
 */
#ifndef LEAT_CORE_TRACE_H
#define LEAT_CORE_TRACE_H

#ifdef LEAT_TRACE
void trace_pull (const struct flow *f);
#define TRACE_PULL(f) trace_pull(f)
#else
#define TRACE_PULL(f) ((void)0)
#endif

#endif
