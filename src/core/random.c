/* SPDX-License-Identifier: MIT
 * random.c - the generator that random.h names.
 */
#include "random.h"

/* One step of SplitMix64. */
static uint64_t split_mix (uint64_t *state) {
  uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);
  x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
  return x ^ (x >> 31);
}

void random_seed (struct random *r, uint64_t seed, uint64_t stream) {
  uint64_t mixed = split_mix(&seed) + stream; /* not the next state of another stream */
  for (int i = 0; i < 4; i++) r->state[i] = split_mix(&mixed);
}

static uint64_t rotate (uint64_t x, int bits) { return x << bits | x >> (64 - bits); }

uint64_t random_next (struct random *r) {
  uint64_t *s = r->state;
  uint64_t result = rotate(s[1] * 5, 7) * 9, shifted = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= shifted;
  s[3] = rotate(s[3], 45);
  return result;
}

/* Lemire's multiplication (Fast Random Integer Generation in an Interval, 2019). */
uint64_t random_below (struct random *r, uint64_t count) {
  __extension__ typedef unsigned __int128 uint128;
  uint128 product = (uint128)random_next(r) * count;
  if ((uint64_t)product < count) {
    uint64_t least = -count % count; /* what does not divide evenly is drawn again */
    while ((uint64_t)product < least) product = (uint128)random_next(r) * count;
  }
  return (uint64_t)(product >> 64);
}
