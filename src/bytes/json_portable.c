/* SPDX-License-Identifier: MIT
 * json_portable.c - the reference scanner: one pass, no intrinsics, all errors.
 *
 * How it works: a loop over three places of the grammar (a value, a key, what
 * follows a value) with no stack of its own: while a container is open, the
 * first word it has on the tape holds the index of the container around it, and
 * its second word counts its elements. Closing it finds the parent there.
 *
 * Invariants: `open` is the first word of the innermost open container, and is
 * meaningful only while depth > 0; tape->count words are written and at least
 * two more fit wherever a value begins.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "json_private.h"
#include "utf8.h"

/* ---- errors ---------------------------------------------------------------- */

/* Line and column of text[offset], both from 1; a line ends with '\n'. */
static void portable_position (const char *text, size_t offset, size_t *line,
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

__attribute__((format(printf, 5, 6)))
static leat_code portable_fail (struct leat_error *error, leat_code code,
                                const char *text, size_t offset,
                                const char *format, ...) {
  error->code = code;
  error->os_errno = 0;
  error->offset = offset;
  portable_position(text, offset, &error->line, &error->column);
  va_list args;
  va_start(args, format);
  vsnprintf(error->message, sizeof error->message, format, args);
  va_end(args);
  return code;
}

#define PORTABLE_FOUND 48

static bool portable_is_word (char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || c == '_';
}

/* Names what stands at text[at], for "expected ..., got ...". */
static const char *portable_found (const char *text, size_t at, size_t length,
                                   char out[PORTABLE_FOUND]) {
  if (at >= length) return "the end of the text";
  unsigned char c = (unsigned char)text[at];
  if (c == '\'') return "a single quote";
  if (c == '"') return "a string";
  if (length - at >= 3 && memcmp(text + at, "\xef\xbb\xbf", 3) == 0) {
    return "a byte order mark (0xef 0xbb 0xbf)";
  }
  if (c <= 0x20 || c >= 0x7f) {
    snprintf(out, PORTABLE_FOUND, "byte 0x%02x", c);
    return out;
  }
  size_t n = 1;
  if (portable_is_word(text[at])) {
    while (n < 20 && at + n < length && portable_is_word(text[at + n])) n++;
  }
  snprintf(out, PORTABLE_FOUND, "'%.*s'", (int)n, text + at);
  return out;
}

static leat_code portable_expected (struct leat_error *error, const char *text,
                                    size_t at, size_t length,
                                    const char *what) {
  char found[PORTABLE_FOUND];
  return portable_fail(error, LEAT_E_SYNTAX, text, at, "%s, got %s", what,
                       portable_found(text, at, length, found));
}

/* The text ends although the container that begins at `opened` is open. */
static leat_code portable_truncated (struct leat_error *error, const char *text,
                                     size_t length, size_t opened) {
  const char *what = text[opened] == '{' ? "object" : "array";
  size_t line, column;
  portable_position(text, opened, &line, &column);
  if (line == 1) {
    return portable_fail(error, LEAT_E_SYNTAX, text, length,
                         "truncated: the %s opened at column %zu is not closed",
                         what, column);
  }
  return portable_fail(
      error, LEAT_E_SYNTAX, text, length,
      "truncated: the %s opened at line %zu, column %zu is not closed", what,
      line, column);
}

static leat_code portable_control (struct leat_error *error, const char *text,
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
  return portable_fail(error, LEAT_E_SYNTAX, text, at,
                       "control character 0x%02x in a string; write it as %s",
                       c, escape);
}

static leat_code portable_bad_utf8 (struct leat_error *error, const char *text,
                                    size_t at) {
  return portable_fail(error, LEAT_E_ENCODING, text, at,
                       "invalid UTF-8 byte 0x%02x", (unsigned char)text[at]);
}

static leat_code portable_bad_number (struct leat_error *error,
                                      enum json_flaw flaw, const char *text,
                                      size_t start, size_t end, size_t length) {
  switch (flaw) {
    case JSON_LEADING_ZERO:
      return portable_fail(error, LEAT_E_SYNTAX, text, end,
                           "leading zero in a number");
    case JSON_NO_FRACTION_DIGIT:
      return portable_expected(error, text, end, length,
                               "expected a digit after '.'");
    case JSON_NO_EXPONENT_DIGIT:
      return portable_expected(error, text, end, length,
                               "expected a digit in the exponent");
    case JSON_TOO_LARGE: {
      size_t n = 0;
      while (start + n < length && (portable_is_word(text[start + n]) ||
                                    strchr("+-.", text[start + n]) != NULL)) {
        n++;
      }
      bool cut = n > 40;
      return portable_fail(error, LEAT_E_NUMBER, text, start,
                           "number too large: %.*s%s", cut ? 40 : (int)n,
                           text + start, cut ? "..." : "");
    }
    default:
      return portable_expected(error, text, end, length,
                               "expected a digit after '-'");
  }
}

static leat_code portable_unterminated (struct leat_error *error,
                                        const char *text, size_t quote) {
  return portable_fail(error, LEAT_E_SYNTAX, text, quote,
                       "unterminated string");
}

static leat_code portable_bad_escape (struct leat_error *error,
                                      enum json_flaw flaw, const char *text,
                                      size_t at, size_t quote) {
  unsigned char next = (unsigned char)text[at + 1]; /* padding at the worst */
  switch (flaw) {
    case JSON_LONE_SURROGATE:
      return portable_fail(error, LEAT_E_ENCODING, text, at,
                           "lone surrogate %.6s", text + at);
    case JSON_NO_HEX: {
      size_t n = 2; /* show no more than the text that belongs to it */
      while (n < 6 && portable_is_word(text[at + n])) n++;
      return portable_fail(error, LEAT_E_SYNTAX, text, at,
                           "expected four hex digits after \\u, got %.*s",
                           (int)n, text + at);
    }
    case JSON_UNKNOWN_ESCAPE:
      if (next < 0x20) return portable_control(error, text, at + 1);
      if (next >= 0x7f) {
        return portable_fail(error, LEAT_E_SYNTAX, text, at,
                             "unknown escape: a backslash and byte 0x%02x",
                             next);
      }
      return portable_fail(error, LEAT_E_SYNTAX, text, at,
                           "unknown escape \\%c in a string", next);
    default:
      return portable_unterminated(error, text, quote);
  }
}

/* ---- strings --------------------------------------------------------------- */

/* Offset of the first byte from `at` on that is no plain ASCII of a string
 * ('"', '\\', below 0x20, above 0x7f). May be up to 8 beyond the text. */
static size_t portable_plain (const char *text, size_t at, size_t length) {
  const uint64_t ones = 0x0101010101010101u, highs = 0x8080808080808080u;
  while (at < length) {
    uint64_t w;
    memcpy(&w, text + at, 8);
    /* The top bit of a byte: it is special. Borrows can only mark a byte above
     * a special one too many, so "some byte is special" is exact. */
    uint64_t quote = (w ^ (ones * '"')) - ones;
    uint64_t slash = (w ^ (ones * '\\')) - ones;
    uint64_t control = w - ones * 0x20;
    if (((quote | slash | control | w) & highs) != 0) break;
    at += 8;
  }
  while (at < length) {
    unsigned char c = (unsigned char)text[at];
    if (c == '"' || c == '\\' || c < 0x20 || c >= 0x80) break;
    at++;
  }
  return at;
}

/* Reads the string whose opening quote is text[quote]: *close is its closing
 * quote. In a trusted text neither UTF-8 nor escapes are looked at. */
static leat_code portable_string (const char *text, size_t quote, size_t length,
                                  bool trusted, size_t *close,
                                  enum json_kind *kind,
                                  struct leat_error *error) {
  size_t at = quote + 1;
  *kind = JSON_STRING;
  for (;;) {
    at = portable_plain(text, at, length);
    if (at >= length) return portable_unterminated(error, text, quote);
    unsigned char c = (unsigned char)text[at];
    if (c == '"') {
      *close = at;
      return LEAT_OK;
    }
    if (c == '\\') {
      *kind = JSON_ESCAPED;
      if (trusted) {
        /* What is escaped is no closing quote; a control stays an error. */
        bool control = at + 1 < length && (unsigned char)text[at + 1] < 0x20;
        at += control ? 1 : 2;
        continue;
      }
      size_t end;
      enum json_flaw flaw = json_escape(text, at, length, &end);
      if (flaw != JSON_FINE) {
        return portable_bad_escape(error, flaw, text, at, quote);
      }
      at = end;
    } else if (c < 0x20) {
      return portable_control(error, text, at);
    } else {
      const unsigned char *s = (const unsigned char *)text;
      do {
        size_t n = trusted ? 1 : utf8_sequence(s + at, length - at);
        if (n == 0) return portable_bad_utf8(error, text, at);
        at += n;
      } while (at < length && s[at] >= 0x80);
    }
  }
}

/* ---- the grammar ----------------------------------------------------------- */

static size_t portable_skip_space (const char *text, size_t at, size_t length) {
  while (at < length && (text[at] == ' ' || text[at] == '\n' ||
                         text[at] == '\r' || text[at] == '\t')) {
    at++;
  }
  return at;
}

static leat_code portable_no_room (struct leat_error *error, leat_code code,
                                   const char *text, size_t at) {
  return portable_fail(error, code, text, at, "%s",
                       code == LEAT_E_SIZE
                           ? "more values than a tape can hold"
                           : "not enough memory to index a JSON text");
}

/* What stands before a value, for the message when there is none. */
enum portable_place { AT_START, AFTER_BRACKET, AFTER_COMMA, AFTER_COLON };

static leat_code portable_no_value (struct leat_error *error, const char *text,
                                    size_t at, size_t length,
                                    enum portable_place place) {
  static const char *const what[] = {
      [AT_START] = "expected a value",
      [AFTER_BRACKET] = "expected a value or ']'",
      [AFTER_COMMA] = "expected a value after ','",
      [AFTER_COLON] = "expected a value after ':'"};
  return portable_expected(error, text, at, length, what[place]);
}

static leat_code portable_scan (struct json_tape *tape, const char *text,
                                size_t length, size_t max_depth, bool trusted,
                                struct leat_error *error) {
  enum portable_place place = AT_START;
  size_t at = 0, depth = 0, open = 0;
  enum json_kind kind;
  leat_code code;

value:
  at = portable_skip_space(text, at, length);
  if (at == length) {
    if (depth > 0) goto truncated;
    return portable_fail(error, LEAT_E_SYNTAX, text, at, "no value");
  }
  if (tape->count + 2 > tape->capacity) {
    code = json_tape_reserve(tape, tape->count + 2);
    if (code != LEAT_OK) return portable_no_room(error, code, text, at);
  }
  switch (text[at]) {
    case '"': {
      size_t close;
      code = portable_string(text, at, length, trusted, &close, &kind, error);
      if (code != LEAT_OK) return code;
      tape->words[tape->count++] = json_word(at + 1, close - at - 1, kind);
      at = close + 1;
      goto after_value;
    }
    case '-': case '0': case '1': case '2': case '3': case '4': case '5':
    case '6': case '7': case '8': case '9': {
      size_t end;
      enum json_flaw flaw = json_number(text, at, length, &end, &kind);
      if (flaw != JSON_FINE) {
        return portable_bad_number(error, flaw, text, at, end, length);
      }
      tape->words[tape->count++] = json_word(at, end - at, kind);
      at = end;
      goto after_value;
    }
    case '{': case '[': {
      if (depth == max_depth) {
        return portable_fail(error, LEAT_E_DEPTH, text, at,
                             "nested deeper than %zu containers", max_depth);
      }
      depth++;
      kind = text[at] == '{' ? JSON_OBJECT : JSON_ARRAY;
      tape->words[tape->count] = json_word(at, open, kind);
      tape->words[tape->count + 1] = 0;
      open = tape->count;
      tape->count += 2;
      at = portable_skip_space(text, at + 1, length);
      if (at == length) goto truncated;
      if (kind == JSON_OBJECT) {
        if (text[at] == '}') goto close;
        goto key;
      }
      if (text[at] == ']') goto close;
      place = AFTER_BRACKET;
      goto value;
    }
    case 't': case 'f': case 'n': {
      const char *word = text[at] == 't'   ? "true"
                         : text[at] == 'f' ? "false"
                                           : "null";
      size_t n = strlen(word);
      if (length - at < n || memcmp(text + at, word, n) != 0 ||
          (length - at > n && portable_is_word(text[at + n]))) {
        return portable_no_value(error, text, at, length, place);
      }
      kind = text[at] == 't'   ? JSON_TRUE
             : text[at] == 'f' ? JSON_FALSE
                               : JSON_NULL;
      tape->words[tape->count++] = json_word(at, n, kind);
      at += n;
      goto after_value;
    }
    default: return portable_no_value(error, text, at, length, place);
  }

key:
  /* text[at] is no white space; it is what stands behind '{' or ','. */
  if (text[at] != '"') {
    bool first = tape->words[open + 1] == 0;
    return portable_expected(error, text, at, length,
                             first ? "expected a key in double quotes or '}'"
                                   : "expected a key in double quotes after ','");
  }
  if (tape->count + 2 > tape->capacity) {
    code = json_tape_reserve(tape, tape->count + 2);
    if (code != LEAT_OK) return portable_no_room(error, code, text, at);
  }
  {
    size_t close;
    code = portable_string(text, at, length, trusted, &close, &kind, error);
    if (code != LEAT_OK) return code;
    tape->words[tape->count++] = json_word(at + 1, close - at - 1, kind);
    at = portable_skip_space(text, close + 1, length);
  }
  if (at == length) goto truncated;
  if (text[at] != ':') {
    return portable_expected(error, text, at, length,
                             "expected ':' after a key");
  }
  at++;
  place = AFTER_COLON;
  goto value;

after_value:
  at = portable_skip_space(text, at, length);
  if (depth == 0) {
    if (at == length) return LEAT_OK;
    char found[PORTABLE_FOUND];
    return portable_fail(error, LEAT_E_SYNTAX, text, at,
                         "text after the value: expected nothing more, got %s",
                         portable_found(text, at, length, found));
  }
  if (at == length) goto truncated;
  tape->words[open + 1]++;
  if (json_kind_of(tape->words[open]) == JSON_OBJECT) {
    if (text[at] == '}') goto close;
    if (text[at] != ',') {
      return portable_expected(error, text, at, length,
                               "expected ',' or '}' after a member");
    }
    at = portable_skip_space(text, at + 1, length);
    if (at == length) goto truncated;
    goto key;
  }
  if (text[at] == ']') goto close;
  if (text[at] != ',') {
    return portable_expected(error, text, at, length,
                             "expected ',' or ']' after an element");
  }
  at++;
  place = AFTER_COMMA;
  goto value;

close:
  at++;
  {
    uint64_t first = tape->words[open];
    tape->words[open] =
        json_word(json_at(first), tape->count, json_kind_of(first));
    tape->words[open + 1] |= (uint64_t)at << 32;
    open = json_length(first);
    depth--;
  }
  goto after_value;

truncated:
  return portable_truncated(error, text, length,
                            json_at(tape->words[open]));
}

leat_code json_scan_portable (struct json_tape *tape, const char *text,
                              size_t length,
                              const struct json_options *options,
                              struct leat_error *error) {
  tape->count = 0;
  if (length > JSON_MAX_TEXT) {
    error->code = LEAT_E_SIZE;
    error->os_errno = 0;
    error->line = error->column = error->offset = 0;
    snprintf(error->message, sizeof error->message,
             "a JSON text of %zu bytes is longer than %zu bytes", length,
             JSON_MAX_TEXT);
    return LEAT_E_SIZE;
  }
  size_t max_depth = options->max_depth;
  if (max_depth == 0) max_depth = JSON_DEFAULT_DEPTH;
  leat_code code = portable_scan(tape, text, length, max_depth,
                                 options->trusted, error);
  if (code != LEAT_OK) tape->count = 0;
  return code;
}
