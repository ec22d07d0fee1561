/* SPDX-License-Identifier: MIT
 * records.h - what the sources of JSON have in common: their options, and the item that a piece of
 * text is.
 */
#ifndef LEAT_SOURCES_RECORDS_H
#define LEAT_SOURCES_RECORDS_H

#include "bytes/json.h"
#include "sources/files.h"

struct records {
  struct json_tape tape;
  struct json_options json;
  int metatable; /* of record_metatable */
  bool tables;   /* records = "table" */
};

#define RECORDS_OPTIONS "records", "trusted", "max_record", "max_depth", FILES_TEXT_OPTIONS

/* For build: takes these options of the table at `options` into r->n. */
void records_options (lua_State *L, struct recipe *r, int options);
/* max_record, as it was given; 0: it was not. */
size_t records_longest (const struct recipe *r);

/* The files get their part of the options, too. */
void records_init (lua_State *L, struct records *records, const struct recipe *r,
                   struct files *files);
/* As json_scan. */
leat_code records_scan (struct records *records, const char *text, size_t length,
                        struct leat_error *error);
/* The text that was scanned last is the item. */
verdict records_pass (struct flow *f, const struct records *records, const char *text,
                      size_t length);
void records_free (struct records *records);

#endif
