/* SPDX-License-Identifier: MIT
 * json_avx512.c - the vector scanner for AVX-512 with VBMI2 (Ice Lake, Zen 4 and
 * later).
 *
 * A block is one register and every comparison is a mask already; a byte
 * compression writes the offsets of a mask's bits without a loop over them.
 */
#include "json_private.h"

#if JSON_X86

#include <immintrin.h>

#define JSON_TARGET                                                           \
  __attribute__((target("avx512f,avx512bw,avx512vbmi2,avx2,bmi,popcnt,pclmul")))
#define VECTOR_SCAN json_scan_avx512
#define VECTOR_SPLIT json_split_avx512
#define VECTOR_UTF8 utf8_valid_prefix_avx2
#define VECTOR_OWN_FLATTEN

#include "json_x86.h"

struct vector_block {
  __m512i all;
};

JSON_TARGET static inline struct vector_block vector_load (const char *text) {
  return (struct vector_block){_mm512_loadu_si512((const void *)text)};
}

JSON_TARGET static inline struct vector_block vector_load_tail (
    const char *text, size_t left) {
  uint64_t keep = ((uint64_t)1 << left) - 1; /* left < 64 */
  return (struct vector_block){
      _mm512_mask_loadu_epi8(_mm512_set1_epi8(' '), keep, (const void *)text)};
}

/* As in json_avx2.c: with bit 5 set, the low half of an operator tells which one
 * it can be. */
JSON_TARGET static inline uint64_t vector_is_op (__m512i v) {
  const __m512i one = _mm512_broadcast_i32x4(_mm_setr_epi8(
      0, 0, 0, 0, 0, 0, 0, 0, 0, 0, ':', '{', ',', '}', 0, 0));
  return _mm512_cmpeq_epi8_mask(_mm512_shuffle_epi8(one, v),
                                _mm512_or_si512(v, _mm512_set1_epi8(0x20)));
}

JSON_TARGET static inline uint64_t vector_equal (__m512i v, char c) {
  return _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8(c));
}

JSON_TARGET static inline struct vector_masks vector_masks (
    const struct vector_block *b) {
  __m512i v = b->all;
  return (struct vector_masks){
      .quote = vector_equal(v, '"'),
      .slash = vector_equal(v, '\\'),
      .space = _mm512_cmple_epu8_mask(v, _mm512_set1_epi8(0x20)),
      .op = vector_is_op(v),
      .control = _mm512_cmplt_epu8_mask(v, _mm512_set1_epi8(0x20))};
}

/* With bit 5 set, '[' is '{' and ']' is '}'. */
JSON_TARGET static inline struct vector_marks vector_marks (
    const struct vector_block *b) {
  __m512i v = b->all, folded = _mm512_or_si512(v, _mm512_set1_epi8(0x20));
  return (struct vector_marks){.quote = vector_equal(v, '"'),
                               .slash = vector_equal(v, '\\'),
                               .open = vector_equal(folded, '{'),
                               .close = vector_equal(folded, '}'),
                               .newline = vector_equal(v, '\n')};
}

/* Control characters that are no white space either. */
JSON_TARGET static inline uint64_t vector_inner (const struct vector_block *b) {
  uint64_t space = vector_equal(b->all, '\t') | vector_equal(b->all, '\n') |
                   vector_equal(b->all, '\r');
  return _mm512_cmplt_epu8_mask(b->all, _mm512_set1_epi8(0x20)) & ~space;
}

typedef __m512i vector_high;
JSON_TARGET static inline vector_high vector_high_none (void) {
  return _mm512_setzero_si512();
}
JSON_TARGET static inline vector_high vector_high_gather (
    vector_high sum, const struct vector_block *b) {
  return _mm512_or_si512(sum, b->all);
}
JSON_TARGET static inline bool vector_high_any (vector_high sum) {
  return _mm512_movepi8_mask(sum) != 0;
}

JSON_TARGET static inline uint64_t vector_within_string (uint64_t quote) {
  __m128i bits = _mm_cvtsi64_si128((long long)quote);
  __m128i ones = _mm_set1_epi8((char)0xff);
  return (uint64_t)_mm_cvtsi128_si64(_mm_clmulepi64_si128(bits, ones, 0));
}

JSON_TARGET static inline unsigned vector_count (uint64_t bits) {
  return (unsigned)_mm_popcnt_u64(bits);
}
JSON_TARGET static inline uint32_t vector_lowest (uint64_t bits) {
  return (uint32_t)_tzcnt_u64(bits);
}

/* Appends the offsets of the set bits: 0 to 63, those of the mask moved to the
 * front, made 32 bits wide 16 at a time. */
JSON_TARGET static inline uint32_t *vector_flatten (uint32_t *slot,
                                                    uint32_t base,
                                                    uint64_t bits) {
  const __m512i places = _mm512_set_epi64(
      0x3f3e3d3c3b3a3938, 0x3736353433323130, 0x2f2e2d2c2b2a2928,
      0x2726252423222120, 0x1f1e1d1c1b1a1918, 0x1716151413121110,
      0x0f0e0d0c0b0a0908, 0x0706050403020100);
  __m512i offsets = _mm512_maskz_compress_epi8(bits, places);
  __m512i from = _mm512_set1_epi32((int)base);
  uint32_t *end = slot + _mm_popcnt_u64(bits);
#define VECTOR_SIXTEEN(i)                                                     \
  _mm512_storeu_si512(                                                        \
      (void *)(slot + 16 * (i)),                                              \
      _mm512_add_epi32(from, _mm512_cvtepu8_epi32(                            \
                                 _mm512_extracti32x4_epi32(offsets, i))))
  VECTOR_SIXTEEN(0);
  VECTOR_SIXTEEN(1);
  if (JSON_UNLIKELY(end > slot + 32)) {
    VECTOR_SIXTEEN(2);
    VECTOR_SIXTEEN(3);
  }
#undef VECTOR_SIXTEEN
  return end;
}

#include "json_vector.h"

#else
typedef int json_avx512_is_empty; /* ISO C wants a declaration */
#endif
