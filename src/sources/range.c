/* SPDX-License-Identifier: MIT
 * range.c - numbers: range and count_from.
 *
 * Integers count down the items still to come, so that no sum can overflow. Floats are
 * first + i * step, so that no error adds up.
 */
#include <math.h>

#include <lauxlib.h>

#include "core/argument.h"
#include "core/run.h"
#include "sources/range.h"

/* The number at `index`; a string that looks like one is refused. */
static void number_argument (lua_State *L, struct recipe *r, int index, const char *name,
                             union word *out, bool *is_float) {
  if (index >= lua_gettop(L) || lua_type(L, index) != LUA_TNUMBER)
    argument_fail(L, r, "%s must be a number, got %s", name,
                  index < lua_gettop(L) ? argument_type(L, index) : "nothing");
  if (lua_isinteger(L, index)) out->integer = lua_tointeger(L, index);
  else {
    out->number = lua_tonumber(L, index);
    *is_float = true;
  }
}

/* n is what the stage's a, b and c begin with. The user value is a list of the phase and the
 * arguments as given. */

static void range_build (lua_State *L, struct recipe *r, int first) {
  int recipe = lua_gettop(L);
  int given = recipe - first;
  argument_at_most(L, r, first, 3);
  bool floats[3] = { false, false, false };
  union word values[3] = { { .integer = 1 }, { .integer = 0 }, { .integer = 1 } };
  if (given <= 1)
    number_argument(L, r, first, "stop", &values[1], &floats[1]);
  else {
    number_argument(L, r, first, "first", &values[0], &floats[0]);
    number_argument(L, r, first + 1, "last", &values[1], &floats[1]);
    if (given == 3) number_argument(L, r, first + 2, "step", &values[2], &floats[2]);
  }
  if (floats[2] ? values[2].number == 0 : values[2].integer == 0)
    argument_fail(L, r, "step must not be 0");
  /* As in a numeric `for`: integers when first and step are, whatever last is. */
  if (!floats[0] && !floats[2] && floats[1]) {
    lua_Number last = values[1].number;
    if (values[2].integer > 0 ? !(last >= (lua_Number)values[0].integer)
                              : !(last <= (lua_Number)values[0].integer)) {
      values[1].integer = values[0].integer;
      r->n[0].size = 0;
      r->n[1] = values[0];
      r->n[2] = values[2];
      lua_pushinteger(L, RANGE_NONE);
      goto keep;
    }
    last = values[2].integer > 0 ? floor(last) : ceil(last);
    if (last >= 9223372036854775808.0) values[1].integer = LUA_MAXINTEGER;
    else if (last < -9223372036854775808.0) values[1].integer = LUA_MININTEGER;
    else values[1].integer = (lua_Integer)last;
    floats[1] = false;
  }
  if (!floats[0] && !floats[1] && !floats[2]) {
    lua_Integer a = values[0].integer, z = values[1].integer, step = values[2].integer;
    lua_Unsigned count = 0;
    bool none = step > 0 ? a > z : a < z;
    if (!none) {
      lua_Unsigned span = step > 0 ? (lua_Unsigned)z - (lua_Unsigned)a
                                   : (lua_Unsigned)a - (lua_Unsigned)z;
      lua_Unsigned stride = step > 0 ? (lua_Unsigned)step : 0u - (lua_Unsigned)step;
      count = span / stride;
    }
    r->n[0].natural = count; /* items after the first */
    r->n[1].integer = a;
    r->n[2].integer = step;
    lua_pushinteger(L, none ? RANGE_NONE : RANGE_INTEGERS);
    goto keep;
  }
  for (int i = 0; i < 3; i++)
    if (!floats[i]) values[i].number = (lua_Number)values[i].integer;
  r->n[0].number = values[1].number;
  r->n[1].number = values[0].number;
  r->n[2].number = values[2].number;
  lua_pushinteger(L, RANGE_FLOATS);
keep:
  /* What it is, and the arguments for tostring. */
  lua_createtable(L, 4, 0);
  lua_insert(L, -2);
  lua_rawseti(L, -2, 1);
  for (int i = 0; i < given; i++) {
    lua_pushvalue(L, first + i);
    lua_rawseti(L, -2, i + 2);
  }
  recipe_keep(L, recipe);
}

static void range_init (lua_State *L, struct run *run, struct stage *s, const struct recipe *r,
                        int recipe, int anchors) {
  (void)run, (void)recipe;
  lua_rawgeti(L, anchors, s->anchor);
  lua_rawgeti(L, -1, 1);
  s->phase = (uint8_t)lua_tointeger(L, -1);
  lua_pop(L, 2);
  s->a = r->n[0];
  s->b = r->n[1];
  s->c = r->n[2];
}

static verdict range_pull (struct flow *f, struct stage *s) {
  if (s->phase == RANGE_INTEGERS) {
    range_next(f, f->run, s);
    return V_PASS;
  }
  if (s->phase == RANGE_NONE) return V_END;
  lua_Number x = s->b.number + (lua_Number)f->run->items * s->c.number;
  if (!(s->c.number > 0 ? x <= s->a.number : x >= s->a.number)) return V_END;
  f->item.kind = ITEM_NUMBER;
  f->item.u.number = x;
  return V_PASS;
}

const struct steps steps_range = { .anchors = 1, .build = range_build, .init = range_init,
                                   .pull = range_pull, .pull_kind = PULL_RANGE };

/* --- count_from: past the integers it goes on with floats --- */

static void count_from_build (lua_State *L, struct recipe *r, int first) {
  int given = lua_gettop(L) - first;
  bool is_float = false, step_is_float = false;
  r->n[0].integer = r->n[1].integer = 1;
  argument_at_most(L, r, first, 2);
  if (given >= 1) number_argument(L, r, first, "start", &r->n[0], &is_float);
  if (given >= 2) number_argument(L, r, first + 1, "step", &r->n[1], &step_is_float);
  if (is_float || step_is_float) {
    if (!is_float) r->n[0].number = (lua_Number)r->n[0].integer;
    if (!step_is_float) r->n[1].number = (lua_Number)r->n[1].integer;
  }
  else
    r->shown = (uint8_t)given;
  r->n[2].flag = is_float || step_is_float;
}

static void count_from_init (lua_State *L, struct run *run, struct stage *s,
                             const struct recipe *r, int recipe, int anchors) {
  (void)L, (void)run, (void)recipe, (void)anchors;
  s->a = r->n[0];
  s->b = r->n[1];
  s->phase = r->n[2].flag;
}

static verdict count_from_pull (struct flow *f, struct stage *s) {
  if (s->phase) {
    f->item.kind = ITEM_NUMBER;
    f->item.u.number = s->a.number + (lua_Number)f->run->items * s->b.number;
  }
  else {
    f->item.kind = ITEM_INTEGER;
    f->item.u.integer = s->a.integer;
    if (__builtin_add_overflow(s->a.integer, s->b.integer, &s->a.integer)) {
      s->phase = 1;
      s->b.number = (lua_Number)s->b.integer;
      s->a.number = (lua_Number)f->item.u.integer - (lua_Number)f->run->items * s->b.number;
    }
  }
  return V_PASS;
}

const struct steps steps_count_from = { .build = count_from_build, .init = count_from_init,
                                        .pull = count_from_pull };
