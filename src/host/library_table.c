/* SPDX-License-Identifier: MIT
 * library_table.c - Lua's functions on tables in a sandbox.
 *
 * A table may lie about its length (__len), and its elements may come from C functions (__index),
 * so a loop over them may be long without an instruction of Lua's: each step is charged.
 */
#include "library.h"

/* Elements that a native loop goes through while two instructions are made. */
#define ELEMENT 1

/* A stack has no room for so many: unpack refuses at once. */
#define MOST_UNPACKED 10000000

static void pay (lua_State *L, uint64_t units) {
  limits_pay(L, &library_state(L)->limits, units);
}

/* Is the value at `index` a table, or does it act as one in these ways? */
static void check_table (lua_State *L, int index, const char *const *metamethods) {
  if (lua_type(L, index) == LUA_TTABLE) return;
  for (; *metamethods != NULL; metamethods++) {
    if (luaL_getmetafield(L, index, *metamethods) == LUA_TNIL)
      luaL_checktype(L, index, LUA_TTABLE);
    lua_pop(L, 1);
  }
}

static const char *const reads[] = { "__index", "__len", NULL };
static const char *const reads_at[] = { "__index", NULL };
static const char *const writes_at[] = { "__newindex", NULL };
static const char *const changes[] = { "__index", "__newindex", "__len", NULL };

static int l_insert (lua_State *L) {
  check_table(L, 1, changes);
  lua_Integer at = luaL_len(L, 1);
  at = (lua_Integer)((lua_Unsigned)at + 1); /* behind the last */
  switch (lua_gettop(L)) {
    case 2: break;
    case 3: {
      lua_Integer position = luaL_checkinteger(L, 2);
      luaL_argcheck(L, (lua_Unsigned)position - 1u < (lua_Unsigned)at, 2,
                    "position out of bounds");
      for (; at > position; at--) {
        pay(L, ELEMENT);
        lua_geti(L, 1, at - 1);
        lua_seti(L, 1, at);
      }
      break;
    }
    default: return luaL_error(L, "wrong number of arguments to 'insert'");
  }
  lua_seti(L, 1, at);
  return 0;
}

static int l_remove (lua_State *L) {
  check_table(L, 1, changes);
  lua_Integer length = luaL_len(L, 1), at = luaL_optinteger(L, 2, length);
  if (at != length) /* one behind the last is allowed */
    luaL_argcheck(L, (lua_Unsigned)at - 1u <= (lua_Unsigned)length, 2, "position out of bounds");
  lua_geti(L, 1, at);
  for (; at < length; at++) {
    pay(L, ELEMENT);
    lua_geti(L, 1, at + 1);
    lua_seti(L, 1, at);
  }
  lua_pushnil(L);
  lua_seti(L, 1, at);
  return 1;
}

static int l_move (lua_State *L) {
  lua_Integer first = luaL_checkinteger(L, 2), last = luaL_checkinteger(L, 3);
  lua_Integer to = luaL_checkinteger(L, 4);
  int target = lua_isnoneornil(L, 5) ? 1 : 5;
  check_table(L, 1, reads_at);
  check_table(L, target, writes_at);
  if (last >= first) {
    luaL_argcheck(L, first > 0 || last < LUA_MAXINTEGER + first, 3, "too many elements to move");
    lua_Integer count = last - first + 1;
    luaL_argcheck(L, to <= LUA_MAXINTEGER - count + 1, 4, "destination wrap around");
    /* Upwards inside one table: the last first, so that none is overwritten before it moves. */
    bool overlap = to > first && to <= last &&
                   (target == 1 || lua_compare(L, 1, target, LUA_OPEQ));
    for (lua_Integer i = 0; i < count; i++) {
      lua_Integer k = overlap ? count - 1 - i : i;
      pay(L, ELEMENT);
      lua_geti(L, 1, first + k);
      lua_seti(L, target, to + k);
    }
  }
  lua_pushvalue(L, target);
  return 1;
}

static int l_concat (lua_State *L) {
  luaL_Buffer b;
  size_t length;
  check_table(L, 1, reads);
  lua_Integer count = luaL_len(L, 1);
  const char *separator = luaL_optlstring(L, 2, "", &length);
  lua_Integer i = luaL_optinteger(L, 3, 1), last = luaL_optinteger(L, 4, count);
  luaL_buffinit(L, &b);
  for (bool more = i <= last; more; i++) {
    pay(L, ELEMENT);
    lua_geti(L, 1, i);
    if (!lua_isstring(L, -1))
      luaL_error(L, "invalid value (%s) at index %I in table for 'concat'",
                 luaL_typename(L, -1), (LUAI_UACINT)i);
    luaL_addvalue(&b);
    more = i < last;
    if (more) luaL_addlstring(&b, separator, length);
    else break; /* the last may be the greatest integer */
  }
  luaL_pushresult(&b);
  return 1;
}

static int l_sort (lua_State *L) {
  check_table(L, 1, changes);
  return library_sort(L);
}

/* Takes no more than the stack does, but that may be a million. */
static int l_unpack (lua_State *L) {
  lua_settop(L, 3);
  lua_Integer first = luaL_optinteger(L, 2, 1);
  lua_Integer last = lua_isnil(L, 3) ? luaL_len(L, 1) : luaL_checkinteger(L, 3);
  lua_pushinteger(L, last);
  lua_replace(L, 3);
  lua_Unsigned count = (lua_Unsigned)last - (lua_Unsigned)first;
  if (first <= last && count < MOST_UNPACKED) pay(L, (count + 1) * ELEMENT);
  return lua_tocfunction(L, lua_upvalueindex(LIBRARY_ORIGINAL))(L);
}

void library_table (lua_State *L, struct state *g) {
  static const char *const same[] = { "pack", NULL };
  static const luaL_Reg functions[] = { { "insert", l_insert }, { "remove", l_remove },
                                        { "move", l_move },     { "concat", l_concat },
                                        { "sort", l_sort },     { "unpack", l_unpack },
                                        { NULL, NULL } };
  library_take(L, same);
  library_add(L, g, functions);
}

void library_table_interruptible (lua_State *L, struct state *g) {
  static const luaL_Reg functions[] = { { "move", l_move }, { "sort", l_sort }, { NULL, NULL } };
  library_add(L, g, functions);
}
