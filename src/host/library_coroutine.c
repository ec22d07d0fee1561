/* SPDX-License-Identifier: MIT
 * library_coroutine.c - coroutines in a sandbox: resuming and closing them swallows no limit and no
 * interrupt; the laws of their making are in core/limits.h.
 */
#include "library.h"

static int l_create (lua_State *L) {
  struct limits *limits = &library_state(L)->limits;
  luaL_checktype(L, 1, LUA_TFUNCTION);
  limits_charge_thread(limits);
  lua_State *co = lua_newthread(L);
  lua_pushvalue(L, 1);
  limits_push_bottom(L);
  lua_xmove(L, co, 1);
  return 1;
}

/* Resumes with the top `count` values; pushes what it yields or returns, or one error. Returns how
 * many values, or -1. */
static int resume (lua_State *L, lua_State *co, int count) {
  int results;
  const struct limits *limits = &library_state(L)->limits;
  unsigned before = limits->interruptions;
  if (!lua_checkstack(co, count)) {
    lua_pushliteral(L, "too many arguments to resume");
    return -1;
  }
  lua_xmove(L, co, count);
  int status = lua_resume(co, L, count, &results);
  limits_check(L, limits, before);
  if (status != LUA_OK && status != LUA_YIELD) {
    lua_xmove(co, L, 1);
    return -1;
  }
  if (!lua_checkstack(L, results + 1)) {
    lua_pop(co, results);
    lua_pushliteral(L, "too many results to resume");
    return -1;
  }
  lua_xmove(co, L, results);
  return results;
}

static lua_State *check_coroutine (lua_State *L) {
  lua_State *co = lua_tothread(L, 1);
  luaL_argexpected(L, co != NULL, 1, "coroutine");
  return co;
}

static int l_resume (lua_State *L) {
  lua_State *co = check_coroutine(L);
  int results = resume(L, co, lua_gettop(L) - 1);
  int count = results < 0 ? 1 : results;
  lua_pushboolean(L, results >= 0);
  lua_insert(L, -count - 1);
  return count + 1;
}

/* Upvalues: the state, and the thread. */
static int l_wrapped (lua_State *L) {
  lua_State *co = lua_tothread(L, lua_upvalueindex(2));
  int results = resume(L, co, lua_gettop(L));
  if (results >= 0) return results;
  if (lua_type(L, -1) == LUA_TSTRING && lua_status(co) != LUA_ERRMEM) {
    luaL_where(L, 1);
    lua_insert(L, -2);
    lua_concat(L, 2);
  }
  return lua_error(L);
}

static int l_wrap (lua_State *L) {
  l_create(L);
  lua_pushlightuserdata(L, library_state(L));
  lua_insert(L, -2);
  lua_pushcclosure(L, l_wrapped, 2);
  return 1;
}

/* Why it cannot be closed, or NULL. */
static const char *busy (lua_State *L, lua_State *co) {
  lua_Debug ar;
  if (co == L) return "running";
  return lua_status(co) == LUA_OK && lua_getstack(co, 0, &ar) ? "normal" : NULL;
}

static int l_close (lua_State *L) {
  struct state *g = library_state(L);
  lua_State *co = check_coroutine(L);
  const char *why = busy(L, co);
  if (why != NULL) return luaL_error(L, "cannot close a %s coroutine", why);
  if (g->closing + g->limits.closings >= CLOSINGS_LIMIT)
    return luaL_error(L, "coroutine.close: more than %d coroutines are closed inside one another",
                      CLOSINGS_LIMIT);
  unsigned before = g->limits.interruptions;
  g->limits.closings++;
#if LUA_VERSION_RELEASE_NUM >= 50406
  int status = lua_closethread(co, L);
#else
  int status = lua_resetthread(co);
#endif
  g->limits.closings--;
  limits_check(L, &g->limits, before);
  lua_pushboolean(L, status == LUA_OK);
  if (status == LUA_OK) return 1;
  lua_xmove(co, L, 1);
  return 2;
}

void library_coroutine (lua_State *L, struct state *g) {
  static const char *const same[] = { "isyieldable", "running", "status", "yield", NULL };
  static const luaL_Reg functions[] = { { "create", l_create }, { "wrap", l_wrap },
                                        { "resume", l_resume }, { "close", l_close },
                                        { NULL, NULL } };
  library_take(L, same);
  library_add(L, g, functions);
}

void library_coroutine_interruptible (lua_State *L, struct state *g) {
  static const luaL_Reg functions[] = { { "resume", l_resume }, { NULL, NULL } };
  library_add(L, g, functions);
}
