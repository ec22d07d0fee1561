/* SPDX-License-Identifier: MIT
 * json_error.c - what is said about a text that is no JSON.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "json_private.h"

void json_position (const char *text, size_t offset, size_t *line,
                    size_t *column) {
  size_t lines = 1, start = 0;
  const char *newline;
  while ((newline = memchr(text + start, '\n', offset - start)) != NULL) {
    lines++;
    start = (size_t)(newline - text) + 1;
  }
  *line = lines;
  *column = offset - start + 1;
}

leat_code json_fail (struct leat_error *error, leat_code code,
                     const char *text, size_t offset,
                     const char *format, ...) {
  error->code = code;
  error->os_errno = 0;
  error->offset = offset;
  json_position(text, offset, &error->line, &error->column);
  va_list args;
  va_start(args, format);
  vsnprintf(error->message, sizeof error->message, format, args);
  va_end(args);
  return code;
}

#define JSON_FOUND 48

/* Names what stands at text[at], for "expected ..., got ...". */
static const char *json_found (const char *text, size_t at, size_t length,
                               char out[JSON_FOUND]) {
  if (at >= length) return "the end of the text";
  unsigned char c = (unsigned char)text[at];
  if (c == '\'') return "a single quote";
  if (c == '"') return "a string";
  if (length - at >= 3 && memcmp(text + at, "\xef\xbb\xbf", 3) == 0) {
    return "a byte order mark (0xef 0xbb 0xbf)";
  }
  if (c <= 0x20 || c >= 0x7f) {
    snprintf(out, JSON_FOUND, "byte 0x%02x", c);
    return out;
  }
  size_t n = 1;
  if (json_is_word(text[at])) {
    while (n < 20 && at + n < length && json_is_word(text[at + n])) n++;
  }
  snprintf(out, JSON_FOUND, "'%.*s'", (int)n, text + at);
  return out;
}

leat_code json_fail_expected (struct leat_error *error, const char *text,
                              size_t at, size_t length,
                              const char *what) {
  char found[JSON_FOUND];
  return json_fail(error, LEAT_E_SYNTAX, text, at, "%s, got %s", what,
                   json_found(text, at, length, found));
}

leat_code json_fail_control (struct leat_error *error, const char *text,
                             size_t at) {
  unsigned char c = (unsigned char)text[at];
  static const char *const shorts[] = {
      ['\b'] = "\\b", ['\t'] = "\\t", ['\n'] = "\\n", ['\f'] = "\\f",
      ['\r'] = "\\r"};
  char hex[8];
  const char *escape = c < sizeof shorts / sizeof *shorts ? shorts[c] : NULL;
  if (escape == NULL) {
    snprintf(hex, sizeof hex, "\\u%04x", c);
    escape = hex;
  }
  return json_fail(error, LEAT_E_SYNTAX, text, at,
                   "control character 0x%02x in a string; write it as %s",
                   c, escape);
}

leat_code json_fail_utf8 (struct leat_error *error, const char *text,
                          size_t at) {
  return json_fail(error, LEAT_E_ENCODING, text, at,
                   "invalid UTF-8 byte 0x%02x", (unsigned char)text[at]);
}

leat_code json_fail_number (struct leat_error *error,
                            enum json_flaw flaw, const char *text,
                            size_t start, size_t end, size_t length) {
  switch (flaw) {
    case JSON_LEADING_ZERO:
      return json_fail(error, LEAT_E_SYNTAX, text, end,
                       "leading zero in a number");
    case JSON_NO_FRACTION_DIGIT:
      return json_fail_expected(error, text, end, length,
                                "expected a digit after '.'");
    case JSON_NO_EXPONENT_DIGIT:
      return json_fail_expected(error, text, end, length,
                                "expected a digit in the exponent");
    case JSON_TOO_LARGE: {
      size_t n = 0;
      while (start + n < length && (json_is_word(text[start + n]) ||
                                    strchr("+-.", text[start + n]) != NULL)) {
        n++;
      }
      bool cut = n > 40;
      return json_fail(error, LEAT_E_NUMBER, text, start,
                       "number too large: %.*s%s", cut ? 40 : (int)n,
                       text + start, cut ? "..." : "");
    }
    default:
      return json_fail_expected(error, text, end, length,
                                "expected a digit after '-'");
  }
}

leat_code json_fail_unterminated (struct leat_error *error,
                                  const char *text, size_t quote) {
  return json_fail(error, LEAT_E_SYNTAX, text, quote,
                   "unterminated string");
}

leat_code json_fail_escape (struct leat_error *error,
                            enum json_flaw flaw, const char *text,
                            size_t at, size_t quote) {
  unsigned char next = (unsigned char)text[at + 1]; /* padding at the worst */
  switch (flaw) {
    case JSON_LONE_SURROGATE:
      return json_fail(error, LEAT_E_ENCODING, text, at,
                       "lone surrogate %.6s", text + at);
    case JSON_NO_HEX: {
      size_t n = 2; /* show no more than the text that belongs to it */
      while (n < 6 && json_is_word(text[at + n])) n++;
      return json_fail(error, LEAT_E_SYNTAX, text, at,
                       "expected four hex digits after \\u, got %.*s",
                       (int)n, text + at);
    }
    case JSON_UNKNOWN_ESCAPE:
      if (next < 0x20) return json_fail_control(error, text, at + 1);
      if (next >= 0x7f) {
        return json_fail(error, LEAT_E_SYNTAX, text, at,
                         "unknown escape: a backslash and byte 0x%02x",
                         next);
      }
      return json_fail(error, LEAT_E_SYNTAX, text, at,
                       "unknown escape \\%c in a string", next);
    default:
      return json_fail_unterminated(error, text, quote);
  }
}
