/* SPDX-License-Identifier: MIT
 * main.c - the `leat` executable: a Lua state, signals, warnings, the end.
 *
 * What the command line means is decided in lua/leat/cli.lua; here is what Lua
 * cannot do. The order of a run: signals, state, libraries, cli.main(args,
 * host) -> exit code, lua_close (which closes what is still open and removes
 * temporary files), flush of standard output.
 */
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include "bytes/writer.h"
#include "cli/progress_line.h"
#include "cli/signals.h"
#include "cli/terminal.h"
#include "cli/visible.h"
#include "core/pace.h"
#include "host/modules.h"
#include "host/pool.h"

enum { EXIT_ERROR = 1, EXIT_INTERRUPTED = 130 };

/* --- warnings -------------------------------------------------------------- */

enum { WARNING_STARTS, WARNING_GOES_ON };

/* lua_WarnFunction; ud is the state of one message, which comes in pieces. "@off"
 * and "@on" are the standard control messages. */
static void cli_warn (void *ud, const char *text, int more) {
  static bool off;
  int *state = ud;
  progress_line_erase ();
  if (*state == WARNING_STARTS && !more && text[0] == '@') {
    if (strcmp (text, "@off") == 0)
      off = true;
    else if (strcmp (text, "@on") == 0)
      off = false;
    return;
  }
  if (*state == WARNING_STARTS && strncmp (text, "leat: ", 6) == 0)
    text += 6; /* for hosts whose warnings come from many libraries */
  if (!off && *state == WARNING_STARTS)
    fputs ("leat: warning: ", stderr);
  if (!off)
    visible_write (stderr, text, strlen (text), true);
  if (!off && !more)
    fputc ('\n', stderr);
  *state = more ? WARNING_GOES_ON : WARNING_STARTS;
}

/* --- what cli.lua is given ------------------------------------------------- */

static int l_terminal (lua_State *L) {
  lua_pushboolean (L, isatty ((int)luaL_checkinteger (L, 1)));
  return 1;
}

/* Whether what is read there may come slowly: a pipe, a socket, a terminal. */
static int l_slow (lua_State *L) {
  struct stat st;
  int known = fstat ((int)luaL_checkinteger (L, 1), &st) == 0;
  lua_pushboolean (L, known && !S_ISREG (st.st_mode));
  return 1;
}

/* "interrupt", "pipe" (the reader of standard output is gone), or nothing. */
static int l_stopped (lua_State *L) {
  if (signals_stopped_by () == SIGINT)
    lua_pushliteral (L, "interrupt");
  else if (signals_stopped_by () == SIGPIPE)
    lua_pushliteral (L, "pipe");
  else
    lua_pushnil (L);
  return 1;
}

/* Lua's print, except that it says when it could not. */
static int l_print (lua_State *L) {
  int n = lua_gettop (L);
  progress_line_erase ();
  for (int i = 1; i <= n; i++) {
    size_t length;
    const char *text = luaL_tolstring (L, i, &length);
    if (i > 1)
      fputc ('\t', stdout);
    fwrite (text, 1, length, stdout);
    lua_pop (L, 1);
  }
  fputc ('\n', stdout);
  errno = 0;
  if (fflush (stdout) != 0)
    return luaL_error (L, "cannot write to standard output: %s", strerror (errno));
  return 0;
}

/* call(handler, fn, ...), see signals_call. */
static int l_call (lua_State *L) {
  progress_line_start ();
  int count = signals_call (L);
  progress_line_erase ();
  return count;
}

/* begin_session(): from now on an interrupt ends a call, not leat. */
static int l_begin_session (lua_State *L) {
  (void)L;
  signals_begin_session ();
  return 0;
}

static const luaL_Reg cli_host[] = {
  { "terminal", l_terminal },
  { "slow", l_slow },
  { "stopped", l_stopped },
  { "print", l_print },
  { "call", l_call },
  { "begin_session", l_begin_session },
  { "show_progress", progress_line_show },
  { NULL, NULL },
};

/* --- the run --------------------------------------------------------------- */

/* (argc, argv) -> exit code */
static int cli_run (lua_State *L) {
  int argc = (int)lua_tointeger (L, 1);
  char **argv = lua_touserdata (L, 2);
  luaL_checkversion (L);
  luaL_openlibs (L);
  signals_reach (L);
  pace_begin (L);
  modules_preload (L);
  luaL_getsubtable (L, LUA_REGISTRYINDEX, LUA_PRELOAD_TABLE);
  lua_pushcfunction (L, visible_open);
  lua_setfield (L, -2, "leat.visible");
  lua_pop (L, 1);
  lua_getglobal (L, "require");
  lua_pushliteral (L, "leat.cli");
  lua_call (L, 1, 1);
  lua_createtable (L, argc, 1);
  for (int i = 0; i < argc; i++) {
    lua_pushstring (L, argv[i]);
    lua_rawseti (L, -2, i);
  }
  luaL_newlib (L, cli_host);
  terminal_functions (L);
  lua_pushliteral (L, LEAT_VERSION);
  lua_setfield (L, -2, "version");
  /* stack: argc, argv, main, args, host */
  lua_call (L, 2, 1);
  return 1;
}

/* Closes standard output, as far as that can fail. */
static int cli_finish (int code) {
  bool failed_before = ferror (stdout) != 0;
  errno = 0;
  if (fflush (stdout) == 0 && !failed_before)
    return code;
  if (signals_stopped_by () == SIGPIPE || signals_reader_is_gone ())
    return code;
  if (code != EXIT_ERROR)
    fprintf (stderr, "leat: cannot write to standard output%s%s\n", errno != 0 ? ": " : "",
             errno != 0 ? strerror (errno) : "");
  return EXIT_ERROR;
}

int main (int argc, char **argv) {
  int warning_state = WARNING_STARTS;
  int code = EXIT_ERROR;
#ifdef __SANITIZE_ADDRESS__ /* each block by itself, so that it is watched */
  lua_State *L = luaL_newstate ();
#else
  struct pool pool = {.next = NULL};
  lua_State *L = lua_newstate (pool_alloc, &pool);
#endif
  if (L == NULL) {
    fputs ("leat: not enough memory to start\n", stderr);
    return EXIT_ERROR;
  }
  lua_setwarnf (L, cli_warn, &warning_state);
  atexit (writer_unlink_all); /* os.exit() in the middle of a run */
  signals_begin (L);
  lua_pushcfunction (L, cli_run);
  lua_pushinteger (L, argc);
  lua_pushlightuserdata (L, argv);
  if (lua_pcall (L, 2, 1, 0) == LUA_OK)
    code = (int)lua_tointeger (L, -1);
  else if (signals_stopped_by () == SIGINT)
    code = EXIT_INTERRUPTED;
  else if (signals_stopped_by () == SIGPIPE)
    code = EXIT_SUCCESS;
  else {
    size_t length;
    const char *message = luaL_tolstring (L, -1, &length);
    fputs ("leat: ", stderr);
    visible_write (stderr, message, length, true);
    fputc ('\n', stderr);
  }
  progress_line_end ();
  signals_end ();
  lua_close (L);
#ifndef __SANITIZE_ADDRESS__
  pool_free (&pool);
#endif
  return cli_finish (code);
}
