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
 * in its frame starts at the same or an outer place, or the recipe or the loop's coroutine
 * is collected. A loop in a generator's body belongs to that generator and is closed with
 * it. Each thread has a list of its own, so a loop goes on at the same price however many
 * coroutines loop over the recipe.
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

/* Pushes the table of the userdata of the runs of the loops over the recipe at index 1 in this
 * thread, each in its slot (an address for a key would take 100 instructions more). A coroutine's
 * loops live as long as both the recipe and the coroutine do: a coroutine that was dropped in the
 * middle of a loop takes its run along. The main thread lives for ever, so its table needs no weak
 * keys, which cost the collector. */
static void push_runs (lua_State *L, bool of_main) {
  int top = lua_gettop(L);
  if (lua_getiuservalue(L, 1, of_main ? RECIPE_LOOPS : RECIPE_THREADS) != LUA_TTABLE) {
    lua_pop(L, 1);
    lua_newtable(L);
    if (!of_main) {
      lua_createtable(L, 0, 1);
      lua_pushliteral(L, "k");
      lua_setfield(L, -2, "__mode");
      lua_setmetatable(L, -2);
    }
    lua_pushvalue(L, -1);
    lua_setiuservalue(L, 1, of_main ? RECIPE_LOOPS : RECIPE_THREADS);
  }
  if (of_main) return;
  lua_pushthread(L);
  if (lua_rawget(L, -2) != LUA_TTABLE) {
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushthread(L);
    lua_pushvalue(L, -2);
    lua_rawset(L, top + 1);
  }
  lua_remove(L, top + 1);
}

/* Before it is, for threads, the latest loop. */
#define FIRST_SLOT 2

/* The latest loop over the recipe at index 1 in this thread; the others follow it. */
static struct run *get_loops (lua_State *L, bool of_main) {
  if (of_main) return ((struct recipe *)lua_touserdata(L, 1))->loops;
  push_runs(L, false);
  lua_rawgeti(L, -1, 1);
  struct run *first = lua_touserdata(L, -1);
  lua_pop(L, 2);
  return first;
}

static void set_loops (lua_State *L, bool of_main, struct run *first) {
  if (of_main) {
    ((struct recipe *)lua_touserdata(L, 1))->loops = first;
    return;
  }
  push_runs(L, false);
  lua_pushlightuserdata(L, first);
  lua_rawseti(L, -2, 1);
  lua_pop(L, 1);
}

/* Takes a run off the list that begins with `first`; returns what it begins with then. */
static struct run *unlink_run (struct run *first, struct run *run) {
  struct run **link = &first;
  while (*link != NULL && *link != run) link = &(*link)->loop.next;
  if (*link != NULL) *link = run->loop.next;
  return first;
}

void loop_forget (struct run *run) {
  struct recipe *r = run->loop.recipe;
  run->loop.recipe = NULL;
  if (r != NULL && run->loop.of_main) r->loops = unlink_run(r->loops, run);
}

/* Pushes the userdata of the run of a loop of this thread. */
static void push_run (lua_State *L, const struct run *run) {
  push_runs(L, run->loop.of_main);
  lua_rawgeti(L, -1, run->loop.slot);
}

/* Closes a loop that was left, or forgets one that has ended. Raises what its handlers
 * raise. */
static void remove_loop (lua_State *L, struct run *run) {
  int top = lua_gettop(L);
  bool of_main = run->loop.of_main;
  set_loops(L, of_main, unlink_run(get_loops(L, of_main), run));
  run->loop.recipe = NULL;
  push_run(L, run);
  lua_pushnil(L);
  lua_rawseti(L, top + 1, run->loop.slot);
  run_push_anchors(L, top + 2);
  if (run_close(L, run, top + 3, 0)) lua_error(L);
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
  bool of_main = lua_pushthread(L) == 1;
  lua_pop(L, 1);
  for (struct run *other = get_loops(L, of_main); other != NULL;) {
    bool left = run_pull(other) != PULL_GOING_ON &&
                (other->loop.frame == frame ? other->loop.index >= index
                                            : !is_active(L, other->loop.frame));
    if (left || other->closed) {
      remove_loop(L, other);
      other = get_loops(L, of_main); /* a handler may have changed the list */
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
  run->loop.of_main = of_main;
  push_runs(L, of_main);
  int runs = lua_gettop(L);
  run->loop.slot = FIRST_SLOT;
  for (; lua_rawgeti(L, runs, run->loop.slot) != LUA_TNIL; lua_pop(L, 1)) run->loop.slot++;
  lua_pushvalue(L, ud);
  lua_rawseti(L, runs, run->loop.slot);
  lua_settop(L, ud);
  run->loop.recipe = r;
  run->loop.next = get_loops(L, of_main);
  run->loop.frame = frame;
  run->loop.index = index;
  set_loops(L, of_main, run);
  return run;
}

/* The run of the loop that calls, or NULL. */
static struct run *find (lua_State *L, const void *frame, const lua_Debug *ar) {
  struct run *found = NULL;
  int index = -1;
  bool of_main = lua_pushthread(L) == 1;
  lua_pop(L, 1);
  for (struct run *run = get_loops(L, of_main); run != NULL; run = run->loop.next) {
    if (run->loop.frame != frame) continue;
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
  const char *why = run_refuses(L, run, lua_gettop(L));
  if (why != NULL) return luaL_error(L, "%s", why);
  if (run->closed) return 0;
  lua_copy(L, -1, 1);
  lua_settop(L, 1);
  return driver_enter(L, run, ENTRY_NEXT);
}
