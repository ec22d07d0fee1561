/* SPDX-License-Identifier: MIT
 * resource.c - resource(open, next, close): anything with a life cycle.
 *
 * open() is called by the first pull, next(state) by each, close(state) exactly once if
 * open has returned, whatever ends the run.
 */
#include <lauxlib.h>

#include "core/argument.h"
#include "core/callback.h"
#include "core/run.h"

enum { OPEN, NEXT, CLOSE, STATE, SLOTS };
enum { PHASE_NEW, PHASE_OPENING, PHASE_OPEN };

static void resource_build (lua_State *L, struct recipe *r, int first) {
  static const char *const names[] = { "open", "next", "close" };
  int recipe = lua_gettop(L);
  argument_at_most(L, r, first, 3);
  int given = recipe - first;
  /* Check with the recipe on top; keep afterwards. */
  for (int i = 0; i < 3; i++) {
    if (i == 2 && (given < 3 || lua_isnil(L, first + 2))) continue;
    callback_check_function(L, r, first + i, names[i]);
    lua_pop(L, 1);
  }
  lua_createtable(L, 3, 0);
  for (int i = 0; i < given; i++) {
    lua_pushvalue(L, first + i);
    lua_rawseti(L, -2, i + 1);
  }
  recipe_keep(L, recipe);
}

static void resource_init (lua_State *L, struct run *run, struct stage *s,
                           const struct recipe *r, int recipe, int anchors) {
  (void)run, (void)r, (void)recipe;
  lua_rawgeti(L, anchors, s->anchor);
  for (int k = CLOSE; k >= OPEN; k--) {
    lua_rawgeti(L, -1, k + 1);
    lua_rawseti(L, anchors, s->anchor + k);
  }
  lua_pop(L, 1);
}

static verdict resource_pull (struct flow *f, struct stage *s) {
  if (s->phase == PHASE_NEW) {
    s->phase = PHASE_OPENING;
    callback_push(f, s, OPEN);
    return callback_ask(f, 0, 1);
  }
  callback_push(f, s, NEXT);
  flow_push_anchor(f, s, STATE);
  return callback_ask(f, 1, LUA_MULTRET);
}

static verdict resource_called (struct flow *f, struct stage *s) {
  if (s->phase == PHASE_OPENING) {
    flow_set_anchor(f, s, STATE);
    s->phase = PHASE_OPEN;
    return resource_pull(f, s);
  }
  if (f->nresults == 0 || lua_isnil(f->L, f->result_at)) return V_END;
  return flow_pass(f, f->nresults);
}

static void resource_close (lua_State *L, struct run *run, struct stage *s, int anchors,
                            int failed) {
  (void)run, (void)failed;
  if (s->phase != PHASE_OPEN) return;
  if (lua_rawgeti(L, anchors, s->anchor + CLOSE) == LUA_TNIL) return;
  lua_rawgeti(L, anchors, s->anchor + STATE);
  lua_call(L, 1, 0);
}

const struct steps steps_resource = { .anchors = SLOTS, .build = resource_build,
                                      .init = resource_init, .pull = resource_pull,
                                      .called = resource_called, .close = resource_close };
