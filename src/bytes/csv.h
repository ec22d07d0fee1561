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

#include "error.h"
#include "memory.h"

/* A row is at most this long, as offsets have 30 bits. */
#define CSV_MAX_ROW ((size_t)1 << 30)
/* Bytes behind the text that must be readable; their content does not matter. */
#define CSV_PADDING 64

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

/* A splitter, with the row that it has at hand. Zero it; set what comes before `fields`. */
struct csv {
  const struct memory *memory;
  unsigned char delimiter;
  bool has_quote, has_comment;
  unsigned char quote;
  unsigned char comment; /* a row that begins with it is text to the end of its line */

  uint64_t *fields; /* of the row */
  size_t count, capacity;
  size_t size;      /* bytes of the row, its line end included */
  size_t breaks;    /* line ends inside the row's fields; where a row fails: before that byte */
  bool is_comment;
  bool has_doubled; /* a field of the row is CSV_DOUBLED */
  bool not_ascii;   /* false: all bytes of the row are ASCII; true: perhaps not */

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

/* Gives up the row at hand: the next text begins with a new one. */
void csv_skip (struct csv *csv);

/* Writes the bytes of a CSV_DOUBLED field to `out`, which may be where they are; returns how many
 * they are then. */
size_t csv_undouble (const struct csv *csv, const char *bytes, size_t length, char *out);

void csv_free (struct csv *csv);

#endif
