/* SPDX-License-Identifier: MIT
 * key_sort.h - field names in the order of their bytes.
 */
#ifndef LEAT_BINDING_KEY_SORT_H
#define LEAT_BINDING_KEY_SORT_H

#include <stddef.h>
#include <stdint.h>

struct key_entry {
  const char *bytes; /* belongs to whoever holds the key alive */
  size_t length;
  uint32_t order;    /* breaks ties: equal keys stay in this order */
  uint32_t value;    /* the caller's */
};

/* Below, equal to or above 0 as a comes before, with or after b: bytewise, a
 * prefix first. */
int key_compare (const char *a, size_t a_length, const char *b, size_t b_length);

/* Sorts in place by bytes, then by order. At most n log n steps whatever the
 * keys are (heapsort), so hostile input cannot make it slow. */
void key_sort (struct key_entry *entries, size_t count);

#endif
