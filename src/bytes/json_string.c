/* SPDX-License-Identifier: MIT
 * json_string.c - strings between their JSON text and their bytes.
 */
#include <string.h>

#include "json_private.h"
#include "utf8.h"

#if JSON_X86
#include <emmintrin.h>
/* Bytes are copied a vector at a time, and what is behind the first special one
 * is written again. */
#define STRING_STEP 16
#endif

/* The byte that "\c" stands for; anything else (in a trusted text only) is
 * taken as it is. */
static char string_short_escape (char c) {
  switch (c) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return c;
  }
}

/* Reads the escape at text[*at] into out; returns the bytes written. Robust: in a
 * text that was only trusted it may be cut short or no escape at all. */
static size_t string_read_escape (const char *text, size_t *at, size_t length,
                                  char *out) {
  const char *s = text + *at;
  size_t left = length - *at;
  if (left >= 6 && s[1] == 'u') {
    uint32_t code = json_hex4(s + 2);
    size_t n = 6;
    if (code >= 0xd800 && code <= 0xdbff && left >= 12 && s[6] == '\\' &&
        s[7] == 'u') {
      uint32_t low = json_hex4(s + 8);
      if (low >= 0xdc00 && low <= 0xdfff) {
        code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
        n = 12;
      }
    }
    if (n == 12 || code <= 0xffff) {
      *at += n;
      return utf8_put(code, out);
    }
  }
  if (left == 1) {
    out[0] = '\\';
    *at += 1;
  } else {
    out[0] = string_short_escape(s[1]);
    *at += 2;
  }
  return 1;
}

size_t json_unescape (const char *text, size_t length, char *out) {
  size_t at = 0, written = 0;
  while (at < length) {
    if (text[at] == '\\') {
      written += string_read_escape(text, &at, length, out + written);
      continue;
    }
#if JSON_X86
    /* A step always fits: no more was written than read. */
    if (length - at >= STRING_STEP) {
      __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(text + at));
      __m128i slash = _mm_cmpeq_epi8(v, _mm_set1_epi8('\\'));
      _mm_storeu_si128((__m128i *)(void *)(out + written), v);
      unsigned special = (unsigned)_mm_movemask_epi8(slash);
      if (special == 0) { /* a branch: a cmov would wait for each step */
        at += STRING_STEP;
        written += STRING_STEP;
        continue;
      }
      size_t n = (size_t)__builtin_ctz(special);
      at += n;
      written += n;
      written += string_read_escape(text, &at, length, out + written);
      continue;
    }
#endif
    out[written++] = text[at++];
  }
  return written;
}

size_t json_compact (const char *text, size_t length, char *out) {
  size_t written = 0;
  bool in_string = false;
  for (size_t at = 0; at < length; at++) {
    char c = text[at];
    if (!in_string && (c == ' ' || c == '\n' || c == '\r' || c == '\t')) continue;
    out[written++] = c;
    if (c == '"') in_string = !in_string;
    else if (c == '\\' && at + 1 < length) out[written++] = text[++at];
  }
  return written;
}

/* What a byte is escaped with: 0 as it is, 'u' \u00XX, else "\" and this. */
static const char string_escapes[256] = {
    'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'b', 't', 'n', 'u', 'f', 'r', 'u',
    'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u',
    'u', 'u', ['"'] = '"', ['\\'] = '\\'};

/* Writes the escape of c; returns its length. */
static size_t string_put_escape (unsigned char c, char *out) {
  static const char hex[] = "0123456789abcdef";
  out[0] = '\\';
  out[1] = string_escapes[c];
  if (out[1] != 'u') return 2;
  out[2] = '0';
  out[3] = '0';
  out[4] = hex[c >> 4];
  out[5] = hex[c & 15];
  return 6;
}

#if JSON_X86
/* The n bytes at `bytes` (1 to 15) without touching what is behind them. */
static inline __m128i string_load_short (const char *bytes, size_t n) {
  uint64_t low, high = 0;
  if (n > 8) {
    memcpy(&low, bytes, 8);
    memcpy(&high, bytes + n - 8, 8);
    high >>= 8 * (16 - n);
  } else if (n >= 4) { /* two halves that may overlap */
    uint32_t first, last;
    memcpy(&first, bytes, 4);
    memcpy(&last, bytes + n - 4, 4);
    low = first | (uint64_t)last << 8 * (n - 4);
  } else {
    const unsigned char *s = (const unsigned char *)bytes;
    size_t middle = n / 2, last = n - 1;
    low = s[0] | (uint64_t)s[middle] << 8 * middle | (uint64_t)s[last] << 8 * last;
  }
  return _mm_set_epi64x((long long)high, (long long)low);
}

/* Writes v to `out` and tells which of its bytes need an escape: bit i, byte i. */
static inline unsigned string_copy_step (__m128i v, char *out, unsigned *high) {
  __m128i control = _mm_cmpeq_epi8(_mm_min_epu8(v, _mm_set1_epi8(0x1f)), v);
  __m128i quote = _mm_cmpeq_epi8(v, _mm_set1_epi8('"'));
  __m128i slash = _mm_cmpeq_epi8(v, _mm_set1_epi8('\\'));
  _mm_storeu_si128((__m128i *)(void *)out, v);
  *high |= (unsigned)_mm_movemask_epi8(v);
  return (unsigned)_mm_movemask_epi8(
      _mm_or_si128(control, _mm_or_si128(quote, slash)));
}

/* Copies bytes[0..n), n > 0, up to the first that needs an escape; returns how
 * many. Up to a step more is written to `out`. */
static inline size_t string_copy_plain (const char *bytes, size_t n, char *out,
                                        unsigned *high) {
  size_t at = 0;
  for (; n - at >= STRING_STEP; at += STRING_STEP) {
    __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(bytes + at));
    unsigned special = string_copy_step(v, out + at, high);
    if (special != 0) return at + (size_t)__builtin_ctz(special);
  }
  if (at == n) return n;
  __m128i v = string_load_short(bytes + at, n - at);
  /* The bytes behind are 0, which is a control: the lowest is the end. */
  unsigned special = string_copy_step(v, out + at, high);
  return at + (size_t)__builtin_ctz(special);
}
#else
static inline size_t string_copy_plain (const char *bytes, size_t n, char *out,
                                        unsigned *high) {
  size_t i = 0;
  for (; i < n && string_escapes[(unsigned char)bytes[i]] == 0; i++) {
    out[i] = bytes[i];
    *high |= (unsigned char)bytes[i] & 0x80u;
  }
  return i;
}
#endif

size_t json_quote (const char *bytes, size_t length, char *out, size_t *bad) {
  size_t at = 0, written = 1;
  unsigned high = 0;
  out[0] = '"';
  while (at < length) {
    size_t n = string_copy_plain(bytes + at, length - at, out + written, &high);
    at += n;
    written += n;
    if (at == length) break;
    written += string_put_escape((unsigned char)bytes[at], out + written);
    at++;
  }
  if (high != 0) {
    size_t valid = utf8_valid_prefix(bytes, length);
    if (valid < length) {
      *bad = valid;
      return 0;
    }
  }
  out[written++] = '"';
  return written;
}
