/* SPDX-License-Identifier: MIT
 * sandbox.h - a Lua state for scripts that are limited in what they can reach and how much they
 * can do.
 *
 * Two worlds share the state. leat's own Lua modules live in the globals of a plain Lua state. A
 * script never sees these: each is loaded with globals of its own, a fresh table filled with
 * functions that are bounded and ask for capabilities; what lies below it and is shared with other
 * scripts (string, table, math, leat ... and the metatable of strings) is read-only.
 *
 *   lua_State *L = lua_newstate(alloc, ud);      memory is limited by the allocator
 *   sandbox_open(L, &options);                   protected: may raise, e.g. memory errors
 *   sandbox_load(L, text, length, "=job");       pushes a function
 *   sandbox_begin(L);                            before each call: nothing is used yet
 *   lua_pcall(L, 0, 1, 0);                       the error of a limit has the code "limit"
 *   sandbox_reached(L, NULL);                    which one, whatever became of its error
 *
 * Always out of reach: the debug library but for traceback, bytecode (loading it, string.dump),
 * os.exit and os.setlocale, finalizers (__gc) of a script's own, choosing the collector's mode or
 * stopping it, LPeg, leat.testing. What needs a capability is there without it, too, and raises an
 * error of code "denied" that names it.
 *
 * Limits hold whatever the script does: pcall, xpcall and its handler, coroutines, on_error and
 * catch, close handlers, garbage collection. They hold for pipelines that run no Lua. Functions of
 * the libraries that may take long by themselves count what they do. What is left:
 *  - An instruction is no measure of time: one may copy a string or a list of arguments as large as
 *    the memory allows. Set a limit of time, or of memory, beside that of instructions.
 *  - A time limit is late by what one instruction or one pull takes: sorting what is held,
 *    compiling a text, a line of the size of max_record.
 *  - What waits in the system is not woken: reading a pipe, a terminal, a lock of files.
 *  - A chain of __call that comes back to itself (a table whose metatable's __call is the table)
 *    makes Lua 5.4 push arguments until the stack is full, each time moving them all, for two
 *    minutes, in which no hook fires. An allocator that looks at the limits when much memory is
 *    asked for (host/memory.c does) ends it in four times the limit of time.
 *  - C functions that the host adds are the host's affair; limits_pay charges what they do.
 *  - A script can use all the memory that the allocator gives, and catch the error when there is
 *    no more.
 *  - Scripts of one state share it: operator() adds a method for all of them, math.randomseed seeds
 *    for all, and who may read or write files shares io.input and io.output.
 *  - Mistakes in Lua itself. Run what is hostile in a process of its own.
 *
 * The cost: with a limit instructions take 1.6 to 2 times as long, a pull 4 ns more; without one
 * nothing changes.
 */
#ifndef LEAT_HOST_SANDBOX_H
#define LEAT_HOST_SANDBOX_H

#include <stddef.h>
#include <stdint.h>

#include <lua.h>

#include "core/capability.h"
#include "core/limits.h"

struct sandbox_options {
  unsigned allow;        /* enum capability, one bit each; 0: nothing */
  uint64_t instructions; /* that one call may use; 0: any number */
  double seconds;        /* that one call may take, by the clock on the wall; 0: any time */
};

/* Makes the new state L, into which no library has been opened, a sandbox. leat's modules are put
 * into package.preload by `preload` (NULL: there are none, and scripts have no leat). May raise
 * memory errors. */
void sandbox_open (lua_State *L, const struct sandbox_options *options,
                   void (*preload)(lua_State *L));

/* Pushes fresh globals for a script: Lua's functions and libraries, and leat's vocabulary. */
void sandbox_push_globals (lua_State *L);

/* Compiles text, never bytecode, and pushes a function with fresh globals; its arguments are
 * the script's `...`. On a syntax error pushes the message instead and returns LUA_ERRSYNTAX; may
 * return LUA_ERRMEM. `name` as for luaL_loadbuffer: "@file" or "=what it is". Raises nothing but
 * memory errors. */
int sandbox_load (lua_State *L, const char *text, size_t length, const char *name);

/* A call begins: a limit that was reached is forgotten, nothing is used yet. L must not be running
 * a script. Call it also before lua_close, so that what is open still can be closed. */
void sandbox_begin (lua_State *L);

/* Which limit the call has reached, and what it has used; `used` may be NULL. LIMIT_INTERRUPT: it
 * was interrupted. Usable in every state: without a sandbox nothing is limited. */
struct sandbox_used {
  uint64_t instructions; /* in units of core/limits.h */
  double seconds;
};
enum limit sandbox_reached (lua_State *L, struct sandbox_used *used);

#endif
