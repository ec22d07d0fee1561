/* SPDX-License-Identifier: MIT
 * signals.h - Ctrl-C, and a reader of standard output that has gone.
 */
#ifndef LEAT_CLI_SIGNALS_H
#define LEAT_CLI_SIGNALS_H

#include <stdbool.h>

struct lua_State;

/* From now on SIGINT and a SIGPIPE of standard output stop what runs in L, with the error
 * "interrupted". A second SIGINT that finds it still running removes temporary files and
 * kills, except in a session. */
void signals_begin (struct lua_State *L);
/* The same for pipelines, once the module has been loaded. */
void signals_reach_pipelines (struct lua_State *L);
/* No Lua is running any more. */
void signals_end (void);

/* The number of the signal that has stopped what ran, or 0. */
int signals_stopped_by (void);
/* Has standard output lost its reader? */
bool signals_reader_is_gone (void);

/* call(handler, fn, ...) -> true, results... or false, what the handler made of the error; for
 * the commands of a session: an interrupt ends one of them, and the next begins anew. The second
 * interrupt of one that has caught the first is raised until it has ended. */
int signals_call (struct lua_State *L);

#endif
