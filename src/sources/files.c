/* SPDX-License-Identifier: MIT
 * files.c - sources that read files: read_lines, read_chunks, read_jsonl.
 *
 * The argument is a path, a glob, "-", a list of them, or an open file of Lua's. Paths
 * are expanded and files opened by the first pull. Everything is held in one userdata
 * with a struct file_source, made when the run is and released by close.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>

#include "binding/json.h"
#include "binding/memory.h"
#include "binding/record.h"
#include "bytes/reader.h"
#include "core/argument.h"
#include "core/failure.h"
#include "core/interrupt.h"
#include "core/pace.h"
#include "core/run.h"
#include "sources/from.h"

struct file_source {
  struct memory memory;
  struct reader reader;
  struct json_tape tape;
  struct json_options json;
  const char **names; /* into the strings of slot NAMES */
  size_t count, capacity;
  size_t chunk_size;
  bool tables; /* records = "table" */
  struct {     /* of read_jsonl, a line that is not blank */
    const char *text;
    size_t length;
    enum { LINE_NONE, LINE_READ, LINE_SCANNED } state; /* of the one to give next */
  } line;
};

/* Slots: the recipe, the names, the struct. */
enum { RECIPE, NAMES, SOURCE, SLOTS };

/* The options of all three readers, as n[0..2]. */
enum { OPTION_MAX_RECORD, OPTION_DEPTH_OR_SIZE, OPTION_FLAGS };
enum { FLAG_TABLES = 1, FLAG_TRUSTED = 2 };

static void path_argument (lua_State *L, struct recipe *r, int first) {
  if (first >= lua_gettop(L))
    argument_fail(L, r, "path must be a string, a list of strings or an open file, got nothing");
  switch (lua_type(L, first)) {
    case LUA_TSTRING: r->read_once = strcmp(lua_tostring(L, first), "-") == 0; break;
    case LUA_TTABLE:
      if (luaL_len(L, first) == 0) argument_fail(L, r, "the list of paths is empty");
      for (lua_Integer i = 1; i <= luaL_len(L, first); i++) {
        if (lua_geti(L, first, i) != LUA_TSTRING)
          argument_fail(L, r, "path %d of the list must be a string, got %s", (int)i,
                        argument_type(L, -1));
        if (strcmp(lua_tostring(L, -1), "-") == 0) r->read_once = true;
        lua_pop(L, 1);
      }
      break;
    default: {
      luaL_Stream *stream = luaL_testudata(L, first, LUA_FILEHANDLE);
      if (stream == NULL)
        argument_fail(L, r, "path must be a string, a list of strings or an open file, got %s",
                      argument_type(L, first));
      else if (stream->closef == NULL)
        argument_fail(L, r, "the file is closed");
      r->read_once = true;
    }
  }
  lua_pushvalue(L, first);
  recipe_keep(L, -2);
}

static lua_Integer option_integer (lua_State *L, struct recipe *r, int options,
                                   const char *name, lua_Integer least, lua_Integer most) {
  lua_Integer value = 0;
  if (lua_getfield(L, options, name) != LUA_TNIL) {
    if (!lua_isinteger(L, -1) || lua_tointeger(L, -1) < least || lua_tointeger(L, -1) > most)
      argument_fail(L, r, "option %s must be a whole number from %I to %I, got %s", name,
                    (LUAI_UACINT)least, (LUAI_UACINT)most, luaL_tolstring(L, -1, NULL));
    value = lua_tointeger(L, -1);
  }
  lua_pop(L, 1);
  return value;
}

static void lines_build (lua_State *L, struct recipe *r, int first) {
  static const char *const names[] = { "max_record", NULL };
  argument_at_most(L, r, first, 2);
  path_argument(L, r, first);
  if (argument_options(L, r, first + 1, names))
    r->n[OPTION_MAX_RECORD].integer = option_integer(L, r, first + 1, "max_record", 1, 1 << 30);
}

static void chunks_build (lua_State *L, struct recipe *r, int first) {
  static const char *const names[] = { "size", NULL };
  argument_at_most(L, r, first, 2);
  path_argument(L, r, first);
  if (argument_options(L, r, first + 1, names))
    r->n[OPTION_DEPTH_OR_SIZE].integer = option_integer(L, r, first + 1, "size", 1, 1 << 30);
}

static void jsonl_build (lua_State *L, struct recipe *r, int first) {
  static const char *const names[] = { "records", "trusted", "max_record", "max_depth", NULL };
  argument_at_most(L, r, first, 2);
  path_argument(L, r, first);
  if (!argument_options(L, r, first + 1, names)) return;
  int options = first + 1;
  r->n[OPTION_MAX_RECORD].integer = option_integer(L, r, options, "max_record", 1, 1 << 30);
  r->n[OPTION_DEPTH_OR_SIZE].integer = option_integer(L, r, options, "max_depth", 1, 1000000);
  if (lua_getfield(L, options, "records") != LUA_TNIL) {
    const char *records = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : "";
    if (strcmp(records, "table") == 0) r->n[OPTION_FLAGS].integer |= FLAG_TABLES;
    else if (strcmp(records, "lazy") != 0)
      argument_fail(L, r,
                    *records != '\0' ? "option records must be \"lazy\" or \"table\", got \"%s\""
                                     : "option records must be \"lazy\" or \"table\", got %s",
                    luaL_tolstring(L, -1, NULL));
  }
  lua_pop(L, 1);
  if (lua_getfield(L, options, "trusted") != LUA_TNIL) {
    if (!lua_isboolean(L, -1))
      argument_fail(L, r, "option trusted must be true or false, got %s", argument_type(L, -1));
    if (lua_toboolean(L, -1)) r->n[OPTION_FLAGS].integer |= FLAG_TRUSTED;
  }
  lua_pop(L, 1);
}

static void files_init (lua_State *L, struct run *run, struct stage *s, const struct recipe *r,
                        int recipe, int anchors) {
  (void)run;
  struct file_source *src = lua_newuserdatauv(L, sizeof *src, 0);
  memset(src, 0, sizeof *src);
  memory_of_state(L, &src->memory);
  src->tape.memory = &src->memory;
  src->reader.fd = -1;
  src->reader.max_record = r->n[OPTION_MAX_RECORD].size;
  src->json.max_depth = (unsigned)r->n[OPTION_DEPTH_OR_SIZE].integer;
  src->chunk_size = r->n[OPTION_DEPTH_OR_SIZE].size;
  src->json.trusted = (r->n[OPTION_FLAGS].integer & FLAG_TRUSTED) != 0;
  src->tables = (r->n[OPTION_FLAGS].integer & FLAG_TABLES) != 0;
  lua_rawseti(L, anchors, s->anchor + SOURCE);
  lua_pushvalue(L, recipe);
  lua_rawseti(L, anchors, s->anchor + RECIPE);
  s->c.pointer = src;
}

/* --- opening --- */

/* reader_expand calls back from C code that must not be left by an error, so the names
 * are copied into memory of our own. */
static bool add_name (void *ud, const char *name) {
  struct file_source *src = ud;
  const struct memory *m = &src->memory;
  if (src->count == src->capacity) {
    size_t wanted = src->capacity == 0 ? 4 : src->capacity * 2;
    const char **names = memory_resize(m, src->names, src->capacity * sizeof *names,
                                       wanted * sizeof *names);
    if (names == NULL) return false;
    src->names = names;
    src->capacity = wanted;
  }
  size_t size = strlen(name) + 1;
  char *copy = memory_resize(m, NULL, 0, size);
  if (copy == NULL) return false;
  memcpy(copy, name, size);
  src->names[src->count++] = copy;
  return true;
}

static verdict fail (struct flow *f, struct leat_error *e, const char *file) {
  failure_push_bytes(f->L, e, file);
  return V_ERROR;
}

static verdict expand (struct flow *f, struct file_source *src, const char *path) {
  struct leat_error e = { LEAT_OK, 0, 0, 0, 0, "" };
  if (strcmp(path, "-") == 0) {
    if (add_name(src, path)) return V_PASS;
    return flow_fail(f, LEAT_E_MEMORY, "not enough memory");
  }
  return reader_expand(path, add_name, src, &e) == LEAT_OK ? V_PASS : fail(f, &e, path);
}

/* The source is about to wait: what the run's terminal has buffered can leave. */
static void flush_terminal (void *ud) {
  struct run *root = ud;
  struct stage *last = &root->stages[root->count - 1];
  if (last->steps->flush != NULL) last->steps->flush(last);
}

static verdict files_start (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  struct file_source *src = s->c.pointer;
  int fd = -1;
  s->phase = 1;
  flow_push_anchor(f, s, RECIPE);
  lua_getiuservalue(L, -1, RECIPE_ARGUMENT);
  bool once = false;
  if (lua_type(L, -1) == LUA_TSTRING) {
    once = strcmp(lua_tostring(L, -1), "-") == 0;
    if (expand(f, src, lua_tostring(L, -1)) == V_ERROR) return V_ERROR;
  }
  else if (lua_type(L, -1) == LUA_TTABLE) {
    int list = lua_gettop(L);
    for (lua_Integer i = 1; i <= luaL_len(L, list); i++) {
      lua_geti(L, list, i);
      const char *path = luaL_tolstring(L, -1, NULL);
      once = once || strcmp(path, "-") == 0;
      if (expand(f, src, path) == V_ERROR) return V_ERROR;
      lua_pop(L, 2);
    }
    if (src->count == 0) return V_END;
  }
  else {
    luaL_Stream *stream = lua_touserdata(L, -1);
    if (stream->closef == NULL) return flow_fail(f, LEAT_E_USE, "the file is closed");
    fflush(stream->f); /* the descriptor goes to where the file stands */
    fd = fileno(stream->f);
    once = true;
  }
  if (once && from_read_once(f, s) == V_ERROR) return V_ERROR;
  size_t max_record = src->reader.max_record;
  src->reader.interrupted = &interrupt_pending;
  src->reader.waiting = flush_terminal;
  src->reader.waiting_ud = f->root;
  reader_init(&src->reader, &src->memory, src->names, src->count, fd);
  src->reader.max_record = max_record;
  pace_keep(L);
  return V_PASS;
}

static void files_release (struct stage *s) {
  struct file_source *src = s->c.pointer;
  if (src->reader.memory != NULL) reader_close(&src->reader);
  json_tape_free(&src->tape);
  for (size_t i = 0; i < src->count; i++)
    memory_free(&src->memory, (void *)(size_t)src->names[i], strlen(src->names[i]) + 1);
  memory_free(&src->memory, src->names, src->capacity * sizeof *src->names);
  src->names = NULL;
  src->count = src->capacity = 0;
}

/* What the reader said, as a verdict. */
static verdict outcome (struct flow *f, struct file_source *src, leat_code code,
                        struct leat_error *e) {
  if (code == LEAT_OK) return V_PASS;
  if (code == LEAT_END) return V_END;
  if (code == LEAT_E_SIZE) f->run->items++; /* the line is an item, if one too long */
  return fail(f, e, reader_file(&src->reader));
}

/* --- read_lines, read_chunks --- */

static verdict lines_pull (struct flow *f, struct stage *s) {
  struct file_source *src = s->c.pointer;
  struct leat_error e = { LEAT_OK, 0, 0, 0, 0, "" };
  verdict v;
  if (s->phase == 0 && (v = files_start(f, s)) != V_PASS) return v;
  f->item.kind = ITEM_TEXT;
  leat_code code = reader_next_line(&src->reader, &f->item.u.text.bytes,
                                    &f->item.u.text.length, &e);
  return outcome(f, src, code, &e);
}

static verdict chunks_pull (struct flow *f, struct stage *s) {
  struct file_source *src = s->c.pointer;
  struct leat_error e = { LEAT_OK, 0, 0, 0, 0, "" };
  verdict v;
  if (s->phase == 0 && (v = files_start(f, s)) != V_PASS) return v;
  f->item.kind = ITEM_TEXT;
  leat_code code = reader_next_chunk(&src->reader, src->chunk_size ? src->chunk_size : SIZE_MAX,
                                     &f->item.u.text.bytes, &f->item.u.text.length, &e);
  return outcome(f, src, code, &e);
}

const struct steps steps_read_lines = { .anchors = SLOTS, .build = lines_build,
                                        .init = files_init, .pull = lines_pull,
                                        .release = files_release };
const struct steps steps_read_chunks = { .anchors = SLOTS, .build = chunks_build,
                                         .init = files_init, .pull = chunks_pull,
                                         .release = files_release };

/* --- read_jsonl --- */

static bool is_blank (const char *text, size_t length) {
  if (length == 0) return true;
  if (text[0] > ' ') return false;
  for (size_t i = 0; i < length; i++)
    if (text[i] != ' ' && text[i] != '\t' && text[i] != '\r') return false;
  return true;
}

static leat_code scan_line (struct file_source *src, struct leat_error *e) {
  return json_scan(&src->tape, src->line.text, src->line.length, &src->json, e);
}

static void foresee (struct flow *f, struct stage *below, const struct file_source *src) {
  struct record_spot spot = { src->line.text, src->tape.words, 0, true };
  below->steps->foresee(f, below, &spot);
}

/* Reads and scans a line more, if it is at hand: then the stage below has known its item for
 * long when it comes. A bad line is found out again when it is its turn. */
static void look_ahead (struct flow *f, struct stage *below, struct file_source *src) {
  struct leat_error e;
  do {
    if (!reader_next_pending_line(&src->reader, &src->line.text, &src->line.length)) return;
  } while (is_blank(src->line.text, src->line.length));
  src->line.state = LINE_READ;
  if (scan_line(src, &e) != LEAT_OK) return;
  src->line.state = LINE_SCANNED;
  foresee(f, below, src);
}

static verdict jsonl_pull (struct flow *f, struct stage *s) {
  struct file_source *src = s->c.pointer;
  struct leat_error e = { LEAT_OK, 0, 0, 0, 0, "" };
  verdict v;
  if (s->phase == 0 && (v = files_start(f, s)) != V_PASS) return v;
  bool foresees = !src->tables && f->run->count > 1 && s[1].steps->foresee != NULL;
  if (src->line.state == LINE_NONE) {
    do {
      leat_code code = reader_next_line(&src->reader, &src->line.text, &src->line.length, &e);
      if (code != LEAT_OK) return outcome(f, src, code, &e);
    } while (is_blank(src->line.text, src->line.length));
  }
  if (src->line.state != LINE_SCANNED) {
    src->line.state = LINE_NONE;
    if (scan_line(src, &e) != LEAT_OK) {
      e.line = src->reader.line;
      f->run->items++; /* the line is an item, if a bad one */
      return fail(f, &e, reader_file(&src->reader));
    }
    if (foresees) foresee(f, s + 1, src);
  }
  src->line.state = LINE_NONE;
  const char *text = src->line.text;
  if (src->tables) {
    if (json_is_container(src->tape.words[0])) json_push_table(f->L, &src->tape, text, 0);
    else json_push_scalar(f->L, text, src->tape.words[0]);
    return flow_pass(f, 1);
  }
  if (foresees) s[1].steps->comes(f, s + 1);
  record_push_line(f->L, &src->tape, text, src->line.length);
  if (foresees) look_ahead(f, s + 1, src);
  return flow_pass(f, 1);
}

const struct steps steps_read_jsonl = { .anchors = SLOTS, .build = jsonl_build,
                                        .init = files_init, .pull = jsonl_pull,
                                        .release = files_release };
