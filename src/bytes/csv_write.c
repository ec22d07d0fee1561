/* SPDX-License-Identifier: MIT
 * csv_write.c - fields as text of CSV; see csv_write.h.
 */
#include "csv_write.h"

#include <stdint.h>
#include <string.h>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#define BLOCK ((size_t)16)

/* --- is there one of four bytes in a block of 16? Bits, from the lowest on, for its bytes --- */

#if defined(__SSE2__)

static inline uint64_t find (const char *text, const struct csv_style *style, char quote) {
  __m128i v = _mm_loadu_si128((const __m128i *)(const void *)text);
  __m128i hit = _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8(style->delimiter)),
                                          _mm_cmpeq_epi8(v, _mm_set1_epi8(quote))),
                             _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('\n')),
                                          _mm_cmpeq_epi8(v, _mm_set1_epi8('\r'))));
  return (uint64_t)(uint32_t)_mm_movemask_epi8(hit);
}

#else

static inline uint64_t find (const char *text, const struct csv_style *style, char quote) {
  uint64_t mask = 0;
  for (size_t i = 0; i < BLOCK; i++) {
    char c = text[i];
    mask |= (uint64_t)(c == style->delimiter || c == quote || c == '\n' || c == '\r') << i;
  }
  return mask;
}

#endif

bool csv_is_plain (const struct csv_style *style, const char *bytes, size_t length) {
  char quote = style->has_quote ? style->quote : '\n'; /* which is looked for anyway */
  size_t at = 0;
  for (; length - at > BLOCK; at += BLOCK)
    if (find(bytes + at, style, quote) != 0) return false;
  return (find(bytes + at, style, quote) & (((uint64_t)1 << (length - at)) - 1)) == 0;
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
