/* SPDX-License-Identifier: MIT
 * path.h - paths such as "user.name", "items[1]" or 'a["x y"]': where in an item a value is.
 *
 * The text is parsed by lua/leat/expr.lua into a list: the part of a tuple that is meant (0: the
 * last), then names and positions. A path never raises: where there is nothing, it finds nil, and
 * null reads as nil, too.
 */
#ifndef LEAT_CORE_PATH_H
#define LEAT_CORE_PATH_H

#include "binding/record.h"
#include "recipe.h"

/* For build: pushes the string at `index`, parsed; refuses what is no path on the caller's line.
 * `name` is the parameter's. */
void path_check (lua_State *L, const struct recipe *r, int index, const char *name);

/* Replaces the string on top by its path; false: by why it is none. */
bool path_parse (lua_State *L);

/* Pushes what the path at index `path` finds in the value at index `value`. The part of a tuple
 * is the caller's affair. Raises nothing but memory errors. */
void path_push (lua_State *L, int path, int value);

/* The same, but a null is leat.null, and nil is what is missing. */
void path_push_exact (lua_State *L, int path, int value);

/* Pushes what the path finds without its last step: where that one is taken; of a path of one
 * step that is the value itself. */
void path_push_owner (lua_State *L, int path, int value);

/* Pushes the field or element of the value below that the name or position on top, which it
 * replaces, is a step to; nil where there is none. */
void path_step (lua_State *L);

/* The same without making a Lua value, where the path leads by names through a record that has not
 * been changed on the way: `spot` is where it ends. False: that is not so. */
bool path_peek (lua_State *L, int path, int value, struct record_spot *spot);

/* A path that leads by names only, for who follows it often. */
struct path_names {
  size_t count;
  struct path_name {
    const char *bytes;
    size_t length;
  } names[];
};

/* Pushes that of the path at index `path`, whose strings it refers to; NULL and nil: it has
 * positions. */
struct path_names *path_push_names (lua_State *L, int path);

/* As path_peek, from a spot that is the value. */
bool path_follow_names (const struct path_names *path, struct record_spot *spot);

/* Pushes the name under which what the path finds is kept: its last name or position; nil for
 * the item itself. */
void path_push_name (lua_State *L, int path);

/* Replaces the path on top by a function of an item's parts that returns what it finds. */
void path_make_function (lua_State *L);
/* Pushes the path of the function at `index` if it was made so; false: it was not. */
bool path_of_function (lua_State *L, int index);

/* parser(fn): sets the function that parses: fn(text) returns the list, or nil and why not. */
int path_set_parser (lua_State *L);

#endif
