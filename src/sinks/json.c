/* SPDX-License-Identifier: MIT
 * json.c - write_jsonl, a line for each item; write_json, one array of a line for each item.
 */
#include <string.h>

#include "binding/json.h"
#include "sinks/files.h"

/* Writes the item as JSON between the two. */
static verdict write_item (struct flow *f, struct stage *s, const char *before,
                           const char *after) {
  struct sink *sink = s->c.pointer;
  struct json_buffer *b = &sink->buffer;
  struct leat_error e = { .code = LEAT_E_MEMORY, .message = "not enough memory to write" };
  flow_push_value(f);
  b->length = 0;
  if (!json_buffer_append(b, before, strlen(before)) ||
      json_write_value(f->L, lua_gettop(f->L), b, &e) != LEAT_OK ||
      !json_buffer_append(b, after, strlen(after)))
    return sink_fail(f, s, &e);
  sink->items++;
  return sink_write(f, s, b->bytes, b->length);
}

static verdict lines_give (struct flow *f, struct stage *s) { return write_item(f, s, "", "\n"); }

static verdict array_give (struct flow *f, struct stage *s) {
  const struct sink *sink = s->c.pointer;
  return write_item(f, s, sink->items == 0 ? "[\n" : ",\n", "");
}

static verdict array_end (struct flow *f, struct stage *s) {
  const struct sink *sink = s->c.pointer;
  const char *end = sink->items == 0 ? "[]\n" : "\n]\n";
  return sink_write(f, s, end, strlen(end)) == V_ERROR ? V_ERROR : sink_end(f, s);
}

const struct steps steps_write_jsonl = { .anchors = SINK_SLOTS, .native = true,
                                         .build = sink_build, .init = sink_init,
                                         .open = sink_open, .give = lines_give,
                                         .end = sink_end, .flush = sink_flush, .given = sink_given,
                                         .release = sink_release };
const struct steps steps_write_json = { .anchors = SINK_SLOTS, .native = true,
                                        .build = sink_build, .init = sink_init,
                                        .open = sink_open, .give = array_give,
                                        .end = array_end, .flush = sink_flush, .given = sink_given,
                                        .release = sink_release };
