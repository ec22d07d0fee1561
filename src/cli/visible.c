/* SPDX-License-Identifier: MIT
 * visible.c - text without what would act on a terminal; see visible.h.
 */
#include "cli/visible.h"

#include <stdint.h>
#include <string.h>

#include <lauxlib.h>
#include <lua.h>

#include "bytes/utf8.h"

/* Longest escape, \u{202E}, and its end. */
enum { ESCAPE = 12 };

/* Does the character turn the direction of writing round, or is it one of C1? */
static bool acts (const unsigned char *s, size_t length) {
  if (length == 2) return s[0] == 0xc2 && s[1] < 0xa0;
  if (length != 3 || s[0] != 0xe2) return false;
  return (s[1] == 0x80 && s[2] >= 0xaa && s[2] <= 0xae) ||
         (s[1] == 0x81 && s[2] >= 0xa6 && s[2] <= 0xa9);
}

/* Length of the longest piece at the beginning that is shown as it is. If that is none: 0, and
 * what stands for the next `*taken` bytes. */
static size_t piece (const char *text, size_t length, bool lines, char escape[ESCAPE],
                     size_t *taken) {
  const unsigned char *s = (const unsigned char *)text;
  size_t at = 0, sequence = 1;
  for (; at < length; at += sequence) {
    sequence = 1;
    if (s[at] >= 0x80) {
      sequence = utf8_sequence(s + at, length - at);
      if (sequence == 0 || acts(s + at, sequence)) break;
    }
    else if (s[at] == 0x7f || (s[at] < ' ' && !(lines && (s[at] == '\n' || s[at] == '\t'))))
      break;
  }
  if (at > 0 || length == 0) return at;
  *taken = sequence > 0 ? sequence : 1;
  uint32_t code = sequence == 2 ? (s[0] & 0x1fu) << 6 | (s[1] & 0x3fu)
                                : sequence == 3 ? (s[0] & 0x0fu) << 12 | (s[1] & 0x3fu) << 6 |
                                                    (s[2] & 0x3fu)
                                                : 0;
  if (sequence > 1) snprintf(escape, ESCAPE, "\\u{%X}", (unsigned)code);
  else if (s[0] == '\n') strcpy(escape, "\\n");
  else if (s[0] == '\t') strcpy(escape, "\\t");
  else if (s[0] == '\r') strcpy(escape, "\\r");
  else snprintf(escape, ESCAPE, "\\x%02X", s[0]);
  return 0;
}

void visible_write (FILE *out, const char *text, size_t length, bool lines) {
  char escape[ESCAPE];
  while (length > 0) {
    size_t taken, shown = piece(text, length, lines, escape, &taken);
    if (shown > 0) {
      fwrite(text, 1, shown, out);
      taken = shown;
    }
    else
      fputs(escape, out);
    text += taken;
    length -= taken;
  }
}

static int l_visible (lua_State *L) {
  luaL_Buffer b;
  char escape[ESCAPE];
  size_t length, taken;
  const char *text = luaL_checklstring(L, 1, &length);
  bool lines = lua_toboolean(L, 2) != 0;
  lua_settop(L, 1);
  if (piece(text, length, lines, escape, &taken) == length) return 1;
  luaL_buffinit(L, &b);
  while (length > 0) {
    size_t shown = piece(text, length, lines, escape, &taken);
    if (shown > 0) {
      luaL_addlstring(&b, text, shown);
      taken = shown;
    }
    else
      luaL_addstring(&b, escape);
    text += taken;
    length -= taken;
  }
  luaL_pushresult(&b);
  return 1;
}

int visible_open (lua_State *L) {
  lua_pushcfunction(L, l_visible);
  return 1;
}
