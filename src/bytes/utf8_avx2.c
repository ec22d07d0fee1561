/* SPDX-License-Identifier: MIT
 * utf8_avx2.c - validating UTF-8, 32 bytes at a time.
 *
 * The lookup method of Keiser and Lemire ("Validating UTF-8 in less than one
 * instruction per byte", 2020): whether two neighbours can stand together is
 * read from three 16-entry tables, of the first byte's halves and the second
 * byte's upper half; each table says which mistakes its half allows, and a
 * mistake is one that all three allow. What is left are third and fourth bytes:
 * they must be continuations exactly where a longer lead stands two or three
 * bytes before.
 *
 * Vectors only say that a stretch is fine. Where one is not, the portable way
 * finds the byte.
 */
#include <string.h>

#include "utf8.h"

#if JSON_X86

#include <immintrin.h>

#define UTF8_TARGET __attribute__((target("avx2")))

/* The mistakes, one bit each. */
enum {
  TOO_SHORT = 1 << 0,  /* a lead, then no continuation */
  TOO_LONG = 1 << 1,   /* ASCII, then a continuation */
  OVERLONG_3 = 1 << 2, /* e0, then 80..9f */
  TOO_LARGE = 1 << 3,  /* f4 and up, then 90..bf */
  SURROGATE = 1 << 4,  /* ed, then a0..bf */
  OVERLONG_2 = 1 << 5, /* c0 or c1 */
  EDGE_4 = 1 << 6,     /* f0 or f5 and up, then 80..8f */
  TWO_LATE = 1 << 7,   /* two continuations: right where a lead demands them */
  ANY_LOW = TOO_SHORT | TOO_LONG | TWO_LATE
};

#define UTF8_TABLE(...) _mm256_setr_epi8(__VA_ARGS__, __VA_ARGS__)
#define B(x) ((char)(x))

UTF8_TARGET static inline __m256i utf8_upper_half (__m256i v) {
  return _mm256_and_si256(_mm256_srli_epi16(v, 4), _mm256_set1_epi8(0x0f));
}

/* v moved up by n bytes, the last ones of `before` coming in. */
#define UTF8_SHIFT(v, before, n)                                              \
  _mm256_alignr_epi8(v, _mm256_permute2x128_si256(before, v, 0x21), 16 - (n))

/* Nonzero where v, that follows `before`, has a mistake. */
UTF8_TARGET static inline __m256i utf8_mistakes (__m256i v, __m256i before) {
  const __m256i first_upper = UTF8_TABLE(
      TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG, TOO_LONG,
      TOO_LONG, B(TWO_LATE), B(TWO_LATE), B(TWO_LATE), B(TWO_LATE),
      TOO_SHORT | OVERLONG_2, TOO_SHORT, TOO_SHORT | OVERLONG_3 | SURROGATE,
      TOO_SHORT | TOO_LARGE | EDGE_4);
  const __m256i first_lower = UTF8_TABLE(
      B(ANY_LOW | OVERLONG_3 | OVERLONG_2 | EDGE_4), B(ANY_LOW | OVERLONG_2),
      B(ANY_LOW), B(ANY_LOW), B(ANY_LOW | TOO_LARGE),
      B(ANY_LOW | TOO_LARGE | EDGE_4), B(ANY_LOW | TOO_LARGE | EDGE_4),
      B(ANY_LOW | TOO_LARGE | EDGE_4), B(ANY_LOW | TOO_LARGE | EDGE_4),
      B(ANY_LOW | TOO_LARGE | EDGE_4), B(ANY_LOW | TOO_LARGE | EDGE_4),
      B(ANY_LOW | TOO_LARGE | EDGE_4), B(ANY_LOW | TOO_LARGE | EDGE_4),
      B(ANY_LOW | TOO_LARGE | EDGE_4 | SURROGATE),
      B(ANY_LOW | TOO_LARGE | EDGE_4), B(ANY_LOW | TOO_LARGE | EDGE_4));
  const __m256i second_upper = UTF8_TABLE(
      TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT, TOO_SHORT,
      TOO_SHORT, TOO_SHORT,
      B(TOO_LONG | OVERLONG_2 | TWO_LATE | OVERLONG_3 | EDGE_4),
      B(TOO_LONG | OVERLONG_2 | TWO_LATE | OVERLONG_3 | TOO_LARGE),
      B(TOO_LONG | OVERLONG_2 | TWO_LATE | SURROGATE | TOO_LARGE),
      B(TOO_LONG | OVERLONG_2 | TWO_LATE | SURROGATE | TOO_LARGE), TOO_SHORT,
      TOO_SHORT, TOO_SHORT, TOO_SHORT);
  __m256i one = UTF8_SHIFT(v, before, 1);
  __m256i pairs = _mm256_and_si256(
      _mm256_and_si256(
          _mm256_shuffle_epi8(first_upper, utf8_upper_half(one)),
          _mm256_shuffle_epi8(
              first_lower, _mm256_and_si256(one, _mm256_set1_epi8(0x0f)))),
      _mm256_shuffle_epi8(second_upper, utf8_upper_half(v)));
  /* 0x80 where a continuation is due, which then is no mistake. */
  __m256i third =
      _mm256_subs_epu8(UTF8_SHIFT(v, before, 2), _mm256_set1_epi8(0xe0 - 0x80));
  __m256i fourth =
      _mm256_subs_epu8(UTF8_SHIFT(v, before, 3), _mm256_set1_epi8(0xf0 - 0x80));
  __m256i due = _mm256_and_si256(_mm256_or_si256(third, fourth),
                                 _mm256_set1_epi8(B(0x80)));
  return _mm256_xor_si256(due, pairs);
}

/* Nonzero where a sequence begins too near to the end of v to be complete. */
UTF8_TARGET static inline __m256i utf8_cut (__m256i v) {
  const __m256i top = _mm256_setr_epi8(
      -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1,
      -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, B(0xef), B(0xdf), B(0xbf));
  return _mm256_subs_epu8(v, top);
}

UTF8_TARGET size_t utf8_valid_prefix_avx2 (const char *bytes, size_t length) {
  const unsigned char *s = (const unsigned char *)bytes;
  __m256i before = _mm256_setzero_si256();
  __m256i wrong = _mm256_setzero_si256();
  size_t at = 0;
  for (; at < length; at += 32) {
    __m256i v;
    if (length - at >= 32) {
      v = _mm256_loadu_si256((const __m256i *)(const void *)(s + at));
    } else {
      char last[32] = {0}; /* a sequence cut by the end meets ASCII */
      memcpy(last, s + at, length - at);
      v = _mm256_loadu_si256((const __m256i *)(const void *)last);
    }
    if (_mm256_movemask_epi8(v) == 0) {
      wrong = utf8_cut(before);
    } else {
      wrong = utf8_mistakes(v, before);
    }
    if (!_mm256_testz_si256(wrong, wrong)) break;
    before = v;
  }
  if (at >= length) {
    wrong = utf8_cut(before);
    if (_mm256_testz_si256(wrong, wrong)) return length;
  }
  /* All before `at` is fine but for a sequence that may cross it. */
  size_t start = at < length ? at : length;
  for (size_t back = 1; back <= 3 && back <= start; back++) {
    if (s[start - back] < 0x80) break;
    if (s[start - back] >= 0xc0) {
      start -= back;
      break;
    }
  }
  return start + utf8_valid_prefix_portable(bytes + start, length - start);
}

#else
typedef int utf8_avx2_is_empty; /* ISO C wants a declaration */
#endif
