/* SPDX-License-Identifier: MIT
 * library.c - what the libraries of a sandbox have in common, and those that need no more.
 */
#include "library.h"

#include <lualib.h>

#include "core/failure.h"

/* Bytes that a function of Lua's goes through while an instruction is made. */
#define BYTES_A_UNIT 16

static const char protected_key = 0; /* in the metatables of read-only views */

/* --- functions --- */

void library_take (lua_State *L, const char *const *names) {
  for (; *names != NULL; names++) {
    lua_getfield(L, -2, *names);
    lua_setfield(L, -2, *names);
  }
}

static int l_charged (lua_State *L) {
  struct state *g = library_state(L);
  size_t bytes = 0;
  for (int i = lua_gettop(L); i > 0; i--)
    if (lua_type(L, i) == LUA_TSTRING) bytes += lua_rawlen(L, i);
  limits_pay(L, &g->limits, bytes / BYTES_A_UNIT);
  return lua_tocfunction(L, lua_upvalueindex(LIBRARY_ORIGINAL))(L); /* they have no upvalues */
}

void library_take_charged (lua_State *L, struct state *g, const char *const *names) {
  for (; *names != NULL; names++) {
    const luaL_Reg function[] = { { *names, l_charged }, { NULL, NULL } };
    library_add(L, g, function);
  }
}

void library_add (lua_State *L, struct state *g, const luaL_Reg *functions) {
  for (; functions->name != NULL; functions++) {
    lua_pushlightuserdata(L, g);
    lua_getfield(L, -3, functions->name);
    lua_pushcclosure(L, functions->func, 2);
    lua_setfield(L, -2, functions->name);
  }
}

/* Upvalues: what it is called, and why it is not there. */
static int l_refused (lua_State *L) {
  failure_push(L, LEAT_E_DENIED, "%s is not available in a sandbox: %s",
               lua_tostring(L, lua_upvalueindex(1)), lua_tostring(L, lua_upvalueindex(2)));
  failure_set_place(L);
  return lua_error(L);
}

void library_refuse (lua_State *L, const char *library, const char *const *names,
                     const char *why) {
  for (; *names != NULL; names++) {
    lua_pushfstring(L, "%s.%s", library, *names);
    lua_pushstring(L, why);
    lua_pushcclosure(L, l_refused, 2);
    lua_setfield(L, -2, *names);
  }
}

/* --- read-only views: an empty table whose misses are looked up in the true one. It never leaves
 * its metatable, and neither does that --- */

static int l_read_only (lua_State *L) {
  return luaL_error(L, "'%s' is read-only in a sandbox: other scripts share it",
                    lua_tostring(L, lua_upvalueindex(1)));
}

/* (view, key) -> the next key and its value */
static int l_next (lua_State *L) {
  lua_settop(L, 2);
  return lua_next(L, lua_upvalueindex(1)) ? 2 : 0;
}

static int l_pairs (lua_State *L) {
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_pushcclosure(L, l_next, 1);
  lua_pushvalue(L, 1);
  lua_pushnil(L);
  return 3;
}

void library_protect (lua_State *L, const char *name) {
  lua_newtable(L);
  lua_createtable(L, 0, 5);
  lua_pushvalue(L, -3);
  lua_setfield(L, -2, "__index");
  lua_pushstring(L, name);
  lua_pushcclosure(L, l_read_only, 1);
  lua_setfield(L, -2, "__newindex");
  lua_pushvalue(L, -3);
  lua_pushcclosure(L, l_pairs, 1);
  lua_setfield(L, -2, "__pairs");
  lua_pushboolean(L, false);
  lua_setfield(L, -2, "__metatable");
  lua_pushboolean(L, true);
  lua_rawsetp(L, -2, &protected_key);
  lua_setmetatable(L, -2);
  lua_remove(L, -2);
}

bool library_is_protected (lua_State *L, int index) {
  if (lua_type(L, index) != LUA_TTABLE || !lua_getmetatable(L, index)) return false;
  bool is_view = lua_rawgetp(L, -1, &protected_key) != LUA_TNIL;
  lua_pop(L, 2);
  return is_view;
}

/* --- libraries of which little is bounded --- */

void library_whole (lua_State *L, struct state *g) {
  (void)g;
  lua_pushnil(L);
  while (lua_next(L, -3)) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, -4);
  }
}

/* Units that a traceback takes: 22 frames at most, each with names to be found. */
#define TRACED 4096

/* ([thread,] [message [, level]]), as in Lua: names and lines, which everyone may know. */
static int l_traceback (lua_State *L) {
  lua_State *co = lua_tothread(L, 1), *of = co != NULL ? co : L;
  int message = co != NULL ? 2 : 1;
  limits_pay(L, &library_state(L)->limits, TRACED);
  if (!lua_isstring(L, message) && !lua_isnoneornil(L, message)) {
    lua_pushvalue(L, message); /* it is for messages alone */
    return 1;
  }
  lua_Integer level = luaL_optinteger(L, message + 1, of == L ? 1 : 0);
  luaL_traceback(L, of, lua_tostring(L, message), level >= 0 && level < 1000000 ? (int)level : 0);
  return 1;
}

void library_utf8 (lua_State *L, struct state *g) {
  static const char *const same[] = { "char", "charpattern", "codes", NULL };
  static const char *const charged[] = { "codepoint", "len", "offset", NULL };
  library_take(L, same);
  library_take_charged(L, g, charged);
}

void library_debug (lua_State *L, struct state *g) {
  static const char *const names[] = {
    "debug",        "gethook",     "getinfo",      "getlocal",     "getmetatable", "getregistry",
    "getupvalue",   "getuservalue", "setcstacklimit", "sethook",   "setlocal",     "setmetatable",
    "setupvalue",   "setuservalue", "upvalueid",    "upvaluejoin", NULL
  };
  static const luaL_Reg functions[] = { { "traceback", l_traceback }, { NULL, NULL } };
  library_add(L, g, functions);
  library_refuse(L, "debug", names, "it reaches what limits and other scripts rely on");
}

/* --- a state that is watched --- */

void library_interruptible (lua_State *L, struct state *g) {
  static const struct {
    const char *name;
    void (*replace)(lua_State *, struct state *);
  } libraries[] = { { LUA_GNAME, library_base_interruptible },
                    { LUA_COLIBNAME, library_coroutine_interruptible },
                    { LUA_STRLIBNAME, library_string_interruptible },
                    { LUA_TABLIBNAME, library_table_interruptible } };
  for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) {
    lua_getglobal(L, libraries[i].name);
    lua_pushvalue(L, -1);
    libraries[i].replace(L, g);
    lua_pop(L, 2);
  }
}
