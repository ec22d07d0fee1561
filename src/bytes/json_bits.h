/* SPDX-License-Identifier: MIT
 * json_bits.h - what the vector scanners have in common whatever the processor.
 */
#ifndef LEAT_BYTES_JSON_BITS_H
#define LEAT_BYTES_JSON_BITS_H

#include "json_private.h"

/* Masks of a block of 64 bytes, bit i for byte i. */
struct vector_masks {
  uint64_t quote, slash;
  uint64_t space;   /* up to 0x20: a control character is refused anyway */
  uint64_t op;      /* { } [ ] : , and at most some control characters */
  uint64_t control; /* below 0x20 */
};

/* The same for json_split. */
struct vector_marks {
  uint64_t quote, slash, open, close, newline;
};

/* vector_keep + 64 - n: 64 bytes, of which the first n are 0xff, the others 0. */
#define VECTOR_EIGHT 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff
static const unsigned char vector_keep[128] = {
    VECTOR_EIGHT, VECTOR_EIGHT, VECTOR_EIGHT, VECTOR_EIGHT,
    VECTOR_EIGHT, VECTOR_EIGHT, VECTOR_EIGHT, VECTOR_EIGHT};
#undef VECTOR_EIGHT

/* Bit i: the parity of the bits 0..i, that is: byte i is behind an opening quote
 * (or is it) and before the closing one. */
static inline uint64_t vector_prefix_xor (uint64_t bits) {
  bits ^= bits << 1;
  bits ^= bits << 2;
  bits ^= bits << 4;
  bits ^= bits << 8;
  bits ^= bits << 16;
  bits ^= bits << 32;
  return bits;
}

static inline unsigned vector_count_bits (uint64_t bits) {
  const uint64_t twos = 0x5555555555555555u, fours = 0x3333333333333333u;
  bits -= bits >> 1 & twos;
  bits = (bits & fours) + (bits >> 2 & fours);
  bits = (bits + (bits >> 4)) & 0x0f0f0f0f0f0f0f0fu;
  return (unsigned)(bits * 0x0101010101010101u >> 56);
}

/* Is text[0..n), n from 1 to 16, a number without exponent, when `digit` and
 * `point` are the masks of its digits and of '.'? False: no, or somebody slower
 * has to look at it. Nothing here branches on the digits: numbers of changing
 * length cost a misprediction each otherwise. */
static inline bool vector_judge_number (const char *text, size_t n,
                                        uint32_t digit, uint32_t point,
                                        unsigned *kind) {
  uint32_t minus = text[0] == '-', zero = text[minus] == '0';
  uint32_t all = ((uint32_t)1 << (n - minus)) - 1;
  digit = digit >> minus & all;
  point = point >> minus & all;
  uint32_t wrong = (digit | point) ^ all;
  wrong |= ~digit & 1;           /* no digit first; also where n is 0 */
  wrong |= point & (point - 1);  /* two points */
  wrong |= point << 1 & ~all;    /* nothing behind the point */
  wrong |= (zero << 1) & digit;  /* leading zero */
  wrong |= zero & minus;         /* -0 is a float */
  *kind = (unsigned)JSON_INTEGER + (point != 0);
  return wrong == 0;
}

#endif
