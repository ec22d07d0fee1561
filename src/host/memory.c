/* SPDX-License-Identifier: MIT
 * memory.c - the memory of a handle; see memory.h.
 */
#include "host/memory.h"

#include <stdlib.h>
#include <string.h>

#ifdef __SANITIZE_ADDRESS__ /* each block by itself, so that it is watched */
static void *own_alloc (void *ud, void *block, size_t old_size, size_t new_size) {
  (void)ud, (void)old_size;
  if (new_size > 0) return realloc(block, new_size);
  free(block);
  return NULL;
}
#else
#define own_alloc pool_alloc
#endif

void host_memory_open (struct host_memory *m, leat_allocator allocator, void *ud, size_t limit) {
  memset(m, 0, sizeof *m);
  m->memory.alloc = host_memory_alloc;
  m->memory.ud = m;
  m->allocator = allocator != NULL ? allocator : own_alloc;
  m->allocator_ud = allocator != NULL ? ud : &m->pool;
  m->limit = limit;
}

void host_memory_close (struct host_memory *m) { pool_free(&m->pool); }

/* Who asks for as much as this is asked for the time. It may be the stack of a thread that grows
 * because of a __call that leads back to itself: Lua is busy with that for minutes, and runs no
 * hook; but a stack that is twice as long has taken four times as long. */
#define LARGE ((size_t)64 * 1024)

static bool may_grow (const struct host_memory *m, size_t had, size_t size) {
  return m->limits == NULL || size < had + LARGE || limits_look(m->limits, 0);
}

void *host_memory_alloc (void *ud, void *block, size_t old_size, size_t new_size) {
  struct host_memory *m = ud;
  size_t had = block != NULL ? old_size : 0; /* of no block Lua says the kind of object */
  if (!may_grow(m, had, new_size)) return NULL;
  bool refused = new_size > had && m->limit != 0 &&
                 (m->now > m->limit || new_size - had > m->limit - m->now);
  void *result = refused ? NULL : m->allocator(m->allocator_ud, block, had, new_size);
  if (result == NULL && new_size > 0) {
    m->refused = refused;
    return NULL;
  }
  m->now = m->now - had + new_size;
  if (m->now > m->peak) m->peak = m->now;
  return result;
}
