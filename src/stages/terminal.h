/* SPDX-License-Identifier: MIT
 * terminal.h - what terminals have in common: reduce.c, find.c, gather.c.
 *
 * A terminal is the last stage of its run. It answers `give` with DROP until it knows, `end` or
 * `give` with RESULT.
 */
#ifndef LEAT_STAGES_TERMINAL_H
#define LEAT_STAGES_TERMINAL_H

#include "core/run.h"

/* The top `count` values are the result. */
static inline verdict terminal_result (struct flow *f, int count) {
  f->nresults = count;
  return V_RESULT;
}

/* Builds: no argument; an optional function called f, pred or key. */
void terminal_build (lua_State *L, struct recipe *r, int first);
void terminal_f_build (lua_State *L, struct recipe *r, int first);
void terminal_pred_build (lua_State *L, struct recipe *r, int first);
void terminal_key_build (lua_State *L, struct recipe *r, int first);

/* For those: without the function the item itself is given to `give`. */
void terminal_function_init (lua_State *L, struct run *run, struct stage *s,
                             const struct recipe *r, int recipe, int anchors);

/* For those: with it, what it has returned is. */
verdict terminal_called (struct flow *f, struct stage *s);

/* The value on an end with nothing to say. */
verdict terminal_nil_end (struct flow *f, struct stage *s);

/* --- slots f, what is kept (flow_pack); phase is not 0 when something is --- */

enum { TERMINAL_FUNCTION, TERMINAL_KEPT };
verdict terminal_keep (struct flow *f, struct stage *s);
verdict terminal_kept_end (struct flow *f, struct stage *s);

#endif
