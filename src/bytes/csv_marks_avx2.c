/* SPDX-License-Identifier: MIT
 * csv_marks_avx2.c - marking rows with AVX2 (Haswell, Zen and later).
 */
#include "csv_block.h"

#if defined(__x86_64__) && defined(__GNUC__)

#include <immintrin.h>

#define MARKS_NAME csv_mark_avx2
#define MARKS_TARGET __attribute__((target("avx2,bmi,popcnt")))

MARKS_TARGET static inline uint64_t bits (__m256i low, __m256i high) {
  return (uint64_t)(uint32_t)_mm256_movemask_epi8(low) |
         (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32;
}

MARKS_TARGET static inline uint64_t equal (__m256i low, __m256i high, unsigned char c) {
  const __m256i v = _mm256_set1_epi8((char)c);
  return bits(_mm256_cmpeq_epi8(low, v), _mm256_cmpeq_epi8(high, v));
}

MARKS_TARGET static inline struct csv_block marks_block (const char *text,
                                                         const struct csv_signs *signs) {
  const __m256i *from = (const __m256i *)(const void *)text;
  const __m256i low = _mm256_loadu_si256(from), high = _mm256_loadu_si256(from + 1);
  const __m256i lf = _mm256_set1_epi8('\n'), cr = _mm256_set1_epi8('\r');
  return (struct csv_block){
      .delimiters = equal(low, high, signs->delimiter),
      .line_ends = bits(_mm256_or_si256(_mm256_cmpeq_epi8(low, lf), _mm256_cmpeq_epi8(low, cr)),
                        _mm256_or_si256(_mm256_cmpeq_epi8(high, lf), _mm256_cmpeq_epi8(high, cr))),
      .quotes = signs->has_quote ? equal(low, high, signs->quote) : 0,
      .not_ascii = _mm256_movemask_epi8(_mm256_or_si256(low, high)) != 0};
}

#include "csv_marks_row.h"

#else
typedef int csv_marks_avx2_is_empty; /* ISO C wants a declaration */
#endif
