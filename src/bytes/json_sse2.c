/* SPDX-License-Identifier: MIT
 * json_sse2.c - the vector scanner for every x86-64 processor.
 *
 * No byte shuffle, no carry-less product and no population count here: SSE2 is
 * all there is for certain.
 */
#include "json_private.h"

#if JSON_X86

#include <emmintrin.h>

#define JSON_TARGET __attribute__((target("sse2")))
#define VECTOR_SCAN json_scan_sse2
#define VECTOR_SPLIT json_split_sse2
#define VECTOR_UTF8 utf8_valid_prefix_portable

#include "json_x86.h"

struct vector_block {
  __m128i part[4];
};

JSON_TARGET static inline struct vector_block vector_load (const char *text) {
  const __m128i *from = (const __m128i *)(const void *)text;
  return (struct vector_block){{_mm_loadu_si128(from), _mm_loadu_si128(from + 1),
                                _mm_loadu_si128(from + 2),
                                _mm_loadu_si128(from + 3)}};
}

JSON_TARGET static inline __m128i vector_tail_part (__m128i v,
                                                    const unsigned char *keep) {
  __m128i k = _mm_loadu_si128((const __m128i *)(const void *)keep);
  return _mm_or_si128(_mm_and_si128(k, v),
                      _mm_andnot_si128(k, _mm_set1_epi8(' ')));
}

JSON_TARGET static inline struct vector_block vector_load_tail (
    const char *text, size_t left) {
  struct vector_block b = vector_load(text);
  const unsigned char *keep = vector_keep + 64 - left;
  for (int i = 0; i < 4; i++) {
    b.part[i] = vector_tail_part(b.part[i], keep + 16 * i);
  }
  return b;
}

JSON_TARGET static inline __m128i vector_at_most (__m128i v, char top) {
  return _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(top)), v);
}

JSON_TARGET static inline __m128i vector_equal (__m128i v, char c) {
  return _mm_cmpeq_epi8(v, _mm_set1_epi8(c));
}

/* With bit 5 set, '[' is '{' and ']' is '}'. */
JSON_TARGET static inline __m128i vector_is_op (__m128i v) {
  __m128i folded = _mm_or_si128(v, _mm_set1_epi8(0x20));
  return _mm_or_si128(
      _mm_or_si128(vector_equal(folded, '{'), vector_equal(folded, '}')),
      _mm_or_si128(vector_equal(v, ':'), vector_equal(v, ',')));
}

/* Control characters that are no white space either. */
JSON_TARGET static inline __m128i vector_is_inner (__m128i v) {
  __m128i space = _mm_or_si128(
      vector_equal(v, '\t'),
      _mm_or_si128(vector_equal(v, '\n'), vector_equal(v, '\r')));
  return _mm_andnot_si128(space, vector_at_most(v, 0x1f));
}

#define VECTOR_BITS(b, of)                                                    \
  ((uint64_t)(uint32_t)_mm_movemask_epi8(of((b)->part[0])) |                  \
   (uint64_t)(uint32_t)_mm_movemask_epi8(of((b)->part[1])) << 16 |            \
   (uint64_t)(uint32_t)_mm_movemask_epi8(of((b)->part[2])) << 32 |            \
   (uint64_t)(uint32_t)_mm_movemask_epi8(of((b)->part[3])) << 48)
#define VECTOR_IS_QUOTE(v) vector_equal(v, '"')
#define VECTOR_IS_SLASH(v) vector_equal(v, '\\')
#define VECTOR_IS_SPACE(v) vector_at_most(v, 0x20)
#define VECTOR_IS_CONTROL(v) vector_at_most(v, 0x1f)

JSON_TARGET static inline struct vector_masks vector_masks (
    const struct vector_block *b) {
  return (struct vector_masks){.quote = VECTOR_BITS(b, VECTOR_IS_QUOTE),
                               .slash = VECTOR_BITS(b, VECTOR_IS_SLASH),
                               .space = VECTOR_BITS(b, VECTOR_IS_SPACE),
                               .op = VECTOR_BITS(b, vector_is_op),
                               .control = VECTOR_BITS(b, VECTOR_IS_CONTROL)};
}

JSON_TARGET static inline uint64_t vector_inner (const struct vector_block *b) {
  return VECTOR_BITS(b, vector_is_inner);
}

/* With bit 5 set, '[' is '{' and ']' is '}'. */
#define VECTOR_FOLDED(v) _mm_or_si128(v, _mm_set1_epi8(0x20))
#define VECTOR_IS_OPEN(v) vector_equal(VECTOR_FOLDED(v), '{')
#define VECTOR_IS_CLOSE(v) vector_equal(VECTOR_FOLDED(v), '}')
#define VECTOR_IS_NEWLINE(v) vector_equal(v, '\n')

JSON_TARGET static inline struct vector_marks vector_marks (
    const struct vector_block *b) {
  return (struct vector_marks){.quote = VECTOR_BITS(b, VECTOR_IS_QUOTE),
                               .slash = VECTOR_BITS(b, VECTOR_IS_SLASH),
                               .open = VECTOR_BITS(b, VECTOR_IS_OPEN),
                               .close = VECTOR_BITS(b, VECTOR_IS_CLOSE),
                               .newline = VECTOR_BITS(b, VECTOR_IS_NEWLINE)};
}

typedef __m128i vector_high;
JSON_TARGET static inline vector_high vector_high_none (void) {
  return _mm_setzero_si128();
}
JSON_TARGET static inline vector_high vector_high_gather (
    vector_high sum, const struct vector_block *b) {
  return _mm_or_si128(sum, _mm_or_si128(_mm_or_si128(b->part[0], b->part[1]),
                                        _mm_or_si128(b->part[2], b->part[3])));
}
JSON_TARGET static inline bool vector_high_any (vector_high sum) {
  return _mm_movemask_epi8(sum) != 0;
}

JSON_TARGET static inline uint64_t vector_within_string (uint64_t quote) {
  return vector_prefix_xor(quote);
}
JSON_TARGET static inline unsigned vector_count (uint64_t bits) {
  return vector_count_bits(bits);
}
JSON_TARGET static inline uint32_t vector_lowest (uint64_t bits) {
  return (uint32_t)__builtin_ctzll(bits | (uint64_t)1 << 63);
}

#include "json_vector.h"

#else
typedef int json_sse2_is_empty; /* ISO C wants a declaration */
#endif
