/* SPDX-License-Identifier: MIT
 * sort.c - stages that put items in order: sort, top, bottom, reverse.
 *
 * Each item's key is read when it comes, so a function that computes one may yield, and comparing
 * is C's affair alone. The keys of an item come in one of three ways:
 *
 *   none     the item is its own key, a tuple part by part (GIVE_STEP; may run inside yield)
 *   one      the driver calls its function (GIVE_CALL)
 *   several  one after another is asked for (V_CALL); the results pile up on the stack
 *
 * and then `accept` has it.
 */
#include "stages/sort.h"

#include <math.h>

#include <lauxlib.h>

#include "core/argument.h"
#include "core/callback.h"
#include "core/failure.h"
#include "core/order_list.h"

/* --- desc(key) --- */

struct descending {
  const void *magic;
};
static const char magic = 0; /* its address tells a desc(key) from other userdata, and is the
                                registry's key of the metatable */

int sort_desc (lua_State *L) {
  bool callable = lua_type(L, 1) == LUA_TSTRING || lua_isfunction(L, 1);
  if (!callable && luaL_getmetafield(L, 1, "__call") != LUA_TNIL) callable = true;
  if (!callable)
    return luaL_error(L, "desc: key must be a function or a path, got %s",
                      lua_isnone(L, 1) ? "nothing" : argument_type(L, 1));
  struct descending *d = lua_newuserdatauv(L, sizeof *d, 1);
  d->magic = &magic;
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, -2, 1);
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &magic) == LUA_TNIL) {
    lua_pop(L, 1);
    lua_createtable(L, 0, 2);
    lua_pushliteral(L, "leat.desc");
    lua_setfield(L, -2, "__name");
    lua_pushliteral(L, "leat.desc");
    lua_setfield(L, -2, "__metatable");
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &magic);
  }
  lua_setmetatable(L, -2);
  return 1;
}

bool sort_take_desc (lua_State *L, int index) {
  const struct descending *d = lua_touserdata(L, index);
  if (d == NULL || lua_rawlen(L, index) != sizeof *d || d->magic != &magic) return false;
  lua_getiuservalue(L, index, 1);
  lua_replace(L, index);
  return true;
}

/* --- keys --- */

/* SLOT_STRINGS: of the keys; a table once there is one */
enum { SLOT_KEYS, SLOT_ITEMS, SLOT_STATE, SLOT_STRINGS, SLOTS };

/* In the recipe: n[0] what top takes, n[1] a bit for each key that descends, n[2] how many keys.
 * In the stage: a the bits, b how many, c the state; phase: of several keys, those that are
 * there. */
#define MOST_KEYS (ORDER_DIRECTIONS - 1)

/* Keeps the keys among the arguments from `first` on: one as it is, several in a list. `down`:
 * the greatest come first. */
static void several_build (lua_State *L, struct recipe *r, int first, bool down) {
  int recipe = lua_gettop(L), count = recipe - first;
  if (count > MOST_KEYS) argument_fail(L, r, "at most %d keys expected, got %d", MOST_KEYS, count);
  r->n[1].natural = down ? ~UINT64_C(0) : 0;
  r->n[2].integer = count;
  lua_createtable(L, count, 0);
  for (int i = 0; i < count; i++) {
    if (lua_tocfunction(L, first + i) == sort_desc)
      argument_fail(L, r, "desc stands before a key: desc(\"name\")");
    if (sort_take_desc(L, first + i)) r->n[1].natural ^= UINT64_C(1) << i;
    callback_check(L, r, first + i, "key");
    lua_rawseti(L, recipe + 1, i + 1);
    lua_settop(L, recipe + 1);
  }
  if (count == 1) lua_rawgeti(L, recipe + 1, 1);
  recipe_keep(L, recipe);
}

static verdict accept (struct flow *f, struct stage *s, const struct order_key *key, bool keep);

/* Turns a text into a string, so that the item and its key are the same one. */
static void settle (struct flow *f) {
  if (f->item.kind == ITEM_TEXT) flow_pass(f, flow_push_item(f));
}

static verdict give (struct flow *f, struct stage *s) {
  struct order_key key;
  bool descending = (s->a.natural & 1) != 0;
  if (order_read_number_item(f, descending, &key)) return accept(f, s, &key, false);
  settle(f);
  if (order_read_item(f, descending, &key) == V_ERROR) return V_ERROR;
  return accept(f, s, &key, key.rank == ORDER_LIST);
}

static verdict one_called (struct flow *f, struct stage *s) {
  struct order_key key;
  if (!order_read(f->L, (s->a.natural & 1) != 0, &key)) return order_fail(f, true);
  return accept(f, s, &key, true);
}

/* Asks for key number `phase`. */
static verdict several_ask (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  luaL_checkstack(L, 8, "too many keys");
  flow_push_anchor(f, s, SLOT_KEYS);
  lua_rawgeti(L, -1, s->phase + 1);
  lua_remove(L, -2);
  return callback_ask(f, flow_push_item(f), 1);
}

static verdict several_give (struct flow *f, struct stage *s) {
  s->phase = 0;
  return several_ask(f, s);
}

static verdict several_called (struct flow *f, struct stage *s) {
  struct order_key key;
  int count = (int)s->b.integer;
  if (++s->phase < count) return several_ask(f, s);
  if (!order_read_several(f->L, f->result_at - count + 1, count, s->a.natural, &key))
    return order_fail(f, true);
  return accept(f, s, &key, true);
}

static verdict sort_end (struct flow *f, struct stage *s);
static verdict sort_pull (struct flow *f, struct stage *s);
static verdict top_end (struct flow *f, struct stage *s);
static verdict top_pull (struct flow *f, struct stage *s);

static const struct steps sort_several = {
  .anchors = SLOTS, .give = several_give, .called = several_called, .end = sort_end,
  .pull = sort_pull
};
static const struct steps top_several = {
  .anchors = SLOTS, .give = several_give, .called = several_called, .end = top_end,
  .pull = top_pull
};

static void several_init (lua_State *L, struct stage *s, const struct recipe *r, int anchors,
                       const struct steps *several) {
  s->a = r->n[1];
  s->b = r->n[2];
  if (s->b.integer == 1) s->give_kind = GIVE_CALL;
  if (s->b.integer > 1) s->steps = several;
  lua_newtable(L);
  lua_rawseti(L, anchors, s->anchor + SLOT_ITEMS);
}

/* --- sort: a list of keys; after the end `a` is the number of items given, `b` of those fetched.
 * Of a number without a key the list is all there is --- */

static void sort_build (lua_State *L, struct recipe *r, int first) {
  several_build(L, r, first, false);
}

static void sort_init (lua_State *L, struct run *run, struct stage *s, const struct recipe *r,
                       int recipe, int anchors) {
  (void)run, (void)recipe;
  several_init(L, s, r, anchors, &sort_several);
  struct order_list *list = order_list_push(L);
  lua_rawseti(L, anchors, s->anchor + SLOT_STATE);
  s->c.pointer = list;
}

/* Keeps the string on top. */
static void keep_string (struct flow *f, const struct stage *s, size_t number) {
  lua_State *L = f->L;
  int string = lua_gettop(L);
  flow_push_anchor(f, s, SLOT_STRINGS);
  if (!lua_istable(L, -1)) {
    lua_newtable(L);
    lua_pushvalue(L, -1);
    flow_set_anchor(f, s, SLOT_STRINGS);
  }
  lua_pushvalue(L, string);
  lua_rawseti(L, -2, (lua_Integer)number);
  lua_settop(L, string);
}

/* The string of the key, if it has one, is on top; `keep`: nobody else keeps it. */
static verdict sort_accept (struct flow *f, struct stage *s, const struct order_key *key,
                            bool keep) {
  lua_State *L = f->L;
  struct order_list *list = s->c.pointer;
  enum order_kind kind = s->b.integer == 0 ? order_kind_of(f, key) : ORDER_ELSEWHERE;
  if (keep && key->text != NULL) keep_string(f, s, list->count + 1);
  if (kind == ORDER_ELSEWHERE) {
    flow_push_anchor(f, s, SLOT_ITEMS);
    flow_pack(f);
    lua_rawseti(L, -2, (lua_Integer)list->count + 1);
  }
  if (!order_list_has_room(list, key)) {
    flow_push_anchor(f, s, SLOT_STATE);
    order_list_make_room(L, lua_gettop(L), list, key);
  }
  order_list_put(list, key, kind);
  return V_DROP;
}

/* So many items are fetched at once, into a small table: they are all over the memory, and so the
 * processor waits for several at a time. A million records, sorted and collected, take 220 ns each
 * for 265. */
#define AHEAD 64

/* Units (limits.h) that putting an item in order takes. */
#define SORTED 16

/* Lets go of what is held. */
static verdict leave (struct flow *f, struct stage *s) {
  for (int k = SLOT_KEYS; k < SLOTS; k++) {
    lua_pushnil(f->L);
    flow_set_anchor(f, s, k);
  }
  flow_release(f, s);
  return V_DROP;
}

/* Fetches the items from number `a` on, and says in `b` how far. The small table is on top. */
static void fetch (struct flow *f, struct stage *s, const struct order_list *list) {
  lua_State *L = f->L;
  size_t left = list->count - s->a.size;
  s->b.size = s->a.size + (left < AHEAD ? left : AHEAD);
  flow_push_anchor(f, s, SLOT_ITEMS);
  for (size_t i = s->a.size; i < s->b.size; i++) {
    lua_rawgeti(L, -1, order_list_at(list, i));
    lua_rawseti(L, -3, (lua_Integer)(i % AHEAD) + 1);
  }
  lua_pop(L, 1);
}

static verdict sort_pull (struct flow *f, struct stage *s) {
  const struct order_list *list = s->c.pointer;
  if (s->a.size == list->count) return leave(f, s);
  if (order_list_take(list, s->a.size, f)) {
    s->a.size++;
    return V_PASS;
  }
  flow_push_anchor(f, s, SLOT_KEYS);
  if (s->a.size >= s->b.size) fetch(f, s, list);
  lua_rawgeti(f->L, -1, (lua_Integer)(s->a.size++ % AHEAD) + 1);
  return flow_pass(f, flow_unpack(f));
}

static verdict sort_end (struct flow *f, struct stage *s) {
  struct order_list *list = s->c.pointer;
  if (list->count == 0) return V_END;
  limits_pay(f->L, &f->root->state->limits, (uint64_t)list->count * SORTED);
  flow_push_anchor(f, s, SLOT_STATE);
  order_list_sort(f->L, lua_gettop(f->L), list);
  lua_pushnil(f->L);
  flow_set_anchor(f, s, SLOT_STRINGS);
  s->a.size = s->b.size = 0;
  lua_createtable(f->L, AHEAD, 0);
  flow_set_anchor(f, s, SLOT_KEYS);
  flow_hold(f, s);
  return V_DROP;
}

const struct steps steps_sort = {
  .anchors = SLOTS, .native = true, .plain_call = true, .build = sort_build, .init = sort_init,
  .give = give, .called = one_called, .end = sort_end, .pull = sort_pull
};

/* --- top, bottom: a heap of the n that would come first, the last of them on top --- */

struct best {
  struct order_key key;
  uint64_t number; /* of those that came here, in turn */
  lua_Integer at;  /* where it is in SLOT_ITEMS; its key's string is at -at */
};

struct heap {
  uint64_t seen;
  size_t limit, count, capacity, given;
  struct best *best;
  /* Most items will not do, and most keys are numbers: those below `least` and above `most` are
   * let go at once. */
  lua_Number least, most;
};

static void top_n_build (lua_State *L, struct recipe *r, int first, bool down) {
  r->n[0].integer = argument_integer(L, r, first, "n", 0);
  r->shown = 1;
  several_build(L, r, first + 1, down);
}

static void top_build (lua_State *L, struct recipe *r, int first) {
  top_n_build(L, r, first, true);
}

static void bottom_build (lua_State *L, struct recipe *r, int first) {
  top_n_build(L, r, first, false);
}

static void top_init (lua_State *L, struct run *run, struct stage *s, const struct recipe *r,
                      int recipe, int anchors) {
  (void)recipe;
  several_init(L, s, r, anchors, &top_several);
  struct heap *heap = lua_newuserdatauv(L, sizeof *heap, 1);
  *heap = (struct heap){ .limit = r->n[0].size, .least = -HUGE_VAL, .most = HUGE_VAL };
  lua_rawseti(L, anchors, s->anchor + SLOT_STATE);
  s->c.pointer = heap;
  if (heap->limit == 0) run_never_pull(run, s);
}

/* Does a come behind b? No two have the same number. */
static inline bool behind (const struct best *a, const struct best *b) {
  int order = order_compare(&a->key, &b->key);
  return order != 0 ? order > 0 : a->number > b->number;
}

static void swap (struct best *a, struct best *b) {
  struct best old = *a;
  *a = *b;
  *b = old;
}

static void sift_up (struct best *heap, size_t at) {
  for (; at > 0 && behind(&heap[at], &heap[(at - 1) / 2]); at = (at - 1) / 2)
    swap(&heap[at], &heap[(at - 1) / 2]);
}

static void sift_down (struct best *heap, size_t count) {
  for (size_t at = 0, child; (child = 2 * at + 1) < count; at = child) {
    if (child + 1 < count && behind(&heap[child + 1], &heap[child])) child++;
    if (!behind(&heap[child], &heap[at])) return;
    swap(&heap[at], &heap[child]);
  }
}

/* Makes room for one more. The heap is on top. */
static void heap_grow (lua_State *L, struct heap *heap) {
  size_t capacity = heap->capacity < 8 ? 16 : heap->capacity * 2;
  if (capacity > heap->limit) capacity = heap->limit;
  if (capacity > SIZE_MAX / 2 / sizeof *heap->best) failure_raise_memory(L);
  struct best *best = lua_newuserdatauv(L, capacity * sizeof *best, 0);
  if (heap->count > 0) memcpy(best, heap->best, heap->count * sizeof *best);
  lua_setiuservalue(L, -2, 1);
  heap->best = best;
  heap->capacity = capacity;
}

/* The heap is full: what comes behind the last of it will not do. */
static void set_bounds (struct heap *heap) {
  const struct order_key *last = &heap->best[0].key;
  heap->least = -HUGE_VAL;
  heap->most = HUGE_VAL;
  if (last->rank == ORDER_NUMBER) heap->most = order_double_of_word(last->word);
  if (last->rank == ORDER_NUMBER_DOWN) heap->least = order_double_of_word(~last->word);
}

/* The string of the key, if it has one, is on top. */
static verdict top_accept (struct flow *f, struct stage *s, const struct order_key *key) {
  lua_State *L = f->L;
  struct heap *heap = s->c.pointer;
  bool full = heap->count == heap->limit;
  if (full && order_compare(key, &heap->best[0].key) >= 0) return V_DROP;
  struct best new = { *key, heap->seen++,
                      full ? heap->best[0].at : (lua_Integer)heap->count + 1 };
  int string = lua_gettop(L);
  if (!full && heap->count == heap->capacity) {
    flow_push_anchor(f, s, SLOT_STATE);
    heap_grow(L, heap);
  }
  /* Should one of these raise there is no more to come of this run. */
  flow_push_anchor(f, s, SLOT_ITEMS);
  int items = lua_gettop(L);
  flow_pack(f);
  lua_rawseti(L, items, new.at);
  if (key->text != NULL) {
    lua_pushvalue(L, string);
    lua_rawseti(L, items, -new.at);
  }
  if (full) {
    heap->best[0] = new;
    sift_down(heap->best, heap->count);
  }
  else {
    heap->best[heap->count] = new;
    sift_up(heap->best, heap->count++);
  }
  if (heap->count == heap->limit) set_bounds(heap);
  return V_DROP;
}

/* A rounded integer that is out of bounds is so by itself. */
static inline bool is_out (const struct heap *heap, lua_Number n) {
  return n < heap->least || n > heap->most;
}

static verdict top_give (struct flow *f, struct stage *s) {
  const struct heap *heap = s->c.pointer;
  const struct item *item = &f->item;
  if (item->kind == ITEM_INTEGER) {
    if (is_out(heap, (lua_Number)item->u.integer)) return V_DROP;
  }
  else if (item->kind == ITEM_VALUE && item->count == 1 &&
           lua_type(f->L, item->at) == LUA_TNUMBER &&
           is_out(heap, lua_tonumberx(f->L, item->at, NULL)))
    return V_DROP;
  return give(f, s);
}

static verdict top_called (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  if (lua_type(L, -1) == LUA_TNUMBER && is_out(s->c.pointer, lua_tonumberx(L, -1, NULL)))
    return V_DROP;
  return one_called(f, s);
}

static verdict top_pull (struct flow *f, struct stage *s) {
  struct heap *heap = s->c.pointer;
  if (heap->given == heap->count) return leave(f, s);
  flow_push_anchor(f, s, SLOT_ITEMS);
  lua_rawgeti(f->L, -1, heap->best[heap->given++].at);
  return flow_pass(f, flow_unpack(f));
}

/* Heapsort: the last of them goes to the end, again and again. */
static verdict top_end (struct flow *f, struct stage *s) {
  struct heap *heap = s->c.pointer;
  if (heap->count == 0) return V_END;
  for (size_t left = heap->count; left > 1;) {
    swap(&heap->best[0], &heap->best[--left]);
    sift_down(heap->best, left);
  }
  flow_hold(f, s);
  return V_DROP;
}

static verdict accept (struct flow *f, struct stage *s, const struct order_key *key, bool keep) {
  return s->op == &operators[OPERATOR_sort] ? sort_accept(f, s, key, keep)
                                            : top_accept(f, s, key);
}

#define TOP_STEPS                                                                              \
  .anchors = SLOTS, .native = true, .plain_call = true, .init = top_init, .give = top_give,    \
  .called = top_called, .end = top_end, .pull = top_pull

const struct steps steps_top = { TOP_STEPS, .build = top_build };
const struct steps steps_bottom = { TOP_STEPS, .build = bottom_build };

/* --- reverse: slots the items; a: how many are left --- */

static void reverse_build (lua_State *L, struct recipe *r, int first) {
  argument_at_most(L, r, first, 0);
}

static void reverse_init (lua_State *L, struct run *run, struct stage *s, const struct recipe *r,
                          int recipe, int anchors) {
  (void)run, (void)r, (void)recipe;
  lua_newtable(L);
  lua_rawseti(L, anchors, s->anchor);
}

static verdict reverse_give (struct flow *f, struct stage *s) {
  flow_push_anchor(f, s, 0);
  flow_pack(f);
  lua_rawseti(f->L, -2, ++s->a.integer);
  return V_DROP;
}

static verdict reverse_pull (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  if (s->a.integer == 0) {
    lua_pushnil(L);
    flow_set_anchor(f, s, 0);
    flow_release(f, s);
    return V_DROP;
  }
  flow_push_anchor(f, s, 0);
  lua_rawgeti(L, -1, s->a.integer--);
  return flow_pass(f, flow_unpack(f));
}

static verdict reverse_end (struct flow *f, struct stage *s) {
  if (s->a.integer == 0) return V_END;
  flow_hold(f, s);
  return V_DROP;
}

const struct steps steps_reverse = { .anchors = 1, .native = true, .build = reverse_build,
                                     .init = reverse_init, .give = reverse_give,
                                     .pull = reverse_pull, .end = reverse_end };
