/* SPDX-License-Identifier: MIT
 * csv.c - write_csv, write_tsv: records, lists and tuples as rows.
 *
 * A row is made from a text and its tape. An untouched record, the usual case, has both, and its
 * fields are copied from there: they become no Lua values, and numbers keep their text. Everything
 * else is written as JSON first and scanned.
 *
 * The columns are those of the option, or else the fields of the first record. Fields come in the
 * same order in most records: where the i-th field of the last one went, the i-th of this one
 * probably goes.
 */
#include <string.h>

#include <lauxlib.h>

#include "binding/json.h"
#include "binding/key_sort.h"
#include "binding/record.h"
#include "bytes/csv_write.h"
#include "core/argument.h"
#include "core/failure.h"
#include "sinks/files.h"
#include "stages/policy.h"

/* What becomes of a row that does not fit the columns. */
enum ragged { RAGGED_ERROR, RAGGED_PAD, RAGGED_CUT, RAGGED_SKIP };
static const char *const ragged_names[] = { "error", "pad", "cut", "skip", NULL };

/* What the recipe was given, checked. */
struct options {
  struct csv_style style;
  enum { HEADER_DEFAULT, HEADER_NO, HEADER_YES } header;
  enum ragged ragged;
  bool has_null;
  const char *null; /* the recipe has the string */
  size_t null_length;
};

/* The recipe's argument, a list: the path; the struct; names of columns, or false; null. */
enum { KEPT_PATH = 1, KEPT_OPTIONS, KEPT_COLUMNS, KEPT_NULL };

/* --- building --- */

static void check_null (lua_State *L, struct recipe *r, int options, struct options *o) {
  int type = lua_getfield(L, options, "null");
  if (type == LUA_TNIL) return;
  if (type != LUA_TSTRING)
    argument_fail(L, r, "option null must be a string, got %s", argument_type(L, -1));
  o->has_null = true;
  o->null = lua_tolstring(L, -1, &o->null_length);
  struct csv_style style = o->style;
  for (size_t i = 0; i < o->null_length; i++) {
    char c = o->null[i];
    if (c == style.delimiter || (style.has_quote && c == style.quote) || c == '\n' || c == '\r')
      argument_fail(L, r, "option null must be text that needs no quotes, got '%s'", o->null);
  }
}

/* The names on top are UTF-8, and each is there once. */
static void check_columns_option (lua_State *L, struct recipe *r) {
  int names = lua_gettop(L);
  lua_newtable(L);
  for (lua_Integer i = 1; lua_rawgeti(L, names, i) != LUA_TNIL; i++) {
    size_t length;
    const char *name = lua_tolstring(L, -1, &length);
    if (utf8_valid_prefix(name, length) < length)
      argument_fail(L, r, "option columns: name %d is not UTF-8", (int)i);
    lua_pushvalue(L, -1);
    if (lua_rawget(L, names + 1) != LUA_TNIL)
      argument_fail(L, r, "option columns names '%s' twice", name);
    lua_pop(L, 1);
    lua_pushboolean(L, 1);
    lua_rawset(L, names + 1);
  }
  lua_settop(L, names);
}

static void build (lua_State *L, struct recipe *r, int first, char delimiter) {
  static const char *const names[] = { "columns", "header", "delimiter", "quote", "null", "ragged",
                                       "level", NULL };
  int recipe = lua_gettop(L), options = first + 1;
  bool has_options = sink_arguments(L, r, first, names);
  lua_createtable(L, 4, 0);
  int kept = lua_gettop(L);
  lua_insert(L, --kept); /* the list, the path */
  lua_rawseti(L, kept, KEPT_PATH);
  struct options *o = lua_newuserdatauv(L, sizeof *o, 0);
  *o = (struct options){ .style = { delimiter, '"', true } };
  lua_rawseti(L, kept, KEPT_OPTIONS);
  lua_pushvalue(L, recipe);
  if (has_options) {
    struct csv_style *style = &o->style;
    style->delimiter = (char)argument_option_byte(L, r, options, "delimiter",
                                                  (unsigned char)delimiter, NULL);
    style->quote = (char)argument_option_byte(L, r, options, "quote", '"', &style->has_quote);
    if (style->has_quote && style->quote == style->delimiter)
      argument_fail(L, r, "delimiter and quote must differ");
    if (lua_getfield(L, options, "header") != LUA_TNIL)
      o->header = argument_option_flag(L, r, options, "header") ? HEADER_YES : HEADER_NO;
    lua_pop(L, 1);
    o->ragged = (enum ragged)argument_option_choice(L, r, options, "ragged", ragged_names);
    if (argument_option_strings(L, r, options, "columns", false)) check_columns_option(L, r);
    lua_rawseti(L, kept, KEPT_COLUMNS);
    check_null(L, r, options, o);
    lua_rawseti(L, kept, KEPT_NULL);
  }
  lua_settop(L, kept);
  recipe_keep(L, recipe);
}

static void csv_build (lua_State *L, struct recipe *r, int first) { build(L, r, first, ','); }
static void tsv_build (lua_State *L, struct recipe *r, int first) { build(L, r, first, '\t'); }

/* --- a run --- */

struct column {
  const char *name; /* of a string in SLOT_NAMES */
  size_t length;
  size_t word;      /* of its value on the tape of the row at hand; 0: it has none */
};

struct csv_sink {
  struct sink sink; /* its buffer is the row */
  const struct options *options;
  size_t width;     /* columns, or fields of a row of those without names; 0: not known yet */
  struct column *columns;    /* in their order; NULL: they have no names */
  struct key_entry *by_name; /* the same, sorted; `value` is the place in their order */
  uint32_t *guesses; /* column of the i-th field of the last record that was found anew */
  size_t guess_count;
  uint64_t hints;    /* bits of the columns' names: one without its bit there is no column */
  bool has_written;  /* the file is not empty */

  struct json_buffer text;  /* an item as JSON */
  struct json_tape tape;    /* of that */
  struct json_buffer plain; /* a string without its escapes, JSON without its lines */
};

enum { SLOT_NAMES = SINK_SLOTS, SLOT_COLUMNS, SLOTS };

/* What a row is made from. */
struct row {
  const char *text;
  const uint64_t *tape;
  size_t first, end;
  bool is_list;
};

static void csv_init (lua_State *L, struct run *run, struct stage *s, const struct recipe *r,
                      int recipe, int anchors) {
  struct csv_sink *sink = sink_new(L, run, s, r, anchors, sizeof *sink);
  sink->text.memory = sink->tape.memory = sink->plain.memory = &sink->sink.memory;
  lua_getiuservalue(L, recipe, RECIPE_ARGUMENT);
  lua_rawgeti(L, -1, KEPT_OPTIONS);
  sink->options = lua_touserdata(L, -1);
  lua_pop(L, 2);
}

static void csv_release (struct stage *s) {
  struct csv_sink *sink = s->c.pointer;
  json_buffer_free(&sink->text);
  json_buffer_free(&sink->plain);
  json_tape_free(&sink->tape);
  sink_release(s);
}

static verdict fail_memory (struct flow *f) {
  return flow_fail(f, LEAT_E_MEMORY, "not enough memory");
}

/* --- fields --- */

static bool is_null_text (const struct options *o, const char *bytes, size_t length) {
  return o->has_null && length == o->null_length && memcmp(bytes, o->null, length) == 0;
}

static bool begins_with_mark (const char *bytes, size_t length) {
  return length >= 3 && memcmp(bytes, "\xef\xbb\xbf", 3) == 0;
}

/* Pushes what to call the column in a message. */
static const char *push_name (lua_State *L, const struct csv_sink *sink, size_t column) {
  if (sink->columns != NULL) return lua_pushfstring(L, "'%s'", sink->columns[column].name);
  return lua_pushfstring(L, "%I", (LUAI_UACINT)column + 1);
}

/* Appends the text, in quotes where it would not be read back without. The first of a file would
 * lose a byte order mark; an empty one, if it is all of a row, would leave a blank line. */
static verdict append_text (struct flow *f, struct csv_sink *sink, size_t column,
                            const char *bytes, size_t length) {
  const struct csv_style *style = &sink->options->style;
  struct json_buffer *row = &sink->sink.buffer;
  if (!json_buffer_reserve(row, length)) return fail_memory(f);
  bool plain = csv_put_plain(style, bytes, length, row->bytes + row->length) &&
               (length > 0 || sink->width > 1) && !is_null_text(sink->options, bytes, length) &&
               (sink->has_written || column > 0 || !begins_with_mark(bytes, length));
  if (plain) {
    row->length += length;
    return V_PASS;
  }
  if (!style->has_quote)
    return flow_fail(f, LEAT_E_VALUE, "the field of column %s needs quotes, which quote = false "
                     "forbids", push_name(f->L, sink, column));
  if (!json_buffer_reserve(row, 2 * length + 2)) return fail_memory(f);
  row->length += csv_put_quoted(style, bytes, length, row->bytes + row->length);
  return V_PASS;
}

/* Null, or nothing. */
static verdict append_null (struct flow *f, struct csv_sink *sink, size_t column) {
  const struct options *o = sink->options;
  if (o->null_length == 0 && sink->width == 1) return append_text(f, sink, column, "", 0);
  if (!json_buffer_append(&sink->sink.buffer, o->null, o->null_length)) return fail_memory(f);
  return V_PASS;
}

/* Puts the string without its escapes into sink->plain. */
static bool unescape (struct csv_sink *sink, const char **bytes, size_t *length) {
  sink->plain.length = 0;
  if (!json_buffer_reserve(&sink->plain, *length)) return false;
  *length = json_unescape(*bytes, *length, sink->plain.bytes);
  *bytes = sink->plain.bytes;
  return true;
}

static verdict append_value (struct flow *f, struct csv_sink *sink, size_t column,
                             const struct row *from, size_t word) {
  uint64_t w = from->tape[word];
  const char *bytes = from->text + json_at(w);
  size_t length = json_length(w);
  switch (json_kind_of(w)) {
    case JSON_NULL: return append_null(f, sink, column);
    case JSON_TRUE: return append_text(f, sink, column, "true", 4);
    case JSON_FALSE: return append_text(f, sink, column, "false", 5);
    case JSON_ESCAPED:
      if (!unescape(sink, &bytes, &length)) return fail_memory(f);
      break;
    case JSON_ARRAY:
    case JSON_OBJECT:
      length = json_end(from->tape[word + 1]) - json_at(w);
      if (memchr(bytes, '\n', length) == NULL) break;
      sink->plain.length = 0;
      if (!json_buffer_reserve(&sink->plain, length)) return fail_memory(f);
      length = json_compact(bytes, length, sink->plain.bytes);
      bytes = sink->plain.bytes;
      break;
    default: break;
  }
  return append_text(f, sink, column, bytes, length);
}

static bool append_byte (struct csv_sink *sink, char byte) {
  struct json_buffer *row = &sink->sink.buffer;
  if (!json_buffer_reserve(row, 1)) return false;
  row->bytes[row->length++] = byte;
  return true;
}

/* --- columns --- */

static uint64_t hint_of (const char *name, size_t length) {
  size_t sum = length;
  if (length > 0) sum += 7 * (size_t)(unsigned char)name[0] + (unsigned char)name[length - 1];
  return (uint64_t)1 << (sum & 63);
}

/* The column of that name, or `width`. */
static size_t find_column (const struct csv_sink *sink, const char *name, size_t length) {
  size_t low = 0, high = sink->width;
  if (!(sink->hints & hint_of(name, length))) return sink->width;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    const struct key_entry *e = &sink->by_name[middle];
    int order = key_compare(e->bytes, e->length, name, length);
    if (order == 0) return e->value;
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return sink->width;
}

static verdict write_header (struct flow *f, struct stage *s, struct csv_sink *sink) {
  struct json_buffer *row = &sink->sink.buffer;
  row->length = 0;
  for (size_t i = 0; i < sink->width; i++) {
    const struct column *c = &sink->columns[i];
    if (i > 0 && !append_byte(sink, sink->options->style.delimiter)) return fail_memory(f);
    if (append_text(f, sink, i, c->name, c->length) == V_ERROR) return V_ERROR;
  }
  if (!append_byte(sink, '\n')) return fail_memory(f);
  sink->has_written = true;
  return sink_write(f, s, row->bytes, row->length);
}

/* Fields of a record without a column, where there are few columns. */
#define FEW 16

/* The columns are those of the list of names on top, which is popped; of equal names the first
 * stays. Writes the header, if there is to be one. */
static verdict set_columns (struct flow *f, struct stage *s, struct csv_sink *sink) {
  lua_State *L = f->L;
  int names = lua_gettop(L);
  size_t n = lua_rawlen(L, names);
  if (n > JSON_MAX_TEXT) return fail_memory(f);
  sink->guess_count = 2 * n + FEW;
  size_t each = sizeof *sink->by_name + sizeof *sink->columns;
  size_t guesses = sink->guess_count * sizeof *sink->guesses;
  struct key_entry *by_name = lua_newuserdatauv(L, n * each + guesses, 0);
  sink->by_name = by_name;
  sink->columns = (struct column *)(void *)(by_name + n);
  sink->guesses = (uint32_t *)(void *)(sink->columns + n);
  sink->width = n;
  memset(sink->guesses, 0, guesses);
  for (size_t i = 0; i < n; i++) {
    struct column *c = &sink->columns[i];
    lua_rawgeti(L, names, (lua_Integer)i + 1);
    c->name = lua_tolstring(L, -1, &c->length);
    sink->guesses[i] = (uint32_t)i;
    sink->hints |= hint_of(c->name, c->length);
    by_name[i] = (struct key_entry){ c->name, c->length, (uint32_t)i, (uint32_t)i };
    lua_pop(L, 1);
  }
  key_sort(by_name, n);
  flow_set_anchor(f, s, SLOT_COLUMNS);
  flow_set_anchor(f, s, SLOT_NAMES);
  return sink->options->header == HEADER_NO ? V_PASS : write_header(f, s, sink);
}

static void push_field_name (lua_State *L, const struct row *from, size_t word) {
  json_push_scalar(L, from->text, from->tape[word]);
}

/* The fields of the first record are the columns. */
static verdict learn_columns (struct flow *f, struct stage *s, struct csv_sink *sink,
                              const struct row *from) {
  lua_State *L = f->L;
  lua_Integer n = 0;
  luaL_checkstack(L, 8, "columns");
  lua_newtable(L);
  lua_newtable(L); /* those that are in the list */
  for (size_t word = from->first; word < from->end; word = json_skip(from->tape, word + 1)) {
    push_field_name(L, from, word);
    lua_pushvalue(L, -1);
    if (lua_rawget(L, -3) == LUA_TNIL) {
      lua_pushvalue(L, -2);
      lua_pushboolean(L, 1);
      lua_rawset(L, -5);
      lua_pushvalue(L, -2);
      lua_rawseti(L, -5, ++n);
    }
    lua_pop(L, 2);
  }
  lua_pop(L, 1);
  if (n == 0)
    return flow_fail(f, LEAT_E_VALUE, "the first record has no fields to take the columns from; "
                     "name them by columns = {...}");
  return set_columns(f, s, sink);
}

/* --- rows that do not fit --- */

/* Bytes of the names of columns in a message. */
#define COLUMNS_SHOWN 100

/* Pushes the names of the columns. */
static const char *push_columns (lua_State *L, const struct csv_sink *sink) {
  lua_pushliteral(L, "");
  for (size_t i = 0; i < sink->width; i++) {
    if (lua_rawlen(L, -1) > COLUMNS_SHOWN) {
      lua_pushfstring(L, "%s ... (%I)", lua_tostring(L, -1), (LUAI_UACINT)sink->width);
      break;
    }
    lua_pushfstring(L, "%s%s%s", lua_tostring(L, -1), i > 0 ? ", " : "", sink->columns[i].name);
    lua_remove(L, -2);
  }
  return lua_tostring(L, -1);
}

/* The error is on top: V_ERROR, or V_DROP if such rows are left out. */
static verdict refuse (struct flow *f, const struct csv_sink *sink) {
  if (sink->options->ragged != RAGGED_SKIP) return V_ERROR;
  policy_count_skipped(f, lua_gettop(f->L));
  return V_DROP;
}

static verdict refuse_field (struct flow *f, const struct csv_sink *sink, const struct row *from,
                             size_t word) {
  lua_State *L = f->L;
  luaL_checkstack(L, 12, "columns");
  push_field_name(L, from, word);
  const char *name = lua_tostring(L, -1), *columns = push_columns(L, sink);
  flow_fail(f, LEAT_E_VALUE, "field '%s' has no column; the columns are %s. Name all in "
            "columns = {...}, or leave out what has none by ragged = \"cut\"", name, columns);
  return refuse(f, sink);
}

static verdict refuse_list (struct flow *f, const struct csv_sink *sink, size_t count) {
  flow_fail(f, LEAT_E_VALUE, "the list has %I value%s%s %I%s", (LUAI_UACINT)count,
            count == 1 ? "" : "s", sink->columns != NULL ? " for" : ", others have",
            (LUAI_UACINT)sink->width,
            sink->columns == NULL ? "" : sink->width == 1 ? " column" : " columns");
  return refuse(f, sink);
}

/* --- rows --- */

static verdict append_list (struct flow *f, struct csv_sink *sink, const struct row *from) {
  enum ragged ragged = sink->options->ragged;
  size_t count = 0, column = 0, word = from->first;
  for (size_t w = from->first; w < from->end; w = json_skip(from->tape, w)) count++;
  if (sink->width == 0) sink->width = count;
  if (count < sink->width ? ragged != RAGGED_PAD && ragged != RAGGED_CUT
                          : count > sink->width && ragged != RAGGED_CUT)
    return refuse_list(f, sink, count);
  for (; column < sink->width; column++) {
    if (column > 0 && !append_byte(sink, sink->options->style.delimiter)) return fail_memory(f);
    verdict v = column < count ? append_value(f, sink, column, from, word)
                               : append_null(f, sink, column);
    if (v == V_ERROR) return v;
    if (column < count) word = json_skip(from->tape, word);
  }
  return V_PASS;
}

/* Names are short: this is faster than a call. */
static inline bool same_bytes (const char *a, const char *b, size_t length) {
  for (; length >= 8; a += 8, b += 8, length -= 8)
    if (memcmp(a, b, 8) != 0) return false;
  for (size_t i = 0; i < length; i++)
    if (a[i] != b[i]) return false;
  return true;
}

/* The column of the `place`-th field, whose name is at `word`; SIZE_MAX: not enough memory. */
static size_t column_of (struct csv_sink *sink, const struct row *from, size_t word,
                         size_t place) {
  uint64_t w = from->tape[word];
  const char *name = from->text + json_at(w);
  size_t length = json_length(w);
  if (json_kind_of(w) == JSON_ESCAPED && !unescape(sink, &name, &length)) return SIZE_MAX;
  if (place < sink->guess_count) {
    const struct column *c = &sink->columns[sink->guesses[place]];
    if (c->length == length && same_bytes(c->name, name, length)) return sink->guesses[place];
  }
  size_t column = find_column(sink, name, length);
  if (place < sink->guess_count && column < sink->width) sink->guesses[place] = (uint32_t)column;
  return column;
}

static verdict append_record (struct flow *f, struct csv_sink *sink, const struct row *from) {
  for (size_t i = 0; i < sink->width; i++) sink->columns[i].word = 0;
  size_t place = 0;
  for (size_t word = from->first; word < from->end; word = json_skip(from->tape, word + 1)) {
    size_t column = column_of(sink, from, word, place++);
    if (column == SIZE_MAX) return fail_memory(f);
    if (column < sink->width) sink->columns[column].word = word + 1; /* of equal names the last */
    else if (sink->options->ragged != RAGGED_CUT) return refuse_field(f, sink, from, word);
  }
  for (size_t i = 0; i < sink->width; i++) {
    size_t word = sink->columns[i].word;
    if (i > 0 && !append_byte(sink, sink->options->style.delimiter)) return fail_memory(f);
    verdict v = word != 0 ? append_value(f, sink, i, from, word) : append_null(f, sink, i);
    if (v == V_ERROR) return v;
  }
  return V_PASS;
}

/* --- items --- */

/* Fills *row by the item as JSON. */
static verdict scan_item (struct flow *f, struct stage *s, struct csv_sink *sink,
                          struct row *row) {
  lua_State *L = f->L;
  struct json_buffer *b = &sink->text;
  struct leat_error e = { LEAT_OK, 0, 0, 0, 0, "" };
  struct json_options whole = { .max_depth = JSON_WRITE_DEPTH, .trusted = false };
  b->length = 0;
  if (json_write_value(L, lua_gettop(L), b, &e) != LEAT_OK) return sink_fail(f, s, &e);
  if (!json_buffer_reserve(b, JSON_PADDING)) return fail_memory(f);
  memset(b->bytes + b->length, 0, JSON_PADDING);
  if (json_scan(&sink->tape, b->bytes, b->length, &whole, &e) != LEAT_OK)
    return sink_fail(f, s, &e);
  const uint64_t *tape = sink->tape.words;
  *row = (struct row){ b->bytes, tape, 2, json_length(tape[0]),
                       json_kind_of(tape[0]) == JSON_ARRAY };
  return V_PASS;
}

/* Fills *row. */
static verdict row_of_item (struct flow *f, struct stage *s, struct csv_sink *sink,
                            struct row *row) {
  lua_State *L = f->L;
  struct record_span span;
  flow_push_value(f);
  int type = lua_type(L, -1);
  if (record_span_at(L, lua_gettop(L), &span)) {
    *row = (struct row){ span.text, span.tape, span.first, span.end, span.kind == RECORD_ARRAY };
    return V_PASS;
  }
  if (type != LUA_TTABLE && record_kind_at(L, lua_gettop(L)) == RECORD_NONE)
    return flow_fail(f, LEAT_E_VALUE, "cannot write a %s as a row; %s takes records, lists and "
                     "tuples", argument_type(L, -1), s->op->name);
  return scan_item(f, s, sink, row);
}

static verdict check_columns (struct flow *f, struct stage *s, struct csv_sink *sink,
                              const struct row *from) {
  if (sink->columns != NULL) return V_PASS;
  if (!from->is_list && sink->width > 0)
    return flow_fail(f, LEAT_E_VALUE, "a record behind lists has no columns; name them by "
                     "columns = {...}");
  if (!from->is_list) return learn_columns(f, s, sink, from);
  if (sink->options->header == HEADER_YES)
    return flow_fail(f, LEAT_E_VALUE, "a list has no names for a header; give columns = {...}");
  if (sink->width == 0 && from->first == from->end)
    return flow_fail(f, LEAT_E_VALUE, "cannot write a list without values as a row");
  return V_PASS;
}

static verdict csv_give (struct flow *f, struct stage *s) {
  struct csv_sink *sink = s->c.pointer;
  struct json_buffer *b = &sink->sink.buffer;
  struct row row = { 0 };
  if (row_of_item(f, s, sink, &row) == V_ERROR) return V_ERROR;
  if (check_columns(f, s, sink, &row) == V_ERROR) return V_ERROR;
  b->length = 0;
  verdict v = row.is_list ? append_list(f, sink, &row) : append_record(f, sink, &row);
  if (v != V_PASS) return v;
  if (!append_byte(sink, '\n')) return fail_memory(f);
  sink->has_written = true;
  sink->sink.items++;
  return sink_write(f, s, b->bytes, b->length);
}

static verdict csv_open (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  struct csv_sink *sink = s->c.pointer;
  if (sink_open(f, s) == V_ERROR) return V_ERROR;
  flow_push_anchor(f, s, SINK_PATH);
  if (lua_rawgeti(L, -1, KEPT_COLUMNS) == LUA_TTABLE) return set_columns(f, s, sink);
  return V_PASS;
}

const struct steps steps_write_csv = { .anchors = SLOTS, .native = true, .build = csv_build,
                                       .init = csv_init, .open = csv_open, .give = csv_give,
                                       .end = sink_end, .flush = sink_flush, .given = sink_given,
                                       .release = csv_release };
const struct steps steps_write_tsv = { .anchors = SLOTS, .native = true, .build = tsv_build,
                                       .init = csv_init, .open = csv_open, .give = csv_give,
                                       .end = sink_end, .flush = sink_flush, .given = sink_given,
                                       .release = csv_release };
