/* SPDX-License-Identifier: MIT
 * error.c - what leat_error tells: an error of Lua's or leat's, as C strings.
 *
 * The strings are in one block from the handle's allocator. Where there is no memory for it the
 * message alone is kept, in the handle.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <lauxlib.h>

#include "core/failure.h"
#include "host/handle.h"

static const char *const code_names[] = {
#define CODE_NAME(code, name) name,
  LEAT_CODES(CODE_NAME)
#undef CODE_NAME
};

const char *leat_code_name (leat_code code) {
  return (unsigned)code < LEAT_CODE_COUNT ? code_names[code] : "unknown";
}

const leat_error_info *leat_error (const leat *handle) {
  static const leat_error_info none = {
    .code = LEAT_E_USE, .message = "there is no handle: leat_open has not given one",
    .text = "there is no handle: leat_open has not given one"
  };
  return handle != NULL ? &handle->error : &none;
}

static void drop_block (leat *handle) {
  memory_free(&handle->memory.memory, handle->error_block, handle->error_size);
  handle->error_block = NULL;
  handle->error_size = 0;
}

void error_clear (leat *handle) {
  drop_block(handle);
  handle->error = (leat_error_info){ .code = LEAT_OK, .message = "no error", .text = "no error" };
}

/* Keeps the message, as far as it has room. */
static void reserve (leat *handle, const char *message) {
  size_t length = strlen(message);
  if (length >= ERROR_RESERVE) {
    length = ERROR_RESERVE - 4;
    memcpy(handle->error_reserve + length, "...", 3);
    handle->error_reserve[length + 3] = '\0';
  }
  else
    handle->error_reserve[length] = '\0';
  memcpy(handle->error_reserve, message, length);
}

/* The error is what was reserved. */
static leat_code set_reserved (leat *handle, leat_code code) {
  drop_block(handle);
  handle->error = (leat_error_info){
    .code = code, .message = handle->error_reserve, .text = handle->error_reserve
  };
  return code;
}

leat_code error_set (leat *handle, leat_code code, const char *format, ...) {
  char message[500];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(message, sizeof message, format, arguments);
  va_end(arguments);
  handle->errors++;
  size_t size = strlen(message) + 1;
  reserve(handle, message);
  set_reserved(handle, code);
  char *block = memory_resize(&handle->memory.memory, NULL, 0, size);
  if (block == NULL) return code;
  memcpy(block, message, size);
  handle->error_block = block;
  handle->error_size = size;
  handle->error.message = handle->error.text = block;
  return code;
}

#define LIMIT_TEXT 80

/* What to add to the message of an error of memory: the limit, if that is why. */
static const char *name_limit (const leat *handle, char text[LIMIT_TEXT]) {
  static const char *const units[] = { "bytes", "KiB", "MiB", "GiB", "TiB" };
  size_t unit = 0;
  double limit = (double)handle->memory.limit;
  text[0] = '\0';
  if (!handle->memory.refused) return text;
  for (; limit >= 1024 && unit < 4; unit++) limit /= 1024;
  snprintf(text, LIMIT_TEXT, ": the memory limit of %.4g %s is reached", limit, units[unit]);
  return text;
}

leat_code error_set_memory (leat *handle) {
  char message[40 + LIMIT_TEXT] = "not enough memory", limit[LIMIT_TEXT];
  handle->errors++;
  reserve(handle, strcat(message, name_limit(handle, limit)));
  return set_reserved(handle, LEAT_E_MEMORY);
}

/* --- of a value that was raised --- */

struct taking {
  leat *handle;
  leat_code code;
  bool refused; /* memory was, since a limit is reached */
};

static leat_code code_named (const char *name) {
  for (int i = LEAT_E_MEMORY; name != NULL && i < LEAT_CODE_COUNT; i++)
    if (strcmp(name, code_names[i]) == 0) return (leat_code)i;
  return LEAT_E_CALLBACK;
}

/* Finds the place at the front of "file:line: message", as Lua writes it. Returns where the message
 * begins, or 0. */
static size_t find_place (const char *text, size_t *file_length, size_t *line) {
  for (const char *at = strchr(text, ':'); at != NULL; at = strchr(at + 1, ':')) {
    const char *end = at + 1;
    size_t number = 0;
    while (*end >= '0' && *end <= '9' && number < SIZE_MAX / 100)
      number = number * 10 + (size_t)(*end++ - '0');
    if (end == at + 1 || end[0] != ':' || end[1] != ' ') continue;
    *file_length = (size_t)(at - text);
    *line = number;
    return (size_t)(end + 2 - text);
  }
  return 0;
}

static size_t field_integer (lua_State *L, int object, const char *name) {
  lua_getfield(L, object, name);
  lua_Integer value = lua_tointeger(L, -1);
  lua_pop(L, 1);
  return value > 0 ? (size_t)value : 0;
}

/* Strings of the block, as they are on the stack. */
enum { MESSAGE = 3, TEXT, PLACE, STAGE, TRACEBACK, PIPELINE, STRINGS_END };

/* The code of the error object at 2. That of a limit is the handle's to say: the object is a
 * script's to change, and what failed before a close handler that reached one came first. */
static leat_code find_code (lua_State *L, const leat *handle) {
  enum limit reached = handle->state != NULL ? handle->state->limits.reached : LIMIT_NONE;
  lua_getfield(L, 2, "code");
  leat_code code = code_named(lua_tostring(L, -1));
  lua_pop(L, 1);
  if (reached == LIMIT_NONE) return code != LEAT_E_LIMIT ? code : LEAT_E_CALLBACK;
  leat_code of_limit = reached == LIMIT_INTERRUPT ? LEAT_E_USE : LEAT_E_LIMIT;
  if (code == of_limit) return code;
  limits_push_error(L, &handle->state->limits);
  lua_replace(L, 2);
  return of_limit;
}

/* Adds to the string on top which limit of memory is reached. */
static void add_limit (lua_State *L, const leat *handle, leat_code code) {
  char limit[LIMIT_TEXT];
  if (code != LEAT_E_MEMORY) return;
  lua_pushstring(L, name_limit(handle, limit));
  lua_concat(L, 2);
}

/* (taking, error value) */
static int describe (lua_State *L) {
  struct taking *t = lua_touserdata(L, 1);
  leat *handle = t->handle;
  leat_error_info error = { .code = LEAT_E_CALLBACK };
  lua_settop(L, 2);
  luaL_checkstack(L, 20, NULL);
  if (t->refused) {
    limits_push_error(L, &handle->state->limits);
    lua_replace(L, 2);
  }
  bool is_object = failure_test(L, 2);
  if (is_object) {
    t->code = error.code = find_code(L, handle);
    lua_getfield(L, 2, "message");
    luaL_tolstring(L, -1, NULL);
    lua_replace(L, MESSAGE);
  }
  else
    failure_push_words(L, 2);
  add_limit(L, handle, error.code);
  size_t file_length = 0;
  reserve(handle, lua_tostring(L, MESSAGE));
  if (is_object) {
    luaL_tolstring(L, 2, NULL);
    add_limit(L, handle, error.code);
    lua_getfield(L, 2, "file");
    lua_getfield(L, 2, "stage");
    lua_getfield(L, 2, "traceback");
    lua_getfield(L, 2, "pipeline");
    error.line = field_integer(L, 2, "line");
    error.column = field_integer(L, 2, "column");
    error.stage_number = field_integer(L, 2, "stage_number");
    error.item = (int64_t)field_integer(L, 2, "item");
    error.os_errno = (int)field_integer(L, 2, "errno");
  }
  else {
    lua_pushvalue(L, MESSAGE);
    lua_settop(L, STRINGS_END - 1);
  }
  if (!lua_isstring(L, PLACE)) {
    size_t message = find_place(lua_tostring(L, MESSAGE), &file_length, &error.line);
    if (message > 0) {
      lua_pushlstring(L, lua_tostring(L, MESSAGE), file_length);
      lua_replace(L, PLACE);
      lua_pushstring(L, lua_tostring(L, MESSAGE) + message);
      lua_replace(L, MESSAGE);
    }
  }
  size_t size = 0, length;
  for (int i = MESSAGE; i < STRINGS_END; i++)
    if (lua_isstring(L, i)) {
      lua_tolstring(L, i, &length);
      size += length + 1;
    }
  char *block = memory_resize(&handle->memory.memory, NULL, 0, size);
  if (block == NULL) return failure_raise_memory(L);
  const char *strings[STRINGS_END] = { NULL };
  char *at = block;
  for (int i = MESSAGE; i < STRINGS_END; i++)
    if (lua_isstring(L, i)) {
      const char *bytes = lua_tolstring(L, i, &length);
      memcpy(at, bytes, length + 1);
      strings[i] = at;
      at += length + 1;
    }
  error.message = strings[MESSAGE];
  error.text = strings[TEXT];
  error.file = strings[PLACE];
  error.stage = strings[STAGE];
  error.traceback = strings[TRACEBACK];
  error.pipeline = strings[PIPELINE];
  drop_block(handle);
  handle->error_block = block;
  handle->error_size = size;
  handle->error = error;
  return 0;
}

leat_code error_take (leat *handle, lua_State *L, int status) {
  bool reached = handle->state != NULL && handle->state->limits.reached != LIMIT_NONE;
  struct taking t = { handle, LEAT_E_CALLBACK, status == LUA_ERRMEM && reached };
  if ((status == LUA_ERRMEM && !reached) || !lua_checkstack(L, 4)) {
    lua_pop(L, 1);
    return error_set_memory(handle);
  }
  handle->errors++;
  reserve(handle, "an error, and not enough memory to say which");
  lua_pushcfunction(L, describe);
  lua_pushlightuserdata(L, &t);
  lua_rotate(L, -3, 2);
  if (lua_pcall(L, 2, 0, 0) == LUA_OK) return handle->error.code;
  lua_pop(L, 1);
  return set_reserved(handle, t.code);
}
