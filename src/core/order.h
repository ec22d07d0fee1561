/* SPDX-License-Identifier: MIT
 * order.h - the order of items: false < true < numbers < strings (by bytes) < lists.
 *
 * Lists (plain ones, arrays of records, tuples) are compared element by element; one that another
 * begins with comes before it. Null, NaN and what is missing are in no order: they come last
 * whichever way one sorts, inside a list, too, so min and max pass over them. Other values are an
 * item error. Integers and floats are compared exactly.
 *
 * What is compared is never the value but its key, which is read from it once: comparing two
 * keys needs no Lua. The direction is part of the key, so all keys compared with each other are
 * read in the same one, and less is always nearer the front.
 */
#ifndef LEAT_CORE_ORDER_H
#define LEAT_CORE_ORDER_H

#include <string.h>

#include "run.h"

enum order_rank {
  ORDER_BOOLEAN, ORDER_NUMBER, ORDER_STRING,
  ORDER_LIST, /* either way: the direction is in its bytes */
  ORDER_STRING_DOWN, ORDER_NUMBER_DOWN, ORDER_BOOLEAN_DOWN,
  ORDER_LAST,
  ORDER_RANKS
};

struct order_key {
  enum order_rank rank; /* compared first */
  uint64_t word;        /* then this: what the value begins with */
  int64_t rest;         /* then, of numbers, what the nearest double leaves of an integer */
  const char *text;     /* of strings and lists, all bytes; else NULL. Lives as long as the */
  size_t length;        /* string that order_read has left on the stack */
};

/* The bits of a double, so that they are in order as unsigned integers. */
static inline uint64_t order_word_of_double (double x) {
  uint64_t bits;
  x += 0.0; /* -0.0 is 0.0 */
  memcpy(&bits, &x, sizeof bits);
  return bits >> 63 != 0 ? ~bits : bits | UINT64_C(1) << 63;
}

/* Undoes it. */
static inline double order_double_of_word (uint64_t word) {
  uint64_t bits = word >> 63 != 0 ? word & ~(UINT64_C(1) << 63) : ~word;
  double x;
  memcpy(&x, &bits, sizeof x);
  return x;
}

static inline void order_read_integer (lua_Integer i, bool descending, struct order_key *key) {
  lua_Number nearest = (lua_Number)i;
  uint64_t word = order_word_of_double(nearest);
  int64_t rest = 0;
  if (i > (lua_Integer)1 << 53 || i < -((lua_Integer)1 << 53)) /* 2^63 wraps round, as it should */
    rest = (int64_t)((uint64_t)i - (nearest >= 0x1p63 ? UINT64_C(1) << 63
                                                      : (uint64_t)(int64_t)nearest));
  *key = descending ? (struct order_key){ ORDER_NUMBER_DOWN, ~word, -rest, NULL, 0 }
                    : (struct order_key){ ORDER_NUMBER, word, rest, NULL, 0 };
}

static inline void order_read_number (lua_Number n, bool descending, struct order_key *key) {
  uint64_t word = order_word_of_double(n);
  if (n != n) *key = (struct order_key){ ORDER_LAST, 0, 0, NULL, 0 };
  else if (descending) *key = (struct order_key){ ORDER_NUMBER_DOWN, ~word, 0, NULL, 0 };
  else *key = (struct order_key){ ORDER_NUMBER, word, 0, NULL, 0 };
}

/* Reads the key of the value on top; a list is replaced by a string that holds its bytes. False:
 * it has no place in the order, and a string that names it ("a record") is on top instead. */
bool order_read (lua_State *L, bool descending, struct order_key *key);

/* The same of `count` values from index `first` on, compared one after another; bit i of
 * `descending` is the direction of the i-th (the last bit: of all from there on). Pushes the
 * string of bytes, or what the value without order is. */
bool order_read_several (lua_State *L, int first, int count, uint64_t descending,
                         struct order_key *key);
#define ORDER_DIRECTIONS 64

/* The same of the item, a tuple part by part; one value is pushed. V_PASS or V_ERROR. */
verdict order_read_item (struct flow *f, bool descending, struct order_key *key);

/* The same of an item that is a number, the usual case; nothing is pushed. False: it is none. */
static inline bool order_read_number_item (const struct flow *f, bool descending,
                                           struct order_key *key) {
  const struct item *item = &f->item;
  if (item->kind == ITEM_INTEGER) order_read_integer(item->u.integer, descending, key);
  else if (item->kind == ITEM_NUMBER) order_read_number(item->u.number, descending, key);
  else if (item->kind != ITEM_VALUE || item->count > 1 ||
           lua_type(f->L, item->at) != LUA_TNUMBER)
    return false;
  else {
    lua_Number n = lua_tonumberx(f->L, item->at, NULL);
    if (n < 0x1p53 && n > -0x1p53) order_read_number(n, descending, key); /* integers, too */
    else if (lua_isinteger(f->L, item->at))
      order_read_integer(lua_tointegerx(f->L, item->at, NULL), descending, key);
    else order_read_number(n, descending, key);
  }
  return true;
}

/* The item error of a value without order, whose name (order_read) is on top. `keyed`: it is what
 * a function of the user's made of the item. */
verdict order_fail (struct flow *f, bool keyed);

/* < 0, 0, > 0. */
int order_compare_texts (const struct order_key *a, const struct order_key *b);
static inline int order_compare (const struct order_key *a, const struct order_key *b) {
  if (a->rank != b->rank) return a->rank < b->rank ? -1 : 1;
  if (a->word != b->word) return a->word < b->word ? -1 : 1;
  if (a->text != NULL) return order_compare_texts(a, b);
  return (a->rest > b->rest) - (a->rest < b->rest);
}

/* The first eight bytes of a text, the first one the most significant. */
static inline uint64_t order_word_of_text (const char *text, size_t length) {
  uint64_t word = 0;
  if (length >= sizeof word) memcpy(&word, text, sizeof word);
  else memcpy(&word, text, length);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  word = __builtin_bswap64(word);
#endif
  return word;
}

/* --- values on the stack --- */

/* Is the value at `index` one that comes last? */
bool order_is_last (lua_State *L, int index);

#endif
