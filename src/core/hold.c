/* SPDX-License-Identifier: MIT
 * hold.c - items that are kept; the idea is in hold.h.
 */
#include "hold.h"

#include <lauxlib.h>

/* A kept tuple: its parts are the user values, and the address of `magic` tells it apart from
 * other userdata. */
struct tuple {
  const void *magic;
  int count;
};
static const char magic = 0;

/* Parts that a userdata can have. */
#define MOST_PARTS 65535

void hold_push (struct flow *f) {
  lua_State *L = f->L;
  const struct item *item = &f->item;
  if (item->kind != ITEM_VALUE || item->count == 1) {
    flow_push_item(f);
    return;
  }
  if (item->count > MOST_PARTS) luaL_error(L, "an item of %d parts cannot be kept", item->count);
  struct tuple *t = lua_newuserdatauv(L, sizeof *t, item->count);
  *t = (struct tuple){ &magic, item->count };
  for (int i = 0; i < item->count; i++) {
    lua_pushvalue(L, item->at + i);
    lua_setiuservalue(L, -2, i + 1);
  }
}

int hold_spread (struct flow *f) {
  lua_State *L = f->L;
  const struct tuple *t = lua_touserdata(L, -1);
  if (t == NULL || lua_rawlen(L, -1) != sizeof *t || t->magic != &magic) return 1;
  int at = lua_gettop(L), count = t->count;
  luaL_checkstack(L, count + 8, "too many parts in an item");
  for (int i = 1; i <= count; i++) lua_getiuservalue(L, at, i);
  return count;
}

verdict hold_pass (struct flow *f) { return flow_pass(f, hold_spread(f)); }
