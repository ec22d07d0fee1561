/* SPDX-License-Identifier: MIT
 * leat.c - opening and closing a handle.
 */
#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>
#include <lualib.h>

#include "core/failure.h"
#include "core/pace.h"
#include "host/handle.h"
#include "host/modules.h"
#include "host/sandbox.h"

_Static_assert((int)LEAT_ALLOW_READ == CAPABILITY_READ && (int)LEAT_ALLOW_ALL == CAPABILITY_ALL &&
                   (int)LEAT_ALLOW_WRITE == CAPABILITY_WRITE &&
                   (int)LEAT_ALLOW_PROCESSES == CAPABILITY_PROCESSES &&
                   (int)LEAT_ALLOW_NETWORK == CAPABILITY_NETWORK &&
                   (int)LEAT_ALLOW_ENVIRONMENT == CAPABILITY_ENVIRONMENT,
               "the public names are those of the core");

const char *leat_version (void) { return LEAT_VERSION; }

/* --- calls into Lua --- */

leat_code handle_call (leat *handle, lua_CFunction fn, void *context) {
  lua_State *L = handle->L;
  leat_code code = LEAT_OK;
  if (handle->busy)
    return error_set(handle, LEAT_E_USE,
                     "the handle is busy: a callback of its own, or another thread, has called");
  int top = lua_gettop(L);
  if (!lua_checkstack(L, LUA_MINSTACK)) return error_set_memory(handle);
  handle->busy = true;
  handle_begin(handle);
  lua_pushcfunction(L, failure_handler);
  lua_pushcfunction(L, fn);
  lua_pushlightuserdata(L, context);
  int status = lua_pcall(L, 1, 0, top + 1);
  if (status != LUA_OK) code = error_take(handle, L, status);
  lua_settop(L, top);
  handle->busy = false;
  return code;
}

leat_code handle_needs (leat *handle, bool complete, const char *message) {
  if (handle == NULL) return LEAT_E_USE;
  return complete ? LEAT_OK : error_set(handle, LEAT_E_USE, "%s", message);
}

void handle_begin (leat *handle) {
  if (handle->state != NULL && handle->state->limits.on) sandbox_begin(handle->L);
}

void handle_push (const leat *handle, lua_State *L, int slot) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, handle);
  lua_rawgeti(L, -1, slot);
  lua_remove(L, -2);
}

void handle_keep (const leat *handle, lua_State *L, int slot) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, handle);
  lua_insert(L, -2);
  lua_rawseti(L, -2, slot);
  lua_pop(L, 1);
}

/* --- warnings --- */

/* A lua_WarnFunction. A message comes in parts; what a part has no memory for is left out. */
static void pass_warning (void *ud, const char *text, int more) {
  leat *handle = ud;
  struct json_buffer *b = &handle->warning;
  if (handle->warn == NULL) return;
  if (b->length == 0 && !more) {
    if (text[0] != '@') handle->warn(handle->warn_ud, text); /* "@on" and "@off": always on */
    return;
  }
  json_buffer_append(b, text, strlen(text));
  if (more) return;
  if (json_buffer_append(b, "", 1)) handle->warn(handle->warn_ud, b->bytes);
  b->length = 0;
}

/* --- open --- */

/* Pushes the globals of scripts, as a script of the executable has them: what it defines is its
 * own; a name that Lua has already (table) stays Lua's. The module is on top. */
static void push_globals (lua_State *L) {
  int module = lua_gettop(L);
  lua_createtable(L, 0, 128);
  lua_pushglobaltable(L);
  for (lua_pushnil(L); lua_next(L, module) != 0;) {
    lua_pushvalue(L, -2);
    bool taken = lua_rawget(L, module + 2) != LUA_TNIL;
    lua_pop(L, 1);
    lua_pushvalue(L, -2);
    lua_insert(L, -2); /* stack: ..., key, key, value */
    if (taken) lua_pop(L, 2);
    else lua_rawset(L, module + 1);
  }
  lua_pushvalue(L, module);
  lua_setfield(L, module + 1, "leat");
  lua_createtable(L, 0, 1);
  lua_insert(L, -2);
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, module + 1);
}

/* Limits that nobody reaches, for the sake of their hook. */
#define UNREACHED ((uint64_t)1 << 62)

static void open_sandbox (lua_State *L, const leat_options *given) {
  struct sandbox_options options = {
    .allow = given->allow, .instructions = given->instruction_limit, .seconds = given->time_limit
  };
  if (given->interruptible && options.instructions == 0) options.instructions = UNREACHED;
  sandbox_open(L, &options, modules_preload);
  sandbox_push_globals(L);
}

static void open_plain (lua_State *L) {
  luaL_openlibs(L);
  modules_preload(L);
  lua_getglobal(L, "require");
  lua_pushliteral(L, "leat");
  lua_call(L, 1, 1);
  push_globals(L);
}

struct opening {
  leat *handle;
  const leat_options *options;
};

/* (opening) */
static int open_state (lua_State *L) {
  const struct opening *o = lua_touserdata(L, 1);
  leat *handle = o->handle;
  luaL_checkversion(L);
  lua_gc(L, LUA_GCSTOP, 0); /* nothing that is made here is garbage */
  lua_createtable(L, KEPT_LAST, 0);
  for (int i = 1; i <= KEPT_LAST; i++) {
    lua_newtable(L);
    lua_rawseti(L, -2, i);
  }
  lua_rawsetp(L, LUA_REGISTRYINDEX, handle);
  if (o->options->sandbox) open_sandbox(L, o->options);
  else open_plain(L);
  handle_keep(handle, L, KEPT_GLOBALS);
  handle->state = state_find(L);
  if (handle->state->limits.hooked) handle->memory.limits = &handle->state->limits;
  lua_gc(L, LUA_GCRESTART, 0);
  pace_begin(L);
  return 0;
}

leat_code leat_open (leat **out, const leat_options *given) {
  leat_options options = { .size = sizeof options };
  if (out == NULL) return LEAT_E_USE;
  *out = NULL;
  if (given != NULL) {
    if (given->size < sizeof given->size || given->size > sizeof options) return LEAT_E_USE;
    memcpy(&options, given, given->size);
    if (!options.sandbox && (options.allow != 0 || options.instruction_limit != 0 ||
                             options.time_limit != 0 || options.interruptible))
      return LEAT_E_USE;
    bool is_time = options.time_limit >= 0; /* NaN is none */
    if (!is_time || (options.allow & ~(unsigned)LEAT_ALLOW_ALL) != 0) return LEAT_E_USE;
  }
  struct host_memory memory;
  host_memory_open(&memory, options.allocator, options.allocator_ud, options.memory_limit);
  /* The pool lies in the handle, so the handle itself cannot be in it. */
  leat *handle = options.allocator != NULL
                     ? host_memory_alloc(&memory, NULL, 0, sizeof *handle)
                     : malloc(sizeof *handle);
  if (handle == NULL) return LEAT_E_MEMORY;
  memset(handle, 0, sizeof *handle);
  host_memory_open(&handle->memory, options.allocator, options.allocator_ud,
                   options.memory_limit);
  handle->memory.now = handle->memory.peak = sizeof *handle;
  handle->warn = options.warn;
  handle->warn_ud = options.warn_ud;
  handle->warning.memory = &handle->memory.memory;
  error_clear(handle);
  handle->L = lua_newstate(host_memory_alloc, &handle->memory);
  leat_code code = LEAT_E_MEMORY;
  if (handle->L != NULL) {
    lua_setwarnf(handle->L, pass_warning, handle);
    struct opening o = { handle, &options };
    code = handle_call(handle, open_state, &o);
  }
  if (code != LEAT_OK) {
    leat_close(handle);
    return code;
  }
  *out = handle;
  return LEAT_OK;
}

void leat_close (leat *handle) {
  if (handle == NULL) return;
  if (handle->busy) {
    error_set(handle, LEAT_E_USE, "leat_close was called by a callback of the handle");
    return;
  }
  handle->memory.limit = 0; /* what is open must close */
  while (handle->runs != NULL)
    if (leat_stop(handle->runs) != LEAT_OK) pass_warning(handle, handle->error.text, 0);
  if (handle->L != NULL) {
    handle_begin(handle);
    lua_close(handle->L);
  }
  error_clear(handle);
  builder_free_all(handle);
  json_buffer_free(&handle->warning);
  leat_allocator allocator = handle->memory.allocator;
  void *ud = handle->memory.allocator_ud;
  bool own = ud == &handle->memory.pool;
  host_memory_close(&handle->memory);
  if (own) free(handle);
  else allocator(ud, handle, sizeof *handle, 0);
}

void leat_interrupt (leat *handle) {
  if (handle != NULL) interrupt_raise(&handle->state->interrupt);
}

void leat_memory (const leat *handle, size_t *now, size_t *peak) {
  if (now != NULL) *now = handle != NULL ? handle->memory.now : 0;
  if (peak != NULL) *peak = handle != NULL ? handle->memory.peak : 0;
}

struct lua_State *leat_lua (leat *handle) {
  if (handle == NULL) return NULL;
  return handle->calling != NULL ? handle->calling : handle->L;
}
