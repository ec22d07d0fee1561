/* SPDX-License-Identifier: MIT
 * memory.h - the memory of a handle: the host's allocator or leat's own, an account, a limit.
 */
#ifndef LEAT_HOST_MEMORY_H
#define LEAT_HOST_MEMORY_H

#include "bytes/memory.h"
#include "core/limits.h"
#include "host/leat.h"
#include "host/pool.h"

struct host_memory {
  struct memory memory;     /* host_memory_alloc and this struct: what all of the handle uses */
  leat_allocator allocator; /* who is asked in turn */
  void *allocator_ud;
  size_t limit;             /* 0: none */
  size_t now, peak;
  bool refused;             /* by the limit: the last request that was not met */
  struct limits *limits;    /* NULL, or those that large blocks must keep to */
  struct pool pool; /* of leat's own allocator */
};

/* *m must stay where it is. `allocator` NULL: leat's own. */
void host_memory_open (struct host_memory *m, leat_allocator allocator, void *ud, size_t limit);

/* Gives the pool back; everything else has been freed. */
void host_memory_close (struct host_memory *m);

/* A lua_Alloc whose ud is a struct host_memory. */
void *host_memory_alloc (void *ud, void *block, size_t old_size, size_t new_size);

#endif
