/* SPDX-License-Identifier: MIT
 * json.c - read_json: the elements of an array in a JSON text of any size.
 *
 * bytes/json_stream.c leads the path through the text and cuts it up where it is in the reader's
 * buffer; each piece becomes an item as a line of read_jsonl does.
 */
#include <stdio.h>
#include <string.h>

#include <lauxlib.h>

#include "binding/record.h"
#include "bytes/json_stream.h"
#include "core/argument.h"
#include "core/interrupt.h"
#include "core/path.h"
#include "sources/files.h"
#include "sources/records.h"

struct source {
  struct files files;
  struct records records;
  struct json_stream stream;
  bool ended; /* where the text goes on is not known */
  struct {    /* what was read of the text at hand before it was asked for */
    enum { AHEAD_NONE, AHEAD_OUTCOME, AHEAD_SCANNED /* a value, on the tape */ } state;
    enum json_outcome outcome;
    const char *text;
    struct leat_error error;
  } ahead;
};

/* The recipe's argument, a list: the path of the file; that into the text, parsed, or false. */
enum { KEPT_FILE = 1, KEPT_PATH };

enum { SLOT_STEPS = FILES_SLOTS, SLOTS };

/* --- building --- */

/* Pushes the option path, parsed; false if it is not given. */
static void push_path (lua_State *L, struct recipe *r, int options, int recipe) {
  if (lua_getfield(L, options, "path") == LUA_TNIL) {
    lua_pop(L, 1);
    lua_pushboolean(L, 0);
    return;
  }
  int given = lua_gettop(L);
  lua_pushvalue(L, recipe); /* path_check wants it on top */
  path_check(L, r, given, "option path");
  int path = lua_gettop(L);
  if (lua_rawgeti(L, path, 1) != LUA_TNUMBER || lua_tointeger(L, -1) != 0)
    argument_fail(L, r, "option path leads into a text, which has no part %s",
                  lua_tostring(L, given));
  for (lua_Integer i = 2; lua_rawgeti(L, path, i) != LUA_TNIL; i++) {
    if (lua_isinteger(L, -1) && lua_tointeger(L, -1) < 1)
      argument_fail(L, r, "option path: [%I] counts from the end, which a stream does not know",
                    (LUAI_UACINT)lua_tointeger(L, -1));
    lua_pop(L, 1);
  }
  lua_settop(L, path);
}

static void json_build (lua_State *L, struct recipe *r, int first) {
  static const char *const names[] = { "path", RECORDS_OPTIONS, NULL };
  int recipe = lua_gettop(L), options = first + 1;
  argument_at_most(L, r, first, 2);
  if (first >= recipe) files_path(L, r, first); /* refuses that there is none */
  lua_createtable(L, KEPT_PATH, 0);
  int kept = lua_gettop(L);
  lua_pushvalue(L, recipe);
  files_path(L, r, first);
  lua_rawseti(L, kept, KEPT_FILE);
  if (options < recipe && argument_options(L, r, options, names)) {
    records_options(L, r, options);
    push_path(L, r, options, recipe);
    lua_rawseti(L, kept, KEPT_PATH);
  }
  lua_settop(L, kept);
  recipe_keep(L, recipe);
}

/* --- a run --- */

static void json_init (lua_State *L, struct run *run, struct stage *s, const struct recipe *r,
                       int recipe, int anchors) {
  (void)run;
  size_t longest = records_longest(r);
  if (longest == 0) longest = JSON_MAX_TEXT;
  /* The stream says itself that a value is too long; it can look a few bytes further. */
  struct source *src = files_init(L, s, recipe, anchors, sizeof *src, longest + JSON_PADDING);
  records_init(L, &src->records, r, &src->files);
  src->stream.memory = &src->files.memory;
  src->stream.max_depth = src->records.json.max_depth;
  src->stream.max_record = longest;
  lua_getiuservalue(L, recipe, RECIPE_ARGUMENT);
  if (lua_rawgeti(L, -1, KEPT_PATH) == LUA_TTABLE) {
    int path = lua_gettop(L);
    size_t count = lua_rawlen(L, path) - 1;
    struct json_step *steps = lua_newuserdatauv(L, count * sizeof *steps, 0);
    lua_pushvalue(L, -1);
    lua_rawseti(L, anchors, s->anchor + SLOT_STEPS);
    for (size_t i = 0; i < count; i++) { /* the recipe has the names */
      bool is_name = lua_rawgeti(L, path, (lua_Integer)i + 2) == LUA_TSTRING;
      steps[i] = (struct json_step){ 0 };
      if (is_name) steps[i].name = lua_tolstring(L, -1, &steps[i].length);
      else steps[i].position = (size_t)lua_tointeger(L, -1);
      lua_pop(L, 1);
    }
    src->stream.steps = steps;
    src->stream.step_count = count;
    lua_pop(L, 1);
  }
  lua_pop(L, 2);
}

static void json_release (struct stage *s) {
  struct source *src = s->c.pointer;
  if (src->stream.objects != NULL) json_stream_free(&src->stream);
  records_free(&src->records);
  files_release(s);
}

/* --- errors --- */

static bool is_identifier (const struct json_step *step) {
  for (size_t i = 0; i < step->length; i++) {
    unsigned char c = (unsigned char)step->name[i];
    bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
    if (!letter && c != '_' && c < 0x80 && (i == 0 || c < '0' || c > '9')) return false;
  }
  return step->length > 0;
}

/* Adds the path's first `count` steps to the buffer, as they are written. */
static void add_path (luaL_Buffer *b, const struct json_stream *stream, size_t count) {
  if (count == 0) luaL_addstring(b, "the text");
  for (size_t i = 0; i < count; i++) {
    const struct json_step *step = &stream->steps[i];
    if (step->position != 0) {
      if (i == 0) luaL_addchar(b, '_');
      lua_pushfstring(b->L, "[%I]", (LUAI_UACINT)step->position);
      luaL_addvalue(b);
      continue;
    }
    bool plain = is_identifier(step);
    luaL_addstring(b, plain ? i == 0 ? "" : "." : i == 0 ? "_[\"" : "[\"");
    luaL_addlstring(b, step->name, step->length);
    if (!plain) luaL_addstring(b, "\"]");
  }
}

#define NAMES_SHOWN 5

/* Adds why the path ends in an object that has other names than its. */
static void add_names (luaL_Buffer *b, const struct json_stream *stream) {
  const char *names[JSON_STREAM_NAMES];
  size_t count = stream->name_count, shown = count < NAMES_SHOWN ? count : NAMES_SHOWN;
  for (size_t i = 0; i < count; i++) names[i] = stream->names[i];
  const char *wanted = stream->steps[stream->absent.step].name;
  const char *nearest = argument_nearest(wanted, names, count);
  if (nearest != NULL) {
    lua_pushfstring(b->L, "; did you mean '%s'?", nearest);
    luaL_addvalue(b);
    return;
  }
  for (size_t i = 0; i < shown; i++) {
    lua_pushfstring(b->L, "%s'%s'", i == 0 ? "; it has " : ", ", names[i]);
    luaL_addvalue(b);
  }
  if (shown > 0 && stream->absent.count > shown) luaL_addstring(b, " ...");
}

static const char *kind_of (char first) {
  switch (first) {
    case '{': return "an object";
    case '[': return "an array";
    case '"': return "a string";
    case 't': case 'f': return "a boolean";
    case 'n': return "null";
    default: return "a number";
  }
}

/* Pushes e.g. "there is nothing at data.rows: data has no 'rows'; it has 'row', 'count'". */
static void push_absent (lua_State *L, const struct json_stream *stream) {
  size_t step = stream->absent.step;
  const struct json_step *wanted = &stream->steps[step];
  char found = stream->absent.found;
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  luaL_addstring(&b, "there is nothing at ");
  add_path(&b, stream, stream->step_count);
  luaL_addstring(&b, ": ");
  add_path(&b, stream, step);
  if (found == '{' && wanted->position == 0) {
    luaL_addstring(&b, " has no '");
    luaL_addlstring(&b, wanted->name, wanted->length);
    luaL_addstring(&b, "'");
    add_names(&b, stream);
  }
  else if (found == '[' && wanted->position != 0) {
    size_t count = stream->absent.count;
    lua_pushfstring(L, " has %I element%s", (LUAI_UACINT)count, count == 1 ? "" : "s");
    luaL_addvalue(&b);
  }
  else {
    lua_pushfstring(L, " is %s, not %s", kind_of(found),
                    wanted->position == 0 ? "an object" : "an array");
    luaL_addvalue(&b);
  }
  luaL_pushresult(&b);
}

/* The path leads to nothing in this text; another may follow. */
static verdict fail_absent (struct flow *f, struct source *src, struct leat_error *e) {
  luaL_checkstack(f->L, 12, "an error message");
  push_absent(f->L, &src->stream);
  snprintf(e->message, sizeof e->message, "%s", lua_tostring(f->L, -1));
  lua_pop(f->L, 1);
  return files_fail_item(f, &src->files, e);
}

/* What is behind here cannot be told from what is in it: no item that could be left out. */
static verdict fail_text (struct flow *f, struct source *src, struct leat_error *e) {
  src->ended = true;
  e->code = LEAT_E_IO;
  return files_outcome(f, &src->files, e->code, e);
}

/* --- items --- */

static leat_code scan_value (struct source *src, const char *text, struct leat_error *e) {
  return records_scan(&src->records, text + src->stream.at, src->stream.size, e);
}

static verdict fail_value (struct flow *f, struct source *src, const char *text,
                           struct leat_error *e) {
  struct json_stream *stream = &src->stream;
  const char *value = text + stream->at;
  if ((unsigned char)value[e->offset] >= 0x80) files_hint(&src->files, e);
  if (e->line == 1) e->column += stream->value.column - 1;
  e->line += stream->value.line - 1;
  bool is_word = stream->depth == 0 && strchr("{[\"", stream->first) == NULL;
  bool is_whole = e->code == LEAT_E_MEMORY ||
                  (!is_word && json_stream_balanced(stream, value, stream->size));
  return is_whole ? files_fail_item(f, &src->files, e) : fail_text(f, src, e);
}

/* The next outcome in what is at hand of the text; JSON_MORE, too, if that is nothing. */
static enum json_outcome read_on (struct source *src, const char **text, struct leat_error *e) {
  struct reader *reader = &src->files.reader;
  size_t length, line = src->stream.line;
  bool at_end;
  *text = reader_pending(reader, &length, &at_end);
  if (length == 0 && !at_end) return JSON_MORE;
  enum json_outcome outcome = json_stream_next(&src->stream, *text, length, at_end, e);
  reader_take(reader, src->stream.used, src->stream.line - line);
  if (outcome == JSON_BROKEN && e->line == 1 && e->column == 1 && length > 0 &&
      (unsigned char)**text >= 0x80)
    files_hint(&src->files, e);
  return outcome;
}

static void foresee (struct flow *f, struct stage *below, const struct source *src,
                     const char *text) {
  struct record_spot spot = record_spot_of(text + src->stream.at, src->records.tape.words);
  below->steps->foresee(f, below, &spot);
}

/* As that of read_jsonl: the stage below knows its next item when this one has been passed. */
static void look_ahead (struct flow *f, struct stage *below, struct source *src) {
  struct leat_error e;
  src->ahead.outcome = read_on(src, &src->ahead.text, &src->ahead.error);
  src->ahead.state = AHEAD_OUTCOME;
  if (src->ahead.outcome != JSON_VALUE || scan_value(src, src->ahead.text, &e) != LEAT_OK) return;
  src->ahead.state = AHEAD_SCANNED;
  foresee(f, below, src, src->ahead.text);
}

static verdict pass_value (struct flow *f, struct stage *s, struct source *src, const char *text,
                           bool scanned) {
  struct leat_error e; /* to fill it with zeros takes 3 % of the time */
  bool foresees = !src->records.tables && f->run->count > 1 && s[1].steps->foresee != NULL;
  if (!scanned) {
    if (scan_value(src, text, &e) != LEAT_OK) return fail_value(f, src, text, &e);
    if (foresees) foresee(f, s + 1, src, text);
  }
  if (foresees) s[1].steps->comes(f, s + 1);
  verdict passed = records_pass(f, &src->records, text + src->stream.at, src->stream.size);
  if (foresees) look_ahead(f, s + 1, src);
  return passed;
}

/* The next outcome in the text: that which was read ahead, if one was. */
static enum json_outcome next_outcome (struct source *src, const char **text, bool *scanned,
                                       struct leat_error *e) {
  *scanned = src->ahead.state == AHEAD_SCANNED;
  if (src->ahead.state == AHEAD_NONE) return read_on(src, text, e);
  src->ahead.state = AHEAD_NONE;
  *text = src->ahead.text;
  if (src->ahead.outcome != JSON_VALUE) *e = src->ahead.error;
  return src->ahead.outcome;
}

static verdict json_pull (struct flow *f, struct stage *s) {
  struct source *src = s->c.pointer;
  struct json_stream *stream = &src->stream;
  struct reader *reader = &src->files.reader;
  struct leat_error e;
  const char *text;
  bool scanned;
  verdict v;
  if (s->phase == 0) {
    if ((v = files_start(f, s, true)) != V_PASS) return v;
    if (json_stream_open(stream, &e) != LEAT_OK)
      return files_outcome(f, &src->files, e.code, &e);
  }
  while (!src->ended) {
    switch (next_outcome(src, &text, &scanned, &e)) {
      case JSON_MORE: break;
      case JSON_VALUE: return pass_value(f, s, src, text, scanned);
      case JSON_NOTHING: return fail_absent(f, src, &e);
      case JSON_LEFT_OUT: return files_fail_item(f, &src->files, &e);
      case JSON_BROKEN: return fail_text(f, src, &e);
    }
    size_t file = reader->next;
    leat_code code = reader_more(reader, &e);
    if (code != LEAT_OK) return files_outcome(f, &src->files, code, &e);
    if (reader->next != file) json_stream_begin(stream);
    if (interrupt_pending(&f->root->state->interrupt)) return V_DROP; /* the driver ends it */
  }
  return V_END;
}

const struct steps steps_read_json = { .anchors = SLOTS, .build = json_build, .init = json_init,
                                       .pull = json_pull, .release = json_release };
