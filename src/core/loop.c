/* SPDX-License-Identifier: MIT
 * loop.c - which run a `for` over a recipe goes on with.
 *
 * A generic `for` calls the recipe with a control value: nil begins a loop, anything else
 * goes on with one. Loops over the same recipe may nest, recurse, and run in several
 * coroutines at once; each has a run of its own. A live loop is told by its thread, its
 * call frame, and the index of the loop's hidden variable in that frame. The index costs
 * 200 ns to find, so it is looked up only when a loop begins, and when two loops of one
 * frame are live.
 *
 * A loop left by `break` stays on the list until the same loop starts again, another loop
 * in its frame starts at the same or an outer place, or the recipe is collected. A loop in
 * a generator's body belongs to that generator and is closed with it.
 */
#include "loop.h"

#include <lauxlib.h>

#include "body.h"

/* The frame of the Lua function that runs the loop, or NULL. */
static const void *caller_frame (lua_State *L, lua_Debug *ar) {
  return lua_getstack(L, 1, ar) ? (const void *)ar->i_ci : NULL;
}

/* Index of the innermost hidden loop variable of the frame that holds the value at index
 * `recipe`: later locals are inner ones. */
static int hidden_index (lua_State *L, const lua_Debug *ar, int recipe) {
  int found = 0;
  const char *name;
  for (int i = 1; (name = lua_getlocal(L, ar, i)) != NULL; i++) {
    if (name[0] == '(' && lua_rawequal(L, -1, recipe)) found = i;
    lua_pop(L, 1);
  }
  return found;
}

/* Pushes the table address -> userdata of the runs of this recipe's loops. */
static void push_runs (lua_State *L, int recipe) {
  if (lua_getiuservalue(L, recipe, RECIPE_LOOPS) == LUA_TTABLE) return;
  lua_pop(L, 1);
  lua_newtable(L);
  lua_pushvalue(L, -1);
  lua_setiuservalue(L, recipe, RECIPE_LOOPS);
}

/* Pushes the userdata of a loop's run: its body holds it if it belongs to one, so that
 * the recipe does not keep an abandoned generator alive; else the recipe does. */
static void push_run (lua_State *L, const struct run *run) {
  if (run->parent != NULL) {
    body_push_anchors(L);
    lua_rawgeti(L, -1, ANCHOR_CHILDREN);
    lua_remove(L, -2);
  }
  else
    push_runs(L, 1);
  lua_rawgetp(L, -1, run);
  lua_remove(L, -2);
}

void loop_forget (struct run *run) {
  if (run->loop.recipe == NULL) return;
  struct run **link = &run->loop.recipe->loops;
  while (*link != NULL && *link != run) link = &(*link)->loop.next;
  if (*link != NULL) *link = run->loop.next;
  run->loop.recipe = NULL;
}

/* Closes a loop that was left, or forgets one that has ended. Raises what its handlers
 * raise. */
static void remove_loop (lua_State *L, struct run *run) {
  int top = lua_gettop(L);
  loop_forget(run);
  if (run->parent == NULL) {
    push_runs(L, 1);
    lua_rawgetp(L, -1, run);
    lua_pushnil(L);
    lua_rawsetp(L, -3, run);
  }
  else
    push_run(L, run);
  if (!lua_isnil(L, -1)) {
    run_push_anchors(L, -1);
    if (run_close(L, run, lua_gettop(L), 0)) lua_error(L);
  }
  lua_settop(L, top);
}

/* Is a frame active? Looked at no deeper than this: what is below counts as active. */
#define LOOKED_AT 200

static bool is_active (lua_State *L, const void *frame) {
  lua_Debug ar;
  int level = 1; /* 0 is loop_call itself, in what may have been that frame's place */
  for (; level < LOOKED_AT && lua_getstack(L, level, &ar); level++)
    if (ar.i_ci == frame) return true;
  return level == LOOKED_AT;
}

/* A loop begins: closes those it shows to have been left, and pushes its run. */
static struct run *begin (lua_State *L, struct state *g, const void *frame,
                          const lua_Debug *ar) {
  struct recipe *r = lua_touserdata(L, 1);
  int index = frame != NULL ? hidden_index(L, ar, 1) : 0;
  for (struct run *other = r->loops; other != NULL;) {
    bool left = other->loop.thread == L && !run_is_busy(other) &&
                (other->loop.frame == frame ? other->loop.index >= index
                                            : !is_active(L, other->loop.frame));
    if (left || other->closed) {
      remove_loop(L, other);
      other = r->loops; /* a handler may have changed the list */
    }
    else
      other = other->loop.next;
  }
  struct run *run = run_push(L, g, 1, true);
  int ud = lua_gettop(L);
  struct run *body = body_of_thread(L);
  if (body != NULL && !body->closed) { /* it is the body's to close */
    body_push_anchors(L);
    run_keep_child(L, ud + 1, run, ud);
    run_adopt(L, body, ud + 1, run, ud, 0);
  }
  else {
    push_runs(L, 1);
    lua_pushvalue(L, ud);
    lua_rawsetp(L, -2, run);
  }
  lua_settop(L, ud);
  run->loop.recipe = r;
  run->loop.next = r->loops;
  run->loop.thread = L;
  run->loop.frame = frame;
  run->loop.index = index;
  r->loops = run;
  return run;
}

/* The run of the loop that calls, or NULL. */
static struct run *find (lua_State *L, const void *frame, const lua_Debug *ar) {
  const struct recipe *r = lua_touserdata(L, 1);
  struct run *found = NULL;
  int index = -1;
  for (struct run *run = r->loops; run != NULL; run = run->loop.next) {
    if (run->loop.thread != L || run->loop.frame != frame) continue;
    if (found == NULL) {
      found = run;
      continue;
    }
    if (index < 0) {
      index = hidden_index(L, ar, 1);
      if (found->loop.index == index) return found;
    }
    if (run->loop.index == index) return run;
  }
  return found;
}

int loop_call (lua_State *L) {
  struct state *g = lua_touserdata(L, lua_upvalueindex(1));
  lua_Debug ar;
  const void *frame = caller_frame(L, &ar);
  struct run *run;
  if (lua_isnoneornil(L, 3)) {
    if (recipe_test(L, 1) == NULL) return luaL_error(L, "expected a pipeline");
    run = begin(L, g, frame, &ar);
  }
  else {
    run = find(L, frame, &ar);
    if (run == NULL)
      return luaL_error(L, "this loop was started elsewhere; write `for x in pipeline do`, or "
                           "use pipeline:iter()");
    push_run(L, run);
  }
  if (run_check_busy(L, run, lua_gettop(L))) return luaL_error(L, RUN_EXECUTING);
  if (run->closed) return 0;
  lua_copy(L, -1, 1);
  lua_settop(L, 1);
  return driver_enter(L, run, ENTRY_NEXT);
}
