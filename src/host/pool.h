/* SPDX-License-Identifier: MIT
 * pool.h - memory for a Lua state of leat's own, by size.
 */
#ifndef LEAT_HOST_POOL_H
#define LEAT_HOST_POOL_H

#include <stddef.h>

/* Blocks of up to POOL_CLASSES - 1 units of 16 bytes come from the pool. */
#define POOL_CLASSES 129

struct pool {
  void *free[POOL_CLASSES]; /* lists of free blocks, by units */
  char *next, *end;         /* the part of the newest chunk not yet handed out */
  struct pool_chunk *chunks;
  size_t size; /* of all chunks */
};

/* For lua_newstate: `ud` is a pool, at first all zero, which must outlive the state. The old size
 * of no block is a kind of object, not a size. */
void *pool_alloc (void *ud, void *block, size_t old_size, size_t new_size);

/* Gives all memory back, after lua_close. */
void pool_free (struct pool *pool);

#endif
