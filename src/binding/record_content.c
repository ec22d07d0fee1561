/* SPDX-License-Identifier: MIT
 * record_content.c - what is in a record or a table as bytes: equal bytes for what record_equal
 * calls equal, and for nothing else.
 *
 * Each value is a tag and its bytes, self-delimiting. A container is its members, each a key and a
 * value, sorted by their bytes; positions are written so that they sort as they count, and a list
 * is in order already. Recurses as deep as record_equal looks, RECORD_EQUAL_DEPTH, and no further.
 */
#include <lauxlib.h>
#include <lua.h>
#include <string.h>

#include "core/failure.h"
#include "json.h"
#include "record_data.h"

static bool value (lua_State *L, int slot, struct json_buffer *b, int depth,
                   const char **problem);

static void append (lua_State *L, struct json_buffer *b, const void *bytes, size_t length) {
  if (!json_buffer_append(b, bytes, length)) failure_raise_memory(L);
}

static void append_tag (lua_State *L, struct json_buffer *b, char tag) { append(L, b, &tag, 1); }

static void append_integer (lua_State *L, struct json_buffer *b, lua_Integer i) {
  char bytes[9] = { 'i' };
  uint64_t x = (uint64_t)i ^ UINT64_C(1) << 63; /* negative ones first */
  for (int k = 8; k >= 1; k--, x >>= 8) bytes[k] = (char)(x & 0xff);
  append(L, b, bytes, sizeof bytes);
}

static void append_number (lua_State *L, struct json_buffer *b, int slot) {
  lua_Integer i;
  lua_Number n = lua_tonumber(L, slot);
  if (lua_isinteger(L, slot)) append_integer(L, b, lua_tointeger(L, slot));
  else if (lua_numbertointeger(n, &i) && (lua_Number)i == n) append_integer(L, b, i);
  else if (n != n) append_tag(L, b, 'a');
  else {
    append_tag(L, b, 'n');
    append(L, b, &n, sizeof n);
  }
}

static void append_string (lua_State *L, struct json_buffer *b, int slot) {
  size_t length;
  const char *bytes = lua_tolstring(L, slot, &length);
  append_tag(L, b, 's');
  append(L, b, &length, sizeof length);
  append(L, b, bytes, length);
}

/* Numbers, strings, booleans; false: it is none of them. */
static bool scalar (lua_State *L, int slot, struct json_buffer *b) {
  switch (lua_type(L, slot)) {
    case LUA_TBOOLEAN: append_tag(L, b, lua_toboolean(L, slot) ? '1' : '0'); return true;
    case LUA_TNUMBER: append_number(L, b, slot); return true;
    case LUA_TSTRING: append_string(L, b, slot); return true;
    default: return false;
  }
}

/* The members of one container: slices of the buffer, one behind the other from `start` on. */
struct members {
  size_t start;     /* in the buffer */
  size_t first_key; /* in b->keys: lengths of this container's slices */
  bool in_order;
};

static void note_member (lua_State *L, struct json_buffer *b, struct members *m, size_t at) {
  size_t length = b->length - at;
  if (!json_buffer_reserve_key(b)) failure_raise_memory(L);
  if (m->in_order && b->key_count > m->first_key) {
    size_t before = b->keys[b->key_count - 1].length;
    m->in_order = key_compare(b->bytes + at - before, before, b->bytes + at, length) < 0;
  }
  b->keys[b->key_count++] = (struct key_entry){ .length = length };
}

/* Sorts the members by their bytes. */
static void sort_members (lua_State *L, struct json_buffer *b, const struct members *m) {
  size_t count = b->key_count - m->first_key, size = b->length - m->start;
  if (!m->in_order) {
    if (!json_buffer_reserve(b, size)) failure_raise_memory(L);
    const char *at = b->bytes + m->start;
    for (size_t i = 0; i < count; i++) {
      b->keys[m->first_key + i].bytes = at;
      at += b->keys[m->first_key + i].length;
    }
    key_sort(b->keys + m->first_key, count);
    char *to = b->bytes + b->length;
    for (size_t i = 0; i < count; i++) {
      const struct key_entry *e = &b->keys[m->first_key + i];
      memcpy(to, e->bytes, e->length);
      to += e->length;
    }
    memcpy(b->bytes + m->start, b->bytes + b->length, size);
  }
  b->key_count = m->first_key;
}

/* The member whose key and value are on top. */
static bool member (lua_State *L, struct json_buffer *b, struct members *m, int depth,
                    const char **problem) {
  int key = lua_gettop(L) - 1;
  size_t at = b->length;
  if (lua_type(L, key) == LUA_TSTRING && null_is(L, key + 1)) return true; /* as if missing */
  if (!scalar(L, key, b)) {
    *problem = "a key inside it is no string, number or boolean";
    return false;
  }
  if (!value(L, key + 1, b, depth, problem)) return false;
  note_member(L, b, m, at);
  return true;
}

/* Bytes of one content: tables that share tables have each of them as often as there are ways to
 * it, which 40 levels of two make a million times a million. */
#define MOST ((size_t)1 << 27)

static bool container (lua_State *L, int slot, struct json_buffer *b, int depth,
                       const char **problem) {
  struct record *r = record_at(L, slot);
  if (b->length > MOST) {
    *problem = "it is longer than 128 MB, in which a table counts each time that it is inside";
    return false;
  }
  bool array = r != NULL ? record_is_array(r) : array_is_marked(L, slot);
  if (depth > RECORD_EQUAL_DEPTH) {
    *problem = "it is nested deeper than 100 levels";
    return false;
  }
  luaL_checkstack(L, 20, "too deeply nested");
  if (r == NULL && !array) {
    array = lua_rawgeti(L, slot, 1) != LUA_TNIL;
    lua_pop(L, 1);
  }
  json_buffer_pay(b, L);
  append_tag(L, b, array ? '[' : '{');
  struct members m = { b->length, b->key_count, true };
  if (r != NULL) {
    struct record_walk walk = {.position = 0};
    while (record_walk_next(L, slot, r, &walk)) {
      if (!member(L, b, &m, depth, problem)) return false;
      lua_pop(L, 2);
    }
  }
  else {
    lua_pushnil(L);
    while (lua_next(L, slot)) {
      if (!member(L, b, &m, depth, problem)) return false;
      lua_pop(L, 1);
    }
  }
  sort_members(L, b, &m);
  append_tag(L, b, ']');
  return true;
}

static bool value (lua_State *L, int slot, struct json_buffer *b, int depth,
                   const char **problem) {
  if (scalar(L, slot, b)) return true;
  if (lua_isnil(L, slot) || null_is(L, slot)) {
    append_tag(L, b, '-');
    return true;
  }
  if (lua_istable(L, slot) || record_at(L, slot) != NULL)
    return container(L, slot, b, depth + 1, problem);
  *problem = "a function or other value without content is inside it";
  return false;
}

const char *record_content (lua_State *L, int index, struct json_buffer *b) {
  const char *problem = NULL;
  int top = lua_gettop(L);
  b->key_count = 0;
  value(L, lua_absindex(L, index), b, 0, &problem);
  lua_settop(L, top);
  return problem;
}

const char *record_content_list (lua_State *L, int first, int count, struct json_buffer *b) {
  const char *problem = NULL;
  int top = lua_gettop(L);
  b->key_count = 0;
  append_tag(L, b, '[');
  for (int i = 0; i < count && problem == NULL; i++) {
    append_integer(L, b, i + 1);
    value(L, first + i, b, 0, &problem);
  }
  append_tag(L, b, ']');
  lua_settop(L, top);
  return problem;
}
