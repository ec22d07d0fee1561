/* SPDX-License-Identifier: MIT
 * files.c - what the sources that read files have in common; see files.h.
 */
#include "files.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <lauxlib.h>

#include "binding/memory.h"
#include "core/argument.h"
#include "core/capability.h"
#include "core/failure.h"
#include "core/pace.h"
#include "sources/from.h"

static void check_path (lua_State *L, struct recipe *r, int index) {
  if (strlen(lua_tostring(L, index)) != lua_rawlen(L, index))
    argument_fail(L, r, "path '%s...' contains a NUL byte", lua_tostring(L, index));
}

void files_path (lua_State *L, struct recipe *r, int first) {
  if (first >= lua_gettop(L))
    argument_fail(L, r, "path must be a string, a list of strings or an open file, got nothing");
  bool has_input = false;
  switch (lua_type(L, first)) {
    case LUA_TSTRING:
      check_path(L, r, first);
      r->read_once = strcmp(lua_tostring(L, first), "-") == 0;
      break;
    case LUA_TTABLE:
      if (luaL_len(L, first) == 0) argument_fail(L, r, "the list of paths is empty");
      for (lua_Integer i = 1; i <= luaL_len(L, first); i++) {
        if (lua_geti(L, first, i) != LUA_TSTRING)
          argument_fail(L, r, "path %d of the list must be a string, got %s", (int)i,
                        argument_type(L, -1));
        check_path(L, r, -1);
        if (strcmp(lua_tostring(L, -1), "-") == 0) {
          if (has_input)
            argument_fail(L, r, "standard input, \"-\", is in the list of paths twice");
          has_input = r->read_once = true;
        }
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
}

bool files_option_tables (lua_State *L, struct recipe *r, int options) {
  static const char *const records[] = { "lazy", "table", NULL };
  return argument_option_choice(L, r, options, "records", records) == 1;
}

enum { TEXT_RAW = 0x100 }; /* beside the encoding */

lua_Integer files_option_text (lua_State *L, struct recipe *r, int options) {
  lua_Integer text = argument_option_choice(L, r, options, "encoding", encoding_names);
  int type = lua_getfield(L, options, "decompress");
  lua_pop(L, 1);
  if (type != LUA_TNIL && !argument_option_flag(L, r, options, "decompress")) text |= TEXT_RAW;
  return text;
}

void files_text (struct files *files, lua_Integer text) {
  files->reader.encoding = (enum encoding)(text & ~TEXT_RAW);
  files->reader.raw = (text & TEXT_RAW) != 0;
}

void *files_init (lua_State *L, struct stage *s, int recipe, int anchors, size_t size,
                  size_t max_record) {
  struct files *files = lua_newuserdatauv(L, size, 0);
  memset(files, 0, size);
  memory_of_state(L, &files->memory);
  files->reader.fd = -1;
  files->reader.max_record = max_record;
  lua_rawseti(L, anchors, s->anchor + FILES_STATE);
  lua_pushvalue(L, recipe);
  lua_rawseti(L, anchors, s->anchor + FILES_RECIPE);
  s->c.pointer = files;
  return files;
}

/* --- opening --- */

/* reader_expand calls back from C code that must not be left by an error, so the names
 * are copied into memory of our own. */
static bool add_name (void *ud, const char *name) {
  struct files *files = ud;
  const struct memory *m = &files->memory;
  if (files->count == files->capacity) {
    size_t wanted = files->capacity == 0 ? 4 : files->capacity * 2;
    const char **names = memory_resize(m, files->names, files->capacity * sizeof *names,
                                       wanted * sizeof *names);
    if (names == NULL) return false;
    files->names = names;
    files->capacity = wanted;
  }
  size_t size = strlen(name) + 1;
  char *copy = memory_resize(m, NULL, 0, size);
  if (copy == NULL) return false;
  memcpy(copy, name, size);
  files->names[files->count++] = copy;
  return true;
}

static verdict fail (struct flow *f, struct leat_error *e, const char *file) {
  failure_push_bytes(f->L, e, file);
  return V_ERROR;
}

static verdict expand (struct flow *f, struct files *files, const char *path) {
  struct leat_error e = { LEAT_OK, 0, 0, 0, 0, "" };
  if (strcmp(path, "-") == 0) {
    if (add_name(files, path)) return V_PASS;
    return flow_fail(f, LEAT_E_MEMORY, "not enough memory");
  }
  return reader_expand(path, add_name, files, &e) == LEAT_OK ? V_PASS : fail(f, &e, path);
}

/* Its address is the registry's key of who has read standard input. */
static const char input_key = 0;

/* Two sources of "-" would each miss what is in the other's buffer, and the second one all of it.
 * A terminal alone has more behind its end. */
static verdict claim_input (struct flow *f, struct files *files) {
  lua_State *L = f->L;
  struct state *g = f->root->state;
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &input_key) == LUA_TSTRING &&
      (g->input_open || !isatty(STDIN_FILENO)))
    return flow_fail(f, LEAT_E_USE, "standard input can be read only once; first read by %s; tee "
                     "and branch make several pipelines of one", lua_tostring(L, -1));
  lua_pop(L, 1);
  from_push_reader(f);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &input_key);
  g->input_open = true;
  files->input_of = g;
  return V_PASS;
}

/* The source is about to wait: what the run's terminal has buffered can leave. */
static void flush_terminal (void *ud) {
  struct run *root = ud;
  struct stage *last = &root->stages[root->count - 1];
  if (last->steps->flush != NULL) last->steps->flush(last);
}

/* Units (limits.h) of a read: each looks at the clock. */
#define READ_UNITS 256

static bool may_read (void *ud) {
  struct state *g = ((struct run *)ud)->state;
  if (!interrupt_pending(&g->interrupt)) return limits_charge(&g->limits, READ_UNITS);
  return g->limits.on && limits_look(&g->limits, READ_UNITS);
}

void files_begin (struct flow *f, struct files *files, int fd) {
  files->reader.interrupted = &f->root->state->interrupt;
  files->reader.waiting = flush_terminal;
  files->reader.waiting_ud = f->root;
  files->reader.may_read = may_read;
  reader_init(&files->reader, &files->memory, files->names, files->count, fd);
  progress_open(f->root->state, &files->input, &files->reader);
  pace_keep(f->L);
}

verdict files_start (struct flow *f, struct stage *s, bool first_of_list) {
  lua_State *L = f->L;
  struct files *files = s->c.pointer;
  int fd = -1;
  s->phase = 1;
  flow_push_anchor(f, s, FILES_RECIPE);
  lua_getiuservalue(L, -1, RECIPE_ARGUMENT);
  if (first_of_list) lua_rawgeti(L, -1, 1);
  bool once = false, input = false;
  if (lua_type(L, -1) != LUA_TUSERDATA && /* an open file is a capability by itself */
      capability_denied(f->root->state, CAPABILITY_READ)) {
    capability_push_error(L, s->op->name, CAPABILITY_READ);
    return V_ERROR;
  }
  if (lua_type(L, -1) == LUA_TSTRING) {
    once = input = strcmp(lua_tostring(L, -1), "-") == 0;
    if (expand(f, files, lua_tostring(L, -1)) == V_ERROR) return V_ERROR;
  }
  else if (lua_type(L, -1) == LUA_TTABLE) {
    int list = lua_gettop(L);
    for (lua_Integer i = 1; i <= luaL_len(L, list); i++) {
      lua_geti(L, list, i);
      const char *path = luaL_tolstring(L, -1, NULL);
      once = input = input || strcmp(path, "-") == 0;
      if (expand(f, files, path) == V_ERROR) return V_ERROR;
      lua_pop(L, 2);
    }
    if (files->count == 0) return V_END;
  }
  else {
    luaL_Stream *stream = lua_touserdata(L, -1);
    if (stream->closef == NULL) return flow_fail(f, LEAT_E_USE, "the file is closed");
    fflush(stream->f); /* the descriptor goes to where the file stands */
    fd = fileno(stream->f);
    once = true;
  }
  for (size_t i = 0; i < files->count; i++)
    if (strcmp(files->names[i], "-") != 0 &&
        capability_refuses_path(f->root->state, files->names[i])) {
      capability_push_path_error(L, s->op->name, files->names[i]);
      return V_ERROR;
    }
  if (once && from_read_once(f, s) == V_ERROR) return V_ERROR;
  if (input && claim_input(f, files) == V_ERROR) return V_ERROR;
  files_begin(f, files, fd);
  return V_PASS;
}

void files_release (struct stage *s) {
  struct files *files = s->c.pointer;
  if (files->input_of != NULL) files->input_of->input_open = false;
  files->input_of = NULL;
  progress_close(&files->input);
  if (files->reader.memory != NULL) reader_close(&files->reader);
  for (size_t i = 0; i < files->count; i++)
    memory_free(&files->memory, (void *)(size_t)files->names[i], strlen(files->names[i]) + 1);
  memory_free(&files->memory, files->names, files->capacity * sizeof *files->names);
  files->names = NULL;
  files->count = files->capacity = 0;
}

verdict files_outcome (struct flow *f, struct files *files, leat_code code, struct leat_error *e) {
  if (code == LEAT_OK) return V_PASS;
  if (code == LEAT_END) return V_END;
  if (code == LEAT_E_SIZE) f->run->items++; /* the line is an item, if one too long */
  return fail(f, e, reader_file(&files->reader));
}

void files_hint (const struct files *files, struct leat_error *e) {
  size_t length = strlen(e->message), room = sizeof e->message - length;
  if (files->reader.foreign != NULL)
    snprintf(e->message + length, room, "; the file seems to be %s, which is not decompressed here",
             files->reader.foreign);
  else if (files->reader.encoding == ENCODING_UTF8)
    snprintf(e->message + length, room, "; if the file is in another encoding, say "
             "encoding = \"latin-1\" or \"utf-16\"");
}

verdict files_fail_item (struct flow *f, struct files *files, struct leat_error *e) {
  f->run->items++; /* it is an item, if a bad one */
  return fail(f, e, reader_file(&files->reader));
}
