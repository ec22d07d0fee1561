/* SPDX-License-Identifier: MIT
 * trace.c - what the trace flavour prints. The only file of the library that writes to
 * a standard stream, and empty in every other flavour.
 */
#include "run.h"
#include "trace.h"

#ifdef LEAT_TRACE
#include <stdio.h>

void trace_pull (const struct flow *f) {
  const struct run *r = f->run;
  const struct stage *s = r->held != 0 ? &r->stages[r->held - 1] : &r->stages[r->floor];
  fprintf(stderr, "leat: pull run %p stage %zu (%s) after %llu items, top %d\n", (const void *)r,
          (size_t)(s - r->stages) + 1, s->op->name, (unsigned long long)r->items,
          lua_gettop(f->L));
}
#else
typedef int trace_is_off; /* a translation unit may not be empty */
#endif
