/* SPDX-License-Identifier: MIT
 * fork.h - tee, partition: several pipelines over one run.
 */
#ifndef LEAT_STAGES_FORK_H
#define LEAT_STAGES_FORK_H

#include <lua.h>

/* The recipe on top is the first pipeline of a fork: pushes the others. Returns how many there are
 * in all. */
int fork_push_others (lua_State *L);

#endif
