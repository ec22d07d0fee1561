/* SPDX-License-Identifier: MIT
 * order.c - the order of items; the rules are in order.h.
 *
 * A list, or several keys, become bytes that memcmp puts in order. Each value is a tag and bytes
 * of which none is the beginning of another's, so they can stand one behind the other:
 *
 *   END, FALSE, TRUE, LAST   nothing more
 *   NUMBER                   the word of the nearest double, and what it leaves + 2^15
 *   STRING                   its bytes, 0 as 0 255; then 0 0
 *   LIST                     its elements, END
 *
 * Descending, all bits are inverted but those of LAST, which stays behind everything but the END
 * of a list.
 */
#include "order.h"

#include <lauxlib.h>

#include "binding/json.h"
#include "binding/json_buffer.h"
#include "binding/record.h"
#include "argument.h"
#include "failure.h"

enum tag { END = 0x00, FALSE = 0x10, TRUE = 0x11, NUMBER = 0x20, STRING = 0x30, LIST = 0x40,
           LAST = 0xf0 };

/* Lists inside lists are compared to this depth, as equality is. */
#define DEPTH RECORD_EQUAL_DEPTH

int order_compare_texts (const struct order_key *a, const struct order_key *b) {
  int order = memcmp(a->text, b->text, a->length < b->length ? a->length : b->length);
  if (order == 0) order = (a->length > b->length) - (a->length < b->length);
  return a->rank == ORDER_STRING_DOWN ? -order : order;
}

/* --- lists as bytes --- */

struct writer {
  lua_State *L;
  struct json_buffer *buffer;
  unsigned char mask; /* 255: descending */
};

static bool write_value (struct writer *w, int index, int depth);

static void put (struct writer *w, const void *bytes, size_t length) {
  if (!json_buffer_reserve(w->buffer, length)) failure_raise_memory(w->L);
  const unsigned char *from = bytes;
  char *to = w->buffer->bytes + w->buffer->length;
  for (size_t i = 0; i < length; i++) to[i] = (char)(from[i] ^ w->mask);
  w->buffer->length += length;
}

static void put_tag (struct writer *w, enum tag tag) {
  unsigned char byte = (unsigned char)tag;
  if (tag == LAST) byte ^= w->mask;
  put(w, &byte, 1);
}

static void write_number (struct writer *w, int index) {
  struct order_key key;
  unsigned char bytes[11] = { NUMBER };
  if (lua_isinteger(w->L, index)) order_read_integer(lua_tointeger(w->L, index), false, &key);
  else order_read_number(lua_tonumber(w->L, index), false, &key);
  if (key.rank == ORDER_LAST) {
    put_tag(w, LAST);
    return;
  }
  for (int i = 0; i < 8; i++) bytes[1 + i] = (unsigned char)(key.word >> (56 - 8 * i) & 255);
  uint64_t rest = (uint64_t)(key.rest + 0x8000); /* within half the distance of two doubles */
  bytes[9] = (unsigned char)(rest >> 8 & 255);
  bytes[10] = (unsigned char)(rest & 255);
  put(w, bytes, sizeof bytes);
}

static void write_string (struct writer *w, int index) {
  size_t length;
  const char *text = lua_tolstring(w->L, index, &length), *end = text + length, *zero;
  put_tag(w, STRING);
  for (; (zero = memchr(text, 0, (size_t)(end - text))) != NULL; text = zero + 1) {
    put(w, text, (size_t)(zero - text));
    put(w, "\0\xff", 2);
  }
  put(w, text, (size_t)(end - text));
  put(w, "\0\0", 2);
}

/* Number of elements of the list at `index`; false: it is none. */
static bool list_length (lua_State *L, int index, size_t *length) {
  if (record_kind_at(L, index) == RECORD_ARRAY) {
    *length = record_array_length(L, index);
    return true;
  }
  if (!lua_istable(L, index)) return false;
  *length = (size_t)lua_rawlen(L, index);
  if (*length > 0 || array_is_marked(L, index)) return true;
  lua_pushnil(L);
  if (!lua_next(L, index)) return true;
  lua_pop(L, 2);
  return false;
}

static void push_name (lua_State *L, int index) {
  switch (record_kind_at(L, index)) {
    case RECORD_OBJECT: lua_pushliteral(L, "a record"); return;
    case RECORD_ARRAY: lua_pushliteral(L, "a list"); return;
    case RECORD_NONE: break;
  }
  if (lua_istable(L, index)) lua_pushliteral(L, "a table that is no list");
  else lua_pushfstring(L, "a %s", argument_type(L, index));
}

/* `depth`: lists around it. */
static bool write_list (struct writer *w, int index, size_t length, int depth) {
  lua_State *L = w->L;
  bool is_table = lua_istable(L, index);
  if (depth >= DEPTH) {
    lua_pushfstring(L, "a list nested deeper than %d levels", DEPTH);
    return false;
  }
  luaL_checkstack(L, 10, "too deeply nested");
  put_tag(w, LIST);
  for (size_t i = 1; i <= length; i++) {
    if (is_table) lua_rawgeti(L, index, (lua_Integer)i);
    else record_array_push(L, index, i);
    if (!write_value(w, lua_gettop(L), depth + 1)) return false;
    lua_pop(L, 1);
  }
  put_tag(w, END);
  return true;
}

/* False: what has no order is named by the string on top. */
static bool write_value (struct writer *w, int index, int depth) {
  lua_State *L = w->L;
  size_t length;
  switch (lua_type(L, index)) {
    case LUA_TNIL: put_tag(w, LAST); return true;
    case LUA_TBOOLEAN: put_tag(w, lua_toboolean(L, index) ? TRUE : FALSE); return true;
    case LUA_TNUMBER: write_number(w, index); return true;
    case LUA_TSTRING: write_string(w, index); return true;
    default: break;
  }
  if (null_is(L, index)) {
    put_tag(w, LAST);
    return true;
  }
  if (list_length(L, index, &length)) return write_list(w, index, length, depth);
  push_name(L, index);
  if (depth > 0) {
    lua_pushliteral(L, " in a list");
    lua_concat(L, 2);
  }
  return false;
}

/* Pushes the bytes of `count` values as one list, or of a list by itself. */
static bool read_bytes (lua_State *L, int first, int count, bool by_itself, uint64_t descending,
                        struct order_key *key) {
  struct json_scratch *scratch = json_scratch_push(L);
  struct writer w = { L, &scratch->buffer, (descending & 1) != 0 ? 255 : 0 };
  int top = lua_gettop(L);
  bool good = true;
  if (!by_itself) put_tag(&w, LIST);
  for (int i = 0; i < count && good; i++) {
    int bit = i < ORDER_DIRECTIONS ? i : ORDER_DIRECTIONS - 1;
    w.mask = (descending >> bit & 1) != 0 ? 255 : 0;
    good = write_value(&w, first + i, 0);
  }
  if (good && !by_itself) put_tag(&w, END);
  if (good) lua_pushlstring(L, scratch->buffer.bytes, scratch->buffer.length);
  json_scratch_done(scratch);
  lua_replace(L, top);
  lua_settop(L, top);
  if (!good) return false;
  *key = (struct order_key){ .rank = ORDER_LIST };
  key->text = lua_tolstring(L, -1, &key->length);
  key->word = order_word_of_text(key->text, key->length);
  return true;
}

bool order_read_several (lua_State *L, int first, int count, uint64_t descending,
                         struct order_key *key) {
  return read_bytes(L, first, count, false, descending, key);
}

/* --- any value --- */

static bool read_list (lua_State *L, bool descending, struct order_key *key) {
  int index = lua_gettop(L);
  bool good = read_bytes(L, index, 1, true, descending ? ~UINT64_C(0) : 0, key);
  lua_replace(L, index);
  return good;
}

bool order_read (lua_State *L, bool descending, struct order_key *key) {
  switch (lua_type(L, -1)) {
    case LUA_TNUMBER: {
      lua_Number n = lua_tonumberx(L, -1, NULL);
      bool exact = n < 0x1p53 && n > -0x1p53;
      if (exact || !lua_isinteger(L, -1)) order_read_number(n, descending, key);
      else order_read_integer(lua_tointegerx(L, -1, NULL), descending, key);
      return true;
    }
    case LUA_TSTRING:
      *key = (struct order_key){ .rank = descending ? ORDER_STRING_DOWN : ORDER_STRING };
      key->text = lua_tolstring(L, -1, &key->length);
      key->word = order_word_of_text(key->text, key->length);
      if (descending) key->word = ~key->word;
      return true;
    case LUA_TBOOLEAN: {
      uint64_t word = (uint64_t)lua_toboolean(L, -1);
      *key = descending ? (struct order_key){ ORDER_BOOLEAN_DOWN, ~word, 0, NULL, 0 }
                        : (struct order_key){ ORDER_BOOLEAN, word, 0, NULL, 0 };
      return true;
    }
    default:
      if (!order_is_last(L, -1)) return read_list(L, descending, key);
      *key = (struct order_key){ .rank = ORDER_LAST };
      return true;
  }
}

verdict order_fail (struct flow *f, bool keyed) {
  const char *name = lua_tostring(f->L, -1), *op = f->stage->op->name;
  return keyed ? flow_fail(f, LEAT_E_ITEM, "the key is %s, which has no order; %s takes numbers, "
                                           "strings, booleans and lists of these for keys",
                           name, op)
               : flow_fail(f, LEAT_E_ITEM, "%s has no order; %s compares numbers, strings, "
                                           "booleans and lists of these, or what a key such as "
                                           "\"user.name\" finds", name, op);
}

verdict order_read_item (struct flow *f, bool descending, struct order_key *key) {
  lua_State *L = f->L;
  if (f->item.kind == ITEM_VALUE && f->item.count > 1)
    return order_read_several(L, f->item.at, f->item.count, descending ? ~UINT64_C(0) : 0, key)
               ? V_PASS
               : order_fail(f, false);
  flow_push_item(f);
  return order_read(L, descending, key) ? V_PASS : order_fail(f, false);
}

/* --- values on the stack --- */

bool order_is_last (lua_State *L, int index) {
  if (lua_type(L, index) == LUA_TNUMBER) {
    lua_Number n = lua_tonumber(L, index);
    return n != n;
  }
  return lua_isnil(L, index) || null_is(L, index);
}
