/* SPDX-License-Identifier: MIT
 * range.h - the next integer of a range, shared by its stage and the driver, which has it
 * inlined.
 */
#ifndef LEAT_SOURCES_RANGE_H
#define LEAT_SOURCES_RANGE_H

#include "core/run.h"

/* While the phase is RANGE_INTEGERS: makes the next integer the item. */
static inline void range_next (struct flow *f, struct run *r, struct stage *s) {
  f->item.kind = ITEM_INTEGER;
  f->item.u.integer = s->b.integer;
  if (s->a.natural-- == 0) {
    s->phase = RANGE_NONE;
    r->quick = false;
  }
  else s->b.natural += s->c.natural;
}

#endif
