/* SPDX-License-Identifier: MIT
 * visible.h - text without what would act on a terminal: data may hold escape sequences.
 */
#ifndef LEAT_CLI_VISIBLE_H
#define LEAT_CLI_VISIBLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct lua_State;

/* Writes text in which control characters (C0, C1 and DEL), what is no UTF-8, and what turns the
 * direction of writing round are escapes. With `lines`, line ends and tabs stay. */
void visible_write (FILE *out, const char *text, size_t length, bool lines);

/* The loader of the Lua module leat.visible, which is a function: (text[, lines]) -> the same. */
int visible_open (struct lua_State *L);

#endif
