/* SPDX-License-Identifier: MIT
 * csv_block.h - what 64 bytes of a row have, bit i for byte i.
 */
#ifndef LEAT_BYTES_CSV_BLOCK_H
#define LEAT_BYTES_CSV_BLOCK_H

#include "csv_marks.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

struct csv_block {
  uint64_t delimiters, line_ends, quotes; /* line ends: CR and LF */
  bool not_ascii;
};

#if defined(__SSE2__)

static inline struct csv_block csv_block_at (const char *text, const struct csv_signs *signs) {
  const __m128i d = _mm_set1_epi8((char)signs->delimiter);
  const __m128i q = _mm_set1_epi8((char)signs->quote);
  const __m128i lf = _mm_set1_epi8('\n'), cr = _mm_set1_epi8('\r');
  struct csv_block b = {0, 0, 0, false};
  __m128i all = _mm_setzero_si128();
  for (int i = 0; i < 4; i++) {
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(text + 16 * i));
    __m128i ends = _mm_or_si128(_mm_cmpeq_epi8(v, lf), _mm_cmpeq_epi8(v, cr));
    b.delimiters |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(v, d)) << (16 * i);
    b.line_ends |= (uint64_t)(uint32_t)_mm_movemask_epi8(ends) << (16 * i);
    b.quotes |= (uint64_t)(uint32_t)_mm_movemask_epi8(_mm_cmpeq_epi8(v, q)) << (16 * i);
    all = _mm_or_si128(all, v);
  }
  if (!signs->has_quote) b.quotes = 0;
  b.not_ascii = _mm_movemask_epi8(all) != 0;
  return b;
}

#elif defined(__aarch64__)

static inline uint64_t csv_bits_of (const uint8x16_t hit[4]) {
  static const uint8_t bits[16] = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
  const uint8x16_t b = vld1q_u8(bits);
  uint8x16_t sum = vpaddq_u8(vpaddq_u8(vandq_u8(hit[0], b), vandq_u8(hit[1], b)),
                             vpaddq_u8(vandq_u8(hit[2], b), vandq_u8(hit[3], b)));
  return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(sum, sum)), 0);
}

static inline struct csv_block csv_block_at (const char *text, const struct csv_signs *signs) {
  const uint8x16_t d = vdupq_n_u8(signs->delimiter), q = vdupq_n_u8(signs->quote);
  const uint8x16_t lf = vdupq_n_u8('\n'), cr = vdupq_n_u8('\r');
  uint8x16_t delimiters[4], ends[4], quotes[4], all = vdupq_n_u8(0);
  for (int i = 0; i < 4; i++) {
    uint8x16_t v = vld1q_u8((const uint8_t *)text + 16 * i);
    delimiters[i] = vceqq_u8(v, d);
    ends[i] = vorrq_u8(vceqq_u8(v, lf), vceqq_u8(v, cr));
    quotes[i] = vceqq_u8(v, q);
    all = vorrq_u8(all, v);
  }
  return (struct csv_block){csv_bits_of(delimiters), csv_bits_of(ends),
                            signs->has_quote ? csv_bits_of(quotes) : 0, vmaxvq_u8(all) >= 0x80};
}

#else

static inline struct csv_block csv_block_at (const char *text, const struct csv_signs *signs) {
  struct csv_block b = {0, 0, 0, false};
  for (size_t i = 0; i < 64; i++) {
    unsigned char c = (unsigned char)text[i];
    b.not_ascii = b.not_ascii || c >= 0x80;
    b.delimiters |= (uint64_t)(c == signs->delimiter) << i;
    b.line_ends |= (uint64_t)(c == '\n' || c == '\r') << i;
    b.quotes |= (uint64_t)(c == signs->quote && signs->has_quote) << i;
  }
  return b;
}

#endif
#endif
