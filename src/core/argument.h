/* SPDX-License-Identifier: MIT
 * argument.h - checking the arguments of operators when the chain is built.
 *
 * Each refusal names operator and argument, and blames the caller's line.
 */
#ifndef LEAT_CORE_ARGUMENT_H
#define LEAT_CORE_ARGUMENT_H

#include "recipe.h"

/* Raises "<operator>: <message>". */
int argument_fail (lua_State *L, const struct recipe *r, const char *format, ...);

/* Refuses arguments from index `end` on; `first` is the operator's first one, and the
 * recipe is on top of the stack. */
void argument_at_most (lua_State *L, const struct recipe *r, int first, int most);

/* An integer of at least `least`. */
lua_Integer argument_integer (lua_State *L, const struct recipe *r, int index, const char *name,
                              lua_Integer least);

/* The options table at `index`, or none: refuses keys that are not in `names` (ended by NULL)
 * with the nearest one, or with all of them; lua/leat/options.lua explains each. Returns false
 * when there is no table. */
bool argument_options (lua_State *L, const struct recipe *r, int index,
                       const char *const *names);

/* The nearest of `count` names (or up to NULL) to `typed`, or NULL when none is near. */
const char *argument_nearest (const char *typed, const char *const *names, size_t count);

/* What messages call the type of the value at `index`: Lua's name, or record, pipeline, generator
 * and the like. */
const char *argument_type (lua_State *L, int index);

/* Is there an argument at `index` (not none, not nil)? */
bool argument_given (lua_State *L, int index);

#endif
