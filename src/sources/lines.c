/* SPDX-License-Identifier: MIT
 * lines.c - sources of text: read_lines, read_chunks.
 */
#include <stdint.h>

#include <lauxlib.h>

#include "core/argument.h"
#include "sources/files.h"

/* n[0]: a number of bytes, the one option that is not of all files; n[1]: files_option_text. */
static void build (lua_State *L, struct recipe *r, int first, const char *option) {
  const char *const names[] = { option, FILES_TEXT_OPTIONS, NULL };
  argument_at_most(L, r, first, 2);
  files_path(L, r, first);
  recipe_keep(L, -2);
  if (!argument_options(L, r, first + 1, names)) return;
  r->n[0].integer = argument_option_integer(L, r, first + 1, option, 1, 1 << 30);
  r->n[1].integer = files_option_text(L, r, first + 1);
}

static void lines_build (lua_State *L, struct recipe *r, int first) {
  build(L, r, first, "max_record");
}

static void chunks_build (lua_State *L, struct recipe *r, int first) {
  build(L, r, first, "size");
}

static void lines_init (lua_State *L, struct run *run, struct stage *s, const struct recipe *r,
                        int recipe, int anchors) {
  (void)run;
  files_text(files_init(L, s, recipe, anchors, sizeof(struct files), r->n[0].size),
             r->n[1].integer);
}

static void chunks_init (lua_State *L, struct run *run, struct stage *s, const struct recipe *r,
                         int recipe, int anchors) {
  (void)run;
  files_text(files_init(L, s, recipe, anchors, sizeof(struct files), 0), r->n[1].integer);
  s->a.size = r->n[0].size;
}

static verdict lines_pull (struct flow *f, struct stage *s) {
  struct files *files = s->c.pointer;
  struct leat_error e = { LEAT_OK, 0, 0, 0, 0, "" };
  verdict v;
  if (s->phase == 0 && (v = files_start(f, s, false)) != V_PASS) return v;
  f->item.kind = ITEM_TEXT;
  leat_code code = reader_next_line(&files->reader, &f->item.u.text.bytes,
                                    &f->item.u.text.length, &e);
  return files_outcome(f, files, code, &e);
}

static verdict chunks_pull (struct flow *f, struct stage *s) {
  struct files *files = s->c.pointer;
  struct leat_error e = { LEAT_OK, 0, 0, 0, 0, "" };
  verdict v;
  if (s->phase == 0 && (v = files_start(f, s, false)) != V_PASS) return v;
  f->item.kind = ITEM_TEXT;
  size_t size = s->a.size != 0 ? s->a.size : SIZE_MAX;
  leat_code code = reader_next_chunk(&files->reader, size,
                                     &f->item.u.text.bytes, &f->item.u.text.length, &e);
  return files_outcome(f, files, code, &e);
}

const struct steps steps_read_lines = { .anchors = FILES_SLOTS, .build = lines_build,
                                        .init = lines_init, .pull = lines_pull,
                                        .release = files_release };
const struct steps steps_read_chunks = { .anchors = FILES_SLOTS, .build = chunks_build,
                                         .init = chunks_init, .pull = chunks_pull,
                                         .release = files_release };
