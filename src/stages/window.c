/* SPDX-License-Identifier: MIT
 * window.c - stages that give items together with those just before them.
 */
#include <string.h>

#include <lauxlib.h>

#include "core/argument.h"
#include "core/run.h"

/* --- sliding_window: slots its state, the items of the window at hand, the ring of integers ---
 *
 * Windows that overlap are copied out of a ring of the last `size` items; others are handed
 * over as they are. While all items are integers, a ring that is not large is in C: a window of
 * three takes 75 ns in place of 95. */

struct window {
  size_t size, step;
  size_t wait; /* items until a window is complete, the one that completes it included */
  size_t used; /* items in the window at hand; in the ring: the place of the next item */
  lua_Integer *integers; /* the ring, while it is in C */
};

enum { WINDOW_STATE, WINDOW_ITEMS, WINDOW_INTEGERS, WINDOW_ANCHORS };
enum { RING_NONE, RING_INTEGERS, RING_TABLE }; /* s->phase */

/* Larger tables grow as they fill: who asks for more than there is pays for what there is. */
#define FIRST_SIZE 1024

static void push_table (lua_State *L, size_t size) {
  lua_createtable(L, size < FIRST_SIZE ? (int)size : FIRST_SIZE, 0);
}

static void window_build (lua_State *L, struct recipe *r, int first) {
  argument_at_most(L, r, first, 2);
  r->n[0].integer = argument_integer(L, r, first, "n", 1);
  r->n[1].integer =
    argument_given(L, first + 1) ? argument_integer(L, r, first + 1, "step", 1) : 1;
  r->shown = r->n[1].integer == 1 ? 1 : 2;
}

static void window_init (lua_State *L, struct run *run, struct stage *s, const struct recipe *r,
                         int recipe, int anchors) {
  (void)run, (void)recipe;
  struct window *w = lua_newuserdatauv(L, sizeof *w, 0);
  memset(w, 0, sizeof *w);
  w->size = w->wait = (size_t)r->n[0].integer;
  w->step = (size_t)r->n[1].integer;
  lua_rawseti(L, anchors, s->anchor + WINDOW_STATE);
  s->a.pointer = w;
}

/* Pushes the table of the window at hand. */
static void push_items (struct flow *f, struct stage *s, bool is_first) {
  if (!is_first) {
    flow_push_anchor(f, s, WINDOW_ITEMS);
    return;
  }
  push_table(f->L, ((const struct window *)s->a.pointer)->size);
  lua_pushvalue(f->L, -1);
  flow_set_anchor(f, s, WINDOW_ITEMS);
}

/* Begins the ring; the first item is at hand. */
static void ring_begin (struct flow *f, struct stage *s, struct window *w) {
  if (f->item.kind != ITEM_INTEGER || w->size > FIRST_SIZE) {
    push_items(f, s, true);
    lua_pop(f->L, 1);
    s->phase = RING_TABLE;
    return;
  }
  lua_Integer *integers = lua_newuserdatauv(f->L, w->size * sizeof *integers, 0);
  memset(integers, 0, w->size * sizeof *integers);
  flow_set_anchor(f, s, WINDOW_INTEGERS);
  w->integers = integers;
  s->phase = RING_INTEGERS;
}

/* Another kind of item has come: the ring moves to a table, each item to the same place. Places
 * that have not been used yet do no harm. */
static void ring_to_table (struct flow *f, struct stage *s, struct window *w) {
  lua_State *L = f->L;
  push_items(f, s, true);
  for (size_t i = 0; i < w->size; i++) {
    lua_pushinteger(L, w->integers[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  lua_pop(L, 1);
  s->phase = RING_TABLE;
}

/* Puts element `i` of the ring, which is at index `ring` unless it is in C, into the table on
 * top as element `at`. */
static inline void copy_element (lua_State *L, const struct stage *s, const struct window *w,
                                 int ring, size_t i, lua_Integer at) {
  if (s->phase == RING_INTEGERS) lua_pushinteger(L, w->integers[i]);
  else lua_rawgeti(L, ring, (lua_Integer)i + 1);
  lua_rawseti(L, -2, at);
}

/* The ring as a list, oldest item first. */
static verdict pass_ring (struct flow *f, const struct stage *s, const struct window *w) {
  lua_State *L = f->L;
  lua_Integer at = 1;
  if (s->phase == RING_TABLE) flow_push_anchor(f, s, WINDOW_ITEMS);
  int ring = lua_gettop(L);
  push_table(L, w->size);
  for (size_t i = w->used; i < w->size; i++) copy_element(L, s, w, ring, i, at++);
  for (size_t i = 0; i < w->used; i++) copy_element(L, s, w, ring, i, at++);
  return flow_pass(f, 1);
}

static verdict overlapping_give (struct flow *f, struct stage *s, struct window *w) {
  if (s->phase == RING_NONE) ring_begin(f, s, w);
  if (s->phase == RING_INTEGERS && f->item.kind != ITEM_INTEGER) ring_to_table(f, s, w);
  if (s->phase == RING_INTEGERS) w->integers[w->used] = f->item.u.integer;
  else {
    push_items(f, s, false);
    flow_push_value(f);
    lua_rawseti(f->L, -2, (lua_Integer)w->used + 1);
  }
  if (++w->used == w->size) w->used = 0;
  if (--w->wait > 0) return V_DROP;
  w->wait = w->step;
  return pass_ring(f, s, w);
}

static verdict window_give (struct flow *f, struct stage *s) {
  struct window *w = s->a.pointer;
  lua_State *L = f->L;
  if (w->step < w->size) return overlapping_give(f, s, w);
  if (w->wait > w->size) { /* between two windows */
    w->wait--;
    return V_DROP;
  }
  push_items(f, s, w->used == 0);
  flow_push_value(f);
  lua_rawseti(L, -2, (lua_Integer)++w->used);
  if (--w->wait > 0) return V_DROP;
  w->wait = w->step;
  w->used = 0;
  lua_pushnil(L); /* it is handed on, not held */
  flow_set_anchor(f, s, WINDOW_ITEMS);
  return flow_pass(f, 1);
}

const struct steps steps_sliding_window = { .anchors = WINDOW_ANCHORS, .native = true,
                                            .build = window_build, .init = window_init,
                                            .give = window_give };

/* --- pairwise: slots the item before, unless it is an integer, which is in a --- */

enum { BEFORE_NONE, BEFORE_INTEGER, BEFORE_VALUE };

static void pairwise_build (lua_State *L, struct recipe *r, int first) {
  argument_at_most(L, r, first, 0);
}

static verdict pairwise_give (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  uint8_t before = s->phase;
  if (before == BEFORE_VALUE) flow_push_anchor(f, s, 0);
  else lua_pushinteger(L, s->a.integer);
  if (f->item.kind == ITEM_INTEGER) {
    s->a.integer = f->item.u.integer;
    s->phase = BEFORE_INTEGER;
    lua_pushinteger(L, s->a.integer);
  }
  else {
    flow_push_value(f);
    lua_pushvalue(L, -1);
    flow_set_anchor(f, s, 0);
    s->phase = BEFORE_VALUE;
  }
  return before == BEFORE_NONE ? V_DROP : flow_pass(f, 2);
}

const struct steps steps_pairwise = { .anchors = 1, .native = true, .build = pairwise_build,
                                      .give = pairwise_give };
