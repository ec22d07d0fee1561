/* SPDX-License-Identifier: MIT
 * memory.h - the one way src/bytes/ gets memory: an allocator of the caller's.
 *
 * The signature is that of lua_Alloc, so a binding passes on the function of its
 * Lua state and every byte counts against the host's limit. A request that
 * cannot be met returns NULL and leaves the old block as it was; no function of
 * this layer exits or aborts.
 */
#ifndef LEAT_BYTES_MEMORY_H
#define LEAT_BYTES_MEMORY_H

#include <stddef.h>
#include <stdint.h>

struct memory {
  void *(*alloc)(void *ud, void *block, size_t old_size, size_t new_size);
  void *ud;
};

/* Grows (or shrinks) `block`; new_size 0 frees and returns NULL. */
static inline void *memory_resize (const struct memory *m, void *block,
                                   size_t old_size, size_t new_size) {
  return m->alloc(m->ud, block, old_size, new_size);
}

static inline void memory_free (const struct memory *m, void *block,
                                size_t size) {
  if (block != NULL) m->alloc(m->ud, block, size, 0);
}

/* For libraries whose allocators are told no sizes: a block that knows its own. */
static inline void *memory_take_sized (const struct memory *m, size_t size) {
  const size_t front = _Alignof(max_align_t);
  if (size > SIZE_MAX - front) return NULL;
  char *block = memory_resize(m, NULL, 0, size + front);
  if (block == NULL) return NULL;
  *(size_t *)(void *)block = size + front;
  return block + front;
}

static inline void memory_free_sized (const struct memory *m, void *block) {
  if (block == NULL) return;
  char *whole = (char *)block - _Alignof(max_align_t);
  memory_free(m, whole, *(size_t *)(void *)whole);
}

#endif
