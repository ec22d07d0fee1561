/* SPDX-License-Identifier: MIT
 * record_row.c - rows of a table as records.
 *
 * A marked row is its text and little else:
 *
 *   struct record | words of the columns that have a type | marks | text, and what is behind it
 *
 * Names and the rest of a tape are in the shape, once for all rows of a table. Where such a row is
 * met but for a field, it is made whole (record_fill): it gets a block of its own with what every
 * other record has, and then has its text twice.
 */
#include <lauxlib.h>
#include <string.h>

#include "record_data.h"

/* Copies what is null to `to`, the strings behind their list. */
static void copy_nulls (const struct csv_reading *reading, struct csv_string *to) {
  char *bytes = (char *)(to + reading->null_count);
  for (size_t i = 0; i < reading->null_count; i++) {
    const struct csv_string *from = &reading->nulls[i];
    to[i] = (struct csv_string){bytes, from->length};
    if (from->length > 0) memcpy(bytes, from->bytes, from->length);
    bytes += from->length;
  }
}

static uint64_t second_word (const uint64_t *words, size_t count, size_t bytes) {
  bool is_array = json_kind_of(words[0]) == JSON_ARRAY;
  return (uint64_t)bytes << 32 | (is_array ? count - 2 : (count - 2) / 2) | RECORD_INSIDE;
}

/* Room for the names that are asked for: twice as many as there are, of some that are not. */
static size_t places_for (size_t columns) {
  size_t places = 16;
  while (places < 2 * columns && places < 1024) places *= 2;
  return places;
}

/* Pushes a copy of the metatable with room for a shape and the names of its places: nothing that is
 * put there later needs memory. */
static void push_metatable (lua_State *L, int metatable, size_t places) {
  lua_createtable(L, 1 + (int)places, 8);
  for (size_t i = 1; i <= 1 + places; i++) {
    lua_pushboolean(L, 0);
    lua_rawseti(L, -2, (lua_Integer)i);
  }
  lua_rawgeti(L, LUA_REGISTRYINDEX, metatable);
  for (lua_pushnil(L); lua_next(L, -2);) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, -5);
  }
  lua_pop(L, 1);
}

struct record_shape *record_push_shape (lua_State *L, int metatable,
                                        const struct record_columns *columns) {
  const struct csv_reading *reading = &columns->reading;
  bool is_array = json_kind_of(columns->words[0]) == JSON_ARRAY;
  size_t count = (columns->count - 2) / (is_array ? 1 : 2), places = places_for(count);
  size_t words = columns->count * sizeof *columns->words;
  size_t nulls = reading->null_count * sizeof *reading->nulls;
  for (size_t i = 0; i < reading->null_count && nulls <= JSON_MAX_TEXT; i++)
    nulls += reading->nulls[i].length;
  if (columns->count > JSON_MAX_TEXT || columns->front_length > JSON_MAX_TEXT ||
      nulls > JSON_MAX_TEXT)
    luaL_error(L, "too many columns, or strings that are null");
  luaL_checkstack(L, 6, NULL);
  push_metatable(L, metatable, places);
  struct record_shape *shape = lua_newuserdatauv(
      L, sizeof *shape + places * sizeof *shape->places + words + nulls + columns->front_length, 0);
  lua_rawseti(L, -2, 1);
  uint64_t *own_words = (uint64_t *)(void *)(shape->places + places);
  struct csv_string *own_nulls = (struct csv_string *)(void *)((char *)own_words + words);
  char *front = (char *)own_nulls + nulls;
  *shape = (struct record_shape){.is_array = is_array,
                                 .columns = count,
                                 .known = columns->known,
                                 .known_end = columns->known_end,
                                 .signs = columns->signs,
                                 .reading = {reading->infer, own_nulls, reading->null_count},
                                 .is_text = !reading->infer && reading->null_count == 0,
                                 .words = own_words,
                                 .count = columns->count,
                                 .front = front,
                                 .front_length = columns->front_length,
                                 .last_place = places - 1};
  memset(shape->places, 0, places * sizeof *shape->places);
  memcpy(own_words, columns->words, words);
  own_words[1] = second_word(own_words, columns->count, columns->front_length);
  copy_nulls(reading, own_nulls);
  memcpy(front, columns->front, columns->front_length);
  return shape;
}

size_t record_shape_find (const struct record_shape *shape, const char *name, size_t length) {
  return shape->is_array ? 0 : field_search(shape->front, shape->words, 0, name, length);
}

void record_shape_remember (lua_State *L, struct record_shape *shape, size_t word) {
  const void *name = lua_topointer(L, 2);
  size_t first = record_place_of(shape, name), which = first;
  for (size_t i = 0; i < RECORD_PROBES; i++) {
    size_t place = (first + i) & shape->last_place;
    if (shape->places[place].name != NULL) continue;
    which = place;
    break;
  }
  lua_getmetatable(L, 1);
  lua_pushvalue(L, 2);
  lua_rawseti(L, -2, 2 + (lua_Integer)which);
  lua_pop(L, 1);
  shape->places[which].name = name;
  shape->places[which].word = word;
}

void record_push_marked (lua_State *L, int metatable, struct record_shape *shape,
                         const struct record_marked *row) {
  const struct csv_marks *marks = row->marks;
  size_t bytes = marks->end + row->back_length;
  size_t ends = marks->end / 64 + 1, known = shape->known_end - shape->known;
  if (bytes > JSON_MAX_TEXT) luaL_error(L, "the row is too long");
  struct record *r = lua_newuserdatauv(L, sizeof *r + (known + ends) * sizeof(uint64_t) + bytes, 2);
  uint64_t *to = (uint64_t *)(r + 1);
  *r = (struct record){.magic = &record_magic,
                       .root = r,
                       .shape = shape,
                       .text = (char *)(to + known + ends),
                       .size = (uint32_t)marks->end,
                       .bytes = (uint32_t)bytes};
  for (size_t i = 0; i < known; i++) *to++ = row->known[i]; /* few of both */
  for (size_t i = 0; i < ends; i++) *to++ = marks->ends[i];
  memcpy(to, row->text, marks->end);
  if (row->back_length > 0) memcpy((char *)to + marks->end, row->back, row->back_length);
  lua_pushvalue(L, metatable);
  lua_setmetatable(L, -2);
}

void record_push_row (lua_State *L, int metatable, struct record_shape *shape,
                      const struct record_row *row) {
  size_t words = row->count * sizeof *row->words;
  size_t bytes = row->front_length + row->length + row->back_length;
  if (row->count > JSON_MAX_TEXT || bytes > JSON_MAX_TEXT) luaL_error(L, "the row is too long");
  struct record *r = lua_newuserdatauv(L, sizeof *r + words + bytes, 2);
  char *text = (char *)(r + 1) + words;
  *r = (struct record){.magic = &record_magic,
                       .root = r,
                       .tape = (uint64_t *)(r + 1),
                       .text = text,
                       .shape = shape};
  memcpy(r->tape, row->words, words);
  r->tape[1] = second_word(row->words, row->count, bytes);
  memcpy(text, row->front, row->front_length);
  memcpy(text + row->front_length, row->text, row->length);
  if (row->back_length > 0)
    memcpy(text + row->front_length + row->length, row->back, row->back_length);
  lua_pushvalue(L, metatable);
  lua_setmetatable(L, -2);
}

/* Of a row that is not whole: the words of its known columns, and behind them the marks. */
static const uint64_t *known_of (const struct record *r) { return (const uint64_t *)(r + 1); }
static const uint64_t *ends_of (const struct record *r) {
  return known_of(r) + (r->shape->known_end - r->shape->known);
}

/* The word of the field from `at` to before `end`, which is laid out as a word is. */
static uint64_t field_word (const struct record *r, size_t at, size_t end) {
  const struct record_shape *shape = r->shape;
  uint64_t field = csv_marked_word(r->text, at, end, &shape->signs);
  if (!shape->is_text && csv_form_of(field) == CSV_PLAIN)
    return record_row_word(at, end - at, csv_kind(&shape->reading, r->text + at, end - at));
  return (field & ~(uint64_t)15) | JSON_BYTES;
}

uint64_t record_column_word (const struct record *r, size_t column) {
  const struct record_shape *shape = r->shape;
  if (column >= shape->known && column < shape->known_end)
    return known_of(r)[column - shape->known];
  size_t end, at = csv_marked(ends_of(r), r->size, column, &end);
  return field_word(r, at, end);
}

/* The same word where the text has `front` bytes more before it; those of literals are in there. */
static uint64_t moved_word (uint64_t word, size_t front) {
  switch (json_kind_of(word)) {
    case JSON_NULL:
    case JSON_TRUE:
    case JSON_FALSE: return word;
    default: return word + ((uint64_t)front << 34);
  }
}

void record_fill (lua_State *L, int slot, struct record *r) {
  const struct record_shape *shape = r->shape;
  size_t step = shape->is_array ? 1 : 2, front = shape->front_length, bytes = front + r->bytes;
  size_t words = shape->count * sizeof(uint64_t);
  slot = lua_absindex(L, slot);
  luaL_checkstack(L, 4, NULL);
  if (bytes > JSON_MAX_TEXT) luaL_error(L, "the row is too long");
  uint64_t *tape = lua_newuserdatauv(L, words + bytes, 0);
  char *text = (char *)tape + words;
  memcpy(tape, shape->words, words);
  tape[1] = second_word(tape, shape->count, bytes);
  memcpy(text, shape->front, front);
  memcpy(text + front, r->text, r->bytes);
  const uint64_t *ends = ends_of(r);
  uint64_t left = *ends, *value = tape + 1 + step;
  size_t at = 0, base = 0;
  for (size_t i = 0; i < shape->columns; i++, value += step) {
    bool is_last = i + 1 == shape->columns;
    while (left == 0 && !is_last) {
      base += 64;
      left = *++ends;
    }
    size_t end = is_last ? r->size : base + (size_t)__builtin_ctzll(left);
    bool is_known = i >= shape->known && i < shape->known_end;
    *value = moved_word(is_known ? known_of(r)[i - shape->known] : field_word(r, at, end), front);
    at = end + 1;
    left &= left - 1;
  }
  r->tape = tape;
  r->text = text;
  r->searches = 0;
  lua_setiuservalue(L, slot, RECORD_BLOCK);
}
