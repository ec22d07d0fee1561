/* SPDX-License-Identifier: MIT
 * random.h - numbers that look random and are the same each time.
 *
 * xoshiro256** (Blackman, Vigna: Scrambled Linear Pseudorandom Number Generators, 2018), begun by
 * SplitMix64 (Steele, Lea, Flood 2014), as its authors advise. Integers only, so every machine
 * draws alike. Not for secrets.
 */
#ifndef LEAT_CORE_RANDOM_H
#define LEAT_CORE_RANDOM_H

#include <stdint.h>

struct random {
  uint64_t state[4];
};

/* Each pair of a seed and a stream is a sequence of its own. */
void random_seed (struct random *r, uint64_t seed, uint64_t stream);

uint64_t random_next (struct random *r);

/* A number from 0 to count - 1, each as likely as the others; count > 0. */
uint64_t random_below (struct random *r, uint64_t count);

/* A number from 0 up to, but not including, 1. */
static inline double random_fraction (struct random *r) {
  return (double)(random_next(r) >> 11) * 0x1p-53;
}

#endif
