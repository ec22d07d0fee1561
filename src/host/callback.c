/* SPDX-License-Identifier: MIT
 * callback.c - functions, sources and sinks of the host's.
 *
 * Every callback is called from a function of Lua's (guarded), which is protected and gives
 * it an item and a builder. So what a callback raises by itself (lua_error) gives the builder back,
 * and is an error as that of a Lua function is: the driver wraps it.
 *
 *   function   a C closure that calls it
 *   source     the steps of `resource`, whose open, next and close are such closures
 *   sink       the steps below
 */
#include <string.h>

#include <lauxlib.h>

#include "binding/pipeline.h"
#include "core/callback.h"
#include "core/failure.h"
#include "host/handle.h"
#include "stages/terminal.h"

/* What was registered: a userdata, upvalue 1 of the closures. */
struct extension {
  leat *handle;
  const char *name; /* user values keep it and the signature */
  void *ud;
  void (*destroy)(void *ud);
  bool dead; /* registering it failed half-way, and it has been destroyed */
  leat_function function;
  leat_source source;
  leat_sink sink;
  struct op op; /* of sources and sinks */
};

/* What `open` of a source or sink has opened: a userdata that keeps the extension (user value 1).
 * It is closed when its run is, or else when it is collected. */
struct cursor {
  const struct extension *extension;
  void *pointer;
  bool open;
  lua_Integer items;
};

/* --- calling a callback --- */

struct invocation;
typedef leat_code (*invoker) (struct invocation *i);

struct invocation {
  const struct extension *extension;
  invoker invoke;
  struct cursor *cursor;
  bool failed; /* of a sink's close */
  bool said;   /* the callback has asked for something that failed */
  leat_item item;
  leat_builder *result;
};

/* Raises what the callback's code says. */
static int fail (lua_State *L, struct invocation *i, leat_code code) {
  leat_builder *b = i->result;
  const leat_error_info *error = &i->extension->handle->error;
  if (b->code == LEAT_OK) { /* not by leat_fail: what it has read may have said why */
    bool said = i->said && error->code == code;
    leat_fail(b, code, "%s", said ? error->message : "failed");
  }
  failure_push(L, b->code, "%s: %s", i->extension->name, b->message);
  return lua_error(L);
}

/* (invocation, parts...) -> parts */
static int guarded (lua_State *L) {
  struct invocation *i = lua_touserdata(L, 1);
  leat *handle = i->extension->handle;
  i->item.L = L;
  i->item.item.at = 2;
  i->item.item.count = lua_gettop(L) - 1;
  luaL_checkstack(L, LUA_MINSTACK, NULL);
  unsigned errors = handle->errors;
  leat_code code = i->invoke(i);
  i->said = handle->errors != errors;
  if (builder_finish(i->result) != LEAT_OK || (code != LEAT_OK && code != LEAT_END))
    return fail(L, i, code);
  if (code == LEAT_END) return 0;
  return builder_push(i->result, L);
}

/* Calls with the top `count` values, which it replaces by what the callback has added; returns how
 * many these are. */
static int call (lua_State *L, const struct extension *extension, invoker invoke,
                 struct cursor *cursor, bool failed, int count) {
  struct invocation i = { .extension = extension, .invoke = invoke, .cursor = cursor,
                          .failed = failed };
  int below = lua_gettop(L) - count;
  leat *handle = extension->handle;
  if (extension->dead) luaL_error(L, "%s: the host could not register it", extension->name);
  luaL_checkstack(L, 4, NULL);
  i.item = (leat_item){ .handle = handle, .item = { .kind = ITEM_VALUE }, .in_callback = true };
  i.result = builder_take(handle);
  if (i.result == NULL) {
    lua_pushliteral(L, "not enough memory");
    return lua_error(L);
  }
  lua_pushcfunction(L, guarded);
  lua_insert(L, below + 1);
  lua_pushlightuserdata(L, &i);
  lua_insert(L, below + 2);
  lua_State *before = handle->calling;
  handle->calling = L;
  int status = lua_pcall(L, count + 1, LUA_MULTRET, 0);
  handle->calling = before;
  item_forget(&i.item);
  builder_give_back(i.result);
  if (status != LUA_OK) return lua_error(L);
  return lua_gettop(L) - below;
}

/* --- registering --- */

static const char extension_metatable = 0; /* keys of the registry */
static const char cursor_metatable = 0;

static int extension_gc (lua_State *L) {
  struct extension *e = lua_touserdata(L, 1);
  if (e->destroy != NULL) e->destroy(e->ud);
  e->destroy = NULL;
  return 0;
}

static int cursor_gc (lua_State *L);

static void push_metatable (lua_State *L, const void *key, lua_CFunction gc) {
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, key) == LUA_TTABLE) return;
  lua_pop(L, 1);
  lua_createtable(L, 0, 1);
  lua_pushcfunction(L, gc);
  lua_setfield(L, -2, "__gc");
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, key);
}

struct registering {
  struct extension *extension; /* on the C stack; without name and handle */
  leat *handle;
  const char *name;
  lua_CFunction global; /* NULL: a sink */
  struct extension *made; /* the userdata; the registry keeps it at the address of this struct */
};

static int l_function (lua_State *L);
static int l_source (lua_State *L);

static int add (lua_State *L) {
  struct registering *r = lua_touserdata(L, 1);
  push_metatable(L, &extension_metatable, extension_gc);
  lua_pushstring(L, r->name);
  struct extension *e = lua_newuserdatauv(L, sizeof *e, 2);
  *e = *r->extension;
  e->name = e->op.name = lua_tostring(L, -2);
  e->handle = r->handle;
  lua_pushvalue(L, -2);
  lua_setiuservalue(L, -2, 1);
  lua_pushvalue(L, -3);
  lua_setmetatable(L, -2);
  lua_pushvalue(L, -1);
  lua_rawsetp(L, LUA_REGISTRYINDEX, r);
  r->made = e;
  int extension = lua_gettop(L);
  e->op.signature = lua_pushfstring(L, "%s(...)", r->name);
  lua_setiuservalue(L, extension, 2);
  if (r->global == NULL) { /* the registry keeps it: methods are never removed */
    lua_rawsetp(L, LUA_REGISTRYINDEX, e);
    pipeline_add_terminal(L, &e->op);
    return 0;
  }
  handle_push(r->handle, L, KEPT_GLOBALS);
  lua_pushstring(L, r->name);
  lua_pushvalue(L, extension);
  lua_pushcclosure(L, r->global, 1);
  lua_rawset(L, -3);
  return 0;
}

/* `problem`: what is wrong with it, or NULL. */
static leat_code register_extension (leat *handle, const char *name, struct extension *e,
                                     lua_CFunction global, const char *problem) {
  struct registering r = { e, handle, name, global, NULL };
  leat_code code = handle_needs(handle, name != NULL, "leat_register_... needs a name");
  if (code == LEAT_OK && problem != NULL)
    code = error_set(handle, LEAT_E_USE, "'%s' has %s", name, problem);
  if (code == LEAT_OK) code = handle_call(handle, add, &r);
  if (code != LEAT_OK && e->destroy != NULL) e->destroy(e->ud);
  if (r.made == NULL) return code;
  if (code != LEAT_OK) { /* a method may have been added for pipelines, and not for generators */
    r.made->dead = true;
    r.made->destroy = NULL;
  }
  lua_pushnil(handle->L);
  lua_rawsetp(handle->L, LUA_REGISTRYINDEX, &r);
  return code;
}

/* --- functions --- */

static leat_code invoke_function (struct invocation *i) {
  return i->extension->function(i->extension->ud, &i->item, i->result);
}

static int l_function (lua_State *L) {
  const struct extension *e = lua_touserdata(L, lua_upvalueindex(1));
  return call(L, e, invoke_function, NULL, false, lua_gettop(L));
}

leat_code leat_register_function (leat *handle, const char *name, leat_function function, void *ud,
                                  void (*destroy)(void *ud)) {
  struct extension e = { .ud = ud, .destroy = destroy, .function = function };
  return register_extension(handle, name, &e, l_function,
                            function == NULL ? "no function" : NULL);
}

/* --- cursors --- */

/* Replaces the top `count` values by a table of them, with their number as n. */
static void pack (lua_State *L, int count) {
  lua_createtable(L, count, 1);
  lua_insert(L, -count - 1);
  for (int i = count; i >= 1; i--) lua_rawseti(L, -i - 1, i);
  lua_pushinteger(L, count);
  lua_setfield(L, -2, "n");
}

/* Replaces such a table on top by what is in it; returns how many values these are. */
static int unpack (lua_State *L) {
  int list = lua_gettop(L);
  lua_getfield(L, list, "n");
  int count = (int)lua_tointeger(L, -1);
  lua_pop(L, 1);
  luaL_checkstack(L, count + LUA_MINSTACK, "too many arguments");
  for (int i = 1; i <= count; i++) lua_rawgeti(L, list, i);
  lua_remove(L, list);
  return count;
}

typedef leat_code (*open_function) (void *ud, leat_item *arguments, void **cursor,
                                    leat_builder *result);

static leat_code invoke_open (struct invocation *i) {
  const struct extension *e = i->extension;
  bool is_sink = e->op.kind == OP_TERMINAL;
  open_function open = is_sink ? e->sink.open : e->source.open;
  i->cursor->pointer = e->ud;
  leat_code code = open == NULL ? LEAT_OK : open(e->ud, &i->item, &i->cursor->pointer, i->result);
  if (code != LEAT_OK) return code;
  i->cursor->open = true; /* whatever comes */
  return builder_finish(i->result);
}

/* Replaces the table of arguments on top by a cursor, opened with them. The extension is at index
 * `extension`. */
static struct cursor *open_cursor (lua_State *L, int extension) {
  const struct extension *e = lua_touserdata(L, extension);
  struct cursor *c = lua_newuserdatauv(L, sizeof *c, 1);
  *c = (struct cursor){ .extension = e };
  lua_pushvalue(L, extension);
  lua_setiuservalue(L, -2, 1);
  push_metatable(L, &cursor_metatable, cursor_gc);
  lua_setmetatable(L, -2);
  lua_insert(L, -2);
  lua_pop(L, call(L, e, invoke_open, c, false, unpack(L)));
  return c;
}

static leat_code invoke_close (struct invocation *i) {
  const struct extension *e = i->extension;
  struct cursor *c = i->cursor;
  c->open = false;
  if (e->op.kind == OP_TERMINAL)
    return e->sink.close != NULL ? e->sink.close(c->pointer, i->failed, i->result) : LEAT_OK;
  if (e->source.close != NULL) e->source.close(c->pointer);
  return LEAT_OK;
}

/* Closes it if it is open; returns how many results that has, on top. */
static int close_cursor (lua_State *L, struct cursor *c, bool failed) {
  return c->open ? call(L, c->extension, invoke_close, c, failed, 0) : 0;
}

static int cursor_gc (lua_State *L) {
  close_cursor(L, lua_touserdata(L, 1), true);
  return 0;
}

/* --- sources --- */

/* Upvalues: the extension, the table of arguments. */
static int source_open (lua_State *L) {
  lua_pushvalue(L, lua_upvalueindex(2));
  open_cursor(L, lua_upvalueindex(1));
  return 1;
}

static leat_code invoke_next (struct invocation *i) {
  leat_code code = i->extension->source.next(i->cursor->pointer, i->result);
  if (code == LEAT_OK && builder_finish(i->result) == LEAT_OK && i->result->count == 0)
    return leat_fail(i->result, LEAT_E_USE, "its next returned LEAT_OK and added no item");
  return code;
}

/* (cursor) */
static int source_next (lua_State *L) {
  struct cursor *c = lua_touserdata(L, 1);
  return c->open ? call(L, c->extension, invoke_next, c, false, 0) : 0;
}

static int source_close (lua_State *L) {
  close_cursor(L, lua_touserdata(L, 1), false);
  return 0;
}

/* name(...) */
static int l_source (lua_State *L) {
  const struct extension *e = lua_touserdata(L, lua_upvalueindex(1));
  pack(L, lua_gettop(L));
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_pushcclosure(L, source_open, 2);
  lua_pushcfunction(L, source_next);
  lua_pushcfunction(L, source_close);
  recipe_push(L, &e->op, 0, 1);
  return 1;
}

leat_code leat_register_source (leat *handle, const char *name, const leat_source *source) {
  struct extension none = { .ud = NULL };
  if (source == NULL) return register_extension(handle, name, &none, l_source, "no source");
  if (source->size != sizeof *source) /* what it has cannot be told, its destructor neither */
    return register_extension(handle, name, &none, l_source,
                              "a size that is not sizeof (leat_source)");
  struct extension e = {
    .ud = source->ud, .destroy = source->destroy, .source = *source,
    .op = { .kind = OP_SOURCE, .holds = "1", .doc = "a source of the host's",
            .steps = &steps_resource }
  };
  return register_extension(handle, name, &e, l_source, source->next == NULL ? "no next" : NULL);
}

/* --- sinks: slots the table of arguments, the cursor; c: the cursor; phase: being closed --- */

enum { SINK_ARGUMENTS, SINK_CURSOR, SINK_SLOTS };

static const struct extension *extension_of (const struct stage *s) {
  return (const struct extension *)(const void *)((const char *)s->op -
                                                  offsetof(struct extension, op));
}

static void sink_build (lua_State *L, struct recipe *r, int first) {
  int recipe = lua_gettop(L);
  (void)r;
  luaL_checkstack(L, recipe - first + LUA_MINSTACK, "too many arguments");
  for (int i = first; i < recipe; i++) lua_pushvalue(L, i);
  pack(L, recipe - first);
  recipe_keep(L, recipe);
}

static verdict sink_open (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  lua_rawgetp(L, LUA_REGISTRYINDEX, extension_of(s));
  int extension = lua_gettop(L);
  flow_push_anchor(f, s, SINK_ARGUMENTS);
  struct cursor *c = open_cursor(L, extension);
  flow_set_anchor(f, s, SINK_CURSOR);
  s->c.pointer = c;
  lua_pop(L, 1);
  return V_PASS;
}

static leat_code invoke_write (struct invocation *i) {
  return i->extension->sink.write(i->cursor->pointer, &i->item, i->result);
}

/* (cursor, parts...) */
static int sink_write (lua_State *L) {
  struct cursor *c = lua_touserdata(L, 1);
  call(L, c->extension, invoke_write, c, false, lua_gettop(L) - 1);
  c->items++;
  return 0;
}

static verdict sink_give (struct flow *f, struct stage *s) {
  lua_pushcfunction(f->L, sink_write);
  flow_push_anchor(f, s, SINK_CURSOR);
  return callback_ask(f, 1 + flow_push_item(f), 0);
}

/* (cursor) -> what it has added, or the number of items */
static int sink_close (lua_State *L) {
  struct cursor *c = lua_touserdata(L, 1);
  int count = close_cursor(L, c, false);
  if (count > 0) return count;
  lua_pushinteger(L, c->items);
  return 1;
}

static verdict sink_end (struct flow *f, struct stage *s) {
  s->phase = 1;
  lua_pushcfunction(f->L, sink_close);
  flow_push_anchor(f, s, SINK_CURSOR);
  return callback_ask(f, 1, LUA_MULTRET);
}

static verdict sink_called (struct flow *f, struct stage *s) {
  return s->phase == 0 ? V_DROP : terminal_result(f, f->nresults);
}

static void sink_close_left (lua_State *L, struct run *run, struct stage *s, int anchors,
                             int failed) {
  (void)run, (void)anchors, (void)failed;
  if (s->c.pointer != NULL) lua_pop(L, close_cursor(L, s->c.pointer, true));
}

static const struct steps steps_host_sink = {
  .anchors = SINK_SLOTS, .build = sink_build, .open = sink_open, .give = sink_give,
  .called = sink_called, .end = sink_end, .close = sink_close_left
};

leat_code leat_register_sink (leat *handle, const char *name, const leat_sink *sink) {
  struct extension none = { .ud = NULL };
  if (sink == NULL) return register_extension(handle, name, &none, NULL, "no sink");
  if (sink->size != sizeof *sink) /* what it has cannot be told, its destructor neither */
    return register_extension(handle, name, &none, NULL, "a size that is not sizeof (leat_sink)");
  struct extension e = {
    .ud = sink->ud, .destroy = sink->destroy, .sink = *sink,
    .op = { .kind = OP_TERMINAL, .holds = "1", .doc = "a sink of the host's",
            .steps = &steps_host_sink }
  };
  return register_extension(handle, name, &e, NULL, sink->write == NULL ? "no write" : NULL);
}
