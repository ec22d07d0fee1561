/* SPDX-License-Identifier: MIT
 * records.c - what the sources of JSON have in common; see records.h.
 */
#include "records.h"

#include "binding/json.h"
#include "binding/record.h"
#include "core/argument.h"

/* Where the recipe has them, in n. */
enum { OPTION_MAX_RECORD, OPTION_DEPTH, OPTION_FLAGS };
enum { FLAG_TABLES = 1, FLAG_TRUSTED = 2, FLAG_BITS = 2 }; /* above them: files_option_text */

void records_options (lua_State *L, struct recipe *r, int options) {
  r->n[OPTION_MAX_RECORD].integer =
      argument_option_integer(L, r, options, "max_record", 1, 1 << 30);
  r->n[OPTION_DEPTH].integer = argument_option_integer(L, r, options, "max_depth", 1, 1000000);
  r->n[OPTION_FLAGS].integer = files_option_text(L, r, options) << FLAG_BITS;
  if (files_option_tables(L, r, options)) r->n[OPTION_FLAGS].integer |= FLAG_TABLES;
  if (argument_option_flag(L, r, options, "trusted")) r->n[OPTION_FLAGS].integer |= FLAG_TRUSTED;
}

size_t records_longest (const struct recipe *r) { return r->n[OPTION_MAX_RECORD].size; }

void records_init (lua_State *L, struct records *records, const struct recipe *r,
                   struct files *files) {
  files_text(files, r->n[OPTION_FLAGS].integer >> FLAG_BITS);
  records->tape.memory = &files->memory;
  records->metatable = record_metatable(L);
  records->json.max_depth = (unsigned)r->n[OPTION_DEPTH].integer;
  records->json.trusted = (r->n[OPTION_FLAGS].integer & FLAG_TRUSTED) != 0;
  records->tables = (r->n[OPTION_FLAGS].integer & FLAG_TABLES) != 0;
}

leat_code records_scan (struct records *records, const char *text, size_t length,
                        struct leat_error *error) {
  return json_scan(&records->tape, text, length, &records->json, error);
}

verdict records_pass (struct flow *f, const struct records *records, const char *text,
                      size_t length) {
  const struct json_tape *tape = &records->tape;
  if (!records->tables) record_push_line(f->L, records->metatable, tape, text, length);
  else if (json_is_container(tape->words[0])) json_push_table(f->L, tape, text, 0);
  else json_push_scalar(f->L, text, tape->words[0]);
  return flow_pass(f, 1);
}

void records_free (struct records *records) { json_tape_free(&records->tape); }
