/* SPDX-License-Identifier: MIT
 * key.c - items as keys of Lua tables; the laws are in key.h.
 *
 * Scalars are their own keys, but for those that Lua would not find again: NaN, floats that are
 * integers, and strings that begin with MARK, which all other kinds of keys begin with.
 */
#include "key.h"

#include <string.h>
#include <sys/random.h>
#include <time.h>

#include <lauxlib.h>

#include "binding/json.h"
#include "binding/record.h"
#include "failure.h"

#define MARK '\xff'
#define SMALL ((lua_Unsigned)1 << 24)

void key_seed (struct state *g) {
  if (getentropy(g->secret, sizeof g->secret) != 0) { /* an old kernel: better than nothing */
    g->secret[0] = (uint64_t)(uintptr_t)g ^ (uint64_t)time(NULL);
    g->secret[1] = (uint64_t)clock() ^ (uint64_t)(uintptr_t)&key_seed << 20;
  }
  g->secret[1] |= 1; /* a factor: odd, so that it can be undone */
}

/* A permutation of 64 bits: the finaliser of SplitMix64 (Steele, Lea, Flood 2014; constants by
 * Stafford) around a secret addend and factor. */
static uint64_t permute (const struct state *g, uint64_t x) {
  x = (x + g->secret[0]) * g->secret[1];
  x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
  return x ^ (x >> 31);
}

static void push_integer (lua_State *L, const struct state *g, lua_Integer i) {
  uint64_t x = (uint64_t)i;
  /* What lands among the small ones is permuted on: a permutation of the others (cycle walking,
   * Black and Rogaway 2002). */
  if (x >= SMALL)
    do x = permute(g, x);
    while (x < SMALL);
  lua_pushinteger(L, (lua_Integer)x);
}

static void push_marked (lua_State *L, char kind, const char *bytes, size_t length) {
  luaL_Buffer b;
  char *room = luaL_buffinitsize(L, &b, length + 2);
  room[0] = MARK;
  room[1] = kind;
  memcpy(room + 2, bytes, length);
  luaL_pushresultsize(&b, length + 2);
}

static void push_float (lua_State *L, const struct state *g, lua_Number n) {
  lua_Integer i;
  if (lua_numbertointeger(n, &i) && (lua_Number)i == n) push_integer(L, g, i);
  else if (n != n) lua_pushliteral(L, "\xff" "nan");
  else push_marked(L, 'f', (const char *)&n, sizeof n);
}

/* Of a table, a record or a tuple: its content as bytes. */
static verdict push_content (struct flow *f, int at, int count) {
  lua_State *L = f->L;
  struct json_scratch *s = json_scratch_push(L);
  struct json_buffer *b = &s->buffer;
  if (!json_buffer_append(b, (const char[]){ MARK, 'c' }, 2)) failure_raise_memory(L);
  const char *problem = count == 1 ? record_content(L, at, b)
                                   : record_content_list(L, at, count, b);
  if (problem == NULL) lua_pushlstring(L, b->bytes, b->length);
  json_scratch_done(s);
  if (problem != NULL)
    return flow_fail(f, LEAT_E_ITEM, "this cannot be looked up by its content: %s", problem);
  lua_remove(L, -2);
  return V_PASS;
}

verdict key_push (struct flow *f, int at, int count) {
  lua_State *L = f->L;
  const struct state *g = f->root->state;
  if (count != 1) return push_content(f, at, count);
  switch (lua_type(L, at)) {
    case LUA_TNUMBER:
      if (lua_isinteger(L, at)) push_integer(L, g, lua_tointegerx(L, at, NULL));
      else push_float(L, g, lua_tonumberx(L, at, NULL));
      return V_PASS;
    case LUA_TSTRING: {
      size_t length;
      const char *text = lua_tolstring(L, at, &length);
      if (length > 0 && text[0] == MARK) push_marked(L, 's', text, length);
      else lua_pushvalue(L, at);
      return V_PASS;
    }
    case LUA_TNIL: null_push(L); return V_PASS;
    case LUA_TTABLE: return push_content(f, at, 1);
    case LUA_TUSERDATA:
      if (record_kind_at(L, at) != RECORD_NONE) return push_content(f, at, 1);
      /* fall through */
    default: lua_pushvalue(L, at); return V_PASS;
  }
}

verdict key_push_item (struct flow *f) {
  lua_State *L = f->L;
  const struct state *g = f->root->state;
  switch (f->item.kind) {
    case ITEM_INTEGER: push_integer(L, g, f->item.u.integer); return V_PASS;
    case ITEM_NUMBER: push_float(L, g, f->item.u.number); return V_PASS;
    case ITEM_TEXT: {
      flow_push_item(f);
      verdict v = key_push(f, lua_gettop(L), 1);
      if (v == V_PASS) lua_remove(L, -2);
      return v;
    }
    default: return key_push(f, f->item.at, f->item.count);
  }
}
