/* SPDX-License-Identifier: MIT
 * recipe.h - a pipeline as its user has it: a recipe that runs afresh each time.
 */
#ifndef LEAT_CORE_RECIPE_H
#define LEAT_CORE_RECIPE_H

#include "op.h"

/* A node. Its Lua values are user values, see below. */
struct recipe {
  const struct op *op;
  size_t depth;       /* nodes up to and with this one */
  struct run *loops;  /* runs of the `for` loops over it, see loop.c */
  uint8_t shown;      /* how many of `n` tostring prints */
  bool read_once;     /* a source that nothing can rewind */
  union word n[3];    /* numbers and flags given as arguments */
};
enum {
  RECIPE_UPSTREAM = 1,
  RECIPE_ARGUMENT,
  RECIPE_USED,  /* who read a source that can be read only once */
  RECIPE_LOOPS,   /* the runs of the main thread's loops */
  RECIPE_THREADS, /* other threads (weak) -> the same for each */
  RECIPE_USER_VALUES = RECIPE_THREADS
};

/* Pushes a new node of `op`; its upstream is the recipe at index `upstream` (0: a
 * source), its arguments are on the stack from `first` to the top. What `build`
 * finds wrong with them is raised on the caller's line. */
struct recipe *recipe_push (lua_State *L, const struct op *op, int upstream, int first);

/* Pushes a node like the one at `index`, whose numbers may be changed: it has been run by nobody
 * yet. */
struct recipe *recipe_push_copy (lua_State *L, int index);

/* The recipe at `index`, or NULL. */
struct recipe *recipe_test (lua_State *L, int index);

/* For build: makes the value on top (popped) the argument of the recipe at
 * `recipe_index`. */
void recipe_keep (lua_State *L, int recipe_index);

/* Makes the table on top (popped) the metatable of all recipes of this state. */
void recipe_set_metatable (lua_State *L);

#endif
