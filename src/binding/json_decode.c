/* SPDX-License-Identifier: MIT
 * json_decode.c - a tape to plain Lua tables; leat.json.decode.
 *
 * Tables are made with their final size, so none is ever rehashed. The walk does
 * not recurse: a container that is being filled waits on the Lua stack below the
 * one inside it,
 *
 *   table, state, [key,] table, state, [key,] table
 *
 * where state is an integer that packs the container's word index and how many
 * of its elements are in. The Lua stack is checked at each level, so the depth
 * the scanner was told is what limits it.
 */
#include <lauxlib.h>
#include <lua.h>
#include <math.h>
#include <string.h>

#include "bytes/number.h"
#include "core/failure.h"
#include "json.h"
#include "record_data.h"

static void push_escaped (lua_State *L, const char *raw, size_t length) {
  luaL_Buffer b;
  char *out = luaL_buffinitsize(L, &b, length);
  luaL_pushresultsize(&b, json_unescape(raw, length, out));
}

int64_t json_integer (const char *text, uint64_t word) {
  const char *at = text + json_at(word);
  size_t length = json_length(word);
  int64_t value = 0;
  if (length <= NUMBER_SHORT && json_at(word) + length >= NUMBER_SHORT && *at != '-')
    return number_read_short(at + length, length);
  number_read_integer(at, length, &value);
  return value;
}

void json_push_scalar (lua_State *L, const char *text, uint64_t word) {
  const char *at = text + json_at(word);
  size_t length = json_length(word);
  switch (json_kind_of(word)) {
    case JSON_FALSE: lua_pushboolean(L, 0); return;
    case JSON_TRUE: lua_pushboolean(L, 1); return;
    case JSON_STRING:
    case JSON_BYTES: lua_pushlstring(L, at, length); return;
    case JSON_ESCAPED: push_escaped(L, at, length); return;
    case JSON_INTEGER: lua_pushinteger(L, (lua_Integer)json_integer(text, word)); return;
    case JSON_FLOAT: {
      double value;
      /* Only text that was promised to be well formed gets here out of range. */
      if (!number_read_double(at, length, &value))
        value = *at == '-' ? -HUGE_VAL : HUGE_VAL;
      lua_pushnumber(L, (lua_Number)value);
      return;
    }
    default: null_push(L); return;
  }
}

/* The container being filled: its table is at the top of the stack. */
struct level {
  size_t index;    /* word index of the container */
  size_t end;      /* of the word after it */
  lua_Integer in;  /* elements already in (arrays) */
  bool is_array;
};

static struct level level_open (lua_State *L, const uint64_t *words, size_t index) {
  size_t count = record_count(words[index + 1]);
  bool is_array = json_kind_of(words[index]) == JSON_ARRAY;
  /* A size past int only costs the hint. */
  int size = count > (1u << 30) ? 1 << 30 : (int)count;
  if (is_array) {
    lua_createtable(L, size, 0);
    array_push_mark(L);
    lua_setmetatable(L, -2);
  } else
    lua_createtable(L, 0, size);
  return (struct level){index, json_length(words[index]), 0, is_array};
}

/* Elements are fewer than 2^30, as are word indices: both fit in one integer. */
static lua_Integer level_pack (const struct level *level) {
  return (lua_Integer)level->index << 31 | level->in;
}

static struct level level_unpack (const uint64_t *words, lua_Integer packed) {
  size_t index = (size_t)(packed >> 31);
  return (struct level){index, json_length(words[index]), packed & 0x7fffffff,
                        json_kind_of(words[index]) == JSON_ARRAY};
}

void json_push_words (lua_State *L, const uint64_t *words, const char *text,
                      size_t index) {
  luaL_checkstack(L, 8, "too deeply nested");
  if (!json_is_container(words[index])) {
    json_push_scalar(L, text, words[index]);
    return;
  }
  size_t depth = 0;
  struct level level = level_open(L, words, index);
  index += 2;
  for (;;) {
    if (index == level.end) { /* full: goes into the one it was opened in */
      if (depth-- == 0) return;
      size_t inner = level.index;
      if (lua_type(L, -2) == LUA_TSTRING) { /* table, state, key, inner */
        level = level_unpack(words, lua_tointeger(L, -3));
        lua_rawset(L, -4);
      } else {                              /* table, state, inner */
        level = level_unpack(words, lua_tointeger(L, -2));
        lua_rawseti(L, -3, ++level.in);
      }
      lua_pop(L, 1);
      index = json_length(words[inner]);
      continue;
    }
    if (level.is_array) {
      if (!json_is_container(words[index])) {
        json_push_scalar(L, text, words[index++]);
        lua_rawseti(L, -2, ++level.in);
        continue;
      }
      luaL_checkstack(L, 8, "too deeply nested");
      lua_pushinteger(L, level_pack(&level));
    } else {
      uint64_t value = words[index + 1];
      if (!json_is_container(value)) {
        json_push_scalar(L, text, words[index]);
        /* A null removes what an earlier member of the same name left. */
        if (json_kind_of(value) == JSON_NULL)
          lua_pushnil(L);
        else
          json_push_scalar(L, text, value);
        lua_rawset(L, -3);
        index += 2;
        continue;
      }
      luaL_checkstack(L, 8, "too deeply nested");
      lua_pushinteger(L, level_pack(&level));
      json_push_scalar(L, text, words[index++]);
    }
    level = level_open(L, words, index);
    index += 2;
    depth++;
  }
}

/* ------------------------------------------------------------------------
 * leat.json.decode
 * ------------------------------------------------------------------------ */

/* Memory of one decode, kept for the next: an upvalue of the function. */
struct scratch {
  struct memory memory;
  struct json_tape tape;
  char *text;
  size_t capacity;
};

/* Scratch memory larger than this is not kept. */
#define SCRATCH_KEEP ((size_t)2 << 20)

static void scratch_empty (struct scratch *s) {
  json_tape_free(&s->tape);
  memory_free(&s->memory, s->text, s->capacity);
  s->text = NULL;
  s->capacity = 0;
}

static int l_scratch_gc (lua_State *L) {
  struct scratch *s = lua_touserdata(L, 1);
  if (s != NULL) scratch_empty(s);
  return 0;
}

/* Pushes it, with the metatable at `metatable`. */
static struct scratch *scratch_push (lua_State *L, int metatable) {
  struct scratch *s = lua_newuserdatauv(L, sizeof *s, 0);
  memset(s, 0, sizeof *s);
  s->memory.alloc = lua_getallocf(L, &s->memory.ud);
  s->tape.memory = &s->memory;
  lua_pushvalue(L, metatable);
  lua_setmetatable(L, -2);
  return s;
}

#define UV_SCRATCH lua_upvalueindex(1)
#define UV_SCRATCH_META lua_upvalueindex(2)

static int decode_error (lua_State *L, struct scratch *s, const struct leat_error *e) {
  scratch_empty(s);
  if (e->code == LEAT_E_MEMORY) return failure_raise_memory(L);
  return luaL_error(L, "leat.json.decode: line %I, column %I: %s", (LUAI_UACINT)e->line,
                    (LUAI_UACINT)e->column, e->message);
}

static int l_decode (lua_State *L) {
  size_t length;
  const char *text = luaL_checklstring(L, 1, &length);
  struct scratch *s = lua_touserdata(L, UV_SCRATCH);
  if (s == NULL) s = scratch_push(L, UV_SCRATCH_META);
  else { /* nobody's while it is used: an error leaves it to the collector, and a finalizer that
          * decodes while tables are made here takes another */
    lua_pushvalue(L, UV_SCRATCH);
    lua_pushnil(L);
    lua_replace(L, UV_SCRATCH);
  }
  int scratch = lua_gettop(L);
  struct leat_error e = {.code = LEAT_OK};
  if (length > JSON_MAX_TEXT)
    return luaL_error(L, "leat.json.decode: the text is longer than 2^30 bytes");
  if (s->capacity < length + JSON_PADDING) {
    size_t capacity = length + JSON_PADDING + length / 4;
    char *grown = memory_resize(&s->memory, s->text, s->capacity, capacity);
    e.code = LEAT_E_MEMORY;
    if (grown == NULL) return decode_error(L, s, &e);
    s->text = grown;
    s->capacity = capacity;
  }
  memcpy(s->text, text, length);
  memset(s->text + length, 0, JSON_PADDING);
  static const struct json_options options = {.max_depth = JSON_DEFAULT_DEPTH};
  e.code = json_scan(&s->tape, s->text, length, &options, &e);
  if (e.code != LEAT_OK) return decode_error(L, s, &e);
  json_push_words(L, s->tape.words, s->text, 0);
  if (s->capacity + s->tape.capacity * sizeof *s->tape.words > SCRATCH_KEEP) scratch_empty(s);
  lua_pushvalue(L, scratch);
  lua_replace(L, UV_SCRATCH);
  return 1;
}

void json_push_decode (lua_State *L) {
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, l_scratch_gc);
  lua_setfield(L, -2, "__gc");
  scratch_push(L, lua_gettop(L));
  lua_insert(L, -2);
  lua_pushcclosure(L, l_decode, 2);
}
