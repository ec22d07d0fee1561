/* SPDX-License-Identifier: MIT
 * describe.h - pipelines as text: tostring, explain, and the error's `pipeline`.
 */
#ifndef LEAT_CORE_DESCRIBE_H
#define LEAT_CORE_DESCRIBE_H

#include "run.h"

/* Pushes e.g. `read_jsonl("a.jsonl") | filter | batched(500)` for the recipe at
 * `index`. */
void describe_recipe (lua_State *L, int index);
/* Pushes the same for a run, from its operators alone: its arguments are not at hand. */
void describe_run (lua_State *L, const struct run *run);
/* Pushes a table of the stages of the recipe at `index`, a line each: number, name, what
 * it holds in memory, what it does. */
void describe_plan (lua_State *L, int index);

#endif
