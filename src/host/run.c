/* SPDX-License-Identifier: MIT
 * run.c - runs that the host reads.
 *
 * Lua runs on the handle's main thread, but the values of an item are moved to a thread of the
 * run's own: its stack holds them until the next item, whatever other runs do in between. Numbers
 * and texts never become Lua values (run->in_place).
 *
 *   stack of the run's thread:  [ userdata of the run | the parts of the item ... ]
 */
#include <lauxlib.h>

#include "binding/pipeline.h"
#include "core/argument.h"
#include "core/failure.h"
#include "host/handle.h"
#include "sources/from.h"

enum { VALUES_RUN = 1, VALUES_FIRST };

struct leat_run {
  leat_item item;
  struct run *run;
  leat_code over; /* LEAT_OK: there may be more items; else what leat_next returns */
  leat_run *next, *previous; /* of the handle's */
};

/* --- start --- */

struct starting {
  leat *handle;
  const char *name;
  bool single; /* a value that is no pipeline is an item */
  leat_run *run;
};

/* Pushes what is called `name`, or what the script has returned. */
static void push_named (lua_State *L, const struct starting *s) {
  if (s->name != NULL) {
    handle_push(s->handle, L, KEPT_GLOBALS);
    if (lua_getfield(L, -1, s->name) != LUA_TNIL) return;
    failure_push(L, LEAT_E_USE, "the script has no global '%s'", s->name);
    lua_error(L);
  }
  handle_push(s->handle, L, KEPT_RETURNED);
  lua_getfield(L, -1, "n");
  lua_Integer count = lua_tointeger(L, -1);
  if (count == 1 && lua_rawgeti(L, -2, 1) != LUA_TNIL) return;
  if (count > 1)
    failure_push(L, LEAT_E_USE, "the script returned %I values; let it return one, a table of "
                                "them, or set globals", (LUAI_UACINT)count);
  else
    failure_push(L, LEAT_E_USE, "the script returned nothing");
  lua_error(L);
}

/* Makes the value on top a pipeline. */
static void to_pipeline (lua_State *L, const struct starting *s) {
  const char *name = s->name != NULL ? s->name : "what the script returned";
  if (recipe_test(L, -1) != NULL) return;
  if (run_test(L, -1) != NULL) {
    from_as_recipe(L);
    return;
  }
  if (!s->single || lua_type(L, -1) == LUA_TFUNCTION) {
    failure_push(L, LEAT_E_USE, "expected a pipeline, but %s is a %s%s", name,
                 argument_type(L, -1),
                 lua_type(L, -1) == LUA_TFUNCTION ? "; call it in the script" : "");
    lua_error(L);
  }
  recipe_push(L, &operators[OPERATOR_once], 0, lua_gettop(L));
}

static int start (lua_State *L) {
  struct starting *s = lua_touserdata(L, 1);
  push_named(L, s);
  to_pipeline(L, s);
  s->run->item.L = lua_newthread(L);
  lua_rawsetp(L, LUA_REGISTRYINDEX, s->run);
  s->run->run = run_push(L, s->handle->state, -1, true);
  s->run->run->in_place = true;
  lua_xmove(L, s->run->item.L, 1);
  return 0;
}

/* Frees the run, which is in no list. */
static void free_run (leat_run *run) {
  leat *handle = run->item.handle;
  item_forget(&run->item);
  lua_pushnil(handle->L);
  lua_rawsetp(handle->L, LUA_REGISTRYINDEX, run);
  memory_free(&handle->memory.memory, run, sizeof *run);
}

static leat_code start_run (leat *handle, const char *name, bool single, leat_run **out) {
  leat_code needs = handle_needs(handle, out != NULL, "leat_start needs a place for the run");
  if (out != NULL) *out = NULL;
  if (needs != LEAT_OK) return needs;
  leat_run *run = memory_resize(&handle->memory.memory, NULL, 0, sizeof *run);
  if (run == NULL) return error_set_memory(handle);
  *run = (leat_run){ .item = { .handle = handle }, .next = handle->runs };
  struct starting s = { handle, name, single, run };
  leat_code code = handle_call(handle, start, &s);
  if (code != LEAT_OK) {
    free_run(run);
    return code;
  }
  if (run->next != NULL) run->next->previous = run;
  handle->runs = run;
  *out = run;
  return LEAT_OK;
}

leat_code leat_start (leat *handle, const char *name, leat_run **run) {
  return start_run(handle, name, true, run);
}

/* --- next --- */

static int step (lua_State *L) { return driver_enter(L, lua_touserdata(L, IDX_RUN), ENTRY_NEXT); }

/* (run): closes what it has open */
static int close_run (lua_State *L) {
  const leat_run *run = lua_touserdata(L, 1);
  lua_settop(L, 0);
  lua_pushvalue(run->item.L, VALUES_RUN);
  lua_xmove(run->item.L, L, 1);
  return generator_close(L);
}

/* The run has ended with `code`; what an error of memory has left open is closed. */
static leat_code end (leat_run *run, leat_code code) {
  run->over = code;
  if (run->run->closed) return code;
  leat_error_info error = run->item.handle->error;
  void *block = run->item.handle->error_block;
  size_t size = run->item.handle->error_size;
  /* The first error counts: that of closing is forgotten. */
  run->item.handle->error_block = NULL;
  run->item.handle->error_size = 0;
  handle_call(run->item.handle, close_run, run);
  error_clear(run->item.handle);
  run->item.handle->error = error;
  run->item.handle->error_block = block;
  run->item.handle->error_size = size;
  return code;
}

/* leat_next, but that the limits are those of a call that has begun. */
static leat_code next (leat_run *run, leat_item **item) {
  leat *handle = run->item.handle;
  lua_State *L = handle->L, *values = run->item.L;
  *item = NULL;
  if (run->item.copies != NULL) item_forget(&run->item);
  if (handle->busy) return handle_call(handle, step, NULL); /* refuses */
  if (run->over != LEAT_OK) return run->over;
  if (run->run->quick && flow_at_hand(&run->run->flow, run->run)) {
    run->item.item = run->run->flow.item;
    *item = &run->item;
    return LEAT_OK;
  }
  lua_settop(values, VALUES_RUN);
  lua_pushvalue(values, VALUES_RUN);
  if (!lua_checkstack(L, LUA_MINSTACK))
    return end(run, error_set_memory(handle));
  int top = lua_gettop(L);
  handle->busy = true;
  lua_pushcfunction(L, step);
  lua_xmove(values, L, 1);
  int status = lua_pcall(L, 1, LUA_MULTRET, 0);
  handle->busy = false;
  if (status != LUA_OK) {
    leat_code code = error_take(handle, L, status);
    return end(run, code);
  }
  int count = lua_gettop(L) - top;
  if (count == 0) {
    if (run->run->status == RUN_ENDED) return run->over = LEAT_END;
    run->item.item = run->run->flow.item;
    *item = &run->item;
    return LEAT_OK;
  }
  if (!lua_checkstack(values, count + LUA_MINSTACK)) {
    lua_settop(L, top);
    return end(run, error_set_memory(handle));
  }
  lua_xmove(L, values, count);
  run->item.item = (struct item){ .kind = ITEM_VALUE, .at = VALUES_FIRST, .count = count };
  *item = &run->item;
  return LEAT_OK;
}

leat_code leat_next (leat_run *run, leat_item **item) {
  if (run == NULL || item == NULL) {
    if (item != NULL) *item = NULL;
    return handle_needs(run != NULL ? run->item.handle : NULL, false,
                        "leat_next needs a place for the item");
  }
  leat *handle = run->item.handle;
  if (handle->state->limits.on && !handle->busy) handle_begin(handle);
  return next(run, item);
}

leat_code leat_stop (leat_run *run) {
  if (run == NULL) return LEAT_OK;
  leat *handle = run->item.handle;
  leat_code code = LEAT_OK;
  if (!run->run->closed || handle->busy) code = handle_call(handle, close_run, run);
  if (handle->busy) return code;
  if (run->next != NULL) run->next->previous = run->previous;
  if (run->previous != NULL) run->previous->next = run->next;
  else handle->runs = run->next;
  free_run(run);
  return code;
}

/* --- drain --- */

leat_code leat_drain (leat *handle, const char *name, int64_t *items) {
  leat_run *run;
  leat_item *item;
  int64_t count = 0;
  if (items != NULL) *items = 0;
  leat_code code = start_run(handle, name, false, &run);
  if (code != LEAT_OK) return code;
  while ((code = next(run, &item)) == LEAT_OK) count++;
  if (items != NULL) *items = count;
  if (code == LEAT_END) code = LEAT_OK;
  leat_stop(run);
  return code;
}
