/* SPDX-License-Identifier: MIT
 * close.c - closing: each thing a run opened exactly once, inner before outer.
 *
 * The tree of runs is walked in a loop, not by recursion: down into the children
 * (latest opened first), then the run itself, then up to its parent. Of one run, the
 * stages are closed from the source on: a `finally` speaks for what is above it, so
 * that is closed when it is told.
 *
 * Each close handler runs protected and cannot yield. The first error wins, the
 * others are attached to it.
 *
 * lua_resetthread before 5.4.6 does not count the C calls it nests: a body whose
 * <close> variable closes another body, and so on, overflows the C stack unnoticed
 * (plain Lua crashes at 20,000). So nested closings are counted here, and past
 * CLOSINGS_LIMIT a live run is put on a list that the outermost closing works off.
 */
#include "run.h"

#include <lauxlib.h>

#include "body.h"
#include "failure.h"


static const char postponed_key = 0; /* registry: list of userdata to close */

/* Call frames that a close handler of the user's needs at once. */
#define HANDLER_FRAMES 3

/* Calls itself n deep. */
static int deepen (lua_State *L) {
  lua_Integer n = lua_tointeger(L, 1);
  if (n > 0) {
    lua_pushcfunction(L, deepen);
    lua_pushinteger(L, n - 1);
    lua_call(L, 1, 0);
  }
  return 0;
}

/* Protected: closes one stage. Upvalues would cost an allocation; arguments:
 * anchors, run, stage, error or nil. */
static int close_stage (lua_State *L) {
  struct run *run = lua_touserdata(L, 2);
  struct stage *s = lua_touserdata(L, 3);
  /* Lua keeps call frames: have those of the handler before the stage counts as closed.
   * Without memory for them there is a second try. */
  lua_pushcfunction(L, deepen);
  lua_pushinteger(L, HANDLER_FRAMES);
  lua_call(L, 1, 0);
  s->closed = true;
  s->steps->close(L, run, s, 1, lua_isnil(L, 4) ? 0 : 4);
  return 0;
}

static int close_body (lua_State *L) {
  body_close(L, lua_touserdata(L, 2));
  return 0;
}

/* Where errors of handlers go. */
struct outcome {
  int failed; /* index of the run's error, 0: none */
  int first;  /* index of the slot for the first handler's error; nil: none yet */
};

/* Calls fn(anchors, run, stage, error) protected; the error goes where it belongs. False:
 * there was no memory. */
static bool call_protected (lua_State *L, lua_CFunction fn, struct run *run, struct stage *s,
                            int anchors, struct outcome *o) {
  lua_pushcfunction(L, failure_handler);
  lua_pushcfunction(L, fn);
  lua_pushvalue(L, anchors);
  lua_pushlightuserdata(L, run);
  lua_pushlightuserdata(L, s);
  if (o->failed != 0) lua_pushvalue(L, o->failed);
  else lua_pushnil(L);
  int status = lua_pcall(L, 4, 0, -6);
  if (status != LUA_OK) {
    failure_locate(L, status, run, s);
    failure_set_closing(L);
    if (o->failed != 0) failure_attach(L, o->failed);
    else if (!lua_isnil(L, o->first)) failure_attach(L, o->first);
    else lua_replace(L, o->first);
  }
  lua_pop(L, 1); /* the handler */
  return status != LUA_ERRMEM;
}

/* Closes the stages of one run up to and with `last`; its children are closed. */
static void close_stages (lua_State *L, struct run *run, struct stage *last, int anchors,
                          struct outcome *o) {
  if (run->co != NULL && !run->body_ended) {
    /* Without memory for the call Lua has collected garbage: a second try is worth it. */
    if (run->body_started && !call_protected(L, close_body, run, run->stages, anchors, o) &&
        run->co != NULL)
      call_protected(L, close_body, run, run->stages, anchors, o);
    run->body_ended = true;
    if (!run->condemned) run->co = NULL;
    run->tip = NULL;
    run->delegating = false;
  }
  for (struct stage *s = run->stages; s <= last; s++) {
    if (s->closed) continue;
    if (s->steps->release != NULL) s->steps->release(s);
    if (s->steps->close != NULL && !call_protected(L, close_stage, run, s, anchors, o) &&
        !s->closed)
      call_protected(L, close_stage, run, s, anchors, o);
    s->closed = true;
  }
}

/* Is there anything to close at or below `last`? Ends of runs that opened nothing
 * are the common case, and cost no more than this. */
static bool is_open (const struct run *run, const struct stage *last) {
  if (run->children != NULL || (run->co != NULL && !run->body_ended)) return true;
  for (const struct stage *s = run->stages; s <= last; s++)
    if (!s->closed && (s->steps->close != NULL || s->steps->release != NULL)) return true;
  return false;
}

/* The latest child that `last` or a stage below it pulls, or that has no stage. */
static struct run *child_to_close (const struct run *run, const struct stage *last) {
  struct run *child = run->children;
  while (child != NULL && child->caller_stage != NULL && child->caller == run &&
         child->caller_stage > last)
    child = child->next_sibling;
  return child;
}

static void push_child_anchors (lua_State *L, const struct run *child, int anchors) {
  if (child->parent_slot != 0)
    lua_rawgeti(L, anchors, child->parent_slot);
  else {
    lua_rawgeti(L, anchors, ANCHOR_CHILDREN);
    lua_rawgetp(L, -1, child);
    lua_remove(L, -2);
  }
  lua_getiuservalue(L, -1, 1);
  lua_remove(L, -2);
}

static void mark_closed (struct run *run) {
  run->closed = true;
  run->quick = false;
  run->status = RUN_ENDED;
  if (run->live && !run->counted_out) {
    run->counted_out = true;
    run->state->open_count--;
  }
}

bool run_close_upstream (lua_State *L, struct run *root, int anchors, struct stage *last,
                         int failed) {
  if (!is_open(root, last)) return false;
  luaL_checkstack(L, 20, "closing a pipeline");
  int top = lua_gettop(L);
  struct outcome o = { failed, top + 1 };
  lua_pushnil(L);
  lua_pushvalue(L, anchors); /* of the run at hand */
  int here = top + 2;
  struct run *run = root;
  for (;;) {
    struct stage *end = run == root ? last : &run->stages[run->count - 1];
    struct run *child = child_to_close(run, end);
    if (child != NULL) {
      push_child_anchors(L, child, here);
      lua_replace(L, here);
      run = child;
      mark_closed(run); /* now: a close handler may try to read it */
      run->tip = NULL;
      continue;
    }
    close_stages(L, run, end, here, &o);
    if (run == root) break;
    struct run *parent = run->parent;
    mark_closed(run);
    lua_rawgeti(L, here, ANCHOR_PARENT);
    lua_replace(L, here);
    if (run->parent_slot == 0) run_forget_child(L, here, run);
    run_orphan(run);
    run->owner = NULL; /* a closed delegate is nobody's */
    run = parent;
  }
  if (lua_isnil(L, o.first)) {
    lua_settop(L, top);
    return false;
  }
  lua_settop(L, o.first);
  return true;
}

/* Closes what nested closings have put off. Errors are warnings: nobody waits. */
static void work_off (lua_State *L, struct state *g) {
  while (lua_rawgetp(L, LUA_REGISTRYINDEX, &postponed_key) == LUA_TTABLE) {
    lua_pushnil(L);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &postponed_key);
    int list = lua_gettop(L);
    for (lua_Integer i = 1; i <= (lua_Integer)lua_rawlen(L, list); i++) {
      lua_rawgeti(L, list, i);
      struct run *run = lua_touserdata(L, -1);
      lua_getiuservalue(L, -1, 1);
      g->closing = 1;
      run->closed = true;
      if (run_close_upstream(L, run, lua_gettop(L), &run->stages[run->count - 1], 0)) {
        failure_warn(L);
      }
      g->closing = 0;
      lua_settop(L, list);
    }
    lua_settop(L, list - 1);
  }
  lua_pop(L, 1);
}

/* Without memory for anything else: releases what a run and those it pulls hold outside
 * Lua. The user's handlers wait for the next try. */
static void release_all (struct run *root) {
  struct run *run = root;
  for (;;) {
    while (run->children != NULL) run = run->children; /* the innermost, latest first */
    for (;;) {
      for (size_t i = 0; i < run->count; i++)
        if (!run->stages[i].closed && run->stages[i].steps->release != NULL)
          run->stages[i].steps->release(&run->stages[i]);
      if (run == root) return;
      if (run->next_sibling != NULL) break;
      run = run->parent;
    }
    run = run->next_sibling;
  }
}

/* Protected: (run, anchors, error or nil). Returns what the handlers raised, or nil. */
static int close_all (lua_State *L) {
  struct run *run = lua_touserdata(L, 1);
  struct stage *last = &run->stages[run->count - 1];
  if (!run_close_upstream(L, run, 2, last, lua_isnil(L, 3) ? 0 : 3)) lua_pushnil(L);
  return 1;
}

bool run_close (lua_State *L, struct run *run, int anchors, int failed) {
  struct state *g = run->state;
  if (run->closed) return false;
  anchors = lua_absindex(L, anchors);
  if (failed != 0) failed = lua_absindex(L, failed);
  mark_closed(run);
  if (run->parent != NULL && run->parent_slot == 0) {
    luaL_checkstack(L, 4, "closing a pipeline");
    lua_rawgeti(L, anchors, ANCHOR_PARENT);
    run_forget_child(L, lua_gettop(L), run);
    lua_pop(L, 1);
  }
  run_orphan(run);
  struct stage *last = &run->stages[run->count - 1];
  if (!is_open(run, last)) return false;
  if (g->closing + g->limits.closings >= CLOSINGS_LIMIT && run->live) {
    run->closed = false; /* the work is still to be done */
    luaL_checkstack(L, 4, "closing a pipeline");
    if (lua_rawgetp(L, LUA_REGISTRYINDEX, &postponed_key) != LUA_TTABLE) {
      lua_pop(L, 1);
      lua_newtable(L);
      lua_pushvalue(L, -1);
      lua_rawsetp(L, LUA_REGISTRYINDEX, &postponed_key);
    }
    run_push_userdata(L, anchors);
    lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
    lua_pop(L, 1);
    return false;
  }
  /* Protected as a whole, so that nothing can leave the count wrong. Where memory ends,
   * Lua has collected garbage since: a second try is worth it. */
  int status = LUA_ERRMEM;
  int top = lua_gettop(L);
  g->closing++;
  for (int tries = 0; tries < 2 && status == LUA_ERRMEM; tries++) {
    lua_settop(L, top);
    if (!lua_checkstack(L, 8)) continue;
    lua_pushcfunction(L, close_all);
    lua_pushlightuserdata(L, run);
    lua_pushvalue(L, anchors);
    if (failed != 0) lua_pushvalue(L, failed);
    else lua_pushnil(L);
    status = lua_pcall(L, 3, 1, 0);
  }
  g->closing--;
  if (status == LUA_ERRMEM) {
    release_all(run);
    run->closed = false; /* the finaliser tries again */
    lua_settop(L, top);
    return false;
  }
  bool raised = status != LUA_OK || !lua_isnil(L, -1);
  if (g->closing == 0) work_off(L, g);
  if (raised && failed == 0) return true;
  lua_pop(L, 1);
  return false;
}
