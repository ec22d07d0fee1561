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
#include <stdio.h>
#include <string.h>

#include "json_private.h"
#include "utf8.h"

/* ---- errors ---------------------------------------------------------------- */

/* The text ends although the container that begins at `opened` is open. */
static leat_code portable_truncated (struct leat_error *error, const char *text,
                                     size_t length, size_t opened) {
  const char *what = text[opened] == '{' ? "object" : "array";
  size_t line, column;
  json_position(text, opened, &line, &column);
  if (line == 1) {
    return json_fail(error, LEAT_E_SYNTAX, text, length,
                     "truncated: the %s opened at column %zu is not closed",
                     what, column);
  }
  return json_fail(
      error, LEAT_E_SYNTAX, text, length,
      "truncated: the %s opened at line %zu, column %zu is not closed", what,
      line, column);
}

/* ---- strings --------------------------------------------------------------- */

/* Reads the string whose opening quote is text[quote]: *close is its closing
 * quote. In a trusted text neither UTF-8 nor escapes are looked at. */
static leat_code portable_string (const char *text, size_t quote, size_t length,
                                  bool trusted, size_t *close,
                                  enum json_kind *kind,
                                  struct leat_error *error) {
  size_t at = quote + 1;
  *kind = JSON_STRING;
  for (;;) {
    at = json_plain(text, at, length);
    if (at >= length) return json_fail_unterminated(error, text, quote);
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
        return json_fail_escape(error, flaw, text, at, quote);
      }
      at = end;
    } else if (c < 0x20) {
      return json_fail_control(error, text, at);
    } else {
      const unsigned char *s = (const unsigned char *)text;
      do {
        size_t n = trusted ? 1 : utf8_sequence(s + at, length - at);
        if (n == 0) return json_fail_utf8(error, text, at);
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
  return json_fail(error, code, text, at, "%s",
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
  return json_fail_expected(error, text, at, length, what[place]);
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
    return json_fail(error, LEAT_E_SYNTAX, text, at, "no value");
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
        return json_fail_number(error, flaw, text, at, end, length);
      }
      tape->words[tape->count++] = json_word(at, end - at, kind);
      at = end;
      goto after_value;
    }
    case '{': case '[': {
      if (depth == max_depth) {
        return json_fail(error, LEAT_E_DEPTH, text, at,
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
          (length - at > n && json_is_word(text[at + n]))) {
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
    return json_fail_expected(error, text, at, length,
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
    return json_fail_expected(error, text, at, length,
                              "expected ':' after a key");
  }
  at++;
  place = AFTER_COLON;
  goto value;

after_value:
  at = portable_skip_space(text, at, length);
  if (depth == 0) {
    if (at == length) return LEAT_OK;
    return json_fail_expected(error, text, at, length,
                              "text after the value: expected nothing more");
  }
  if (at == length) goto truncated;
  tape->words[open + 1]++;
  if (json_kind_of(tape->words[open]) == JSON_OBJECT) {
    if (text[at] == '}') goto close;
    if (text[at] != ',') {
      return json_fail_expected(error, text, at, length,
                                "expected ',' or '}' after a member");
    }
    at = portable_skip_space(text, at + 1, length);
    if (at == length) goto truncated;
    goto key;
  }
  if (text[at] == ']') goto close;
  if (text[at] != ',') {
    return json_fail_expected(error, text, at, length,
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
