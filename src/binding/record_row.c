/* SPDX-License-Identifier: MIT
 * record_row.c - rows of a table as records: made with the places of few fields, the others found
 * when they are asked for.
 */
#include <lauxlib.h>
#include <string.h>

#include "record_data.h"

void record_row_names (lua_State *L, int metatable, struct record_row *row) {
  lua_rawgeti(L, LUA_REGISTRYINDEX, metatable);
  lua_getfield(L, -1, "__index");
  lua_getupvalue(L, -1, 1);
  row->places = lua_touserdata(L, -1);
  row->names = ++row->places->numbers;
  lua_pop(L, 3);
}

void record_push_row (lua_State *L, int metatable, const struct record_row *row) {
  const struct csv_marks *from = row->marks;
  size_t words = row->count * sizeof *row->words;
  size_t bytes = row->front_length + row->length + row->back_length;
  if (row->count > JSON_MAX_TEXT || bytes > JSON_MAX_TEXT) luaL_error(L, "the row is too long");
  size_t ends = from != NULL ? from->end / 64 + 1 : 0;
  size_t marks = from != NULL ? sizeof(struct record_marks) + ends * sizeof *from->ends : 0;
  struct record *r = lua_newuserdatauv(L, sizeof *r + words + marks + bytes, 2);
  char *after_words = (char *)(r + 1) + words, *text = after_words + marks;
  *r = (struct record){.magic = &record_magic,
                       .root = r,
                       .tape = (uint64_t *)(r + 1),
                       .text = text,
                       .places = row->places,
                       .names = row->names};
  bool is_array = json_kind_of(row->words[0]) == JSON_ARRAY;
  memcpy(r->tape, row->words, words);
  r->tape[1] = (uint64_t)bytes << 32 | (is_array ? row->count - 2 : (row->count - 2) / 2) |
               RECORD_INSIDE;
  if (from != NULL) {
    struct record_marks *m = r->marks = (struct record_marks *)(void *)after_words;
    *m = (struct record_marks){.front = row->front_length, .size = from->end, .known = row->known,
                               .known_end = row->known_end, .signs = *row->signs};
    for (size_t i = 0; i < ends; i++) m->ends[i] = from->ends[i]; /* one or two */
  }
  memcpy(text, row->front, row->front_length);
  memcpy(text + row->front_length, row->text, row->length);
  if (row->back_length > 0)
    memcpy(text + row->front_length + row->length, row->back, row->back_length);
  lua_rawgeti(L, LUA_REGISTRYINDEX, metatable);
  lua_setmetatable(L, -2);
}

/* The word of the text from `at` to before `end` of the row: a field is laid out as a word is. */
static uint64_t text_word (const struct record *r, size_t at, size_t end) {
  const struct record_marks *m = r->marks;
  uint64_t field = csv_marked_word(r->text + m->front, at, end, &m->signs);
  return (field & ~(uint64_t)15) + ((uint64_t)m->front << 34 | JSON_BYTES);
}

uint64_t record_row_word (const struct record *r, size_t column) {
  size_t end, at = csv_marked(r->marks->ends, r->marks->size, column, &end);
  return text_word(r, at, end);
}

void record_fill (struct record *r) {
  const struct record_marks *m = r->marks;
  size_t step = record_is_array(r) ? 1 : 2, columns = record_count(r->tape[1]), at = 0, i = 0;
  uint64_t *value = r->tape + 1 + step;
  for (size_t base = 0; i < columns; base += 64) {
    bool is_last = base + 64 >= m->size;
    uint64_t ends = m->ends[base / 64];
    while (ends != 0 || (is_last && i < columns)) {
      size_t end = ends != 0 ? base + (size_t)__builtin_ctzll(ends) : m->size;
      if (i < m->known || i >= m->known_end) *value = text_word(r, at, end);
      value += step;
      at = end + 1;
      ends &= ends - 1;
      i++;
    }
  }
  r->marks = NULL;
}
