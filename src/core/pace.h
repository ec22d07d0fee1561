/* SPDX-License-Identifier: MIT
 * pace.h - the collector's pace in a state that is leat's own.
 */
#ifndef LEAT_CORE_PACE_H
#define LEAT_CORE_PACE_H

#include <lua.h>

/* The state's collector is generational from now on, and leat's to pace: how often it runs is set
 * with each stream. A script that chooses the other mode keeps it. */
void pace_begin (lua_State *L);

/* A stream of records begins. In other states it does nothing. The first time after a script has
 * chosen the incremental mode it costs a full collection. */
void pace_keep (lua_State *L);

#endif
