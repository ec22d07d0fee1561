/* SPDX-License-Identifier: MIT
 * json_library.c - what scripts see of JSON: leat.null, leat.table, leat.array,
 * leat.has, leat.json.
 */
#include <lauxlib.h>
#include <lua.h>

#include "json.h"
#include "record.h"

void json_library (lua_State *L) {
  static const luaL_Reg functions[] = {{"table", record_table_function},
                                       {"array", null_array_function},
                                       {"has", record_has_function},
                                       {NULL, NULL}};
  luaL_setfuncs(L, functions, 0);
  null_push(L);
  lua_setfield(L, -2, "null");
  lua_createtable(L, 0, 2);
  json_push_encode(L);
  lua_setfield(L, -2, "encode");
  json_push_decode(L);
  lua_setfield(L, -2, "decode");
  lua_setfield(L, -2, "json");
}
