/* SPDX-License-Identifier: MIT
 * sample.c - stages that draw lots: sample, sample_fraction, shuffle.
 *
 * Each run draws the same lots, since the seed is fixed where none is given. Stages of one pipeline
 * draw from streams of their own, by their number among the stages that draw, so two of them do
 * not choose alike, and stages of other kinds between them make no difference.
 */
#include <lauxlib.h>

#include "core/argument.h"
#include "core/failure.h"
#include "core/order_list.h"
#include "core/random.h"

/* In recipes: n[0] the argument, n[1] the seed, n[2] the number of the stage among those that
 * draw, from 0. */

extern const struct steps steps_sample, steps_sample_fraction, steps_shuffle;

static bool draws (const struct op *op) {
  return op->steps == &steps_sample || op->steps == &steps_sample_fraction ||
         op->steps == &steps_shuffle;
}

/* Reads the seed at `index`, and counts the stages above that draw: as far as the next one, which
 * knows its own number. The recipe is on top. */
static void seed_build (lua_State *L, struct recipe *r, int index) {
  int recipe = lua_gettop(L);
  argument_at_most(L, r, index - 1, 2);
  if (argument_given(L, index))
    r->n[1].integer = argument_integer(L, r, index, "seed", LUA_MININTEGER);
  lua_pushvalue(L, recipe);
  for (;;) {
    lua_getiuservalue(L, -1, RECIPE_UPSTREAM);
    lua_remove(L, -2);
    const struct recipe *above = recipe_test(L, -1);
    if (above != NULL && draws(above->op)) r->n[2].natural = above->n[2].natural + 1;
    if (above == NULL || draws(above->op)) break;
  }
  lua_pop(L, 1);
}

/* Puts the generator into slot 0, the items' table into slot 1. */
static void draw_init (lua_State *L, struct run *run, struct stage *s, const struct recipe *r,
                       int recipe, int anchors) {
  (void)run, (void)recipe;
  struct random *random = lua_newuserdatauv(L, sizeof *random, 0);
  random_seed(random, r->n[1].natural, r->n[2].natural);
  lua_rawseti(L, anchors, s->anchor);
  s->c.pointer = random;
  if (s->steps->anchors == 1) return;
  lua_newtable(L);
  lua_rawseti(L, anchors, s->anchor + 1);
}

/* Lets go of what is held. */
static verdict leave (struct flow *f, struct stage *s) {
  for (int k = 1; k < s->steps->anchors; k++) {
    lua_pushnil(f->L);
    flow_set_anchor(f, s, k);
  }
  flow_release(f, s);
  return V_DROP;
}

/* --- sample_fraction: a the fraction, c the generator --- */

static void fraction_build (lua_State *L, struct recipe *r, int first) {
  bool is_number = first < lua_gettop(L) && lua_type(L, first) == LUA_TNUMBER;
  if (!is_number)
    argument_fail(L, r, "p must be a number from 0 to 1, got %s",
                  first < lua_gettop(L) ? argument_type(L, first) : "nothing");
  r->n[0].number = lua_tonumber(L, first);
  if (!(r->n[0].number >= 0 && r->n[0].number <= 1))
    argument_fail(L, r, "p must be from 0 to 1, got %s", lua_tostring(L, first));
  seed_build(L, r, first + 1);
  lua_pushvalue(L, first); /* for tostring */
  recipe_keep(L, -2);
}

static void fraction_init (lua_State *L, struct run *run, struct stage *s,
                           const struct recipe *r, int recipe, int anchors) {
  draw_init(L, run, s, r, recipe, anchors);
  s->a = r->n[0];
}

static verdict fraction_give (struct flow *f, struct stage *s) {
  (void)f;
  return random_fraction(s->c.pointer) < s->a.number ? V_PASS : V_DROP;
}

const struct steps steps_sample_fraction = { .anchors = 1, .native = true,
                                             .build = fraction_build, .init = fraction_init,
                                             .give = fraction_give };

/* --- sample: algorithm R (Vitter: Random Sampling with a Reservoir, 1985), which draws once for
 * each item, and needs no logarithm, of which every libm has its own. The sample comes in the
 * order in which the items came. Slots: generator, items, reservoir; a: items seen; after the end
 * those given; c: generator, then reservoir --- */

enum { SAMPLE_ITEMS = 1, SAMPLE_RESERVOIR, SAMPLE_SLOTS };

struct reservoir {
  struct random *random; /* slot 0 */
  size_t limit, count, capacity;
  uint64_t *numbers; /* of the items, as they came: of item i, which is at i + 1 */
  struct order_list *order;
};

static void sample_build (lua_State *L, struct recipe *r, int first) {
  r->n[0].integer = argument_integer(L, r, first, "n", 0);
  r->shown = 1;
  seed_build(L, r, first + 1);
}

static void sample_init (lua_State *L, struct run *run, struct stage *s, const struct recipe *r,
                         int recipe, int anchors) {
  draw_init(L, run, s, r, recipe, anchors);
  struct reservoir *v = lua_newuserdatauv(L, sizeof *v, 2);
  *v = (struct reservoir){ .random = s->c.pointer, .limit = r->n[0].size };
  lua_rawseti(L, anchors, s->anchor + SAMPLE_RESERVOIR);
  s->c.pointer = v;
  if (v->limit == 0) run_never_pull(run, s);
}

/* Makes room for one more. */
static void reservoir_grow (struct flow *f, struct stage *s, struct reservoir *v) {
  lua_State *L = f->L;
  size_t capacity = v->capacity < 8 ? 16 : v->capacity * 2;
  if (capacity > v->limit) capacity = v->limit;
  if (capacity > SIZE_MAX / 2 / sizeof *v->numbers) failure_raise_memory(L);
  flow_push_anchor(f, s, SAMPLE_RESERVOIR);
  uint64_t *numbers = lua_newuserdatauv(L, capacity * sizeof *numbers, 0);
  if (v->count > 0) memcpy(numbers, v->numbers, v->count * sizeof *numbers);
  lua_setiuservalue(L, -2, 1);
  v->numbers = numbers;
  v->capacity = capacity;
}

static verdict sample_give (struct flow *f, struct stage *s) {
  struct reservoir *v = s->c.pointer;
  uint64_t number = s->a.natural++, at = number;
  if (number >= v->limit) {
    at = random_below(v->random, number + 1);
    if (at >= v->limit) return V_DROP;
  }
  else if (v->count == v->capacity)
    reservoir_grow(f, s, v);
  flow_push_anchor(f, s, SAMPLE_ITEMS);
  flow_pack(f);
  lua_rawseti(f->L, -2, (lua_Integer)at + 1);
  v->numbers[at] = number;
  if (at == v->count) v->count++;
  return V_DROP;
}

static verdict sample_pull (struct flow *f, struct stage *s) {
  struct reservoir *v = s->c.pointer;
  if (s->a.size == v->count) return leave(f, s);
  flow_push_anchor(f, s, SAMPLE_ITEMS);
  lua_rawgeti(f->L, -1, order_list_at(v->order, s->a.size++));
  return flow_pass(f, flow_unpack(f));
}

static verdict sample_end (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  struct reservoir *v = s->c.pointer;
  struct order_key key = { .rank = ORDER_NUMBER };
  if (v->count == 0) return V_END;
  flow_push_anchor(f, s, SAMPLE_RESERVOIR);
  v->order = order_list_push(L);
  int order = lua_gettop(L);
  for (size_t i = 0; i < v->count; i++) {
    key.word = v->numbers[i];
    order_list_make_room(L, order, v->order, &key);
    order_list_put(v->order, &key, ORDER_ELSEWHERE);
  }
  order_list_sort(L, order, v->order);
  lua_setiuservalue(L, order - 1, 2);
  s->a.size = 0;
  flow_hold(f, s);
  return V_DROP;
}

const struct steps steps_sample = { .anchors = SAMPLE_SLOTS, .native = true,
                                    .build = sample_build, .init = sample_init,
                                    .give = sample_give, .pull = sample_pull,
                                    .end = sample_end };

/* --- shuffle: slots generator, items; a: how many, b: room for how many (0: all), c: generator.
 * With a buffer each item takes the place of one that goes on, whichever the lot falls on, so
 * none comes much earlier than it would, but it may come any time later. What is there at the end
 * is shuffled as it is given (Durstenfeld: Algorithm 235, 1964; called Fisher-Yates) --- */

static void shuffle_build (lua_State *L, struct recipe *r, int first) {
  if (argument_given(L, first)) {
    r->n[0].integer = argument_integer(L, r, first, "buffer", 1);
    r->shown = 1;
  }
  seed_build(L, r, first + 1);
}

static void shuffle_init (lua_State *L, struct run *run, struct stage *s, const struct recipe *r,
                          int recipe, int anchors) {
  draw_init(L, run, s, r, recipe, anchors);
  s->b = r->n[0];
}

static verdict shuffle_give (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  flow_push_anchor(f, s, 1);
  int items = lua_gettop(L);
  if (s->b.integer == 0 || s->a.integer < s->b.integer) {
    flow_pack(f);
    lua_rawseti(L, items, ++s->a.integer);
    return V_DROP;
  }
  lua_Integer at = (lua_Integer)random_below(s->c.pointer, s->a.natural) + 1;
  lua_rawgeti(L, items, at);
  flow_pack(f);
  lua_rawseti(L, items, at);
  return flow_pass(f, flow_unpack(f));
}

static verdict shuffle_pull (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  if (s->a.integer == 0) return leave(f, s);
  flow_push_anchor(f, s, 1);
  int items = lua_gettop(L);
  lua_Integer at = (lua_Integer)random_below(s->c.pointer, s->a.natural) + 1;
  lua_rawgeti(L, items, at);
  lua_rawgeti(L, items, s->a.integer--); /* the last one takes its place */
  lua_rawseti(L, items, at);
  return flow_pass(f, flow_unpack(f));
}

static verdict shuffle_end (struct flow *f, struct stage *s) {
  if (s->a.integer == 0) return V_END;
  flow_hold(f, s);
  return V_DROP;
}

const struct steps steps_shuffle = { .anchors = 2, .native = true, .build = shuffle_build,
                                     .init = shuffle_init, .give = shuffle_give,
                                     .pull = shuffle_pull, .end = shuffle_end };
