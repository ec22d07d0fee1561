/* SPDX-License-Identifier: MIT
 * branch.c - branch(fn, ...): several terminals over one run, in step, nothing held.
 *
 * Each fn runs in a coroutine of its own, a *lane*, and gets a pipeline whose source, when it is
 * pulled, yields the branch's mark; the terminal resumes each lane in turn with the item at hand.
 * Any other yield of a lane is the host's: it is passed on, and the lane resumed with the answer.
 */
#include <lauxlib.h>

#include "core/argument.h"
#include "core/callback.h"
#include "core/failure.h"
#include "core/run.h"
#include "sources/from.h"

enum lane_status { LANE_NEW, LANE_WANTS, LANE_RUNS, LANE_DONE };

/* A userdata whose user values are below. */
struct branch {
  int count, done;
  int at;        /* the lane whose turn it is */
  bool given;    /* it has got the item at hand */
  int base;      /* stack top of step_lanes between resumptions */
  bool ended;    /* upstream has no more items */
  bool throwing; /* what a lane is resumed with is an error to raise */
  bool asked;    /* a lane has yielded the mark, which has not come here yet */
  struct lane {
    lua_State *co;
    enum lane_status status;
  } lanes[];
};
enum { BRANCH_THREADS = 1, BRANCH_RESULTS };

/* --- the source of a lane: slots its recipe, the branch --- */

static int want_k (lua_State *L, int status, lua_KContext context) {
  const struct branch *b = lua_touserdata(L, 1);
  (void)status, (void)context;
  if (b->throwing) return lua_error(L);
  return lua_gettop(L) - 1;
}

/* want(branch): the parts of the next item, or nothing. */
static int want (lua_State *L) {
  struct branch *b = lua_touserdata(L, 1);
  if (b->lanes[b->at].status != LANE_RUNS)
    return luaL_error(L, "this pipeline of branch can be read only by the function it was given "
                         "to, while that runs");
  b->asked = true;
  lua_pushlightuserdata(L, lua_touserdata(L, 1)); /* the mark */
  return lua_yieldk(L, 1, 0, want_k);
}

static verdict lane_pull (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  const struct branch *b = s->c.pointer;
  if (s->phase == 0) {
    if (from_read_once(f, s) == V_ERROR) return V_ERROR;
    s->phase = 1;
  }
  if (b->ended) return V_END;
  lua_settop(L, f->base);
  lua_pushcfunction(L, want);
  flow_push_anchor(f, s, 1);
  return callback_ask(f, 1, LUA_MULTRET);
}

static verdict lane_called (struct flow *f, struct stage *s) {
  (void)s;
  return f->nresults == 0 ? V_END : flow_pass(f, f->nresults);
}

static void lane_build (lua_State *L, struct recipe *r, int first) {
  (void)r;
  lua_pushvalue(L, first);
  recipe_keep(L, -2);
}

static void lane_init (lua_State *L, struct run *run, struct stage *s, const struct recipe *r,
                       int recipe, int anchors) {
  (void)run, (void)r;
  lua_rawgeti(L, anchors, s->anchor);
  s->c.pointer = lua_touserdata(L, -1);
  lua_rawseti(L, anchors, s->anchor + 1);
  lua_pushvalue(L, recipe);
  lua_rawseti(L, anchors, s->anchor);
}

static const struct steps steps_lane = { .anchors = 2, .build = lane_build, .init = lane_init,
                                         .pull = lane_pull, .called = lane_called };
static const struct op op_lane = { "branch", OP_SOURCE, "branch(fn, ...)", "1",
                                   "the items of the run that branch reads", &steps_lane };

/* --- the terminal: slots list of functions, the branch; phase: upstream has ended --- */

enum { TERMINAL_FUNCTIONS, TERMINAL_BRANCH, TERMINAL_ANCHORS };

static void branch_build (lua_State *L, struct recipe *r, int first) {
  int recipe = lua_gettop(L);
  if (recipe == first) argument_fail(L, r, "at least one function expected");
  lua_createtable(L, recipe - first, 0);
  for (int i = first; i < recipe; i++) {
    if (!lua_isfunction(L, i))
      argument_fail(L, r, "argument %d must be a function of a pipeline, got %s", i - first + 1,
                    argument_type(L, i));
    lua_pushvalue(L, i);
    lua_rawseti(L, -2, i - first + 1);
  }
  recipe_keep(L, recipe);
}

/* Pushes a new branch: a thread for each function, with its pipeline as argument. */
static void push_branch (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  flow_push_anchor(f, s, TERMINAL_FUNCTIONS);
  int functions = lua_gettop(L), count = (int)lua_rawlen(L, functions);
  struct limits *limits = &f->root->state->limits;
  struct branch *b =
      lua_newuserdatauv(L, sizeof *b + (size_t)count * sizeof(struct lane), 2);
  int ud = functions + 1;
  *b = (struct branch){ .count = count };
  for (int i = 0; i < count; i++) b->lanes[i] = (struct lane){ NULL, LANE_DONE };
  lua_createtable(L, count, 0);
  lua_pushvalue(L, -1);
  lua_setiuservalue(L, ud, BRANCH_THREADS);
  for (int i = 0; i < count; i++) {
    limits_charge_thread(limits);
    lua_State *co = lua_newthread(L);
    lua_rawseti(L, ud + 1, i + 1);
    lua_rawgeti(L, functions, i + 1);
    if (limits->hooked) limits_push_bottom(L);
    lua_pushvalue(L, ud);
    recipe_push(L, &op_lane, 0, ud + 3)->read_once = true;
    lua_remove(L, ud + 3);
    lua_xmove(L, co, 2);
    b->lanes[i] = (struct lane){ co, LANE_NEW };
  }
  lua_createtable(L, count, 0);
  lua_setiuservalue(L, ud, BRANCH_RESULTS);
  lua_settop(L, ud);
  lua_remove(L, functions);
  lua_pushvalue(L, -1);
  flow_set_anchor(f, s, TERMINAL_BRANCH);
  s->c.pointer = b;
}

/* A lane's function has returned `count` values; the first one is its result. */
static void keep_result (lua_State *L, struct branch *b, int lane, int count) {
  lua_State *co = b->lanes[lane].co;
  b->lanes[lane].status = LANE_DONE;
  b->done++;
  if (count == 0) return;
  lua_getiuservalue(L, 1, BRANCH_RESULTS);
  lua_pop(co, count - 1);
  lua_xmove(co, L, 1);
  lua_rawseti(L, -2, lane + 1);
  lua_pop(L, 1);
}

/* Moves what lane `at` is to be resumed with to its stack; returns how many values. */
static int give (lua_State *L, struct branch *b, int answers) {
  struct lane *lane = &b->lanes[b->at];
  if (lane->status == LANE_NEW) return 1; /* its pipeline is there already */
  int count = answers; /* of the host */
  if (lane->status == LANE_WANTS) {
    b->given = true;
    count = b->base - 1;
    luaL_checkstack(L, count + 1, "too many parts in an item");
    for (int i = 0; i < count; i++) lua_pushvalue(L, 2 + i);
  }
  if (!lua_checkstack(lane->co, count + LUA_MINSTACK)) luaL_error(L, "too many values");
  lua_xmove(L, lane->co, count);
  return count;
}

/* step_lanes(branch, part ...): gives the item, or the end, to each lane that is not done; returns
 * whether all are. Goes on behind a yield of the host's with what the host has answered. */
static int step_lanes_k (lua_State *L, int status, lua_KContext context) {
  struct branch *b = lua_touserdata(L, 1);
  int answers = status == LUA_YIELD ? lua_gettop(L) - b->base : 0;
  (void)context;
  while (b->at < b->count) {
    struct lane *lane = &b->lanes[b->at];
    if (lane->status == LANE_DONE || (lane->status == LANE_WANTS && b->given)) {
      b->given = false;
      b->at++;
      continue;
    }
    int count, nargs = give(L, b, answers);
    lane->status = LANE_RUNS;
    answers = 0;
    int result = lua_resume(lane->co, L, nargs, &count);
    bool is_mark = result == LUA_YIELD && count == 1 && lua_touserdata(lane->co, -1) == b;
    if (b->asked && !is_mark && result <= LUA_YIELD)
      return luaL_error(L, "function %d of branch reads its pipeline in a coroutine of its own; "
                           "read it in the function itself", b->at + 1);
    b->asked = false;
    if (result == LUA_OK) keep_result(L, b, b->at, count);
    else if (result != LUA_YIELD) {
      lane->status = LANE_DONE;
      b->done++;
      failure_wrap_thread(L, lane->co);
      return lua_error(L);
    }
    else if (is_mark) {
      lua_pop(lane->co, 1);
      lane->status = LANE_WANTS;
    }
    else {
      if (!lua_isyieldable(L))
        return luaL_error(L, "attempt to yield from outside a coroutine: function %d of branch "
                             "waits for its host, but who runs the pipeline cannot wait",
                          b->at + 1);
      luaL_checkstack(L, count + 1, "too many values yielded at once");
      lua_xmove(lane->co, L, count);
      return lua_yieldk(L, count, 0, step_lanes_k);
    }
  }
  b->at = 0;
  lua_pushboolean(L, b->done == b->count);
  return 1;
}

static int step_lanes (lua_State *L) {
  struct branch *b = lua_touserdata(L, 1);
  b->base = lua_gettop(L);
  return step_lanes_k(L, LUA_OK, 0);
}

static verdict branch_give (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  lua_pushcfunction(L, step_lanes);
  if (s->c.pointer == NULL) push_branch(f, s);
  else flow_push_anchor(f, s, TERMINAL_BRANCH);
  return callback_ask(f, 1 + flow_push_item(f), 1);
}

static verdict branch_end (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  s->phase = 1;
  lua_pushcfunction(L, step_lanes);
  if (s->c.pointer == NULL) push_branch(f, s);
  else flow_push_anchor(f, s, TERMINAL_BRANCH);
  ((struct branch *)s->c.pointer)->ended = true;
  return callback_ask(f, 1, 1);
}

static verdict branch_called (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  const struct branch *b = s->c.pointer;
  if (!lua_toboolean(L, -1)) return V_DROP;
  flow_push_anchor(f, s, TERMINAL_BRANCH);
  lua_getiuservalue(L, -1, BRANCH_RESULTS);
  int results = lua_gettop(L);
  luaL_checkstack(L, b->count + 4, "too many results");
  for (int i = 1; i <= b->count; i++) lua_rawgeti(L, results, i);
  f->nresults = b->count;
  return V_RESULT;
}

/* What ends the run ends the lanes: those that want an item get the error in its place, so that
 * their pipelines close what they have open; those that wait for their host are closed. */
static void branch_close (lua_State *L, struct run *run, struct stage *s, int anchors,
                          int failed) {
  struct branch *b = s->c.pointer;
  (void)run, (void)anchors;
  if (b == NULL) return;
  b->throwing = true;
  for (int i = 0; i < b->count; i++) {
    struct lane *lane = &b->lanes[i];
    lua_State *co = lane->co;
    enum lane_status was = lane->status;
    int count;
    lane->status = LANE_DONE;
    if (was == LANE_WANTS && lua_checkstack(co, LUA_MINSTACK)) {
      if (failed != 0) lua_pushvalue(L, failed);
      else failure_push(L, LEAT_E_USE, "the run that branch reads was closed");
      lua_xmove(L, co, 1);
      lua_resume(co, L, 1, &count);
    }
    if (was == LANE_WANTS || was == LANE_RUNS) {
#if LUA_VERSION_RELEASE_NUM >= 50406
      lua_closethread(co, L);
#else
      lua_resetthread(co);
#endif
    }
  }
}

const struct steps steps_branch = { .anchors = TERMINAL_ANCHORS, .build = branch_build,
                                    .give = branch_give, .called = branch_called,
                                    .end = branch_end, .close = branch_close };
