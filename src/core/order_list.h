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
  uint64_t place; /* number of the key, from 0; above that a kind, and its rank */
};

/* A number that is its own key need not be kept elsewhere: its word is enough. */
enum order_kind { ORDER_ELSEWHERE, ORDER_INTEGER, ORDER_FLOAT };

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
#define ORDER_KIND_SHIFT 54

/* Adds a key; its string is the caller's to keep until the list is sorted. `kind`: see
 * order_kind_of, or ORDER_ELSEWHERE. */
static inline void order_list_put (struct order_list *list, const struct order_key *key,
                                   enum order_kind kind) {
  if (list->more != NULL)
    list->more[list->count] =
      (struct order_more){ key->text, key->text != NULL
                                        ? key->length
                                        : (uint64_t)key->rest ^ UINT64_C(1) << 63 };
  list->ranks |= 1u << key->rank;
  list->entries[list->count] = (struct order_entry){
    key->word, (uint64_t)list->count | (uint64_t)kind << ORDER_KIND_SHIFT |
                 (uint64_t)key->rank << ORDER_RANK_SHIFT };
  list->count++;
}

/* Puts the keys in order, with at most n log n comparisons whatever they are. */
void order_list_sort (lua_State *L, int at, struct order_list *list);

/* Number of the key, from 1, that is the i-th from 0 on. */
static inline lua_Integer order_list_at (const struct order_list *list, size_t i) {
  return (lua_Integer)(list->entries[i].place & ((UINT64_C(1) << ORDER_KIND_SHIFT) - 1)) + 1;
}

/* What the item is, if it is the number whose ascending key was read from it, and whether the
 * word is all there is to it: zeros have signs, and large integers a rest. */
static inline enum order_kind order_kind_of (const struct flow *f, const struct order_key *key) {
  const struct item *item = &f->item;
  if (key->rank != ORDER_NUMBER || key->rest != 0) return ORDER_ELSEWHERE;
  if (item->kind == ITEM_INTEGER ||
      (item->kind == ITEM_VALUE && lua_isinteger(f->L, item->at)))
    return ORDER_INTEGER;
  return key->word == order_word_of_double(0) ? ORDER_ELSEWHERE : ORDER_FLOAT;
}

/* Makes the i-th the item if it is kept nowhere else. */
static inline bool order_list_take (const struct order_list *list, size_t i, struct flow *f) {
  enum order_kind kind = (enum order_kind)(list->entries[i].place >> ORDER_KIND_SHIFT & 3);
  if (kind == ORDER_ELSEWHERE) return false;
  double number = order_double_of_word(list->entries[i].word);
  if (kind == ORDER_INTEGER) {
    f->item.kind = ITEM_INTEGER;
    f->item.u.integer = (lua_Integer)number;
  }
  else {
    f->item.kind = ITEM_NUMBER;
    f->item.u.number = number;
  }
  return true;
}

#endif
