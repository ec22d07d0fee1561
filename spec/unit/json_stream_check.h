/* SPDX-License-Identifier: MIT
 * json_stream_check.h - what json_split and json_stream must do with any bytes whatever: for
 * json_stream_test.c and json_stream_fuzz.c.
 *
 * stream_check returns NULL, or what does not hold:
 *   - every json_split finds the same end, whole and in pieces, as a plain count of brackets;
 *   - what json_stream says does not depend on how the text is cut up, and between two pieces it
 *     asks the caller to hold a value, a key, or less than an escape;
 *   - a text that no path leads into is complete if json_scan accepts it, and else an error at the
 *     same byte;
 *   - the values of a text that json_scan accepts are the elements on its tape;
 *   - json_compact of such a text has the same tokens, and no white space between them.
 */
#ifndef LEAT_SPEC_JSON_STREAM_CHECK_H
#define LEAT_SPEC_JSON_STREAM_CHECK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/bytes/json_private.h"
#include "../../src/bytes/json_stream.h"
#include "unit.h"

static void *stream_block (size_t size) {
  void *block = malloc(size);
  if (block == NULL) exit(2);
  return block;
}

static uint64_t stream_state;
static size_t stream_random (size_t n) { /* xorshift */
  stream_state ^= stream_state << 13;
  stream_state ^= stream_state >> 7;
  stream_state ^= stream_state << 17;
  return (size_t)(stream_state >> 11) % n;
}

/* A copy with nothing but the promised bytes behind it. */
static char *stream_copy (const char *text, size_t length) {
  char *copy = stream_block(length + JSON_PADDING);
  if (length > 0) memcpy(copy, text, length);
  for (size_t i = 0; i < JSON_PADDING; i++) copy[length + i] = "]}\"\\\n{"[stream_random(6)];
  return copy;
}

/* ---- json_split ---- */

static size_t split_model (const char *text, size_t length, struct json_split *s) {
  bool in_string = false;
  size_t depth = 0;
  *s = (struct json_split){0};
  for (size_t i = 0, slashes = 0; i < length; i++) {
    bool quote = text[i] == '"' && slashes % 2 == 0;
    slashes = text[i] == '\\' ? slashes + 1 : 0;
    if (text[i] == '\n') {
      s->newlines++;
      s->line = i + 1;
    }
    if (quote) in_string = !in_string;
    if (!in_string && !quote) {
      if (text[i] == '{' || text[i] == '[') depth++;
      if (text[i] == '}' || text[i] == ']') depth--;
    }
    if (depth == 0 && !in_string) return i + 1;
  }
  return 0;
}

static const char *split_check (const char *text, size_t length) {
  const struct json_scanner *scanners;
  size_t count = json_scanners(&scanners);
  if (length == 0 || strchr("{[\"", text[0]) == NULL || text[0] == '\0') return NULL;
  struct json_split model;
  size_t wanted = split_model(text, length, &model);
  for (size_t k = 0; k < 2 * count; k++) {
    const struct json_scanner *scanner = &scanners[k / 2];
    if (!scanner->usable) continue;
    struct json_split s = {0};
    size_t end = 0, shown = k % 2 == 0 ? length : 1 + stream_random(70);
    for (;;) {
      if (shown > length) shown = length;
      char *copy = stream_copy(text, shown);
      end = scanner->split(&s, copy, shown);
      free(copy);
      if (end != 0 || shown == length) break;
      shown += 1 + stream_random(70);
    }
    if (end != wanted) return "json_split finds another end";
    if (s.newlines != model.newlines || s.line != model.line) return "json_split's lines";
  }
  return NULL;
}

/* ---- json_stream ---- */

/* What a stream has said, one after the other. */
struct stream_said {
  enum json_outcome outcome;
  leat_code code;
  size_t at, size; /* of a value, in the whole text */
  size_t line, column;
  char message[48];
};
struct stream_log {
  struct stream_said *said;
  size_t count, capacity;
  const char *wrong;
};

static void stream_note (struct stream_log *log, const struct stream_said *said) {
  if (log->count == log->capacity) {
    log->capacity = log->capacity == 0 ? 16 : 2 * log->capacity;
    log->said = realloc(log->said, log->capacity * sizeof *log->said);
    if (log->said == NULL) exit(2);
  }
  log->said[log->count++] = *said;
}

/* Reads it all, in one piece or in random ones. */
static struct stream_log stream_read (const struct json_stream *like, const char *text,
                                      size_t length, size_t most) {
  struct stream_log log = {NULL, 0, 0, NULL};
  struct json_stream *s = stream_block(sizeof *s);
  struct leat_error error;
  size_t begin = 0, end = most == 0 ? length : stream_random(most + 1);
  bool at_end = most == 0;
  *s = *like;
  s->memory = &memory;
  if (json_stream_open(s, &error) != LEAT_OK) exit(2);
  for (;;) {
    if (end > length) end = length;
    char *copy = stream_copy(text + begin, end - begin);
    error = (struct leat_error){.code = LEAT_OK};
    enum json_outcome outcome = json_stream_next(s, copy, end - begin, at_end, &error);
    free(copy);
    struct stream_said said = {.outcome = outcome, .code = error.code};
    if (s->used > end - begin) {
      log.wrong = "more is used than there is";
      break;
    }
    if (outcome == JSON_VALUE) {
      said.at = begin + s->at;
      said.size = s->size;
      said.line = s->value.line;
      said.column = s->value.column;
    } else if (outcome != JSON_MORE) {
      said.line = error.line;
      said.column = error.column;
      const char *got = strstr(error.message, ", got");
      size_t n = got != NULL ? (size_t)(got - error.message) : strlen(error.message);
      if (n >= sizeof said.message) n = sizeof said.message - 1;
      memcpy(said.message, error.message, n);
    }
    begin += s->used;
    if (outcome != JSON_MORE) stream_note(&log, &said);
    if (outcome == JSON_BROKEN) break;
    if (outcome != JSON_MORE) continue;
    bool holds = s->place == JSON_IN_VALUE || s->place == JSON_IN_KEY;
    if (!holds && end - begin > 12) log.wrong = "too much is to be held";
    if (at_end) {
      if (begin != length) log.wrong = "a rest is left";
      break;
    }
    if (end == length && stream_random(2) == 0) at_end = true;
    end += 1 + stream_random(most);
  }
  json_stream_free(s);
  free(s);
  return log;
}

static bool stream_same (const struct stream_log *a, const struct stream_log *b) {
  if (a->count != b->count) return false;
  for (size_t i = 0; i < a->count; i++) {
    const struct stream_said *x = &a->said[i], *y = &b->said[i];
    if (x->outcome != y->outcome || x->code != y->code || x->at != y->at || x->size != y->size ||
        x->line != y->line || x->column != y->column || strcmp(x->message, y->message) != 0)
      return false;
  }
  return true;
}

/* Line and column of text[at]. */
static void stream_place (const char *text, size_t at, size_t *line, size_t *column) {
  *line = *column = 1;
  for (size_t i = 0; i < at; i++) {
    ++*column;
    if (text[i] == '\n') {
      ++*line;
      *column = 1;
    }
  }
}

/* Nothing is wanted of the text. */
static const char *stream_check_passed (const char *text, size_t length) {
  static const struct json_step nowhere = {"no such name", 12, 0};
  struct json_stream like = {.steps = &nowhere, .step_count = 1, .max_depth = 1};
  struct json_tape tape = {&memory, NULL, 0, 0};
  struct json_options options = {3, false};
  struct leat_error error;
  char *copy = stream_copy(text, length);
  leat_code code = json_scan(&tape, copy, length, &options, &error);
  free(copy);
  json_tape_free(&tape);
  struct stream_log log = stream_read(&like, text, length, 0);
  const struct stream_said *last = log.count > 0 ? &log.said[log.count - 1] : NULL;
  const char *wrong = log.wrong;
  if (wrong != NULL) {
  } else if (code == LEAT_OK) {
    if (log.count != 1 || last->outcome != JSON_NOTHING) wrong = "a good text is not passed";
  } else if (strstr(error.message, "text after the value") != NULL ||
             strstr(error.message, "no value") != NULL || code == LEAT_E_NUMBER) {
    /* here they are not the same */
  } else if (last == NULL || last->outcome != JSON_BROKEN) {
    wrong = "a bad text is passed";
  } else if (strncmp(last->message, "truncated", 9) == 0) {
    size_t line, column;
    stream_place(text, length, &line, &column);
    if (last->line != line || last->column != column) wrong = "the end is elsewhere";
  } else if (last->code != code || last->line != error.line || last->column != error.column) {
    wrong = "another error than json_scan's";
  }
  free(log.said);
  return wrong;
}

/* The text as json_compact writes it, of which this is the tape. */
static const char *stream_check_compact (const char *text, size_t length,
                                         const struct json_tape *tape) {
  struct json_tape again = {&memory, NULL, 0, 0};
  struct json_options options = {0, false};
  struct leat_error error;
  char *out = stream_block(length + JSON_PADDING);
  size_t size = json_compact(text, length, out), bytes = 0;
  const char *wrong = NULL;
  if (size > length || json_scan(&again, out, size, &options, &error) != LEAT_OK ||
      again.count != tape->count)
    wrong = "json_compact makes another text";
  for (size_t i = 0; i < tape->count && wrong == NULL; i++) {
    uint64_t x = tape->words[i], y = again.words[i];
    if (json_kind_of(x) != json_kind_of(y)) wrong = "json_compact: another kind";
    else if (json_is_container(x)) {
      size_t count = json_count(tape->words[++i]);
      size_t commas = count > 0 ? count - 1 : 0;
      bytes += 2 + commas + (json_kind_of(x) == JSON_OBJECT ? count : 0);
    } else {
      bool quoted = json_kind_of(x) == JSON_STRING || json_kind_of(x) == JSON_ESCAPED;
      bytes += json_length(x) + 2 * quoted;
      if (json_length(x) != json_length(y) ||
          memcmp(text + json_at(x), out + json_at(y), json_length(x)) != 0)
        wrong = "json_compact: another scalar";
    }
  }
  if (wrong == NULL && bytes != size) wrong = "json_compact leaves white space";
  free(out);
  json_tape_free(&again);
  return wrong;
}

/* The values are what is on the tape. */
static const char *stream_check_values (const char *text, size_t length,
                                        const struct stream_log *log) {
  struct json_tape tape = {&memory, NULL, 0, 0};
  struct json_options options = {0, false};
  struct leat_error error;
  const char *wrong = NULL;
  char *copy = stream_copy(text, length);
  if (json_scan(&tape, copy, length, &options, &error) == LEAT_OK) {
    bool array = json_kind_of(tape.words[0]) == JSON_ARRAY;
    size_t count = array ? json_count(tape.words[1]) : 1;
    if (log->count != count) wrong = "another number of values";
    size_t word = array ? 2 : 0;
    for (size_t i = 0; i < count && wrong == NULL; i++) {
      const struct stream_said *said = &log->said[i];
      uint64_t w = tape.words[word];
      enum json_kind kind = json_kind_of(w);
      bool quoted = kind == JSON_STRING || kind == JSON_ESCAPED;
      size_t at = json_at(w) - quoted;
      size_t end = json_is_container(w) ? json_end(tape.words[word + 1])
                                        : at + json_length(w) + 2 * quoted;
      size_t line, column;
      stream_place(text, at, &line, &column);
      if (said->outcome != JSON_VALUE || said->at != at || said->size != end - at)
        wrong = "another value";
      else if (said->line != line || said->column != column) wrong = "a value's place";
      word = json_skip(tape.words, word);
    }
    if (wrong == NULL) wrong = stream_check_compact(copy, length, &tape);
  }
  free(copy);
  json_tape_free(&tape);
  return wrong;
}

/* `seed`: where the text is cut. */
static const char *stream_check (const char *text, size_t length, uint64_t seed) {
  static const struct json_step steps[] = {{"a", 1, 0}, {NULL, 0, 2}, {"b", 1, 0}};
  static const struct { size_t first, count; } paths[] = {{0, 0}, {0, 1}, {1, 1}, {0, 2}, {1, 2}};
  stream_state = seed * 2 + 88172645463325252u;
  const char *wrong = split_check(text, length);
  if (wrong == NULL) wrong = stream_check_passed(text, length);
  for (size_t k = 0; k < sizeof paths / sizeof *paths && wrong == NULL; k++) {
    struct json_stream like = {.steps = steps + paths[k].first, .step_count = paths[k].count,
                               .max_depth = stream_random(4), .max_record = stream_random(3) * 30};
    if (k == 0) like.max_record = 0;
    struct stream_log whole = stream_read(&like, text, length, 0);
    struct stream_log pieces = stream_read(&like, text, length, 1 + stream_random(70));
    wrong = whole.wrong != NULL ? whole.wrong : pieces.wrong;
    if (wrong == NULL && !stream_same(&whole, &pieces)) wrong = "the cuts make a difference";
    if (wrong == NULL && k == 0) wrong = stream_check_values(text, length, &whole);
    free(whole.said);
    free(pieces.said);
  }
  return wrong;
}

#endif
