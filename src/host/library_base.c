/* SPDX-License-Identifier: MIT
 * library_base.c - Lua's basic functions in a sandbox, but for those that load code (sandbox.c).
 */
#include <string.h>

#include "core/capability.h"
#include "library.h"

/* --- catching errors: not that of a limit or an interrupt --- */

/* What a catching has to know when it ends: how many values are below its results, and what had
 * been interrupted when it began. */
static lua_KContext context_of (int below, const struct limits *limits) {
  return (lua_KContext)limits->interruptions * 4 + below;
}

static int caught (lua_State *L, int status, lua_KContext context) {
  limits_check(L, &library_state(L)->limits, (unsigned)(context / 4));
  if (status == LUA_OK || status == LUA_YIELD) return lua_gettop(L) - (int)(context % 4);
  lua_pushboolean(L, false);
  lua_insert(L, -2);
  return 2;
}

static int l_pcall (lua_State *L) {
  luaL_checkany(L, 1);
  lua_pushboolean(L, true);
  lua_insert(L, 1);
  lua_KContext context = context_of(0, &library_state(L)->limits);
  return caught(L, lua_pcallk(L, lua_gettop(L) - 2, LUA_MULTRET, 0, context, caught), context);
}

/* Upvalues: the state, and the script's handler. In a hook no other hook fires, so it is not
 * called for the error of a limit. */
static int l_handler (lua_State *L) {
  if (library_state(L)->limits.reached != LIMIT_NONE) return 1;
  lua_settop(L, 1);
  lua_pushvalue(L, lua_upvalueindex(2));
  lua_insert(L, 1);
  lua_call(L, 1, 1);
  return 1;
}

static int l_xpcall (lua_State *L) {
  int count = lua_gettop(L);
  luaL_checktype(L, 2, LUA_TFUNCTION);
  const struct limits *limits = &library_state(L)->limits;
  lua_KContext context = context_of(2, limits);
  if (limits->hooked) {
    lua_pushlightuserdata(L, library_state(L));
    lua_pushvalue(L, 2);
    lua_pushcclosure(L, l_handler, 2);
    lua_replace(L, 2);
  }
  lua_pushboolean(L, true); /* first result */
  lua_pushvalue(L, 1);
  lua_rotate(L, 3, 2); /* function, handler, true, function, arguments */
  return caught(L, lua_pcallk(L, count - 2, LUA_MULTRET, 2, context, caught), context);
}

/* --- tables --- */

static int l_setmetatable (lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  if (!lua_isnoneornil(L, 2) || lua_isnone(L, 2)) luaL_checktype(L, 2, LUA_TTABLE);
  lua_settop(L, 2);
  if (lua_istable(L, 2)) {
    lua_pushliteral(L, "__gc");
    if (lua_rawget(L, 2) != LUA_TNIL)
      return luaL_error(L, "setmetatable: __gc is not available in a sandbox, where nothing would "
                           "limit it; close with a <close> variable, resource or finally");
    lua_pop(L, 1);
  }
  if (luaL_getmetafield(L, 1, "__metatable") != LUA_TNIL)
    return luaL_error(L, "cannot change a protected metatable");
  lua_setmetatable(L, 1);
  return 1;
}

static int l_rawset (lua_State *L) {
  luaL_checktype(L, 1, LUA_TTABLE);
  luaL_checkany(L, 2);
  luaL_checkany(L, 3);
  if (library_is_protected(L, 1))
    return luaL_error(L, "rawset: the table is read-only in a sandbox: other scripts share it");
  lua_settop(L, 3);
  lua_rawset(L, 1);
  return 1;
}

/* --- the collector --- */

/* A collection goes through all that is held: so many units for a KB of it. */
#define UNITS_A_KB 8

static int l_collectgarbage (lua_State *L) {
  const char *what = luaL_optstring(L, 1, "collect");
  bool collects = strcmp(what, "collect") == 0 || strcmp(what, "step") == 0;
  if (!collects && strcmp(what, "count") != 0 && strcmp(what, "isrunning") != 0)
    return luaL_error(L, "collectgarbage: '%s' is not available in a sandbox: the collector's pace "
                         "is the host's; \"collect\", \"step\", \"count\" and \"isrunning\" are",
                      what);
  if (collects)
    limits_pay(L, &library_state(L)->limits, (uint64_t)lua_gc(L, LUA_GCCOUNT, 0) * UNITS_A_KB);
  return lua_tocfunction(L, lua_upvalueindex(LIBRARY_ORIGINAL))(L);
}

/* --- the outside --- */

static int l_print (lua_State *L) {
  capability_check(L, library_state(L), "print", CAPABILITY_WRITE);
  return lua_tocfunction(L, lua_upvalueindex(LIBRARY_ORIGINAL))(L);
}

void library_base (lua_State *L, struct state *g) {
  static const char *const same[] = {
    "assert", "error",  "getmetatable", "ipairs",   "next",   "pairs", "rawequal", "rawget",
    "rawlen", "select", "tonumber",     "tostring", "type",   "warn",  "_VERSION", NULL
  };
  static const luaL_Reg functions[] = {
    { "pcall", l_pcall },   { "xpcall", l_xpcall },
    { "rawset", l_rawset }, { "setmetatable", l_setmetatable },
    { "print", l_print },   { "collectgarbage", l_collectgarbage },
    { NULL, NULL }
  };
  library_take(L, same);
  library_add(L, g, functions);
}

void library_base_interruptible (lua_State *L, struct state *g) {
  static const luaL_Reg functions[] = { { "pcall", l_pcall }, { "xpcall", l_xpcall },
                                        { NULL, NULL } };
  library_add(L, g, functions);
}
