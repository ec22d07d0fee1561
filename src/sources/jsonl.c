/* SPDX-License-Identifier: MIT
 * jsonl.c - read_jsonl.
 */
#include "binding/record.h"
#include "core/argument.h"
#include "sources/files.h"
#include "sources/records.h"

struct jsonl {
  struct files files;
  struct records records;
  struct {     /* a line that is not blank */
    const char *text;
    size_t length;
    enum { LINE_NONE, LINE_READ, LINE_SCANNED } state; /* of the one to give next */
  } line;
};

static void jsonl_build (lua_State *L, struct recipe *r, int first) {
  static const char *const names[] = { RECORDS_OPTIONS, NULL };
  argument_at_most(L, r, first, 2);
  files_path(L, r, first);
  recipe_keep(L, -2);
  if (argument_options(L, r, first + 1, names)) records_options(L, r, first + 1);
}

static void jsonl_init (lua_State *L, struct run *run, struct stage *s, const struct recipe *r,
                        int recipe, int anchors) {
  (void)run;
  struct jsonl *src = files_init(L, s, recipe, anchors, sizeof *src, records_longest(r));
  records_init(L, &src->records, r, &src->files);
}

static bool is_blank (const char *text, size_t length) {
  if (length == 0) return true;
  if (text[0] > ' ') return false;
  for (size_t i = 0; i < length; i++)
    if (text[i] != ' ' && text[i] != '\t' && text[i] != '\r') return false;
  return true;
}

static leat_code scan_line (struct jsonl *src, struct leat_error *e) {
  return records_scan(&src->records, src->line.text, src->line.length, e);
}

static void foresee (struct flow *f, struct stage *below, const struct jsonl *src) {
  struct record_spot spot = record_spot_of(src->line.text, src->records.tape.words);
  below->steps->foresee(f, below, &spot);
}

/* Reads and scans a line more, if it is at hand: then the stage below has known its item for
 * long when it comes. A bad line is found out again when it is its turn. */
static void look_ahead (struct flow *f, struct stage *below, struct jsonl *src) {
  struct leat_error e;
  do {
    if (!reader_next_pending_line(&src->files.reader, &src->line.text, &src->line.length)) return;
  } while (is_blank(src->line.text, src->line.length));
  src->line.state = LINE_READ;
  if (scan_line(src, &e) != LEAT_OK) return;
  src->line.state = LINE_SCANNED;
  foresee(f, below, src);
}

static verdict jsonl_pull (struct flow *f, struct stage *s) {
  struct jsonl *src = s->c.pointer;
  struct leat_error e; /* to fill it with zeros takes 3 % of the time */
  verdict v;
  if (s->phase == 0 && (v = files_start(f, s, false)) != V_PASS) return v;
  bool foresees = !src->records.tables && f->run->count > 1 && s[1].steps->foresee != NULL;
  if (src->line.state == LINE_NONE) {
    do {
      leat_code code = reader_next_line(&src->files.reader, &src->line.text, &src->line.length, &e);
      if (code != LEAT_OK) return files_outcome(f, &src->files, code, &e);
    } while (is_blank(src->line.text, src->line.length));
  }
  if (src->line.state != LINE_SCANNED) {
    src->line.state = LINE_NONE;
    if (scan_line(src, &e) != LEAT_OK) {
      e.line = src->files.reader.line;
      if ((unsigned char)src->line.text[e.offset] >= 0x80) files_hint(&src->files, &e);
      return files_fail_item(f, &src->files, &e);
    }
    if (foresees) foresee(f, s + 1, src);
  }
  src->line.state = LINE_NONE;
  if (foresees) s[1].steps->comes(f, s + 1);
  verdict passed = records_pass(f, &src->records, src->line.text, src->line.length);
  if (foresees) look_ahead(f, s + 1, src);
  return passed;
}

static void jsonl_release (struct stage *s) {
  struct jsonl *src = s->c.pointer;
  records_free(&src->records);
  files_release(s);
}

const struct steps steps_read_jsonl = { .anchors = FILES_SLOTS, .build = jsonl_build,
                                        .init = jsonl_init, .pull = jsonl_pull,
                                        .release = jsonl_release };
