/* SPDX-License-Identifier: MIT
 * group.c - stages that gather items into tables.
 */
#include <string.h>

#include <lauxlib.h>

#include "core/argument.h"
#include "core/failure.h"
#include "core/run.h"

/* --- batched: slots the batch; a: its size, b: items in it, c: what becomes of a
 * last batch that is not full --- */

enum tail { TAIL_KEEP, TAIL_DROP, TAIL_ERROR };

static void batched_build (lua_State *L, struct recipe *r, int first) {
  static const char *const options[] = { "tail", NULL };
  static const char *const tails[] = { "keep", "drop", "error" };
  argument_at_most(L, r, first, 2);
  r->n[0].integer = argument_integer(L, r, first, "size", 1);
  r->shown = 1;
  if (!argument_options(L, r, first + 1, options)) return;
  if (lua_getfield(L, first + 1, "tail") != LUA_TNIL) {
    const char *given = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : NULL;
    bool known = false;
    for (int i = 0; given != NULL && i < 3; i++)
      if (strcmp(given, tails[i]) == 0) {
        known = true;
        r->n[1].integer = i;
      }
    if (!known)
      argument_fail(L, r, given ? "tail must be \"keep\", \"drop\" or \"error\", got \"%s\""
                                : "tail must be \"keep\", \"drop\" or \"error\", got %s",
                    luaL_tolstring(L, -1, NULL));
  }
  lua_pop(L, 1);
}

static void batched_init (lua_State *L, struct run *run, struct stage *s,
                          const struct recipe *r, int recipe, int anchors) {
  (void)L, (void)run, (void)recipe, (void)anchors;
  s->a = r->n[0];
  s->c = r->n[1];
}

/* Tables of up to this many elements are made in one piece: growing them by doubling
 * takes 8 % of the time of a batch of 500. Larger ones grow as they fill. */
#define FIRST_SIZE 1024

static verdict batched_give (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  if (s->b.integer == 0) {
    lua_createtable(L, s->a.integer < FIRST_SIZE ? (int)s->a.integer : FIRST_SIZE, 0);
    lua_pushvalue(L, -1);
    flow_set_anchor(f, s, 0);
  }
  else
    flow_push_anchor(f, s, 0);
  flow_push_value(f);
  lua_rawseti(L, -2, ++s->b.integer);
  if (s->b.integer < s->a.integer) return V_DROP;
  s->b.integer = 0;
  lua_pushboolean(L, 0);
  flow_set_anchor(f, s, 0);
  return flow_pass(f, 1);
}

static verdict batched_end (struct flow *f, struct stage *s) {
  if (s->b.integer == 0 || s->c.integer == TAIL_DROP) return V_END;
  if (s->c.integer == TAIL_ERROR)
    return flow_fail(f, LEAT_E_ITEM, "the last batch has %I of %I items",
                     (LUAI_UACINT)s->b.integer, (LUAI_UACINT)s->a.integer);
  flow_push_anchor(f, s, 0);
  s->b.integer = 0;
  return flow_pass(f, 1);
}

const struct steps steps_batched = { .anchors = 1, .native = true, .build = batched_build,
                                     .init = batched_init, .give = batched_give,
                                     .end = batched_end };
