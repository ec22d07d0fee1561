/* SPDX-License-Identifier: MIT
 * policy.h - on_error, catch and finally: who takes an error.
 */
#ifndef LEAT_STAGES_POLICY_H
#define LEAT_STAGES_POLICY_H

#include "core/run.h"

/* Notes for each stage of a new run which stage below takes its errors, and whether
 * its calls need protection (`guard_all`: each of them). */
void policy_init (struct run *run, bool guard_all);

/* The stage that takes the error on top of the stack, raised at stage *s of the
 * current run or of a run that one is pulled by: goes back to the run it is in, and *s to
 * the stage of that run. NULL: none; the current run is then the root, or a delegate,
 * whose owner is to have it. */
struct stage *policy_find (struct flow *f, struct stage **s);

/* What the policy `s` does with the error at index `error`, which came from stage `from`
 * of the current run. The verdict is flow->stage's. */
verdict policy_answer (struct flow *f, struct stage *s, struct stage *from, int error);

/* Counts an item as left out by the current run; the error at index `error` says why. */
void policy_count_skipped (struct flow *f, int error);

/* Reports, once, what on_error has left out of a root run whose anchors are at
 * `anchors`. */
void policy_report (lua_State *L, struct run *run, int anchors);

#endif
