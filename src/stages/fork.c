/* SPDX-License-Identifier: MIT
 * fork.c - tee, partition: several pipelines over one run.
 *
 * Each pipeline is a source that can be read once. Who needs an item pulls the shared run; what
 * others are to get waits in a queue for each, so what is held is how far they are apart. The
 * shared run is opened by the first pull, and closed when all its readers are.
 */
#include "fork.h"

#include <lauxlib.h>

#include "core/argument.h"
#include "core/callback.h"
#include "core/failure.h"
#include "core/run.h"
#include "sources/from.h"

/* What the pipelines share: a userdata whose user values are below. */
struct fork {
  int count;           /* of pipelines */
  bool over;           /* the shared run has come to its end */
  lua_Integer max_lag; /* 0: any */
  struct run *run;     /* NULL: not opened yet */
  struct reader {
    lua_Integer taken, given; /* of its queue; both 0 when it is empty */
    /* In step a queue holds one item; as an integer it need not go through Lua. */
    bool has_integer;         /* and its queue is empty */
    lua_Integer integer;
    bool closed;
  } readers[];
};
enum { FORK_RUN = 1, FORK_QUEUES, FORK_RECIPES /* of the pipelines; weak */, FORK_VALUES = 3 };

/* Slots of a stage: its recipe, and once it has been pulled the shared run; the fork, its queue.
 * The recipe's argument: {fork, upstream}; n[0]: number of the pipeline, n[1]: of how many. */
enum { READER_RECIPE, READER_RUN = READER_RECIPE, READER_FORK, READER_QUEUE, READER_ANCHORS };
enum { PHASE_NEW, PHASE_BEGUN, PHASE_SHARES /* READER_RUN is there */ };

/* More pipelines than this are no fork but a mistake. */
#define MOST 200

/* Keeps {fork, the upstream on top (popped)}. */
static void keep_fork (lua_State *L, struct recipe *r, int recipe, int count,
                       lua_Integer max_lag) {
  int upstream = lua_gettop(L);
  lua_createtable(L, 2, 0);
  struct fork *fork = lua_newuserdatauv(L, sizeof *fork + (size_t)count * sizeof(struct reader),
                                        FORK_VALUES);
  *fork = (struct fork){ .count = count, .max_lag = max_lag };
  for (int i = 0; i < count; i++) fork->readers[i] = (struct reader){ 0 };
  lua_createtable(L, count, 0);
  for (int i = 1; i <= count; i++) {
    lua_newtable(L);
    lua_rawseti(L, -2, i);
  }
  lua_setiuservalue(L, -2, FORK_QUEUES);
  lua_rawseti(L, -2, 1);
  lua_pushvalue(L, upstream);
  lua_rawseti(L, -2, 2);
  recipe_keep(L, recipe);
  r->n[0].integer = 0;
  r->n[1].integer = count;
  r->read_once = true;
}

int fork_push_others (lua_State *L) {
  int first = lua_gettop(L), count = (int)recipe_test(L, first)->n[1].integer;
  luaL_checkstack(L, count + 6, "too many pipelines");
  for (int i = 1; i < count; i++) recipe_push_copy(L, first)->n[0].integer = i;
  lua_createtable(L, count, 0);
  int recipes = lua_gettop(L);
  lua_createtable(L, 0, 1);
  lua_pushliteral(L, "v");
  lua_setfield(L, -2, "__mode");
  lua_setmetatable(L, recipes);
  for (int i = 0; i < count; i++) {
    lua_pushvalue(L, first + i);
    lua_rawseti(L, recipes, i + 1);
  }
  lua_getiuservalue(L, first, RECIPE_ARGUMENT);
  lua_rawgeti(L, -1, 1);
  lua_pushvalue(L, recipes);
  lua_setiuservalue(L, -2, FORK_RECIPES);
  lua_settop(L, recipes - 1);
  return count;
}

static void tee_build (lua_State *L, struct recipe *r, int first) {
  static const char *const options[] = { "max_lag", NULL };
  int recipe = lua_gettop(L);
  lua_Integer max_lag = 0;
  argument_at_most(L, r, first + 1, 2);
  lua_Integer count = argument_integer(L, r, first + 1, "n", 1);
  if (count > MOST) argument_fail(L, r, "n must be %d or less, got %I", MOST, (LUAI_UACINT)count);
  if (argument_options(L, r, first + 2, options))
    max_lag = argument_option_integer(L, r, first + 2, "max_lag", 1, LUA_MAXINTEGER);
  lua_pushvalue(L, first);
  keep_fork(L, r, recipe, (int)count, max_lag);
}

static void reader_init (lua_State *L, struct run *run, struct stage *s, const struct recipe *r,
                         int recipe, int anchors) {
  (void)run;
  lua_rawgeti(L, anchors, s->anchor);
  lua_rawgeti(L, -1, 1);
  s->c.pointer = lua_touserdata(L, -1);
  lua_getiuservalue(L, -1, FORK_QUEUES);
  lua_rawgeti(L, -1, r->n[0].integer + 1);
  lua_rawseti(L, anchors, s->anchor + READER_QUEUE);
  lua_pop(L, 1);
  lua_rawseti(L, anchors, s->anchor + READER_FORK);
  lua_pop(L, 1);
  lua_pushvalue(L, recipe);
  lua_rawseti(L, anchors, s->anchor + READER_RECIPE);
  s->a = r->n[0];
}

/* Pushes the shared run, which is opened when there is none yet. */
static struct run *push_shared (struct flow *f, struct stage *s, struct fork *fork) {
  lua_State *L = f->L;
  if (s->phase == PHASE_SHARES) {
    flow_push_anchor(f, s, READER_RUN);
    return fork->run;
  }
  flow_push_anchor(f, s, READER_FORK);
  int at = lua_gettop(L);
  lua_getiuservalue(L, at, FORK_RUN);
  if (fork->run == NULL) {
    flow_push_anchor(f, s, READER_RECIPE);
    lua_getiuservalue(L, -1, RECIPE_ARGUMENT);
    lua_rawgeti(L, -1, 2);
    struct run *run = run_push(L, f->run->state, -1, true);
    lua_pushvalue(L, -1);
    lua_setiuservalue(L, at, FORK_RUN);
    fork->run = run;
  }
  lua_pushvalue(L, -1);
  flow_set_anchor(f, s, READER_RUN);
  s->phase = PHASE_SHARES;
  return fork->run;
}

/* The reader that would be more than max_lag behind after the next item, or 0. */
static int too_far_behind (const struct fork *fork, lua_Integer me) {
  for (int i = 0; fork->max_lag > 0 && i < fork->count; i++) {
    const struct reader *reader = &fork->readers[i];
    if (i != me && !reader->closed &&
        reader->given - reader->taken + reader->has_integer >= fork->max_lag)
      return i + 1;
  }
  return 0;
}

/* So many items and twice, four times as many in a queue: does anybody still have its pipeline? */
#define DOUBTFUL 1024

static bool is_forgotten (lua_State *L, const struct reader *reader, int i, int at) {
  lua_Integer n = reader->given;
  if (n < DOUBTFUL || (n & (n - 1)) != 0) return false;
  lua_getiuservalue(L, at, FORK_RECIPES);
  bool forgotten = lua_rawgeti(L, -1, i + 1) == LUA_TNIL;
  lua_pop(L, 2);
  return forgotten;
}

/* What waited for the reader is let go. */
static void close_reader (lua_State *L, struct reader *reader, lua_Integer i, int at) {
  reader->closed = true;
  reader->taken = reader->given = 0;
  reader->has_integer = false;
  lua_getiuservalue(L, at, FORK_QUEUES);
  lua_pushboolean(L, 0);
  lua_rawseti(L, -2, i + 1);
  lua_pop(L, 1);
}

/* Puts what is on top (popped) at the end of a reader's queue; the fork is at index `at`. */
static void queue (lua_State *L, struct reader *reader, int i, int at) {
  if (is_forgotten(L, reader, i, at)) {
    close_reader(L, reader, i, at);
    lua_pop(L, 1);
    return;
  }
  lua_getiuservalue(L, at, FORK_QUEUES);
  lua_rawgeti(L, -1, i + 1);
  lua_pushvalue(L, -3);
  lua_rawseti(L, -2, reader->given + 1);
  reader->given++;
  lua_pop(L, 3);
}

/* Adds the item to what reader `i` is to get. */
static void put (struct flow *f, const struct stage *s, int i) {
  lua_State *L = f->L;
  struct reader *reader = &((struct fork *)s->c.pointer)->readers[i];
  if (f->item.kind == ITEM_INTEGER && reader->given == 0 && !reader->has_integer) {
    reader->has_integer = true;
    reader->integer = f->item.u.integer;
    return;
  }
  flow_push_anchor(f, s, READER_FORK);
  int at = lua_gettop(L);
  if (reader->has_integer) {
    lua_pushinteger(L, reader->integer);
    queue(L, reader, i, at);
    reader->has_integer = false;
  }
  flow_pack(f);
  queue(L, reader, i, at);
  lua_settop(L, at - 1);
}

static bool reader_at_hand (struct flow *f, struct stage *s) {
  struct reader *me = &((struct fork *)s->c.pointer)->readers[s->a.integer];
  if (!me->has_integer || s->phase == PHASE_NEW) return false;
  me->has_integer = false;
  f->item.kind = ITEM_INTEGER;
  f->item.u.integer = me->integer;
  return true;
}

static verdict reader_pull (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  struct fork *fork = s->c.pointer;
  struct reader *me = &fork->readers[s->a.integer];
  if (s->phase == PHASE_NEW) {
    if (from_read_once(f, s) == V_ERROR) return V_ERROR;
    lua_settop(L, f->base);
    s->phase = PHASE_BEGUN;
  }
  if (reader_at_hand(f, s)) return V_PASS;
  if (me->taken < me->given) {
    flow_push_anchor(f, s, READER_QUEUE);
    lua_pushnil(L);
    lua_rawgeti(L, -2, ++me->taken);
    lua_insert(L, -2);
    lua_rawseti(L, -3, me->taken);
    if (me->taken == me->given) me->taken = me->given = 0;
    return flow_pass(f, flow_unpack(f));
  }
  if (fork->over) return V_END;
  int behind = too_far_behind(fork, s->a.integer);
  if (behind != 0)
    return flow_fail(f, LEAT_E_USE, "pipeline %d of this tee is %I items behind, which is its "
                     "max_lag; read them in step, or with branch", behind,
                     (LUAI_UACINT)fork->max_lag);
  if (s->phase == PHASE_SHARES && flow_at_hand(f, fork->run)) return s->steps->child(f, s);
  struct run *run = push_shared(f, s, fork);
  if (run->status == RUN_ENDED)
    return flow_fail(f, LEAT_E_USE, "the run that these pipelines share has failed in another "
                                    "one of them");
  return flow_pull_child(f, run);
}

static verdict tee_child (struct flow *f, struct stage *s) {
  const struct fork *fork = s->c.pointer;
  for (int i = 0; i < fork->count; i++)
    if (i != s->a.integer && !fork->readers[i].closed) put(f, s, i);
  return V_PASS;
}

static verdict reader_child_end (struct flow *f, struct stage *s) {
  struct fork *fork = s->c.pointer;
  (void)f;
  fork->over = true;
  return V_END;
}

static void reader_close (lua_State *L, struct run *run, struct stage *s, int anchors,
                          int failed) {
  struct fork *fork = s->c.pointer;
  struct reader *me = &fork->readers[s->a.integer];
  (void)run;
  if (s->phase == PHASE_NEW) return; /* it has read nothing: another run of the recipe may */
  lua_rawgeti(L, anchors, s->anchor + READER_FORK);
  int at = lua_gettop(L);
  close_reader(L, me, s->a.integer, at);
  for (int i = 0; i < fork->count; i++)
    if (!fork->readers[i].closed) return;
  if (fork->run == NULL) return;
  lua_getiuservalue(L, at, FORK_RUN);
  run_push_anchors(L, -1);
  if (run_close(L, fork->run, lua_gettop(L), failed)) lua_error(L);
}

const struct steps steps_tee = { .anchors = READER_ANCHORS, .build = tee_build,
                                 .init = reader_init, .pull = reader_pull,
                                 .at_hand = reader_at_hand, .child = tee_child,
                                 .child_end = reader_child_end, .close = reader_close };

/* --- partition: the shared run puts pred's answer before each item --- */

static verdict judge_called (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  (void)s;
  lua_pushboolean(L, lua_toboolean(L, -1));
  return flow_pass(f, 1 + flow_push_item(f));
}

static const struct steps steps_judge = { .plain_call = true, .anchors = 1,
                                          .build = callback_build_pred,
                                          .give_kind = GIVE_CALL, .called = judge_called };
static const struct op op_judge = { "partition", OP_INTERNAL, "partition(pred)", "1",
                                    "pred's answer before each item", &steps_judge };

static void partition_build (lua_State *L, struct recipe *r, int first) {
  int recipe = lua_gettop(L);
  argument_at_most(L, r, first + 1, 1);
  if (recipe - first > 1) lua_pushvalue(L, first + 1);
  recipe_push(L, &op_judge, first, recipe + 1);
  keep_fork(L, r, recipe, 2, 0);
}

static verdict partition_child (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  struct fork *fork = s->c.pointer;
  int i = lua_toboolean(L, f->item.at) ? 0 : 1;
  f->item.at++;
  f->item.count--;
  if (i == s->a.integer) return V_PASS;
  if (!fork->readers[i].closed) put(f, s, i);
  return V_DROP;
}

const struct steps steps_partition = {
  .anchors = READER_ANCHORS, .build = partition_build, .init = reader_init, .pull = reader_pull,
  .at_hand = reader_at_hand, .child = partition_child, .child_end = reader_child_end,
  .close = reader_close
};
