/* SPDX-License-Identifier: MIT
 * describe.c - pipelines as text.
 */
#include "describe.h"

#include <string.h>

#include <lauxlib.h>

/* A longer pipeline is cut in the middle: nobody reads 100,000 stages. */
#define SHOWN_STAGES 24
#define SHOWN_STRING 60

/* Pushes a value as an argument: numbers and strings as they would be typed, others not
 * at all. Returns whether there was something to show. */
static bool push_argument (lua_State *L, int index) {
  switch (lua_type(L, index)) {
    case LUA_TNUMBER: lua_pushvalue(L, index); lua_tostring(L, -1); return true;
    case LUA_TSTRING: {
      size_t length;
      const char *text = lua_tolstring(L, index, &length);
      if (length > SHOWN_STRING) text = lua_pushlstring(L, text, SHOWN_STRING);
      lua_pushfstring(L, length > SHOWN_STRING ? "\"%s...\"" : "\"%s\"", text);
      if (length > SHOWN_STRING) lua_remove(L, -2);
      return true;
    }
    default: return false;
  }
}

/* Pushes `batched(500)` for the node at `node`. */
static void push_node (lua_State *L, int node) {
  const struct recipe *r = lua_touserdata(L, node);
  int top = lua_gettop(L);
  int parts = 0;
  for (int i = 0; i < r->shown; i++) {
    lua_pushinteger(L, r->n[i].integer);
    lua_tostring(L, -1);
    parts++;
  }
  if (r->shown == 0 && lua_getiuservalue(L, node, RECIPE_ARGUMENT) != LUA_TNIL) {
    int argument = lua_gettop(L);
    if (r->op == &operators[OPERATOR_range]) {
      for (lua_Integer i = 2; lua_rawgeti(L, argument, i) != LUA_TNIL; i++) {
        push_argument(L, -1);
        lua_remove(L, -2);
        parts++;
      }
      lua_pop(L, 1);
    }
    else if (push_argument(L, argument))
      parts++;
    lua_remove(L, argument);
  }
  else if (r->shown == 0)
    lua_pop(L, 1);
  luaL_Buffer b;
  int first = top + 1;
  luaL_buffinit(L, &b);
  luaL_addstring(&b, r->op->name);
  for (int i = 0; i < parts; i++) {
    luaL_addstring(&b, i == 0 ? "(" : ", ");
    lua_pushvalue(L, first + i);
    luaL_addvalue(&b);
  }
  if (parts > 0) luaL_addchar(&b, ')');
  else if (r->op->kind == OP_SOURCE) luaL_addstring(&b, "()");
  luaL_pushresult(&b);
  if (parts > 0) lua_replace(L, first);
  lua_settop(L, first);
}

/* Pushes what is upstream of the node at `node`, or nil. The upstream of `through` is its
 * function's first argument; that of a fork is what its pipelines share. */
static void push_upstream (lua_State *L, int node) {
  const struct recipe *r = lua_touserdata(L, node);
  if (r->op->steps != &steps_through && r->op->kind != OP_FORK) {
    lua_getiuservalue(L, node, RECIPE_UPSTREAM);
    return;
  }
  lua_getiuservalue(L, node, RECIPE_ARGUMENT);
  lua_rawgeti(L, -1, 2);
  lua_remove(L, -2);
}

/* Pushes a list of the nodes, source first; those in the middle of a very long pipeline
 * are left out when `cut`. Returns how many there are in all. */
static size_t push_nodes (lua_State *L, int index, bool cut) {
  size_t count = 0;
  index = lua_absindex(L, index);
  lua_pushvalue(L, index);
  while (recipe_test(L, -1) != NULL) {
    count++;
    push_upstream(L, lua_gettop(L));
    lua_remove(L, -2);
  }
  lua_pop(L, 1);
  lua_newtable(L);
  lua_pushvalue(L, index);
  size_t shown = cut && count > SHOWN_STAGES ? SHOWN_STAGES : count;
  size_t half = shown / 2;
  for (size_t i = count; i >= 1; i--) {
    size_t at = i <= half ? i : i > count - (shown - half) ? i - (count - shown) : 0;
    if (at != 0) {
      lua_pushvalue(L, -1);
      lua_rawseti(L, -3, (lua_Integer)at);
    }
    push_upstream(L, lua_gettop(L));
    lua_remove(L, -2);
  }
  lua_pop(L, 1);
  return count;
}

void describe_recipe (lua_State *L, int index) {
  luaL_Buffer b;
  luaL_checkstack(L, 20, "tostring");
  size_t count = push_nodes(L, index, true);
  int list = lua_gettop(L);
  size_t shown = lua_rawlen(L, list);
  luaL_buffinit(L, &b);
  for (size_t i = 1; i <= shown; i++) {
    if (i > 1) luaL_addstring(&b, " | ");
    if (shown < count && i == shown / 2 + 1) {
      lua_pushfstring(L, "... %d more ... | ", (int)(count - shown));
      luaL_addvalue(&b);
    }
    lua_rawgeti(L, list, (lua_Integer)i);
    push_node(L, lua_gettop(L));
    lua_remove(L, -2);
    luaL_addvalue(&b);
  }
  luaL_pushresult(&b);
  lua_remove(L, list);
}

static void add_spaces (luaL_Buffer *b, size_t from, size_t to) {
  for (; from < to; from++) luaL_addchar(b, ' ');
}

void describe_plan (lua_State *L, int index) {
  luaL_Buffer b;
  luaL_checkstack(L, 20, "explain");
  size_t count = push_nodes(L, index, false);
  int list = lua_gettop(L);
  size_t widest = 0;
  lua_newtable(L); /* what each looks like */
  int texts = list + 1;
  for (size_t i = 1; i <= count; i++) {
    lua_rawgeti(L, list, (lua_Integer)i);
    push_node(L, lua_gettop(L));
    if (lua_rawlen(L, -1) > widest) widest = lua_rawlen(L, -1);
    lua_rawseti(L, texts, (lua_Integer)i);
    lua_pop(L, 1);
  }
  if (widest > SHOWN_STRING) widest = SHOWN_STRING;
  luaL_buffinit(L, &b);
  for (size_t i = 1; i <= count; i++) {
    lua_rawgeti(L, list, (lua_Integer)i);
    const struct op *op = ((const struct recipe *)lua_touserdata(L, -1))->op;
    lua_pop(L, 1);
    lua_pushfstring(L, i < 10 ? "  %d" : i < 100 ? " %d" : "%d", (int)i);
    luaL_addvalue(&b);
    luaL_addstring(&b, "  ");
    lua_rawgeti(L, texts, (lua_Integer)i);
    size_t width = lua_rawlen(L, -1);
    luaL_addvalue(&b);
    add_spaces(&b, width, widest);
    luaL_addstring(&b, "  holds ");
    luaL_addstring(&b, op->holds);
    add_spaces(&b, strlen(op->holds), 4);
    luaL_addstring(&b, "  ");
    luaL_addstring(&b, op->doc);
    if (i < count) luaL_addchar(&b, '\n');
  }
  luaL_pushresult(&b);
  lua_replace(L, list);
  lua_settop(L, list);
}

void describe_run (lua_State *L, const struct run *run) {
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  size_t count = run->count - (run->stages[run->count - 1].op == &op_emit ? 1 : 0);
  for (size_t i = 0; i < count; i++) {
    if (count > SHOWN_STAGES && i == SHOWN_STAGES / 2) {
      luaL_addstring(&b, " | ...");
      i = count - SHOWN_STAGES / 2;
    }
    if (i > 0) luaL_addstring(&b, " | ");
    luaL_addstring(&b, run->stages[i].op->name);
  }
  luaL_pushresult(&b);
}
