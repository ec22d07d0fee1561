/* SPDX-License-Identifier: MIT
 * json_token.c - numbers and escapes, one byte after the other.
 *
 * The grammar of RFC 8259 for the two kinds of token that have one. Shared by
 * all scanners; the vector scanners come here for what is rare: exponents, long
 * numbers, escapes.
 */
#include "json_private.h"
#include "number.h"

static inline bool token_is_digit (char c) {
  return (unsigned char)(c - '0') < 10;
}

/* A number below 1e308 is finite, and these cannot reach that: no exponent and
 * at most 308 digits before the point, or a small exponent behind few digits. */
static bool token_surely_finite (size_t digits, size_t exponent_digits) {
  if (exponent_digits == 0) return digits <= 308;
  return digits <= 200 && exponent_digits <= 2;
}

enum json_flaw json_number (const char *text, size_t at, size_t length,
                            size_t *end, enum json_kind *kind) {
  size_t i = at;
  bool negative = text[i] == '-';
  if (negative) i++;
  *end = i;
  if (i == length || !token_is_digit(text[i])) return JSON_NO_DIGIT;

  size_t first = i;
  while (i < length && token_is_digit(text[i])) i++;
  size_t digits = i - first;
  if (text[first] == '0' && digits > 1) return JSON_LEADING_ZERO;

  bool real = false;
  if (i < length && text[i] == '.') {
    real = true;
    i++;
    size_t fraction = i;
    while (i < length && token_is_digit(text[i])) i++;
    *end = i;
    if (i == fraction) return JSON_NO_FRACTION_DIGIT;
  }
  size_t exponent_digits = 0;
  if (i < length && (text[i] == 'e' || text[i] == 'E')) {
    real = true;
    i++;
    if (i < length && (text[i] == '+' || text[i] == '-')) i++;
    size_t exponent = i;
    while (i < length && token_is_digit(text[i])) i++;
    *end = i;
    if (i == exponent) return JSON_NO_EXPONENT_DIGIT;
    exponent_digits = i - exponent;
  }
  *end = i;

  if (!real && digits <= 18) {
    /* "-0" is the float -0.0: no integer can say it. */
    bool minus_zero = negative && text[first] == '0';
    *kind = minus_zero ? JSON_FLOAT : JSON_INTEGER;
    return JSON_FINE;
  }
  if (!real && digits == 19) {
    int64_t value;
    bool fits = number_read_integer(text + at, i - at, &value);
    *kind = fits ? JSON_INTEGER : JSON_FLOAT;
    return JSON_FINE;
  }
  *kind = JSON_FLOAT;
  if (token_surely_finite(digits, exponent_digits)) return JSON_FINE;
  double value;
  if (number_read_double(text + at, i - at, &value)) return JSON_FINE;
  *end = at;
  return JSON_TOO_LARGE;
}

/* The value of a hex digit; anything else has a bit above the lowest 16, which
 * stays set however a unit is put together. */
#define NO 0x10000
#define NO4 NO, NO, NO, NO
#define NO16 NO4, NO4, NO4, NO4
static const uint32_t token_hex[256] = {
    NO16, NO16, NO16, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, NO, NO, NO4,
    NO, 10, 11, 12, 13, 14, 15, NO, NO4, NO4, NO16,
    NO, 10, 11, 12, 13, 14, 15, NO, NO4, NO4, NO16,
    NO16, NO16, NO16, NO16, NO16, NO16, NO16, NO16};

uint32_t json_hex4 (const char *text) {
  const unsigned char *s = (const unsigned char *)text;
  return token_hex[s[0]] << 12 | token_hex[s[1]] << 8 | token_hex[s[2]] << 4 |
         token_hex[s[3]];
}

enum json_flaw json_escape (const char *text, size_t at, size_t length,
                            size_t *end) {
  *end = at;
  if (length - at < 2) return JSON_CUT;
  switch (text[at + 1]) {
    case '"': case '\\': case '/': case 'b': case 'f': case 'n': case 'r':
    case 't':
      *end = at + 2;
      return JSON_FINE;
    case 'u': break;
    default: return JSON_UNKNOWN_ESCAPE;
  }
  if (length - at < 6) {
    for (size_t i = at + 2; i < length; i++) {
      if (token_hex[(unsigned char)text[i]] > 15) return JSON_NO_HEX;
    }
    return JSON_CUT;
  }
  uint32_t unit = json_hex4(text + at + 2);
  if (unit > 0xffff) return JSON_NO_HEX;
  if (unit < 0xd800 || unit > 0xdfff) {
    *end = at + 6;
    return JSON_FINE;
  }
  if (unit >= 0xdc00 || length - at < 12 || text[at + 6] != '\\' ||
      text[at + 7] != 'u') {
    return JSON_LONE_SURROGATE;
  }
  uint32_t low = json_hex4(text + at + 8);
  if (low < 0xdc00 || low > 0xdfff) return JSON_LONE_SURROGATE;
  *end = at + 12;
  return JSON_FINE;
}

enum json_kind json_kind_of_number (const char *text, size_t length) {
  enum json_kind kind;
  size_t end;
  if (length > 0 && length <= 18 && text[0] >= '1' && text[0] <= '9') { /* most are digits alone */
    size_t digits = 1;
    while (digits < length && token_is_digit(text[digits])) digits++;
    if (digits == length) return JSON_INTEGER;
  }
  if (length == 0 || (text[0] != '-' && !token_is_digit(text[0]))) return JSON_NULL;
  if (json_number(text, 0, length, &end, &kind) != JSON_FINE || end != length) return JSON_NULL;
  return kind;
}
