/* SPDX-License-Identifier: MIT
 * pool.h - memory for the executable's Lua state, by size.
 */
#ifndef LEAT_CLI_POOL_H
#define LEAT_CLI_POOL_H

#include <lua.h>
#include <stddef.h>

/* Blocks of up to POOL_CLASSES - 1 units of 16 bytes come from the pool. */
#define POOL_CLASSES 129

struct pool {
  void *free[POOL_CLASSES]; /* lists of free blocks, by units */
  char *next, *end;         /* the part of the newest chunk not yet handed out */
  struct pool_chunk *chunks;
  size_t size; /* of all chunks */
};

/* A new state whose blocks come from `pool`, which is zero; NULL without memory.
 * The pool must outlive the state. */
lua_State *pool_new_state (struct pool *pool);

/* Gives all memory back, after lua_close. */
void pool_free (struct pool *pool);

#endif
