/* SPDX-License-Identifier: MIT
 * json_stream_test.c - json_split.h and json_stream.h; the laws are in json_stream_check.h.
 *
 * Random texts that are JSON, or nearly, each in random pieces.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_stream_check.h"

static unsigned long passed, failed;

static void check (const char *wrong, const char *text, size_t length) {
  if (wrong == NULL) passed++;
  else if (failed++ < 20) fprintf(stderr, "FAILED: %s: %.*s\n", wrong, (int)length, text);
}

/* ---- texts ---- */

static char text[4000];
static size_t length;

static void put (const char *bytes) {
  size_t n = strlen(bytes);
  if (length + n > sizeof text) return;
  memcpy(text + length, bytes, n);
  length += n;
}

static void put_space (void) {
  static const char *const spaces[] = {"", "", "", " ", "\n", "\r\n  ", "\t"};
  put(spaces[random_below(7)]);
}

static void put_value (int depth) {
  static const char *const scalars[] = {
      "0", "-0", "12", "3.25", "-1e3", "7E-2", "true", "false", "null", "\"\"", "\"a\"",
      "\"]}\"", "\"\\\"\"", "\"\\\\\"", "\"\\u00e9\xc3\xa9\"", "\"\\ud83d\\ude00\"",
      "\"a string that is longer than a block of sixty-four bytes is, if not by much\""};
  static const char *const keys[] = {"\"a\"", "\"b\"", "\"\\u0061\"", "\"c\"", "\"a\\\"b\""};
  size_t kind = random_below(depth > 4 ? 2 : 5);
  put_space();
  if (kind < 2) {
    put(scalars[random_below(sizeof scalars / sizeof *scalars)]);
  } else {
    size_t count = random_below(5);
    put(kind == 2 ? "[" : "{");
    for (size_t i = 0; i < count; i++) {
      if (i > 0) put(",");
      if (kind != 2) {
        put_space();
        put(keys[random_below(5)]);
        put_space();
        put(":");
      }
      put_value(depth + 1);
    }
    put_space();
    put(kind == 2 ? "]" : "}");
  }
  put_space();
}

/* Changes a byte, or leaves some out, or says some twice. */
static void spoil (void) {
  static const char bytes[] = "{}[]\",:\\ \n0-.eE+tfn'\x01\x80\xff\xc3x";
  if (length == 0) return;
  size_t at = random_below(length), n = 1 + random_below(3);
  if (at + n > length) n = length - at;
  switch (random_below(4)) {
    case 0: text[at] = bytes[random_below(sizeof bytes)]; break;
    case 1: length = at; break;
    case 2:
      memmove(text + at, text + at + n, length - at - n);
      length -= n;
      break;
    default:
      if (length + n > sizeof text) return;
      memmove(text + at + n, text + at, length - at);
      length += n;
  }
}

static void test_random (void) {
  static const char soup[] = "{}[]\"\"\\\\,:a1 \n";
  for (int round = 0; round < 40000; round++) {
    length = 0;
    if (round % 8 == 0) {
      size_t n = random_below(200);
      while (length < n) text[length++] = soup[random_below(sizeof soup - 1)];
    } else {
      do put_value(0); while (random_below(6) == 0);
      for (size_t n = round % 2 == 0 ? 0 : 1 + random_below(2); n > 0; n--) spoil();
    }
    check(stream_check(text, length, (uint64_t)round), text, length);
  }
}

/* ---- where the time goes ---- */

/* A value of many pieces is looked at once: this would take hours otherwise. */
static void test_long (void) {
  static const size_t size = (size_t)4 << 20;
  struct json_stream stream = {.memory = &memory};
  struct leat_error error;
  char *long_text = stream_block(size + JSON_PADDING);
  memset(long_text, 'x', size + JSON_PADDING);
  memcpy(long_text, "[\"", 2);
  memcpy(long_text + size - 2, "\"]", 2);
  if (json_stream_open(&stream, &error) != LEAT_OK) exit(2);
  enum json_outcome outcome = json_stream_next(&stream, long_text, 1, false, &error);
  const char *rest = long_text + stream.used;
  for (size_t shown = 1; shown < size - 2; shown += 7) {
    outcome = json_stream_next(&stream, rest, shown, false, &error);
    if (outcome != JSON_MORE || stream.used != 0) break;
  }
  check(outcome == JSON_MORE ? NULL : "a long value ends early", "", 0);
  outcome = json_stream_next(&stream, rest, size - 1, true, &error);
  check(outcome == JSON_VALUE && stream.size == size - 2 ? NULL : "a long value", "", 0);
  json_stream_free(&stream);
  free(long_text);
}

/* ---- memory ---- */

static void test_memory (void) {
  static const struct json_step step = {"a", 1, 0};
  for (int n = 0; n < 3; n++) {
    struct json_stream stream = {.memory = &memory, .steps = &step, .step_count = 1};
    struct leat_error error;
    budget.until_failure = n;
    bool right = json_stream_open(&stream, &error) == LEAT_E_MEMORY;
    check(right && error.code == LEAT_E_MEMORY ? NULL : "no memory", "", 0);
  }
  budget.until_failure = -1;
}

int main (void) {
  test_random();
  test_long();
  test_memory();
  printf("%lu passed, %lu failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}
