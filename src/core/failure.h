/* SPDX-License-Identifier: MIT
 * failure.h - error objects: what failed, where, and why.
 *
 * An error object is a table with the metatable "leat.error" and the fields
 *   message     one sentence
 *   code        a name of LEAT_CODES, e.g. "callback", "syntax", "io"; a script that catches one
 *               and raises it again can have changed it
 *   stage       name of the operator; stage_number: its place, the source is 1
 *   item        number of the item, counted at the source
 *   file, line, column   where in the data, when it is data that is wrong
 *   errno       number of the system's error, for code "io"
 *   cause       the very value that was raised
 *   traceback   of where it was raised
 *   pipeline    the pipeline as text
 *   suppressed  list of errors raised by close handlers after this one
 * A value is wrapped once: an error object that passes through further
 * pipelines stays as it is.
 */
#ifndef LEAT_CORE_FAILURE_H
#define LEAT_CORE_FAILURE_H

#include "run.h"
#include "bytes/error.h"

void failure_open (lua_State *L);

/* Message handler for lua_pcall: wraps what was raised, with its traceback. */
int failure_handler (lua_State *L);
/* The same without the traceback, when there is one already. */
int failure_handler_untraced (lua_State *L);

/* Pushes "file:line" of the innermost Lua function that runs and is none of leat's, or "". */
void failure_push_where (lua_State *L);

/* Is the value at `index` an error object? */
bool failure_test (lua_State *L, int index);

/* Pushes what to call a value that was raised: a string itself, what __tostring or a field
 * `message` says, else what type of value it is. Raises nothing of the value's own. */
void failure_push_words (lua_State *L, int index);

/* Notes in the error object on top where the script is: the innermost line of Lua that is none of
 * leat's own modules, of the few that C functions hide. */
void failure_set_place (lua_State *L);

/* Raises Lua's own error of memory, which stays one however often it is caught and raised. */
int failure_raise_memory (lua_State *L);

/* Pushes an error object of `code` with a message made as by lua_pushfstring. */
void failure_push (lua_State *L, leat_code code, const char *format, ...);

/* The same from the byte layer's report; `file` may be NULL. What an interrupt or a limit has ended
 * is their error. */
void failure_push_bytes (lua_State *L, const struct leat_error *error, const char *file);

/* Wraps the value on top unless it is an error object (or LUA_ERRMEM's string,
 * when `status` says so), and notes where it happened. `run` may be NULL. */
void failure_locate (lua_State *L, int status, const struct run *run, const struct stage *s);

/* Wraps the value on top of `co`, which ended that coroutine, with its traceback; the
 * error object is pushed on L. */
void failure_wrap_thread (lua_State *L, lua_State *co);

/* Can on_error leave out the item? False for the failure of a source (a function of
 * the user's that fails `at_source`) or of the system. The error object is on top. */
bool failure_is_of_item (lua_State *L, bool at_source);

/* Warns of the error on top (popped), where nobody is left to raise it to. May raise
 * a memory error. */
void failure_warn (lua_State *L);

/* Says of the error object on top that a close handler raised it, unless it is one that says more
 * (LIMIT, MEMORY, DENIED, USE) than that the handler failed. */
void failure_set_closing (lua_State *L);

/* Adds the value on top (popped) to the `suppressed` of the error at `index`. */
void failure_attach (lua_State *L, int index);

/* For steps: pushes an ITEM error about the current item and answers V_ERROR. */
verdict flow_fail (struct flow *f, leat_code code, const char *format, ...);

#endif
