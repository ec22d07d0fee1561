/* SPDX-License-Identifier: MIT
 * value.c - sources that give values at hand: once, empty, entries.
 */
#include <limits.h>

#include <lauxlib.h>

#include "binding/record.h"
#include "core/argument.h"
#include "core/failure.h"
#include "core/order_list.h"

/* --- once, empty --- */

static void once_build (lua_State *L, struct recipe *r, int first) {
  argument_at_most(L, r, first, 1);
  if (!argument_given(L, first))
    argument_fail(L, r, "x is nil, which is no item; use leat.null, or empty() for nothing");
  lua_pushvalue(L, first);
  recipe_keep(L, -2);
}

static verdict once_pull (struct flow *f, struct stage *s) {
  if (s->phase != 0) return V_END;
  s->phase = 1;
  flow_push_anchor(f, s, 0);
  return flow_pass(f, 1);
}

const struct steps steps_once = { .anchors = 1, .build = once_build, .pull = once_pull };

static void empty_build (lua_State *L, struct recipe *r, int first) {
  argument_at_most(L, r, first, 0);
}

static verdict empty_pull (struct flow *f, struct stage *s) {
  (void)f, (void)s;
  return V_END;
}

const struct steps steps_empty = { .build = empty_build, .pull = empty_pull };

/* --- entries: slots the table, its keys, their order; a: given, c: the order --- */

static void entries_build (lua_State *L, struct recipe *r, int first) {
  argument_at_most(L, r, first, 1);
  if (record_kind_at(L, first) != RECORD_NONE)
    argument_fail(L, r, "t must be a table, got a record; leat.table(record) makes one");
  if (lua_gettop(L) == first || lua_type(L, first) != LUA_TTABLE)
    argument_fail(L, r, "t must be a table, got %s",
                  lua_gettop(L) == first ? "nothing" : argument_type(L, first));
  lua_pushvalue(L, first);
  recipe_keep(L, -2);
}

/* Pushes a list of the keys of the table at `t`. A finaliser that runs while the list is made may
 * add keys: then anew. Filling it allocates nothing. */
static bool push_keys (lua_State *L, int t, size_t *count) {
  for (size_t room = 0;; room = *count) {
    lua_createtable(L, (int)room, 0);
    *count = 0;
    for (lua_pushnil(L); lua_next(L, t); lua_pop(L, 1)) {
      if (++*count > room) continue;
      lua_pushvalue(L, -2);
      lua_rawseti(L, t + 1, (lua_Integer)*count);
    }
    if (*count <= room) return true;
    if (*count > INT_MAX) return false;
    lua_settop(L, t);
  }
}

static verdict entries_start (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  size_t count;
  flow_push_anchor(f, s, 0);
  int t = lua_gettop(L), keys = t + 1, order = t + 2;
  if (!push_keys(L, t, &count)) return flow_fail(f, LEAT_E_SIZE, "too many keys");
  struct order_list *list = order_list_push(L);
  for (size_t i = 1; i <= count; i++) {
    struct order_key key;
    int type = lua_rawgeti(L, keys, (lua_Integer)i);
    if (type != LUA_TSTRING && type != LUA_TNUMBER && type != LUA_TBOOLEAN)
      return flow_fail(f, LEAT_E_ITEM, "a key is a %s; entries takes strings, numbers and "
                                       "booleans for keys", argument_type(L, -1));
    order_read(L, false, &key);
    order_list_make_room(L, order, list, &key);
    order_list_put(list, &key, ORDER_ELSEWHERE);
    lua_settop(L, order);
  }
  order_list_sort(L, order, list);
  flow_set_anchor(f, s, 2);
  flow_set_anchor(f, s, 1);
  s->c.pointer = list;
  return V_PASS;
}

static verdict entries_pull (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  if (s->c.pointer == NULL && entries_start(f, s) == V_ERROR) return V_ERROR;
  const struct order_list *list = s->c.pointer;
  while (s->a.size < list->count) {
    flow_push_anchor(f, s, 1);
    lua_rawgeti(L, -1, order_list_at(list, s->a.size++));
    flow_push_anchor(f, s, 0);
    lua_pushvalue(L, -2);
    if (lua_rawget(L, -2) != LUA_TNIL) { /* removed since */
      lua_remove(L, -2);
      return flow_pass(f, 2);
    }
    lua_settop(L, f->base);
  }
  return V_END;
}

const struct steps steps_entries = { .anchors = 3, .build = entries_build,
                                     .pull = entries_pull };
