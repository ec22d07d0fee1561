/* SPDX-License-Identifier: MIT
 * unit.h - what the tests of the byte layer share: memory that is counted and can be refused, and
 * random numbers that are the same in every run.
 */
#ifndef LEAT_SPEC_UNIT_H
#define LEAT_SPEC_UNIT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../src/bytes/memory.h"

struct budget {
  size_t live, peak;  /* bytes */
  long until_failure; /* requests that are met before one is refused; negative: all */
  bool once;          /* only that one, and not all behind it */
  size_t refused;     /* requests */
};

static inline void *budget_alloc (void *ud, void *block, size_t old_size, size_t new_size) {
  struct budget *b = ud;
  if (new_size == 0) {
    if (block != NULL) b->live -= old_size;
    free(block);
    return NULL;
  }
  if (b->until_failure == 0) {
    b->refused++;
    if (b->once) b->until_failure = -1;
    return NULL;
  }
  if (b->until_failure > 0) b->until_failure--;
  void *grown = malloc(new_size); /* always moves, not cleared: ASan, valgrind see more */
  if (grown == NULL) return NULL;
  if (block != NULL) memcpy(grown, block, old_size < new_size ? old_size : new_size);
  free(block);
  b->live += new_size - (block != NULL ? old_size : 0);
  if (b->live > b->peak) b->peak = b->live;
  return grown;
}

static struct budget budget = {.until_failure = -1};
static const struct memory memory = {budget_alloc, &budget};

static inline uint64_t random_bits (void) { /* xorshift64 (Marsaglia, 2003) */
  static uint64_t state = 88172645463325252u;
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

static inline size_t random_below (size_t n) { return (size_t)(random_bits() >> 11) % n; }

#endif
