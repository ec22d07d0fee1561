/* SPDX-License-Identifier: MIT
 * csv.c - splitting text into rows and fields; the format is in csv.h.
 *
 * Plain fields, the usual ones, are found by masks of 64 bytes in which delimiters and line ends
 * have a bit each: a bit costs less than looking at the bytes before it. Where a quoted field
 * ends is left to memchr.
 */
#include "csv.h"

#include <stdio.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#define LIKELY(x) __builtin_expect(!!(x), 1)
#define BLOCK ((size_t)64)

/* --- masks of 64 bytes, bit i for byte i --- */

struct masks {
  uint64_t delimiters, line_ends; /* CR and LF */
  bool not_ascii;                 /* of any byte, also of those left out */
};

#if defined(__SSE2__)

static inline struct masks block_masks (const char *text, unsigned char delimiter) {
  const __m128i d = _mm_set1_epi8((char)delimiter);
  const __m128i lf = _mm_set1_epi8('\n'), cr = _mm_set1_epi8('\r');
  struct masks m = {0, 0, false};
  __m128i all = _mm_setzero_si128();
  for (int i = 0; i < 4; i++) {
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(text + 16 * i));
    __m128i ends = _mm_or_si128(_mm_cmpeq_epi8(v, lf), _mm_cmpeq_epi8(v, cr));
    m.delimiters |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(v, d)) << (16 * i);
    m.line_ends |= (uint64_t)(uint32_t)_mm_movemask_epi8(ends) << (16 * i);
    all = _mm_or_si128(all, v);
  }
  m.not_ascii = _mm_movemask_epi8(all) != 0;
  return m;
}

#elif defined(__aarch64__)

static inline uint64_t bits_of (const uint8x16_t hit[4]) {
  static const uint8_t bits[16] = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
  const uint8x16_t b = vld1q_u8(bits);
  uint8x16_t sum = vpaddq_u8(vpaddq_u8(vandq_u8(hit[0], b), vandq_u8(hit[1], b)),
                             vpaddq_u8(vandq_u8(hit[2], b), vandq_u8(hit[3], b)));
  return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(sum, sum)), 0);
}

static inline struct masks block_masks (const char *text, unsigned char delimiter) {
  const uint8x16_t d = vdupq_n_u8(delimiter), lf = vdupq_n_u8('\n'), cr = vdupq_n_u8('\r');
  uint8x16_t delimiters[4], ends[4], all = vdupq_n_u8(0);
  for (int i = 0; i < 4; i++) {
    uint8x16_t v = vld1q_u8((const uint8_t *)text + 16 * i);
    delimiters[i] = vceqq_u8(v, d);
    ends[i] = vorrq_u8(vceqq_u8(v, lf), vceqq_u8(v, cr));
    all = vorrq_u8(all, v);
  }
  return (struct masks){bits_of(delimiters), bits_of(ends), vmaxvq_u8(all) >= 0x80};
}

#else

static inline struct masks block_masks (const char *text, unsigned char delimiter) {
  struct masks m = {0, 0, false};
  for (size_t i = 0; i < BLOCK; i++) {
    unsigned char c = (unsigned char)text[i];
    m.not_ascii = m.not_ascii || c >= 0x80;
    m.delimiters |= (uint64_t)(c == delimiter) << i;
    m.line_ends |= (uint64_t)(c == '\n' || c == '\r') << i;
  }
  return m;
}

#endif

/* The masks of the block at `at`, bytes from `length` on left out. */
static inline struct masks masks_at (const struct csv *csv, const char *text, size_t at,
                                     size_t length) {
  struct masks m = block_masks(text + at, csv->delimiter);
  size_t left = length - at;
  if (LIKELY(left >= BLOCK)) return m;
  uint64_t there = ((uint64_t)1 << left) - 1;
  return (struct masks){m.delimiters & there, m.line_ends & there, m.not_ascii};
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
    uint64_t ends = masks_at(csv, text, at, to).line_ends;
    for (; ends != 0; ends &= ends - 1) {
      size_t i = at + (size_t)__builtin_ctzll(ends);
      breaks += text[i] == '\r' || text[i - 1] != '\r';
    }
  }
  return breaks;
}

/* --- rows --- */

/* Makes room for the fields that can end in a block. */
static bool reserve (struct csv *csv) {
  if (LIKELY(csv->capacity - csv->count >= BLOCK)) return true;
  size_t wanted = 2 * csv->capacity + BLOCK;
  if (wanted > SIZE_MAX / sizeof *csv->fields) return false;
  uint64_t *fields = memory_resize(csv->memory, csv->fields, csv->capacity * sizeof *fields,
                                   wanted * sizeof *fields);
  if (fields == NULL) return false;
  csv->fields = fields;
  csv->capacity = wanted;
  return true;
}

static inline uint64_t field_word (size_t at, size_t end, enum csv_form form) {
  return (uint64_t)at << 34 | (uint64_t)(end - at) << 4 | (uint64_t)form;
}

static inline bool add (struct csv *csv, size_t at, size_t end, enum csv_form form) {
  if (!reserve(csv)) return false;
  csv->fields[csv->count++] = field_word(at, end, form);
  return true;
}

void csv_skip (struct csv *csv) {
  csv->count = csv->breaks = 0;
  csv->field = csv->seen = 0;
  csv->has_doubled = csv->not_ascii = false;
  csv->place = CSV_NEW_ROW;
}

/* The row ends at `end`, where there is a line end, or the text does. */
static enum csv_outcome finish (struct csv *csv, const char *text, size_t end, size_t length) {
  csv->size = end;
  csv->after_cr = false;
  if (end < length) {
    csv->size++;
    if (text[end] == '\r') {
      if (end + 1 == length) csv->after_cr = true;
      else if (text[end + 1] == '\n') csv->size++;
    }
  }
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

enum csv_outcome csv_scan (struct csv *csv, const char *text, size_t length, bool at_end,
                           struct leat_error *error) {
  if (length > CSV_MAX_ROW) {
    length = CSV_MAX_ROW;
    at_end = false;
  }
  if (csv->place == CSV_NEW_ROW && !begin(csv, text, length, at_end)) return CSV_MORE;
  const bool quotes = csv->has_quote && !csv->is_comment;
  size_t at = csv->seen;
  if (csv->place == CSV_IN_QUOTES) goto quoted;
  if (csv->place == CSV_IN_PLAIN) goto block;

field: /* it begins at csv->field; there is no mask */
  at = csv->field;
  if (at == length && !at_end) {
    csv->place = CSV_AT_START;
    goto more;
  }
  if (quotes && at < length && (unsigned char)text[at] == csv->quote) {
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
  if (!reserve(csv)) goto no_memory;
  {
    const size_t base = at;
    const struct masks m = masks_at(csv, text, base, length);
    csv->not_ascii = csv->not_ascii || m.not_ascii;
    /* Delimiters before the first line end, if there is one: m.line_ends is not 0 then. */
    uint64_t delimiters = m.delimiters & (m.line_ends ^ (m.line_ends - 1));
    uint64_t *field = csv->fields + csv->count;
    size_t start = csv->field;
    bool begins_quoted = false;
    for (; delimiters != 0; delimiters &= delimiters - 1) {
      at = base + (size_t)__builtin_ctzll(delimiters);
      *field++ = field_word(start, at, CSV_PLAIN);
      start = at + 1;
      /* The byte may be behind the text: then the field that begins there is looked at again. */
      begins_quoted = (unsigned char)text[start] == csv->quote && quotes;
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
    *field = field_word(start, at, CSV_PLAIN);
    csv->count++;
    return finish(csv, text, at, length);
  }

quoted:
  csv->not_ascii = true; /* nobody has looked */
  for (;;) {
    const char *found = at < length ? memchr(text + at, csv->quote, length - at) : NULL;
    size_t close = found != NULL ? (size_t)(found - text) : length;
    csv->breaks += count_breaks(csv, text, at, close);
    at = close;
    if (found == NULL || (close + 1 == length && !at_end)) {
      if (at_end) goto open;
      csv->place = CSV_IN_QUOTES;
      goto more;
    }
    if (close + 1 < length && (unsigned char)text[close + 1] == csv->quote) {
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
  if ((unsigned char)text[at] == csv->delimiter) {
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

size_t csv_undouble (const struct csv *csv, const char *bytes, size_t length, char *out) {
  char *to = out;
  while (length > 0) {
    const char *found = memchr(bytes, csv->quote, length);
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
