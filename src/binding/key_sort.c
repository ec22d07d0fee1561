/* SPDX-License-Identifier: MIT
 * key_sort.c - field names in the order of their bytes.
 *
 * Tables written as JSON and the index of a wide record are both sorted here.
 * Small sets, the usual case, by insertion; larger ones by heapsort, which needs
 * no memory and has no bad input.
 */
#include "key_sort.h"

#include <string.h>

/* Up to so many entries are sorted by insertion. */
#define KEY_SORT_SMALL 24

int key_compare (const char *a, size_t a_length, const char *b, size_t b_length) {
  size_t common = a_length < b_length ? a_length : b_length;
  int order = common == 0 ? 0 : memcmp(a, b, common);
  if (order != 0) return order;
  return (a_length > b_length) - (a_length < b_length);
}

static int entry_before (const struct key_entry *a, const struct key_entry *b) {
  int order = key_compare(a->bytes, a->length, b->bytes, b->length);
  return order != 0 ? order < 0 : a->order < b->order;
}

static void sort_by_insertion (struct key_entry *entries, size_t count) {
  for (size_t i = 1; i < count; i++) {
    struct key_entry entry = entries[i];
    size_t hole = i;
    for (; hole > 0 && entry_before(&entry, &entries[hole - 1]); hole--)
      entries[hole] = entries[hole - 1];
    entries[hole] = entry;
  }
}

/* Restores the heap (greatest on top) whose only flaw may be at `root`. */
static void sift_down (struct key_entry *entries, size_t root, size_t count) {
  struct key_entry entry = entries[root];
  size_t child;
  while ((child = 2 * root + 1) < count) {
    if (child + 1 < count && entry_before(&entries[child], &entries[child + 1]))
      child++;
    if (!entry_before(&entry, &entries[child])) break;
    entries[root] = entries[child];
    root = child;
  }
  entries[root] = entry;
}

void key_sort (struct key_entry *entries, size_t count) {
  if (count <= KEY_SORT_SMALL) {
    sort_by_insertion(entries, count);
    return;
  }
  for (size_t i = count / 2; i-- > 0;) sift_down(entries, i, count);
  for (size_t end = count - 1; end > 0; end--) {
    struct key_entry greatest = entries[0];
    entries[0] = entries[end];
    entries[end] = greatest;
    sift_down(entries, 0, end);
  }
}
