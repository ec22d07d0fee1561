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

static const char counter_key = 0; /* its address is the registry's key of the one counter */

static int l_gc (lua_State *L) {
  struct counter *c = lua_touserdata(L, 1);
  void *ud;
  if (lua_getallocf(L, &ud) == count && ud == c) lua_setallocf(L, c->host, c->host_ud);
  return 0;
}

/* Pushes the counter, which begins when it is first asked for. The registry has it: a module that
 * is loaded a second time finds it, and it goes when the state does. */
static struct counter *push_counter (lua_State *L) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &counter_key) == LUA_TUSERDATA)
    return lua_touserdata(L, -1);
  lua_pop(L, 1);
  struct counter *c = lua_newuserdatauv(L, sizeof *c, 0);
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, l_gc);
  lua_setfield(L, -2, "__gc");
  lua_pushvalue(L, -2);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &counter_key); /* the last that may fail */
  c->now = c->peak = (size_t)lua_gc(L, LUA_GCCOUNT, 0) * 1024 + (size_t)lua_gc(L, LUA_GCCOUNTB, 0);
  c->host = lua_getallocf(L, &c->host_ud);
  lua_setmetatable(L, -2);
  lua_setallocf(L, count, c);
  return c;
}

/* memory([options]): a table with `now` and `peak`, the bytes allocated by this Lua state, leat's
 * own among them: now, and the most since the first call. {reset = true}: peak begins anew with
 * this call, after it has been read. */
static int l_memory (lua_State *L) {
  bool reset = false;
  if (!lua_isnoneornil(L, 1)) {
    luaL_checktype(L, 1, LUA_TTABLE);
    lua_getfield(L, 1, "reset");
    reset = lua_toboolean(L, -1);
  }
  struct counter *c = push_counter(L);
  lua_createtable(L, 0, 2);
  lua_pushinteger(L, (lua_Integer)c->now);
  lua_setfield(L, -2, "now");
  lua_pushinteger(L, (lua_Integer)c->peak);
  lua_setfield(L, -2, "peak");
  if (reset) c->peak = c->now;
  return 1;
}

void memory_library (lua_State *L) {
  lua_pushcfunction(L, l_memory);
  lua_setfield(L, -2, "memory");
}
