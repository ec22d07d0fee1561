/* SPDX-License-Identifier: MIT
 * jsonl.c - read_jsonl.
 */
#include <lauxlib.h>

#include "binding/json.h"
#include "binding/record.h"
#include "core/argument.h"
#include "sources/files.h"

struct jsonl {
  struct files files;
  struct json_tape tape;
  struct json_options json;
  bool tables; /* records = "table" */
  struct {     /* a line that is not blank */
    const char *text;
    size_t length;
    enum { LINE_NONE, LINE_READ, LINE_SCANNED } state; /* of the one to give next */
  } line;
};

/* The options, as n[0..2]. */
enum { OPTION_MAX_RECORD, OPTION_DEPTH, OPTION_FLAGS };
enum { FLAG_TABLES = 1, FLAG_TRUSTED = 2, FLAG_BITS = 2 }; /* above them: files_option_text */

static void jsonl_build (lua_State *L, struct recipe *r, int first) {
  static const char *const names[] = { "records", "trusted", "max_record", "max_depth",
                                       FILES_TEXT_OPTIONS, NULL };
  argument_at_most(L, r, first, 2);
  files_path(L, r, first);
  recipe_keep(L, -2);
  if (!argument_options(L, r, first + 1, names)) return;
  int options = first + 1;
  r->n[OPTION_MAX_RECORD].integer =
      argument_option_integer(L, r, options, "max_record", 1, 1 << 30);
  r->n[OPTION_DEPTH].integer = argument_option_integer(L, r, options, "max_depth", 1, 1000000);
  r->n[OPTION_FLAGS].integer = files_option_text(L, r, options) << FLAG_BITS;
  if (files_option_tables(L, r, options)) r->n[OPTION_FLAGS].integer |= FLAG_TABLES;
  if (argument_option_flag(L, r, options, "trusted")) r->n[OPTION_FLAGS].integer |= FLAG_TRUSTED;
}

static void jsonl_init (lua_State *L, struct run *run, struct stage *s, const struct recipe *r,
                        int recipe, int anchors) {
  (void)run;
  struct jsonl *src = files_init(L, s, recipe, anchors, sizeof *src,
                                 r->n[OPTION_MAX_RECORD].size);
  files_text(&src->files, r->n[OPTION_FLAGS].integer >> FLAG_BITS);
  src->tape.memory = &src->files.memory;
  src->json.max_depth = (unsigned)r->n[OPTION_DEPTH].integer;
  src->json.trusted = (r->n[OPTION_FLAGS].integer & FLAG_TRUSTED) != 0;
  src->tables = (r->n[OPTION_FLAGS].integer & FLAG_TABLES) != 0;
}

static bool is_blank (const char *text, size_t length) {
  if (length == 0) return true;
  if (text[0] > ' ') return false;
  for (size_t i = 0; i < length; i++)
    if (text[i] != ' ' && text[i] != '\t' && text[i] != '\r') return false;
  return true;
}

static leat_code scan_line (struct jsonl *src, struct leat_error *e) {
  return json_scan(&src->tape, src->line.text, src->line.length, &src->json, e);
}

static void foresee (struct flow *f, struct stage *below, const struct jsonl *src) {
  struct record_spot spot = { src->line.text, src->tape.words, 0, true };
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
  struct leat_error e = { LEAT_OK, 0, 0, 0, 0, "" };
  verdict v;
  if (s->phase == 0 && (v = files_start(f, s, false)) != V_PASS) return v;
  bool foresees = !src->tables && f->run->count > 1 && s[1].steps->foresee != NULL;
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

static void jsonl_release (struct stage *s) {
  struct jsonl *src = s->c.pointer;
  json_tape_free(&src->tape);
  files_release(s);
}

const struct steps steps_read_jsonl = { .anchors = FILES_SLOTS, .build = jsonl_build,
                                        .init = jsonl_init, .pull = jsonl_pull,
                                        .release = jsonl_release };
