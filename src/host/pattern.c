/* SPDX-License-Identifier: MIT
 * pattern.c - the matcher behind pattern.h.
 *
 * `match` goes along the pattern in a loop, and calls itself only where there is a choice to come
 * back to: a repetition, an optional item, a capture. Lua's does the same and stops at DEPTH such
 * calls within one another, so the patterns it calls too complex are too complex here.
 */
#include "pattern.h"

#include <ctype.h>
#include <string.h>

#include <lauxlib.h>

#define ESCAPE '%'
#define DEPTH 200

/* So many steps are charged together; STEP_WORTH of them take as long as an instruction. */
#define STEPS 1024
#define STEP_WORTH 4

static const char *match (struct pattern *p, const char *s, const char *pat);

static unsigned char byte_at (const char *s) { return (unsigned char)*s; }

static void charge_all (struct pattern *p) {
  uint64_t steps = (uint64_t)(STEPS - (int64_t)p->steps);
  p->steps = STEPS;
  limits_pay(p->L, p->limits, steps / STEP_WORTH);
}

static inline void take_steps (struct pattern *p, int steps) {
  if ((p->steps -= steps) <= 0) charge_all(p);
}

static inline void step (struct pattern *p) { take_steps(p, 1); }

void pattern_charge (struct pattern *p, size_t steps) {
  if (steps < STEPS) {
    p->steps -= (int)steps;
    if (p->steps <= 0) charge_all(p);
  }
  else
    limits_pay(p->L, p->limits, steps / STEP_WORTH);
}

/* --- single characters --- */

/* Where the item for one character that begins at `pat` ends. */
static const char *item_end (struct pattern *p, const char *pat) {
  char first = *pat++;
  if (first == ESCAPE) {
    if (pat == p->pattern_end) luaL_error(p->L, "malformed pattern (ends with '%%')");
    return pat + 1;
  }
  if (first != '[') return pat;
  if (*pat == '^') pat++;
  do { /* a ] that comes first stands for itself */
    if (pat == p->pattern_end) luaL_error(p->L, "malformed pattern (missing ']')");
    if (*pat++ == ESCAPE && pat < p->pattern_end) pat++;
  } while (*pat != ']');
  return pat + 1;
}

/* Is the character of the class that the letter names? Other letters stand for themselves. */
static bool in_class (unsigned char c, unsigned char letter) {
  int found;
  switch (letter | 0x20) { /* a letter of ASCII in lower case */
    case 'a': found = isalpha(c); break;
    case 'c': found = iscntrl(c); break;
    case 'd': found = isdigit(c); break;
    case 'g': found = isgraph(c); break;
    case 'l': found = islower(c); break;
    case 'p': found = ispunct(c); break;
    case 's': found = isspace(c); break;
    case 'u': found = isupper(c); break;
    case 'w': found = isalnum(c); break;
    case 'x': found = isxdigit(c); break;
    case 'z': found = c == 0; break; /* of Lua 5.1, and still there */
    default: return letter == c;
  }
  return (found != 0) == ((letter & 0x20) != 0);
}

/* Is the character in the set from the [ at `set` to the ] at `last`? */
static bool in_set (unsigned char c, const char *set, const char *last) {
  const char *at = set + 1;
  bool wanted = true;
  if (*at == '^') {
    wanted = false;
    at++;
  }
  for (; at < last; at++) {
    if (*at == ESCAPE) {
      at++;
      if (in_class(c, byte_at(at))) return wanted;
    }
    else if (at[1] == '-' && at + 2 < last) {
      if (byte_at(at) <= c && c <= byte_at(at + 2)) return wanted;
      at += 2;
    }
    else if (byte_at(at) == c)
      return wanted;
  }
  return !wanted;
}

/* Steps that a look at a character takes: a set may be long. */
static inline int steps_of (const char *pat, const char *end) {
  return end - pat < 16 ? 1 : end - pat < 16 * STEPS ? (int)(end - pat) / 16 : STEPS;
}

/* Does the item from `pat` to `end` match the character at s? */
static inline bool matches_one (struct pattern *p, const char *s, const char *pat,
                                const char *end) {
  take_steps(p, steps_of(pat, end));
  if (s >= p->subject_end) return false;
  switch (*pat) {
    case '.': return true;
    case ESCAPE: return in_class(byte_at(s), byte_at(pat + 1));
    case '[': return in_set(byte_at(s), pat, end - 1);
    default: return *pat == *s;
  }
}

/* Where those end that the item matches one after another from s on, looking no further than
 * `last`. */
static inline const char *run_end (const char *s, const char *last, const char *pat,
                                   const char *end) {
  switch (*pat) {
    case '.': return last;
    case ESCAPE:
      while (s < last && in_class(byte_at(s), byte_at(pat + 1))) s++;
      return s;
    case '[':
      while (s < last && in_set(byte_at(s), pat, end - 1)) s++;
      return s;
    default:
      while (s < last && *s == *pat) s++;
      return s;
  }
}

/* --- repetitions: of the item from `pat` to `end`; the rest of the pattern is behind end --- */

/* Where those end that the item matches one after another from s on. */
static inline const char *longest (struct pattern *p, const char *s, const char *pat,
                                   const char *end) {
  if (!matches_one(p, s, pat, end)) return s;
  int steps = steps_of(pat, end);
  for (s++;;) { /* so many at once as are charged at once */
    const char *stop = p->subject_end - s > STEPS ? s + STEPS : p->subject_end;
    const char *last = run_end(s, stop, pat, end);
    if (steps == 1) take_steps(p, (int)(last - s) + 1);
    else pattern_charge(p, ((size_t)(last - s) + 1) * (size_t)steps);
    if (last != stop || stop == p->subject_end) return last;
    s = last;
  }
}

/* The item that each match of the pattern, or of the rest of one, begins with, if there is one, or
 * NULL. Sets where it ends. */
static const char *first_item (struct pattern *p, const char *pattern, const char **end) {
  if (*pattern == '(' && pattern[1] != ')') pattern++;
  if (pattern == p->pattern_end) return NULL;
  switch (*pattern) {
    case '(': case ')': case '$': return NULL;
    case ESCAPE:
      if (pattern[1] == 'b' || pattern[1] == 'f' || isdigit(byte_at(pattern + 1))) return NULL;
      break;
    default: break;
  }
  *end = item_end(p, pattern);
  return **end == '*' || **end == '?' || **end == '-' ? NULL : pattern;
}

/* The repetitions from s to `last` and the rest of the pattern, from `rest` on. */
static const char *match_longest (struct pattern *p, const char *s, const char *last,
                                  const char *rest) {
  const char *end, *item;
  if (rest == p->pattern_end) return last;
  if (*rest == '$' && rest + 1 == p->pattern_end) return last == p->subject_end ? last : NULL;
  item = first_item(p, rest, &end);
  for (;; last--) {
    step(p);
    if (item == NULL || matches_one(p, last, item, end)) {
      const char *found = match(p, last, rest);
      if (found != NULL) return found;
    }
    if (last == s) return NULL;
  }
}

static const char *match_shortest (struct pattern *p, const char *s, const char *pat,
                                   const char *end) {
  const char *next_end, *next = first_item(p, end + 1, &next_end);
  for (;; s++) {
    if (next == NULL || matches_one(p, s, next, next_end)) {
      const char *found = match(p, s, end + 1);
      if (found != NULL) return found;
    }
    if (!matches_one(p, s, pat, end)) return NULL;
  }
}

/* --- captures --- */

static const char *open_capture (struct pattern *p, const char *s, const char *pat,
                                 ptrdiff_t length) {
  if (p->count >= PATTERN_CAPTURES) luaL_error(p->L, "too many captures");
  p->captures[p->count].at = s;
  p->captures[p->count].length = length;
  p->count++;
  const char *found = match(p, s, pat);
  if (found == NULL) p->count--;
  return found;
}

static const char *close_capture (struct pattern *p, const char *s, const char *pat) {
  int open = p->count - 1;
  while (open >= 0 && p->captures[open].length != PATTERN_OPEN) open--;
  if (open < 0) luaL_error(p->L, "invalid pattern capture");
  p->captures[open].length = s - p->captures[open].at;
  const char *found = match(p, s, pat);
  if (found == NULL) p->captures[open].length = PATTERN_OPEN;
  return found;
}

/* The text of an earlier capture again: where it ends, or NULL. */
static const char *match_again (struct pattern *p, const char *s, char digit) {
  int i = digit - '1';
  if (i < 0 || i >= p->count || p->captures[i].length == PATTERN_OPEN)
    luaL_error(p->L, "invalid capture index %%%d", i + 1);
  ptrdiff_t length = p->captures[i].length;
  if (length < 0 || p->subject_end - s < length) return NULL;
  pattern_charge(p, (size_t)length / 16);
  return memcmp(p->captures[i].at, s, (size_t)length) == 0 ? s + length : NULL;
}

/* --- %b and %f --- */

/* %bxy, whose x is at `pat`: where the balanced text that begins at s ends, or NULL. */
static const char *match_balanced (struct pattern *p, const char *s, const char *pat) {
  if (pat + 1 >= p->pattern_end)
    luaL_error(p->L, "malformed pattern (missing arguments to '%%b')");
  if (s >= p->subject_end || *s != pat[0]) return NULL;
  size_t open = 1;
  for (s++; s < p->subject_end; s++) {
    step(p);
    if (*s == pat[1]) { /* first: x and y may be the same */
      if (--open == 0) return s + 1;
    }
    else if (*s == pat[0])
      open++;
  }
  return NULL;
}

/* %f and the set at `pat`: does it begin at s? Beyond both ends of the subject are zeros. */
static bool at_frontier (struct pattern *p, const char *s, const char *pat, const char *end) {
  unsigned char before = s == p->subject ? 0 : byte_at(s - 1);
  take_steps(p, steps_of(pat, end));
  return !in_set(before, pat, end - 1) && in_set(byte_at(s), pat, end - 1);
}

/* --- the whole --- */

static inline __attribute__ ((always_inline)) const char *match_along (struct pattern *p,
                                                                       const char *s,
                                                                       const char *pat) {
  while (pat != p->pattern_end) {
    const char *end;
    switch (*pat) {
      case '(':
        return pat[1] == ')' ? open_capture(p, s, pat + 2, PATTERN_POSITION)
                             : open_capture(p, s, pat + 1, PATTERN_OPEN);
      case ')': return close_capture(p, s, pat + 1);
      case '$':
        if (pat + 1 != p->pattern_end) break;
        return s == p->subject_end ? s : NULL;
      case ESCAPE:
        if (isalpha(byte_at(pat + 1)) && pat[1] != 'b' && pat[1] != 'f') break; /* most */
        if (pat[1] == 'b') {
          s = match_balanced(p, s, pat + 2);
          if (s == NULL) return NULL;
          pat += 4;
          continue;
        }
        if (pat[1] == 'f') {
          pat += 2;
          if (*pat != '[') luaL_error(p->L, "missing '[' after '%%f' in pattern");
          end = item_end(p, pat);
          if (!at_frontier(p, s, pat, end)) return NULL;
          pat = end;
          continue;
        }
        if (isdigit(byte_at(pat + 1))) {
          s = match_again(p, s, pat[1]);
          if (s == NULL) return NULL;
          pat += 2;
          continue;
        }
        break;
      default: break;
    }
    end = item_end(p, pat);
    switch (*end) {
      case '*':
      case '+': {
        const char *least = s + (*end == '+'), *last = longest(p, s, pat, end);
        pat = end + 1;
        if (last < least) return NULL;
        if (last > least) return match_longest(p, least, last, pat);
        s = last; /* there is no choice */
        break;
      }
      case '-': return match_shortest(p, s, pat, end);
      case '?': {
        const char *found = NULL;
        if (matches_one(p, s, pat, end)) found = match(p, s + 1, end + 1);
        if (found != NULL) return found;
        pat = end + 1;
        break;
      }
      default:
        if (!matches_one(p, s, pat, end)) return NULL;
        s++;
        pat = end;
    }
  }
  return s;
}

static const char *match (struct pattern *p, const char *s, const char *pat) {
  if (p->depth == 0) luaL_error(p->L, "pattern too complex");
  p->depth--;
  const char *found = match_along(p, s, pat);
  p->depth++;
  return found;
}

void pattern_init (struct pattern *p, lua_State *L, struct limits *limits, const char *subject,
                   size_t subject_length, const char *pattern, size_t pattern_length) {
  p->L = L;
  p->limits = limits;
  p->subject = subject;
  p->subject_end = subject + subject_length;
  p->pattern_end = pattern + pattern_length;
  p->steps = STEPS;
  p->count = 0;
}

/* The item from `pat` to `end`: the first character from s on that it matches, looking no further
 * than `last`. */
static inline const char *first_of (const char *s, const char *last, const char *pat,
                                    const char *end) {
  switch (*pat) {
    case '.': return s;
    case ESCAPE:
      while (s < last && !in_class(byte_at(s), byte_at(pat + 1))) s++;
      return s;
    case '[':
      while (s < last && !in_set(byte_at(s), pat, end - 1)) s++;
      return s;
    default: {
      const char *found = memchr(s, *pat, (size_t)(last - s));
      return found != NULL ? found : last;
    }
  }
}

const char *pattern_next (struct pattern *p, const char *at, const char *pattern) {
  const char *end, *item;
  if (at++ == p->subject_end) return NULL;
  item = first_item(p, pattern, &end);
  if (item == NULL) return at;
  int steps = steps_of(item, end);
  while (at < p->subject_end) { /* so many at once as are charged at once */
    const char *last = p->subject_end - at > STEPS ? at + STEPS : p->subject_end;
    const char *found = first_of(at, last, item, end);
    if (steps == 1) take_steps(p, (int)(found - at));
    else pattern_charge(p, (size_t)(found - at) * (size_t)steps);
    if (found < last) return found;
    at = last;
  }
  return NULL;
}

const char *pattern_match (struct pattern *p, const char *at, const char *pattern) {
  p->depth = DEPTH;
  p->count = 0;
  return match(p, at, pattern);
}
