/* SPDX-License-Identifier: MIT
 * json_split.c - where a JSON value ends, one byte after the other; the fast ones are in
 * json_vector.h.
 */
#include "json_private.h"

size_t json_split_portable (struct json_split *s, const char *text, size_t length) {
  for (size_t at = s->seen; at < length; at++) {
    char c = text[at];
    if (c == '\n') {
      s->newlines++;
      s->line = at + 1;
    }
    bool is_escaped = s->escaped != 0;
    s->escaped = c == '\\' && !is_escaped;
    if (c == '"' && !is_escaped) {
      s->in_string = ~s->in_string;
      if (s->in_string == 0 && s->depth == 0) return at + 1;
    } else if (s->in_string == 0 && (c == '{' || c == '[')) {
      s->depth++;
    } else if (s->in_string == 0 && (c == '}' || c == ']') && --s->depth == 0) {
      return at + 1;
    }
  }
  s->seen = length;
  return 0;
}
