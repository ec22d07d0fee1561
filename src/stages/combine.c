/* SPDX-License-Identifier: MIT
 * combine.c - stages that read further inputs beside their upstream, in turn or in step.
 */
#include <lauxlib.h>

#include "binding/json.h"
#include "core/argument.h"
#include "core/failure.h"
#include "core/run.h"
#include "stages/inputs.h"

static const char *const no_options[] = { NULL };

/* --- chain: slots inputs (last first: run.c merges neighbours), what is read of the one at
 * hand, its recipe, the block b points to; a: how many inputs are left; phase: it has begun --- */

enum { CHAIN_INPUTS, CHAIN_READ, CHAIN_RECIPE, CHAIN_STATE, CHAIN_SLOTS };

static void chain_build (lua_State *L, struct recipe *r, int first) {
  int recipe = lua_gettop(L);
  int options = inputs_build(L, r, first);
  recipe_keep(L, recipe);
  if (options != 0) argument_options(L, r, options, no_options);
}

static verdict chain_give (struct flow *f, struct stage *s) {
  (void)f, (void)s;
  return V_PASS;
}

static verdict chain_end (struct flow *f, struct stage *s) {
  if (s->phase != 0) return V_END;
  flow_push_anchor(f, s, CHAIN_INPUTS);
  s->a.integer = (lua_Integer)lua_rawlen(f->L, -1);
  s->phase = 1;
  if (s->a.integer == 0) return V_END;
  struct input *in = lua_newuserdatauv(f->L, sizeof *in, 0);
  *in = (struct input){ .kind = INPUT_ENDED };
  flow_set_anchor(f, s, CHAIN_STATE);
  s->b.pointer = in;
  flow_hold(f, s);
  return V_DROP;
}

/* Pushes the recipe of the next input. A chain that is an input is unfolded in place: chains
 * in chains, as a loop over p = chain(x, p) builds them, cost one step an item and not one
 * for each level. */
static void chain_push_next (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  flow_push_anchor(f, s, CHAIN_INPUTS);
  int list = lua_gettop(L);
  lua_rawgeti(L, list, s->a.integer--);
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
}

/* The input has ended: what was read of it is not the chain's to keep. */
static void chain_forget (struct flow *f, struct stage *s) {
  struct input *in = s->b.pointer;
  in->kind = INPUT_ENDED;
  for (int k = CHAIN_READ; k <= CHAIN_RECIPE; k++) {
    lua_pushboolean(f->L, 0);
    flow_set_anchor(f, s, k);
  }
}

static verdict chain_pull (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  struct input *in = s->b.pointer;
  if (in->kind == INPUT_LIST) flow_push_anchor(f, s, CHAIN_READ);
  else if (in->kind == INPUT_RUN) {
    flow_push_anchor(f, s, CHAIN_READ);
    return flow_pull_child(f, in->run);
  }
  else if (in->kind == INPUT_ENDED) {
    if (s->a.integer == 0) {
      flow_release(f, s);
      return V_DROP;
    }
    chain_push_next(f, s);
    lua_pushvalue(L, -1);
    flow_set_anchor(f, s, CHAIN_RECIPE);
    input_begin(L, in);
    if (in->kind == INPUT_RUN)
      return flow_pull_child(f, input_run(f, s, in, CHAIN_READ));
    lua_pushvalue(L, -1);
    flow_set_anchor(f, s, CHAIN_READ);
  }
  verdict v = input_read(f, in, lua_gettop(L));
  if (v == V_PASS) return v;
  if (v == V_END) {
    chain_forget(f, s);
    return V_DROP;
  }
  flow_push_anchor(f, s, CHAIN_RECIPE);
  return flow_pull_child(f, input_run(f, s, in, CHAIN_READ));
}

static verdict chain_child (struct flow *f, struct stage *s) {
  (void)f, (void)s;
  return V_PASS;
}

static verdict chain_child_end (struct flow *f, struct stage *s) {
  chain_forget(f, s);
  return V_DROP;
}

const struct steps steps_chain = { .anchors = CHAIN_SLOTS, .native = true, .build = chain_build,
                                   .give = chain_give, .pull = chain_pull,
                                   .child = chain_child, .child_end = chain_child_end,
                                   .end = chain_end };

/* --- zip, zip_longest: slots also the parts of the tuple at hand; a: the struct zip --- */

enum { ZIP_PARTS = INPUTS_SLOTS, ZIP_SLOTS };

enum side_kind { SIDE_INTEGER, SIDE_NUMBER, SIDE_VALUES /* in ZIP_PARTS */, SIDE_FILL };

/* One input of a zip; number 0 is the upstream. */
struct side {
  struct input input;
  lua_Unsigned due; /* items to take: the last for the tuple at hand, those before it belong
                       to tuples that came to nothing */
  int width;        /* parts of its last item, 1 before there was one */
  enum side_kind kind; /* its part of the tuple at hand */
  union {
    lua_Integer integer;
    lua_Number number;
  } u;
};

struct zip {
  int count;     /* inputs beside the upstream */
  int asked;     /* the one being asked, from 1 */
  int came;      /* that had an item for the tuple at hand */
  int values;    /* in ZIP_PARTS */
  int lists;     /* while in_place: that are lists */
  bool strict, longest;
  bool over;     /* the upstream has ended */
  bool late;     /* held, to go on with the tuple at hand whatever becomes of items that are
                    due from before */
  bool in_place; /* each input can be read in place or may have an integer at hand, and none has
                    anything due */
  struct side sides[];
};

static void zip_build (lua_State *L, struct recipe *r, int first) {
  static const char *const names[] = { "strict", NULL };
  int recipe = lua_gettop(L);
  int options = inputs_build(L, r, first);
  recipe_keep(L, recipe);
  if (options != 0 && argument_options(L, r, options, names)) {
    lua_getfield(L, options, "strict");
    r->n[1].flag = lua_toboolean(L, -1);
  }
}

/* What fills the tuples is element 0 of the list of inputs. */
static void zip_longest_build (lua_State *L, struct recipe *r, int first) {
  static const char *const names[] = { "fill", NULL };
  int recipe = lua_gettop(L);
  int options = inputs_build(L, r, first);
  int list = lua_gettop(L);
  if (options == 0 || !argument_options(L, r, options, names) ||
      lua_getfield(L, options, "fill") == LUA_TNIL)
    null_push(L);
  lua_rawseti(L, list, 0);
  lua_settop(L, list);
  recipe_keep(L, recipe);
}

static void zip_init (lua_State *L, struct run *run, struct stage *s, const struct recipe *r,
                      int recipe, int anchors) {
  (void)run, (void)recipe;
  size_t sides = r->n[0].size + 1;
  struct zip *z = inputs_init(L, s, anchors, sizeof *z + sides * sizeof *z->sides);
  z->count = (int)r->n[0].integer;
  z->longest = r->op == &operators[OPERATOR_zip_longest];
  z->strict = !z->longest && r->n[1].flag;
  for (int i = 0; i <= z->count; i++) z->sides[i].width = 1;
  s->a.pointer = z;
  lua_createtable(L, z->count + 1, 0);
  lua_rawseti(L, anchors, s->anchor + ZIP_PARTS);
}

/* The `count` values from stack index `at` on are side's part of the tuple at hand. */
static void zip_keep_values (struct flow *f, struct stage *s, struct zip *z, struct side *side,
                             int at, int count) {
  lua_State *L = f->L;
  side->kind = SIDE_VALUES;
  side->width = count;
  flow_push_anchor(f, s, ZIP_PARTS);
  for (int i = 0; i < count; i++) {
    lua_pushvalue(L, at + i);
    lua_rawseti(L, -2, z->values + i + 1);
  }
  z->values += count;
  lua_pop(L, 1);
}

/* The item is. Numbers stay in C. */
static void zip_keep (struct flow *f, struct stage *s, struct zip *z, struct side *side) {
  z->came++;
  side->width = 1;
  switch (f->item.kind) {
    case ITEM_INTEGER:
      side->kind = SIDE_INTEGER;
      side->u.integer = f->item.u.integer;
      return;
    case ITEM_NUMBER:
      side->kind = SIDE_NUMBER;
      side->u.number = f->item.u.number;
      return;
    case ITEM_TEXT: flow_pass(f, flow_push_item(f)); break;
    case ITEM_VALUE: break;
  }
  zip_keep_values(f, s, z, side, f->item.at, f->item.count);
}

/* Parts for which a step need not ask for room. */
#define ROOM 4

static verdict zip_pass (struct flow *f, struct stage *s, struct zip *z) {
  lua_State *L = f->L;
  lua_Integer parts = 0, value = 0;
  bool fills = false;
  for (int i = 0; i <= z->count; i++) {
    parts += z->sides[i].width;
    if (z->sides[i].kind == SIDE_FILL) fills = true;
  }
  if (parts > ROOM) {
    if (parts > INT_MAX - LUA_MINSTACK) luaL_error(L, "too many parts in an item");
    luaL_checkstack(L, (int)parts + LUA_MINSTACK, "too many parts in an item");
  }
  if (z->values > 0) flow_push_anchor(f, s, ZIP_PARTS);
  int table = lua_gettop(L);
  if (fills) {
    flow_push_anchor(f, s, INPUTS_LIST);
    lua_rawgeti(L, -1, 0);
  }
  int fill = lua_gettop(L);
  for (int i = 0; i <= z->count; i++) {
    const struct side *side = &z->sides[i];
    switch (side->kind) {
      case SIDE_INTEGER: lua_pushinteger(L, side->u.integer); break;
      case SIDE_NUMBER: lua_pushnumber(L, side->u.number); break;
      case SIDE_VALUES:
        for (int k = 0; k < side->width; k++) {
          lua_rawgeti(L, table, ++value);
          lua_pushboolean(L, 0); /* the item is handed on, not held */
          lua_rawseti(L, table, value);
        }
        break;
      case SIDE_FILL:
        for (int k = 0; k < side->width; k++) lua_pushvalue(L, fill);
        break;
    }
  }
  return flow_pass(f, (int)parts);
}

static verdict zip_unequal (struct flow *f, int ended, int going) {
  return flow_fail(f, LEAT_E_USE, "strict: input %d ended before input %d", ended, going);
}

/* The input that was asked has an item. V_DROP: the next one is to be asked. */
static verdict zip_came (struct flow *f, struct stage *s, struct zip *z) {
  struct side *side = &z->sides[z->asked];
  if (side->due > 0) return V_DROP;
  if (z->over && z->strict) return zip_unequal(f, 1, z->asked + 1);
  zip_keep(f, s, z, side);
  return V_DROP;
}

/* It has none. Strict: nor may it lack one of a tuple that came to nothing. */
static verdict zip_over (struct flow *f, struct zip *z) {
  struct side *side = &z->sides[z->asked];
  if (z->strict && z->over && side->due > 0) return zip_unequal(f, z->asked + 1, 1);
  side->due = 0;
  side->kind = SIDE_FILL;
  if (z->longest || (z->strict && z->over)) return V_DROP;
  return z->strict ? zip_unequal(f, z->asked + 1, 1) : V_END;
}

/* All inputs have been asked. */
static verdict zip_done (struct flow *f, struct stage *s, struct zip *z) {
  if (z->over && (z->strict || z->came == 0)) return V_END;
  z->in_place = true;
  z->lists = 0;
  for (int i = 1; i <= z->count && z->in_place; i++) {
    const struct side *side = &z->sides[i];
    enum input_kind kind = side->input.kind;
    z->in_place = kind == INPUT_LIST || kind == INPUT_RANGE || kind == INPUT_COUNT ||
                  (kind == INPUT_RUN && run_may_be_at_hand(side->input.run));
    z->lists += kind == INPUT_LIST;
  }
  return zip_pass(f, s, z);
}

/* An item that is left out may fail: the tuple at hand has nothing to do with that. */
static void zip_hold (struct flow *f, struct stage *s, struct zip *z, bool late) {
  bool others = z->longest && z->over; /* held in any case, for what the others still have */
  if (late && !s->is_held) flow_hold(f, s);
  else if (!late && z->late && !others) flow_release(f, s);
  z->late = late;
}

/* Asks one input after another for what it is due. */
static verdict zip_ask (struct flow *f, struct stage *s, struct zip *z) {
  int top = lua_gettop(f->L);
  while (z->asked <= z->count) {
    struct side *side = &z->sides[z->asked];
    if (side->due == 0) {
      z->asked++;
      continue;
    }
    zip_hold(f, s, z, --side->due > 0);
    verdict v = input_next(f, s, &side->input, z->asked);
    if (v == V_PASS) v = zip_came(f, s, z);
    else if (v == V_END) v = zip_over(f, z);
    if (v != V_DROP) return v;
    lua_settop(f->L, top);
  }
  zip_hold(f, s, z, false);
  return zip_done(f, s, z);
}

/* A tuple that an error of input c has cut short, and that on_error has left out, is still due
 * from the inputs behind c: so each has one more due now. */
static void zip_owe (struct zip *z) {
  z->in_place = false;
  for (int i = 1; i <= z->count; i++) z->sides[i].due++;
}

static void zip_begin (struct zip *z) {
  zip_owe(z);
  z->asked = 1;
  z->came = z->values = 0;
}

/* No input needs a pull, as far as is known: items go to the stack right away, above the lists. */
static verdict zip_give_in_place (struct flow *f, struct stage *s, struct zip *z) {
  lua_State *L = f->L;
  if (z->count + z->lists > ROOM || (f->item.kind == ITEM_VALUE && f->item.count > 1))
    luaL_checkstack(L, z->count + z->lists + LUA_MINSTACK, "too many inputs");
  int list = lua_gettop(L) + 1;
  if (z->lists > 0) {
    flow_push_anchor(f, s, INPUTS_READ);
    for (int i = 1; i <= z->count; i++)
      if (z->sides[i].input.kind == INPUT_LIST) lua_rawgeti(L, list, i);
  }
  int first = lua_gettop(L) + 1;
  int width = flow_push_item(f);
  int i = 1;
  for (; i <= z->count; i++) {
    struct input *in = &z->sides[i].input;
    if (in->kind == INPUT_LIST) {
      if (in->b.integer >= in->a.integer) break;
      if (lua_rawgeti(L, ++list, in->b.integer + 1) == LUA_TNIL) break;
      in->b.integer++;
    }
    else {
      bool has = in->kind == INPUT_RUN ? flow_at_hand(f, in->run) : input_read(f, in, 0) == V_PASS;
      if (!has) break;
      lua_pushinteger(L, f->item.u.integer);
    }
  }
  z->sides[0].width = width;
  if (i > z->count) return flow_pass(f, width + z->count);
  zip_begin(z); /* input i has ended, or needs a run or a pull */
  zip_keep_values(f, s, z, &z->sides[0], first, width);
  for (int k = 1; k < i; k++) {
    z->sides[k].due = 0;
    zip_keep_values(f, s, z, &z->sides[k], first + width + k - 1, 1);
  }
  z->came = z->asked = i;
  return zip_ask(f, s, z);
}

static verdict zip_give (struct flow *f, struct stage *s) {
  struct zip *z = s->a.pointer;
  if (z->in_place) return zip_give_in_place(f, s, z);
  zip_begin(z);
  zip_keep(f, s, z, &z->sides[0]);
  return zip_ask(f, s, z);
}

/* An item of input 1 will not come: neither does one of each other input. */
static void zip_skip (struct stage *s) { zip_owe(s->a.pointer); }

static bool zip_aside (const struct stage *s) {
  const struct zip *z = s->a.pointer;
  return z->late;
}

static verdict zip_child (struct flow *f, struct stage *s) {
  struct zip *z = s->a.pointer;
  verdict v = zip_came(f, s, z);
  return v == V_DROP ? zip_ask(f, s, z) : v;
}

static verdict zip_child_end (struct flow *f, struct stage *s) {
  struct zip *z = s->a.pointer;
  input_end(f, s, &z->sides[z->asked].input, z->asked);
  verdict v = zip_over(f, z);
  return v == V_DROP ? zip_ask(f, s, z) : v;
}

/* Upstream has ended. Strict: so must each input have. Longest: the others go on. */
static verdict zip_end (struct flow *f, struct stage *s) {
  struct zip *z = s->a.pointer;
  if (z->over || z->count == 0 || !(z->strict || z->longest)) return V_END;
  z->over = true;
  z->sides[0].kind = SIDE_FILL;
  if (z->longest) {
    flow_hold(f, s);
    return V_DROP;
  }
  zip_begin(z);
  return zip_ask(f, s, z);
}

static verdict zip_pull (struct flow *f, struct stage *s) {
  struct zip *z = s->a.pointer;
  if (!z->late) zip_begin(z);
  return zip_ask(f, s, z);
}

const struct steps steps_zip = { .anchors = ZIP_SLOTS, .build = zip_build, .init = zip_init,
                                 .give = zip_give, .child = zip_child,
                                 .child_end = zip_child_end, .pull = zip_pull,
                                 .end = zip_end, .skip = zip_skip, .aside = zip_aside };
const struct steps steps_zip_longest = { .anchors = ZIP_SLOTS, .build = zip_longest_build,
                                         .init = zip_init, .give = zip_give,
                                         .child = zip_child, .child_end = zip_child_end,
                                         .pull = zip_pull, .end = zip_end, .skip = zip_skip,
                                         .aside = zip_aside };

/* --- interleave: a: the struct turns --- */

struct turns {
  int count; /* inputs beside the upstream */
  int turn;  /* whose turn it is, from 1: while the stage is held */
  int live;  /* inputs that have not ended */
  bool over; /* the upstream has */
  struct input inputs[];
};

static void interleave_init (lua_State *L, struct run *run, struct stage *s,
                             const struct recipe *r, int recipe, int anchors) {
  (void)run, (void)recipe;
  struct turns *t = inputs_init(L, s, anchors,
                                sizeof *t + (r->n[0].size + 1) * sizeof *t->inputs);
  t->count = t->live = (int)r->n[0].integer;
  s->a.pointer = t;
}

/* Behind the last input it is the turn of the upstream, which is pulled when this stage is
 * not held. */
static void interleave_turn (struct flow *f, struct stage *s, struct turns *t, int from) {
  t->turn = from;
  for (;;) {
    while (t->turn <= t->count && t->inputs[t->turn].kind == INPUT_ENDED) t->turn++;
    if (t->turn <= t->count || !t->over || t->live == 0) break;
    t->turn = 1;
  }
  if (t->turn <= t->count) flow_hold(f, s);
  else if (s->is_held) flow_release(f, s);
}

static verdict interleave_give (struct flow *f, struct stage *s) {
  interleave_turn(f, s, s->a.pointer, 1);
  return V_PASS;
}

static verdict interleave_child (struct flow *f, struct stage *s) {
  struct turns *t = s->a.pointer;
  interleave_turn(f, s, t, t->turn + 1);
  return V_PASS;
}

static verdict interleave_over (struct flow *f, struct stage *s) {
  struct turns *t = s->a.pointer;
  t->live--;
  if (t->over && t->live == 0) return V_END;
  interleave_turn(f, s, t, t->turn + 1);
  return V_DROP;
}

static verdict interleave_child_end (struct flow *f, struct stage *s) {
  struct turns *t = s->a.pointer;
  input_end(f, s, &t->inputs[t->turn], t->turn);
  return interleave_over(f, s);
}

static verdict interleave_pull (struct flow *f, struct stage *s) {
  struct turns *t = s->a.pointer;
  verdict v = input_next(f, s, &t->inputs[t->turn], t->turn);
  if (v == V_PASS) return interleave_child(f, s);
  return v == V_END ? interleave_over(f, s) : v;
}

static verdict interleave_end (struct flow *f, struct stage *s) {
  struct turns *t = s->a.pointer;
  if (t->over || t->live == 0) return V_END;
  t->over = true;
  interleave_turn(f, s, t, 1);
  return V_DROP;
}

const struct steps steps_interleave = {
  .anchors = INPUTS_SLOTS, .native = true, .build = chain_build, .init = interleave_init,
  .give = interleave_give, .pull = interleave_pull, .child = interleave_child,
  .child_end = interleave_child_end, .end = interleave_end
};
