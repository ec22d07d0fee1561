/* SPDX-License-Identifier: MIT
 * run.c - making a run of a recipe, and what the steps of operators use.
 *
 * Flattening walks the recipe's nodes from the last to the source and fills the
 * array from its end, so building n stages is O(n). Neighbouring `chain` nodes
 * become one stage: their inputs are read one after another anyway, and a stage
 * for each would make every item pass through all of them.
 */
#include "run.h"

#include <string.h>

#include <lauxlib.h>

#include "check.h"
#include "failure.h"
#include "sources/from.h"
#include "stages/policy.h"

static const char metatable_key = 0;

void run_set_metatable (lua_State *L) { lua_rawsetp(L, LUA_REGISTRYINDEX, &metatable_key); }

struct run *run_test (lua_State *L, int index) {
  struct run *r = lua_touserdata(L, index);
  if (r == NULL || !lua_getmetatable(L, index)) return NULL;
  lua_rawgetp(L, LUA_REGISTRYINDEX, &metatable_key);
  bool same = lua_rawequal(L, -1, -2);
  lua_pop(L, 2);
  return same ? r : NULL;
}

/* Appends the inputs of the chain node whose argument is on top (popped) in front of
 * those already in the table at `list`, last first: the walk is from the end. */
static void merge_chain (lua_State *L, int list) {
  for (lua_Integer i = (lua_Integer)lua_rawlen(L, -1); i >= 1; i--) {
    lua_rawgeti(L, -1, i);
    lua_rawseti(L, list, (lua_Integer)lua_rawlen(L, list) + 1);
  }
  lua_pop(L, 1);
}

/* Counts the stages and anchors of the recipe at `index`. */
static size_t measure (lua_State *L, int index, size_t *anchors) {
  size_t count = 0;
  const struct op *below = NULL;
  *anchors = 0;
  lua_pushvalue(L, index);
  for (;;) {
    const struct recipe *r = lua_touserdata(L, -1);
    if (r == NULL) break;
    if (!(r->op == &operators[OPERATOR_chain] && below == r->op)) {
      count++;
      *anchors += r->op->steps->anchors;
    }
    below = r->op;
    lua_getiuservalue(L, -1, RECIPE_UPSTREAM);
    lua_remove(L, -2);
  }
  lua_pop(L, 1);
  return count;
}

static void stage_init (lua_State *L, struct run *run, struct stage *s, const struct recipe *r,
                        int recipe, int anchors) {
  const struct steps *steps = r->op->steps;
  s->steps = steps;
  s->op = r->op;
  s->give_kind = steps->give_kind;
  s->called_kind = steps->called_kind;
  s->pull_kind = steps->pull_kind;
  if (steps->anchors > 0 && r->op != &operators[OPERATOR_chain]) {
    lua_getiuservalue(L, recipe, RECIPE_ARGUMENT);
    lua_rawseti(L, anchors, s->anchor);
  }
  if (steps->init != NULL) steps->init(L, run, s, r, recipe, anchors);
  if ((s - run->stages) % RUN_TIDY_STEPS == RUN_TIDY_STEPS - 1) s->dispatch = DISPATCH_TIDY;
  else if (s->give_kind == GIVE_CALL) s->dispatch = DISPATCH_CALL;
  else if (s->op == &operators[OPERATOR_sum]) s->dispatch = DISPATCH_SUM;
  s->native = s->steps->native && s->give_kind == GIVE_STEP;
}

struct run *run_push (lua_State *L, struct state *g, int index, bool live) {
  size_t slots;
  index = lua_absindex(L, index);
  luaL_checkstack(L, 12, "a pipeline");
  const struct recipe *last = lua_touserdata(L, index);
  bool terminal = last->op->kind == OP_TERMINAL;
  size_t count = measure(L, index, &slots) + (terminal ? 0 : 1);
  struct run *run = lua_newuserdatauv(L, sizeof *run + count * sizeof(struct stage), 1);
  memset(run, 0, sizeof *run + count * sizeof(struct stage));
  run->state = g;
  run->interruptions = g->limits.interruptions;
  run->count = count;
  run->live = live;
  int ud = lua_gettop(L);
  lua_createtable(L, ANCHOR_FIRST - 1 + (int)slots, 0);
  int anchors = lua_gettop(L);
  lua_pushvalue(L, anchors);
  lua_setiuservalue(L, ud, 1);
  lua_pushvalue(L, ud);
  lua_rawseti(L, anchors, ANCHOR_SELF);
  lua_pushvalue(L, index);
  lua_rawseti(L, anchors, ANCHOR_RECIPE);
  size_t at = count;
  int slot = ANCHOR_FIRST + (int)slots;
  if (!terminal) {
    struct stage *s = &run->stages[--at];
    s->op = &op_emit;
    s->steps = op_emit.steps;
    s->give_kind = GIVE_EMIT;
    s->dispatch = DISPATCH_EMIT;
  }
  lua_pushvalue(L, index); /* the node at hand */
  int node = lua_gettop(L);
  while (at > 0) {
    const struct recipe *r = lua_touserdata(L, node);
    struct stage *s = &run->stages[--at];
    slot -= r->op->steps->anchors;
    s->anchor = slot;
    if (r->op == &operators[OPERATOR_chain]) {
      lua_newtable(L);
      for (;;) {
        lua_getiuservalue(L, node, RECIPE_ARGUMENT);
        merge_chain(L, node + 1);
        lua_getiuservalue(L, node, RECIPE_UPSTREAM);
        const struct recipe *above = lua_touserdata(L, -1);
        if (above->op != r->op) break;
        lua_replace(L, node);
      }
      lua_pop(L, 1);
      lua_rawseti(L, anchors, s->anchor);
    }
    stage_init(L, run, s, r, node, anchors);
    lua_getiuservalue(L, node, RECIPE_UPSTREAM);
    lua_replace(L, node);
  }
  lua_settop(L, anchors);
  policy_init(run, !terminal && live);
  run_set_quick(run);
  for (size_t i = 0; i < count; i++)
    run->stages[i].target = driver_target((enum dispatch)run->stages[i].dispatch);
  lua_settop(L, ud);
  if (live) {
    lua_rawgetp(L, LUA_REGISTRYINDEX, &metatable_key);
    lua_setmetatable(L, ud);
    g->open_count++;
  }
  return run;
}

void run_adopt (lua_State *L, struct run *parent, int anchors, struct run *child, int ud,
                int slot) {
  lua_getiuservalue(L, ud, 1);
  lua_pushvalue(L, anchors);
  lua_rawseti(L, -2, ANCHOR_PARENT);
  lua_pop(L, 1);
  child->parent = parent;
  child->parent_slot = slot;
  child->prev_sibling = NULL;
  child->next_sibling = parent->children;
  if (parent->children != NULL) parent->children->prev_sibling = child;
  parent->children = child;
}

void run_keep_child (lua_State *L, int anchors, const struct run *child, int ud) {
  if (lua_rawgeti(L, anchors, ANCHOR_CHILDREN) != LUA_TTABLE) {
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_rawseti(L, anchors, ANCHOR_CHILDREN);
  }
  lua_pushvalue(L, ud);
  lua_rawsetp(L, -2, child);
  lua_pop(L, 1);
}

void run_forget_child (lua_State *L, int anchors, const struct run *child) {
  if (lua_rawgeti(L, anchors, ANCHOR_CHILDREN) == LUA_TTABLE) {
    lua_pushnil(L);
    lua_rawsetp(L, -2, child);
  }
  lua_pop(L, 1);
}

void run_orphan (struct run *child) {
  struct run *parent = child->parent;
  if (parent == NULL) return;
  if (child->prev_sibling != NULL) child->prev_sibling->next_sibling = child->next_sibling;
  else parent->children = child->next_sibling;
  if (child->next_sibling != NULL) child->next_sibling->prev_sibling = child->prev_sibling;
  child->parent = child->next_sibling = child->prev_sibling = NULL;
}

void run_occupy (lua_State *L, struct run *run, int anchors) {
  run->busy = true;
  if (run->owner == NULL) {
    run->caller = NULL;
    run->caller_stage = NULL;
  }
  if (run->puller == L) return;
  run->puller = L;
  lua_pushthread(L);
  lua_rawseti(L, anchors, ANCHOR_PULLER);
}

void run_release (lua_State *L, struct run *run, int anchors) {
  run->busy = false;
  if (run->owner == NULL) run->caller = NULL;
  run->anchored_caller = NULL;
  lua_pushnil(L); /* a generator does not keep its last reader */
  lua_rawseti(L, anchors, ANCHOR_CALLER);
}

/* Has some frame of thread T the run's userdata at its bottom, as a driver's has? */
static bool is_driven (lua_State *T, const struct run *run) {
  lua_Debug ar;
  if (!lua_checkstack(T, 3)) return true;
  for (int level = 0; lua_getstack(T, level, &ar); level++) {
    lua_getinfo(T, "f", &ar);
    bool is_c = lua_iscfunction(T, -1);
    lua_pop(T, 1);
    if (!is_c || lua_getlocal(T, &ar, IDX_RUN) == NULL) continue;
    bool same = lua_touserdata(T, -1) == (const void *)run;
    lua_pop(T, 1);
    /* Of the frames of a method (g:next, g:close), which have it there too, only a driver's
     * has the run's anchors above it. */
    if (same && lua_getlocal(T, &ar, IDX_ANCHORS) != NULL) {
      bool anchors = lua_istable(T, -1);
      lua_pop(T, 1);
      if (anchors) return true;
    }
  }
  return false;
}

/* Who reads for a run: the owner of a delegate, else who pulls it. */
static struct run *reader_of (const struct run *run) {
  return run->owner != NULL ? run->owner : run->caller;
}

/* The outermost reader: its driver pulls this one, too. */
static const struct run *outermost (const struct run *run) {
  while (reader_of(run) != NULL) run = reader_of(run);
  return run;
}

enum pull run_pull (const struct run *run) {
  if (!run->busy && run->owner == NULL) return PULL_OVER;
  const struct run *root = outermost(run);
  if (root->busy) return is_driven(root->puller, root) ? PULL_GOING_ON : PULL_LEFT;
  return run->busy ? PULL_LEFT : PULL_OVER;
}

/* Pushes the userdata of the outermost reader of the run whose userdata is at `ud`. */
static struct run *push_outermost (lua_State *L, struct run *run, int ud) {
  run_push_anchors(L, ud);
  int anchors = lua_gettop(L);
  for (struct run *reader; (reader = reader_of(run)) != NULL; run = reader) {
    lua_rawgeti(L, anchors, run->owner != NULL ? ANCHOR_OWNER : ANCHOR_CALLER);
    if (run->owner != NULL) run_push_anchors(L, anchors + 1); /* it is a userdata */
    lua_replace(L, anchors);
    lua_settop(L, anchors);
  }
  run_push_userdata(L, anchors);
  lua_replace(L, anchors);
  return run;
}

/* Nobody will go on with what was left half-way: closes the run whose userdata is on top.
 * Leaves values on the stack. */
static void close_left (lua_State *L, struct run *run) {
  run_push_anchors(L, -1);
  run_release(L, run, lua_gettop(L));
  failure_push_where(L);
  lua_rawseti(L, -2, ANCHOR_ENDED);
  if (run_close(L, run, lua_gettop(L), 0)) lua_error(L);
}

const char *run_refuses (lua_State *L, struct run *run, int ud) {
  if (run_pull(run) == PULL_LEFT && !run->closed) {
    int top = lua_gettop(L);
    luaL_checkstack(L, 6, NULL);
    ud = lua_absindex(L, ud);
    struct run *reader = push_outermost(L, run, ud);
    if (reader->busy) close_left(L, reader);
    if (run->busy && !run->closed) { /* read, not owned, by that one */
      lua_pushvalue(L, ud);
      close_left(L, run);
    }
    lua_settop(L, top);
  }
  if (run->owner != NULL && !run->closed)
    return "generator already executing: another one delegates to it";
  return run_pull(run) == PULL_GOING_ON ? "generator already executing" : NULL;
}

void run_end_at (struct run *run, const struct stage *s) {
  run->over = true;
  run->quick = false;
  run->floor = (size_t)(s - run->stages);
  uint32_t *link = &run->held; /* nearest the consumer first */
  while (*link != 0 && *link - 1 > run->floor) link = &run->stages[*link - 1].held;
  while (*link != 0) {
    struct stage *held = &run->stages[*link - 1];
    held->is_held = false;
    *link = held->held;
  }
}

void run_never_pull (struct run *run, const struct stage *s) {
  run->over = true;
  if ((size_t)(s - run->stages) > run->floor) run->floor = (size_t)(s - run->stages);
}

void run_hold (struct run *run, struct stage *s) {
  if (run->over && (size_t)(s - run->stages) < run->floor) return;
  uint32_t *link = &run->held; /* behind those nearer the consumer */
  while (*link != 0) link = &run->stages[*link - 1].held;
  *link = (uint32_t)(s - run->stages) + 1;
  s->is_held = true;
}

void run_guard (struct run *run) {
  for (size_t i = 0; i < run->count; i++) run->stages[i].guard = true;
}

/* --- for the steps of operators --- */

void flow_push_anchor (struct flow *f, const struct stage *s, int k) {
  if (k < s->on_stack) {
    lua_pushvalue(f->home, s->slot + k);
    if (f->L != f->home) lua_xmove(f->home, f->L, 1);
    return;
  }
  lua_rawgeti(f->home, IDX_ANCHORS, s->anchor + k);
  if (f->L != f->home) lua_xmove(f->home, f->L, 1);
}

void flow_set_anchor (struct flow *f, const struct stage *s, int k) {
  if (f->L != f->home) lua_xmove(f->L, f->home, 1);
  if (k < s->on_stack) lua_copy(f->home, -1, s->slot + k);
  lua_rawseti(f->home, IDX_ANCHORS, s->anchor + k);
}

void flow_hold (struct flow *f, struct stage *s) {
  if (s->is_held) return;
  LEAT_ASSERT(f->run->held == 0 || f->run->held - 1 < (size_t)(s - f->run->stages),
              "a stage that is held now is nearer the consumer than those held before");
  s->is_held = true;
  f->run->quick = false;
  s->held = f->run->held;
  f->run->held = (uint32_t)(s - f->run->stages) + 1;
}

void flow_release (struct flow *f, struct stage *s) {
  /* Only the held stage nearest the consumer is pulled, so it is the list's head. */
  f->run->held = s->held;
  s->is_held = false;
  run_set_quick(f->run);
}

/* Parts there is always room for. */
#define FEW 8

int flow_push_item (struct flow *f) {
  switch (f->item.kind) {
    case ITEM_INTEGER: lua_pushinteger(f->L, f->item.u.integer); return 1;
    case ITEM_NUMBER: lua_pushnumber(f->L, f->item.u.number); return 1;
    case ITEM_TEXT:
      lua_pushlstring(f->L, f->item.u.text.bytes, f->item.u.text.length);
      return 1;
    default:
      if (f->item.count > FEW)
        luaL_checkstack(f->L, f->item.count + FEW, "too many parts in an item");
      for (int i = 0; i < f->item.count; i++) lua_pushvalue(f->L, f->item.at + i);
      return f->item.count;
  }
}

void flow_tidy (struct flow *f) {
  lua_State *L = f->L;
  if (f->item.kind != ITEM_VALUE) {
    lua_settop(L, f->base);
    return;
  }
  for (int i = 0; i < f->item.count; i++) lua_copy(L, f->item.at + i, f->base + 1 + i);
  f->item.at = f->base + 1;
  lua_settop(L, f->base + f->item.count);
}

void flow_push_value (struct flow *f) {
  if (f->item.kind == ITEM_INTEGER) {
    lua_pushinteger(f->L, f->item.u.integer);
    return;
  }
  int count = flow_push_item(f);
  if (count == 1) return;
  lua_createtable(f->L, count, 0);
  lua_insert(f->L, -count - 1);
  for (int i = count; i >= 1; i--) lua_rawseti(f->L, -i - 1, i);
}

/* Its address is the registry's key of the metatable of packed tuples: {count, part ...}. */
static const char packed_key = 0;

static void push_packed_metatable (lua_State *L) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &packed_key) != LUA_TNIL) return;
  lua_pop(L, 1);
  lua_newtable(L);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &packed_key);
}

void flow_pack (struct flow *f) {
  lua_State *L = f->L;
  if (f->item.kind != ITEM_VALUE || f->item.count == 1) {
    flow_push_item(f);
    return;
  }
  int count = f->item.count;
  lua_createtable(L, count + 1, 0);
  lua_pushinteger(L, count);
  lua_rawseti(L, -2, 1);
  for (int i = 0; i < count; i++) {
    lua_pushvalue(L, f->item.at + i);
    lua_rawseti(L, -2, i + 2);
  }
  push_packed_metatable(L);
  lua_setmetatable(L, -2);
}

int flow_unpack (struct flow *f) {
  lua_State *L = f->L;
  if (lua_type(L, -1) != LUA_TTABLE || !lua_getmetatable(L, -1)) return 1;
  push_packed_metatable(L);
  bool packed = lua_rawequal(L, -1, -2);
  lua_pop(L, 2);
  if (!packed) return 1;
  int list = lua_gettop(L);
  lua_rawgeti(L, list, 1);
  int count = (int)lua_tointeger(L, -1);
  lua_pop(L, 1);
  luaL_checkstack(L, count + FEW, "too many parts in an item");
  for (int i = 0; i < count; i++) lua_rawgeti(L, list, i + 2);
  lua_remove(L, list);
  return count;
}

struct run *flow_child (struct flow *f, struct stage *s, int k) {
  lua_State *L = f->L;
  struct run *child = NULL;
  if (!from_convert(L)) return NULL; /* x is now a recipe or a generator */
  if (recipe_test(L, -1) != NULL) {
    child = run_push(L, f->run->state, -1, false);
    lua_remove(L, -2);
    if (s->guard) run_guard(child);
    if (k < 0) run_keep_child(L, IDX_ANCHORS, child, lua_gettop(L));
    run_adopt(L, f->run, IDX_ANCHORS, child, lua_gettop(L), k < 0 ? 0 : s->anchor + k);
    child->caller = f->run;
    child->caller_stage = s;
  }
  else
    child = run_test(L, -1);
  if (k >= 0) {
    lua_pushvalue(L, -1);
    flow_set_anchor(f, s, k);
  }
  return child;
}
