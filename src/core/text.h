/* SPDX-License-Identifier: MIT
 * text.h - strings and numbers as text, the same in every terminal that joins or writes.
 */
#ifndef LEAT_CORE_TEXT_H
#define LEAT_CORE_TEXT_H

#include <math.h>

#include <lua.h>

#include "bytes/number.h"

/* Replaces a number on top of the stack by its text: integers in full, floats shortest
 * and never by the locale. False: neither string nor finite number. */
static inline bool text_of_top (lua_State *L) {
  char out[NUMBER_MAX_TEXT];
  size_t length;
  if (lua_type(L, -1) == LUA_TSTRING) return true;
  if (lua_type(L, -1) != LUA_TNUMBER) return false;
  if (lua_isinteger(L, -1)) length = number_write_integer(lua_tointeger(L, -1), out);
  else if (isfinite(lua_tonumber(L, -1))) length = number_write_double(lua_tonumber(L, -1), out);
  else return false;
  lua_pop(L, 1);
  lua_pushlstring(L, out, length);
  return true;
}

#endif
