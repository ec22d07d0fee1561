/* SPDX-License-Identifier: MIT
 * merge.c - merge_sorted: several inputs in order, as one in order.
 *
 * A binary heap has the inputs by their next items (their *heads*). The least input's head is
 * handed on, and asked for anew only when the next item is wanted. While one input runs
 * ahead of the others, its items pass as they are: two comparisons each, nothing is stored.
 *
 * The order is that of core/order.h, or its reverse with desc(key), with what is last still
 * last; equal items come by the number of their input. That
 * each input is in order is not checked: one that is not comes out as it came, among the
 * others.
 */
#include <lauxlib.h>

#include "core/argument.h"
#include "core/callback.h"
#include "core/order.h"
#include "core/run.h"
#include "stages/inputs.h"
#include "stages/sort.h"

/* Slots also, the first two by input: items, tuples as tables; the strings that keys are in; the
 * key's function. */
enum { MERGE_HEADS = INPUTS_SLOTS, MERGE_TEXTS, MERGE_KEY, MERGE_SLOTS };

/* An input, its head and the head's key. Number 0 is the upstream. */
struct head {
  struct input input;
  enum item_kind item_kind; /* ITEM_VALUE: in MERGE_HEADS */
  int count;                /* parts of the item */
  union {
    lua_Integer integer;
    lua_Number number;
  } item;
  struct order_key key; /* a text is in MERGE_TEXTS, or still on the stack */
};

struct merge {
  int count;    /* inputs beside the upstream */
  int wanted;   /* the input whose head is missing: at the heap's root, unless `filling` */
  int size;     /* of the heap */
  bool filling; /* not every input has been asked for its first item */
  bool over;    /* the upstream has ended */
  bool keyed, descending;
  int *heap;
  struct head heads[];
};

static void merge_build (lua_State *L, struct recipe *r, int first) {
  static const char *const names[] = { "key", NULL };
  int recipe = lua_gettop(L);
  int options = inputs_build(L, r, first);
  int list = lua_gettop(L);
  if (options != 0 && argument_options(L, r, options, names)) {
    lua_getfield(L, options, "key");
    r->n[1].flag = sort_take_desc(L, lua_gettop(L));
    lua_pushnil(L); /* arguments are below the top */
    callback_check(L, r, lua_gettop(L) - 1, "key");
    lua_rawseti(L, list, 0);
  }
  lua_settop(L, list);
  recipe_keep(L, recipe);
}

static void merge_init (lua_State *L, struct run *run, struct stage *s, const struct recipe *r,
                        int recipe, int anchors) {
  (void)run, (void)recipe;
  size_t heads = r->n[0].size + 1;
  struct merge *m = inputs_init(L, s, anchors,
                                sizeof *m + heads * (sizeof *m->heads + sizeof *m->heap));
  m->count = (int)r->n[0].integer;
  m->heap = (int *)(void *)&m->heads[heads];
  m->filling = true;
  m->descending = r->n[1].flag;
  lua_rawgeti(L, anchors, s->anchor + INPUTS_LIST);
  m->keyed = lua_rawgeti(L, -1, 0) != LUA_TNIL;
  lua_rawseti(L, anchors, s->anchor + MERGE_KEY);
  lua_pop(L, 1);
  for (int k = MERGE_HEADS; k <= MERGE_TEXTS; k++) {
    lua_newtable(L);
    lua_rawseti(L, anchors, s->anchor + k);
  }
  s->a.pointer = m;
}

/* Does the head of input i come before that of input j? */
static bool before (const struct merge *m, int i, int j) {
  int order = order_compare(&m->heads[i].key, &m->heads[j].key);
  return order != 0 ? order < 0 : i < j;
}

/* --- the heap --- */

/* Sinks what is at `at` to its place. */
static void sink (struct merge *m, int at) {
  int input = m->heap[at];
  for (;;) {
    int child = 2 * at + 1;
    if (child >= m->size) break;
    if (child + 1 < m->size && before(m, m->heap[child + 1], m->heap[child])) child++;
    if (!before(m, m->heap[child], input)) break;
    m->heap[at] = m->heap[child];
    at = child;
  }
  m->heap[at] = input;
}

/* Is the head of the root, which has just come, still the least? */
static bool stays (const struct merge *m) {
  for (int child = 1; child <= 2 && child < m->size; child++)
    if (before(m, m->heap[child], m->heap[0])) return false;
  return true;
}

/* --- heads --- */

/* Keeps the string on top (popped) that the key of input i is in. */
static void keep_text (struct flow *f, const struct stage *s, const struct merge *m, int i) {
  if (m->heads[i].key.text == NULL) return;
  flow_push_anchor(f, s, MERGE_TEXTS);
  lua_insert(f->L, -2);
  lua_rawseti(f->L, -2, i);
  lua_pop(f->L, 1);
}

static void keep_item (struct flow *f, const struct stage *s, struct merge *m, int i) {
  lua_State *L = f->L;
  struct head *h = &m->heads[i];
  h->item_kind = f->item.kind;
  h->count = 1;
  switch (f->item.kind) {
    case ITEM_INTEGER: h->item.integer = f->item.u.integer; return;
    case ITEM_NUMBER: h->item.number = f->item.u.number; return;
    case ITEM_TEXT: h->item_kind = ITEM_VALUE; break;
    case ITEM_VALUE: h->count = f->item.count; break;
  }
  flow_push_anchor(f, s, MERGE_HEADS);
  flow_push_value(f);
  lua_rawseti(L, -2, i);
  lua_pop(L, 1);
}

/* Makes the head of input i, which is the least, the item; that input's next is wanted. */
static verdict hand_on (struct flow *f, struct stage *s, struct merge *m) {
  lua_State *L = f->L;
  int i = m->wanted = m->heap[0];
  const struct head *h = &m->heads[i];
  if (i != 0) flow_hold(f, s);
  else if (s->is_held) flow_release(f, s);
  switch (h->item_kind) {
    case ITEM_INTEGER:
      f->item.kind = ITEM_INTEGER;
      f->item.u.integer = h->item.integer;
      return V_PASS;
    case ITEM_NUMBER:
      f->item.kind = ITEM_NUMBER;
      f->item.u.number = h->item.number;
      return V_PASS;
    default: break;
  }
  flow_push_anchor(f, s, MERGE_HEADS);
  int at = lua_gettop(L);
  lua_rawgeti(L, at, i);
  lua_pushboolean(L, 0); /* the item is handed on, not held */
  lua_rawseti(L, at, i);
  if (h->count == 1) return flow_pass(f, 1);
  luaL_checkstack(L, h->count + LUA_MINSTACK, "too many parts in an item");
  for (int k = 1; k <= h->count; k++) lua_rawgeti(L, at + 1, k);
  return flow_pass(f, h->count);
}

/* All inputs have been asked for their first items. */
static verdict filled (struct flow *f, struct stage *s, struct merge *m) {
  m->filling = false;
  for (int at = m->size / 2; at-- > 0;) sink(m, at);
  return m->size == 0 ? V_END : hand_on(f, s, m);
}

/* While filling: the next input is wanted. */
static verdict want_next (struct flow *f, struct stage *s, struct merge *m) {
  if (++m->wanted > m->count) return filled(f, s, m);
  flow_hold(f, s);
  return V_DROP;
}

/* The key of the wanted head, which is the item, has been read; a text is on top. */
static verdict came (struct flow *f, struct stage *s, struct merge *m) {
  int i = m->wanted;
  if (!m->filling && stays(m)) return V_PASS;
  keep_text(f, s, m, i);
  keep_item(f, s, m, i);
  if (m->filling) {
    m->heap[m->size++] = i;
    return want_next(f, s, m);
  }
  sink(m, 0);
  return hand_on(f, s, m);
}

/* The wanted input has an item. */
static verdict take (struct flow *f, struct stage *s, struct merge *m) {
  struct order_key *key = &m->heads[m->wanted].key;
  if (m->keyed) {
    callback_push(f, s, MERGE_KEY);
    return callback_ask(f, flow_push_item(f), 1);
  }
  if (!order_read_number_item(f, false, key) && order_read_item(f, false, key) == V_ERROR)
    return V_ERROR;
  return came(f, s, m);
}

/* Its key has been called for. */
static verdict merge_called (struct flow *f, struct stage *s) {
  struct merge *m = s->a.pointer;
  if (!order_read(f->L, m->descending, &m->heads[m->wanted].key)) return order_fail(f, true);
  return came(f, s, m);
}

/* It has ended. */
static verdict gone (struct flow *f, struct stage *s, struct merge *m) {
  if (m->filling) return want_next(f, s, m);
  if (--m->size == 0) return V_END;
  m->heap[0] = m->heap[m->size];
  sink(m, 0);
  return hand_on(f, s, m);
}

/* --- steps --- */

static verdict merge_give (struct flow *f, struct stage *s) { return take(f, s, s->a.pointer); }

static verdict merge_child_end (struct flow *f, struct stage *s) {
  struct merge *m = s->a.pointer;
  input_end(f, s, &m->heads[m->wanted].input, m->wanted);
  return gone(f, s, m);
}

static verdict merge_pull (struct flow *f, struct stage *s) {
  struct merge *m = s->a.pointer;
  verdict v = input_next(f, s, &m->heads[m->wanted].input, m->wanted);
  if (v == V_PASS) return take(f, s, m);
  return v == V_END ? gone(f, s, m) : v;
}

static verdict merge_end (struct flow *f, struct stage *s) {
  struct merge *m = s->a.pointer;
  if (m->over) return V_END;
  m->over = true;
  return gone(f, s, m);
}

const struct steps steps_merge_sorted = {
  .anchors = MERGE_SLOTS, .build = merge_build, .init = merge_init, .give = merge_give,
  .called = merge_called, .pull = merge_pull, .child = merge_give,
  .child_end = merge_child_end, .end = merge_end
};
