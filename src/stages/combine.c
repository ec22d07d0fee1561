/* SPDX-License-Identifier: MIT
 * combine.c - stages that read further inputs beside their upstream.
 */
#include <lauxlib.h>

#include "core/argument.h"
#include "core/failure.h"
#include "core/run.h"
#include "sources/from.h"
#include "stages/policy.h"

/* Keeps the arguments from `first` on, each through `from`, as a list; a last table
 * with names for keys is options. Returns the index of the options or 0. */
static int inputs_build (lua_State *L, struct recipe *r, int first) {
  int recipe = lua_gettop(L);
  int last = recipe - 1;
  int options = 0;
  if (last >= first && from_is_options(L, last)) options = last--;
  lua_createtable(L, last - first + 1, 0);
  for (int i = first; i <= last; i++) {
    lua_pushvalue(L, i);
    if (!from_convert(L))
      argument_fail(L, r, "input %d must be a list, pipeline, generator, coroutine or iterator, "
                          "got %s", i - first + 2, luaL_typename(L, i));
    from_as_recipe(L);
    lua_rawseti(L, recipe + 1, i - first + 1);
  }
  r->n[0].integer = last - first + 1;
  recipe_keep(L, recipe);
  return options;
}

/* --- chain: slots inputs (last first: run.c merges neighbours), the one being read;
 * a: how many are left --- */

static void chain_build (lua_State *L, struct recipe *r, int first) {
  static const char *const none[] = { NULL };
  int options = inputs_build(L, r, first);
  if (options != 0) argument_options(L, r, options, none);
}

static verdict chain_give (struct flow *f, struct stage *s) {
  (void)f, (void)s;
  return V_PASS;
}

static verdict chain_end (struct flow *f, struct stage *s) {
  if (s->phase != 0) return V_END;
  flow_push_anchor(f, s, 0);
  s->a.integer = (lua_Integer)lua_rawlen(f->L, -1);
  s->phase = 1;
  if (s->a.integer == 0) return V_END;
  flow_hold(f, s);
  return V_DROP;
}

static verdict chain_pull (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  if (s->c.pointer != NULL) {
    flow_push_anchor(f, s, 1);
    return flow_pull_child(f, s->c.pointer);
  }
  if (s->a.integer == 0) {
    flow_release(f, s);
    return V_DROP;
  }
  flow_push_anchor(f, s, 0);
  int list = lua_gettop(L);
  lua_rawgeti(L, list, s->a.integer--);
  /* A chain that is an input is unfolded in place: chains in chains, as a loop over
   * p = chain(x, p) builds them, cost one step an item and not one for each level. */
  for (;;) {
    const struct recipe *r = recipe_test(L, -1);
    if (r == NULL || r->op != s->op) break;
    lua_getiuservalue(L, -1, RECIPE_ARGUMENT);
    for (lua_Integer i = (lua_Integer)lua_rawlen(L, -1); i >= 1; i--) {
      lua_rawgeti(L, -1, i);
      lua_rawseti(L, list, ++s->a.integer);
    }
    lua_getiuservalue(L, -2, RECIPE_UPSTREAM);
    lua_replace(L, list + 1);
    lua_settop(L, list + 1);
  }
  struct run *child = flow_child(f, s, 1);
  s->c.pointer = child;
  return flow_pull_child(f, child);
}

static verdict chain_child (struct flow *f, struct stage *s) {
  (void)f, (void)s;
  return V_PASS;
}

static verdict chain_child_end (struct flow *f, struct stage *s) {
  s->c.pointer = NULL;
  lua_pushnil(f->L);
  flow_set_anchor(f, s, 1);
  return V_DROP;
}

const struct steps steps_chain = { .anchors = 2, .native = true, .build = chain_build,
                                   .give = chain_give, .pull = chain_pull,
                                   .child = chain_child, .child_end = chain_child_end,
                                   .end = chain_end };

/* --- zip: slots inputs, their runs as a list, parts of the tuple at hand;
 * a: inputs, b: parts, c: the input being asked; phase: flags --- */

enum { ZIP_INPUTS, ZIP_RUNS, ZIP_PARTS, ZIP_ANCHORS };
enum { ZIP_STRICT = 1, ZIP_UNDER_WAY = 2, ZIP_SKIPPING = 4 };

static void zip_build (lua_State *L, struct recipe *r, int first) {
  static const char *const names[] = { "strict", NULL };
  int options = inputs_build(L, r, first);
  if (options != 0 && argument_options(L, r, options, names)) {
    lua_getfield(L, options, "strict");
    r->n[1].flag = lua_toboolean(L, -1);
    lua_pop(L, 1);
  }
}

static void zip_init (lua_State *L, struct run *run, struct stage *s, const struct recipe *r,
                      int recipe, int anchors) {
  (void)run, (void)recipe;
  s->a = r->n[0];
  s->phase = r->n[1].flag ? ZIP_STRICT : 0;
  lua_createtable(L, (int)s->a.integer, 0);
  lua_rawseti(L, anchors, s->anchor + ZIP_RUNS);
  lua_createtable(L, (int)s->a.integer + 1, 0);
  lua_rawseti(L, anchors, s->anchor + ZIP_PARTS);
}

/* Asks input c for its item; its run begins when it is first asked. */
static verdict zip_ask (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  flow_push_anchor(f, s, ZIP_RUNS);
  if (lua_rawgeti(L, -1, s->c.integer) != LUA_TNIL)
    return flow_pull_child(f, lua_touserdata(L, -1));
  lua_pop(L, 1);
  flow_push_anchor(f, s, ZIP_INPUTS);
  lua_rawgeti(L, -1, s->c.integer);
  struct run *child = flow_child(f, s, -1);
  lua_pushvalue(L, -1);
  lua_rawseti(L, -4, s->c.integer);
  return flow_pull_child(f, child);
}

/* Adds the item's parts to the tuple at hand. */
static void zip_keep (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  flow_push_anchor(f, s, ZIP_PARTS);
  int parts = lua_gettop(L);
  int count = flow_push_item(f);
  for (int i = count; i >= 1; i--) lua_rawseti(L, parts, s->b.integer + i);
  s->b.integer += count;
}

static verdict zip_pass (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  flow_push_anchor(f, s, ZIP_PARTS);
  int parts = lua_gettop(L);
  luaL_checkstack(L, (int)s->b.integer + 20, "too many inputs");
  for (lua_Integer i = 1; i <= s->b.integer; i++) {
    lua_rawgeti(L, parts, i);
    lua_pushnil(L); /* the item is handed on, not held */
    lua_rawseti(L, parts, i);
  }
  return flow_pass(f, (int)s->b.integer);
}

static verdict zip_give (struct flow *f, struct stage *s) {
  /* A tuple that an error of input c cut short, and on_error left out: the inputs behind c
   * have not been asked for their part of it yet. */
  lua_Integer left_over = (s->phase & ZIP_UNDER_WAY) != 0 ? s->c.integer + 1 : s->a.integer + 1;
  s->b.integer = 0;
  zip_keep(f, s);
  if (s->a.integer == 0) return zip_pass(f, s);
  s->phase |= ZIP_UNDER_WAY;
  bool skips = left_over <= s->a.integer;
  if (skips) s->phase |= ZIP_SKIPPING;
  s->c.integer = skips ? left_over : 1;
  return zip_ask(f, s);
}

static verdict zip_unequal (struct flow *f, lua_Integer ended, lua_Integer going) {
  return flow_fail(f, LEAT_E_USE, "strict: input %I ended before input %I", (LUAI_UACINT)ended,
                   (LUAI_UACINT)going);
}

/* An item of input 1 was left out: so is one of each other input. */
static verdict zip_skip (struct flow *f, struct stage *s) {
  if (s->a.integer == 0) return policy_skip(f, s);
  s->phase |= ZIP_SKIPPING;
  s->b.integer = 0;
  s->c.integer = 1;
  return zip_ask(f, s);
}

static verdict zip_child (struct flow *f, struct stage *s) {
  if ((s->phase & ZIP_SKIPPING) != 0) {
    if (++s->c.integer > s->a.integer) {
      s->phase &= (uint8_t)~ZIP_SKIPPING;
      s->c.integer = 1;
      if (s->b.integer == 0) return policy_skip(f, s); /* no tuple is under way */
    }
    return zip_ask(f, s);
  }
  if (s->b.integer == 0) return zip_unequal(f, 1, s->c.integer + 1);
  zip_keep(f, s);
  if (++s->c.integer <= s->a.integer) return zip_ask(f, s);
  s->phase &= (uint8_t)~ZIP_UNDER_WAY;
  return zip_pass(f, s);
}

static verdict zip_child_end (struct flow *f, struct stage *s) {
  if ((s->phase & ZIP_STRICT) == 0) return V_END;
  if (s->b.integer > 0) return zip_unequal(f, s->c.integer + 1, 1);
  s->c.integer++;
  return s->c.integer > s->a.integer ? V_END : zip_ask(f, s);
}

/* Upstream has ended. Strict: each input must have ended too. */
static verdict zip_end (struct flow *f, struct stage *s) {
  if ((s->phase & ZIP_STRICT) == 0 || s->a.integer == 0) return V_END;
  s->b.integer = 0;
  s->c.integer = 1;
  return zip_ask(f, s);
}

const struct steps steps_zip = { .anchors = ZIP_ANCHORS, .build = zip_build, .init = zip_init,
                                 .give = zip_give, .child = zip_child,
                                 .child_end = zip_child_end, .end = zip_end,
                                 .skip = zip_skip };
