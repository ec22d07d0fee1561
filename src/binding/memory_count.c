/* SPDX-License-Identifier: MIT
 * memory_count.c - leat.memory: counts what goes through the allocator of the Lua state.
 *
 * Everything in leat is allocated there, so one counter sees Lua's memory and the core's. It stands
 * before the host's own allocator from the first call of memory() on, not before: who never asks
 * pays nothing. It is taken away again when the state is closed, before the library is unloaded.
 */
#include "memory_count.h"

#include <stdbool.h>
#include <stddef.h>

#include <lauxlib.h>

struct counter {
  lua_Alloc host;
  void *host_ud;
  size_t now, peak; /* bytes */
};

static void *count (void *ud, void *block, size_t old_size, size_t new_size) {
  struct counter *c = ud;
  size_t before = block != NULL ? old_size : 0; /* else it is a type, not a size */
  void *result = c->host(c->host_ud, block, old_size, new_size);
  if (new_size != 0 && result == NULL) return NULL;
  c->now = c->now > before ? c->now - before + new_size : new_size;
  if (c->now > c->peak) c->peak = c->now;
  return result;
}

static int l_gc (lua_State *L) {
  struct counter *c = lua_touserdata(L, 1);
  void *ud;
  if (lua_getallocf(L, &ud) == count && ud == c) lua_setallocf(L, c->host, c->host_ud);
  return 0;
}

/* memory([options]): a table with `now` and `peak`, the bytes allocated by this Lua state, leat's
 * own among them: now, and the most since the first call. {reset = true}: peak begins anew with this
 * call, after it has been read. */
static int l_memory (lua_State *L) {
  struct counter *c = lua_touserdata(L, lua_upvalueindex(1));
  bool reset = false;
  if (!lua_isnoneornil(L, 1)) {
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_getfield(L, 1, "reset");
    reset = lua_toboolean(L, -1);
  }
  if (c->host == NULL) {
    c->now = c->peak = (size_t)lua_gc(L, LUA_GCCOUNT, 0) * 1024 + (size_t)lua_gc(L, LUA_GCCOUNTB, 0);
    c->host = lua_getallocf(L, &c->host_ud);
    lua_setallocf(L, count, c);
  }
  lua_createtable(L, 0, 2);
  lua_pushinteger(L, (lua_Integer)c->now);
  lua_setfield(L, -2, "now");
  lua_pushinteger(L, (lua_Integer)c->peak);
  lua_setfield(L, -2, "peak");
  if (reset) c->peak = c->now;
  return 1;
}

void memory_library (lua_State *L) {
  struct counter *c = lua_newuserdatauv(L, sizeof *c, 0);
  *c = (struct counter){ 0 };
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, l_gc);
  lua_setfield(L, -2, "__gc");
  lua_setmetatable(L, -2);
  lua_pushcclosure(L, l_memory, 1);
  lua_setfield(L, -2, "memory");
}
