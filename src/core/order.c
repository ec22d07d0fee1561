/* SPDX-License-Identifier: MIT
 * order.c - the order of items; the rules are in order.h.
 */
#include "order.h"

#include <string.h>

#include "binding/json.h"

bool order_is_last (lua_State *L, int index) {
  if (lua_type(L, index) == LUA_TNUMBER) {
    lua_Number n = lua_tonumber(L, index);
    return n != n;
  }
  return lua_isnil(L, index) || null_is(L, index);
}

static int rank (lua_State *L, int index) {
  switch (lua_type(L, index)) {
    case LUA_TBOOLEAN: return lua_toboolean(L, index);
    case LUA_TNUMBER: return 2;
    case LUA_TSTRING: return 3;
    default: return order_is_last(L, index) ? 4 : -1;
  }
}

bool order_has (lua_State *L, int index) { return rank(L, index) >= 0; }

bool order_less (lua_State *L, int a, int b) {
  int ra = rank(L, a), rb = rank(L, b);
  if (ra != rb) return ra < rb;
  if (ra == 2) return lua_compare(L, a, b, LUA_OPLT); /* integers and floats exactly */
  if (ra != 3) return false;
  size_t la, lb; /* lua_compare would ask the locale */
  const char *sa = lua_tolstring(L, a, &la), *sb = lua_tolstring(L, b, &lb);
  int c = memcmp(sa, sb, la < lb ? la : lb);
  return c != 0 ? c < 0 : la < lb;
}
