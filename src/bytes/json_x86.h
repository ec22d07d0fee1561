/* SPDX-License-Identifier: MIT
 * json_x86.h - what the SSE2 and the AVX2 scanner have in common.
 */
#include <emmintrin.h>

#include "json_private.h"
#include "json_bits.h"

/* Is text[0..n) a number of at most 16 bytes without exponent? False where
 * somebody slower has to look at it. No branch depends on its digits: numbers of
 * changing length cost a misprediction each otherwise. */
JSON_TARGET static inline bool vector_number (const char *text, size_t n,
                                              unsigned *kind) {
  if (n > 16) return false;
  __m128i v = _mm_loadu_si128((const __m128i *)(const void *)text);
  __m128i value = _mm_sub_epi8(v, _mm_set1_epi8('0'));
  __m128i is_digit = _mm_cmpeq_epi8(_mm_min_epu8(value, _mm_set1_epi8(9)), value);
  uint32_t digit = (uint32_t)_mm_movemask_epi8(is_digit);
  uint32_t point =
      (uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_set1_epi8('.')));
  uint32_t minus = text[0] == '-';
  n -= minus;
  uint32_t all = ((uint32_t)1 << n) - 1;
  digit = digit >> minus & all;
  point = point >> minus & all;
  bool wrong = (digit | point) != all;
  wrong |= (digit & 1) == 0;              /* also when n is 0 */
  wrong |= (point & (point - 1)) != 0;    /* two points */
  wrong |= (point << 1 & ~all) != 0;      /* nothing behind the point */
  bool zero = text[minus] == '0';
  wrong |= zero & ((digit & 2) != 0);     /* leading zero */
  bool real = (point != 0) | (zero & (minus != 0) & (n == 1));
  *kind = real ? JSON_FLOAT : JSON_INTEGER;
  return !wrong;
}

JSON_TARGET static inline size_t vector_find_slash (const char *text, size_t at,
                                                    size_t end) {
  for (; at < end; at += 16) {
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(text + at));
    int mask = _mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_set1_epi8('\\')));
    if (mask != 0) return at + (size_t)__builtin_ctz((unsigned)mask);
  }
  return end;
}
