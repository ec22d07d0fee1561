/* SPDX-License-Identifier: MIT
 * json_stream.c - the values that somebody wants of JSON texts that come in pieces; the contract is
 * in json_stream.h.
 *
 * One automaton over the bytes, whose whole state is in the struct. json_split finds where a wanted
 * value ends, so each of its bytes is looked at once here. A value that cannot be handed out, since
 * it is too long or the file ends inside it, is read again from its first byte as one that nobody
 * wants: so it is checked, and what is wrong with it is found where it is.
 */
#include "json_stream.h"

#include <stdio.h>
#include <string.h>

#include "json_private.h"
#include "utf8.h"

/* The bytes at hand. */
struct piece {
  const char *text;
  size_t length, at; /* at: what is read next */
  bool at_end;
  struct leat_error *error;
};

/* The functions below return an outcome, or that there is none yet. */
#define ON ((int)JSON_BROKEN + 1)

/* --- memory --- */

leat_code json_stream_open (struct json_stream *s, struct leat_error *error) {
  size_t longest = 0, depth = s->max_depth != 0 ? s->max_depth : JSON_DEFAULT_DEPTH;
  if (s->max_record == 0) s->max_record = JSON_MAX_TEXT;
  for (size_t i = 0; i < s->step_count; i++)
    if (s->steps[i].position == 0 && s->steps[i].length > longest) longest = s->steps[i].length;
  if (s->step_count > JSON_MAX_TEXT || depth > JSON_MAX_TEXT || longest > JSON_MAX_TEXT)
    goto no_memory;
  s->limit = depth + s->step_count + 1;
  s->name_size = 6 * longest + 1; /* an escape is six times as long as its byte, at the most */
  s->objects = memory_resize(s->memory, NULL, 0, (s->limit + 63) / 64 * sizeof *s->objects);
  s->opened = memory_resize(s->memory, NULL, 0, (s->step_count + 1) * sizeof *s->opened);
  s->name = memory_resize(s->memory, NULL, 0, s->name_size);
  if (s->objects == NULL || s->opened == NULL || s->name == NULL) goto no_memory;
  json_stream_begin(s);
  return LEAT_OK;
no_memory:
  json_stream_free(s);
  *error = (struct leat_error){.code = LEAT_E_MEMORY};
  snprintf(error->message, sizeof error->message, "not enough memory");
  return LEAT_E_MEMORY;
}

void json_stream_free (struct json_stream *s) {
  memory_free(s->memory, s->objects, (s->limit + 63) / 64 * sizeof *s->objects);
  memory_free(s->memory, s->opened, (s->step_count + 1) * sizeof *s->opened);
  memory_free(s->memory, s->name, s->name_size);
  s->objects = NULL;
  s->opened = NULL;
  s->name = NULL;
}

void json_stream_begin (struct json_stream *s) {
  s->place = JSON_AT_TEXT;
  s->line = s->column = 1;
  s->texts = 0;
  s->depth = s->level = 0;
}

/* --- where it is --- */

/* Is the i-th open container, from 0 on, an object? */
static bool is_object (const struct json_stream *s, size_t i) {
  return (s->objects[i / 64] >> i % 64 & 1) != 0;
}

static void set_object (struct json_stream *s, size_t i, bool object) {
  uint64_t bit = (uint64_t)1 << i % 64;
  if (object) s->objects[i / 64] |= bit;
  else s->objects[i / 64] &= ~bit;
}

static struct json_place place_of (const struct json_stream *s, size_t at) {
  return (struct json_place){s->line, s->column + at};
}

/* text[0..size) is done with. */
static int finish (struct json_stream *s, size_t size, enum json_outcome outcome) {
  s->used = size;
  s->column += size;
  return (int)outcome;
}

/* The error that is known says where in the piece; it is made a place in the file. */
static int broken (struct json_stream *s, const struct piece *p) {
  struct json_place place = place_of(s, p->error->offset);
  p->error->line = place.line;
  p->error->column = place.column;
  return finish(s, p->at, JSON_BROKEN);
}

static int expected (struct json_stream *s, struct piece *p, const char *what) {
  json_fail_expected(p->error, p->text, p->at, p->length, what);
  return broken(s, p);
}

/* The file ends inside of something. */
static int truncated (struct json_stream *s, struct piece *p) {
  bool is_key = s->place == JSON_IN_STRING && s->string_is_key;
  bool in_value = s->depth > s->level || s->level == 0 || (s->place == JSON_IN_STRING && !is_key);
  struct json_place from = in_value ? s->value : s->opened[s->level - 1];
  char first = in_value ? s->first : is_object(s, s->level - 1) ? '{' : '[';
  const char *what = first == '{' ? "object" : first == '[' ? "array" : first == '"' ? "string"
                                                                                     : "value";
  json_fail(p->error, LEAT_E_SYNTAX, p->text, p->length,
            "truncated: the file ends inside the %s that begins at line %zu, column %zu", what,
            from.line, from.column);
  return broken(s, p);
}

/* There are no bytes any more. */
static int piece_ends (struct json_stream *s, struct piece *p) {
  p->at = p->length;
  if (p->at_end && s->depth == 0 && s->place == JSON_BEHIND) s->place = JSON_AT_TEXT;
  if (!p->at_end || s->place == JSON_AT_TEXT) return finish(s, p->length, JSON_MORE);
  return truncated(s, p);
}

static void pass_space (struct json_stream *s, struct piece *p) {
  for (; p->at < p->length; p->at++) {
    char c = p->text[p->at];
    if (c == '\n') {
      s->line++;
      s->column = 0 - p->at; /* that of the next byte is 1 */
    } else if (c != ' ' && c != '\t' && c != '\r') {
      return;
    }
  }
}

/* --- what nobody wants: checked, and forgotten --- */

enum { NUMBER_MINUS, NUMBER_ZERO, NUMBER_DIGITS, NUMBER_POINT, NUMBER_FRACTION, NUMBER_E,
       NUMBER_SIGN, NUMBER_EXPONENT };

/* What the number is with the byte c behind it; -1: it has ended, or must not go on like this. */
static int number_with (int number, char c) {
  bool digit = c >= '0' && c <= '9', e = c == 'e' || c == 'E';
  switch (number) {
    case NUMBER_MINUS: return c == '0' ? NUMBER_ZERO : digit ? NUMBER_DIGITS : -1;
    case NUMBER_ZERO: return c == '.' ? NUMBER_POINT : e ? NUMBER_E : -1;
    case NUMBER_DIGITS: return digit ? NUMBER_DIGITS : c == '.' ? NUMBER_POINT : e ? NUMBER_E : -1;
    case NUMBER_POINT: return digit ? NUMBER_FRACTION : -1;
    case NUMBER_FRACTION: return digit ? NUMBER_FRACTION : e ? NUMBER_E : -1;
    case NUMBER_E:
      if (c == '+' || c == '-') return NUMBER_SIGN; /* fall through */
    default: return digit ? NUMBER_EXPONENT : -1;
  }
}

/* What is missing when it ends like this. */
static enum json_flaw number_flaw (int number) {
  switch (number) {
    case NUMBER_MINUS: return JSON_NO_DIGIT;
    case NUMBER_POINT: return JSON_NO_FRACTION_DIGIT;
    case NUMBER_E: case NUMBER_SIGN: return JSON_NO_EXPONENT_DIGIT;
    default: return JSON_FINE;
  }
}

static int pass_number (struct json_stream *s, struct piece *p) {
  for (; p->at < p->length; p->at++) {
    char c = p->text[p->at];
    int next = number_with(s->number, c);
    if (next >= 0) {
      s->number = next;
      continue;
    }
    bool leading_zero = s->number == NUMBER_ZERO && c >= '0' && c <= '9';
    enum json_flaw flaw = leading_zero ? JSON_LEADING_ZERO : number_flaw(s->number);
    if (flaw != JSON_FINE) {
      json_fail_number(p->error, flaw, p->text, p->at, p->at, p->length);
      int outcome = broken(s, p);
      if (leading_zero) p->error->column--; /* the zero may be in the piece before */
      return outcome;
    }
    s->place = JSON_BEHIND;
    return ON;
  }
  if (p->at_end && number_flaw(s->number) == JSON_FINE) s->place = JSON_BEHIND;
  return piece_ends(s, p);
}

/* An escape is 12 bytes at the most, a character 4. */
#define LONGEST_ESCAPE 12
#define LONGEST_CHARACTER 4

static int pass_string (struct json_stream *s, struct piece *p) {
  const unsigned char *bytes = (const unsigned char *)p->text;
  for (;;) {
    p->at = json_plain(p->text, p->at, p->length);
    if (p->at >= p->length) return piece_ends(s, p);
    unsigned char c = bytes[p->at];
    size_t left = p->length - p->at;
    if (c == '"') {
      p->at++;
      s->place = s->string_is_key ? JSON_AT_COLON : JSON_BEHIND;
      return ON;
    }
    if (c == '\\') {
      enum json_flaw flaw = json_escape(p->text, p->at, p->length, &p->at);
      if (flaw == JSON_FINE) continue;
      if (flaw == JSON_CUT && p->at_end) return truncated(s, p);
      if ((flaw == JSON_CUT || flaw == JSON_LONE_SURROGATE) && left < LONGEST_ESCAPE && !p->at_end)
        return finish(s, p->at, JSON_MORE);
      json_fail_escape(p->error, flaw, p->text, p->at, p->at);
      return broken(s, p);
    }
    if (c < 0x20) {
      json_fail_control(p->error, p->text, p->at);
      return broken(s, p);
    }
    size_t n = utf8_sequence(bytes + p->at, left);
    if (n == 0 && left < LONGEST_CHARACTER && !p->at_end) return finish(s, p->at, JSON_MORE);
    if (n == 0) {
      json_fail_utf8(p->error, p->text, p->at);
      return broken(s, p);
    }
    p->at += n;
  }
}

static int pass_literal (struct json_stream *s, struct piece *p) {
  char c = p->text[p->at];
  const char *word = c == 't' ? "true" : c == 'f' ? "false" : c == 'n' ? "null" : "";
  size_t n = strlen(word), left = p->length - p->at;
  if (n == 0 || memcmp(p->text + p->at, word, left < n ? left : n) != 0 ||
      (left > n && json_is_word(p->text[p->at + n])))
    return expected(s, p, "expected a value");
  if (left <= n && !p->at_end) return finish(s, p->at, JSON_MORE);
  if (left < n) return truncated(s, p);
  p->at += n;
  s->place = JSON_BEHIND;
  return ON;
}

/* --- containers --- */

static int nothing (struct json_stream *s, struct piece *p, size_t at, char found) {
  struct json_place place = place_of(s, at);
  s->absent.step = s->level;
  s->absent.found = found;
  s->absent.count = s->index;
  *p->error = (struct leat_error){.code = LEAT_E_ITEM, .line = place.line, .column = place.column};
  return finish(s, p->at, JSON_NOTHING);
}

/* text[at] opens one; `on_path`: the path leads through it. */
static int open_container (struct json_stream *s, struct piece *p, bool on_path) {
  bool object = p->text[p->at] == '{';
  if (s->depth == s->limit) {
    json_fail(p->error, LEAT_E_DEPTH, p->text, p->at, "nested deeper than %zu containers",
              s->limit - s->step_count - 1);
    return broken(s, p);
  }
  if (on_path) {
    s->opened[s->level++] = s->value;
    s->matched = false;
    s->index = s->name_count = 0;
  }
  set_object(s, s->depth++, object);
  p->at++;
  s->place = object ? JSON_AT_FIRST_KEY : JSON_AT_FIRST_ELEMENT;
  return ON;
}

/* text[at] closes the innermost. */
static int close_container (struct json_stream *s, struct piece *p) {
  size_t at = p->at++;
  s->place = JSON_BEHIND;
  s->depth--;
  if (s->level <= s->depth) return ON;
  s->level--;
  bool missed = s->level < s->step_count && !s->matched;
  s->matched = true;
  return missed ? nothing(s, p, at, p->text[at] == '}' ? '{' : '[') : ON;
}

static int behind_value (struct json_stream *s, struct piece *p) {
  char c = p->text[p->at];
  if (s->depth == 0) {
    s->place = JSON_AT_TEXT;
    return ON;
  }
  bool object = is_object(s, s->depth - 1);
  if (c == (object ? '}' : ']')) return close_container(s, p);
  if (c != ',')
    return expected(s, p, object ? "expected ',' or '}' after a member"
                                 : "expected ',' or ']' after an element");
  p->at++;
  s->place = object ? JSON_AT_KEY : JSON_AT_ELEMENT;
  return ON;
}

/* --- values --- */

static bool can_begin (char c) {
  return json_is_word(c) || c == '"' || c == '{' || c == '[' || c == '-' || c == '+' || c == '.';
}

static int begin_value (struct json_stream *s, struct piece *p, const char *what) {
  char c = p->text[p->at];
  bool direct = s->depth == s->level, chosen = direct && s->chosen;
  if (!can_begin(c)) return expected(s, p, what);
  if (direct) {
    s->value = place_of(s, p->at);
    s->first = c;
  }
  s->chosen = false;
  if (chosen && (s->level > s->step_count || (s->level == s->step_count && c != '['))) {
    s->split = (struct json_split){0};
    s->place = JSON_IN_VALUE;
    return ON;
  }
  s->place = JSON_AT_VALUE;
  if (chosen) {
    bool by_name = s->level < s->step_count && s->steps[s->level].position == 0;
    if (c == (by_name ? '{' : '[')) return open_container(s, p, true);
    s->index = 0;
    return nothing(s, p, p->at, c);
  }
  if (c == '{' || c == '[') return open_container(s, p, false);
  if (c == '"') {
    s->place = JSON_IN_STRING;
    s->string_is_key = false;
  } else if (c == '-' || (c >= '0' && c <= '9')) {
    s->place = JSON_IN_NUMBER;
    s->number = c == '-' ? NUMBER_MINUS : c == '0' ? NUMBER_ZERO : NUMBER_DIGITS;
  } else {
    return pass_literal(s, p);
  }
  p->at++;
  return ON;
}

/* The value at hand will be read as one that nobody wants, from its first byte on. */
static void pass_over (struct json_stream *s) {
  s->place = JSON_AT_VALUE;
  s->chosen = false;
}

static int too_long (struct json_stream *s, struct piece *p) {
  *p->error = (struct leat_error){.code = LEAT_E_SIZE, .line = s->value.line,
                                  .column = s->value.column};
  snprintf(p->error->message, sizeof p->error->message,
           "%s is longer than max_record (%zu bytes)%s",
           s->level > s->step_count ? "an element" : "a value", s->max_record,
           s->first == '{' && s->level == 0 ? "; option path can lead to an array inside it" : "");
  pass_over(s);
  return finish(s, p->at, JSON_LEFT_OUT);
}

static bool ends_scalar (char c) {
  return c == ',' || c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == ']' || c == '}' ||
         c == '[' || c == '{' || c == '"' || c == ':';
}

/* The offset behind the wanted value, from its first byte on; 0: it goes on. */
static size_t end_of_value (struct json_stream *s, const struct piece *p) {
  const char *text = p->text + p->at;
  size_t length = p->length - p->at, at = s->split.seen;
  if (s->first == '{' || s->first == '[' || s->first == '"')
    return json_split(&s->split, text, length);
  while (at < length && !ends_scalar(text[at])) at++;
  s->split.seen = at;
  return at < length || (p->at_end && s->depth == 0) ? at : 0;
}

static int read_value (struct json_stream *s, struct piece *p) {
  size_t end = end_of_value(s, p), size = end != 0 ? end : p->length - p->at;
  if (size > s->max_record) return too_long(s, p);
  if (end == 0 && !p->at_end) return finish(s, p->at, JSON_MORE);
  if (end == 0) {
    pass_over(s);
    return ON;
  }
  s->at = p->at;
  s->size = end;
  s->place = JSON_BEHIND;
  if (s->split.newlines > 0) {
    s->line += s->split.newlines;
    s->column = 1 - (p->at + s->split.line);
  }
  return finish(s, p->at + end, JSON_VALUE);
}

static int read_element (struct json_stream *s, struct piece *p) {
  bool first = s->place == JSON_AT_FIRST_ELEMENT;
  if (first && p->text[p->at] == ']') return close_container(s, p);
  if (s->depth == s->level) {
    s->index++;
    s->chosen = s->level > s->step_count ||
                (!s->matched && s->index == s->steps[s->level - 1].position);
    s->matched = s->matched || s->chosen;
  }
  return begin_value(s, p, first ? "expected a value or ']'" : "expected a value after ','");
}

/* --- keys --- */

static int begin_key (struct json_stream *s, struct piece *p) {
  bool first = s->place == JSON_AT_FIRST_KEY;
  if (first && p->text[p->at] == '}') return close_container(s, p);
  if (p->text[p->at] != '"')
    return expected(s, p, first ? "expected a key in double quotes or '}'"
                                : "expected a key in double quotes after ','");
  if (s->depth == s->level) {
    s->split = (struct json_split){0};
    s->place = JSON_IN_KEY;
    return ON;
  }
  s->place = JSON_IN_STRING;
  s->string_is_key = true;
  p->at++;
  return ON;
}

/* Is the key, as it is written, the name that the path has here? */
static bool is_of_path (const struct json_stream *s, const char *key, size_t length) {
  const struct json_step *step = &s->steps[s->level - 1];
  if (length >= s->name_size) return false;
  if (memchr(key, '\\', length) == NULL)
    return length == step->length && memcmp(key, step->name, length) == 0;
  return json_unescape(key, length, s->name) == step->length &&
         memcmp(s->name, step->name, step->length) == 0;
}

static void keep_name (struct json_stream *s, const char *key, size_t length) {
  if (s->name_count == JSON_STREAM_NAMES || length > JSON_STREAM_NAME) return;
  if (memchr(key, '\\', length) != NULL) return;
  char *name = s->names[s->name_count++];
  memcpy(name, key, length);
  name[length] = '\0';
}

static int read_key (struct json_stream *s, struct piece *p) {
  size_t start = p->at, left = p->length - start;
  size_t end = json_split(&s->split, p->text + start, left);
  if (end > s->max_record || (end == 0 && left > s->max_record)) {
    json_fail(p->error, LEAT_E_SIZE, p->text, start, "a key is longer than max_record (%zu bytes)",
              s->max_record);
    return broken(s, p);
  }
  if (end == 0 && !p->at_end) return finish(s, start, JSON_MORE);
  s->place = JSON_IN_STRING;
  s->string_is_key = true;
  p->at++;
  if (end == 0) return ON;
  struct piece whole = {p->text, start + end, p->at, true, p->error};
  int outcome = pass_string(s, &whole);
  if (outcome != ON) return outcome;
  const char *key = p->text + start + 1;
  struct json_place place = place_of(s, start);
  p->at = whole.at;
  s->index++;
  s->chosen = false;
  if (!is_of_path(s, key, end - 2)) {
    if (!s->matched) keep_name(s, key, end - 2);
    return ON;
  }
  if (!s->matched) {
    s->matched = s->chosen = true;
    return ON;
  }
  *p->error = (struct leat_error){.code = LEAT_E_ITEM, .line = place.line, .column = place.column};
  snprintf(p->error->message, sizeof p->error->message,
           "there is a second '%.*s' in this object; the path has led to the first",
           (int)(end - 2 < 80 ? end - 2 : 80), key);
  return finish(s, p->at, JSON_LEFT_OUT);
}

/* --- texts --- */

static int begin_text (struct json_stream *s, struct piece *p) {
  s->level = 0;
  s->chosen = true;
  return begin_value(s, p, s->texts++ == 0 ? "expected a JSON text"
                                           : "expected another JSON text or the end of the file");
}

enum json_outcome json_stream_next (struct json_stream *s, const char *text, size_t length,
                                    bool at_end, struct leat_error *error) {
  struct piece p = {text, length, 0, at_end, error};
  int outcome = ON;
  while (outcome == ON) {
    if (s->place < JSON_IN_VALUE) {
      pass_space(s, &p);
      if (p.at == length) return (enum json_outcome)piece_ends(s, &p);
    }
    switch (s->place) {
      case JSON_AT_TEXT: outcome = begin_text(s, &p); break;
      case JSON_AT_FIRST_ELEMENT: case JSON_AT_ELEMENT: outcome = read_element(s, &p); break;
      case JSON_AT_FIRST_KEY: case JSON_AT_KEY: outcome = begin_key(s, &p); break;
      case JSON_AT_COLON:
        if (text[p.at] != ':')
          return (enum json_outcome)expected(s, &p, "expected ':' after a key");
        p.at++;
        s->place = JSON_AT_VALUE;
        break;
      case JSON_AT_VALUE: outcome = begin_value(s, &p, "expected a value after ':'"); break;
      case JSON_BEHIND: outcome = behind_value(s, &p); break;
      case JSON_IN_VALUE: outcome = read_value(s, &p); break;
      case JSON_IN_KEY: outcome = read_key(s, &p); break;
      case JSON_IN_STRING: outcome = pass_string(s, &p); break;
      case JSON_IN_NUMBER: outcome = pass_number(s, &p); break;
    }
  }
  return (enum json_outcome)outcome;
}

bool json_stream_balanced (struct json_stream *s, const char *text, size_t length) {
  size_t depth = s->depth; /* the bits from here on are free */
  bool in_string = false;
  for (size_t at = 0; at < length; at++) {
    char c = text[at];
    if (c == '"') in_string = !in_string;
    else if (c == '\\' && in_string) at++;
    else if (in_string) continue;
    else if (c == '{' || c == '[') {
      if (depth < s->limit) set_object(s, depth, c == '{');
      depth++;
    } else if (c == '}' || c == ']') {
      if (depth-- == s->depth) return false;
      if (depth < s->limit && is_object(s, depth) != (c == '}')) return false;
    }
  }
  return depth == s->depth && !in_string;
}
