/* SPDX-License-Identifier: MIT
 * callback.c - what counts as a function; the contract is in callback.h.
 */
#include "callback.h"

#include <lauxlib.h>

#include "argument.h"
#include "failure.h"
#include "path.h"

verdict flow_mapped (struct flow *f, const struct stage *s) {
  lua_State *L = f->L;
  if (lua_isinteger(L, -1)) {
    f->item.kind = ITEM_INTEGER;
    f->item.u.integer = lua_tointegerx(L, -1, NULL);
    return V_PASS;
  }
  if (lua_isnil(L, -1)) {
    flow_push_anchor(f, s, 0);
    if (path_of_function(L, lua_gettop(L)))
      return flow_fail(f, LEAT_E_ITEM, "map found nothing at its path, and nil is no item; use "
                                       "filter_map to leave such items out, or pluck for null");
    return flow_fail(f, LEAT_E_ITEM,
                     "the function of map returned nil, which is no item; "
                     "use filter_map to leave items out, or return leat.null");
  }
  return flow_pass(f, 1);
}

verdict callback_answered (struct flow *f, struct stage *s) {
  switch (s->called_kind) {
    case CALLED_FILTER: return lua_toboolean(f->L, -1) == (int)s->phase ? V_PASS : V_DROP;
    case CALLED_MAP: return flow_mapped(f, s);
    default:
      f->nresults = 1;
      f->result_at = lua_gettop(f->L);
      return s->steps->called(f, s);
  }
}

/* `wanted` says what else would do. */
static void check_callable (lua_State *L, const struct recipe *r, int index, const char *name,
                            const char *wanted) {
  bool callable = index < lua_gettop(L) && lua_isfunction(L, index);
  if (!callable && index < lua_gettop(L) && luaL_getmetafield(L, index, "__call") != LUA_TNIL) {
    lua_pop(L, 1);
    callable = recipe_test(L, index) == NULL && run_test(L, index) == NULL;
  }
  if (!callable)
    argument_fail(L, r, "%s must be %s, got %s", name, wanted,
                  index < lua_gettop(L) ? argument_type(L, index) : "nothing");
  lua_pushvalue(L, index);
}

void callback_check (lua_State *L, const struct recipe *r, int index, const char *name) {
  if (index >= lua_gettop(L) || lua_type(L, index) != LUA_TSTRING) {
    check_callable(L, r, index, name, "a function or a path");
    return;
  }
  path_check(L, r, index, name);
  path_make_function(L);
}

void callback_check_function (lua_State *L, const struct recipe *r, int index,
                              const char *name) {
  check_callable(L, r, index, name, "a function");
}

typedef void (*checker)(lua_State *, const struct recipe *, int, const char *);

static void build (lua_State *L, struct recipe *r, int first, const char *name, checker check) {
  argument_at_most(L, r, first, 1);
  check(L, r, first, name);
  recipe_keep(L, -2);
}

void callback_build_f (lua_State *L, struct recipe *r, int first) {
  build(L, r, first, "f", callback_check);
}
void callback_build_pred (lua_State *L, struct recipe *r, int first) {
  build(L, r, first, "pred", callback_check);
}
void callback_build_fn (lua_State *L, struct recipe *r, int first) {
  build(L, r, first, "fn", callback_check_function);
}

void callback_build_initial (lua_State *L, struct recipe *r, int first) {
  int recipe = lua_gettop(L);
  argument_at_most(L, r, first, 2);
  r->n[0].flag = recipe - first == 2;
  callback_check(L, r, r->n[0].flag ? first + 1 : first, "f");
  lua_createtable(L, 2, 0);
  lua_insert(L, -2);
  lua_rawseti(L, -2, 1);
  if (r->n[0].flag) {
    lua_pushvalue(L, first);
    lua_rawseti(L, -2, 2);
  }
  recipe_keep(L, recipe);
}

void callback_init_initial (lua_State *L, const struct stage *s, int anchors) {
  lua_rawgeti(L, anchors, s->anchor);
  for (int i = 2; i >= 1; i--) {
    lua_rawgeti(L, -1, i);
    lua_rawseti(L, anchors, s->anchor + i - 1);
  }
  lua_pop(L, 1);
}
