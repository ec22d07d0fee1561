/* SPDX-License-Identifier: MIT
 * record_table.c - leat.table: a deep copy of a record in plain tables.
 *
 * What nobody assigned to is built straight from the tape (json_decode.c). What
 * was assigned may hold any mixture of records and tables, so that part is
 * walked, without recursion: each container being copied has four slots on the
 * Lua stack,
 *
 *   source, copy, where the walk stands (two integers, or a table's last key)
 *
 * and the copy of a container is in its parent's copy from the beginning.
 */
#include <lauxlib.h>
#include <lua.h>

#include "json.h"
#include "record_data.h"

#define FRAME_SLOTS 4
/* Levels of assigned or plain tables. */
#define TABLE_DEPTH 1000

static bool is_untouched (const struct record *r) {
  return !(r->tape[r->index + 1] & (RECORD_CHANGED | RECORD_INSIDE));
}

static bool same_container (lua_State *L, int a, int b) {
  const struct record *x = record_at(L, a), *y = record_at(L, b);
  if (x != NULL && y != NULL) return x->root == y->root && x->index == y->index;
  return lua_rawequal(L, a, b);
}

/* Makes the container at the top of the stack the source of a new frame. */
static void frame_open (lua_State *L, int base, size_t depth) {
  int source = lua_gettop(L);
  if (depth >= TABLE_DEPTH)
    luaL_error(L, "leat.table: nested deeper than %d levels", TABLE_DEPTH);
  for (size_t i = 0; i < depth; i++)
    if (same_container(L, base + (int)i * FRAME_SLOTS, source))
      luaL_error(L, "leat.table: the value contains itself");
  luaL_checkstack(L, 20, "too deeply nested");
  struct record *r = record_at(L, source);
  lua_newtable(L);
  if (r != NULL ? record_is_array(r) : array_is_marked(L, source)) {
    array_push_mark(L);
    lua_setmetatable(L, -2);
  }
  if (r != NULL)
    lua_pushinteger(L, 0);
  else
    lua_pushnil(L);
  lua_pushinteger(L, 0);
}

/* Pushes the next key and value of the frame at `slot`; at its end nothing. */
static bool frame_next (lua_State *L, int slot) {
  struct record *r = record_at(L, slot);
  if (r == NULL) {
    lua_pushvalue(L, slot + 2);
    if (!lua_next(L, slot)) return false;
    lua_pushvalue(L, -2);
    lua_replace(L, slot + 2);
    return true;
  }
  struct record_walk walk =
      record_walk_unpack(lua_tointeger(L, slot + 2), lua_tointeger(L, slot + 3));
  bool more = record_walk_next(L, slot, r, &walk);
  lua_pushinteger(L, record_walk_position(&walk));
  lua_replace(L, slot + 2);
  lua_pushinteger(L, (lua_Integer)walk.added);
  lua_replace(L, slot + 3);
  return more;
}

/* Whether the value at the top of the stack is copied as it is, after turning an
 * untouched record into its copy. */
static bool is_copied (lua_State *L) {
  const struct record *r = record_at(L, -1);
  if (r == NULL) return !lua_istable(L, -1);
  if (!is_untouched(r)) return false;
  json_push_words(L, r->tape, r->text, r->index);
  lua_remove(L, -2);
  return true;
}

void record_push_table (lua_State *L, int index) {
  luaL_checkstack(L, 20, NULL);
  lua_pushvalue(L, index);
  int base = lua_gettop(L);
  if (is_copied(L)) return;
  frame_open(L, base, 0);
  size_t depth = 1;
  while (depth > 0) {
    int slot = base + (int)(depth - 1) * FRAME_SLOTS, copy = slot + 1;
    lua_settop(L, slot + FRAME_SLOTS - 1);
    if (!frame_next(L, slot)) {
      depth--;
      continue;
    }
    if (is_copied(L)) { /* stack: ... key, value */
      bool field = lua_type(L, -2) == LUA_TSTRING;
      if (field && null_is(L, -1)) continue; /* null fields are left out */
      lua_rawset(L, copy);
      continue;
    }
    lua_insert(L, -2); /* value, key: the value becomes the next frame's source */
    int key = lua_gettop(L);
    lua_pushvalue(L, key - 1);
    frame_open(L, base, depth);
    /* stack: value, key, value, its copy, walk, walk */
    lua_pushvalue(L, key);
    lua_pushvalue(L, key + 2);
    lua_rawset(L, copy);
    lua_remove(L, key - 1);
    lua_remove(L, key - 1);
    depth++;
  }
  lua_settop(L, base + 1);
  lua_remove(L, base);
}

/* leat.table(v): records as tables; anything that has none in it as it is. */
int record_table_function (lua_State *L) {
  luaL_checkany(L, 1);
  record_push_table(L, 1);
  return 1;
}
