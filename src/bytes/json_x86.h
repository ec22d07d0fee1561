/* SPDX-License-Identifier: MIT
 * json_x86.h - what the SSE2 and the AVX2 scanner have in common.
 */
#include <emmintrin.h>

#include "json_bits.h"

JSON_TARGET static inline bool vector_number (const char *text, size_t n,
                                              unsigned *kind) {
  if (n - 1 >= 16) return false;
  __m128i v = _mm_loadu_si128((const __m128i *)(const void *)text);
  __m128i value = _mm_sub_epi8(v, _mm_set1_epi8('0'));
  __m128i digit = _mm_cmpeq_epi8(_mm_min_epu8(value, _mm_set1_epi8(9)), value);
  __m128i point = _mm_cmpeq_epi8(v, _mm_set1_epi8('.'));
  return vector_judge_number(text, n, (uint32_t)_mm_movemask_epi8(digit),
                             (uint32_t)_mm_movemask_epi8(point), kind);
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
