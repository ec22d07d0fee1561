/* SPDX-License-Identifier: MIT
 * json_neon.c - the vector scanner for every 64-bit ARM processor.
 */
#include "json_private.h"

#if JSON_NEON

#include <arm_neon.h>

#include "json_bits.h"

#define JSON_TARGET
#define VECTOR_SCAN json_scan_neon
#define VECTOR_SPLIT json_split_neon
#define VECTOR_UTF8 utf8_valid_prefix_portable

struct vector_block {
  uint8x16_t part[4];
};

static inline struct vector_block vector_load (const char *text) {
  const uint8_t *from = (const uint8_t *)text;
  return (struct vector_block){{vld1q_u8(from), vld1q_u8(from + 16),
                                vld1q_u8(from + 32), vld1q_u8(from + 48)}};
}

static inline struct vector_block vector_load_tail (const char *text,
                                                    size_t left) {
  struct vector_block b = vector_load(text);
  const unsigned char *keep = vector_keep + 64 - left;
  for (int i = 0; i < 4; i++) {
    b.part[i] = vbslq_u8(vld1q_u8(keep + 16 * i), b.part[i], vdupq_n_u8(' '));
  }
  return b;
}

/* Bit i of the result: byte i of a to d is 0xff (it is 0 otherwise). Each byte
 * keeps the one bit of its place among eight, then neighbours are added up. */
static inline uint64_t vector_bits (uint8x16_t a, uint8x16_t b, uint8x16_t c,
                                    uint8x16_t d) {
  const uint8x16_t place = {1, 2, 4, 8, 16, 32, 64, 128,
                            1, 2, 4, 8, 16, 32, 64, 128};
  uint8x16_t ab = vpaddq_u8(vandq_u8(a, place), vandq_u8(b, place));
  uint8x16_t cd = vpaddq_u8(vandq_u8(c, place), vandq_u8(d, place));
  uint8x16_t all = vpaddq_u8(ab, cd);
  all = vpaddq_u8(all, all);
  return vgetq_lane_u64(vreinterpretq_u64_u8(all), 0);
}

static inline uint8x16_t vector_at_most (uint8x16_t v, uint8_t top) {
  return vcleq_u8(v, vdupq_n_u8(top));
}

static inline uint8x16_t vector_equal (uint8x16_t v, char c) {
  return vceqq_u8(v, vdupq_n_u8((uint8_t)c));
}

/* With bit 5 set, '[' is '{' and ']' is '}', and the four characters left differ
 * in their low halves: look up the only one it can be. */
static inline uint8x16_t vector_is_op (uint8x16_t v) {
  const uint8x16_t one = {0, 0, 0,   0,   0,   0,   0, 0,
                          0, 0, ':', '{', ',', '}', 0, 0};
  return vceqq_u8(vqtbl1q_u8(one, vandq_u8(v, vdupq_n_u8(15))),
                  vorrq_u8(v, vdupq_n_u8(0x20)));
}

/* Control characters that are no white space either. */
static inline uint8x16_t vector_is_inner (uint8x16_t v) {
  uint8x16_t space = vorrq_u8(
      vector_equal(v, '\t'),
      vorrq_u8(vector_equal(v, '\n'), vector_equal(v, '\r')));
  return vbicq_u8(vector_at_most(v, 0x1f), space);
}

#define VECTOR_BITS(b, of)                                                    \
  vector_bits(of((b)->part[0]), of((b)->part[1]), of((b)->part[2]),           \
              of((b)->part[3]))
#define VECTOR_IS_QUOTE(v) vector_equal(v, '"')
#define VECTOR_IS_SLASH(v) vector_equal(v, '\\')
#define VECTOR_IS_SPACE(v) vector_at_most(v, 0x20)
#define VECTOR_IS_CONTROL(v) vector_at_most(v, 0x1f)

static inline struct vector_masks vector_masks (const struct vector_block *b) {
  return (struct vector_masks){.quote = VECTOR_BITS(b, VECTOR_IS_QUOTE),
                               .slash = VECTOR_BITS(b, VECTOR_IS_SLASH),
                               .space = VECTOR_BITS(b, VECTOR_IS_SPACE),
                               .op = VECTOR_BITS(b, vector_is_op),
                               .control = VECTOR_BITS(b, VECTOR_IS_CONTROL)};
}

static inline uint64_t vector_inner (const struct vector_block *b) {
  return VECTOR_BITS(b, vector_is_inner);
}

/* With bit 5 set, '[' is '{' and ']' is '}'. */
#define VECTOR_FOLDED(v) vorrq_u8(v, vdupq_n_u8(0x20))
#define VECTOR_IS_OPEN(v) vector_equal(VECTOR_FOLDED(v), '{')
#define VECTOR_IS_CLOSE(v) vector_equal(VECTOR_FOLDED(v), '}')
#define VECTOR_IS_NEWLINE(v) vector_equal(v, '\n')

static inline struct vector_marks vector_marks (
    const struct vector_block *b) {
  return (struct vector_marks){.quote = VECTOR_BITS(b, VECTOR_IS_QUOTE),
                               .slash = VECTOR_BITS(b, VECTOR_IS_SLASH),
                               .open = VECTOR_BITS(b, VECTOR_IS_OPEN),
                               .close = VECTOR_BITS(b, VECTOR_IS_CLOSE),
                               .newline = VECTOR_BITS(b, VECTOR_IS_NEWLINE)};
}

typedef uint8x16_t vector_high;
static inline vector_high vector_high_none (void) { return vdupq_n_u8(0); }
static inline vector_high vector_high_gather (vector_high sum,
                                              const struct vector_block *b) {
  return vorrq_u8(sum, vorrq_u8(vorrq_u8(b->part[0], b->part[1]),
                                vorrq_u8(b->part[2], b->part[3])));
}
static inline bool vector_high_any (vector_high sum) {
  return vmaxvq_u8(sum) >= 0x80;
}

static inline uint64_t vector_within_string (uint64_t quote) {
  return vector_prefix_xor(quote);
}
static inline unsigned vector_count (uint64_t bits) {
  return (unsigned)__builtin_popcountll(bits);
}
static inline uint32_t vector_lowest (uint64_t bits) {
  return (uint32_t)__builtin_ctzll(bits | (uint64_t)1 << 63);
}

static inline bool vector_number (const char *text, size_t n, unsigned *kind) {
  if (n - 1 >= 16) return false;
  uint8x16_t v = vld1q_u8((const uint8_t *)text), none = vdupq_n_u8(0);
  uint8x16_t digit = vector_at_most(vsubq_u8(v, vdupq_n_u8('0')), 9);
  uint64_t both = vector_bits(digit, vector_equal(v, '.'), none, none);
  return vector_judge_number(text, n, (uint32_t)both & 0xffff,
                             (uint32_t)(both >> 16), kind);
}

static inline size_t vector_find_slash (const char *text, size_t at,
                                        size_t end) {
  const uint8x16_t none = vdupq_n_u8(0);
  for (; at < end; at += 16) {
    uint8x16_t v = vld1q_u8((const uint8_t *)(text + at));
    uint64_t mask = vector_bits(vector_equal(v, '\\'), none, none, none);
    if (mask != 0) return at + (size_t)__builtin_ctzll(mask);
  }
  return end;
}

#include "json_vector.h"

#else
typedef int json_neon_is_empty; /* ISO C wants a declaration */
#endif
