/* SPDX-License-Identifier: MIT
 * lines.c - write_lines.
 */
#include "core/argument.h"
#include "core/failure.h"
#include "core/text.h"
#include "sinks/files.h"

static verdict write_line (struct flow *f, struct stage *s, const char *bytes, size_t length) {
  struct sink *sink = s->c.pointer;
  if (sink_write(f, s, bytes, length) == V_ERROR || sink_write(f, s, "\n", 1) == V_ERROR)
    return V_ERROR;
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

const struct steps steps_write_lines = { .anchors = SINK_SLOTS, .native = true,
                                         .build = sink_build, .init = sink_init,
                                         .open = sink_open, .give = lines_give,
                                         .end = sink_end, .flush = sink_flush, .given = sink_given,
                                         .release = sink_release };
