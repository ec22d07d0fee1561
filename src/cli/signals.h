/* SPDX-License-Identifier: MIT
 * signals.h - Ctrl-C, and a reader of standard output that has gone.
 */
#ifndef LEAT_CLI_SIGNALS_H
#define LEAT_CLI_SIGNALS_H

#include <stdbool.h>

struct lua_State;

/* From now on SIGINT and a SIGPIPE of standard output are noted for L. */
void signals_begin (struct lua_State *L);
/* From now on they stop what runs in L, whose libraries have been opened, with the error
 * "interrupted", which nothing that runs can catch. A second SIGINT removes temporary files and
 * kills; in a session only if the first has not stopped anything. */
void signals_reach (struct lua_State *L);
/* From now on a signal stops a call, and the next one begins anew. */
void signals_begin_session (void);
/* No Lua is running any more. */
void signals_end (void);

/* The number of the signal that has stopped what ran, or 0. */
int signals_stopped_by (void);
/* Has standard output lost its reader? */
bool signals_reader_is_gone (void);

/* call(handler, fn, ...) -> true, results... or false, what the handler made of the error: for what
 * is run as a whole. */
int signals_call (struct lua_State *L);

#endif
