/* SPDX-License-Identifier: MIT
 * body.c - generator bodies, and the module's yield and yield_from.
 *
 * A body runs in a coroutine whose base frame is the C function `base`: it calls the
 * user's function protected and returns whether it succeeded, then its values or its
 * error; so a failing body never unwinds through the driver.
 *
 * Marks. `yield` and `yield_from` mark the run before they yield, which tells the
 * driver that the values are leat's; a yield without a mark belongs to the host. The
 * mark is set last, when nothing can refuse the yield any more.
 *
 * Native stages, and stages whose function is simply called, run inside `yield` itself, on
 * the body's thread, as long as they want more: no thread switch. 27 ns an item in place
 * of 85 for native stages, 72 in place of 116 with a function.
 */
#include "body.h"

#include <string.h>

#include <lauxlib.h>

#include "binding/json.h"
#include "sources/from.h"
#include "argument.h"
#include "callback.h"
#include "failure.h"

/* Slots of the base frame. */
enum { BASE_RUN = 1, BASE_ANCHORS, BASE_HANDLER, BASE_FIRST };

static int base (lua_State *L);

/* Finds the bottom frame of L if that is a body's base. Galloping: lua_getstack walks from
 * the top each time, and a body may have thousands of frames. */
static bool bottom_frame (lua_State *L, lua_Debug *bottom) {
  int low = 0, high = 1; /* low exists, high does not, in the end */
  memset(bottom, 0, sizeof *bottom);
  if (!lua_getstack(L, 0, bottom)) return false;
  while (lua_getstack(L, high, bottom)) {
    low = high;
    high *= 2;
  }
  while (high - low > 1) {
    int middle = low + (high - low) / 2;
    if (lua_getstack(L, middle, bottom)) low = middle;
    else high = middle;
  }
  if (!lua_getstack(L, low, bottom)) return false;
  lua_getinfo(L, "f", bottom);
  bool is_base = lua_tocfunction(L, -1) == base;
  lua_pop(L, 1);
  return is_base;
}

/* Message handler of bodies: what a delegate failed with, and was thrown in here, has its
 * traceback; n levels of delegates would take n of them. */
static int base_handler (lua_State *L) {
  lua_Debug ar;
  struct run *run = body_of_thread(L);
  if (run == NULL || !run->rethrown || failure_test(L, 1)) return failure_handler(L);
  bottom_frame(L, &ar);
  lua_getlocal(L, &ar, BASE_ANCHORS);
  lua_rawgeti(L, -1, ANCHOR_THROWN);
  bool same = false;
  if (lua_istable(L, -1)) {
    lua_getfield(L, -1, "cause");
    same = lua_rawequal(L, -1, 1);
  }
  lua_settop(L, 1);
  return same ? failure_handler_untraced(L) : failure_handler(L);
}

static int hand_over (lua_State *L, struct run *body, int count, int *nresults);

/* What base's protected call has called. */
enum { BASE_FUNCTION, BASE_DELEGATE };

/* Has the function of through returned, and nothing but, a pipeline or a generator? It is what is
 * to be read in its place: nobody else could. */
static bool returned_pipeline (lua_State *L, const struct run *run) {
  return run->stages->steps == &steps_through && lua_gettop(L) == BASE_HANDLER + 1 &&
         (recipe_test(L, -1) != NULL || run_test(L, -1) != NULL);
}

static int base_k (lua_State *L, int status, lua_KContext called) {
  struct run *run = lua_touserdata(L, BASE_RUN);
  luaL_checkstack(L, LUA_MINSTACK, "a generator"); /* what it returned leaves no room */
  if ((status == LUA_OK || status == LUA_YIELD) && called == BASE_FUNCTION &&
      returned_pipeline(L, run)) {
    lua_pushlightuserdata(L, run->state);
    lua_pushcclosure(L, body_yield_from, 1);
    lua_insert(L, -2);
    status = lua_pcallk(L, 1, LUA_MULTRET, BASE_HANDLER, BASE_DELEGATE, base_k);
  }
  lua_pushboolean(L, status == LUA_OK || status == LUA_YIELD);
  lua_replace(L, BASE_HANDLER);
  int count = lua_gettop(L) - BASE_HANDLER + 1;
  if (run->state->current == run || !run->waiting) return count;
  /* The host has resumed this body past the driver, which waits for its end. */
  lua_State *home = run->driver->home;
  int nresults;
  run->mark = MARK_NONE;
  if (hand_over(L, run, count, &nresults) <= LUA_YIELD) return lua_pop(home, nresults), 0;
  lua_xmove(home, L, 1);
  return lua_error(L);
}

static int base (lua_State *L) {
  lua_pushcfunction(L, base_handler);
  lua_insert(L, BASE_HANDLER);
  int status = lua_pcallk(L, lua_gettop(L) - BASE_FIRST, LUA_MULTRET, BASE_HANDLER, BASE_FUNCTION,
                          base_k);
  return base_k(L, status, BASE_FUNCTION);
}

/* The function of through reads its upstream as a generator, which belongs to the run:
 * replaces the recipe at `index`. */
static void open_upstream (lua_State *L, struct run *run, int anchors, int index) {
  struct run *upstream = run_push(L, run->state, index, true);
  lua_replace(L, index);
  run_keep_child(L, anchors, upstream, index);
  run_adopt(L, run, anchors, upstream, index, 0);
}

void body_create (lua_State *L, struct run *run, int anchors) {
  const struct stage *s = run->stages;
  anchors = lua_absindex(L, anchors);
  luaL_checkstack(L, 5, "a generator");
  limits_charge_thread(&run->state->limits);
  lua_State *co = lua_newthread(L);
  lua_rawseti(L, anchors, s->anchor + 1);
  run->co = co;
  lua_Integer count = s->a.integer; /* arguments; 0: the anchor is the function itself */
  if (!lua_checkstack(co, (int)count + 10)) luaL_error(L, "too many arguments to a generator");
  lua_pushcfunction(co, base);
  lua_pushlightuserdata(co, run);
  lua_pushvalue(L, anchors);
  lua_rawgeti(L, anchors, s->anchor);
  if (s->b.flag) { /* packed: the function, then its arguments */
    int list = lua_gettop(L);
    luaL_checkstack(L, (int)count + 10, "too many arguments to a generator");
    for (lua_Integer i = 1; i <= count + 1; i++) lua_rawgeti(L, list, i);
    lua_remove(L, list);
    if (s->steps == &steps_through) open_upstream(L, run, anchors, list + 1);
    lua_xmove(L, co, (int)count + 2);
  }
  else
    lua_xmove(L, co, 2);
}

struct run *body_of_thread (lua_State *L) {
  lua_Debug ar;
  if (!bottom_frame(L, &ar) || lua_getlocal(L, &ar, BASE_RUN) == NULL) return NULL;
  struct run *run = lua_touserdata(L, -1);
  lua_pop(L, 1);
  return run;
}

void body_push_anchors (lua_State *L) {
  lua_Debug ar;
  if (bottom_frame(L, &ar)) lua_getlocal(L, &ar, BASE_ANCHORS);
  else lua_pushnil(L);
}

void body_close (lua_State *L, struct run *run) {
  lua_State *co = run->co;
  if (co == NULL) return;
  lua_Debug ar;
  if (lua_status(co) == LUA_OK && lua_getstack(co, 0, &ar)) {
    run->condemned = true; /* it is below us on the C stack, and ends when it is back */
    return;
  }
  /* A finaliser of this very coroutine's values may run now: nothing is current. */
  struct run *outer = run->state->current;
  run->state->current = NULL;
#if LUA_VERSION_RELEASE_NUM >= 50406
  int status = lua_closethread(co, L);
#else
  int status = lua_resetthread(co);
#endif
  run->state->current = outer;
  run->co = NULL;
  if (status == LUA_OK) return;
  lua_xmove(co, L, 1);
  if (status == LUA_ERRERR) /* before 5.4.6 the handler of an xpcall left behind is called */
    lua_pushliteral(L, "a <close> variable failed, and this release of Lua loses its error when "
                       "the function waits inside an xpcall; handle the error in __close");
  lua_error(L);
}

/* What the driver sent or threw is on top of the stack. */
static int resumed_k (lua_State *L, int status, lua_KContext context) {
  struct run *run = (struct run *)context;
  (void)status;
  if (run->throwing) {
    run->throwing = false;
    return lua_error(L);
  }
  return run->sent;
}

/* --- a body that its host resumes by itself --------------------------------------
 *
 * Users of event loops write `local co = coroutine.running()`, have a callback resume co,
 * and yield. In a body, that yield is passed on by the driver, whose thread then waits;
 * the callback resumes the *body's* thread, past the driver. So when such a body comes to
 * its next yield, or to its end, it resumes the driver's thread itself, handing over the
 * item. The driver's next pull finds the body below it on the C stack and yields back.
 */

/* Resumes the thread that waits for the body with the top `count` values. Returns what
 * lua_resume did; its values are left on that thread. */
static int hand_over (lua_State *L, struct run *body, int count, int *nresults) {
  lua_State *home = body->driver->home;
  struct state *g = body->state;
  struct run *outer = g->current;
  if (lua_status(home) != LUA_YIELD || !lua_checkstack(home, count + 5)) {
    body->mark = MARK_NONE;
    luaL_error(L, "yield: who reads this generator does not wait for it any more");
  }
  lua_xmove(L, home, count);
  body->waiting = false;
  body->handed = body->handing = true;
  g->current = NULL;
  /* The collector marks the running thread and what it reaches, not who resumed whom:
   * hold `home` here, it may resume others in its turn. */
  luaL_checkstack(L, 3, "yield");
  lua_pushthread(home);
  lua_xmove(home, L, 1);
  int held = lua_gettop(L);
  int status = lua_resume(home, L, count, nresults);
  lua_remove(L, held); /* from below what was sent */
  g->current = outer;
  body->handing = false;
  return status;
}

/* Hands over the top `count` values, and becomes what the driver then wants this yield to
 * be. */
static int yield_to_waiting (lua_State *L, struct run *body, enum yield_mark mark, int count) {
  lua_State *home = body->driver->home;
  int nresults;
  body->mark = mark;
  int status = hand_over(L, body, count, &nresults);
  if (status == LUA_YIELD && body->mark == MARK_PULL) {
    body->mark = MARK_NONE; /* what was sent is here already */
    if (!body->throwing) return body->sent;
    body->throwing = false;
    return lua_error(L);
  }
  if (status != LUA_OK && status != LUA_YIELD) { /* whoever resumed this body is told */
    lua_xmove(home, L, 1);
    return lua_error(L);
  }
  lua_pop(home, nresults);
  if (body->condemned) return luaL_error(L, "generator closed");
  return lua_yieldk(L, 0, (lua_KContext)body, resumed_k); /* until the next pull */
}

/* An item for a driver that waits: no stage runs inside this yield. */
static int give_to_waiting (lua_State *L, struct run *body, int count) {
  struct flow *f = body->driver;
  f->item.kind = ITEM_VALUE;
  f->item.count = count;
  f->answer = V_PASS;
  f->run->items++;
  f->stage = f->run->stages;
  return yield_to_waiting(L, body, MARK_ANSWER, count);
}

/* --- yield and yield_from --------------------------------------------------------- */

/* Is L the body that a driver is resuming, and can it yield? The common case. */
static bool is_running (lua_State *L, const struct run *body) {
  return body != NULL && body->co == L && lua_isyieldable(L);
}

/* The run whose body calls `name` in L, when it is not the one a driver is resuming: it
 * waits to hand over. Raises where there is none. */
static struct run *waiting_body (lua_State *L, const struct run *current, const char *name) {
  struct run *mine = body_of_thread(L);
  if (mine != NULL && mine->co == L && !lua_isyieldable(L) && mine->calling == NULL)
    luaL_error(L, "%s: attempt to yield across a C-call boundary (a function that C calls, "
                  "such as a comparison of table.sort, cannot yield)", name);
  if (mine != NULL && mine->co == L && mine->condemned)
    luaL_error(L, "%s: generator closed", name);
  if (mine != NULL && mine->co == L && mine->waiting) return mine;
  if (current == NULL || lua_pushthread(L) || (mine != NULL && mine->calling != NULL))
    luaL_error(L, "%s: not inside a generator; it yields from the function given to "
                  "generator or through", name);
  luaL_error(L, "%s: called in a coroutine of its own inside a generator; "
                "call it in the generator's function itself", name);
  return NULL;
}

/* Leaves the body with the flow's answer; the values that go along are the item's (-1),
 * or the top `values`. */
static int leave (lua_State *L, struct run *body, struct flow *f, verdict answer, int values) {
  const struct item *item = &f->item;
  f->answer = answer;
  if (values < 0) {
    if (item->kind != ITEM_VALUE) values = 0;
    else if (item->at == 1 && lua_gettop(L) == item->count) values = item->count;
    else values = flow_push_item(f);
  }
  body->mark = MARK_ANSWER;
  return lua_yieldk(L, values, (lua_KContext)body, resumed_k);
}

static int called_k (lua_State *L, int status, lua_KContext context);

/* Gives the item, which stage `s` has answered with `v`, to the stages that may run inside
 * yield, and then to the driver. */
static int answer (lua_State *L, struct run *body, struct stage *s, verdict v) {
  struct flow *f = body->driver;
  struct run *r = f->run;
  while (v == V_PASS) {
    struct stage *next = s + 1;
    /* A C function has LUA_MINSTACK slots: enough for two steps with one value. */
    if (s > r->stages + 1 || f->item.count > 1) luaL_checkstack(L, LUA_MINSTACK, "yield");
    if (next->native) {
      s = next;
      f->stage = s;
      v = s->steps->give(f, s);
    }
    else if (next->give_kind == GIVE_CALL && next->steps->plain_call) {
      s = next;
      body->calling = f->stage = s;
      lua_pushcfunction(L, failure_handler);
      int handler = lua_gettop(L);
      flow_push_anchor(f, s, 0);
      int nargs = flow_push_item(f);
      /* Where the driver cannot wait, neither can the function. */
      int status = lua_isyieldable(f->home)
                       ? lua_pcallk(L, nargs, 1, handler, (lua_KContext)body, called_k)
                       : lua_pcall(L, nargs, 1, handler);
      body->calling = NULL;
      if (status != LUA_OK) {
        f->stage = s;
        return leave(L, body, f, V_ERROR, 1);
      }
      v = callback_answered(f, s);
    }
    else
      break;
  }
  if (v == V_DROP && r->held == 0 && state_may_pull(r->state)) {
    f->L = f->home;
    return 0; /* what is left on the stack goes with this frame */
  }
  f->stage = s;
  switch (v) {
    case V_ERROR: return leave(L, body, f, v, 1);
    case V_RESULT: return leave(L, body, f, v, f->nresults);
    case V_PASS: case V_STOP: return leave(L, body, f, v, -1);
    default: return leave(L, body, f, v, 0);
  }
}

/* The function of stage body->calling has yielded, and has now returned. */
static int called_k (lua_State *L, int status, lua_KContext context) {
  struct run *body = (struct run *)context;
  struct flow *f = body->driver;
  struct stage *s = body->calling;
  body->calling = NULL;
  bool failed = status != LUA_OK && status != LUA_YIELD;
  if (body->state->current == body) {
    f->L = L;
    f->stage = s;
    return failed ? leave(L, body, f, V_ERROR, 1) : answer(L, body, s, callback_answered(f, s));
  }
  /* The host has resumed this thread past the driver, which waits: it goes on from here. */
  int values = 1, result = lua_gettop(L);
  f->answer = failed ? V_ERROR : V_CALLED;
  f->stage = s;
  if (!failed && f->item.kind == ITEM_VALUE) {
    luaL_checkstack(L, f->item.count + 2, "yield");
    for (int i = 0; i < f->item.count; i++) lua_pushvalue(L, f->item.at + i);
    lua_pushvalue(L, result);
    values += f->item.count;
  }
  return yield_to_waiting(L, body, MARK_ANSWER, values);
}

/* A yield in a function that a stage of this very run calls inside yield belongs to the
 * body around the pipeline. */
static int yield_outside (lua_State *L, struct run *body, enum yield_mark mark, int count) {
  body->mark = mark;
  return lua_yieldk(L, count, (lua_KContext)body, resumed_k);
}

/* The item at hand is the body's. */
static int give (lua_State *L, struct run *body) {
  struct flow *f = body->driver;
  f->run->items++;
  f->L = L;
  return answer(L, body, f->run->stages, V_PASS);
}

/* yield, whatever it is given and whoever resumes. */
static int yield_any (lua_State *L, struct run *current) {
  struct run *body = current;
  bool running = is_running(L, body);
  int count = lua_gettop(L);
  if (!running) body = waiting_body(L, current, "yield");
  if (body->calling != NULL)
    return running ? yield_outside(L, body, MARK_OUTER, count)
                   : yield_to_waiting(L, body, MARK_OUTER, count);
  if (lua_type(L, 1) <= LUA_TNIL) {
    if (count > 1)
      return luaL_error(L, "yield: the first part of a tuple is nil, which is no item; "
                           "yield leat.null in its place");
    lua_settop(L, 0);
    null_push(L);
    count = 1;
  }
  if (!running) return give_to_waiting(L, body, count);
  body->driver->item.kind = ITEM_VALUE;
  body->driver->item.at = 1;
  body->driver->item.count = count;
  return give(L, body);
}

int body_yield (lua_State *L) {
  const struct state *g = lua_touserdata(L, lua_upvalueindex(1));
  struct run *body = g->current;
  if (!is_running(L, body) || body->calling != NULL || !lua_isinteger(L, 1) || lua_gettop(L) != 1)
    return yield_any(L, body);
  /* One integer stays in C, and the first native stage gets it right here: 15 ns less. */
  struct flow *f = body->driver;
  struct run *r = f->run;
  struct stage *s = r->stages + 1;
  f->item.kind = ITEM_INTEGER;
  f->item.count = 1;
  f->item.u.integer = lua_tointegerx(L, 1, NULL);
  r->items++;
  f->L = L;
  if (!s->native) return answer(L, body, r->stages, V_PASS);
  f->stage = s;
  verdict v = s->steps->give(f, s);
  if (v != V_DROP || r->held != 0 || !state_may_pull(r->state))
    return answer(L, body, s, v);
  f->L = f->home;
  return 0;
}

int body_yield_from (lua_State *L) {
  const struct state *g = lua_touserdata(L, lua_upvalueindex(1));
  struct run *body = g->current;
  bool running = is_running(L, body);
  if (!running) body = waiting_body(L, g->current, "yield_from");
  lua_settop(L, 1);
  if (body->calling != NULL)
    return running ? yield_outside(L, body, MARK_OUTER_FROM, 1)
                   : yield_to_waiting(L, body, MARK_OUTER_FROM, 1);
  if (!from_convert(L))
    return luaL_error(L, "yield_from: expected a list, pipeline, generator, coroutine or "
                         "iterator, got %s", argument_type(L, 1));
  lua_settop(L, 1);
  if (!running) return yield_to_waiting(L, body, MARK_DELEGATE, 1);
  body->mark = MARK_DELEGATE;
  return lua_yieldk(L, 1, (lua_KContext)body, resumed_k);
}
