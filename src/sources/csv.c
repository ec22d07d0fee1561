/* SPDX-License-Identifier: MIT
 * csv.c - read_csv, read_tsv: rows of text as lazy records.
 *
 * bytes/csv.c marks or splits a row where it is in the reader's buffer; the record is a copy of it
 * with the names in front (record_push_row). Of a row that is only marked a field that nobody reads
 * costs next to nothing: a row of ten columns of which one is read takes 1,840 instructions, the
 * callback included, for 2,850 when all were split.
 */
#include <stdio.h>
#include <string.h>

#include <lauxlib.h>

#include "binding/json.h"
#include "binding/record.h"
#include "bytes/csv.h"
#include "bytes/csv_value.h"
#include "bytes/number.h"
#include "core/argument.h"
#include "core/failure.h"
#include "sources/files.h"
#include "stages/policy.h"

enum ragged { RAGGED_ERROR, RAGGED_PAD, RAGGED_KEEP, RAGGED_SKIP };
static const char *const ragged_names[] = { "error", "pad", "keep", "skip", NULL };

enum type { TYPE_TEXT, TYPE_NUMBER, TYPE_BOOLEAN, TYPE_ANY };
static const char *const type_names[] = { "string", "number", "boolean", NULL };

/* What the recipe was given, checked. */
struct options {
  unsigned char delimiter, quote, comment;
  bool has_quote, has_comment;
  bool has_header;  /* the first row is one */
  bool has_columns; /* option columns */
  bool infer, tables, trusted;
  enum ragged ragged;
  size_t max_record;
  lua_Integer text; /* of files_option_text */
};

/* The recipe's argument, a list: the path; the struct; names of columns; types by name; strings
 * that are null. The last three are lists or false. */
enum { KEPT_PATH = 1, KEPT_OPTIONS, KEPT_COLUMNS, KEPT_TYPES, KEPT_NULLS };

/* A quote that is never closed would take all of a file into memory. */
#define DEFAULT_MAX_RECORD ((size_t)16 << 20)

/* --- building --- */

/* Pushes a copy of the option types, with numbers for the types. */
static void push_types (lua_State *L, struct recipe *r, int options) {
  if (lua_getfield(L, options, "types") == LUA_TNIL) {
    lua_pop(L, 1);
    lua_pushboolean(L, 0);
    return;
  }
  if (!lua_istable(L, -1))
    argument_fail(L, r, "option types must be a table such as {ms = \"number\"}, got %s",
                  argument_type(L, -1));
  lua_newtable(L);
  lua_pushnil(L);
  while (lua_next(L, -3)) { /* given, copy, name, type */
    if (lua_type(L, -2) != LUA_TSTRING)
      argument_fail(L, r, "option types names a column by a %s; use its name",
                    argument_type(L, -2));
    lua_pushfstring(L, "the type of column '%s'", lua_tostring(L, -2));
    int type = argument_choice(L, r, -2, lua_tostring(L, -1), type_names, NULL);
    lua_pop(L, 2);
    lua_pushvalue(L, -1);
    lua_pushinteger(L, type);
    lua_rawset(L, -4);
  }
  lua_remove(L, -2);
}

static void build (lua_State *L, struct recipe *r, int first, unsigned char delimiter) {
  static const char *const names[] = {
    "header", "columns", "delimiter", "quote", "comment", "null", "types", "infer", "ragged",
    "records", "trusted", "max_record", FILES_TEXT_OPTIONS, NULL
  };
  int recipe = lua_gettop(L), options = first + 1;
  argument_at_most(L, r, first, 2);
  if (first >= recipe) files_path(L, r, first); /* refuses that there is none */
  lua_createtable(L, KEPT_NULLS, 0);
  int kept = lua_gettop(L);
  lua_pushvalue(L, recipe); /* files_path wants it on top */
  files_path(L, r, first);
  lua_rawseti(L, kept, KEPT_PATH);
  lua_settop(L, kept);
  struct options *o = lua_newuserdatauv(L, sizeof *o, 0);
  *o = (struct options){ .delimiter = delimiter, .quote = '"', .has_quote = true,
                         .has_header = true, .max_record = DEFAULT_MAX_RECORD };
  lua_rawseti(L, kept, KEPT_OPTIONS);
  lua_pushvalue(L, recipe);
  if (options < recipe && argument_options(L, r, options, names)) {
    o->delimiter = argument_option_byte(L, r, options, "delimiter", delimiter, NULL);
    o->quote = argument_option_byte(L, r, options, "quote", '"', &o->has_quote);
    o->comment = argument_option_byte(L, r, options, "comment", 0, &o->has_comment);
    if ((o->has_quote && o->quote == o->delimiter) ||
        (o->has_comment && (o->comment == o->delimiter || o->comment == o->quote)))
      argument_fail(L, r, "delimiter, quote and comment must differ");
    o->infer = argument_option_flag(L, r, options, "infer");
    o->trusted = argument_option_flag(L, r, options, "trusted");
    o->tables = files_option_tables(L, r, options);
    o->ragged = (enum ragged)argument_option_choice(L, r, options, "ragged", ragged_names);
    o->text = files_option_text(L, r, options);
    lua_Integer most = argument_option_integer(L, r, options, "max_record", 1, 1 << 29);
    if (most > 0) o->max_record = (size_t)most;
    if (argument_option_strings(L, r, options, "columns", false)) {
      o->has_columns = true;
      o->has_header = false;
    }
    lua_rawseti(L, kept, KEPT_COLUMNS);
    if (lua_getfield(L, options, "header") != LUA_TNIL)
      o->has_header = argument_option_flag(L, r, options, "header");
    lua_pop(L, 1);
    push_types(L, r, options);
    if (lua_istable(L, -1) && !o->has_header && !o->has_columns)
      argument_fail(L, r, "option types needs names: a header, or option columns");
    lua_rawseti(L, kept, KEPT_TYPES);
    argument_option_strings(L, r, options, "null", true);
    lua_rawseti(L, kept, KEPT_NULLS);
  }
  lua_settop(L, kept);
  recipe_keep(L, recipe);
}

static void csv_build (lua_State *L, struct recipe *r, int first) { build(L, r, first, ','); }
static void tsv_build (lua_State *L, struct recipe *r, int first) { build(L, r, first, '\t'); }

/* --- a run --- */

struct source {
  struct files files;
  struct csv csv;
  const struct options *options; /* of the recipe */
  int metatable; /* of records */
  struct record_shape *shape; /* of this file's rows, with a metatable of their own */
  bool resync; /* the rest of a bad row's line is passed over */
  bool named;  /* rows are records with names */
  size_t file; /* whose columns are known, of the names, from 1 on; 0: none yet */

  size_t columns;
  uint64_t *words;      /* of the record at hand; the names' are there for good */
  size_t words_capacity;
  unsigned char *types; /* enum type of each column, as many as words_capacity */
  size_t typed, typed_end; /* columns before and from these on have none of option types */
  bool is_lazy;         /* rows are left marked */
  char *front;          /* the literals, the names in quotes */
  size_t front_length, front_capacity;
  size_t front_fixed;   /* the rest of front is of the row at hand */

  struct csv_reading reading; /* nulls are in strings that the recipe has */
};

enum { SLOT_NULLS = FILES_SLOTS, SLOT_METATABLE, SLOTS };

static void csv_init (lua_State *L, struct run *run, struct stage *s, const struct recipe *r,
                      int recipe, int anchors) {
  (void)run, (void)r;
  struct source *src = files_init(L, s, recipe, anchors, sizeof *src, 0);
  lua_getiuservalue(L, recipe, RECIPE_ARGUMENT);
  int kept = lua_gettop(L);
  lua_rawgeti(L, kept, KEPT_OPTIONS);
  const struct options *o = lua_touserdata(L, -1);
  src->options = o;
  src->metatable = record_metatable(L);
  src->files.reader.max_record = o->max_record;
  files_text(&src->files, o->text);
  src->csv = (struct csv){ .memory = &src->files.memory,
                           .signs = { o->delimiter, o->quote, o->has_quote },
                           .comment = o->comment, .has_comment = o->has_comment,
                           .mark = csv_marker_best() };
  src->reading.infer = o->infer;
  if (lua_rawgeti(L, kept, KEPT_NULLS) == LUA_TTABLE) {
    size_t count = src->reading.null_count = lua_rawlen(L, -1);
    struct csv_string *nulls = lua_newuserdatauv(L, count * sizeof *nulls, 0);
    src->reading.nulls = nulls;
    lua_rawseti(L, anchors, s->anchor + SLOT_NULLS);
    for (size_t i = 0; i < count; i++) {
      lua_rawgeti(L, -1, (lua_Integer)i + 1);
      nulls[i].bytes = lua_tolstring(L, -1, &nulls[i].length);
      lua_pop(L, 1);
    }
  }
  lua_settop(L, kept - 1);
}

static void csv_release (struct stage *s) {
  struct source *src = s->c.pointer;
  const struct memory *m = &src->files.memory;
  csv_free(&src->csv);
  memory_free(m, src->words, src->words_capacity * sizeof *src->words);
  memory_free(m, src->types, src->words_capacity);
  memory_free(m, src->front, src->front_capacity);
  src->words = NULL;
  src->types = NULL;
  src->front = NULL;
  src->words_capacity = src->front_capacity = 0;
  files_release(s);
}

/* Appends to front. */
static void append (lua_State *L, struct source *src, const char *bytes, size_t length) {
  if (length > JSON_MAX_TEXT || src->front_length > JSON_MAX_TEXT)
    failure_raise_memory(L);
  size_t need = src->front_length + length;
  if (need > src->front_capacity) {
    char *front = memory_resize(&src->files.memory, src->front, src->front_capacity, 2 * need);
    if (front == NULL) failure_raise_memory(L);
    src->front = front;
    src->front_capacity = 2 * need;
  }
  memcpy(src->front + src->front_length, bytes, length);
  src->front_length = need;
}

/* Makes room for the words and types of so many columns. */
static void reserve (lua_State *L, struct source *src, size_t columns) {
  const struct memory *m = &src->files.memory;
  size_t need = 2 * columns + 2, room = 2 * need;
  if (need <= src->words_capacity) return;
  if (columns > JSON_MAX_TEXT / 8) luaL_error(L, "too many columns");
  uint64_t *words = memory_resize(m, src->words, src->words_capacity * sizeof *words,
                                  room * sizeof *words);
  if (words == NULL) failure_raise_memory(L);
  src->words = words;
  unsigned char *types = memory_resize(m, src->types, src->words_capacity, room);
  if (types == NULL) { /* both have the size they are freed with */
    src->words = memory_resize(m, words, room * sizeof *words,
                               src->words_capacity * sizeof *words);
    failure_raise_memory(L);
  }
  src->types = types;
  src->words_capacity = room;
}

/* Rows with types over more columns than this are split at once. */
#define MOST_TYPED 8

/* --- rows --- */

static bool is_line_end (char c) { return c == '\n' || c == '\r'; }

/* Passes over what is pending up to and with the next line end from `from` on: LF, CRLF or CR. */
static void pass_line (struct source *src, size_t from) {
  size_t length, end = from, lines = 0;
  bool at_end;
  const char *text = reader_pending(&src->files.reader, &length, &at_end);
  while (end < length && !is_line_end(text[end])) end++;
  bool found = end < length;
  csv_skip(&src->csv);
  src->resync = !found && !at_end;
  src->csv.after_cr = found && text[end] == '\r'; /* an LF behind it is no row */
  end += found;
  for (size_t i = 0; i < end; i++)
    lines += text[i] == '\r' || (text[i] == '\n' && (i == 0 || text[i - 1] != '\r'));
  reader_take(&src->files.reader, end, lines);
}

/* Byte column of the offset in the text, from 1. */
static size_t column_of (const char *text, size_t offset) {
  size_t start = offset;
  while (start > 0 && !is_line_end(text[start - 1])) start--;
  return offset - start + 1;
}

/* A row is wrong. One whose quote is never closed has taken in all lines behind it: these are
 * read again, each by itself. */
static leat_code bad_row (struct source *src, const char *text, struct leat_error *e) {
  size_t offset = e->offset;
  if (e->code == LEAT_E_MEMORY) return e->code;
  e->column = column_of(text, offset);
  if (e->code == LEAT_E_SYNTAX && e->line > src->csv.breaks_before + 1) {
    size_t used = strlen(e->message);
    snprintf(e->message + used, sizeof e->message - used, "; the quote is opened in line %zu",
             src->files.reader.line + src->csv.breaks_before + 1);
    offset = src->csv.field; /* the lines behind that one may be rows */
  }
  e->line += src->files.reader.line;
  pass_line(src, offset);
  return e->code;
}

/* The row at hand, with its line end, is longer than max_record. */
static leat_code check_size (struct source *src, const char *text, struct leat_error *e) {
  size_t length = src->csv.size, most = src->files.reader.max_record;
  while (length > 0 && is_line_end(text[length - 1]) && src->csv.size - length < 2) length--;
  if (length <= most) return LEAT_OK;
  *e = (struct leat_error){ .code = LEAT_E_SIZE,
                            .line = src->files.reader.line - src->csv.breaks };
  snprintf(e->message, sizeof e->message, "a row is longer than max_record (%zu bytes)", most);
  return e->code;
}

/* The next row: src->csv's fields, in the text. */
static leat_code next_row (struct source *src, char **text, struct leat_error *e) {
  struct reader *r = &src->files.reader;
  for (;;) {
    size_t length, file = r->next;
    bool at_end;
    *text = reader_pending(r, &length, &at_end);
    if (src->resync && length > 0) {
      pass_line(src, 0);
      continue;
    }
    if (length > 0) {
      enum csv_outcome outcome = csv_scan(&src->csv, *text, length, at_end, e);
      if (outcome == CSV_ERROR) return bad_row(src, *text, e);
      if (outcome == CSV_ROW) {
        reader_take(r, src->csv.size, src->csv.breaks + 1);
        return src->csv.size <= r->max_record ? LEAT_OK : check_size(src, *text, e);
      }
    }
    leat_code code = reader_more(r, e);
    if (code == LEAT_E_SIZE && src->csv.place == CSV_IN_QUOTES) {
      *e = (struct leat_error){ .code = code, .line = src->csv.breaks_before + 1,
                                .offset = src->csv.field };
      snprintf(e->message, sizeof e->message, "a quote is opened here and not closed within "
               "max_record (%zu bytes)", r->max_record);
      return bad_row(src, reader_pending(r, &length, &at_end), e);
    }
    if (code == LEAT_E_SIZE) {
      pass_line(src, 0);
      return code;
    }
    if (code != LEAT_OK) return code;
    if (r->next != file) { /* another file */
      csv_skip(&src->csv);
      src->csv.after_cr = src->resync = false;
    }
  }
}

static bool is_blank (const struct csv *csv) {
  if (csv->count != 1) return false;
  return csv->is_marked ? csv->marks.end == 0 : csv_form_of(csv->fields[0]) == CSV_PLAIN &&
         csv_length(csv->fields[0]) == 0;
}

/* Puts the fields whose quotes are doubled in order, in the buffer. */
static void undouble (struct source *src, char *text) {
  for (size_t i = 0; i < src->csv.count; i++) {
    uint64_t *field = &src->csv.fields[i];
    if (csv_form_of(*field) != CSV_DOUBLED) continue;
    size_t at = csv_at(*field);
    size_t length = csv_undouble(&src->csv, text + at, csv_length(*field), text + at);
    *field = (uint64_t)at << 34 | (uint64_t)length << 4 | CSV_QUOTED;
  }
}

/* --- columns --- */

/* The type of the column named by the string on top. */
static enum type type_of (lua_State *L, int types) {
  enum type type = TYPE_ANY;
  if (lua_istable(L, types)) {
    lua_pushvalue(L, -1);
    if (lua_rawget(L, types) != LUA_TNIL) type = (enum type)lua_tointeger(L, -1);
    lua_pop(L, 1);
  }
  return type;
}

/* The table of names has for each name what number the next column of that name gets, and false for
 * one that a column has whose turn has not come: that keeps it. */

/* Notes the name on top, which is popped, for a column to come. */
static void reserve_name (lua_State *L, int names) {
  if (lua_rawlen(L, -1) > 0) {
    lua_pushvalue(L, -1);
    if (lua_rawget(L, names) == LUA_TNIL) {
      lua_pushvalue(L, -2);
      lua_pushboolean(L, 0);
      lua_rawset(L, names);
    }
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

/* Makes the name on top one that no column has: the second `id` is `id_2`. `given`: a column has it
 * in the file, so it may be taken if it only waits for that. */
static void make_unused (lua_State *L, int names, bool given) {
  int name = lua_gettop(L);
  lua_pushvalue(L, name);
  int type = lua_rawget(L, names);
  if (type == LUA_TNUMBER || (type == LUA_TBOOLEAN && !given)) {
    lua_Integer n = type == LUA_TNUMBER ? lua_tointeger(L, -1) : 2;
    do {
      lua_settop(L, name);
      lua_pushvalue(L, name);
      lua_pushfstring(L, "_%I", (LUAI_UACINT)n++);
      lua_concat(L, 2);
      lua_pushvalue(L, -1);
    } while (lua_rawget(L, names) != LUA_TNIL);
    if (type == LUA_TNUMBER) {
      lua_pushvalue(L, name);
      lua_pushinteger(L, n);
      lua_rawset(L, names);
    }
    lua_pop(L, 1);
    lua_replace(L, name);
  }
  lua_settop(L, name);
  lua_pushvalue(L, name);
  lua_pushinteger(L, 2);
  lua_rawset(L, names);
}

/* Adds the column named by the string on top, which is popped. `names`: index of the set of those
 * so far, in front of the types. False: it is not UTF-8. */
static bool add_column (lua_State *L, struct source *src, int names) {
  size_t k = src->columns, length, bad;
  bool given = lua_rawlen(L, -1) > 0;
  if (!given) {
    lua_pop(L, 1);
    lua_pushfstring(L, "column_%I", (LUAI_UACINT)k + 1);
  }
  make_unused(L, names, given);
  const char *name = lua_tolstring(L, -1, &length);
  reserve(L, src, k + 1);
  src->types[k] = (unsigned char)type_of(L, names + 1);
  if (src->types[k] != TYPE_ANY) {
    if (src->typed == src->typed_end) src->typed = k;
    src->typed_end = k + 1;
  }
  if (length > JSON_MAX_TEXT / 8) luaL_error(L, "a column's name is too long");
  char *quoted = lua_newuserdatauv(L, json_quoted_bound(length), 0);
  size_t made = json_quote(name, length, quoted, &bad);
  if (made == 0) return false;
  src->words[2 + 2 * k] = json_word(src->front_length + 1, made - 2,
                               made == length + 2 ? JSON_STRING : JSON_ESCAPED);
  append(L, src, quoted, made);
  src->columns++;
  lua_pop(L, 2);
  return true;
}

/* Refuses a type for a column that is not there. The names are below the types, on top. */
static verdict check_types (struct flow *f, struct source *src, int names) {
  lua_State *L = f->L;
  if (!lua_istable(L, names + 1)) return V_PASS;
  lua_pushnil(L);
  while (lua_next(L, names + 1)) {
    lua_pushvalue(L, -2);
    if (lua_rawget(L, names) == LUA_TNIL) {
      struct leat_error e = { .code = LEAT_E_USE, .line = src->files.reader.line };
      snprintf(e.message, sizeof e.message, "option types: there is no column '%.150s'",
               lua_tostring(L, -3));
      return files_outcome(f, &src->files, e.code, &e);
    }
    lua_pop(L, 2);
  }
  return V_PASS;
}

static void begin_columns (struct flow *f, struct stage *s, struct source *src) {
  lua_State *L = f->L;
  src->columns = 0;
  src->typed = src->typed_end = 0;
  src->front_length = 0;
  append(L, src, RECORD_LITERALS, sizeof RECORD_LITERALS - 1);
  luaL_checkstack(L, 12, "columns");
  flow_push_anchor(f, s, FILES_RECIPE);
  lua_getiuservalue(L, -1, RECIPE_ARGUMENT);
  lua_rawgeti(L, -1, KEPT_COLUMNS);
  lua_newtable(L);
  lua_rawgeti(L, -3, KEPT_TYPES);
}

/* Learns the columns: from the option, from the header that is at hand (`text`), or that there
 * are as many as in the row at hand. */
static verdict learn_columns (struct flow *f, struct stage *s, struct source *src, char *text) {
  lua_State *L = f->L;
  int top = lua_gettop(L);
  begin_columns(f, s, src);
  int names = lua_gettop(L) - 1, given = names - 1;
  src->named = src->options->has_header || lua_istable(L, given);
  if (lua_istable(L, given))
    for (lua_Integer i = 1; i <= (lua_Integer)lua_rawlen(L, given); i++) {
      lua_rawgeti(L, given, i);
      reserve_name(L, names);
    }
  else if (src->named)
    for (size_t i = 0; i < src->csv.count; i++) {
      uint64_t field = src->csv.fields[i];
      lua_pushlstring(L, text + csv_at(field), csv_length(field));
      reserve_name(L, names);
    }
  if (lua_istable(L, given))
    for (lua_Integer i = 1; lua_rawgeti(L, given, i) != LUA_TNIL; i++) {
      if (!add_column(L, src, names))
        return flow_fail(f, LEAT_E_USE, "option columns: name %d is not UTF-8", (int)i);
    }
  else if (src->named)
    for (size_t i = 0; i < src->csv.count; i++) {
      uint64_t field = src->csv.fields[i];
      lua_pushlstring(L, text + csv_at(field), csv_length(field));
      if (!add_column(L, src, names)) {
        struct leat_error e = { .code = LEAT_E_IO, .line = src->files.reader.line };
        strcpy(e.message, "the header is not valid UTF-8");
        files_hint(&src->files, &e);
        return files_outcome(f, &src->files, e.code, &e);
      }
    }
  else {
    src->columns = src->csv.count;
    reserve(L, src, src->columns);
    memset(src->types, TYPE_ANY, src->columns);
  }
  if (src->named && check_types(f, src, names) == V_ERROR) return V_ERROR;
  src->front_fixed = src->front_length;
  src->is_lazy = !src->options->tables && src->typed_end - src->typed <= MOST_TYPED;
  src->words[0] = json_word(0, 2 + (src->named ? 2 : 1) * src->columns,
                       src->named ? JSON_OBJECT : JSON_ARRAY);
  struct record_columns columns = { .words = src->words,
                                    .count = json_length(src->words[0]),
                                    .front = src->front,
                                    .front_length = src->front_length,
                                    .signs = src->csv.signs,
                                    .reading = src->reading,
                                    .known = src->typed,
                                    .known_end = src->typed_end };
  src->shape = record_push_shape(L, src->metatable, &columns);
  flow_set_anchor(f, s, SLOT_METATABLE);
  lua_settop(L, top);
  return V_PASS;
}

/* --- values --- */

/* The word of a field that need not be text, which it is so far. False: it is not of its column's
 * type. */
static bool typed_word (lua_State *L, struct source *src, struct record_row *row, size_t i,
                        uint64_t field, uint64_t *out) {
  bool quoted = csv_form_of(field) != CSV_PLAIN;
  enum type type = i < src->columns ? (enum type)src->types[i] : TYPE_ANY;
  size_t length = csv_length(field), at = csv_at(field);
  const char *bytes = row->text + at;
  enum json_kind kind = JSON_BYTES;
  at += row->front_length;
  if (!quoted && csv_is_null(&src->reading, bytes, length)) kind = JSON_NULL;
  else if (type == TYPE_ANY && !quoted) kind = csv_kind(&src->reading, bytes, length);
  else if (type == TYPE_NUMBER || type == TYPE_BOOLEAN) {
    if (type == TYPE_BOOLEAN) kind = csv_boolean(bytes, length);
    else kind = json_kind_of_number(bytes, length);
    if (kind == JSON_NULL && length > 0 && type == TYPE_BOOLEAN) return false;
    if (kind == JSON_NULL && length > 0) {
      char number[CSV_NUMBER_LONGEST + 2];
      size_t made = csv_number(bytes, length, number);
      if (made == 0) return false;
      at = row->front_length + row->length + row->back_length;
      *out = json_word(at, made, json_kind_of_number(number, made));
      append(L, src, number, made); /* front may move */
      row->back_length += made;
      return true;
    }
  }
  *out = record_row_word(at, length, kind);
  return true;
}

/* V_ERROR: the field `i` of the row is not of its column's type. */
static verdict fail_type (struct flow *f, struct source *src, const char *text, size_t line,
                          size_t i, uint64_t field) {
  lua_State *L = f->L;
  struct leat_error e = { .code = LEAT_E_ITEM, .line = line,
                          .column = column_of(text, csv_at(field)) };
  size_t length = csv_length(field);
  if (src->named) json_push_scalar(L, src->front, src->words[2 + 2 * i]);
  else lua_pushinteger(L, (lua_Integer)i + 1);
  lua_pushfstring(L, "column '%s' must be a %s, got '", luaL_tolstring(L, -1, NULL),
                  type_names[src->types[i]]);
  lua_pushlstring(L, text + csv_at(field), length < 60 ? length : 60);
  lua_pushstring(L, length < 60 ? "'" : "...'");
  lua_concat(L, 3);
  strncpy(e.message, lua_tostring(L, -1), sizeof e.message - 1);
  return files_fail_item(f, &src->files, &e);
}

/* --- records --- */

/* V_PASS: the row has as many fields as there are columns, or it may have others. */
static verdict check_width (struct flow *f, struct source *src, size_t line) {
  size_t fields = src->csv.count;
  enum ragged ragged = src->options->ragged;
  if (fields == src->columns || ragged == RAGGED_KEEP) return V_PASS;
  if (fields < src->columns && ragged == RAGGED_PAD) return V_PASS;
  struct leat_error e = { .code = LEAT_E_SYNTAX, .line = line };
  lua_pushfstring(f->L, "the row has %I field%s, %s %I", (LUAI_UACINT)fields,
                  fields == 1 ? "" : "s",
                  src->options->has_columns  ? "option columns has"
                  : src->options->has_header ? "the header has"
                                             : "others have",
                  (LUAI_UACINT)src->columns);
  strncpy(e.message, lua_tostring(f->L, -1), sizeof e.message - 1);
  lua_pop(f->L, 1);
  files_fail_item(f, &src->files, &e);
  if (ragged != RAGGED_SKIP) return V_ERROR;
  policy_count_skipped(f, lua_gettop(f->L));
  lua_pop(f->L, 1);
  return V_DROP;
}

/* The words of all fields as text, in every second word when between names. */
static void text_words (const struct csv *csv, size_t front, uint64_t *words, bool named) {
  const uint64_t shift = (uint64_t)front << 34 | JSON_BYTES;
  const uint64_t *fields = csv->fields;
  size_t count = csv->count;
  if (named)
    for (size_t i = 0; i < count; i++) words[2 * i] = (fields[i] & ~(uint64_t)15) + shift;
  else
    for (size_t i = 0; i < count; i++) words[i] = (fields[i] & ~(uint64_t)15) + shift;
}

/* Names for the fields that there are no columns for. */
static void add_extra_columns (struct flow *f, struct stage *s, struct source *src) {
  lua_State *L = f->L;
  int top = lua_gettop(L);
  luaL_checkstack(L, 12, "columns");
  flow_push_anchor(f, s, FILES_RECIPE);
  lua_newtable(L);
  lua_pushboolean(L, 0);
  int names = lua_gettop(L) - 1;
  for (size_t i = 0; i < src->columns; i++) {
    json_push_scalar(L, src->front, src->words[2 + 2 * i]);
    lua_pushinteger(L, 2);
    lua_rawset(L, names);
  }
  size_t columns = src->columns, typed = src->typed, typed_end = src->typed_end;
  while (src->columns < src->csv.count) {
    lua_pushliteral(L, "");
    add_column(L, src, names);
  }
  src->columns = columns;
  src->typed = typed;
  src->typed_end = typed_end;
  lua_settop(L, top);
}

/* The record of a row that stays marked: only columns with a type are looked at. */
static verdict push_marked (struct flow *f, struct stage *s, struct source *src, const char *text,
                            size_t line) {
  lua_State *L = f->L;
  uint64_t known[MOST_TYPED];
  size_t size = src->csv.marks.end, first = src->typed;
  struct record_row row = { .text = text, .length = size };
  src->front_length = src->front_fixed;
  for (size_t i = first; i < src->typed_end; i++) {
    size_t end, at = csv_marked(src->csv.marks.ends, size, i, &end);
    uint64_t field = csv_marked_word(text, at, end, &src->csv.signs);
    bool is_short = src->types[i] == TYPE_NUMBER && src->reading.null_count == 0 &&
                    number_is_short(text + at, end - at);
    known[i - first] = (field & ~(uint64_t)15) + (is_short ? JSON_INTEGER : JSON_BYTES);
    if (!is_short && !typed_word(L, src, &row, i, field, &known[i - first]))
      return fail_type(f, src, text, line, i, field);
  }
  struct record_marked marked = { .marks = &src->csv.marks, .known = known, .text = text,
                                  .back = src->front + src->front_fixed,
                                  .back_length = row.back_length };
  record_push_marked(L, flow_anchor(f, s, SLOT_METATABLE), src->shape, &marked);
  return V_PASS;
}

static verdict push_record (struct flow *f, struct stage *s, struct source *src, char *text,
                            size_t line) {
  lua_State *L = f->L;
  size_t fields = src->csv.count, width = src->columns, step = src->named ? 2 : 1;
  if (!csv_split(&src->csv, text)) luaL_error(L, "not enough memory");
  src->front_length = src->front_fixed;
  if (src->named && fields > width) add_extra_columns(f, s, src);
  size_t front = src->front_length;
  if (fields > width || src->options->ragged == RAGGED_KEEP) width = fields;
  reserve(L, src, width);
  uint64_t *words = src->words;
  struct record_row row = { .words = words, .count = 2 + step * width, .front = src->front,
                            .front_length = front, .text = text, .length = src->csv.size };
  words[0] = json_word(0, row.count, src->named ? JSON_OBJECT : JSON_ARRAY);
  uint64_t *values = words + 1 + step;
  text_words(&src->csv, front, values, src->named);
  bool all = src->reading.infer || src->reading.null_count > 0;
  size_t from = all ? 0 : src->typed, to = all || src->typed_end > fields ? fields : src->typed_end;
  for (size_t i = from; i < to; i++)
    if (!typed_word(L, src, &row, i, src->csv.fields[i], &values[i * step]))
      return fail_type(f, src, text, line, i, src->csv.fields[i]);
  row.front = src->front; /* it may have moved */
  row.back = src->front + front;
  for (size_t i = fields; i < width; i++) values[i * step] = record_row_word(0, 0, JSON_NULL);
  bool has_shape = width == src->columns;
  if (has_shape) flow_push_anchor(f, s, SLOT_METATABLE);
  else lua_rawgeti(L, LUA_REGISTRYINDEX, src->metatable);
  record_push_row(L, lua_gettop(L), has_shape ? src->shape : NULL, &row);
  return V_PASS;
}

/* The usual row, as csv_pull takes it: of a file whose columns are known, whole in the buffer,
 * simple, with as many fields. False: it may be another one. 50 instructions of 1,890 less. */
static bool next_usual_row (struct source *src, char **text) {
  struct reader *r = &src->files.reader;
  struct csv *csv = &src->csv;
  size_t length;
  bool at_end;
  if (!src->is_lazy || src->resync || src->file != r->index + 1) return false;
  *text = reader_pending(r, &length, &at_end);
  if (!csv_mark(csv, *text, length)) return false;
  if (csv->count == src->columns && csv->marks.end > 0 && csv->size <= r->max_record &&
      (!csv->not_ascii || src->options->trusted ||
       utf8_valid_prefix(*text, csv->size) == csv->size)) {
    reader_take(r, csv->size, 1);
    return true;
  }
  csv->after_cr = false; /* it is scanned again */
  return false;
}

static verdict csv_pull (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  struct source *src = s->c.pointer;
  struct reader *reader = &src->files.reader;
  struct leat_error e; /* not cleared: it has a message of 256 bytes */
  verdict v;
  char *text;
  if (s->phase == 0 && (v = files_start(f, s, true)) != V_PASS) return v;
  if (next_usual_row(src, &text)) {
    v = push_marked(f, s, src, text, reader->line);
    return v == V_PASS ? flow_pass(f, 1) : v;
  }
  for (;;) {
    leat_code code = next_row(src, &text, &e);
    bool is_known = src->file == reader->index + 1;
    if (code != LEAT_OK) {
      bool is_of_row = code == LEAT_E_SYNTAX || code == LEAT_E_SIZE;
      if (is_of_row && src->options->has_header && !is_known)
        code = e.code = LEAT_E_IO; /* left out, it would make the next row the header */
      else if (is_of_row)
        return files_fail_item(f, &src->files, &e);
      return files_outcome(f, &src->files, code, &e);
    }
    size_t line = reader->line - src->csv.breaks;
    if (src->csv.is_comment || is_blank(&src->csv)) continue;
    size_t valid = src->csv.size;
    if (src->csv.not_ascii && !src->options->trusted) valid = utf8_valid_prefix(text, valid);
    if (valid < src->csv.size) {
      e = (struct leat_error){ .code = LEAT_E_ENCODING, .line = line,
                               .column = column_of(text, valid) };
      strcpy(e.message, "the row is not valid UTF-8");
      files_hint(&src->files, &e);
      if (is_known || !src->options->has_header) return files_fail_item(f, &src->files, &e);
      e.code = LEAT_E_IO;
      return files_outcome(f, &src->files, e.code, &e);
    }
    if (src->csv.has_doubled) undouble(src, text); /* what it leaves over need not be UTF-8 */
    if (!is_known) {
      bool header = src->options->has_header;
      if (!csv_split(&src->csv, text)) luaL_error(L, "not enough memory");
      if (learn_columns(f, s, src, text) == V_ERROR) return V_ERROR;
      src->file = reader->index + 1;
      if (header) continue;
    }
    if ((v = check_width(f, src, line)) == V_DROP) continue;
    if (v == V_ERROR || push_record(f, s, src, text, line) == V_ERROR) return V_ERROR;
    if (src->options->tables) {
      record_push_table(L, lua_gettop(L));
      lua_remove(L, -2);
    }
    return flow_pass(f, 1);
  }
}

const struct steps steps_read_csv = { .anchors = SLOTS, .on_stack = SLOTS, .build = csv_build,
                                      .init = csv_init, .pull = csv_pull,
                                      .release = csv_release };
const struct steps steps_read_tsv = { .anchors = SLOTS, .on_stack = SLOTS, .build = tsv_build,
                                      .init = csv_init, .pull = csv_pull,
                                      .release = csv_release };
