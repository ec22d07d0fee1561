/* SPDX-License-Identifier: MIT
 * files.c - terminals that write files: write_lines, write_jsonl.
 *
 * The target is opened before the first pull, so that a path that cannot be written
 * fails before anything is read. It appears under its name when the run has ended
 * well; whatever else ends the run discards it.
 */
#include <string.h>

#include <lauxlib.h>

#include "binding/json.h"
#include "binding/memory.h"
#include "bytes/writer.h"
#include "core/argument.h"
#include "core/capability.h"
#include "core/failure.h"
#include "core/run.h"
#include "core/text.h"

struct file_sink {
  struct memory memory;
  struct writer writer;
  struct json_buffer buffer;
  lua_Integer items;
};

enum { PATH, SINK, SLOTS };

static void sink_build (lua_State *L, struct recipe *r, int first) {
  argument_at_most(L, r, first, 1);
  if (first >= lua_gettop(L) || lua_type(L, first) != LUA_TSTRING)
    argument_fail(L, r, "path must be a string, got %s",
                  first < lua_gettop(L) ? argument_type(L, first) : "nothing");
  if (strlen(lua_tostring(L, first)) != lua_rawlen(L, first) || lua_rawlen(L, first) == 0)
    argument_fail(L, r, "path is empty or contains a NUL byte");
  lua_pushvalue(L, first);
  recipe_keep(L, -2);
}

static void sink_init (lua_State *L, struct run *run, struct stage *s, const struct recipe *r,
                       int recipe, int anchors) {
  (void)r, (void)recipe;
  struct file_sink *sink = lua_newuserdatauv(L, sizeof *sink, 0);
  memset(sink, 0, sizeof *sink);
  memory_of_state(L, &sink->memory);
  sink->buffer.memory = &sink->memory;
  writer_init(&sink->writer, &sink->memory);
  sink->writer.interrupted = &run->state->interrupt;
  lua_rawseti(L, anchors, s->anchor + SINK);
  s->c.pointer = sink;
}

static verdict fail (struct flow *f, struct stage *s, struct leat_error *e) {
  lua_rawgeti(f->home, IDX_ANCHORS, s->anchor + PATH);
  if (f->L != f->home) lua_xmove(f->home, f->L, 1);
  failure_push_bytes(f->L, e, e->code == LEAT_E_IO ? lua_tostring(f->L, -1) : NULL);
  return V_ERROR;
}

static verdict sink_open (struct flow *f, struct stage *s) {
  struct file_sink *sink = s->c.pointer;
  struct leat_error e = { LEAT_OK, 0, 0, 0, 0, "" };
  if (capability_denied(f->root->state, CAPABILITY_WRITE)) {
    capability_push_error(f->L, s->op->name, CAPABILITY_WRITE);
    return V_ERROR;
  }
  flow_push_anchor(f, s, PATH);
  if (writer_open(&sink->writer, lua_tostring(f->L, -1), &e) != LEAT_OK) return fail(f, s, &e);
  return V_PASS;
}

static verdict write_line (struct flow *f, struct stage *s, const char *bytes, size_t length) {
  struct file_sink *sink = s->c.pointer;
  struct leat_error e = { LEAT_OK, 0, 0, 0, 0, "" };
  if (writer_write(&sink->writer, bytes, length, &e) != LEAT_OK ||
      writer_write(&sink->writer, "\n", 1, &e) != LEAT_OK)
    return fail(f, s, &e);
  sink->items++;
  return V_DROP;
}

static verdict lines_give (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  if (f->item.kind == ITEM_TEXT)
    return write_line(f, s, f->item.u.text.bytes, f->item.u.text.length);
  int top = lua_gettop(L);
  if (flow_push_item(f) > 1 || !text_of_top(L))
    return flow_fail(f, LEAT_E_VALUE, "cannot write a %s as a line; write_lines takes strings "
                                      "and finite numbers",
                     lua_gettop(L) > top + 1 ? "tuple" : argument_type(L, -1));
  size_t length;
  const char *text = lua_tolstring(L, -1, &length);
  return write_line(f, s, text, length);
}

static verdict jsonl_give (struct flow *f, struct stage *s) {
  struct file_sink *sink = s->c.pointer;
  struct leat_error e = { LEAT_OK, 0, 0, 0, 0, "" };
  flow_push_value(f);
  sink->buffer.length = 0;
  if (json_write_value(f->L, lua_gettop(f->L), &sink->buffer, &e) != LEAT_OK)
    return fail(f, s, &e);
  return write_line(f, s, sink->buffer.bytes, sink->buffer.length);
}

static verdict sink_end (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  struct file_sink *sink = s->c.pointer;
  struct leat_error e = { LEAT_OK, 0, 0, 0, 0, "" };
  if (writer_commit(&sink->writer, &e) != LEAT_OK) return fail(f, s, &e);
  lua_createtable(L, 0, 3);
  lua_pushinteger(L, sink->items);
  lua_setfield(L, -2, "items");
  lua_pushinteger(L, (lua_Integer)sink->writer.bytes);
  lua_setfield(L, -2, "bytes");
  lua_pushinteger(L, (lua_Integer)f->root->skipped);
  lua_setfield(L, -2, "skipped");
  f->nresults = 1;
  return V_RESULT;
}

/* A pipe or terminal has the items so far, as they come, also those before a failing
 * one; a file under its temporary name does not matter yet. */
static void sink_flush (struct stage *s) {
  struct file_sink *sink = s->c.pointer;
  struct leat_error e;
  if (sink->writer.fd >= 0 && sink->writer.direct) (void)writer_flush(&sink->writer, &e);
}

static void sink_release (struct stage *s) {
  struct file_sink *sink = s->c.pointer;
  sink_flush(s);
  writer_discard(&sink->writer); /* what was committed stays */
  json_buffer_free(&sink->buffer);
}

const struct steps steps_write_lines = { .anchors = SLOTS, .native = true, .build = sink_build,
                                         .init = sink_init, .open = sink_open,
                                         .give = lines_give, .end = sink_end,
                                         .flush = sink_flush,
                                         .release = sink_release };
const struct steps steps_write_jsonl = { .anchors = SLOTS, .native = true, .build = sink_build,
                                         .init = sink_init, .open = sink_open,
                                         .give = jsonl_give, .end = sink_end,
                                         .flush = sink_flush,
                                         .release = sink_release };
