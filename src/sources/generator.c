/* SPDX-License-Identifier: MIT
 * generator.c - the sources whose items a Lua function yields: generator and through.
 *
 * Both keep their function, or a table of it and its arguments. The items come out of
 * core/body.c; the driver resumes it.
 */
#include <lauxlib.h>

#include "core/argument.h"
#include "core/callback.h"
#include "core/run.h"

/* Keeps the function at `first` and the arguments behind it. n[0]: how many. */
static void keep_call (lua_State *L, struct recipe *r, int first) {
  int recipe = lua_gettop(L);
  int count = recipe - first - 1;
  r->n[0].integer = count;
  r->n[1].flag = count > 0;
  if (count == 0) lua_pushvalue(L, first);
  else {
    lua_createtable(L, count + 1, 0);
    for (int i = 0; i <= count; i++) {
      lua_pushvalue(L, first + i);
      lua_rawseti(L, -2, i + 1);
    }
  }
  recipe_keep(L, recipe);
}

static void body_init (lua_State *L, struct run *run, struct stage *s, const struct recipe *r,
                       int recipe, int anchors) {
  (void)L, (void)run, (void)recipe, (void)anchors;
  s->a = r->n[0];
  s->b = r->n[1];
}

static void generator_build (lua_State *L, struct recipe *r, int first) {
  keep_call(L, r, first); /* generator itself has checked fn */
}

/* A body starts with what its coroutine's stack holds, so it is a source whose upstream
 * is its first argument: fn(upstream, ...). */
static void through_build (lua_State *L, struct recipe *r, int first) {
  callback_check_function(L, r, first + 1, "fn");
  lua_pop(L, 1);
  lua_pushvalue(L, first); /* fn before upstream */
  lua_copy(L, first + 1, first);
  lua_replace(L, first + 1);
  keep_call(L, r, first);
}

const struct steps steps_generator = { .anchors = 2, .build = generator_build,
                                       .init = body_init, .pull_kind = PULL_BODY };
const struct steps steps_through = { .anchors = 2, .build = through_build, .init = body_init,
                                     .pull_kind = PULL_BODY };
