/* SPDX-License-Identifier: MIT
 * json_check.h - what must hold for any text whatever: for json_test.c and
 * json_fuzz.c.
 *
 * json_check scans the text with every usable scanner, from a block that ends
 * exactly JSON_PADDING behind it (so ASan sees what reads further), and compares
 * code, error and tape. Of an accepted text it checks the tape against the text
 * and takes every string through json_unescape, json_quote and a scan again.
 * Returns NULL, or what does not hold.
 */
#ifndef LEAT_SPEC_JSON_CHECK_H
#define LEAT_SPEC_JSON_CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/bytes/json.h"
#include "../../src/bytes/number.h"
#include "../../src/bytes/utf8.h"
#include "unit.h"

static void *check_block (size_t size) {
  void *block = malloc(size > 0 ? size : 1);
  if (block == NULL) {
    fprintf(stderr, "out of memory\n");
    exit(2);
  }
  return block;
}

/* A string's raw bytes, unescaped, quoted, scanned and unescaped again. */
static const char *check_string (const char *raw, size_t length, bool escaped,
                                 bool trusted) {
  bool has_slash = length > 0 && memchr(raw, '\\', length) != NULL;
  if (has_slash != escaped) return "a backslash and no JSON_ESCAPED or so";
  char *value = check_block(length);
  size_t n = json_unescape(raw, length, value);
  const char *wrong = NULL;
  if (n > length) {
    wrong = "json_unescape grew";
  } else if (!escaped && (n != length || memcmp(raw, value, n) != 0)) {
    wrong = "json_unescape changed what has no escape";
  }
  char *quoted = check_block(json_quoted_bound(n) + JSON_PADDING);
  size_t bad = 0;
  size_t q = wrong == NULL ? json_quote(value, n, quoted, &bad) : 0;
  if (wrong == NULL && q == 0) {
    if (!trusted) wrong = "json_quote refused a string of JSON";
    if (bad >= n) wrong = "json_quote's bad byte is not in the string";
    if (bad != utf8_valid_prefix(value, n)) wrong = "json_quote's bad byte";
  } else if (wrong == NULL) {
    struct json_tape tape = {&memory, NULL, 0, 0};
    struct json_options options = {0, false};
    struct leat_error error;
    char *again = check_block(q);
    if (q > 6 * n + 2) wrong = "json_quote grew past its bound";
    if (json_scan(&tape, quoted, q, &options, &error) != LEAT_OK ||
        tape.count != 1 || json_at(tape.words[0]) != 1 ||
        json_length(tape.words[0]) != q - 2) {
      wrong = "what json_quote wrote is not one string";
    } else if (json_unescape(quoted + 1, q - 2, again) != n ||
               memcmp(again, value, n) != 0) {
      wrong = "a string changed on its way through json_quote";
    }
    free(again);
    json_tape_free(&tape);
  }
  free(quoted);
  free(value);
  return wrong;
}

static const char *check_scalar (uint64_t word, const char *text, size_t length,
                                 bool trusted) {
  size_t at = json_at(word), n = json_length(word);
  if (at >= length || n > length - at) return "a word points outside";
  const char *s = text + at;
  int64_t integer;
  double real;
  switch (json_kind_of(word)) {
    case JSON_NULL: return n == 4 && memcmp(s, "null", 4) == 0 ? NULL : "null";
    case JSON_TRUE: return n == 4 && memcmp(s, "true", 4) == 0 ? NULL : "true";
    case JSON_FALSE:
      return n == 5 && memcmp(s, "false", 5) == 0 ? NULL : "false";
    case JSON_INTEGER:
      return number_read_integer(s, n, &integer) ? NULL : "an integer too large";
    case JSON_FLOAT:
      return number_read_double(s, n, &real) ? NULL : "a float too large";
    case JSON_STRING: case JSON_ESCAPED:
      if (at == 0 || at + n >= length || s[-1] != '"' || s[n] != '"') {
        return "a string is not between quotes";
      }
      return check_string(s, n, json_kind_of(word) == JSON_ESCAPED, trusted);
    default: return "an unknown kind";
  }
}

/* The laws of json.h, word by word. */
static const char *check_tape (const struct json_tape *tape, const char *text,
                               size_t length, bool trusted) {
  if (tape->count == 0) return "an empty tape";
  if (tape->count > tape->capacity) return "a tape beyond its capacity";
  if (json_skip(tape->words, 0) != tape->count) return "the root's next";
  size_t before = 0; /* offsets grow */
  for (size_t i = 0; i < tape->count; i++) {
    uint64_t word = tape->words[i];
    if (i > 0 && json_at(word) <= before) return "offsets do not grow";
    before = json_at(word);
    if (!json_is_container(word)) {
      const char *wrong = check_scalar(word, text, length, trusted);
      if (wrong != NULL) return wrong;
      continue;
    }
    bool object = json_kind_of(word) == JSON_OBJECT;
    size_t next = json_length(word), end, children = 0, j;
    if (next < i + 2 || next > tape->count) return "a container's next";
    end = json_end(tape->words[i + 1]);
    if (json_at(word) >= length || end > length || end < json_at(word) + 2) {
      return "a container's end";
    }
    if (text[json_at(word)] != (object ? '{' : '[') ||
        text[end - 1] != (object ? '}' : ']')) {
      return "a container is not between its brackets";
    }
    if (next < tape->count && json_at(tape->words[next]) < end) {
      return "a container reaches into what is behind it";
    }
    for (j = i + 2; j < next; j = json_skip(tape->words, j)) {
      if (json_at(tape->words[j]) >= end) return "a child behind the end";
      if (object && children % 2 == 0 &&
          json_kind_of(tape->words[j]) != JSON_STRING &&
          json_kind_of(tape->words[j]) != JSON_ESCAPED) {
        return "a key that is no string";
      }
      children++;
    }
    if (j != next) return "the children do not end where the container does";
    if (object && children % 2 != 0) return "a key without a value";
    if (json_count(tape->words[i + 1]) != (object ? children / 2 : children)) {
      return "a container's count";
    }
    i++; /* the second word */
  }
  return NULL;
}

static const char *check_same_error (const struct leat_error *a,
                                     const struct leat_error *b) {
  if (a->code != b->code) return "scanners give different error codes";
  if (a->offset != b->offset) return "scanners give different offsets";
  if (a->line != b->line || a->column != b->column) {
    return "scanners give different positions";
  }
  if (strcmp(a->message, b->message) != 0) {
    return "scanners give different messages";
  }
  return NULL;
}

/* Scans with all; the result of the last is in *code and, where it is an error,
 * in *error. `padding` fills what is behind the text, `shift` moves it off the
 * alignment of malloc. */
static const char *json_check (const char *text, size_t length, size_t shift,
                               char padding, const struct json_options *options,
                               leat_code *code, struct leat_error *error) {
  const struct json_scanner *scanners;
  size_t n = json_scanners(&scanners);
  char *block = check_block(shift + length + JSON_PADDING);
  char *copy = block + shift;
  if (length > 0) memcpy(copy, text, length);
  memset(copy + length, padding, JSON_PADDING);

  const char *wrong = NULL;
  struct json_tape first = {&memory, NULL, 0, 0};
  bool have_first = false;
  for (size_t i = 0; i < n && wrong == NULL; i++) {
    if (!scanners[i].usable) continue;
    struct json_tape tape = {&memory, NULL, 0, 0};
    struct leat_error this_error = {0};
    leat_code this_code =
        scanners[i].scan(&tape, copy, length, options, &this_error);
    if (this_code == LEAT_OK) {
      wrong = check_tape(&tape, copy, length, options->trusted);
    } else if (this_code != this_error.code || this_error.message[0] == '\0') {
      wrong = "an error says nothing";
    } else if (this_error.offset > length) {
      wrong = "an error's offset is outside";
    }
    if (!have_first) {
      have_first = true;
      first = tape;
      *code = this_code;
      *error = this_error;
      continue;
    }
    if (wrong == NULL && this_code != *code) {
      wrong = "scanners give different codes";
    } else if (wrong == NULL && this_code != LEAT_OK) {
      wrong = check_same_error(error, &this_error);
    } else if (wrong == NULL &&
               (tape.count != first.count ||
                memcmp(tape.words, first.words, 8 * tape.count) != 0)) {
      wrong = "scanners give different tapes";
    }
    json_tape_free(&tape);
  }
  if (wrong == NULL && *code == LEAT_OK && !options->trusted &&
      utf8_valid_prefix_portable(copy, length) != length) {
    wrong = "invalid UTF-8 was accepted";
  }
  json_tape_free(&first);
  free(block);
  return wrong;
}

/* All implementations of utf8_valid_prefix, from a block of just its size. */
static const char *utf8_check (const char *bytes, size_t length) {
  char *copy = check_block(length);
  if (length > 0) memcpy(copy, bytes, length);
  size_t valid = utf8_valid_prefix_portable(copy, length);
  const char *wrong = NULL;
  if (utf8_valid_prefix(copy, length) != valid) wrong = "utf8_valid_prefix";
#if JSON_X86
  if (__builtin_cpu_supports("avx2") &&
      utf8_valid_prefix_avx2(copy, length) != valid) {
    wrong = "utf8_valid_prefix_avx2";
  }
#endif
  free(copy);
  return wrong;
}

#endif
