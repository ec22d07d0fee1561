/* SPDX-License-Identifier: MIT
 * pattern.h - matching Lua's patterns, with an account of the steps.
 *
 * What matches is what Lua 5.4 matches, and errors have the same texts (reference manual, 6.4.1).
 * But Lua's own matcher goes back over all choices without end: six `a*` on a long run of a's take
 * years. Here every step is charged to the limits of the state.
 */
#ifndef LEAT_HOST_PATTERN_H
#define LEAT_HOST_PATTERN_H

#include <stdbool.h>
#include <stddef.h>

#include <lua.h>

#include "core/limits.h"

/* What Lua allows, too. */
#define PATTERN_CAPTURES 32

/* Lengths of captures that have none. */
enum { PATTERN_OPEN = -1, PATTERN_POSITION = -2 };

struct pattern {
  lua_State *L; /* errors are raised there */
  struct limits *limits;
  const char *subject, *subject_end;
  const char *pattern_end;
  int steps; /* until they are charged */
  int depth; /* calls that may still nest */
  int count; /* captures of the last match */
  struct {
    const char *at;
    ptrdiff_t length;
  } captures[PATTERN_CAPTURES];
};

/* Texts that Lua's strings hold: a zero follows each. The limits are of L's state. */
void pattern_init (struct pattern *p, lua_State *L, struct limits *limits, const char *subject,
                   size_t subject_length, const char *pattern, size_t pattern_length);

/* Where the match of `pattern` (behind a leading ^) that begins at `at` ends, or NULL. Raises the
 * errors of malformed patterns and of limits. */
const char *pattern_match (struct pattern *p, const char *at, const char *pattern);

/* The first place behind `at` where a match may begin, judged by its first character; NULL:
 * there is none. */
const char *pattern_next (struct pattern *p, const char *at, const char *pattern);

/* Charges steps made on behalf of a match. */
void pattern_charge (struct pattern *p, size_t steps);

#endif
