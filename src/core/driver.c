/* SPDX-License-Identifier: MIT
 * driver.c - the flat driver: one loop that moves items through a run.
 *
 * Nothing recurses. *Pull* goes to the held stage nearest the consumer, else to the
 * source. *Give* carries the item up. A stage that needs another run (flat_map, zip,
 * chain) makes that one the current run; its items come back to the stage by
 * `caller`. The driver makes every Lua call itself, with one continuation (but for
 * those that run inside a body's yield, see body.c), and all state is in the root run,
 * so a callback may yield anywhere: the yield passes through untouched and the
 * continuation takes up where the loop stood.
 *
 * Stack of the driver's frame:
 *   IDX_RUN       userdata of the root
 *   IDX_ANCHORS   anchors table of the current run
 *   IDX_HANDLER   message handler
 *   ...           the first anchors of each of the root's stages (terminals of <= MAX_SLOTS
 *                 stages): functions, mostly
 *   base + 1 ...  what belongs to the item at hand; dropped by the next pull
 *
 * Yields of a body without leat's mark belong to the host. They are passed on from
 * the frame of pass_on, which holds only the yielded values, since cqueues reads
 * the yielding thread's stack from index 1.
 */
#include "run.h"

#include <lauxlib.h>

#include "body.h"
#include "check.h"
#include "delegate.h"
#include "driver_error.h"
#include "failure.h"
#include "sources/from.h"
#include "sources/range.h"
#include "stages/policy.h"
#include "trace.h"

/* A value on the stack is fetched 4 ns faster than one in the anchors table, which
 * is a sixth of what a call of a small function takes. */
#define MAX_SLOTS 200

/* Slots that the steps between two stages that tidy up can take: a step pushes at most 8,
 * and checks before it pushes a tuple of more than 8 parts. */
#define SLOTS (RUN_TIDY_STEPS * 10 + FROM_CHILD)

/* A run that hands an item to its caller leaves no more than this on the stack: a thousand runs
 * around one another would each add to it. */
#define FROM_CHILD 8

/* More results of a function than this leave no room: Lua makes it for them alone. */
#define MANY 8

/* A range's integers are no values to let go of, a list's items are not ours, so a short chain
 * behind one cleans the stack up only after every few items: 2 ns less of 40. */
#define SHORT 5
#define LITTER 8

/* What the continuation was waiting for. */
enum waiting { WAITING_CALLBACK, WAITING_HOST, WAITING_OUTER };

static int drive (lua_State *L, struct flow *f, int point);
enum point {
  POINT_PULL, POINT_CALLED, POINT_HOST, POINT_SEND, POINT_THROW, POINT_RAISED,
  POINT_REFUSED, POINT_LABELS
};

static int drive_k (lua_State *L, int status, lua_KContext waiting) {
  struct run *root = lua_touserdata(L, IDX_RUN);
  struct flow *f = &root->flow;
  for (const struct run *run = f->run; run != NULL; run = run == root ? NULL : run->caller)
    if (run->closed) return driver_raise_gone(L, root, "waited");
  if (status != LUA_OK && status != LUA_YIELD) {
    f->nresults = status;
    return drive(L, f, waiting == WAITING_OUTER ? POINT_REFUSED : POINT_RAISED);
  }
  return drive(L, f, waiting == WAITING_CALLBACK ? POINT_CALLED : POINT_HOST);
}

/* Yields its arguments, and returns what it is resumed with. */
static int pass_on_k (lua_State *L, int status, lua_KContext context) {
  (void)status, (void)context;
  return lua_gettop(L);
}
static int pass_on (lua_State *L) { return lua_yieldk(L, lua_gettop(L), 0, pass_on_k); }

/* Makes the run whose anchors are on top (popped) the current one. */
static void enter_run (struct flow *f, struct run *run) {
  lua_replace(f->L, IDX_ANCHORS);
  f->run = run;
}

/* Goes back from the current run to its caller. */
static struct stage *leave_run (struct flow *f) {
  struct run *run = f->run;
  struct run *caller = run->caller;
  lua_rawgeti(f->L, IDX_ANCHORS, ANCHOR_CALLER);
  if (run->live) run_release(f->L, run, IDX_ANCHORS);
  enter_run(f, caller);
  return run->caller_stage;
}

/* Moves the top `count` values to a body's coroutine; false: no room, and an error is
 * on top. */
static bool move_to_body (lua_State *L, struct run *body, int count) {
  if (!lua_checkstack(body->co, count + LUA_MINSTACK)) {
    failure_push(L, LEAT_E_USE, "too many values for one yield");
    return false;
  }
  lua_xmove(L, body->co, count);
  return true;
}

/* Is the run short, its source one whose items need not be let go of, and without stages that pull
 * others, which would litter, too? */
static bool may_litter (const struct run *run) {
  const struct stage *source = run->stages;
  if (run->count > SHORT) return false;
  if (source->pull_kind != PULL_RANGE && !source->steps->keeps_items) return false;
  for (size_t i = 0; i < run->count; i++)
    if (run->stages[i].steps->child != NULL) return false;
  return true;
}

/* Inlined in the loop, a function for the stages. */
static inline bool at_hand (struct flow *f, struct run *child) {
#if !defined(LEAT_STRESS) && !defined(LEAT_TRACE)
  struct stage *source = child->stages;
  if (!run_may_be_at_hand(child) || child->busy || child->peeked ||
      !state_may_pull(child->state))
    return false;
  if (child->quick) range_next(f, child, source);
  else if (!source->steps->at_hand(f, source)) return false;
  child->began = true;
  if (child->status == RUN_NEW) child->status = RUN_SUSPENDED;
  child->items++;
  return true;
#else
  (void)f, (void)child;
  return false;
#endif
}

bool flow_at_hand (struct flow *f, struct run *child) { return at_hand(f, child); }

/* Puts the anchors that the stages want there on the stack. */
static void push_first_anchors (lua_State *L, struct run *run) {
  size_t count = 0;
  for (size_t i = 0; i < run->count; i++) {
    const struct steps *steps = run->stages[i].steps;
    run->stages[i].on_stack = steps->on_stack > 0 ? steps->on_stack : steps->anchors > 0;
    count += (size_t)run->stages[i].on_stack;
  }
  luaL_checkstack(L, (int)count + SLOTS + SHORT * 10 * LITTER, "a pipeline");
  for (size_t i = 0; i < run->count; i++) {
    struct stage *s = &run->stages[i];
    s->slot = s->on_stack > 0 ? lua_gettop(L) + 1 : 0;
    for (int k = 0; k < s->on_stack; k++) lua_rawgeti(L, IDX_ANCHORS, s->anchor + k);
    if (s->dispatch == DISPATCH_CALL && !s->guard) s->target = driver_target(DISPATCH_BARE_CALL);
  }
}

int driver_enter (lua_State *L, struct run *run, enum entry entry) {
  struct flow *f = &run->flow;
  if (!lua_checkstack(L, SLOTS)) return luaL_error(L, "stack overflow (a pipeline)");
  f->L = f->home = L;
  f->root = f->run = run;
  run_push_anchors(L, IDX_RUN);
  run_occupy(L, run, lua_gettop(L));
  lua_pushcfunction(L, failure_handler);
  if (entry == ENTRY_SEND || entry == ENTRY_THROW) lua_rotate(L, IDX_ANCHORS, 2);
  f->base = IDX_HANDLER;
  f->stage = run->stages;
  run->status = RUN_SUSPENDED;
  run->began = true;
  if (entry == ENTRY_SEND) return drive(L, f, POINT_SEND);
  if (entry == ENTRY_THROW) return drive(L, f, POINT_THROW);
  if (entry == ENTRY_TERMINAL) {
    if (run->count <= MAX_SLOTS) {
      push_first_anchors(L, run);
      f->base = lua_gettop(L);
    }
    run->litter = may_litter(run) ? LITTER - 1 : 0;
    struct stage *last = &run->stages[run->count - 1];
    if (last->steps->open != NULL) {
      f->stage = last;
      if (last->steps->open(f, last) == V_ERROR) return lua_error(L);
    }
  }
  return drive(L, f, POINT_PULL);
}

const void *driver_target (enum dispatch dispatch) {
  struct flow f;
  drive(NULL, &f, POINT_LABELS);
  return f.targets[dispatch];
}

/* The loop. `point` says where to begin; after a yield it is where the loop stood. */
static int drive (lua_State *L, struct flow *f, int point) {
  static const void *const give_labels[] = { [DISPATCH_STEP] = &&give_step,
                                             [DISPATCH_CALL] = &&give_call,
                                             [DISPATCH_EMIT] = &&give_emit,
                                             [DISPATCH_BARE_CALL] = &&give_bare_call,
                                             [DISPATCH_SUM] = &&give_sum,
                                             [DISPATCH_TIDY] = &&give_tidy };
  static const void *const called_labels[] = { [CALLED_STEP] = &&called_step,
                                               [CALLED_FILTER] = &&called_filter,
                                               [CALLED_MAP] = &&called_map };
  if (point == POINT_LABELS) { /* a label is known only in its function */
    f->targets = give_labels;
    return 0;
  }
  struct run *const root = f->root;
  struct state *const state = root->state;
  struct run *r = f->run;
  struct stage *s = f->stage;
  struct run *body; /* whose coroutine is being resumed */
  verdict v;
  int status, nargs, nresults;
  lua_Integer sum;

  switch ((enum point)point) {
    case POINT_PULL: goto pull;
    case POINT_CALLED: goto called;
    case POINT_HOST: goto host_answered;
    case POINT_RAISED: status = f->nresults; goto raised;
    case POINT_REFUSED: body = f->waiting_body; goto refused;
    case POINT_LABELS: break;
    case POINT_SEND: goto send;
    case POINT_THROW: goto throw;
  }

pull:
#if !defined(LEAT_STRESS) && !defined(LEAT_TRACE)
  if (r->quick && state_may_pull(state)) {
    if ((++r->items & r->litter) == 0) lua_settop(L, f->base);
    s = r->stages;
    range_next(f, r, s);
    goto give_next;
  }
#endif
  if ((r->items & r->litter) == 0 || r->held != 0) lua_settop(L, f->base);
  if (!state_may_pull(state)) goto interrupted;
  TRACE_PULL(f);
#ifdef LEAT_STRESS
  lua_gc(L, LUA_GCCOLLECT, 0);
#endif
  if (r->held != 0) {
    s = &r->stages[r->held - 1];
    f->stage = s;
    v = s->steps->pull(f, s);
    goto act;
  }
  if (r->over) {
    s = &r->stages[r->floor];
    goto end_walk;
  }
  s = r->stages;
  if (s->pull_kind == PULL_BODY) goto pull_body;
  f->stage = s;
  v = s->steps->pull(f, s);
  if (v == V_PASS) {
    r->items++;
    goto give_next;
  }

act: /* the first two are nearly all there are: 3 % by themselves */
  LEAT_ASSERT(lua_gettop(L) >= f->base, "a step pops no more than it has pushed");
  LEAT_ASSERT(v != V_PASS || f->item.kind != ITEM_VALUE ||
                  (f->item.at > IDX_HANDLER && f->item.at + f->item.count - 1 <= lua_gettop(L)),
              "an item that passes is on the stack");
  if (v == V_DROP) goto pull;
  if (v == V_PASS) goto give_next;
  switch (v) {
    case V_PASS: goto give_next;
    case V_DROP: goto pull;
    case V_CALL: goto call;
    case V_CHILD: goto child;
    case V_STOP: goto stop;
    case V_END: goto end;
    case V_RESULT: return f->nresults;
    case V_ERROR: status = LUA_ERRRUN; goto failed;
    case V_CALLED: goto called;
  }

give_next:
  s++;
  goto *s->target;

give_tidy: /* a long chain must not pile up what its stages push */
  flow_tidy(f);
  if (s->give_kind == GIVE_CALL) goto give_call;

give_step:
  f->stage = s;
  v = s->steps->give(f, s);
  goto act;

give_sum: /* inlined while the sum is of integers and fits */
  if (f->item.kind == ITEM_INTEGER && s->phase == 0 &&
      !__builtin_add_overflow(s->a.integer, f->item.u.integer, &sum)) {
    s->a.integer = sum;
    goto pull;
  }
  goto give_step;

give_bare_call: /* as give_call, with what it asks for known */
  f->stage = s;
  lua_pushvalue(L, s->slot);
  nargs = 1;
  if (f->item.kind == ITEM_INTEGER) lua_pushinteger(L, f->item.u.integer);
  else if (f->item.kind == ITEM_VALUE && f->item.count == 1) lua_pushvalue(L, f->item.at);
  else nargs = flow_push_item(f);
  lua_callk(L, nargs, 1, WAITING_CALLBACK, drive_k);
  goto *called_labels[s->called_kind];

give_call: /* the stage's function gets the item, and answers with one value */
  f->stage = s;
  if (s->slot != 0)
    lua_pushvalue(L, s->slot);
  else
    lua_rawgeti(L, IDX_ANCHORS, s->anchor);
  if (f->item.kind == ITEM_INTEGER) {
    lua_pushinteger(L, f->item.u.integer);
    nargs = 1;
  }
  else
    nargs = flow_push_item(f);
  if (s->guard) {
    status = lua_pcallk(L, nargs, 1, IDX_HANDLER, WAITING_CALLBACK, drive_k);
    if (status != LUA_OK) goto raised;
  }
  else
    lua_callk(L, nargs, 1, WAITING_CALLBACK, drive_k);
  if (r->closed || root->closed) return driver_raise_gone(L, root, "ran");

called:
  goto *called_labels[s->called_kind];

called_filter:
  if (lua_toboolean(L, -1) == (int)s->phase) goto give_next;
  goto pull;

called_map:
  if (lua_isinteger(L, -1)) {
    f->item.kind = ITEM_INTEGER;
    f->item.u.integer = lua_tointegerx(L, -1, NULL);
    goto give_next;
  }
  v = flow_mapped(f, s);
  goto act;

called_step:
  if (s->give_kind == GIVE_CALL) f->nresults = 1, f->result_at = lua_gettop(L);
  else f->nresults = lua_gettop(L) - f->result_at + 1;
  if (f->nresults > MANY) luaL_checkstack(L, SLOTS, "too many results");
  v = s->steps->called(f, s);
  if (s == r->stages && v == V_PASS) r->items++;
  goto act;

call: /* the step has pushed the function and its arguments */
  f->result_at = lua_gettop(L) - f->nargs;
  if (s->guard) {
    status = lua_pcallk(L, f->nargs, f->nresults, IDX_HANDLER, WAITING_CALLBACK, drive_k);
    if (status != LUA_OK) goto raised;
  }
  else
    lua_callk(L, f->nargs, f->nresults, WAITING_CALLBACK, drive_k);
  if (r->closed || root->closed) return driver_raise_gone(L, root, "ran");
  goto called;

give_emit: /* the last stage of a run that is read item by item */
  if (r == root) {
    root->busy = false;
    s->a.natural++;
    return root->in_place && f->item.kind != ITEM_VALUE ? 0 : flow_push_item(f);
  }
  {
    struct run *child = r;
    if (lua_gettop(L) > f->base + FROM_CHILD) flow_tidy(f);
    s = leave_run(f);
    r = f->run;
    f->stage = s;
    if (r->tip == child) {
      r->items++;
      goto give_next;
    }
    if (s == r->stages) r->items++;
    v = s->steps->child(f, s);
    goto act;
  }

child: { /* its userdata is on top of the stack */
  struct run *child = f->child;
  if (at_hand(f, child)) {
    lua_settop(L, f->base);
    if (s == r->stages) r->items++;
    v = s->steps->child(f, s);
    goto act;
  }
  /* Only the source of the outermost delegator pulls a delegate. */
  if ((child->busy || child->owner != NULL) && !(r->tip == child && s == r->stages)) {
    const char *why = run_refuses(L, child, lua_gettop(L));
    if (why != NULL || child->closed) { /* closed: its pull had been left half-way */
      v = why != NULL ? flow_fail(f, LEAT_E_USE, "%s", why) : from_ended(f);
      goto act;
    }
  }
  child->began = true;
  run_push_anchors(L, -1);
  if (child->live) {
    run_occupy(L, child, lua_gettop(L));
    if (child->status == RUN_NEW) child->status = RUN_SUSPENDED;
  }
  child->caller = r;
  child->caller_stage = s;
  if (child->anchored_caller != r) { /* who is pulled by one stage only has them already */
    lua_pushvalue(L, IDX_ANCHORS);
    lua_rawseti(L, -2, ANCHOR_CALLER);
    child->anchored_caller = r;
  }
  enter_run(f, child);
  r = child;
  if (r->peeked) {
    lua_settop(L, f->base);
    delegate_push_table(L, ANCHOR_PEEKED);
    r->peeked = false;
    flow_pass(f, lua_gettop(L) - f->base);
    s = &r->stages[r->count - 1];
    goto give_emit;
  }
  if (r->status == RUN_ENDED) goto ended;
  goto pull;
}

stop: /* the item of take is its last: close upstream, then hand it on */
  if (f->item.kind == ITEM_TEXT) flow_pass(f, flow_push_item(f));
  run_end_at(r, s);
  if (s > r->stages && run_close_upstream(L, r, IDX_ANCHORS, s - 1, 0)) {
    v = V_ERROR;
    goto act;
  }
  goto give_next;

end: /* stage s, and all below it, have no more items */
  run_end_at(r, s);
end_walk:
  if (run_close_upstream(L, r, IDX_ANCHORS, s, 0)) {
    v = V_ERROR;
    goto act;
  }
  for (;;) {
    s++;
    if (s->give_kind == GIVE_EMIT) goto ended;
    r->floor = (size_t)(s - r->stages);
    f->stage = s;
    v = s->steps->end == NULL ? V_END : s->steps->end(f, s);
    if (v != V_END) goto act;
    bool pulls = s->steps->child != NULL && r->children != NULL; /* a zip's other inputs */
    if (!s->closed && (pulls || s->steps->close != NULL || s->steps->release != NULL) &&
        run_close_upstream(L, r, IDX_ANCHORS, s, 0)) {
      v = V_ERROR;
      goto act;
    }
  }

ended: /* the current run has no more items */
  if (r->status != RUN_ENDED) {
    if (r->live) driver_note_end(L, IDX_ANCHORS);
    if (run_close(L, r, IDX_ANCHORS, 0)) {
      v = V_ERROR;
      goto act;
    }
    r->status = RUN_ENDED;
  }
  if (r == root) {
    root->busy = false;
    policy_report(L, root, IDX_ANCHORS);
    return 0;
  }
  {
    struct run *child = r;
    int top = lua_gettop(L);
    if (child->owner != NULL) delegate_push_table(L, ANCHOR_RETURNS);
    nargs = lua_gettop(L) - top;
    s = leave_run(f);
    r = f->run;
    f->stage = s;
    if (r->tip != child) {
      v = s->steps->child_end(f, s);
      goto act;
    }
    /* a delegate: its owner's body goes on with its return values */
    body = delegate_pop(f);
    if (!move_to_body(L, body, nargs)) goto no_room;
    goto resume;
  }

/* --- bodies ------------------------------------------------------------------ */

pull_body:
  body = r->tip != NULL ? r->tip : r;
  if (!body_is_pure(body) && body != r) {
    f->stage = s;
    lua_rawgeti(L, IDX_ANCHORS, ANCHOR_TIP);
    f->child = body;
    goto child;
  }
  if (body->co == NULL) {
    if (body == r)
      body_create(L, body, IDX_ANCHORS);
    else {
      lua_rawgeti(L, IDX_ANCHORS, ANCHOR_TIP);
      run_push_anchors(L, -1);
      body_create(L, body, lua_gettop(L));
      lua_settop(L, f->base);
    }
  }
  nargs = 0;

resume: { /* nargs values are on the coroutine's stack */
  struct state *g = root->state;
  f->waiting_body = body;
  body->driver = f;
  s = r->stages;
  f->stage = s;
  if (body->handing) { /* it has resumed this thread itself, see body.c */
    body->sent = nargs;
    body->mark = MARK_PULL;
    nresults = 0;
    goto wait;
  }
  struct run *outer = g->current;
  if (!body->body_started) {
    body->body_started = true;
    nargs = lua_gettop(body->co) - 1; /* beside the function */
  }
  else
    body->sent = nargs;
  body->mark = MARK_NONE;
  g->current = body;
  nresults = 0;
  status = lua_resume(body->co, L, nargs, &nresults);
  g->current = outer;
  f->L = L;
  if (status > LUA_YIELD) { /* its base fails only where memory or the C stack end */
    lua_xmove(body->co, L, 1);
    if (lua_status(body->co) > LUA_YIELD) body->body_ended = true, body->co = NULL;
    driver_explain_resume(f);
    goto failed_body;
  }
  if (nresults > 0) {
    luaL_checkstack(L, nresults + 20, "too many values yielded at once");
    lua_xmove(body->co, L, nresults);
  }
}
answered: /* the body's nresults values are on top */
  if (body->rethrown && status == LUA_YIELD) { /* the body has caught what was thrown */
    body->rethrown = false;
    delegate_push_anchors(f, body);
    lua_pushnil(L);
    lua_rawseti(L, -2, ANCHOR_THROWN);
    lua_pop(L, 1);
  }
  if (status == LUA_YIELD && body->mark == MARK_ANSWER) {
    /* the item, or whatever the stages that ran inside yield ended up with */
    f->item.at = lua_gettop(L) - nresults + 1;
    s = f->stage;
    v = f->answer;
    goto act;
  }
  if (status == LUA_YIELD && body->mark == MARK_DELEGATE) {
    v = delegate_push(f, body);
    if (v == V_ERROR) { /* into the body that asked for it */
      body->throwing = true;
      nargs = 1;
      lua_xmove(L, body->co, 1);
      goto resume;
    }
    if (v == V_DROP) { /* it had ended long ago */
      nargs = f->nresults;
      if (!move_to_body(L, body, nargs)) goto no_room;
      goto resume;
    }
    goto pull;
  }
  if (status == LUA_YIELD && body->mark >= MARK_OUTER) {
    /* A function of a stage runs inside the body's yield, and yields for the body around
     * this pipeline: it does so through this thread, which that body is. */
    s = body->calling;
    f->stage = s;
    lua_pushlightuserdata(L, root->state);
    lua_pushcclosure(L, body->mark == MARK_OUTER ? body_yield : body_yield_from, 1);
    lua_insert(L, -nresults - 1);
    f->result_at = lua_gettop(L) - nresults;
    body->waiting = true;
    status = lua_pcallk(L, nresults, LUA_MULTRET, 0, WAITING_OUTER, drive_k);
    if (status == LUA_OK) goto host_answered;
  refused: /* what is raised there is raised in that function */
    body->waiting = false;
    body->throwing = true;
    nargs = 1;
    lua_xmove(L, body->co, 1);
    goto resume;
  }
  if (status == LUA_YIELD) { /* the host's */
    if (body->calling != NULL) f->stage = s = body->calling;
    if (!lua_isyieldable(L)) {
      lua_settop(L, f->base);
      driver_push_stranded(L, body);
      status = LUA_ERRRUN;
      goto failed;
    }
  wait:
    if (nresults == 0 && !lua_isyieldable(L)) {
      v = flow_fail(f, LEAT_E_USE, "attempt to yield across a C-call boundary, to wait for a "
                                   "generator that waits for its host");
      goto act;
    }
    body->waiting = true;
    delegate_push_anchors(f, body);
    lua_pushthread(L);
    lua_rawseti(L, -2, ANCHOR_WAITER);
    lua_pop(L, 1);
    lua_pushcfunction(L, pass_on);
    lua_insert(L, -nresults - 1);
    f->result_at = lua_gettop(L) - nresults;
    if (s->guard) {
      status = lua_pcallk(L, nresults, LUA_MULTRET, IDX_HANDLER, WAITING_HOST, drive_k);
      if (status != LUA_OK) goto raised;
    }
    else
      lua_callk(L, nresults, LUA_MULTRET, WAITING_HOST, drive_k);
    goto host_answered;
  }
  body->body_ended = true;
  body->co = NULL;
  bool succeeded = lua_toboolean(L, -nresults);
  if (!succeeded) goto failed_body;
  if (body == r) {
    delegate_keep_returns(f, nresults - 1);
    goto end;
  }
  nargs = nresults - 1;
  f->nresults = nargs;
  body->status = RUN_ENDED;
  body = delegate_pop(f); /* leaves the values on top */
  if (!move_to_body(L, body, nargs)) goto no_room;
  goto resume;

host_answered:
  luaL_checkstack(L, SLOTS, "too many results");
  body = f->waiting_body;
  r = f->run;
  s = r->stages;
  body->waiting = false;
  delegate_push_anchors(f, body);
  lua_pushnil(L);
  lua_rawseti(L, -2, ANCHOR_WAITER);
  lua_pop(L, 1);
  nargs = lua_gettop(L) - f->result_at + 1;
  if (body->handed) { /* by itself: the host has resumed it, not us */
    body->handed = false;
    status = body->mark == MARK_NONE ? LUA_OK : LUA_YIELD;
    nresults = nargs;
    goto answered;
  }
  if (body->co == NULL) {
    v = flow_fail(f, LEAT_E_USE, "the generator was closed while it waited");
    goto act;
  }
  if (!move_to_body(L, body, nargs)) goto no_room;
  goto resume;

no_room:
  s = r->stages;
  status = LUA_ERRRUN;
  goto failed;

failed_body: /* the error is on top */
  s = r->stages;
  f->stage = s;
  failure_locate(L, status, r, s);
  delegate_recall(f, body);
  if (body == r) goto failed;
throw_into_owner: /* body: the delegate that failed; the error is on top */
  body = delegate_throw(f, status);
  nargs = 1;
  goto resume;

send: /* the value is on top */
  body = r->tip != NULL ? r->tip : r;
  s = r->stages;
  if (!body_is_pure(body)) { /* a pipeline cannot be sent to */
    if (lua_isnil(L, -1)) goto pull;
    failure_push(L, LEAT_E_USE,
                 "send: the generator delegates to a pipeline, which takes no values");
    status = LUA_ERRRUN;
    goto throw_into_owner;
  }
  nargs = 1;
  if (body->co == NULL) { /* fresh, and the value is nil */
    lua_pop(L, 1);
    goto pull_body;
  }
  lua_xmove(L, body->co, 1);
  goto resume;

throw: /* the value is on top */
  body = r->tip != NULL ? r->tip : r;
  s = r->stages;
  if (!body_is_pure(body)) {
    status = LUA_ERRRUN;
    goto throw_into_owner;
  }
  if (body->co == NULL) { /* fresh: raised before the first line */
    failure_locate(L, LUA_ERRRUN, r, s);
    body->body_ended = true;
    status = LUA_ERRRUN;
    if (body == r) goto failed;
    goto throw_into_owner;
  }
  body->throwing = true;
  lua_xmove(L, body->co, 1);
  nargs = 1;
  goto resume;

/* --- errors ------------------------------------------------------------------ */

interrupted: /* before a pull of r, whose stage that is */
  s = r->held != 0 ? &r->stages[r->held - 1] : r->stages;
  if (interrupt_take_tick(&state->interrupt)) {
    progress_report(root);
    goto pull;
  }
  driver_push_interrupted(L, state);
  status = LUA_ERRRUN;
  goto failed;

raised: /* by a function; the error, wrapped by the handler, is on top */
failed: { /* at stage s of run r; the error is on top */
  f->stage = s;
  failure_locate(L, status, r, s);
  int error = lua_gettop(L);
  struct stage *policy = policy_find(f, &s); /* leaves runs that have none */
  r = f->run;
  if (policy == NULL) {
    if (r->owner != NULL && r != root) { /* a delegate without a policy of its own */
      body = r;
      leave_run(f);
      r = f->run;
      s = r->stages;
      lua_settop(L, error);
      goto throw_into_owner;
    }
    if (root->stages[root->count - 1].give_kind != GIVE_EMIT) return lua_error(L);
    return driver_raise_closed(L, root, error);
  }
  v = policy_answer(f, policy, s, error);
  s = f->stage;
  goto act;
}
}
