/* SPDX-License-Identifier: MIT
 * cycle.c - what is above it, again and again.
 *
 * Where that can be read anew, each further round is a run of it; else the items of the
 * first round are held. A round without an item is the last one: nothing but its like would
 * follow.
 */
#include <lauxlib.h>

#include "core/argument.h"
#include "core/read_once.h"
#include "core/recipe.h"
#include "core/run.h"

/* --- slots what is above, the run of it or the list of its items; a: rounds still to come
 * after the one at hand, b: items of the list, c: items of this round given --- */

enum { CYCLE_ABOVE, CYCLE_ROUND, CYCLE_SLOTS };
enum { PHASE_FIRST, PHASE_HOLDS /* the first round, holding it */, PHASE_RUNS, PHASE_LIST };

#define ENDLESS LUA_MAXINTEGER

static void cycle_build (lua_State *L, struct recipe *r, int first) {
  int recipe = lua_gettop(L);
  argument_at_most(L, r, first, 1);
  r->n[0].integer = ENDLESS;
  if (argument_given(L, first)) {
    r->n[0].integer = argument_integer(L, r, first, "n", 0);
    r->shown = 1;
  }
  lua_getiuservalue(L, recipe, RECIPE_UPSTREAM);
  r->n[1].flag = recipe_is_read_once(L, lua_gettop(L));
}

static void cycle_init (lua_State *L, struct run *run, struct stage *s, const struct recipe *r,
                        int recipe, int anchors) {
  lua_Integer rounds = r->n[0].integer;
  if (rounds == 0) {
    run_never_pull(run, s);
    return;
  }
  s->a.integer = rounds - (rounds != ENDLESS);
  lua_getiuservalue(L, recipe, RECIPE_UPSTREAM);
  lua_rawseti(L, anchors, s->anchor + CYCLE_ABOVE);
  if (!r->n[1].flag || s->a.integer == 0) return;
  s->phase = PHASE_HOLDS;
  lua_newtable(L);
  lua_rawseti(L, anchors, s->anchor + CYCLE_ROUND);
}

static verdict cycle_give (struct flow *f, struct stage *s) {
  s->c.integer = 1;
  if (s->phase != PHASE_HOLDS) return V_PASS;
  flow_push_anchor(f, s, CYCLE_ROUND);
  flow_pack(f);
  lua_rawseti(f->L, -2, ++s->b.integer);
  return V_PASS;
}

/* Begins the next round, if there is one. */
static bool next_round (struct stage *s) {
  if (s->a.integer == 0 || s->c.integer == 0) return false;
  if (s->a.integer != ENDLESS) s->a.integer--;
  s->c.integer = 0;
  return true;
}

static verdict cycle_end (struct flow *f, struct stage *s) {
  if (s->phase >= PHASE_RUNS || !next_round(s)) return V_END;
  s->phase = s->phase == PHASE_HOLDS ? PHASE_LIST : PHASE_RUNS;
  flow_hold(f, s);
  return V_DROP;
}

static verdict cycle_over (struct flow *f, struct stage *s) {
  flow_release(f, s);
  lua_pushnil(f->L);
  flow_set_anchor(f, s, CYCLE_ROUND);
  return V_DROP;
}

static verdict cycle_pull (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  if (s->phase == PHASE_RUNS) {
    flow_push_anchor(f, s, CYCLE_ROUND);
    if (!lua_isnil(L, -1)) return flow_pull_child(f, lua_touserdata(L, -1));
    flow_push_anchor(f, s, CYCLE_ABOVE);
    return flow_pull_child(f, flow_child(f, s, CYCLE_ROUND));
  }
  if (s->c.integer == s->b.integer && !next_round(s)) return cycle_over(f, s);
  flow_push_anchor(f, s, CYCLE_ROUND);
  lua_rawgeti(L, -1, ++s->c.integer);
  return flow_pass(f, flow_unpack(f));
}

static verdict cycle_child (struct flow *f, struct stage *s) {
  (void)f;
  s->c.integer = 1;
  return V_PASS;
}

static verdict cycle_child_end (struct flow *f, struct stage *s) {
  if (!next_round(s)) return cycle_over(f, s);
  lua_pushnil(f->L);
  flow_set_anchor(f, s, CYCLE_ROUND);
  return V_DROP;
}

const struct steps steps_cycle = { .anchors = CYCLE_SLOTS, .native = true,
                                   .build = cycle_build, .init = cycle_init,
                                   .give = cycle_give, .pull = cycle_pull,
                                   .child = cycle_child, .child_end = cycle_child_end,
                                   .end = cycle_end };
