/* SPDX-License-Identifier: MIT
 * product.c - product, permutations, combinations: items held, and given in every arrangement.
 *
 * Results come in the order of the positions of their items, the last position changing
 * fastest, as in CPython's itertools.
 */
#include <string.h>

#include <lauxlib.h>

#include "core/argument.h"
#include "core/failure.h"
#include "core/run.h"
#include "stages/inputs.h"

/* --- items held. While all are integers, these are in a block (half the time of a table);
 * else their parts are in a table, one behind another. Slots of a stage: the table, and the
 * block of integers, then of starts --- */

struct held {
  size_t items, parts;
  lua_Integer *integers; /* NULL: the parts are in the table */
  size_t *starts; /* where the parts of each item begin, from 1, and one more for the end; NULL
                     while item i is part i */
  size_t room;    /* in the block, in words of either kind */
  bool in_table;
};

/* Makes room in the block, which has `used` words of `size`, for two more. Returns the block. */
static void *held_grow (struct flow *f, struct stage *s, struct held *h, int k,
                        const void *block, size_t used, size_t size) {
  size_t room = used < 8 ? 16 : 2 * used;
  if (room > SIZE_MAX / size) failure_raise_memory(f->L);
  void *larger = lua_newuserdatauv(f->L, room * size, 0);
  if (block != NULL) memcpy(larger, block, used * size);
  flow_set_anchor(f, s, k + 1);
  h->room = room;
  return larger;
}

/* The items are no integers any more: moves those there are into the table in slot `k`. */
static void held_leave_block (struct flow *f, struct stage *s, struct held *h, int k) {
  lua_State *L = f->L;
  flow_push_anchor(f, s, k);
  for (size_t i = 0; i < h->items; i++) {
    lua_pushinteger(L, h->integers[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lua_pop(L, 1);
  h->in_table = true;
  h->integers = NULL;
  h->room = 0;
}

/* The items are no single values any more. */
static void held_widen (struct flow *f, struct stage *s, struct held *h, int k) {
  size_t *starts = held_grow(f, s, h, k, NULL, h->items + 1, sizeof *starts);
  for (size_t i = 0; i <= h->items; i++) starts[i] = i + 1;
  h->starts = starts;
}

/* Adds the item to what is held in the slots from `k` on. */
static void held_add (struct flow *f, struct stage *s, struct held *h, int k) {
  lua_State *L = f->L;
  if (f->item.kind == ITEM_VALUE && f->item.count == 1 && lua_isinteger(L, f->item.at)) {
    f->item.kind = ITEM_INTEGER;
    f->item.u.integer = lua_tointegerx(L, f->item.at, NULL);
  }
  if (!h->in_table && f->item.kind == ITEM_INTEGER) {
    if (h->items == h->room)
      h->integers = held_grow(f, s, h, k, h->integers, h->items, sizeof *h->integers);
    h->integers[h->items++] = f->item.u.integer;
    h->parts++;
    return;
  }
  if (!h->in_table) held_leave_block(f, s, h, k);
  flow_push_anchor(f, s, k);
  int table = lua_gettop(L);
  int count = flow_push_item(f);
  if (h->starts == NULL && count != 1) held_widen(f, s, h, k);
  if (h->starts != NULL && h->items + 2 > h->room)
    h->starts = held_grow(f, s, h, k, h->starts, h->items + 1, sizeof *h->starts);
  for (int i = count; i >= 1; i--) lua_rawseti(L, table, (lua_Integer)h->parts + i);
  h->items++;
  h->parts += (size_t)count;
  if (h->starts != NULL) h->starts[h->items] = h->parts + 1;
  lua_settop(L, table - 1);
}

/* Parts of item i (from 0). */
static size_t held_width (const struct held *h, size_t i) {
  return h->starts == NULL ? 1 : h->starts[i + 1] - h->starts[i];
}

/* Pushes the parts of item i; the table, if there is one, is at index `table`. */
static inline void held_push (lua_State *L, const struct held *h, int table, size_t i) {
  if (!h->in_table) lua_pushinteger(L, h->integers[i]);
  else if (h->starts == NULL) lua_rawgeti(L, table, (lua_Integer)i + 1);
  else
    for (size_t part = h->starts[i]; part < h->starts[i + 1]; part++)
      lua_rawgeti(L, table, (lua_Integer)part);
}

/* Parts for which a step need not ask for room. */
#define ROOM 6

static void check_room (lua_State *L, size_t parts) {
  if (parts <= ROOM) return;
  if (parts > INT_MAX - LUA_MINSTACK) luaL_error(L, "too many parts in an item");
  luaL_checkstack(L, (int)parts + LUA_MINSTACK, "too many parts in an item");
}

/* --- product: the upstream's items one by one, all others held. Slots also: the item at
 * hand, unless it is an integer; the table and the block of what is held; a: the struct --- */

enum { PRODUCT_ITEM = INPUTS_SLOTS, PRODUCT_HELD, PRODUCT_BLOCK, PRODUCT_SLOTS };

/* An input beside the upstream: its items are those from `first` on of what is held. */
struct factor {
  struct input input;
  size_t first, count, at;
};

struct product {
  int count, asked; /* while filling: the input being read, from 1 */
  bool filled;
  int width;        /* parts of the item at hand; 0: it is the integer */
  lua_Integer integer;
  struct held held;
  struct factor factors[]; /* from 1 */
};

static void product_build (lua_State *L, struct recipe *r, int first) {
  static const char *const none[] = { NULL };
  int recipe = lua_gettop(L);
  int options = inputs_build(L, r, first);
  recipe_keep(L, recipe);
  if (options != 0) argument_options(L, r, options, none);
}

static void product_init (lua_State *L, struct run *run, struct stage *s,
                          const struct recipe *r, int recipe, int anchors) {
  (void)run, (void)recipe;
  struct product *p = inputs_init(L, s, anchors,
                                  sizeof *p + (r->n[0].size + 1) * sizeof *p->factors);
  p->count = (int)r->n[0].integer;
  p->asked = 1;
  p->filled = p->count == 0;
  s->a.pointer = p;
  lua_newtable(L);
  lua_rawseti(L, anchors, s->anchor + PRODUCT_HELD);
}

/* Keeps the upstream's item, to be combined with all that is held. */
static void product_keep (struct flow *f, struct stage *s, struct product *p) {
  if (f->item.kind == ITEM_INTEGER) {
    p->width = 0;
    p->integer = f->item.u.integer;
    return;
  }
  p->width = f->item.kind == ITEM_VALUE ? f->item.count : 1;
  flow_push_value(f);
  flow_set_anchor(f, s, PRODUCT_ITEM);
}

/* Gives the tuple at hand, and goes on to the next; behind the last one the upstream's next
 * item is wanted. */
static verdict product_pass (struct flow *f, struct stage *s, struct product *p) {
  lua_State *L = f->L;
  size_t parts = p->width > 1 ? (size_t)p->width : 1;
  if (p->held.starts == NULL) parts += (size_t)p->count;
  else
    for (int i = 1; i <= p->count; i++)
      parts += held_width(&p->held, p->factors[i].first + p->factors[i].at);
  check_room(L, parts);
  if (p->held.in_table) flow_push_anchor(f, s, PRODUCT_HELD);
  int held = lua_gettop(L);
  if (p->width == 0) lua_pushinteger(L, p->integer);
  else {
    flow_push_anchor(f, s, PRODUCT_ITEM);
    if (p->width > 1) {
      for (int i = 1; i <= p->width; i++) lua_rawgeti(L, held + 1, i);
      lua_remove(L, held + 1);
    }
  }
  for (int i = 1; i <= p->count; i++)
    held_push(L, &p->held, held, p->factors[i].first + p->factors[i].at);
  int last = p->count;
  while (last > 0 && ++p->factors[last].at == p->factors[last].count) p->factors[last--].at = 0;
  if (last == 0) flow_release(f, s);
  return flow_pass(f, (int)parts);
}

/* Reads the inputs, one after another. */
static verdict product_fill (struct flow *f, struct stage *s, struct product *p) {
  if (p->asked > p->count) {
    p->filled = true;
    return product_pass(f, s, p);
  }
  return input_next(f, s, &p->factors[p->asked].input, p->asked);
}

static verdict product_child (struct flow *f, struct stage *s) {
  struct product *p = s->a.pointer;
  held_add(f, s, &p->held, PRODUCT_HELD);
  p->factors[p->asked].count++;
  return V_DROP;
}

static verdict product_over (struct stage *s) {
  struct product *p = s->a.pointer;
  if (p->factors[p->asked].count == 0) return V_END;
  if (++p->asked <= p->count) p->factors[p->asked].first = p->held.items;
  return V_DROP;
}

static verdict product_child_end (struct flow *f, struct stage *s) {
  struct product *p = s->a.pointer;
  input_end(f, s, &p->factors[p->asked].input, p->asked);
  return product_over(s);
}

static verdict product_pull (struct flow *f, struct stage *s) {
  struct product *p = s->a.pointer;
  if (p->filled) return product_pass(f, s, p);
  verdict v = product_fill(f, s, p);
  if (p->filled) return v;
  if (v == V_PASS) return product_child(f, s);
  return v == V_END ? product_over(s) : v;
}

static verdict product_give (struct flow *f, struct stage *s) {
  struct product *p = s->a.pointer;
  if (p->count == 0) return V_PASS;
  product_keep(f, s, p);
  flow_hold(f, s);
  return product_pull(f, s);
}

static bool product_aside (const struct stage *s) {
  const struct product *p = s->a.pointer;
  return !p->filled;
}

const struct steps steps_product = { .anchors = PRODUCT_SLOTS, .build = product_build,
                                     .init = product_init, .give = product_give,
                                     .pull = product_pull, .child = product_child,
                                     .child_end = product_child_end, .aside = product_aside };

/* --- permutations, combinations: all items are held. Slots: the table and the block of what
 * is held, the state, the positions of the result at hand; a: n (0: all), b: the state --- */

enum { PICK_HELD, PICK_BLOCK, PICK_STATE, PICK_POSITIONS, PICK_SLOTS };

struct pick {
  struct held held;
  size_t n;
  size_t *positions; /* permutations: of all items, the first n are the result */
  size_t *cycles;    /* permutations, for each of the n: changes until it is back */
};

static void pick_build (lua_State *L, struct recipe *r, int first) {
  bool all = r->op == &operators[OPERATOR_permutations] && !argument_given(L, first);
  argument_at_most(L, r, first, 1);
  if (!all) r->n[0].integer = argument_integer(L, r, first, "n", 1);
  r->shown = !all;
}

static void pick_init (lua_State *L, struct run *run, struct stage *s, const struct recipe *r,
                       int recipe, int anchors) {
  (void)run, (void)recipe;
  s->a = r->n[0];
  lua_newtable(L);
  lua_rawseti(L, anchors, s->anchor + PICK_HELD);
  struct pick *p = lua_newuserdatauv(L, sizeof *p, 0);
  *p = (struct pick){ .n = 0 };
  lua_rawseti(L, anchors, s->anchor + PICK_STATE);
  s->b.pointer = p;
}

static verdict pick_give (struct flow *f, struct stage *s) {
  held_add(f, s, &((struct pick *)s->b.pointer)->held, PICK_HELD);
  return V_DROP;
}

static verdict pick_end (struct flow *f, struct stage *s) {
  struct pick *p = s->b.pointer;
  bool all = s->a.size == 0, orders = s->op == &operators[OPERATOR_permutations];
  size_t items = p->held.items, n = all ? items : s->a.size;
  if (p->positions != NULL || items == 0 || n > items) return V_END;
  size_t first = orders ? items : n; /* the items are in memory: twice as many are no overflow */
  size_t *words = lua_newuserdatauv(f->L, (orders ? first + n : first) * sizeof *words, 0);
  for (size_t i = 0; i < first; i++) words[i] = i;
  if (orders)
    for (size_t i = 0; i < n; i++) words[first + i] = items - i;
  flow_set_anchor(f, s, PICK_POSITIONS);
  p->n = n;
  p->positions = words;
  p->cycles = orders ? words + first : NULL;
  flow_hold(f, s);
  return V_DROP;
}

static verdict pick_pass (struct flow *f, struct stage *s, const struct pick *p) {
  lua_State *L = f->L;
  size_t parts = p->n;
  if (p->held.starts != NULL) {
    parts = 0;
    for (size_t i = 0; i < p->n; i++) parts += held_width(&p->held, p->positions[i]);
  }
  check_room(L, parts);
  if (p->held.in_table) flow_push_anchor(f, s, PICK_HELD);
  int held = lua_gettop(L);
  for (size_t i = 0; i < p->n; i++) held_push(L, &p->held, held, p->positions[i]);
  return flow_pass(f, (int)parts);
}

/* The next positions; false: there are none. From the last of the n back: one that has not
 * come round changes places with a later item; one that has goes behind all others. */
static bool next_permutation (struct pick *p) {
  size_t items = p->held.items;
  for (size_t i = p->n; i-- > 0;) {
    size_t here = p->positions[i];
    if (--p->cycles[i] > 0) {
      size_t other = items - p->cycles[i];
      p->positions[i] = p->positions[other];
      p->positions[other] = here;
      return true;
    }
    memmove(&p->positions[i], &p->positions[i + 1], (items - i - 1) * sizeof here);
    p->positions[items - 1] = here;
    p->cycles[i] = items - i;
  }
  return false;
}

/* The last position that can move on does, and those behind it follow. */
static bool next_combination (struct pick *p) {
  size_t i = p->n;
  while (i > 0 && p->positions[i - 1] == p->held.items - p->n + i - 1) i--;
  if (i == 0) return false;
  for (size_t position = p->positions[i - 1]; i <= p->n; i++) p->positions[i - 1] = ++position;
  return true;
}

static verdict pick_pull (struct flow *f, struct stage *s) {
  struct pick *p = s->b.pointer;
  if (s->phase != 0 && !(p->cycles != NULL ? next_permutation(p) : next_combination(p)))
    return V_END;
  s->phase = 1;
  return pick_pass(f, s, p);
}

const struct steps steps_permutations = { .anchors = PICK_SLOTS, .native = true,
                                          .build = pick_build, .init = pick_init,
                                          .give = pick_give, .pull = pick_pull,
                                          .end = pick_end };
const struct steps steps_combinations = { .anchors = PICK_SLOTS, .native = true,
                                          .build = pick_build, .init = pick_init,
                                          .give = pick_give, .pull = pick_pull,
                                          .end = pick_end };
