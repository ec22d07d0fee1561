/* SPDX-License-Identifier: MIT
 * delegate.c - the chain of delegates behind yield_from; the idea is in delegate.h.
 */
#include "delegate.h"

#include <lauxlib.h>

#include "body.h"
#include "failure.h"

int delegate_push_list (lua_State *L, int list) {
  if (lua_type(L, list) != LUA_TTABLE) return 0;
  int count = (int)lua_rawlen(L, list);
  if (lua_getfield(L, list, "n") == LUA_TNUMBER) count = (int)lua_tointeger(L, -1);
  lua_pop(L, 1);
  luaL_checkstack(L, count + 1, "too many values");
  for (int i = 1; i <= count; i++) lua_rawgeti(L, list, i);
  return count;
}

void delegate_push_table (lua_State *L, int slot) {
  lua_rawgeti(L, IDX_ANCHORS, slot);
  int list = lua_gettop(L);
  delegate_push_list(L, list);
  lua_remove(L, list);
  if (slot != ANCHOR_RETURNS) {
    lua_pushnil(L);
    lua_rawseti(L, IDX_ANCHORS, slot);
  }
}

void delegate_keep_returns (struct flow *f, int count) {
  lua_State *L = f->L;
  if (count == 0) return;
  lua_createtable(L, count, 1);
  lua_insert(L, -count - 1);
  for (int i = count; i >= 1; i--) lua_rawseti(L, -i - 1, i);
  lua_pushinteger(L, count);
  lua_setfield(L, -2, "n");
  lua_rawseti(L, IDX_ANCHORS, ANCHOR_RETURNS);
}

void delegate_push_anchors (struct flow *f, const struct run *run) {
  lua_State *L = f->L;
  if (run == f->run) {
    lua_pushvalue(L, IDX_ANCHORS);
    return;
  }
  lua_rawgeti(L, IDX_ANCHORS, ANCHOR_TIP);
  lua_getiuservalue(L, -1, 1);
  lua_remove(L, -2);
}

verdict delegate_push (struct flow *f, struct run *body) {
  lua_State *L = f->L;
  struct run *r = f->run;
  struct run *child = run_test(L, -1);
  luaL_checkstack(L, 12, "yield_from");
  if (child != NULL) {
    const char *why = run_refuses(L, child, lua_gettop(L));
    if (why == NULL && (child == body || child == r || child->delegating))
      why = "generator already executing";
    if (why != NULL) {
      lua_pushstring(L, why);
      return V_ERROR;
    }
    if (child->status == RUN_ENDED) { /* its return values, as ever after */
      run_push_anchors(L, -1);
      lua_rawgeti(L, -1, ANCHOR_RETURNS);
      int top = lua_gettop(L);
      f->nresults = delegate_push_list(L, top);
      return V_DROP;
    }
    if (child->status == RUN_NEW) child->status = RUN_SUSPENDED;
    if (child->parent != NULL) { /* the upstream of through: now the delegator closes it */
      run_push_anchors(L, -1);
      if (child->parent_slot == 0) {
        lua_rawgeti(L, -1, ANCHOR_PARENT);
        run_forget_child(L, lua_gettop(L), child); /* the stack holds it */
        lua_pop(L, 1);
      }
      lua_pop(L, 1);
      run_orphan(child);
    }
  }
  else {
    child = run_push(L, r->state, -1, false);
    lua_remove(L, -2);
    run_guard(child); /* its errors go to the body, which may catch them */
    if (body_is_pure(child)) { /* before anything is linked: it may fail */
      run_push_anchors(L, -1);
      body_create(L, child, lua_gettop(L));
      lua_pop(L, 1);
    }
  }
  int ud = lua_gettop(L);
  delegate_push_anchors(f, body);
  int anchors = ud + 1;
  lua_pushvalue(L, ud);
  lua_rawseti(L, anchors, ANCHOR_DELEGATE);
  run_adopt(L, body, anchors, child, ud, ANCHOR_DELEGATE);
  run_push_anchors(L, ud);
  run_push_userdata(L, anchors);
  lua_rawseti(L, -2, ANCHOR_OWNER);
  int child_anchors = lua_gettop(L);
  struct run *tip = child;
  if (child->tip != NULL) { /* it delegates itself: its chain becomes the end of this one */
    tip = child->tip;
    child->tip = NULL;
    child->delegating = true;
    lua_rawgeti(L, child_anchors, ANCHOR_TIP);
    lua_rawseti(L, IDX_ANCHORS, ANCHOR_TIP);
    lua_pushnil(L);
    lua_rawseti(L, child_anchors, ANCHOR_TIP);
  }
  else {
    lua_pushvalue(L, ud);
    lua_rawseti(L, IDX_ANCHORS, ANCHOR_TIP);
  }
  child->owner = body;
  tip->caller = r;
  tip->caller_stage = r->stages;
  body->delegating = body != r;
  r->tip = tip;
  lua_settop(L, ud - 1);
  return V_PASS;
}

struct run *delegate_pop (struct flow *f) {
  lua_State *L = f->L;
  struct run *r = f->run;
  struct run *child = r->tip;
  struct run *owner = child->owner;
  luaL_checkstack(L, 12, "yield_from");
  int top = lua_gettop(L);
  delegate_push_anchors(f, child);
  if (child->children != NULL || !child->closed) {
    if (run_close(L, child, top + 1, 0)) failure_warn(L);
  }
  run_orphan(child);
  child->status = RUN_ENDED;
  child->owner = NULL;
  child->caller = NULL;
  lua_rawgeti(L, top + 1, ANCHOR_OWNER);
  lua_pushnil(L);
  lua_rawseti(L, top + 1, ANCHOR_OWNER);
  lua_getiuservalue(L, top + 2, 1);
  lua_pushnil(L);
  lua_rawseti(L, -2, ANCHOR_DELEGATE);
  if (owner == r) {
    r->tip = NULL;
    lua_pushnil(L);
  }
  else {
    r->tip = owner;
    lua_pushvalue(L, top + 2);
  }
  lua_rawseti(L, IDX_ANCHORS, ANCHOR_TIP);
  owner->delegating = false;
  lua_settop(L, top);
  return owner;
}

struct run *delegate_throw (struct flow *f, int status) {
  lua_State *L = f->L;
  struct run *child = f->run->tip;
  int error = lua_gettop(L);
  delegate_push_anchors(f, child);
  run_close(L, child, error + 1, error);
  lua_settop(L, error);
  struct run *owner = delegate_pop(f);
  if (status != LUA_ERRMEM && failure_test(L, error)) {
    lua_getfield(L, error, "cause");
    if (lua_isnil(L, -1)) { /* the library's own error: the object is the cause */
      lua_pop(L, 1);
      lua_pushvalue(L, error);
    }
  }
  else
    lua_pushvalue(L, error);
  delegate_push_anchors(f, owner);
  lua_pushvalue(L, error);
  lua_rawseti(L, -2, ANCHOR_THROWN);
  lua_pop(L, 1);
  owner->rethrown = true;
  lua_xmove(L, owner->co, 1);
  owner->throwing = true;
  lua_settop(L, error - 1);
  return owner;
}

void delegate_recall (struct flow *f, struct run *body) {
  lua_State *L = f->L;
  luaL_checkstack(L, 6, "an error");
  int error = lua_gettop(L);
  delegate_push_anchors(f, body);
  lua_rawgeti(L, -1, ANCHOR_THROWN); /* error + 2 */
  if (failure_test(L, error) && failure_test(L, error + 2)) {
    lua_getfield(L, error, "cause");
    lua_getfield(L, error + 2, "cause");
    if (!lua_isnil(L, -1) && lua_rawequal(L, -1, -2)) lua_copy(L, error + 2, error);
  }
  lua_settop(L, error);
}
