/* SPDX-License-Identifier: MIT
 * csv_marks_avx512.c - marking rows with AVX-512 (Skylake-X, Zen 4 and later): a block is one
 * register, and each comparison is a mask already.
 */
#include "csv_block.h"

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

#define MARKS_NAME csv_mark_avx512
#define MARKS_TARGET __attribute__((target("avx512f,avx512bw,avx2,bmi,popcnt")))

MARKS_TARGET static inline uint64_t equal (__m512i v, unsigned char c) {
  return _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8((char)c));
}

MARKS_TARGET static inline struct csv_block marks_block (const char *text,
                                                         const struct csv_signs *signs) {
  const __m512i v = _mm512_loadu_si512((const void *)text);
  return (struct csv_block){.delimiters = equal(v, signs->delimiter),
                            .line_ends = equal(v, '\n') | equal(v, '\r'),
                            .quotes = signs->has_quote ? equal(v, signs->quote) : 0,
                            .not_ascii = _mm512_movepi8_mask(v) != 0};
}

#include "csv_marks_row.h"

#else
typedef int csv_marks_avx512_is_empty; /* ISO C wants a declaration */
#endif
