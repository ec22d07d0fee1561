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

/* Which of the `choices` (ended by NULL) the string at `index` is. Refuses what is none of them,
 * with the nearest; `also` says what else would do, or is NULL. */
int argument_choice (lua_State *L, const struct recipe *r, int index, const char *name,
                     const char *const *choices, const char *also);

/* Options of the table at `options`; 0 or false if one is not given. */
lua_Integer argument_option_integer (lua_State *L, const struct recipe *r, int options,
                                     const char *name, lua_Integer least, lua_Integer most);
bool argument_option_flag (lua_State *L, const struct recipe *r, int options, const char *name);
/* Which of the `choices` (ended by NULL) the option is; the first if it is not given. */
int argument_option_choice (lua_State *L, const struct recipe *r, int options, const char *name,
                            const char *const *choices);
/* A string of one byte that is no line end; `byte` if it is not given. Where `has` is not NULL the
 * option may be false, which sets *has to false; a byte sets it to true. */
unsigned char argument_option_byte (lua_State *L, const struct recipe *r, int options,
                                    const char *name, unsigned char byte, bool *has);
/* Pushes a copy of the option, a list of strings, or false if it is not given; one string is a
 * list of one if `one_will_do`. Is it given? */
bool argument_option_strings (lua_State *L, const struct recipe *r, int options,
                              const char *name, bool one_will_do);

/* The nearest of `count` names (or up to NULL) to `typed`, or NULL when none is near. */
const char *argument_nearest (const char *typed, const char *const *names, size_t count);

/* What messages call the type of the value at `index`: Lua's name, or record, pipeline, generator
 * and the like. */
const char *argument_type (lua_State *L, int index);

/* Pushes what messages show of the value at `index`: strings in quotes, numbers and booleans as
 * they are written, of others the type. */
const char *argument_push_shown (lua_State *L, int index);

/* Is there an argument at `index` (not none, not nil)? */
bool argument_given (lua_State *L, int index);

#endif
