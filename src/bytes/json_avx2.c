/* SPDX-License-Identifier: MIT
 * json_avx2.c - the vector scanner for AVX2 (Haswell, Zen and later).
 */
#include "json_private.h"

#if JSON_X86

#include <immintrin.h>

#define JSON_TARGET __attribute__((target("avx2,bmi,popcnt,pclmul")))
#define VECTOR_SCAN json_scan_avx2
#define VECTOR_SPLIT json_split_avx2
#define VECTOR_UTF8 utf8_valid_prefix_avx2

#include "json_x86.h"

struct vector_block {
  __m256i low, high;
};

JSON_TARGET static inline struct vector_block vector_load (const char *text) {
  const __m256i *from = (const __m256i *)(const void *)text;
  return (struct vector_block){_mm256_loadu_si256(from),
                               _mm256_loadu_si256(from + 1)};
}

JSON_TARGET static inline struct vector_block vector_load_tail (
    const char *text, size_t left) {
  struct vector_block b = vector_load(text);
  const __m256i *from = (const __m256i *)(const void *)(vector_keep + 64 - left);
  __m256i space = _mm256_set1_epi8(' ');
  b.low = _mm256_blendv_epi8(space, b.low, _mm256_loadu_si256(from));
  b.high = _mm256_blendv_epi8(space, b.high, _mm256_loadu_si256(from + 1));
  return b;
}

JSON_TARGET static inline uint64_t vector_bits (__m256i low, __m256i high) {
  return (uint64_t)(uint32_t)_mm256_movemask_epi8(low) |
         (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32;
}

JSON_TARGET static inline __m256i vector_at_most (__m256i v, char top) {
  return _mm256_cmpeq_epi8(_mm256_min_epu8(v, _mm256_set1_epi8(top)), v);
}

JSON_TARGET static inline __m256i vector_equal (__m256i v, char c) {
  return _mm256_cmpeq_epi8(v, _mm256_set1_epi8(c));
}

/* With bit 5 set, '[' is '{' and ']' is '}', and the four characters left differ
 * in their low halves: look up the only one it can be. The control characters
 * that meet one this way (0x0c, 0x1a) are refused as such. */
JSON_TARGET static inline __m256i vector_is_op (__m256i v) {
  const __m256i one = _mm256_setr_epi8(
      0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ':', '{', ',', '}', 0, 0,
      0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ':', '{', ',', '}', 0, 0);
  return _mm256_cmpeq_epi8(_mm256_shuffle_epi8(one, v),
                           _mm256_or_si256(v, _mm256_set1_epi8(0x20)));
}

JSON_TARGET static inline struct vector_masks vector_masks (
    const struct vector_block *b) {
  __m256i low = b->low, high = b->high;
  return (struct vector_masks){
      .quote = vector_bits(vector_equal(low, '"'), vector_equal(high, '"')),
      .slash = vector_bits(vector_equal(low, '\\'), vector_equal(high, '\\')),
      .space = vector_bits(vector_at_most(low, 0x20), vector_at_most(high, 0x20)),
      .op = vector_bits(vector_is_op(low), vector_is_op(high)),
      .control = vector_bits(vector_at_most(low, 0x1f), vector_at_most(high, 0x1f)),
  };
}

/* With bit 5 set, '[' is '{' and ']' is '}'. */
JSON_TARGET static inline struct vector_marks vector_marks (
    const struct vector_block *b) {
  __m256i low = b->low, high = b->high, fold = _mm256_set1_epi8(0x20);
  __m256i low_folded = _mm256_or_si256(low, fold), high_folded = _mm256_or_si256(high, fold);
  return (struct vector_marks){
      .quote = vector_bits(vector_equal(low, '"'), vector_equal(high, '"')),
      .slash = vector_bits(vector_equal(low, '\\'), vector_equal(high, '\\')),
      .open = vector_bits(vector_equal(low_folded, '{'), vector_equal(high_folded, '{')),
      .close = vector_bits(vector_equal(low_folded, '}'), vector_equal(high_folded, '}')),
      .newline = vector_bits(vector_equal(low, '\n'), vector_equal(high, '\n')),
  };
}

/* Control characters that are no white space either. */
JSON_TARGET static inline __m256i vector_is_inner (__m256i v) {
  __m256i space = _mm256_or_si256(
      vector_equal(v, '\t'),
      _mm256_or_si256(vector_equal(v, '\n'), vector_equal(v, '\r')));
  return _mm256_andnot_si256(space, vector_at_most(v, 0x1f));
}
JSON_TARGET static inline uint64_t vector_inner (const struct vector_block *b) {
  return vector_bits(vector_is_inner(b->low), vector_is_inner(b->high));
}

typedef __m256i vector_high;
JSON_TARGET static inline vector_high vector_high_none (void) {
  return _mm256_setzero_si256();
}
JSON_TARGET static inline vector_high vector_high_gather (
    vector_high sum, const struct vector_block *b) {
  return _mm256_or_si256(sum, _mm256_or_si256(b->low, b->high));
}
JSON_TARGET static inline bool vector_high_any (vector_high sum) {
  return _mm256_movemask_epi8(sum) != 0;
}

JSON_TARGET static inline uint64_t vector_within_string (uint64_t quote) {
  __m128i bits = _mm_cvtsi64_si128((long long)quote);
  __m128i ones = _mm_set1_epi8((char)0xff);
  return (uint64_t)_mm_cvtsi128_si64(_mm_clmulepi64_si128(bits, ones, 0));
}

JSON_TARGET static inline unsigned vector_count (uint64_t bits) {
  return (unsigned)__builtin_popcountll(bits);
}
/* 64 where no bit is set. */
JSON_TARGET static inline uint32_t vector_lowest (uint64_t bits) {
  return (uint32_t)_tzcnt_u64(bits);
}

#include "json_vector.h"

#else
typedef int json_avx2_is_empty; /* ISO C wants a declaration */
#endif
