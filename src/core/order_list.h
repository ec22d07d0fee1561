/* SPDX-License-Identifier: MIT
 * order_list.h - many keys, put in order: what sort and entries share.
 *
 * The list is a userdata. Keys are added in turn; after order_list_sort, order_list_at says which
 * of them is the i-th. Equal keys stay as they came.
 */
#ifndef LEAT_CORE_ORDER_LIST_H
#define LEAT_CORE_ORDER_LIST_H

#include "order.h"

struct order_entry {
  uint64_t word;  /* of the key, as far as it is being looked at */
  uint64_t place; /* number of the key, from 0; its rank above */
};

/* What a key has beside its word. */
struct order_more {
  const char *text;
  uint64_t length; /* or a number's rest + 2^63 */
};

struct order_list {
  size_t count, capacity;
  struct order_entry *entries;
  struct order_more *more; /* NULL while no key has any */
  unsigned ranks;          /* a bit for each that there is */
};

/* Pushes an empty list. */
struct order_list *order_list_push (lua_State *L);

/* Room for one key more: call this before order_list_put unless order_list_has_room. `at`: index of
 * the list. */
void order_list_make_room (lua_State *L, int at, struct order_list *list,
                           const struct order_key *key);

static inline bool order_list_has_room (const struct order_list *list,
                                        const struct order_key *key) {
  return list->count < list->capacity &&
         (list->more != NULL || (key->text == NULL && key->rest == 0));
}

#define ORDER_RANK_SHIFT 56

/* Adds a key; its string is the caller's to keep until the list is sorted. */
static inline void order_list_put (struct order_list *list, const struct order_key *key) {
  if (list->more != NULL)
    list->more[list->count] =
      (struct order_more){ key->text, key->text != NULL
                                        ? key->length
                                        : (uint64_t)key->rest ^ UINT64_C(1) << 63 };
  list->ranks |= 1u << key->rank;
  list->entries[list->count] = (struct order_entry){
    key->word, (uint64_t)list->count | (uint64_t)key->rank << ORDER_RANK_SHIFT };
  list->count++;
}

/* Puts the keys in order, with at most n log n comparisons whatever they are. */
void order_list_sort (lua_State *L, int at, struct order_list *list);

/* Number of the key, from 1, that is the i-th from 0 on. */
static inline lua_Integer order_list_at (const struct order_list *list, size_t i) {
  return (lua_Integer)(list->entries[i].place & ((UINT64_C(1) << ORDER_RANK_SHIFT) - 1)) + 1;
}

#endif
