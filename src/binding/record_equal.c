/* SPDX-License-Identifier: MIT
 * record_equal.c - equality by content, and the __eq of records.
 *
 * Two untouched containers of the same text are equal at once, which is what
 * finding duplicates mostly meets; else fields are looked up one by one. It
 * recurses, to a depth of RECORD_EQUAL_DEPTH and no further.
 */
#include <lauxlib.h>
#include <lua.h>
#include <string.h>

#include "core/state.h"
#include "json.h"
#include "record_data.h"

/* Units (limits.h) that comparing two containers takes, beside their members. */
#define COMPARED 32

static bool equal_at (lua_State *L, int a, int b, int depth);

/* A container to be compared: a record, or a table (record == NULL). */
struct side {
  int slot;
  struct record *record;
};

static struct side side_of (lua_State *L, int slot) {
  return (struct side){slot, record_at(L, slot)};
}

/* As for writing: an empty table without the mark is an object. */
static bool side_is_array (lua_State *L, const struct side *s) {
  if (s->record != NULL) return record_is_array(s->record);
  bool array = lua_rawgeti(L, s->slot, 1) != LUA_TNIL || array_is_marked(L, s->slot);
  lua_pop(L, 1);
  return array;
}

/* Fields that are not null, straight from the text; false: it has assignments or
 * repeated names, so that a walk is needed. */
static bool count_in_text (lua_State *L, const struct side *s, size_t *count) {
  const struct record *r = s->record;
  if (r->tape[r->index + 1] & RECORD_CHANGED) return false;
  record_push_root(L, s->slot, r);
  bool repeats = field_repeats(L, lua_gettop(L), r->root, r->index) != NULL;
  lua_pop(L, 1);
  if (repeats) return false;
  size_t end = json_length(r->tape[r->index]);
  for (size_t i = r->index + 2u; i < end; i = json_skip(r->tape, i + 1))
    if (json_kind_of(r->tape[i + 1]) != JSON_NULL) ++*count;
  return true;
}

/* Fields or elements that count: all but null fields. */
static size_t side_count (lua_State *L, const struct side *s) {
  size_t count = 0;
  if (s->record != NULL) {
    if (record_is_array(s->record)) return record_length(L, s->slot, s->record);
    if (count_in_text(L, s, &count)) return count;
    struct record_walk walk = {.position = 0};
    for (; record_walk_next(L, s->slot, s->record, &walk); lua_pop(L, 2)) count++;
    return count;
  }
  lua_pushnil(L);
  while (lua_next(L, s->slot)) {
    if (lua_type(L, -2) != LUA_TSTRING || !null_is(L, -1)) count++;
    lua_pop(L, 1);
  }
  return count;
}

/* Pushes the value at the key on `key`, nil where there is none. */
static void side_push (lua_State *L, const struct side *s, int key) {
  if (s->record == NULL) {
    lua_pushvalue(L, key);
    lua_rawget(L, s->slot);
  } else if (record_is_array(s->record)) {
    lua_Integer i = lua_isinteger(L, key) ? lua_tointeger(L, key) : 0;
    if (i >= 1 && (lua_Unsigned)i <= record_length(L, s->slot, s->record))
      record_push_element(L, s->slot, s->record, (size_t)i);
    else
      lua_pushnil(L);
  } else if (lua_type(L, key) == LUA_TSTRING)
    record_push_field(L, s->slot, s->record, key);
  else
    lua_pushnil(L);
}

/* Compares what b has at the key and value at the top of the stack; leaves the
 * stack as it was. A null field of a is as a missing one: nothing to compare. */
static bool equal_member (lua_State *L, const struct side *b, int depth) {
  int key = lua_gettop(L) - 1;
  bool field = lua_type(L, key) == LUA_TSTRING;
  if (field && null_is(L, key + 1)) return true;
  side_push(L, b, key);
  bool equal = equal_at(L, key + 1, key + 2, depth);
  lua_settop(L, key + 1);
  return equal;
}

static bool equal_containers (lua_State *L, const struct side *a, const struct side *b,
                              int depth) {
  if (depth > RECORD_EQUAL_DEPTH)
    luaL_error(L, "values nested deeper than %d levels cannot be compared",
               RECORD_EQUAL_DEPTH);
  luaL_checkstack(L, 20, "too deeply nested");
  /* Tables that hold one another twice take twice as long with each level. */
  limits_pay(L, &state_find(L)->limits, COMPARED);
  if (side_is_array(L, a) != side_is_array(L, b)) return false;
  if (side_count(L, a) != side_count(L, b)) return false;
  if (a->record != NULL) {
    struct record_walk walk = {.position = 0};
    while (record_walk_next(L, a->slot, a->record, &walk)) {
      if (!equal_member(L, b, depth)) return false;
      lua_pop(L, 2);
    }
    return true;
  }
  lua_pushnil(L);
  while (lua_next(L, a->slot)) {
    if (!equal_member(L, b, depth)) return false;
    lua_pop(L, 1);
  }
  return true;
}

static bool same_text (const struct record *a, const struct record *b) {
  const uint64_t touched = RECORD_CHANGED | RECORD_INSIDE;
  if ((a->tape[a->index + 1] | b->tape[b->index + 1]) & touched) return false;
  struct slice x = record_slice(a->text, a->tape, a->index);
  struct slice y = record_slice(b->text, b->tape, b->index);
  return x.length == y.length && memcmp(x.bytes, y.bytes, x.length) == 0;
}

static bool equal_at (lua_State *L, int a, int b, int depth) {
  if (lua_rawequal(L, a, b)) return true;
  if (lua_type(L, a) == LUA_TNUMBER && lua_type(L, b) == LUA_TNUMBER) {
    lua_Number x = lua_tonumber(L, a), y = lua_tonumber(L, b);
    return x != x && y != y; /* NaN equals NaN */
  }
  struct side x = side_of(L, a), y = side_of(L, b);
  if (x.record == NULL && !lua_istable(L, a)) return false;
  if (y.record == NULL && !lua_istable(L, b)) return false;
  if (x.record != NULL && y.record != NULL) {
    if (x.record->root == y.record->root && x.record->index == y.record->index) return true;
    if (same_text(x.record, y.record)) return true;
  }
  int top = lua_gettop(L);
  bool equal = equal_containers(L, &x, &y, depth + 1);
  lua_settop(L, top);
  return equal;
}

bool record_equal (lua_State *L, int a, int b) {
  return equal_at(L, lua_absindex(L, a), lua_absindex(L, b), 0);
}

/* Lua asks for two userdata, of which one is a record. */
int record_equal_metamethod (lua_State *L) {
  lua_settop(L, 2);
  lua_pushboolean(L, record_equal(L, 1, 2));
  return 1;
}
