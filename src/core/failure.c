/* SPDX-License-Identifier: MIT
 * failure.c - error objects; the contract is in failure.h.
 */
#include "failure.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>

#include <lauxlib.h>

#include "describe.h"

#define METATABLE "leat.error"

/* Units (limits.h) that a traceback takes, and what is noted beside it. */
#define TRACED 4096

static const char *const code_names[] = {
#define CODE_NAME(name, text) text,
  LEAT_CODES(CODE_NAME)
#undef CODE_NAME
};

bool failure_test (lua_State *L, int index) {
  if (lua_type(L, index) != LUA_TTABLE || !lua_getmetatable(L, index)) return false;
  luaL_getmetatable(L, METATABLE);
  bool same = lua_rawequal(L, -1, -2);
  lua_pop(L, 2);
  return same;
}

static void set_string (lua_State *L, const char *field, const char *value) {
  lua_pushstring(L, value);
  lua_setfield(L, -2, field);
}

static void set_integer (lua_State *L, const char *field, lua_Integer value) {
  lua_pushinteger(L, value);
  lua_setfield(L, -2, field);
}

/* Pushes a new error object whose message is on top (popped). */
static void push_object (lua_State *L, leat_code code) {
  lua_createtable(L, 0, 10);
  lua_insert(L, -2);
  lua_setfield(L, -2, "message");
  set_string(L, "code", code_names[code]);
  luaL_setmetatable(L, METATABLE);
}

void failure_push (lua_State *L, leat_code code, const char *format, ...) {
  va_list arguments;
  luaL_checkstack(L, 10, "an error message");
  va_start(arguments, format);
  lua_pushvfstring(L, format, arguments);
  va_end(arguments);
  push_object(L, code);
}

/* Pushes the error of whoever has stopped a read or write that waited, or was one of many: a limit,
 * or an interrupt, which is over then. False: nobody has. */
static bool push_stopped (lua_State *L) {
  luaL_checkstack(L, 10, "an error message");
  struct state *g = state_find(L);
  if (g == NULL) return false;
  bool pending = interrupt_pending(&g->interrupt);
  if (g->limits.on && pending) (void)limits_look(&g->limits, 1);
  if (g->limits.reached == LIMIT_NONE && !pending) return false;
  interrupt_clear(&g->interrupt);
  limits_push_error(L, &g->limits);
  return true;
}

void failure_push_bytes (lua_State *L, const struct leat_error *error, const char *file) {
  if (error->os_errno == EINTR && push_stopped(L)) return;
  failure_push(L, error->code, "%s", error->message);
  if (file != NULL) set_string(L, "file", file);
  if (error->line > 0) set_integer(L, "line", (lua_Integer)error->line);
  if (error->column > 0) set_integer(L, "column", (lua_Integer)error->column);
  if (error->os_errno != 0) set_integer(L, "errno", error->os_errno);
}

verdict flow_fail (struct flow *f, leat_code code, const char *format, ...) {
  va_list arguments;
  luaL_checkstack(f->L, 10, "an error message");
  va_start(arguments, format);
  lua_pushvfstring(f->L, format, arguments);
  va_end(arguments);
  push_object(f->L, code);
  return V_ERROR;
}

/* (value) -> what its __tostring says, or its field `message`; or nothing */
static int ask_value (lua_State *L) {
  if (luaL_callmeta(L, 1, "__tostring")) return 1;
  if (lua_type(L, 1) != LUA_TTABLE) return 0;
  lua_getfield(L, 1, "message");
  return 1;
}

/* Adds to the message on top what nests too deep. */
static void explain_overflow (lua_State *L) {
  const struct state *g = state_find(L);
  const char *hint = g != NULL && g->current != NULL
                         ? "; hand over to a generator with yield_from(...), which nests without "
                           "limit"
                         : "";
  lua_pushfstring(L, "%s: callbacks of C functions, metamethods, coroutines and generators that "
                     "read generators nest no deeper than some 200 calls%s", lua_tostring(L, -1),
                  hint);
  lua_remove(L, -2);
}

void failure_push_words (lua_State *L, int index) {
  luaL_checkstack(L, 10, "an error message");
  index = lua_absindex(L, index);
  int type = lua_type(L, index);
  if (type == LUA_TSTRING || type == LUA_TNUMBER) {
    luaL_tolstring(L, index, NULL);
    if (strstr(lua_tostring(L, -1), "C stack overflow") != NULL) explain_overflow(L);
    return;
  }
  lua_pushcfunction(L, ask_value);
  lua_pushvalue(L, index);
  if (lua_pcall(L, 1, 1, 0) == LUA_OK && lua_isstring(L, -1)) return;
  lua_pop(L, 1);
  int top = lua_gettop(L);
  bool named = luaL_getmetafield(L, index, "__name") == LUA_TSTRING;
  const char *name = named ? lua_tostring(L, -1) : luaL_typename(L, index);
  lua_pushfstring(L, "an error that is a %s, not a message", name);
  lua_insert(L, top + 1);
  lua_settop(L, top + 1);
}

/* The message that Lua raises, and raises again as what it is. */
#define NO_MEMORY "not enough memory"

static bool is_memory (lua_State *L, int index) {
  return lua_type(L, index) == LUA_TSTRING && strcmp(lua_tostring(L, index), NO_MEMORY) == 0;
}

int failure_raise_memory (lua_State *L) {
  lua_pushliteral(L, NO_MEMORY);
  return lua_error(L);
}

/* Pushes an error object for the value at index `value`, which is none. */
static void wrap (lua_State *L, int value) {
  value = lua_absindex(L, value);
  failure_push_words(L, value);
  push_object(L, is_memory(L, value) ? LEAT_E_MEMORY : LEAT_E_CALLBACK);
  lua_pushvalue(L, value);
  lua_setfield(L, -2, "cause");
}

int failure_handler_untraced (lua_State *L) {
  if (failure_test(L, 1)) return 1;
  luaL_checkstack(L, 10, NULL);
  wrap(L, 1);
  return 1;
}

int failure_handler (lua_State *L) {
  if (failure_test(L, 1)) return 1;
  struct state *g = state_find(L);
  if (g != NULL && !limits_charge(&g->limits, TRACED)) {
    limits_push_error(L, &g->limits);
    return 1;
  }
  failure_handler_untraced(L);
  luaL_traceback(L, L, NULL, 1);
  lua_setfield(L, -2, "traceback");
  return 1;
}

void failure_wrap_thread (lua_State *L, lua_State *co) {
  luaL_checkstack(L, 10, NULL);
  luaL_traceback(L, co, NULL, 0);
  lua_xmove(co, L, 1);
  if (!failure_test(L, -1)) {
    wrap(L, -1);
    lua_pushvalue(L, -3);
    lua_setfield(L, -2, "traceback");
    lua_remove(L, -2);
  }
  lua_remove(L, -2);
}

/* Is it a function of leat's own modules, which are no place of the user's? */
static bool is_own (const char *source) { return strncmp(source, "@leat/", 6) == 0; }

void failure_push_where (lua_State *L) {
  lua_Debug ar;
  for (int level = 0; lua_getstack(L, level, &ar); level++) {
    lua_getinfo(L, "Sl", &ar);
    if (ar.currentline > 0 && !is_own(ar.source)) {
      lua_pushfstring(L, "%s:%d", ar.short_src, ar.currentline);
      return;
    }
  }
  lua_pushliteral(L, "");
}

void failure_set_place (lua_State *L) {
  lua_Debug ar;
  for (int level = 0; level < 20 && lua_getstack(L, level, &ar); level++) {
    lua_getinfo(L, "Sl", &ar);
    if (ar.currentline <= 0 || is_own(ar.source)) continue;
    set_string(L, "file", ar.short_src);
    set_integer(L, "line", ar.currentline);
    return;
  }
}

void failure_locate (lua_State *L, int status, const struct run *run, const struct stage *s) {
  if (status == LUA_ERRMEM) return; /* its string has been allocated long ago */
  luaL_checkstack(L, 10, NULL);
  if (!failure_test(L, -1)) {
    wrap(L, -1);
    lua_remove(L, -2);
  }
  if (run == NULL) return;
  if (lua_getfield(L, -1, "stage") == LUA_TNIL) {
    lua_pop(L, 1);
    set_string(L, "stage", s->op->name);
    set_integer(L, "stage_number", (lua_Integer)(s - run->stages) + 1);
    if (run->items > 0) set_integer(L, "item", (lua_Integer)run->items);
    describe_run(L, run);
    lua_setfield(L, -2, "pipeline");
  }
  else
    lua_pop(L, 1);
}

bool failure_is_of_item (lua_State *L, bool at_source) {
  static const leat_code of_items[] = { LEAT_E_ITEM,   LEAT_E_SYNTAX, LEAT_E_ENCODING,
                                        LEAT_E_NUMBER, LEAT_E_DEPTH,  LEAT_E_SIZE };
  bool found = false;
  if (!failure_test(L, -1)) return false;
  lua_getfield(L, -1, "code");
  const char *code = lua_tostring(L, -1);
  if (code != NULL && strcmp(code, code_names[LEAT_E_CALLBACK]) == 0) found = !at_source;
  for (size_t i = 0; code != NULL && i < sizeof of_items / sizeof *of_items; i++)
    if (strcmp(code, code_names[of_items[i]]) == 0) found = true;
  lua_pop(L, 1);
  return found;
}

void failure_set_closing (lua_State *L) {
  static const leat_code kept[] = { LEAT_E_MEMORY, LEAT_E_USE, LEAT_E_DENIED, LEAT_E_LIMIT };
  if (!failure_test(L, -1)) return;
  lua_getfield(L, -1, "code");
  const char *code = lua_tostring(L, -1);
  bool keep = false;
  for (size_t i = 0; code != NULL && i < sizeof kept / sizeof *kept; i++)
    keep = keep || strcmp(code, code_names[kept[i]]) == 0;
  lua_pop(L, 1);
  if (!keep) set_string(L, "code", code_names[LEAT_E_CLOSE]);
}

void failure_warn (lua_State *L) {
  luaL_checkstack(L, 6, NULL);
  lua_warning(L, luaL_tolstring(L, -1, NULL), 0);
  lua_pop(L, 2);
}

void failure_attach (lua_State *L, int index) {
  index = lua_absindex(L, index);
  if (failure_test(L, index)) {
    if (lua_getfield(L, index, "suppressed") != LUA_TTABLE) {
      lua_pop(L, 1);
      lua_newtable(L);
      lua_pushvalue(L, -1);
      lua_setfield(L, index, "suppressed");
    }
    lua_pushvalue(L, -2);
    lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
    lua_pop(L, 1);
  }
  lua_pop(L, 1);
}

/* "events.jsonl:17:23: expected ',' (read_jsonl, stage 1, item 17)" */
static int to_string (lua_State *L) {
  luaL_Buffer b;
  luaL_checktype(L, 1, LUA_TTABLE);
  lua_settop(L, 1);
  lua_getfield(L, 1, "file");    /* 2 */
  lua_getfield(L, 1, "line");    /* 3 */
  lua_getfield(L, 1, "column");  /* 4 */
  lua_getfield(L, 1, "message"); /* 5 */
  lua_getfield(L, 1, "stage");   /* 6 */
  lua_getfield(L, 1, "stage_number"); /* 7 */
  lua_getfield(L, 1, "item");    /* 8 */
  luaL_buffinit(L, &b);
  for (int i = 2; i <= 4; i++)
    if (!lua_isnil(L, i)) {
      lua_pushvalue(L, i);
      luaL_addvalue(&b);
      luaL_addstring(&b, i < 4 && !lua_isnil(L, i + 1) ? ":" : ": ");
    }
  luaL_tolstring(L, 5, NULL);
  luaL_addvalue(&b);
  if (!lua_isnil(L, 6)) {
    lua_pushfstring(L, " (in %s, stage %d", luaL_tolstring(L, 6, NULL), (int)lua_tointeger(L, 7));
    lua_remove(L, -2);
    luaL_addvalue(&b);
    if (!lua_isnil(L, 8)) {
      lua_pushfstring(L, ", at item %I", (LUAI_UACINT)lua_tointeger(L, 8));
      luaL_addvalue(&b);
    }
    luaL_addchar(&b, ')');
  }
  luaL_pushresult(&b);
  return 1;
}

void failure_open (lua_State *L) {
  if (luaL_newmetatable(L, METATABLE)) {
    lua_pushcfunction(L, to_string);
    lua_setfield(L, -2, "__tostring");
    lua_pushliteral(L, METATABLE); /* getmetatable gives this: nobody edits it */
    lua_setfield(L, -2, "__metatable");
  }
  lua_pop(L, 1);
}
