/* SPDX-License-Identifier: MIT
 * library_sort.c - table.sort with an account of its comparisons.
 *
 * Quicksort in the manner of Sedgewick (Implementing Quicksort Programs, CACM 1978): the median of
 * three is the pivot, and the two others bound the scans, so that only an order that contradicts
 * itself leads beyond them. What waits is the larger part, so there are never more waiting than a
 * size has bits. As with Lua's own, equal elements may change places.
 */
#include <limits.h>
#include <stdint.h>

#include "library.h"

/* Units that a comparison takes which runs no Lua. */
#define COMPARED 2
/* Parts larger than this have their pivot chosen at random. */
#define LARGE 100

enum { TABLE = 1, ORDER };

struct sorting {
  lua_State *L;
  struct limits *limits;
  bool by_function;
  uint64_t random; /* its quality is of no importance: it must not be foreseen by the data */
};

struct part { lua_Integer first, last; };

/* Is the value at index a before the one at b? */
static bool is_before (struct sorting *s, int a, int b) {
  lua_State *L = s->L;
  limits_pay(L, s->limits, COMPARED);
  if (!s->by_function) return lua_compare(L, a, b, LUA_OPLT);
  lua_pushvalue(L, ORDER);
  lua_pushvalue(L, a - 1);
  lua_pushvalue(L, b - 2);
  lua_call(L, 2, 1);
  bool answer = lua_toboolean(L, -1);
  lua_pop(L, 1);
  return answer;
}

/* Puts elements i and k in order, of which i is the one in front. */
static void put_in_order (struct sorting *s, lua_Integer i, lua_Integer k) {
  lua_State *L = s->L;
  lua_geti(L, TABLE, i);
  lua_geti(L, TABLE, k);
  if (is_before(s, -1, -2)) {
    lua_seti(L, TABLE, i);
    lua_seti(L, TABLE, k);
  }
  else
    lua_pop(L, 2);
}

static lua_Integer pivot_of (struct sorting *s, struct part part) {
  lua_Unsigned size = (lua_Unsigned)part.last - (lua_Unsigned)part.first;
  if (size <= LARGE) return part.first + (lua_Integer)(size / 2);
  s->random = s->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  lua_Unsigned quarter = size / 4;
  return part.first + (lua_Integer)(quarter + (s->random >> 32) % (quarter * 2));
}

static int contradiction (lua_State *L) {
  return luaL_error(L, "invalid order function for sorting");
}

/* The elements at both ends are in order with the pivot, which is on top and beside the last. Puts
 * those before it in front of it; where it is in the end. */
static lua_Integer partition (struct sorting *s, struct part part) {
  lua_State *L = s->L;
  lua_Integer i = part.first, k = part.last - 1;
  for (;;) {
    while (lua_geti(L, TABLE, ++i), is_before(s, -1, -2)) {
      if (i == part.last - 1) contradiction(L);
      lua_pop(L, 1);
    }
    while (lua_geti(L, TABLE, --k), is_before(s, -3, -1)) {
      if (k < i) contradiction(L);
      lua_pop(L, 1);
    }
    if (k < i) break;
    lua_seti(L, TABLE, i);
    lua_seti(L, TABLE, k);
  }
  /* stack: pivot, element i, element k */
  lua_pop(L, 1);
  lua_seti(L, TABLE, part.last - 1);
  lua_seti(L, TABLE, i);
  return i;
}

static void sort (struct sorting *s, lua_Integer count) {
  lua_State *L = s->L;
  struct part waiting[sizeof count * CHAR_BIT], part = { 1, count };
  int depth = 0;
  for (;;) {
    while (part.first < part.last) {
      put_in_order(s, part.first, part.last);
      if (part.last - part.first == 1) break;
      lua_Integer at = pivot_of(s, part);
      put_in_order(s, part.first, at);
      put_in_order(s, at, part.last);
      if (part.last - part.first == 2) break;
      lua_geti(L, TABLE, at);
      lua_pushvalue(L, -1);
      lua_geti(L, TABLE, part.last - 1);
      lua_seti(L, TABLE, at);
      lua_seti(L, TABLE, part.last - 1);
      at = partition(s, part);
      struct part front = { part.first, at - 1 }, back = { at + 1, part.last };
      bool front_is_larger = front.last - front.first > back.last - back.first;
      waiting[depth++] = front_is_larger ? front : back;
      part = front_is_larger ? back : front;
    }
    if (depth == 0) return;
    part = waiting[--depth];
  }
}

int library_sort (lua_State *L) {
  struct state *g = library_state(L);
  lua_Integer count = luaL_len(L, TABLE);
  if (count < 2) return 0;
  luaL_argcheck(L, count < INT_MAX, TABLE, "array too big");
  if (!lua_isnoneornil(L, ORDER)) luaL_checktype(L, ORDER, LUA_TFUNCTION);
  lua_settop(L, ORDER);
  luaL_checkstack(L, 10, NULL);
  struct sorting s = { L, &g->limits, !lua_isnil(L, ORDER),
                       (uint64_t)(uintptr_t)&s ^ g->secret[0] };
  sort(&s, count);
  return 0;
}
