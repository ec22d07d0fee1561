/* SPDX-License-Identifier: MIT
 * csv.c - splitting text into rows and fields; the format is in csv.h.
 *
 * A row that is whole and simple is marked (csv_marks.h), others are split at once. Their plain
 * fields are found by masks of 64 bytes in which delimiters and line ends have a bit each: a bit
 * costs less than looking at the bytes before it. Where a quoted field ends is left to memchr.
 */
#include "csv.h"

#include <stdio.h>
#include <string.h>

#include "csv_block.h"

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define BLOCK ((size_t)64)

/* The masks of the block at `at`, bytes from `length` on left out. */
static inline struct csv_block block_at (const struct csv *csv, const char *text, size_t at,
                                         size_t length) {
  struct csv_block b = csv_block_at(text + at, &csv->signs);
  size_t left = length - at;
  if (LIKELY(left >= BLOCK)) return b;
  uint64_t there = ((uint64_t)1 << left) - 1;
  b.delimiters &= there;
  b.line_ends &= there;
  return b;
}

/* --- errors --- */

static enum csv_outcome fail (struct csv *csv, struct leat_error *error, leat_code code,
                              size_t offset, const char *message) {
  *error = (struct leat_error){.code = code, .line = csv->breaks + 1, .offset = offset};
  snprintf(error->message, sizeof error->message, "%s", message);
  return CSV_ERROR;
}

/* Line ends in text[from..to), from > 0; a CR and the LF behind it are one. Few fields have any,
 * so blocks without are passed over. */
static size_t count_breaks (const struct csv *csv, const char *text, size_t from, size_t to) {
  size_t breaks = 0;
  for (size_t at = from; at < to; at += BLOCK) {
    uint64_t ends = block_at(csv, text, at, to).line_ends;
    for (; ends != 0; ends &= ends - 1) {
      size_t i = at + (size_t)__builtin_ctzll(ends);
      breaks += text[i] == '\r' || text[i - 1] != '\r';
    }
  }
  return breaks;
}

/* --- rows --- */

/* Makes room for so many fields more. */
static bool reserve (struct csv *csv, size_t more) {
  if (LIKELY(csv->capacity - csv->count >= more)) return true;
  size_t wanted = 2 * csv->capacity + more;
  if (wanted > SIZE_MAX / sizeof *csv->fields) return false;
  uint64_t *fields = memory_resize(csv->memory, csv->fields, csv->capacity * sizeof *fields,
                                   wanted * sizeof *fields);
  if (fields == NULL) return false;
  csv->fields = fields;
  csv->capacity = wanted;
  return true;
}

static inline bool add (struct csv *csv, size_t at, size_t end, enum csv_form form) {
  if (!reserve(csv, 1)) return false;
  csv->fields[csv->count++] = csv_field_word(at, end, form);
  return true;
}

void csv_skip (struct csv *csv) {
  csv->count = csv->breaks = 0;
  csv->field = csv->seen = 0;
  csv->has_doubled = csv->not_ascii = csv->is_marked = false;
  csv->place = CSV_NEW_ROW;
}

/* The row ends at `end`, where there is a line end, or the text does. */
static enum csv_outcome finish (struct csv *csv, const char *text, size_t end, size_t length) {
  csv->after_cr = false;
  csv->size = end < length ? csv_row_size(csv, text, end, length) : end;
  csv->place = CSV_NEW_ROW;
  return CSV_ROW;
}

/* What is known from the row's first byte on. False: there is none yet. */
static bool begin (struct csv *csv, const char *text, size_t length, bool at_end) {
  if (length == 0 && !at_end) return false;
  size_t first = csv->after_cr && length > 0 && text[0] == '\n';
  if (first == length && !at_end) return false;
  csv_skip(csv);
  csv->field = first;
  csv->is_comment = csv->has_comment && first < length &&
                    (unsigned char)text[first] == csv->comment;
  csv->place = CSV_AT_START;
  return true;
}

static enum csv_outcome scan (struct csv *csv, const char *text, size_t length, bool at_end,
                              struct leat_error *error) {
  if (length > CSV_MAX_ROW) {
    length = CSV_MAX_ROW;
    at_end = false;
  }
  if (csv->place == CSV_NEW_ROW && !begin(csv, text, length, at_end)) return CSV_MORE;
  const bool quotes = csv->signs.has_quote && !csv->is_comment;
  size_t at = csv->seen;
  if (csv->place == CSV_IN_QUOTES) goto quoted;
  if (csv->place == CSV_IN_PLAIN) goto block;

field: /* it begins at csv->field; there is no mask */
  at = csv->field;
  if (at == length && !at_end) {
    csv->place = CSV_AT_START;
    goto more;
  }
  if (quotes && at < length && (unsigned char)text[at] == csv->signs.quote) {
    csv->doubled = false;
    csv->breaks_before = csv->breaks;
    at++;
    goto quoted;
  }

block: /* the plain field has no end before `at` */
  if (at >= length) {
    if (!at_end) {
      csv->place = CSV_IN_PLAIN;
      goto more;
    }
    if (!add(csv, csv->field, length, CSV_PLAIN)) goto no_memory;
    return finish(csv, text, length, length);
  }
  if (!reserve(csv, BLOCK)) goto no_memory;
  {
    const size_t base = at;
    const struct csv_block m = block_at(csv, text, base, length);
    csv->not_ascii = csv->not_ascii || m.not_ascii;
    /* Delimiters before the first line end, if there is one: m.line_ends is not 0 then. */
    uint64_t delimiters = m.delimiters & (m.line_ends ^ (m.line_ends - 1));
    uint64_t *field = csv->fields + csv->count;
    size_t start = csv->field;
    bool begins_quoted = false;
    for (; delimiters != 0; delimiters &= delimiters - 1) {
      at = base + (size_t)__builtin_ctzll(delimiters);
      *field++ = csv_field_word(start, at, CSV_PLAIN);
      start = at + 1;
      /* The byte may be behind the text: then the field that begins there is looked at again. */
      begins_quoted = (unsigned char)text[start] == csv->signs.quote && quotes;
      if (begins_quoted) break;
    }
    csv->count = (size_t)(field - csv->fields);
    csv->field = start;
    if (begins_quoted || start == length) goto field;
    if (m.line_ends == 0) {
      at = length - base > BLOCK ? base + BLOCK : length;
      goto block;
    }
    at = base + (size_t)__builtin_ctzll(m.line_ends);
    *field = csv_field_word(start, at, CSV_PLAIN);
    csv->count++;
    return finish(csv, text, at, length);
  }

quoted:
  csv->not_ascii = true; /* nobody has looked */
  for (;;) {
    const char *found = at < length ? memchr(text + at, csv->signs.quote, length - at) : NULL;
    size_t close = found != NULL ? (size_t)(found - text) : length;
    csv->breaks += count_breaks(csv, text, at, close);
    at = close;
    if (found == NULL || (close + 1 == length && !at_end)) {
      if (at_end) goto open;
      csv->place = CSV_IN_QUOTES;
      goto more;
    }
    if (close + 1 < length && (unsigned char)text[close + 1] == csv->signs.quote) {
      csv->doubled = true;
      at = close + 2;
      continue;
    }
    break;
  }
  if (!add(csv, csv->field + 1, at, csv->doubled ? CSV_DOUBLED : CSV_QUOTED)) goto no_memory;
  csv->has_doubled = csv->has_doubled || csv->doubled;
  at++;
  if (at >= length || text[at] == '\n' || text[at] == '\r')
    return finish(csv, text, at, length);
  if ((unsigned char)text[at] == csv->signs.delimiter) {
    csv->field = at + 1;
    goto field;
  }
  return fail(csv, error, LEAT_E_SYNTAX, at,
              "expected a delimiter or the end of the row behind a closing quote; a quote inside "
              "quotes is written twice");

more:
  csv->seen = at;
  if (length < CSV_MAX_ROW) return CSV_MORE;
  return fail(csv, error, LEAT_E_SIZE, length, "the row is longer than 2^30 bytes");

open:
  csv->breaks = csv->breaks_before;
  return fail(csv, error, LEAT_E_SYNTAX, csv->field, "a quote is opened here and never closed");

no_memory:
  csv->place = CSV_AT_START; /* the call may be repeated */
  return fail(csv, error, LEAT_E_MEMORY, at, "not enough memory");
}

enum csv_outcome csv_scan (struct csv *csv, const char *text, size_t length, bool at_end,
                           struct leat_error *error) {
  return csv_mark(csv, text, length) ? CSV_ROW : scan(csv, text, length, at_end, error);
}

bool csv_split (struct csv *csv, const char *text) {
  if (!csv->is_marked) return true;
  size_t count = csv->count, at = 0;
  csv->count = 0;
  bool there = reserve(csv, count);
  csv->count = count;
  if (!there) return false;
  uint64_t *field = csv->fields;
  for (size_t base = 0; base < csv->marks.end; base += BLOCK)
    for (uint64_t ends = csv->marks.ends[base / BLOCK]; ends != 0; ends &= ends - 1) {
      size_t end = base + (size_t)__builtin_ctzll(ends);
      *field++ = csv_marked_word(text, at, end, &csv->signs);
      at = end + 1;
    }
  *field = csv_marked_word(text, at, csv->marks.end, &csv->signs);
  csv->is_marked = false;
  return true;
}

size_t csv_undouble (const struct csv *csv, const char *bytes, size_t length, char *out) {
  char *to = out;
  while (length > 0) {
    const char *found = memchr(bytes, csv->signs.quote, length);
    size_t size = found != NULL ? (size_t)(found - bytes) + 1 : length;
    memmove(to, bytes, size);
    to += size;
    if (found != NULL && size < length) size++; /* the second of the two */
    bytes += size;
    length -= size;
  }
  return (size_t)(to - out);
}

void csv_free (struct csv *csv) {
  memory_free(csv->memory, csv->fields, csv->capacity * sizeof *csv->fields);
  csv->fields = NULL;
  csv->count = csv->capacity = 0;
}
