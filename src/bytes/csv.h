/* SPDX-License-Identifier: MIT
 * csv.h - splitting text into rows and fields.
 *
 * The format is RFC 4180 and what is found in the wild around it:
 *
 *   - a row ends with LF, CRLF or CR, in any mixture, or with the text;
 *   - a field whose first byte is the quote ends at the next quote that is not doubled;
 *     between them delimiters and line ends are text. A quote anywhere else is text, too;
 *   - behind the closing quote there can only be a delimiter or the end of the row.
 *
 * A row can come in pieces: csv_scan goes on where it stopped when more bytes are behind those
 * it has seen, so that each byte is looked at once.
 */
#ifndef LEAT_BYTES_CSV_H
#define LEAT_BYTES_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "csv_marks.h"
#include "error.h"
#include "memory.h"

/* A row is at most this long, as offsets have 30 bits. */
#define CSV_MAX_ROW ((size_t)1 << 30)

/* How a field was written. */
enum csv_form {
  CSV_PLAIN,
  CSV_QUOTED, /* its quotes are left out */
  CSV_DOUBLED /* the same, with doubled quotes inside: see csv_undouble */
};

/* field = at << 34 | length << 4 | form */
static inline enum csv_form csv_form_of (uint64_t field) { return (enum csv_form)(field & 15); }
static inline size_t csv_at (uint64_t field) { return (size_t)(field >> 34); }
static inline size_t csv_length (uint64_t field) {
  return (size_t)(field >> 4) & (CSV_MAX_ROW - 1);
}

static inline uint64_t csv_field_word (size_t at, size_t end, enum csv_form form) {
  return (uint64_t)at << 34 | (uint64_t)(end - at) << 4 | (uint64_t)form;
}

/* The field that a marked row has from `at` to before `end`. */
static inline uint64_t csv_marked_word (const char *text, size_t at, size_t end,
                                        const struct csv_signs *signs) {
  if (at < end && (unsigned char)text[at] == signs->quote && signs->has_quote)
    return csv_field_word(at + 1, end - 1, CSV_QUOTED);
  return csv_field_word(at, end, CSV_PLAIN);
}

/* A splitter, with the row that it has at hand. Zero it; set what comes before `fields`. */
struct csv {
  const struct memory *memory;
  struct csv_signs signs;
  bool has_comment;
  unsigned char comment; /* a row that begins with it is text to the end of its line */
  csv_marker mark;       /* how simple rows are marked; NULL: they are split */

  uint64_t *fields; /* of the row, once it is split */
  size_t count, capacity;
  size_t size;      /* bytes of the row, its line end included */
  size_t breaks;    /* line ends inside the row's fields; where a row fails: before that byte */
  bool is_comment;
  bool has_doubled; /* a field of the row is CSV_DOUBLED */
  bool not_ascii;   /* false: all bytes of the row are ASCII; true: perhaps not */
  bool is_marked;   /* the row is not split yet, but has marks */
  struct csv_marks marks;

  /* The row so far. */
  size_t field;     /* where its last field begins */
  size_t seen;      /* the bytes before it need not be looked at again */
  enum { CSV_NEW_ROW, CSV_AT_START, CSV_IN_PLAIN, CSV_IN_QUOTES } place;
  bool doubled;     /* the last field has doubled quotes */
  size_t breaks_before; /* its opening quote */
  bool after_cr;    /* the row before ended with CR: an LF now belongs to it */
};

enum csv_outcome {
  CSV_ROW,   /* count fields, size bytes */
  CSV_MORE,  /* the row goes on behind the text */
  CSV_ERROR
};

/* Reads the row that begins at text[0], of which text[0..length) is there; `at_end`: nothing
 * comes behind it. An empty text at the end is a row of one empty field.
 * Errors: SYNTAX (a quote that is never closed, at_end; anything but a delimiter behind a
 * closing quote), SIZE, MEMORY; offset tells the byte in the text, line the line within the row. */
enum csv_outcome csv_scan (struct csv *csv, const char *text, size_t length, bool at_end,
                           struct leat_error *error);

/* Bytes of the row whose line end is at `end`, and whether it was a CR that ends the text. */
static inline size_t csv_row_size (struct csv *csv, const char *text, size_t end, size_t length) {
  if (text[end] != '\r') return end + 1;
  if (end + 1 < length) return end + 1 + (text[end + 1] == '\n');
  csv->after_cr = true;
  return end + 1;
}

/* As csv_scan, of a row that is simple and whole. False: this one need not be, scan it. */
static inline bool csv_mark (struct csv *csv, const char *text, size_t length) {
  if (csv->place != CSV_NEW_ROW || csv->after_cr || csv->mark == NULL || length == 0 ||
      (csv->has_comment && (unsigned char)*text == csv->comment) ||
      !csv->mark(&csv->marks, &csv->signs, text, length))
    return false;
  csv->is_comment = csv->has_doubled = false;
  csv->breaks = 0;
  csv->is_marked = true;
  csv->count = csv->marks.count + 1;
  csv->not_ascii = csv->marks.not_ascii;
  csv->size = csv_row_size(csv, text, csv->marks.end, length);
  return true;
}

/* Splits the row at hand, if it is only marked: `fields` are there. False: no memory. */
bool csv_split (struct csv *csv, const char *text);

/* Gives up the row at hand: the next text begins with a new one. */
void csv_skip (struct csv *csv);

/* Writes the bytes of a CSV_DOUBLED field to `out`, which may be where they are; returns how many
 * they are then. */
size_t csv_undouble (const struct csv *csv, const char *bytes, size_t length, char *out);

void csv_free (struct csv *csv);

#endif
