/* SPDX-License-Identifier: MIT
 * modules.h - what the executable carries instead of finding it on a path: the
 * Lua modules of lua/leat (as text, made by embed.lua), the core, and LPeg.
 */
#ifndef LEAT_HOST_MODULES_H
#define LEAT_HOST_MODULES_H

#include <stddef.h>

struct lua_State;

struct embedded_module {
  const char *name;  /* "leat.expr"; NULL ends the table */
  const char *chunk; /* "@leat/expr.lua" */
  const char *text;
  size_t length;
};

extern const struct embedded_module embedded_modules[];

/* Puts a loader for each of them into package.preload. Raises on lack of
 * memory; expects the standard libraries to be open. */
void modules_preload (struct lua_State *L);

#endif
