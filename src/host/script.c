/* SPDX-License-Identifier: MIT
 * script.c - loading scripts, and binding their parameters.
 */
#include <errno.h>
#include <string.h>

#include <lauxlib.h>

#include "binding/json.h"
#include "core/failure.h"
#include "host/handle.h"

struct script {
  leat *handle;
  const char *text; /* NULL: the file `name` */
  size_t length;
  const char *name;
};

/* Compiles the text, as luaL_loadfilex does that of a file: without a byte order mark, and without
 * a first line that begins with # (its line end stays, for the numbers of the others). */
static int compile (lua_State *L, const struct script *s) {
  static const char mark[] = "\xef\xbb\xbf";
  const char *text = s->text, *end = text + s->length;
  if (s->length >= 3 && memcmp(text, mark, 3) == 0) text += 3;
  if (text < end && *text == '#') {
    text = memchr(text, '\n', (size_t)(end - text));
    if (text == NULL) text = end;
  }
  lua_pushfstring(L, "@%s", s->name);
  int status = luaL_loadbufferx(L, text, (size_t)(end - text), lua_tostring(L, -1), "t");
  lua_remove(L, -2);
  return status;
}

/* Replaces Lua's message that it cannot open or read the file. */
static void push_file_error (lua_State *L, const char *path, int os_errno) {
  struct leat_error e;
  bool read = strncmp(lua_tostring(L, -1), "cannot read", 11) == 0;
  error_system(&e, read ? "read" : "open", os_errno);
  failure_push_bytes(L, &e, path);
}

/* (script): runs the text, keeps what it returns */
static int load (lua_State *L) {
  const struct script *s = lua_touserdata(L, 1);
  errno = 0;
  int status = s->text != NULL ? compile(L, s) : luaL_loadfilex(L, s->name, "t");
  int os_errno = errno;
  if (status == LUA_ERRFILE)
    push_file_error(L, s->name, os_errno);
  else if (status == LUA_ERRSYNTAX)
    failure_push(L, LEAT_E_SYNTAX, "%s", lua_tostring(L, -1));
  if (status != LUA_OK) return lua_error(L);
  handle_push(s->handle, L, KEPT_GLOBALS);
  lua_setupvalue(L, -2, 1);
  lua_call(L, 0, LUA_MULTRET);
  int count = lua_gettop(L) - 1;
  lua_createtable(L, count, 1);
  lua_insert(L, 2);
  for (int i = count; i >= 1; i--) lua_rawseti(L, 2, i);
  lua_pushinteger(L, count);
  lua_setfield(L, 2, "n");
  handle_keep(s->handle, L, KEPT_RETURNED);
  return 0;
}

leat_code leat_load (leat *handle, const char *text, size_t length, const char *name) {
  leat_code code = handle_needs(handle, name != NULL && (text != NULL || length == 0),
                                "leat_load needs a text and a name");
  if (code != LEAT_OK) return code;
  struct script s = { handle, text != NULL ? text : "", length, name };
  return handle_call(handle, load, &s);
}

leat_code leat_load_file (leat *handle, const char *path) {
  leat_code code = handle_needs(handle, path != NULL, "leat_load_file needs a path");
  if (code != LEAT_OK) return code;
  struct script s = { handle, NULL, 0, path };
  return handle_call(handle, load, &s);
}

/* --- binding --- */

enum binding_kind { BIND_NULL, BIND_BOOL, BIND_INT, BIND_DOUBLE, BIND_STRING, BIND_JSON };

struct binding {
  leat *handle;
  const char *name;
  enum binding_kind kind;
  bool flag;
  int64_t integer;
  double number;
  const char *text;
  size_t length;
  const leat_builder *json;
};

/* Pushes the JSON as plain tables; null is nil. */
static void push_json (lua_State *L, const leat_builder *json) {
  json_push_table(L, &json->tape, json->text.bytes, 0);
  if (!null_is(L, -1)) return;
  lua_pop(L, 1);
  lua_pushnil(L);
}

static int bind (lua_State *L) {
  const struct binding *b = lua_touserdata(L, 1);
  handle_push(b->handle, L, KEPT_GLOBALS);
  lua_pushstring(L, b->name);
  switch (b->kind) {
    case BIND_NULL: lua_pushnil(L); break;
    case BIND_BOOL: lua_pushboolean(L, b->flag); break;
    case BIND_INT: lua_pushinteger(L, b->integer); break;
    case BIND_DOUBLE: lua_pushnumber(L, b->number); break;
    case BIND_STRING: lua_pushlstring(L, b->text, b->length); break;
    case BIND_JSON: push_json(L, b->json); break;
  }
  lua_rawset(L, -3);
  return 0;
}

static leat_code bind_checked (leat *handle, struct binding *b) {
  bool needs_text = b->kind == BIND_JSON || b->length > 0;
  bool complete = b->name != NULL && (b->text != NULL || !needs_text);
  leat_code code = handle_needs(handle, complete, "leat_bind_... needs a name, and the bytes of a "
                                                  "string or of JSON");
  return code == LEAT_OK ? handle_call(handle, bind, b) : code;
}

leat_code leat_bind_null (leat *handle, const char *name) {
  struct binding b = { .handle = handle, .name = name, .kind = BIND_NULL };
  return bind_checked(handle, &b);
}

leat_code leat_bind_bool (leat *handle, const char *name, bool value) {
  struct binding b = { .handle = handle, .name = name, .kind = BIND_BOOL, .flag = value };
  return bind_checked(handle, &b);
}

leat_code leat_bind_int (leat *handle, const char *name, int64_t value) {
  struct binding b = { .handle = handle, .name = name, .kind = BIND_INT, .integer = value };
  return bind_checked(handle, &b);
}

leat_code leat_bind_double (leat *handle, const char *name, double value) {
  struct binding b = { .handle = handle, .name = name, .kind = BIND_DOUBLE, .number = value };
  return bind_checked(handle, &b);
}

leat_code leat_bind_string (leat *handle, const char *name, const char *bytes, size_t length) {
  struct binding b = { .handle = handle, .name = name, .kind = BIND_STRING, .text = bytes,
                       .length = length };
  return bind_checked(handle, &b);
}

leat_code leat_bind_json (leat *handle, const char *name, const char *text, size_t length) {
  struct binding b = { .handle = handle, .name = name, .kind = BIND_JSON, .text = text,
                       .length = length };
  if (handle == NULL || name == NULL || text == NULL) return bind_checked(handle, &b);
  leat_builder *json = builder_take(handle);
  if (json == NULL) return error_set_memory(handle);
  b.json = json;
  leat_code code = leat_add_json(json, text, length) == LEAT_OK
                       ? bind_checked(handle, &b)
                       : error_set(handle, json->code, "%s: %s", name, json->message);
  builder_give_back(json);
  return code;
}
