/* SPDX-License-Identifier: MIT
 * files.c - what the terminals that write a file have in common; see files.h.
 */
#include "sinks/files.h"

#include <string.h>
#include <unistd.h>

#include <lauxlib.h>

#include "binding/memory.h"
#include "core/argument.h"
#include "core/capability.h"
#include "core/failure.h"

bool sink_arguments (lua_State *L, struct recipe *r, int first, const char *const *names) {
  argument_at_most(L, r, first, 2);
  if (first >= lua_gettop(L) || lua_type(L, first) != LUA_TSTRING)
    argument_fail(L, r, "path must be a string, got %s",
                  first < lua_gettop(L) ? argument_type(L, first) : "nothing");
  if (strlen(lua_tostring(L, first)) != lua_rawlen(L, first) || lua_rawlen(L, first) == 0)
    argument_fail(L, r, "path is empty or contains a NUL byte");
  bool has_options = argument_options(L, r, first + 1, names);
  if (has_options && lua_getfield(L, first + 1, "level") != LUA_TNIL) {
    int most = compression_most(compression_of(lua_tostring(L, first)));
    if (most == 0)
      argument_fail(L, r, "option level is for paths that end in .gz or .zst, which '%s' does not",
                    lua_tostring(L, first));
    lua_pop(L, 1);
    r->n[0].integer = argument_option_integer(L, r, first + 1, "level", 1, most);
  }
  else if (has_options) lua_pop(L, 1);
  lua_pushvalue(L, first);
  return has_options;
}

void sink_build (lua_State *L, struct recipe *r, int first) {
  static const char *const names[] = { "level", NULL };
  sink_arguments(L, r, first, names);
  recipe_keep(L, -2);
}

void *sink_new (lua_State *L, struct run *run, struct stage *s, const struct recipe *r,
                int anchors, size_t size) {
  struct sink *sink = lua_newuserdatauv(L, size, 0);
  memset(sink, 0, size);
  memory_of_state(L, &sink->memory);
  sink->buffer.memory = &sink->memory;
  writer_init(&sink->writer, &sink->memory);
  sink->writer.interrupted = &run->state->interrupt;
  sink->writer.level = (int)r->n[0].integer;
  lua_rawseti(L, anchors, s->anchor + SINK_STATE);
  s->c.pointer = sink;
  return sink;
}

void sink_init (lua_State *L, struct run *run, struct stage *s, const struct recipe *r,
                int recipe, int anchors) {
  (void)recipe;
  sink_new(L, run, s, r, anchors, sizeof(struct sink));
}

/* Pushes the path. */
static const char *push_path (struct flow *f, struct stage *s) {
  lua_State *L = f->home;
  lua_rawgeti(L, IDX_ANCHORS, s->anchor + SINK_PATH);
  if (lua_istable(L, -1)) {
    lua_rawgeti(L, -1, 1);
    lua_remove(L, -2);
  }
  if (f->L != L) lua_xmove(L, f->L, 1);
  return lua_tostring(f->L, -1);
}

verdict sink_fail (struct flow *f, struct stage *s, struct leat_error *e) {
  const char *path = push_path(f, s);
  if (strcmp(path, "-") == 0) path = "(standard output)";
  failure_push_bytes(f->L, e, e->code == LEAT_E_IO ? path : NULL);
  return V_ERROR;
}

verdict sink_open (struct flow *f, struct stage *s) {
  struct sink *sink = s->c.pointer;
  struct leat_error e = { LEAT_OK, 0, 0, 0, 0, "" };
  if (capability_denied(f->root->state, CAPABILITY_WRITE)) {
    capability_push_error(f->L, s->op->name, CAPABILITY_WRITE);
    return V_ERROR;
  }
  const char *path = push_path(f, s);
  if (strcmp(path, "-") != 0 && capability_refuses_path(f->root->state, path)) {
    capability_push_path_error(f->L, s->op->name, path);
    return V_ERROR;
  }
  sink->writer.compression = compression_of(path);
  if (writer_open(&sink->writer, path, &e) != LEAT_OK) return sink_fail(f, s, &e);
  return V_PASS;
}

verdict sink_write (struct flow *f, struct stage *s, const char *bytes, size_t length) {
  struct sink *sink = s->c.pointer;
  struct leat_error e = { LEAT_OK, 0, 0, 0, 0, "" };
  if (writer_write(&sink->writer, bytes, length, &e) != LEAT_OK) return sink_fail(f, s, &e);
  return V_DROP;
}

verdict sink_end (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  struct sink *sink = s->c.pointer;
  struct leat_error e = { LEAT_OK, 0, 0, 0, 0, "" };
  bool to_output = strcmp(push_path(f, s), "-") == 0;
  if (writer_commit(&sink->writer, &e) != LEAT_OK) return sink_fail(f, s, &e);
  lua_createtable(L, 0, 3);
  lua_pushinteger(L, sink->items);
  lua_setfield(L, -2, "items");
  lua_pushinteger(L, (lua_Integer)sink->writer.bytes);
  lua_setfield(L, -2, "bytes");
  lua_pushinteger(L, (lua_Integer)f->root->skipped);
  lua_setfield(L, -2, "skipped");
  if (to_output) {
    luaL_newmetatable(L, SINK_TO_OUTPUT);
    lua_setmetatable(L, -2);
  }
  f->nresults = 1;
  return V_RESULT;
}

/* A pipe or terminal has the items so far, as they come, also those before a failing
 * one; a file under its temporary name does not matter yet. */
void sink_flush (struct stage *s) {
  struct sink *sink = s->c.pointer;
  struct leat_error e;
  if (sink->writer.fd >= 0 && sink->writer.direct) (void)writer_flush(&sink->writer, &e);
}

uint64_t sink_given (const struct stage *s, bool *prints) {
  const struct sink *sink = s->c.pointer;
  *prints = sink->writer.fd == STDOUT_FILENO;
  return (uint64_t)sink->items;
}

void sink_release (struct stage *s) {
  struct sink *sink = s->c.pointer;
  sink_flush(s);
  writer_discard(&sink->writer); /* what was committed stays */
  json_buffer_free(&sink->buffer);
}
