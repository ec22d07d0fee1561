/* SPDX-License-Identifier: MIT
 * record_make.c - records made out of parts of others; the contract is in record_make.h.
 *
 * A part of a tape is moved by adding two constants to its words: one to offsets in the
 * text, one to indices of words. The changes of a container that is moved are copied under
 * its new word.
 */
#include "record_make.h"

#include <lauxlib.h>
#include <string.h>

#include "core/failure.h"
#include "json.h"
#include "number.h"
#include "record_data.h"

void record_maker_open (lua_State *L, struct record_maker *m) {
  memset(m, 0, sizeof *m);
  m->memory.alloc = lua_getallocf(L, &m->memory.ud);
  m->text.memory = m->name.memory = m->tape.memory = &m->memory;
}

void record_maker_free (struct record_maker *m) {
  json_buffer_free(&m->text);
  json_buffer_free(&m->name);
  json_tape_free(&m->tape);
}

/* ------------------------------------------------------------------------
 * Text and words
 * ------------------------------------------------------------------------ */

static void append (lua_State *L, struct record_maker *m, const char *bytes, size_t length) {
  if (!json_buffer_append(&m->text, bytes, length)) failure_raise_memory(L);
}

/* Makes room for `more` words. */
static uint64_t *reserve (lua_State *L, struct record_maker *m, size_t more) {
  struct json_tape *tape = &m->tape;
  if (tape->capacity - tape->count < more) {
    uint64_t *words = json_buffer_grow_array(&m->text, tape->words, &tape->capacity,
                                             tape->count + more, sizeof *words);
    if (words == NULL) failure_raise_memory(L);
    tape->words = words;
  }
  return tape->words + tape->count;
}

static void append_word (lua_State *L, struct record_maker *m, size_t at, size_t length,
                         enum json_kind kind) {
  *reserve(L, m, 1) = json_word(at, length, kind);
  m->tape.count++;
}

/* Pushes the table of what is assigned to the new root. */
static void push_changes (lua_State *L, const struct record_maker *m) {
  lua_pushvalue(L, m->slot);
  if (lua_istable(L, -1)) return;
  lua_pop(L, 1);
  lua_newtable(L);
  lua_pushvalue(L, -1);
  lua_replace(L, m->slot);
}

/* Copies the changes of the container at word `from` of the record at `slot` for the one at
 * word `to` of the new tape. */
static void copy_changes (lua_State *L, struct record_maker *m, int slot,
                          const struct record *r, size_t from, size_t to) {
  luaL_checkstack(L, 10, NULL);
  int top = lua_gettop(L);
  record_push_root(L, slot, r);
  record_push_changes(L, top + 1, from);
  push_changes(L, m);
  int target = top + 3;
  if (to != 0) {
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_rawseti(L, target, -(lua_Integer)to);
    target++;
  }
  lua_pushnil(L);
  while (lua_next(L, top + 2)) {
    /* A root's table has those of inner containers, and indexes, beside its own. */
    bool own = lua_type(L, -2) == LUA_TSTRING ||
               (lua_isinteger(L, -2) && lua_tointeger(L, -2) > 0);
    if (own) {
      lua_pushvalue(L, -2);
      lua_insert(L, -2);
      lua_rawset(L, target);
    }
    else
      lua_pop(L, 1);
  }
  lua_settop(L, top);
}

/* Appends the words [from, to) of r's tape, whose text begins at byte `text` there and has
 * been put to byte `at` of the new one. */
static void append_words (lua_State *L, struct record_maker *m, int slot,
                          const struct record *r, size_t from, size_t to, size_t text,
                          size_t at) {
  uint64_t *out = reserve(L, m, to - from);
  uint64_t moved = (uint64_t)at - (uint64_t)text;
  uint64_t shifted = (uint64_t)m->tape.count - (uint64_t)from;
  size_t base = m->tape.count;
  bool changed = false;
  for (size_t i = from; i < to; i++) {
    uint64_t word = r->tape[i] + (moved << 34);
    if (!json_is_container(word)) {
      *out++ = word;
      continue;
    }
    uint64_t second = r->tape[++i];
    changed = changed || (second & RECORD_CHANGED) != 0;
    m->flags |= second & (RECORD_CHANGED | RECORD_INSIDE) ? RECORD_INSIDE : 0;
    *out++ = word + (shifted << 4);
    *out++ = (second & ~RECORD_INDEXED) + (moved << 32);
  }
  m->tape.count = base + (to - from);
  if (!changed) return;
  for (size_t i = from; i < to; i++) {
    if (!json_is_container(r->tape[i])) continue;
    if (r->tape[i + 1] & RECORD_CHANGED)
      copy_changes(L, m, slot, r, i, base + (i - from));
    i++;
  }
}

/* Appends a string, quoted; false: it is not UTF-8, and nothing is appended. */
static bool append_string (lua_State *L, struct record_maker *m, const char *bytes,
                           size_t length) {
  size_t bad;
  if (length > JSON_MAX_TEXT) return false;
  if (!json_buffer_reserve(&m->text, json_quoted_bound(length)))
    failure_raise_memory(L);
  size_t at = m->text.length;
  reserve(L, m, 1);
  size_t written = json_quote(bytes, length, m->text.bytes + at, &bad);
  if (written == 0) return false;
  m->text.length += written;
  append_word(L, m, at + 1, written - 2, written == length + 2 ? JSON_STRING : JSON_ESCAPED);
  return true;
}

/* Appends the value at `word` of the record `r` at `slot` as it is. */
static void append_value (lua_State *L, struct record_maker *m, int slot,
                          const struct record *r, size_t word) {
  struct slice slice = record_slice(r->text, r->tape, word);
  if (json_kind_of(r->tape[word]) == JSON_BYTES) {
    if (!append_string(L, m, slice.bytes, slice.length)) luaL_error(L, "not valid UTF-8");
    return;
  }
  size_t at = m->text.length;
  append(L, m, slice.bytes, slice.length);
  append_words(L, m, slot, r, word, json_skip(r->tape, word), (size_t)(slice.bytes - r->text),
               at);
}

/* ------------------------------------------------------------------------
 * Members
 * ------------------------------------------------------------------------ */

void record_maker_begin (lua_State *L, struct record_maker *m) {
  m->text.length = 0;
  m->tape.count = 0;
  m->count = 0;
  m->flags = 0;
  lua_pushnil(L);
  m->slot = lua_gettop(L);
  append(L, m, "{", 1);
  reserve(L, m, 2);
  m->tape.count = 2;
}

/* Pushes the record of what has been written into the slot. */
static void finish (lua_State *L, struct record_maker *m) {
  record_push_line(L, record_metatable(L), &m->tape, m->text.bytes, m->text.length);
  if (lua_istable(L, m->slot)) {
    lua_pushvalue(L, m->slot);
    lua_setiuservalue(L, -2, RECORD_OWNER);
  }
  lua_replace(L, m->slot);
  lua_settop(L, m->slot);
}

static bool is_too_large (const struct record_maker *m) {
  return m->text.length >= JSON_MAX_TEXT || m->tape.count >= JSON_MAX_TEXT;
}

enum record_made record_maker_end (lua_State *L, struct record_maker *m) {
  append(L, m, "}", 1);
  if (is_too_large(m)) return RECORD_TOO_LARGE;
  m->tape.words[0] = json_word(0, m->tape.count, JSON_OBJECT);
  m->tape.words[1] = (uint64_t)m->text.length << 32 | m->count | m->flags;
  finish(L, m);
  return RECORD_MADE;
}

/* Appends what is before a value: the name, and a comma before it. */
static bool begin_member (lua_State *L, struct record_maker *m, const char *name,
                          size_t length) {
  if (m->count++ > 0) append(L, m, ",", 1);
  if (!append_string(L, m, name, length)) return false;
  append(L, m, ":", 1);
  return true;
}

static bool begin_member_at (lua_State *L, struct record_maker *m, int name) {
  size_t length;
  const char *bytes = lua_tolstring(L, name, &length);
  return begin_member(L, m, bytes, length);
}

/* The same with the name at word `key` of `r`, as it is written there. */
static void begin_member_as (lua_State *L, struct record_maker *m, int slot,
                             const struct record *r, size_t key) {
  if (m->count++ > 0) append(L, m, ",", 1);
  append_value(L, m, slot, r, key);
  append(L, m, ":", 1);
}

static bool append_number (lua_State *L, struct record_maker *m, int value) {
  char text[NUMBER_MAX_TEXT];
  lua_Number x = lua_tonumber(L, value);
  bool is_integer = lua_isinteger(L, value);
  if (!is_integer && x - x != 0) return false;
  size_t length = is_integer ? number_write_integer(lua_tointeger(L, value), text)
                             : number_write_double(x, text);
  append_word(L, m, m->text.length, length, is_integer ? JSON_INTEGER : JSON_FLOAT);
  append(L, m, text, length);
  return true;
}

static void append_null (lua_State *L, struct record_maker *m) {
  append_word(L, m, m->text.length, 4, JSON_NULL);
  append(L, m, "null", 4);
}

/* Appends the value at `value` as text; false: it has none, and nothing is appended. */
static bool append_text (lua_State *L, struct record_maker *m, int value) {
  size_t length;
  const char *bytes;
  const struct record *r;
  switch (lua_type(L, value)) {
    case LUA_TNUMBER: return append_number(L, m, value);
    case LUA_TSTRING:
      bytes = lua_tolstring(L, value, &length);
      return append_string(L, m, bytes, length);
    case LUA_TBOOLEAN:
      length = lua_toboolean(L, value) ? 4 : 5;
      append_word(L, m, m->text.length, length, length == 4 ? JSON_TRUE : JSON_FALSE);
      append(L, m, length == 4 ? "true" : "false", length);
      return true;
    case LUA_TUSERDATA:
      if ((r = record_at(L, value)) != NULL) {
        append_value(L, m, value, r, r->index);
        return true;
      }
      if (!null_is(L, value)) return false;
      append_null(L, m);
      return true;
    default: return false;
  }
}

/* Ends the member named by the string at `name` with a Lua value. */
static void end_member (lua_State *L, struct record_maker *m, int name, int value) {
  if (append_text(L, m, value)) return;
  append_null(L, m); /* keeps its place */
  luaL_checkstack(L, 4, NULL);
  push_changes(L, m);
  lua_pushvalue(L, name);
  lua_pushvalue(L, value);
  lua_rawset(L, -3);
  lua_pop(L, 1);
  m->flags |= RECORD_CHANGED;
}

enum record_made record_maker_add (lua_State *L, struct record_maker *m, int name, int value) {
  if (!begin_member_at(L, m, name)) return RECORD_NOT_UTF8;
  end_member(L, m, name, value);
  return RECORD_MADE;
}

enum record_made record_maker_add_field (lua_State *L, struct record_maker *m, int name,
                                         int index, int key) {
  struct record *r = record_at(L, index);
  enum record_made made = RECORD_MADE;
  luaL_checkstack(L, 10, NULL);
  int top = lua_gettop(L);
  size_t word = record_text_of(L, index, r, key);
  if (word == 0) {
    record_push_field(L, index, r, key);
    if (!lua_isnil(L, -1)) made = record_maker_add(L, m, name, top + 1);
  }
  else if (begin_member_at(L, m, name))
    append_value(L, m, index, r, word);
  else
    made = RECORD_NOT_UTF8;
  lua_settop(L, top);
  return made;
}

enum record_made record_maker_members (lua_State *L, struct record_maker *m, int index,
                                       int edits, int values) {
  struct record *r = record_at(L, index);
  struct record_walk walk = {0};
  struct record_member member;
  luaL_checkstack(L, 14, NULL);
  int name = lua_gettop(L) + 1, value = name + 1;
  while (record_walk_member(L, index, r, &walk, &member)) {
    if (edits != 0) {
      lua_pushvalue(L, name);
      switch (lua_rawget(L, edits)) {
        case LUA_TBOOLEAN:
          lua_settop(L, name - 1);
          continue;
        case LUA_TSTRING:
          lua_replace(L, name);
          member.key = 0;
          break;
        case LUA_TNUMBER:
          lua_pushvalue(L, values + (int)lua_tointeger(L, -1));
          lua_replace(L, value);
          member.value = 0;
          break;
        default: break;
      }
      lua_settop(L, value);
    }
    if (member.value != 0 || !lua_isnil(L, value)) {
      if (member.key != 0) begin_member_as(L, m, index, r, member.key);
      else if (!begin_member_at(L, m, name)) return RECORD_NOT_UTF8;
      if (member.value != 0) append_value(L, m, index, r, member.value);
      else end_member(L, m, name, value);
    }
    lua_settop(L, name - 1);
  }
  return RECORD_MADE;
}

/* ------------------------------------------------------------------------
 * Whole containers
 * ------------------------------------------------------------------------ */

static void begin_whole (lua_State *L, struct record_maker *m) {
  record_maker_begin(L, m);
  m->text.length = 0;
  m->tape.count = 0;
}

enum record_made record_maker_copy (lua_State *L, struct record_maker *m, int index) {
  const struct record *r = record_at(L, index);
  begin_whole(L, m);
  append_value(L, m, index, r, r->index);
  finish(L, m);
  return RECORD_MADE;
}

bool record_is_part_of (lua_State *L, int index, int whole) {
  const struct record *part = record_at(L, index), *r = record_at(L, whole);
  return part != NULL && r != NULL && part->root == r->root;
}

/* Was something assigned to what the step on top (popped) leads to from the container at `word`,
 * in the text of the record `r` at `index`? */
static bool is_assigned (lua_State *L, int index, const struct record *r, size_t word) {
  int step = lua_gettop(L);
  bool assigned = false;
  if (r->tape[word + 1] & RECORD_CHANGED) {
    record_push_root(L, index, r);
    record_push_changes(L, step + 1, word);
    lua_pushvalue(L, step);
    assigned = lua_rawget(L, -2) != LUA_TNIL;
  }
  lua_settop(L, step - 1);
  return assigned;
}

/* The word of what the text has where the step on top leads to from the container at `word`; 0:
 * nothing. */
static size_t step_in_text (lua_State *L, const struct record *r, size_t word) {
  bool named = lua_type(L, -1) == LUA_TSTRING;
  size_t length, count = record_count(r->tape[word + 1]), found = word + 2;
  if (json_kind_of(r->tape[word]) != (named ? JSON_OBJECT : JSON_ARRAY)) return 0;
  if (named) {
    const char *name = lua_tolstring(L, -1, &length);
    return field_search(r->text, r->tape, word, name, length);
  }
  lua_Integer i = lua_tointeger(L, -1);
  if (i < 0) i += (lua_Integer)count + 1;
  if (i < 1 || (lua_Unsigned)i > count || r->tape[word + 1] & RECORD_CHANGED) return 0;
  while (--i > 0) found = json_skip(r->tape, found);
  return found;
}

bool record_array_find (lua_State *L, int index, int path, struct record_array *a) {
  const struct record *r = record_at(L, index);
  lua_Integer last = (lua_Integer)lua_rawlen(L, path);
  bool assigned = false;
  *a = (struct record_array){0, 0};
  if (r == NULL) return false;
  luaL_checkstack(L, 10, NULL);
  size_t word = r->index;
  for (lua_Integer k = 2; k <= last; k++) {
    /* What was assigned on the way may be of any record, of this one elsewhere, too. */
    if (assigned || !json_is_container(r->tape[word])) return false;
    lua_rawgeti(L, path, k);
    size_t next = step_in_text(L, r, word);
    assigned = is_assigned(L, index, r, word);
    if (next == 0) return false;
    word = next;
  }
  a->array = word;
  if (assigned || json_kind_of(r->tape[word]) != JSON_ARRAY ||
      (r->tape[word + 1] & RECORD_CHANGED) != 0)
    return false;
  a->element = word + 2;
  return true;
}

/* What encloses the array grows, or shrinks, with it. `first`: word of the item. */
static void adjust (struct record_maker *m, const uint64_t *tape, size_t first, size_t array,
                    uint64_t words, uint64_t bytes) {
  for (size_t i = first; i != array;) {
    m->tape.words[i - first] += words << 4;
    m->tape.words[i - first + 1] += bytes << 32;
    for (i += 2; json_skip(tape, i) <= array;) i = json_skip(tape, i);
  }
}

enum record_made record_maker_explode (lua_State *L, struct record_maker *m, int index,
                                       struct record_array *a) {
  const struct record *r = record_at(L, index);
  struct slice whole = record_slice(r->text, r->tape, r->index);
  struct slice array = record_slice(r->text, r->tape, a->array);
  size_t behind = json_skip(r->tape, a->array);
  size_t before = (size_t)(array.bytes - whole.bytes);
  size_t start = (size_t)(whole.bytes - r->text);
  begin_whole(L, m);
  append(L, m, whole.bytes, before);
  append_words(L, m, index, r, r->index, a->array, start, 0);
  size_t words = m->tape.count;
  if (a->element != 0) {
    append_value(L, m, index, r, a->element);
    a->element = json_skip(r->tape, a->element);
  }
  else
    append_null(L, m);
  words = m->tape.count - words;
  size_t at = m->text.length;
  size_t after = (size_t)(array.bytes - r->text) + array.length;
  append(L, m, r->text + after, whole.length - before - array.length);
  append_words(L, m, index, r, behind, json_skip(r->tape, r->index), after, at);
  adjust(m, r->tape, r->index, a->array,
         (uint64_t)words - (uint64_t)(behind - a->array),
         (uint64_t)(at - before) - (uint64_t)array.length);
  finish(L, m);
  return RECORD_MADE;
}

/* ------------------------------------------------------------------------
 * Flattening: no recursion; each container being walked has four slots on the stack,
 *
 *   it, where the walk stands (two integers; of a table, the list of its names and an
 *   integer), the length of the names on the way
 * ------------------------------------------------------------------------ */

#define FRAME_SLOTS 4
/* Levels of objects; a table may contain itself. */
#define FLAT_DEPTH 1000

bool record_push_names (lua_State *L, int index) {
  size_t count = 0;
  luaL_checkstack(L, 8, NULL);
  int top = lua_gettop(L);
  for (lua_pushnil(L); lua_next(L, index); count++) {
    lua_pop(L, 1);
    if (lua_type(L, -1) == LUA_TSTRING && count < UINT32_MAX) continue;
    lua_settop(L, top);
    return false;
  }
  struct key_entry *keys = lua_newuserdatauv(L, (count + 1) * sizeof *keys, 0);
  lua_createtable(L, count < INT32_MAX ? (int)count : 0, 0); /* keeps the strings */
  size_t n = 0; /* a finalizer may have changed the table */
  for (lua_pushnil(L); lua_next(L, index) && n < count;) {
    lua_pop(L, 1);
    if (lua_type(L, -1) != LUA_TSTRING) continue;
    keys[n].bytes = lua_tolstring(L, -1, &keys[n].length);
    keys[n].order = (uint32_t)n;
    lua_pushvalue(L, -1);
    lua_rawseti(L, top + 2, (lua_Integer)++n);
  }
  lua_settop(L, top + 2);
  key_sort(keys, n);
  lua_createtable(L, n < INT32_MAX ? (int)n : 0, 0);
  for (size_t i = 0; i < n; i++) {
    lua_rawgeti(L, top + 2, (lua_Integer)keys[i].order + 1);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lua_replace(L, top + 1);
  lua_settop(L, top + 1);
  return true;
}

/* Pushes the frame of the container on top. False: it is a table with other keys than
 * names. */
static bool frame_open (lua_State *L, const struct record_maker *m) {
  int slot = lua_gettop(L);
  luaL_checkstack(L, 30, "too deeply nested");
  if (record_at(L, slot) != NULL) lua_pushinteger(L, 0);
  else if (!record_push_names(L, slot)) return false;
  lua_pushinteger(L, 0);
  lua_pushinteger(L, (lua_Integer)m->name.length);
  return true;
}

/* Pushes name and value (or nil, and its word) of the next member of the frame at `slot`. */
static bool frame_next (lua_State *L, int slot, size_t *word) {
  struct record *r = record_at(L, slot);
  bool more;
  *word = 0;
  if (r == NULL) {
    lua_Integer i = lua_tointeger(L, slot + 2) + 1;
    lua_pushinteger(L, i);
    lua_replace(L, slot + 2);
    if (lua_rawgeti(L, slot + 1, i) == LUA_TNIL) return false;
    lua_pushvalue(L, -1);
    lua_rawget(L, slot);
    return true;
  }
  struct record_walk walk =
      record_walk_unpack(lua_tointeger(L, slot + 1), lua_tointeger(L, slot + 2));
  struct record_member member = {0, 0};
  do {
    lua_settop(L, slot + FRAME_SLOTS - 1);
    more = record_walk_member(L, slot, r, &walk, &member);
  } while (more && member.value == 0 && lua_isnil(L, -1)); /* removed */
  *word = more ? member.value : 0;
  lua_pushinteger(L, record_walk_position(&walk));
  lua_replace(L, slot + 1);
  lua_pushinteger(L, (lua_Integer)walk.added);
  lua_replace(L, slot + 2);
  return more;
}

static bool has_members (lua_State *L, int slot, struct record *r) {
  if (!(r->tape[r->index + 1] & RECORD_CHANGED)) return record_count(r->tape[r->index + 1]) > 0;
  int top = lua_gettop(L);
  struct record_walk walk = {0};
  struct record_member member;
  bool found = false;
  while (!found && record_walk_member(L, slot, r, &walk, &member)) {
    found = member.value != 0 || !lua_isnil(L, -1);
    lua_settop(L, top);
  }
  return found;
}

/* Is the value on top an object with something in it, to go into? A word is replaced by its
 * view. */
static bool is_inner (lua_State *L, int slot, size_t *word) {
  int value = lua_gettop(L);
  if (*word != 0) {
    struct record *outer = record_at(L, slot);
    if (json_kind_of(outer->tape[*word]) != JSON_OBJECT) return false;
    lua_pop(L, 1);
    record_push_word(L, slot, outer, *word);
  }
  struct record *r = record_at(L, value);
  if (r != NULL) return !record_is_array(r) && has_members(L, value, r);
  if (!lua_istable(L, value)) return false;
  if (lua_getmetatable(L, value)) return lua_pop(L, 1), false;
  bool names = false;
  for (lua_pushnil(L); lua_next(L, value); names = true) {
    lua_pop(L, 1);
    if (lua_type(L, -1) == LUA_TSTRING) continue;
    lua_pop(L, 1);
    return false;
  }
  return names;
}

/* Adds the value on top, or at `word` of the record at `slot`, to what is being made. */
static enum record_made emit (lua_State *L, struct record_maker *m, int result, int slot,
                              size_t word) {
  int value = lua_gettop(L), name = value + 1;
  bool to_record = m->slot == result;
  struct record *r = record_at(L, slot);
  if (to_record && word != 0) {
    if (!begin_member(L, m, m->name.bytes, m->name.length)) return RECORD_NOT_UTF8;
    append_value(L, m, slot, r, word);
    return RECORD_MADE;
  }
  lua_pushlstring(L, m->name.bytes, m->name.length);
  if (to_record) return record_maker_add(L, m, name, value);
  lua_pushvalue(L, name);
  if (lua_rawget(L, result) != LUA_TNIL) {
    lua_settop(L, name);
    return RECORD_TWICE;
  }
  lua_settop(L, name);
  if (word != 0) record_push_word(L, slot, r, word);
  else lua_pushvalue(L, value);
  lua_rawset(L, result);
  return RECORD_MADE;
}

/* Pushes a name that the record at `slot` has twice. */
static enum record_made find_twice (lua_State *L, int slot) {
  const struct record *r = record_at(L, slot);
  const uint64_t *tape = r->tape;
  if (field_repeats(L, slot, r, 0) == NULL) return RECORD_MADE;
  lua_newtable(L);
  for (size_t i = 2; i < json_length(tape[0]); i = json_skip(tape, i + 1)) {
    field_push_name(L, r->text, tape[i]);
    lua_pushvalue(L, -1);
    if (lua_rawget(L, slot + 1) != LUA_TNIL) return lua_pop(L, 1), RECORD_TWICE;
    lua_pop(L, 1);
    lua_pushboolean(L, 1);
    lua_rawset(L, slot + 1);
  }
  return RECORD_MADE;
}

static void append_name (lua_State *L, struct record_maker *m, const char *bytes,
                         size_t length) {
  if (!json_buffer_append(&m->name, bytes, length)) failure_raise_memory(L);
}

enum record_made record_maker_flatten (lua_State *L, struct record_maker *m, int index,
                                       const char *separator, size_t length) {
  luaL_checkstack(L, 20, NULL);
  bool to_record = record_at(L, index) != NULL;
  if (to_record) record_maker_begin(L, m);
  else {
    lua_newtable(L);
    m->slot = 0;
  }
  int result = lua_gettop(L);
  m->name.length = 0;
  if (!json_buffer_reserve(&m->name, 1)) failure_raise_memory(L);
  lua_pushvalue(L, index);
  if (!frame_open(L, m)) return RECORD_NO_NAMES;
  for (int depth = 1; depth > 0;) {
    int slot = result + 1 + (depth - 1) * FRAME_SLOTS;
    size_t word, bytes;
    lua_settop(L, slot + FRAME_SLOTS - 1);
    m->name.length = (size_t)lua_tointeger(L, slot + 3);
    if (!frame_next(L, slot, &word)) {
      depth--;
      continue;
    }
    const char *name = lua_tolstring(L, slot + FRAME_SLOTS, &bytes);
    append_name(L, m, name, bytes);
    if (is_inner(L, slot, &word)) {
      if (depth == FLAT_DEPTH) return RECORD_TOO_DEEP;
      append_name(L, m, separator, length);
      lua_replace(L, slot + FRAME_SLOTS);
      lua_settop(L, slot + FRAME_SLOTS);
      if (!frame_open(L, m)) return RECORD_NO_NAMES;
      depth++;
      continue;
    }
    enum record_made made = emit(L, m, result, slot, word);
    if (made != RECORD_MADE) return made;
  }
  lua_settop(L, result);
  if (!to_record) return RECORD_MADE;
  enum record_made made = record_maker_end(L, m);
  return made == RECORD_MADE ? find_twice(L, result) : made;
}
