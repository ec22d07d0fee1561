/* SPDX-License-Identifier: MIT
 * from.h - anything that can be iterated, as a pipeline.
 */
#ifndef LEAT_SOURCES_FROM_H
#define LEAT_SOURCES_FROM_H

#include "core/run.h"

/* Replaces the value on top by what reads it: a recipe or generator stays, a list,
 * record array, coroutine, function or object with __iter becomes a recipe. False: it
 * is nothing that can be iterated, and stays. */
bool from_convert (lua_State *L);

/* Makes the recipe or generator on top a recipe. */
void from_as_recipe (lua_State *L);

/* Is the value at `index` a table of options rather than an input: a table with no
 * element 1, some string key, and no metatable? */
bool from_is_options (lua_State *L, int index);

/* Has the table at `index` a length or elements of its metatable's making? */
bool from_is_object (lua_State *L, int index);

/* Pushes the list whose elements the recipe of `from` at index `recipe` gives as they are;
 * false: it reads something else. */
bool from_push_list (lua_State *L, int recipe);

/* Has the table at `index` any field? */
bool from_has_fields (lua_State *L, int index);

/* V_ERROR: the generator on top has ended, and where. Never a silent empty stream. */
verdict from_ended (struct flow *f);

/* Notes who reads a source that can be read only once; V_ERROR when somebody has.
 * Slot 0 of the stage holds its recipe. */
verdict from_read_once (struct flow *f, const struct stage *s);

/* Pushes what to call who reads now: "sum at job.lua:7". */
void from_push_reader (struct flow *f);

#endif
