/* SPDX-License-Identifier: MIT
 * inputs.c - reading further inputs; the contract is in inputs.h.
 */
#include "inputs.h"

#include <string.h>

#include <lauxlib.h>

#include "core/argument.h"
#include "sources/from.h"

int inputs_build (lua_State *L, struct recipe *r, int first) {
  int recipe = lua_gettop(L);
  int last = recipe - 1;
  int options = 0;
  if (last >= first && from_is_options(L, last)) options = last--;
  lua_createtable(L, last - first + 1, 0);
  for (int i = first; i <= last; i++) {
    lua_pushvalue(L, i);
    if (!from_convert(L))
      argument_fail(L, r, "input %d must be a list, pipeline, generator, coroutine or iterator, "
                          "got %s", i - first + 2, argument_type(L, i));
    from_as_recipe(L);
    lua_rawseti(L, recipe + 1, i - first + 1);
  }
  r->n[0].integer = last - first + 1;
  return options;
}

void inputs_build_one (lua_State *L, struct recipe *r, int index, const char *name) {
  bool given = index < lua_gettop(L);
  if (given) lua_pushvalue(L, index);
  if (!given || !from_convert(L))
    argument_fail(L, r, "%s must be a list, pipeline, generator, coroutine or iterator, got %s",
                  name, given ? argument_type(L, index) : "nothing");
  from_as_recipe(L);
}

void *inputs_init (lua_State *L, const struct stage *s, int anchors, size_t size) {
  lua_rawgeti(L, anchors, s->anchor);
  lua_rawseti(L, anchors, s->anchor + INPUTS_LIST);
  lua_pushboolean(L, 0);
  lua_rawseti(L, anchors, s->anchor);
  lua_newtable(L);
  void *state = lua_newuserdatauv(L, size, 0);
  memset(state, 0, size);
  lua_rawseti(L, -2, 0);
  lua_rawseti(L, anchors, s->anchor + INPUTS_READ);
  return state;
}

static void set_words (struct input *in, const struct recipe *r) {
  in->a = r->n[0];
  in->b = r->n[1];
  in->c = r->n[2];
}

void input_begin (lua_State *L, struct input *in) {
  const struct recipe *r = recipe_test(L, -1);
  in->kind = INPUT_RUN;
  if (r->op == &operators[OPERATOR_from]) {
    if (!from_push_list(L, -1)) return;
    lua_replace(L, -2);
    in->kind = INPUT_LIST;
    in->a.integer = (lua_Integer)lua_rawlen(L, -1);
    in->b.integer = 0;
  }
  else if (r->op == &operators[OPERATOR_range]) {
    lua_getiuservalue(L, -1, RECIPE_ARGUMENT);
    lua_rawgeti(L, -1, 1);
    lua_Integer phase = lua_tointeger(L, -1);
    lua_pop(L, 2);
    if (phase != RANGE_FLOATS) in->kind = phase == RANGE_NONE ? INPUT_EMPTY : INPUT_RANGE;
    set_words(in, r);
  }
  else if (r->op == &operators[OPERATOR_count_from] && !r->n[2].flag) {
    in->kind = INPUT_COUNT;
    set_words(in, r);
    in->c.integer = 0;
  }
}

static verdict integer (struct flow *f, lua_Integer n) {
  f->item.kind = ITEM_INTEGER;
  f->item.u.integer = n;
  return V_PASS;
}

verdict input_read (struct flow *f, struct input *in, int kept) {
  lua_Integer n = in->b.integer;
  switch (in->kind) {
    case INPUT_LIST:
      if (n >= in->a.integer) break;
      if (lua_rawgeti(f->L, kept, n + 1) == LUA_TNIL) return V_DROP;
      in->b.integer = n + 1;
      return flow_pass(f, 1);
    case INPUT_RANGE:
      if (in->a.natural-- == 0) in->kind = INPUT_EMPTY;
      else in->b.natural += in->c.natural;
      return integer(f, n);
    case INPUT_COUNT: /* past the integers it goes on with floats */
      n = in->a.integer;
      if (__builtin_add_overflow(n, in->b.integer, &in->a.integer)) {
        in->a.integer = n;
        return V_DROP;
      }
      in->c.integer++;
      return integer(f, n);
    default: break;
  }
  in->kind = INPUT_ENDED;
  return V_END;
}

struct run *input_run (struct flow *f, struct stage *s, struct input *in, int k) {
  struct run *run = flow_child(f, s, k);
  struct stage *source = run->stages;
  if (in->kind == INPUT_LIST || in->kind == INPUT_COUNT) {
    source->a = in->a;
    source->b = in->b;
    source->phase = in->kind == INPUT_LIST; /* the list has been measured */
    run->items = in->kind == INPUT_LIST ? in->b.natural : in->c.natural;
  }
  in->run = run;
  in->kind = INPUT_RUN;
  return run;
}

/* Asks an input that has a run, or is to have one. */
static verdict ask (struct flow *f, struct stage *s, struct input *in, int number) {
  lua_State *L = f->L;
  flow_push_anchor(f, s, INPUTS_READ);
  int read = lua_gettop(L);
  if (in->run == NULL) {
    flow_push_anchor(f, s, INPUTS_LIST);
    lua_rawgeti(L, -1, number);
    input_run(f, s, in, -1);
    lua_pushvalue(L, -1);
    lua_rawseti(L, read, number);
  }
  else
    lua_rawgeti(L, read, number);
  return flow_pull_child(f, in->run);
}

verdict input_next (struct flow *f, struct stage *s, struct input *in, int number) {
  lua_State *L = f->L;
  if (in->kind == INPUT_RUN)
    return in->run != NULL && flow_at_hand(f, in->run) ? V_PASS : ask(f, s, in, number);
  if (in->kind == INPUT_FRESH) {
    flow_push_anchor(f, s, INPUTS_READ);
    flow_push_anchor(f, s, INPUTS_LIST);
    lua_rawgeti(L, -1, number);
    input_begin(L, in);
    lua_rawseti(L, -3, number);
    lua_pop(L, 2);
    if (in->kind == INPUT_RUN) return ask(f, s, in, number);
  }
  if (in->kind == INPUT_LIST) {
    flow_push_anchor(f, s, INPUTS_READ);
    lua_rawgeti(L, -1, number);
  }
  int kept = lua_gettop(L);
  verdict v = input_read(f, in, kept);
  if (v == V_DROP) v = ask(f, s, in, number);
  else if (v == V_END) input_end(f, s, in, number);
  return v;
}

void input_end (struct flow *f, const struct stage *s, struct input *in, int number) {
  in->kind = INPUT_ENDED;
  flow_push_anchor(f, s, INPUTS_READ);
  lua_pushboolean(f->L, 0);
  lua_rawseti(f->L, -2, number);
  lua_pop(f->L, 1);
}
