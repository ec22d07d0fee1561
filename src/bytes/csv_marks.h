/* SPDX-License-Identifier: MIT
 * csv_marks.h - where the fields of a row end, as bits.
 *
 * Most rows are read for a field or two. So a row that is simple is not split but marked: a bit for
 * each delimiter that ends a field, 64 bytes a word, and a field is found when it is asked for by
 * counting bits. A row is simple when its text tells nothing else: its quotes open where a field
 * begins and close where it ends, none is doubled, and no line ends between them.
 */
#ifndef LEAT_BYTES_CSV_MARKS_H
#define LEAT_BYTES_CSV_MARKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Rows longer than 64 times as many bytes are split. */
#define CSV_MARKS 16
/* Bytes behind the text that must be readable; their content does not matter. */
#define CSV_PADDING 64

struct csv_marks {
  uint64_t ends[CSV_MARKS]; /* bit i of word k: byte 64 k + i is a delimiter that ends a field */
  size_t count;             /* of them: a row has a field more */
  size_t end;               /* where its line end is */
  bool not_ascii;           /* false: all its bytes are ASCII; true: perhaps not */
};

/* What ends fields and rows beside CR and LF. */
struct csv_signs {
  unsigned char delimiter, quote;
  bool has_quote;
};

/* Marks the row that begins at text[0], of which text[0..length) is there. False: it is not simple,
 * or does not end in the text. */
typedef bool (*csv_marker)(struct csv_marks *marks, const struct csv_signs *signs,
                           const char *text, size_t length);

/* The best for this processor. */
csv_marker csv_marker_best (void);

/* All of them, of the same result, and whether this processor has them; returns how many. For
 * tests. */
struct csv_marker_entry {
  const char *name;
  csv_marker mark;
  bool usable;
};
size_t csv_markers (struct csv_marker_entry list[3]);

#if defined(__x86_64__) && defined(__GNUC__)
bool csv_mark_avx2 (struct csv_marks *marks, const struct csv_signs *signs, const char *text,
                    size_t length);
bool csv_mark_avx512 (struct csv_marks *marks, const struct csv_signs *signs, const char *text,
                      size_t length);
#endif

/* Where field k, from 0 on, begins, and (*end) where it ends: its quotes are part of it. `ends`,
 * `size`: of a row that was marked; it has more than k fields. */
static inline size_t csv_marked (const uint64_t *ends, size_t size, size_t k, size_t *end) {
  size_t base = 0, begin = 0;
  uint64_t word = *ends;
  for (; k > 0; k--) {
    while (word == 0) {
      base += 64;
      word = *++ends;
    }
    begin = base + (size_t)__builtin_ctzll(word) + 1;
    word &= word - 1;
  }
  while (word == 0 && base + 64 < size) {
    base += 64;
    word = *++ends;
  }
  *end = word != 0 ? base + (size_t)__builtin_ctzll(word) : size;
  return begin;
}

#endif
