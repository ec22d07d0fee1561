/* SPDX-License-Identifier: MIT
 * library_system.c - io and os in a sandbox: each function asks for the capability it needs.
 *
 * A file that is open is a capability by itself: its methods ask for nothing.
 */
#include <string.h>

#include "core/capability.h"
#include "library.h"

static int original (lua_State *L) {
  return lua_tocfunction(L, lua_upvalueindex(LIBRARY_ORIGINAL))(L);
}

static void need (lua_State *L, const char *what, enum capability capability) {
  capability_check(L, library_state(L), what, capability);
}

/* The file at index 1, where a path is given, must be one of data. */
static void need_file (lua_State *L, const char *what) {
  if (lua_isstring(L, 1)) capability_check_path(L, library_state(L), what, lua_tostring(L, 1));
}

/* --- io --- */

static int l_open (lua_State *L) {
  const char *mode = luaL_optstring(L, 2, "r");
  if (*mode == 'r' || strchr(mode, '+') != NULL) need(L, "io.open", CAPABILITY_READ);
  if (*mode != 'r' || strchr(mode, '+') != NULL) need(L, "io.open", CAPABILITY_WRITE);
  need_file(L, "io.open");
  return original(L);
}

static int l_lines (lua_State *L) {
  need(L, "io.lines", CAPABILITY_READ);
  need_file(L, "io.lines");
  return original(L);
}

static int l_read (lua_State *L) {
  need(L, "io.read", CAPABILITY_READ);
  return original(L);
}

static int l_input (lua_State *L) {
  need(L, "io.input", CAPABILITY_READ);
  need_file(L, "io.input");
  return original(L);
}

static int l_write (lua_State *L) {
  need(L, "io.write", CAPABILITY_WRITE);
  return original(L);
}

static int l_output (lua_State *L) {
  need(L, "io.output", CAPABILITY_WRITE);
  need_file(L, "io.output");
  return original(L);
}

static int l_tmpfile (lua_State *L) {
  need(L, "io.tmpfile", CAPABILITY_READ);
  need(L, "io.tmpfile", CAPABILITY_WRITE);
  return original(L);
}

static int l_popen (lua_State *L) {
  need(L, "io.popen", CAPABILITY_PROCESSES);
  return original(L);
}

void library_io (lua_State *L, struct state *g) {
  static const char *const same[] = { "close", "type", NULL };
  static const char *const input[] = { "stdin", NULL };
  static const char *const output[] = { "stdout", "stderr", NULL };
  static const luaL_Reg functions[] = {
    { "open", l_open },       { "lines", l_lines },     { "read", l_read },
    { "input", l_input },     { "write", l_write },     { "output", l_output },
    { "tmpfile", l_tmpfile }, { "popen", l_popen },     { NULL, NULL }
  };
  library_take(L, same);
  if (!capability_denied(g, CAPABILITY_READ)) library_take(L, input);
  if (!capability_denied(g, CAPABILITY_WRITE)) library_take(L, output);
  library_add(L, g, functions);
}

/* --- os --- */

static int l_execute (lua_State *L) {
  need(L, "os.execute", CAPABILITY_PROCESSES);
  return original(L);
}

static int l_getenv (lua_State *L) {
  need(L, "os.getenv", CAPABILITY_ENVIRONMENT);
  return original(L);
}

static int l_remove (lua_State *L) {
  need(L, "os.remove", CAPABILITY_WRITE);
  return original(L);
}

static int l_rename (lua_State *L) {
  need(L, "os.rename", CAPABILITY_WRITE);
  return original(L);
}

static int l_tmpname (lua_State *L) {
  need(L, "os.tmpname", CAPABILITY_WRITE);
  return original(L);
}

void library_os (lua_State *L, struct state *g) {
  static const char *const same[] = { "clock", "date", "difftime", "time", NULL };
  static const char *const ends[] = { "exit", NULL };
  static const char *const locale[] = { "setlocale", NULL };
  static const luaL_Reg functions[] = { { "execute", l_execute }, { "getenv", l_getenv },
                                        { "remove", l_remove },   { "rename", l_rename },
                                        { "tmpname", l_tmpname }, { NULL, NULL } };
  library_take(L, same);
  library_add(L, g, functions);
  library_refuse(L, "os", ends, "it would end the host");
  library_refuse(L, "os", locale, "the locale is the whole process's");
}
