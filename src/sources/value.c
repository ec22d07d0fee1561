/* SPDX-License-Identifier: MIT
 * value.c - sources that give values at hand: once, empty, entries.
 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>

#include "core/argument.h"
#include "core/failure.h"
#include "core/run.h"

/* --- once, empty --- */

static void once_build (lua_State *L, struct recipe *r, int first) {
  argument_at_most(L, r, first, 1);
  if (!argument_given(L, first))
    argument_fail(L, r, "x is nil, which is no item; use leat.null, or empty() for nothing");
  lua_pushvalue(L, first);
  recipe_keep(L, -2);
}

static verdict once_pull (struct flow *f, struct stage *s) {
  if (s->phase != 0) return V_END;
  s->phase = 1;
  flow_push_anchor(f, s, 0);
  return flow_pass(f, 1);
}

const struct steps steps_once = { .anchors = 1, .build = once_build, .pull = once_pull };

static void empty_build (lua_State *L, struct recipe *r, int first) {
  argument_at_most(L, r, first, 0);
}

static verdict empty_pull (struct flow *f, struct stage *s) {
  (void)f, (void)s;
  return V_END;
}

const struct steps steps_empty = { .build = empty_build, .pull = empty_pull };

/* --- entries: slots the table, its keys in order; a: how many, b: given --- */

static void entries_build (lua_State *L, struct recipe *r, int first) {
  argument_at_most(L, r, first, 1);
  if (lua_gettop(L) == first || lua_type(L, first) != LUA_TTABLE)
    argument_fail(L, r, "t must be a table, got %s",
                  lua_gettop(L) == first ? "nothing" : luaL_typename(L, first));
  lua_pushvalue(L, first);
  recipe_keep(L, -2);
}

struct key {
  int rank; /* false, true, numbers, strings */
  bool is_integer;
  lua_Integer integer;
  lua_Number number;
  const char *text;
  size_t length;
};

static int compare_numbers (const struct key *a, const struct key *b) {
  if (a->is_integer && b->is_integer)
    return a->integer < b->integer ? -1 : a->integer > b->integer;
  lua_Number x = a->is_integer ? (lua_Number)a->integer : a->number;
  lua_Number y = b->is_integer ? (lua_Number)b->integer : b->number;
  return x < y ? -1 : x > y;
}

static int compare_keys (const void *pa, const void *pb) {
  const struct key *a = pa, *b = pb;
  if (a->rank != b->rank) return a->rank < b->rank ? -1 : 1;
  if (a->rank == 2) return compare_numbers(a, b);
  if (a->rank < 2) return 0;
  int c = memcmp(a->text, b->text, a->length < b->length ? a->length : b->length);
  return c != 0 ? c : a->length < b->length ? -1 : a->length > b->length;
}

static bool read_key (lua_State *L, int index, struct key *key) {
  memset(key, 0, sizeof *key);
  switch (lua_type(L, index)) {
    case LUA_TBOOLEAN: key->rank = lua_toboolean(L, index); return true;
    case LUA_TNUMBER:
      key->rank = 2;
      key->is_integer = lua_isinteger(L, index);
      if (key->is_integer) key->integer = lua_tointeger(L, index);
      else key->number = lua_tonumber(L, index);
      return true;
    case LUA_TSTRING:
      key->rank = 3;
      key->text = lua_tolstring(L, index, &key->length);
      return true;
    default: return false;
  }
}

static verdict entries_start (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  size_t count, i;
  struct key *keys;
  flow_push_anchor(f, s, 0);
  int t = lua_gettop(L);
  /* A finaliser that runs while the array is allocated may add keys: count again. What
   * follows allocates nothing until the keys' strings are held by the list. */
  do {
    lua_settop(L, t);
    for (count = 0, lua_pushnil(L); lua_next(L, t); lua_pop(L, 1)) count++;
    if (count > INT_MAX) return flow_fail(f, LEAT_E_SIZE, "too many keys");
    keys = lua_newuserdatauv(L, (count + 1) * sizeof *keys, 0);
    lua_createtable(L, (int)count, 0);
    for (i = 0, lua_pushnil(L); lua_next(L, t); lua_pop(L, 1)) {
      if (i < count) {
        if (!read_key(L, -2, &keys[i]))
          return flow_fail(f, LEAT_E_ITEM, "a key is a %s; entries takes strings, numbers and "
                                           "booleans for keys", luaL_typename(L, -2));
        lua_pushvalue(L, -2);
        lua_rawseti(L, t + 2, (lua_Integer)i + 1);
      }
      i++;
    }
  } while (i > count);
  count = i;
  qsort(keys, count, sizeof *keys, compare_keys);
  lua_createtable(L, (int)count, 0);
  for (i = 0; i < count; i++) {
    switch (keys[i].rank) {
      case 0: case 1: lua_pushboolean(L, keys[i].rank); break;
      case 2:
        if (keys[i].is_integer) lua_pushinteger(L, keys[i].integer);
        else lua_pushnumber(L, keys[i].number);
        break;
      default: lua_pushlstring(L, keys[i].text, keys[i].length);
    }
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  flow_set_anchor(f, s, 1);
  s->a.integer = (lua_Integer)count;
  s->phase = 1;
  return V_PASS;
}

static verdict entries_pull (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  if (s->phase == 0 && entries_start(f, s) == V_ERROR) return V_ERROR;
  while (s->b.integer < s->a.integer) {
    flow_push_anchor(f, s, 1);
    lua_rawgeti(L, -1, ++s->b.integer);
    flow_push_anchor(f, s, 0);
    lua_pushvalue(L, -2);
    if (lua_rawget(L, -2) != LUA_TNIL) { /* removed since */
      lua_remove(L, -2);
      return flow_pass(f, 2);
    }
    lua_settop(L, f->base);
  }
  return V_END;
}

const struct steps steps_entries = { .anchors = 2, .build = entries_build,
                                     .pull = entries_pull };
