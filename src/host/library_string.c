/* SPDX-License-Identifier: MIT
 * library_string.c - Lua's functions on strings in a sandbox: find, match, gmatch and gsub by the
 * matcher of pattern.c, rep without its loop over nothing.
 */
#include <string.h>

#include "library.h"
#include "pattern.h"

static struct limits *limits_of (lua_State *L) { return &library_state(L)->limits; }

/* A position in a string of `length`, counted from the end when negative, as an offset. */
static size_t offset_of (lua_Integer position, size_t length) {
  if (position > 0) return (size_t)position - 1;
  if (position == 0 || position < -(lua_Integer)length) return 0;
  return length - (size_t)(-position);
}

/* --- captures --- */

/* Pushes capture i of the match from `at` to `end`. */
static void push_capture (struct pattern *p, int i, const char *at, const char *end) {
  lua_State *L = p->L;
  if (i >= p->count) {
    if (i != 0) luaL_error(L, "invalid capture index %%%d", i + 1);
    lua_pushlstring(L, at, (size_t)(end - at)); /* without captures the match is the first one */
    return;
  }
  ptrdiff_t length = p->captures[i].length;
  if (length == PATTERN_POSITION)
    lua_pushinteger(L, p->captures[i].at - p->subject + 1);
  else if (length == PATTERN_OPEN)
    luaL_error(L, "unfinished capture");
  else
    lua_pushlstring(L, p->captures[i].at, (size_t)length);
}

/* Pushes all captures of a match; the match itself, if it has none. */
static int push_captures (struct pattern *p, const char *at, const char *end) {
  int count = p->count == 0 ? 1 : p->count;
  luaL_checkstack(p->L, count, "too many captures");
  for (int i = 0; i < count; i++) push_capture(p, i, at, end);
  return count;
}

/* --- find and match --- */

static bool is_plain (const char *pattern, size_t length) {
  for (size_t i = 0; i < length; i++)
    if (pattern[i] != '\0' && strchr("^$*+?.([%-", pattern[i]) != NULL) return false;
  return true;
}

/* Where `text` is found from `at` on, or NULL. */
static const char *find_plain (struct pattern *p, const char *at, const char *text,
                               size_t length) {
  if (length == 0) return at;
  for (; (size_t)(p->subject_end - at) >= length; at++) {
    size_t places = (size_t)(p->subject_end - at) - length + 1;
    const char *found = memchr(at, text[0], places);
    pattern_charge(p, (found != NULL ? (size_t)(found - at) : places) / 64 + length / 64 + 1);
    if (found == NULL) return NULL;
    if (memcmp(found, text, length) == 0) return found;
    at = found;
  }
  return NULL;
}

static int find (lua_State *L, bool positions) {
  struct pattern p;
  size_t length, pattern_length;
  const char *subject = luaL_checklstring(L, 1, &length);
  const char *pattern = luaL_checklstring(L, 2, &pattern_length);
  size_t offset = offset_of(luaL_optinteger(L, 3, 1), length);
  if (offset > length) return lua_pushnil(L), 1;
  pattern_init(&p, L, limits_of(L), subject, length, pattern, pattern_length);
  if (positions && (lua_toboolean(L, 4) || is_plain(pattern, pattern_length))) {
    const char *found = find_plain(&p, subject + offset, pattern, pattern_length);
    if (found == NULL) return lua_pushnil(L), 1;
    lua_pushinteger(L, found - subject + 1);
    lua_pushinteger(L, found - subject + (lua_Integer)pattern_length);
    return 2;
  }
  bool anchored = *pattern == '^';
  for (const char *at = subject + offset; at != NULL; at = pattern_next(&p, at, pattern)) {
    const char *end = pattern_match(&p, at, pattern + anchored);
    if (end != NULL) {
      if (!positions) return push_captures(&p, at, end);
      lua_pushinteger(L, at - subject + 1);
      lua_pushinteger(L, end - subject);
      return p.count > 0 ? 2 + push_captures(&p, at, end) : 2;
    }
    if (anchored) break;
  }
  lua_pushnil(L);
  return 1;
}

static int l_find (lua_State *L) { return find(L, true); }
static int l_match (lua_State *L) { return find(L, false); }

/* --- gmatch --- */

/* Upvalues of its iterator: the state, the subject and the pattern (which keep the strings), and
 * this. */
struct matches {
  struct pattern pattern;
  const char *source, *at, *last_end; /* a match does not end where the one before ended */
};
enum { MATCHES_SUBJECT = 2, MATCHES_PATTERN, MATCHES };

static int l_gmatch_next (lua_State *L) {
  struct matches *m = lua_touserdata(L, lua_upvalueindex(MATCHES));
  m->pattern.L = L;
  for (; m->at != NULL; m->at = pattern_next(&m->pattern, m->at, m->source)) {
    const char *at = m->at, *end = pattern_match(&m->pattern, at, m->source);
    if (end != NULL && end != m->last_end) {
      m->at = m->last_end = end;
      return push_captures(&m->pattern, at, end);
    }
  }
  return 0;
}

static int l_gmatch (lua_State *L) {
  size_t length, pattern_length;
  const char *subject = luaL_checklstring(L, 1, &length);
  const char *pattern = luaL_checklstring(L, 2, &pattern_length);
  size_t offset = offset_of(luaL_optinteger(L, 3, 1), length);
  lua_settop(L, 2);
  lua_pushlightuserdata(L, library_state(L));
  lua_insert(L, 1);
  struct matches *m = lua_newuserdatauv(L, sizeof *m, 0);
  pattern_init(&m->pattern, L, limits_of(L), subject, length, pattern, pattern_length);
  m->source = pattern;
  m->at = offset > length ? NULL : subject + offset;
  m->last_end = NULL;
  lua_pushcclosure(L, l_gmatch_next, MATCHES);
  return 1;
}

/* --- gsub --- */

/* Adds the replacement string (argument 3), with captures in place of %0 to %9. */
static void add_string (struct pattern *p, luaL_Buffer *b, const char *at, const char *end) {
  lua_State *L = p->L;
  size_t length;
  const char *text = lua_tolstring(L, 3, &length), *text_end = text + length, *escape;
  for (; (escape = memchr(text, '%', (size_t)(text_end - text))) != NULL; text = escape + 2) {
    char next = escape[1];
    luaL_addlstring(b, text, (size_t)(escape - text));
    if (next == '%') luaL_addchar(b, '%');
    else if (next == '0') luaL_addlstring(b, at, (size_t)(end - at));
    else if (next >= '1' && next <= '9') {
      push_capture(p, next - '1', at, end);
      luaL_tolstring(L, -1, NULL); /* a position */
      lua_remove(L, -2);
      luaL_addvalue(b);
    }
    else
      luaL_error(L, "invalid use of '%c' in replacement string", '%');
  }
  luaL_addlstring(b, text, (size_t)(text_end - text));
  pattern_charge(p, length / 16);
}

/* Adds what stands in for the match; false: the match itself. */
static bool add_replacement (struct pattern *p, luaL_Buffer *b, const char *at, const char *end,
                             int type) {
  lua_State *L = p->L;
  if (type == LUA_TSTRING || type == LUA_TNUMBER) {
    add_string(p, b, at, end);
    return true;
  }
  if (type == LUA_TFUNCTION) {
    lua_pushvalue(L, 3);
    lua_call(L, push_captures(p, at, end), 1);
  }
  else {
    push_capture(p, 0, at, end);
    lua_gettable(L, 3);
  }
  if (!lua_toboolean(L, -1)) {
    lua_pop(L, 1);
    luaL_addlstring(b, at, (size_t)(end - at));
    return false;
  }
  if (!lua_isstring(L, -1))
    luaL_error(L, "invalid replacement value (a %s)", luaL_typename(L, -1));
  pattern_charge(p, lua_rawlen(L, -1) / 16);
  luaL_addvalue(b);
  return true;
}

static int l_gsub (lua_State *L) {
  struct pattern p;
  luaL_Buffer b;
  size_t length, pattern_length;
  const char *at = luaL_checklstring(L, 1, &length);
  const char *pattern = luaL_checklstring(L, 2, &pattern_length), *last_end = NULL;
  int type = lua_type(L, 3);
  luaL_argexpected(L, type == LUA_TNUMBER || type == LUA_TSTRING || type == LUA_TFUNCTION ||
                        type == LUA_TTABLE,
                   3, "string/function/table");
  lua_Integer most = luaL_optinteger(L, 4, (lua_Integer)length + 1), count = 0;
  bool anchored = *pattern == '^', changed = false;
  pattern_init(&p, L, limits_of(L), at, length, pattern, pattern_length);
  luaL_buffinit(L, &b);
  while (count < most) {
    const char *end = pattern_match(&p, at, pattern + anchored);
    if (end != NULL && end != last_end) {
      count++;
      if (add_replacement(&p, &b, at, end, type)) changed = true;
      at = last_end = end;
    }
    else if (!anchored) {
      const char *next = pattern_next(&p, at, pattern);
      if (next == NULL) break;
      luaL_addlstring(&b, at, (size_t)(next - at));
      at = next;
    }
    if (anchored) break;
  }
  if (changed) {
    luaL_addlstring(&b, at, (size_t)(p.subject_end - at));
    luaL_pushresult(&b);
  }
  else
    lua_pushvalue(L, 1);
  lua_pushinteger(L, count);
  return 2;
}

/* --- rep --- */

/* Bytes copied while an instruction is made. */
#define COPIED 64

static int l_rep (lua_State *L) {
  size_t length, separator;
  luaL_checklstring(L, 1, &length);
  lua_Integer count = luaL_checkinteger(L, 2);
  luaL_optlstring(L, 3, "", &separator);
  if (length + separator == 0) return lua_pushliteral(L, ""), 1;
  int results = lua_tocfunction(L, lua_upvalueindex(LIBRARY_ORIGINAL))(L);
  /* Afterwards: what there is no memory for has cost nothing. */
  if (count > 0) limits_pay(L, limits_of(L), (lua_Unsigned)count + lua_rawlen(L, -1) / COPIED);
  return results;
}

/* Those that take as long as a pattern or a count says. */
static const luaL_Reg functions[] = { { "find", l_find }, { "gmatch", l_gmatch },
                                      { "gsub", l_gsub }, { "match", l_match },
                                      { "rep", l_rep },   { NULL, NULL } };

void library_string (lua_State *L, struct state *g) {
  static const char *const same[] = { "byte",     "char", "len",    "pack",
                                      "packsize", "sub",  "unpack", NULL };
  static const char *const charged[] = { "format", "lower", "reverse", "upper", NULL };
  static const char *const refused[] = { "dump", NULL };
  library_take(L, same);
  library_take_charged(L, g, charged);
  library_add(L, g, functions);
  library_refuse(L, "string", refused, "bytecode is neither made nor loaded");
}

void library_string_interruptible (lua_State *L, struct state *g) {
  library_add(L, g, functions);
}
