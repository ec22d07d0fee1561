/* SPDX-License-Identifier: MIT
 * order_list.c - keys put in order; the contract is in order_list.h.
 *
 * Sorting is by one word a key, which needs no comparison of texts and no branch that depends on
 * the data: ranks are sorted apart, then the words, and only keys whose words are equal are
 * looked at again. Of texts the word is taken behind what all of them begin with, so that the
 * common beginning of paths, dates or names costs nothing.
 *
 * The sort is a merge sort of the runs found in the data, merged in the order of powersort
 * (Munro, Wild: Nearly-Optimal Mergesorts, ESA 2018): stable, n log n comparisons at most, n when
 * the data are in order already, forwards or backwards. What CPython has since 3.11.
 */
#include "order_list.h"

#include <lauxlib.h>

#include "failure.h"

/* Runs shorter than this are made so long by insertion. */
#define LEAST_RUN 32
/* Powers of pending runs grow strictly, and are at most the bits of a size. */
#define MOST_RUNS 66

#define PLACE_MASK ((UINT64_C(1) << ORDER_KIND_SHIFT) - 1)

#define ALWAYS_INLINE inline __attribute__((always_inline))

/* --- comparing --- */

/* Words that are equal are told apart by the texts from `skip` on. */
struct texts {
  const struct order_more *more;
  size_t skip;
  bool descending;
};

static inline const struct order_more *more_of (const struct texts *t,
                                                const struct order_entry *e) {
  return &t->more[e->place & PLACE_MASK];
}

static bool text_before (const struct texts *t, const struct order_entry *a,
                         const struct order_entry *b) {
  const struct order_more *x = more_of(t, a), *y = more_of(t, b);
  uint64_t common = x->length < y->length ? x->length : y->length;
  int order = memcmp(x->text + t->skip, y->text + t->skip, common - t->skip);
  if (order == 0) order = (x->length > y->length) - (x->length < y->length);
  return t->descending ? order > 0 : order < 0;
}

/* `t` is a constant NULL where words are all there is. */
static ALWAYS_INLINE bool before (const struct order_entry *a, const struct order_entry *b,
                                  const struct texts *t) {
  if (t == NULL || a->word != b->word) return a->word < b->word;
  return text_before(t, a, b);
}

/* --- merge sort --- */

/* Length of the run at the beginning; one that falls is turned round. */
static ALWAYS_INLINE size_t find_run (struct order_entry *e, size_t count, const struct texts *t) {
  if (count < 2) return count;
  size_t n = 2;
  if (!before(&e[1], &e[0], t)) {
    while (n < count && !before(&e[n], &e[n - 1], t)) n++;
    return n;
  }
  while (n < count && before(&e[n], &e[n - 1], t)) n++;
  for (size_t i = 0, j = n - 1; i < j; i++, j--) {
    struct order_entry swapped = e[i];
    e[i] = e[j];
    e[j] = swapped;
  }
  return n;
}

/* The first `sorted` entries are in order; puts the others among them. */
static ALWAYS_INLINE void insert (struct order_entry *e, size_t sorted, size_t count,
                                  const struct texts *t) {
  for (size_t i = sorted; i < count; i++) {
    struct order_entry entry = e[i];
    size_t hole = i;
    for (; hole > 0 && before(&entry, &e[hole - 1], t); hole--) e[hole] = e[hole - 1];
    e[hole] = entry;
  }
}

/* Number of entries that are not behind `pivot` (`after`: that are before it). */
static ALWAYS_INLINE size_t cut (const struct order_entry *e, size_t count,
                                 const struct order_entry *pivot, bool strictly,
                                 const struct texts *t) {
  size_t low = 0;
  while (count > 0) {
    size_t half = count / 2;
    bool goes = strictly ? before(&e[low + half], pivot, t) : !before(pivot, &e[low + half], t);
    low = goes ? low + half + 1 : low;
    count = goes ? count - half - 1 : half;
  }
  return low;
}

/* b if `second`, else a; by arithmetic, since a branch would be guessed wrong every other time:
 * sorting a million numbers takes 54 ns each for 72. */
static ALWAYS_INLINE struct order_entry choose (const struct order_entry *a,
                                                const struct order_entry *b, bool second) {
  uint64_t mask = -(uint64_t)second;
  return (struct order_entry){ a->word ^ ((a->word ^ b->word) & mask),
                               a->place ^ ((a->place ^ b->place) & mask) };
}

/* Merges the runs e[0, left) and e[left, left + right). */
static ALWAYS_INLINE void merge (struct order_entry *e, size_t left, size_t right,
                                 struct order_entry *scratch, const struct texts *t) {
  /* What is at its place already: the beginning of the left run, the end of the right one. */
  size_t done = cut(e, left, &e[left], false, t);
  e += done;
  left -= done;
  if (left == 0) return;
  right = cut(e + left, right, &e[left - 1], true, t);
  if (left <= right) { /* forwards; the left run ends last */
    memcpy(scratch, e, left * sizeof *e);
    const struct order_entry *l = scratch, *r = e + left, *end = r + right;
    struct order_entry *to = e;
    while (r < end) {
      bool second = before(r, l, t);
      *to++ = choose(l, r, second);
      r += second;
      l += !second;
    }
    memcpy(to, l, (size_t)(scratch + left - l) * sizeof *e);
  }
  else { /* backwards; the right run begins first */
    memcpy(scratch, e + left, right * sizeof *e);
    const struct order_entry *l = e + left, *r = scratch + right;
    struct order_entry *to = e + left + right;
    while (l > e) {
      bool first = before(r - 1, l - 1, t);
      *--to = choose(r - 1, l - 1, first);
      l -= first;
      r -= !first;
    }
    memcpy(e, scratch, (size_t)(r - scratch) * sizeof *e);
  }
}

struct pending {
  size_t start, length;
  int power; /* of the border between this run and the next one */
};

/* How often [0, count) must be halved until the middles of two neighbouring runs are in different
 * halves. */
static int border_power (size_t count, size_t start, size_t first, size_t second) {
  size_t a = 2 * start + first, b = a + first + second;
  int power = 0;
  for (;;) {
    power++;
    if (a >= count) a -= count, b -= count;
    else if (b >= count) return power;
    a *= 2;
    b *= 2;
  }
}

static ALWAYS_INLINE void merge_sort (struct order_entry *e, size_t count,
                                      struct order_entry *scratch, const struct texts *t) {
  struct pending runs[MOST_RUNS], run = { 0, 0, 0 };
  int depth = 0;
  for (size_t at = 0; at < count;) {
    size_t left = count - at;
    size_t length = find_run(e + at, left, t);
    if (length < LEAST_RUN && length < left) {
      size_t longer = left < LEAST_RUN ? left : LEAST_RUN;
      insert(e + at, length, longer, t);
      length = longer;
    }
    if (run.length > 0) {
      int power = border_power(count, run.start, run.length, length);
      while (depth > 0 && runs[depth - 1].power > power) {
        struct pending *last = &runs[--depth];
        merge(e + last->start, last->length, run.length, scratch, t);
        run.start = last->start;
        run.length += last->length;
      }
      run.power = power;
      runs[depth++] = run;
    }
    run = (struct pending){ at, length, 0 };
    at += length;
  }
  while (depth > 0) {
    struct pending *last = &runs[--depth];
    merge(e + last->start, last->length, run.length, scratch, t);
    run.length += last->length;
  }
}

static void sort_words (struct order_entry *e, size_t count, struct order_entry *scratch) {
  merge_sort(e, count, scratch, NULL);
}

static void sort_words_and_texts (struct order_entry *e, size_t count,
                                  struct order_entry *scratch, const struct texts *t) {
  merge_sort(e, count, scratch, t);
}

/* --- keys of one rank --- */

/* Number of entries from the first on that have its word. */
static size_t count_equal (const struct order_entry *e, size_t count) {
  size_t n = 1;
  while (n < count && e[n].word == e[0].word) n++;
  return n;
}

static void sort_numbers (struct order_entry *e, size_t count, struct order_entry *scratch,
                          const struct order_more *more) {
  sort_words(e, count, scratch);
  if (more == NULL) return;
  for (size_t n; count > 0; e += n, count -= n) {
    n = count_equal(e, count);
    if (n == 1) continue;
    uint64_t word = e[0].word;
    for (size_t i = 0; i < n; i++) e[i].word = more[e[i].place & PLACE_MASK].length;
    sort_words(e, n, scratch);
    for (size_t i = 0; i < n; i++) e[i].word = word; /* it may be all there is of the item */
  }
}

/* Sets the words to what comes behind the bytes that all texts begin with; true: nothing does,
 * they are all equal. The first `skip` bytes are known to be. */
static bool take_words (struct order_entry *e, size_t count, struct texts *t) {
  const struct order_more *first = more_of(t, e);
  uint64_t common = first->length;
  bool equal = true;
  for (size_t i = 1; i < count; i++) {
    const struct order_more *x = more_of(t, &e[i]);
    if (x->length != first->length) equal = false;
    if (x->length < common) common = x->length;
    uint64_t k = t->skip;
    if (common > k && memcmp(x->text + k, first->text + k, common - k) != 0) {
      while (x->text[k] == first->text[k]) k++;
      common = k;
    }
  }
  t->skip = common;
  if (equal && common == first->length) return true;
  for (size_t i = 0; i < count; i++) {
    const struct order_more *x = more_of(t, &e[i]);
    uint64_t word = order_word_of_text(x->text + common, x->length - common);
    e[i].word = t->descending ? ~word : word;
  }
  return false;
}

static void sort_texts (struct order_entry *e, size_t count, struct order_entry *scratch,
                        const struct order_more *more, bool descending) {
  struct texts all = { more, 0, descending };
  if (take_words(e, count, &all)) return;
  sort_words(e, count, scratch);
  for (size_t n; count > 0; e += n, count -= n) {
    n = count_equal(e, count);
    struct texts some = all;
    if (n > 1 && !take_words(e, n, &some)) sort_words_and_texts(e, n, scratch, &some);
  }
}

static void sort_rank (enum order_rank rank, struct order_entry *e, size_t count,
                       struct order_entry *scratch, const struct order_more *more) {
  if (count < 2) return;
  switch (rank) {
    case ORDER_BOOLEAN: case ORDER_BOOLEAN_DOWN: sort_words(e, count, scratch); break;
    case ORDER_NUMBER: case ORDER_NUMBER_DOWN: sort_numbers(e, count, scratch, more); break;
    case ORDER_STRING: case ORDER_LIST: sort_texts(e, count, scratch, more, false); break;
    case ORDER_STRING_DOWN: sort_texts(e, count, scratch, more, true); break;
    case ORDER_LAST: case ORDER_RANKS: break;
  }
}

/* --- the list --- */

enum { VALUE_ENTRIES = 1, VALUE_MORE, VALUES = VALUE_MORE };

/* Pushes room for `count` values of `size` bytes. */
static void *push_room (lua_State *L, size_t count, size_t size) {
  if (count > SIZE_MAX / 2 / size) failure_raise_memory(L);
  return lua_newuserdatauv(L, count * size, 0);
}

struct order_list *order_list_push (lua_State *L) {
  struct order_list *list = lua_newuserdatauv(L, sizeof *list, VALUES);
  *list = (struct order_list){ 0 };
  return list;
}

static void grow (lua_State *L, int at, struct order_list *list) {
  size_t capacity = list->capacity < 8 ? 16 : list->capacity * 2;
  struct order_entry *entries = push_room(L, capacity, sizeof *entries);
  struct order_more *more = NULL;
  if (list->more != NULL) more = push_room(L, capacity, sizeof *more);
  /* nothing fails from here on */
  if (more != NULL) {
    memcpy(more, list->more, list->count * sizeof *more);
    lua_setiuservalue(L, at, VALUE_MORE);
    list->more = more;
  }
  if (list->count > 0) memcpy(entries, list->entries, list->count * sizeof *entries);
  lua_setiuservalue(L, at, VALUE_ENTRIES);
  list->entries = entries;
  list->capacity = capacity;
}

static void add_more (lua_State *L, int at, struct order_list *list) {
  struct order_more *more = push_room(L, list->capacity, sizeof *more);
  for (size_t i = 0; i < list->count; i++)
    more[i] = (struct order_more){ NULL, UINT64_C(1) << 63 };
  lua_setiuservalue(L, at, VALUE_MORE);
  list->more = more;
}

void order_list_make_room (lua_State *L, int at, struct order_list *list,
                           const struct order_key *key) {
  if (list->count == list->capacity) grow(L, at, list);
  if (list->more == NULL && (key->text != NULL || key->rest != 0)) add_more(L, at, list);
}

/* Puts the entries of each rank together, in the order they are in; starts[rank]: where. */
static void split_ranks (struct order_list *list, struct order_entry *scratch,
                         size_t starts[ORDER_RANKS + 1]) {
  size_t next[ORDER_RANKS];
  for (size_t i = 0; i < list->count; i++)
    starts[(list->entries[i].place >> ORDER_RANK_SHIFT) + 1]++;
  for (int rank = 0; rank < ORDER_RANKS; rank++) {
    starts[rank + 1] += starts[rank];
    next[rank] = starts[rank];
  }
  if ((list->ranks & (list->ranks - 1)) == 0) return; /* only one */
  memcpy(scratch, list->entries, list->count * sizeof *scratch);
  for (size_t i = 0; i < list->count; i++)
    list->entries[next[scratch[i].place >> ORDER_RANK_SHIFT]++] = scratch[i];
}

void order_list_sort (lua_State *L, int at, struct order_list *list) {
  size_t starts[ORDER_RANKS + 1] = { 0 };
  bool several = (list->ranks & (list->ranks - 1)) != 0;
  if (list->count == 0) return;
  struct order_entry *scratch =
    push_room(L, several ? list->count : list->count / 2 + 1, sizeof *scratch);
  split_ranks(list, scratch, starts);
  for (int rank = 0; rank < ORDER_RANKS; rank++)
    sort_rank((enum order_rank)rank, list->entries + starts[rank],
              starts[rank + 1] - starts[rank], scratch, list->more);
  lua_pop(L, 1);
  lua_pushnil(L); /* they have done their work */
  lua_setiuservalue(L, at, VALUE_MORE);
  list->more = NULL;
}
