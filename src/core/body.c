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
 * Native stages run inside `yield` itself, on the body's stack, as long as they need
 * no Lua function and want more: no thread switch. 34 ns an item in place of 85.
 */
#include "body.h"

#include <lauxlib.h>

#include "binding/json.h"
#include "sources/from.h"
#include "failure.h"

/* Slots of the base frame. */
enum { BASE_RUN = 1, BASE_ANCHORS, BASE_HANDLER, BASE_FIRST };

static int base_k (lua_State *L, int status, lua_KContext context) {
  (void)context;
  lua_pushboolean(L, status == LUA_OK || status == LUA_YIELD);
  lua_replace(L, BASE_HANDLER);
  return lua_gettop(L) - BASE_HANDLER + 1;
}

static int base (lua_State *L) {
  lua_pushcfunction(L, failure_handler);
  lua_insert(L, BASE_HANDLER);
  int status = lua_pcallk(L, lua_gettop(L) - BASE_FIRST, LUA_MULTRET, BASE_HANDLER, 0, base_k);
  return base_k(L, status, 0);
}

void body_create (lua_State *L, struct run *run, int anchors) {
  const struct stage *s = run->stages;
  anchors = lua_absindex(L, anchors);
  luaL_checkstack(L, 5, "a generator");
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
    for (lua_Integer i = 1; i <= count + 1; i++) {
      lua_rawgeti(L, -(int)i, i);
    }
    lua_remove(L, -(int)count - 2);
    lua_xmove(L, co, (int)count + 2);
  }
  else
    lua_xmove(L, co, 2);
}

void body_push_anchors (lua_State *L, const struct run *body) {
  const struct flow *f = body->driver;
  lua_State *H = f->home;
  if (body == f->run)
    lua_pushvalue(H, IDX_ANCHORS);
  else { /* a delegate is resumed as the tip of the run that delegates */
    lua_rawgeti(H, IDX_ANCHORS, ANCHOR_TIP);
    lua_getiuservalue(H, -1, 1);
    lua_remove(H, -2);
  }
  if (H != L) lua_xmove(H, L, 1);
}

void body_close (lua_State *L, struct run *run) {
  lua_State *co = run->co;
  if (co == NULL) return;
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
  if (status != LUA_OK) {
    lua_xmove(co, L, 1);
    lua_error(L);
  }
}

/* The run whose body is running in L, to be resumed by a driver. */
static struct run *running_body (lua_State *L, const char *name) {
  struct state *g = lua_touserdata(L, lua_upvalueindex(1));
  struct run *run = g->current;
  if (run == NULL || run->co != L) {
    if (run == NULL || lua_pushthread(L))
      luaL_error(L, "%s: not inside a generator; it yields from the function given to "
                    "generator or through", name);
    luaL_error(L, "%s: called in a coroutine of its own inside a generator; "
                  "call it in the generator's function itself", name);
  }
  if (!lua_isyieldable(L))
    luaL_error(L, "%s: attempt to yield across a C-call boundary (a function that C calls, "
                  "such as a comparison of table.sort, cannot yield)", name);
  return run;
}

/* What the driver sent or threw is on the stack, above nothing. */
static int resumed_k (lua_State *L, int status, lua_KContext context) {
  struct run *run = (struct run *)context;
  (void)status;
  if (run->throwing) {
    run->throwing = false;
    return lua_error(L);
  }
  return lua_gettop(L);
}

/* Leaves the body with the flow's answer; the values that go along are the item's,
 * or the top `values`. */
static int leave (lua_State *L, struct run *body, struct flow *f, verdict answer, int values) {
  f->answer = answer;
  if (values < 0) values = f->item.kind == ITEM_VALUE ? flow_push_item(f) : 0;
  int below = lua_gettop(L) - values;
  if (below > 0) {
    lua_rotate(L, 1, values);
    lua_settop(L, values);
  }
  body->mark = MARK_ANSWER;
  return lua_yieldk(L, values, (lua_KContext)body, resumed_k);
}

int body_yield (lua_State *L) {
  struct run *body = running_body(L, "yield");
  struct flow *f = body->driver;
  struct run *r = f->run;
  struct stage *s = r->stages;
  int count = lua_gettop(L);
  if (count == 0 || lua_isnil(L, 1)) { /* nil is never an item */
    null_push(L);
    if (count == 0) count = 1;
    else lua_replace(L, 1);
  }
  f->L = L;
  f->item.kind = ITEM_VALUE;
  f->item.at = 1;
  f->item.count = count;
  r->items++;
  verdict v = V_PASS;
  while (v == V_PASS && s[1].native) {
    s++;
    f->stage = s;
    luaL_checkstack(L, 20, "yield");
    v = s->steps->give(f, s);
  }
  if (v == V_DROP && r->held == 0) {
    f->L = f->home;
    lua_settop(L, 0);
    return 0;
  }
  f->stage = s;
  switch (v) {
    case V_ERROR: return leave(L, body, f, v, 1);
    case V_RESULT: return leave(L, body, f, v, f->nresults);
    case V_PASS: case V_STOP: return leave(L, body, f, v, -1);
    default: return leave(L, body, f, v, 0);
  }
}

int body_yield_from (lua_State *L) {
  struct run *body = running_body(L, "yield_from");
  lua_settop(L, 1);
  if (!from_convert(L))
    return luaL_error(L, "yield_from: expected a list, pipeline, generator, coroutine or "
                         "iterator, got %s", luaL_typename(L, 1));
  lua_settop(L, 1);
  body->mark = MARK_DELEGATE;
  return lua_yieldk(L, 1, (lua_KContext)body, resumed_k);
}
