/* SPDX-License-Identifier: MIT
 * csv_test.c - csv.c against a plain reading of its rules, byte by byte.
 *
 * Random texts of few different bytes are split whole and in pieces; each piece is a block of its
 * own, so that ASan sees what is read behind it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/bytes/csv.h"
#include "unit.h"

static unsigned long passed, failed;

static void check (bool ok, const char *what, const char *text, size_t length) {
  if (ok) passed++;
  else if (failed++ < 20) fprintf(stderr, "FAILED: %s: %.*s\n", what, (int)length, text);
}

/* What a row is by the rules. */
struct row {
  size_t count, size, breaks;
  bool comment;
  int wrong; /* 0: fine; 'o': a quote is never closed; 'b': something is behind a closing one */
  size_t wrong_at;
  struct {
    size_t length;
    enum csv_form form;
    char bytes[300];
  } fields[300];
};

static bool is_break (const char *text, size_t i, size_t length, size_t *size) {
  *size = text[i] == '\r' && i + 1 < length && text[i + 1] == '\n' ? 2 : 1;
  return text[i] == '\n' || text[i] == '\r';
}

static void read_row (const struct csv *csv, const char *text, size_t length, struct row *row) {
  size_t i = 0, size = 0;
  row->count = row->breaks = 0;
  row->wrong = 0;
  row->comment = csv->has_comment && length > 0 && (unsigned char)text[0] == csv->comment;
  bool quotes = csv->signs.has_quote && !row->comment;
  for (;;) {
    size_t n = 0, k = row->count++, opened = i;
    row->fields[k].form = CSV_PLAIN;
    if (quotes && i < length && (unsigned char)text[i] == csv->signs.quote) {
      size_t breaks = row->breaks;
      row->fields[k].form = CSV_QUOTED;
      for (i++;; i++) {
        if (i == length) {
          row->wrong = 'o';
          row->wrong_at = opened;
          row->breaks = breaks;
          return;
        }
        if ((unsigned char)text[i] == csv->signs.quote) {
          if (i + 1 == length || (unsigned char)text[i + 1] != csv->signs.quote) break;
          row->fields[k].form = CSV_DOUBLED;
          i++;
        }
        if (text[i] == '\r' || (text[i] == '\n' && text[i - 1] != '\r')) row->breaks++;
        row->fields[k].bytes[n++] = text[i];
      }
      i++;
      if (i < length && (unsigned char)text[i] != csv->signs.delimiter &&
          !is_break(text, i, length, &size)) {
        row->wrong = 'b';
        row->wrong_at = i;
        return;
      }
    }
    else
      while (i < length && (unsigned char)text[i] != csv->signs.delimiter &&
             !is_break(text, i, length, &size))
        row->fields[k].bytes[n++] = text[i++];
    row->fields[k].length = n;
    if (i == length) break;
    if (is_break(text, i, length, &size)) {
      i += size;
      break;
    }
    i++;
  }
  row->size = i;
}

/* Are the fields that are found by the marks those that the row is split into? */
static bool same_marked (struct csv *csv, const char *text) {
  struct csv_marks marks = csv->marks;
  uint64_t fields[260];
  for (size_t k = 0; k < csv->count; k++) {
    size_t end, at = csv_marked(marks.ends, marks.end, k, &end);
    fields[k] = csv_marked_word(text, at, end, &csv->signs);
  }
  return csv_split(csv, text) && !csv->is_marked && marks.count + 1 == csv->count &&
         memcmp(fields, csv->fields, csv->count * sizeof *fields) == 0;
}

static bool same_row (struct csv *csv, const char *text, const struct row *row) {
  if (csv->is_marked && !same_marked(csv, text)) return false;
  static char out[300];
  if (csv->count != row->count || csv->breaks != row->breaks || csv->is_comment != row->comment)
    return false;
  for (size_t k = 0; k < row->count; k++) {
    uint64_t field = csv->fields[k];
    size_t length = csv_length(field);
    memcpy(out, text + csv_at(field), length);
    if (csv_form_of(field) == CSV_DOUBLED) length = csv_undouble(csv, out, length, out);
    if (csv_form_of(field) != row->fields[k].form || length != row->fields[k].length ||
        memcmp(out, row->fields[k].bytes, length) != 0)
      return false;
  }
  return true;
}

/* A copy with nothing but the promised bytes behind it. */
static char *copy_of (const char *text, size_t length) {
  char *copy = malloc(length + CSV_PADDING);
  if (copy == NULL) exit(2);
  memcpy(copy, text, length);
  for (size_t i = 0; i < CSV_PADDING; i++) copy[length + i] = ",\"\n\r"[random_below(4)];
  return copy;
}

/* Splits text[0..length), of which more is told in each step, or all at once. */
static void test_text (struct csv *csv, const char *text, size_t length, bool in_pieces) {
  static struct row row;
  struct leat_error error;
  size_t at = 0;
  csv_skip(csv);
  csv->after_cr = false;
  while (at < length) {
    size_t skipped = csv->after_cr && text[at] == '\n'; /* of a CRLF that came in two pieces */
    size_t shown = in_pieces ? random_below(4) : length - at;
    enum csv_outcome outcome;
    char *copy;
    read_row(csv, text + at + skipped, length - at - skipped, &row);
    for (;;) {
      if (shown > length - at) shown = length - at;
      copy = copy_of(text + at, shown);
      outcome = csv_scan(csv, copy, shown, at + shown == length, &error);
      if (outcome != CSV_MORE) break;
      free(copy);
      check(at + shown < length, "more than there is is asked for", text, length);
      if (at + shown == length) return;
      shown += 1 + random_below(in_pieces ? 5 : 100);
    }
    if (row.wrong != 0) {
      check(outcome == CSV_ERROR && error.code == LEAT_E_SYNTAX &&
              error.offset == row.wrong_at + skipped && error.line == row.breaks + 1 &&
              strstr(error.message, row.wrong == 'o' ? "never closed" : "closing quote") != NULL,
            "the error", text, length);
      free(copy);
      return;
    }
    bool whole = csv->size == row.size + skipped ||
                 (csv->after_cr && csv->size + 1 == row.size + skipped && at + shown < length);
    check(outcome == CSV_ROW && whole && same_row(csv, copy, &row), "a row", text, length);
    for (size_t i = 0; outcome == CSV_ROW && !csv->not_ascii && i < csv->size; i++)
      check((unsigned char)copy[i] < 0x80, "a row of ASCII", text, length);
    free(copy);
    if (outcome != CSV_ROW || csv->size == 0) return;
    at += csv->size;
  }
}

static void test_random (void) {
  static const char *const alphabets[] = { "a,\n", "a,\"\n", "ab,\"\"\"\r\n", "a,;\"'#\r\n\n",
                                           "aaaaaaaaaaaa,\n\"", "aaaaaaaaaaa\xe9,\n" };
  char text[260];
  struct csv_marker_entry markers[3];
  size_t count = csv_markers(markers);
  for (int round = 0; round < 60000; round++) {
    struct csv csv = { .memory = &memory,
                       .signs = { .delimiter = round % 7 == 0 ? ';' : ',',
                                  .quote = round % 3 == 0 ? '\'' : '"',
                                  .has_quote = round % 5 != 0 },
                       .has_comment = round % 4 == 0, .comment = '#' };
    size_t way = random_below(count + 1); /* the last: all rows are split */
    if (way < count && markers[way].usable) csv.mark = markers[way].mark;
    const char *alphabet = alphabets[random_below(6)];
    size_t length = random_below(round % 10 == 0 ? sizeof text : 24), n = strlen(alphabet);
    for (size_t i = 0; i < length; i++) text[i] = alphabet[random_below(n)];
    test_text(&csv, text, length, false);
    test_text(&csv, text, length, true);
    csv_free(&csv);
  }
}

/* Each allocation fails once: an error, and the same call goes on. */
static void test_memory (void) {
  static char text[1000 + CSV_PADDING];
  struct csv csv = { .memory = &memory,
                     .signs = { .delimiter = ',', .quote = '"', .has_quote = true } };
  struct leat_error error;
  enum csv_outcome outcome;
  int failures = 0;
  for (size_t i = 0; i < 1000; i++) text[i] = i % 2 ? ',' : 'x';
  budget.until_failure = 0;
  while ((outcome = csv_scan(&csv, text, 999, true, &error)) == CSV_ERROR && failures++ < 20) {
    check(error.code == LEAT_E_MEMORY, "the code", text, 0);
    budget.until_failure = 1;
  }
  budget.until_failure = -1;
  check(outcome == CSV_ROW && csv.count == 500 && failures > 2, "a row in the end", text, 0);
  csv_free(&csv);
  check(budget.live == 0, "all memory is given back", text, 0);
}

int main (void) {
  test_random();
  test_memory();
  printf("%lu passed, %lu failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}
