/* SPDX-License-Identifier: MIT
 * item.c - reading items.
 *
 * The common cases are read without a call of Lua's: an item that is one scalar, and a path of
 * names into a record whose path has been seen before. The others are found by query, protected.
 */
#include <math.h>
#include <string.h>

#include <lauxlib.h>

#include "bytes/number.h"
#include "core/failure.h"
#include "core/path.h"
#include "host/handle.h"

/* --- copies --- */

/* Room for length bytes and a NUL, kept with the item; NULL: no memory, which is said. */
static char *item_room (leat_item *item, size_t length) {
  size_t size = sizeof (struct item_copy) + length + 1;
  struct item_copy *copy =
      length < SIZE_MAX / 2 ? memory_resize(&item->handle->memory.memory, NULL, 0, size) : NULL;
  if (copy == NULL) {
    error_set_memory(item->handle);
    return NULL;
  }
  copy->next = item->copies;
  copy->size = size;
  item->copies = copy;
  copy->bytes[length] = '\0';
  return copy->bytes;
}

static const char *item_copy (leat_item *item, const char *bytes, size_t length) {
  char *room = item_room(item, length);
  if (room != NULL) memcpy(room, bytes, length);
  return room;
}

void item_forget (leat_item *item) {
  while (item->copies != NULL) {
    struct item_copy *copy = item->copies;
    item->copies = copy->next;
    memory_free(&item->handle->memory.memory, copy, copy->size);
  }
}

/* --- what a path finds --- */

/* A value, as far as C has it. */
struct found {
  leat_kind kind;
  bool flag;
  lua_Integer integer;
  lua_Number number;
  const char *bytes; /* of a string: those, or NULL: it is escaped */
  size_t length;     /* of it, or of a list */
};

/* The value at `index`. Raises nothing. */
static struct found found_at (lua_State *L, int index) {
  struct found f = { .kind = LEAT_OTHER };
  switch (lua_type(L, index)) {
    case LUA_TNONE: f.kind = LEAT_MISSING; break;
    case LUA_TNIL: f.kind = LEAT_NULL; break;
    case LUA_TBOOLEAN:
      f.kind = LEAT_BOOL;
      f.flag = lua_toboolean(L, index);
      break;
    case LUA_TNUMBER:
      f.kind = lua_isinteger(L, index) ? LEAT_INT : LEAT_DOUBLE;
      f.integer = lua_tointegerx(L, index, NULL);
      f.number = lua_tonumberx(L, index, NULL);
      break;
    case LUA_TSTRING:
      f.kind = LEAT_STRING;
      f.bytes = lua_tolstring(L, index, &f.length);
      break;
    case LUA_TTABLE:
      f.length = (size_t)lua_rawlen(L, index);
      f.kind = f.length > 0 || array_is_marked(L, index) ? LEAT_LIST : LEAT_RECORD;
      break;
    case LUA_TUSERDATA:
      if (record_kind_at(L, index) == RECORD_OBJECT) f.kind = LEAT_RECORD;
      else if (record_kind_at(L, index) == RECORD_ARRAY) {
        f.kind = LEAT_LIST;
        f.length = record_array_length(L, index);
      }
      else if (null_is(L, index)) f.kind = LEAT_NULL;
      break;
    default: break;
  }
  return f;
}

static struct found found_in_place (const struct item *item) {
  struct found f = { .kind = LEAT_STRING };
  switch (item->kind) {
    case ITEM_INTEGER:
      f.kind = LEAT_INT;
      f.integer = item->u.integer;
      f.number = (lua_Number)item->u.integer;
      break;
    case ITEM_NUMBER:
      f.kind = LEAT_DOUBLE;
      f.number = item->u.number;
      break;
    default:
      f.bytes = item->u.text.bytes;
      f.length = item->u.text.length;
  }
  return f;
}

enum wish { WISH_VALUE, WISH_BYTES, WISH_JSON };

struct query {
  leat_item *item;
  const char *path;
  enum wish wish;
  struct found found;
  leat_code code;
};

/* Paths that are kept. */
#define MANY_PATHS 500

static struct path_seen *seen_slot (leat *handle, const char *path) {
  uintptr_t address = (uintptr_t)path;
  return &handle->seen[(address ^ address >> 4 ^ address >> 8) % PATHS_SEEN];
}

/* Remembers the path on top, whose text is below it and the table of paths below that: text ->
 * path, and path -> its names, if it has nothing else. */
static void see_path (lua_State *L, const struct query *q) {
  lua_pushvalue(L, -1);
  lua_rawget(L, -4);
  const struct path_names *names = lua_touserdata(L, -1);
  lua_pop(L, 1);
  if (names == NULL) return;
  lua_rawgeti(L, -1, 1);
  *seen_slot(q->item->handle, q->path) =
      (struct path_seen){ lua_tostring(L, -3), names, lua_tointeger(L, -1) };
  lua_pop(L, 1);
}

/* Follows a path that was seen into a record that has not been changed on the way, and reads a
 * scalar there. False: find it in another way. */
static bool find_seen (const leat_item *item, const char *path, struct found *f) {
  const struct path_seen *seen = seen_slot(item->handle, path);
  struct record_spot spot;
  size_t length;
  if (seen->text == NULL || item->item.kind != ITEM_VALUE || strcmp(seen->text, path) != 0)
    return false;
  lua_Integer part = seen->part == 0 ? item->item.count : seen->part;
  if (part > item->item.count ||
      !record_spot_at(item->L, item->item.at + (int)part - 1, &spot) ||
      !path_follow_names(seen->names, &spot))
    return false;
  switch (record_spot_kind(&spot)) {
    case JSON_NULL:
      *f = (struct found){ .kind = spot.found ? LEAT_NULL : LEAT_MISSING };
      return true;
    case JSON_FALSE: *f = (struct found){ .kind = LEAT_BOOL }; return true;
    case JSON_TRUE: *f = (struct found){ .kind = LEAT_BOOL, .flag = true }; return true;
    case JSON_INTEGER:
      *f = (struct found){ .kind = LEAT_INT, .integer = record_spot_integer(&spot) };
      f->number = (lua_Number)f->integer;
      return true;
    case JSON_FLOAT: {
      const char *digits = record_spot_bytes(&spot, &length);
      *f = (struct found){ .kind = LEAT_DOUBLE };
      return number_read_double(digits, length, &f->number);
    }
    case JSON_STRING:
    case JSON_BYTES:
      *f = (struct found){ .kind = LEAT_STRING };
      f->bytes = record_spot_bytes(&spot, &f->length);
      return true;
    default: return false;
  }
}

/* Parses the text on top and keeps the path in the table below; pushes the path. */
static void parse_path (lua_State *L, leat *handle) {
  lua_pushvalue(L, -1);
  if (!path_parse(L)) {
    failure_push(L, LEAT_E_USE, "%s", lua_tostring(L, -1));
    lua_error(L);
  }
  if (++handle->paths > MANY_PATHS) { /* as of items[1], items[2] ...: begin anew */
    handle->paths = 1;
    memset(handle->seen, 0, sizeof handle->seen);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    handle_keep(handle, L, KEPT_PATHS);
    lua_replace(L, -4);
  }
  lua_pushvalue(L, -1);
  path_push_names(L, lua_gettop(L));
  lua_rawset(L, -5);
  lua_pushvalue(L, -2);
  lua_pushvalue(L, -2);
  lua_rawset(L, -5);
}

/* Pushes the parsed path, from the ones kept if it is there. */
static void push_path (lua_State *L, const struct query *q) {
  handle_push(q->item->handle, L, KEPT_PATHS);
  lua_pushstring(L, q->path);
  lua_pushvalue(L, -1);
  if (lua_rawget(L, -3) == LUA_TNIL) {
    lua_pop(L, 1);
    parse_path(L, q->item->handle);
  }
  see_path(L, q);
  lua_replace(L, -3);
  lua_pop(L, 1);
}

/* Pushes what the path finds in the parts from `first` to the top; missing is none. */
static bool push_found (lua_State *L, const struct query *q, int first) {
  int count = lua_gettop(L) - first + 1;
  if (q->path == NULL) return count > 0;
  push_path(L, q);
  int path = lua_gettop(L);
  lua_rawgeti(L, path, 1);
  lua_Integer part = lua_tointeger(L, -1);
  lua_pop(L, 1);
  if (part == 0) part = count;
  if (part < 1 || part > count) return false;
  bool steps = lua_rawlen(L, path) > 1;
  path_push_exact(L, path, first + (int)part - 1);
  return !steps || !lua_isnil(L, -1);
}

/* Appends the parts from `first` on as JSON, several of them as a list. */
static leat_code write_json (lua_State *L, int first, int count, struct json_buffer *out,
                             struct leat_error *e) {
  leat_code code = LEAT_OK;
  bool ok = count == 1 || json_buffer_append(out, "[", 1);
  for (int i = 0; ok && i < count && code == LEAT_OK; i++) {
    if (i > 0) ok = json_buffer_append(out, ",", 1);
    if (lua_isnil(L, first + i)) ok = ok && json_buffer_append(out, "null", 4);
    else if (ok) code = json_write_value(L, first + i, out, e);
  }
  if (code != LEAT_OK) return code;
  if (ok && (count == 1 || json_buffer_append(out, "]", 1))) return LEAT_OK;
  *e = (struct leat_error){ .code = LEAT_E_MEMORY, .message = "not enough memory" };
  return LEAT_E_MEMORY;
}

/* Sets q->found to the JSON text. */
static void find_json (lua_State *L, struct query *q, int first, int count) {
  struct leat_error e;
  struct json_scratch *s = json_scratch_push(L);
  leat_code code = count == 0 ? LEAT_OK : write_json(L, first, count, &s->buffer, &e);
  if (count == 0 && !json_buffer_append(&s->buffer, "null", 4))
    e.code = code = LEAT_E_MEMORY, strcpy(e.message, "not enough memory");
  if (code == LEAT_OK) {
    q->found.bytes = item_copy(q->item, s->buffer.bytes, s->buffer.length);
    q->found.length = s->buffer.length;
    if (q->found.bytes == NULL) q->code = LEAT_E_MEMORY;
  }
  else
    q->code = error_set(q->item->handle, code, "%s", e.message);
  json_scratch_done(s);
}

/* (query, parts...) */
static int query (lua_State *L) {
  struct query *q = lua_touserdata(L, 1);
  const struct item *item = &q->item->item;
  luaL_checkstack(L, LUA_MINSTACK, NULL);
  switch (item->kind) {
    case ITEM_INTEGER: lua_pushinteger(L, item->u.integer); break;
    case ITEM_NUMBER: lua_pushnumber(L, item->u.number); break;
    case ITEM_TEXT: lua_pushlstring(L, item->u.text.bytes, item->u.text.length); break;
    case ITEM_VALUE: break;
  }
  int first = 2, count = lua_gettop(L) - 1;
  if (push_found(L, q, first) == false) {
    q->found.kind = LEAT_MISSING;
    if (q->wish == WISH_JSON) find_json(L, q, first, 0);
    return 0;
  }
  if (q->path != NULL) {
    first = lua_gettop(L);
    count = 1;
  }
  if (q->wish == WISH_JSON) {
    find_json(L, q, first, count);
    return 0;
  }
  q->found = found_at(L, lua_gettop(L));
  if (count > 1) q->found = (struct found){ .kind = LEAT_LIST, .length = (size_t)count };
  if (q->wish != WISH_BYTES || q->found.kind != LEAT_STRING) return 0;
  q->found.bytes = item_copy(q->item, q->found.bytes, q->found.length);
  if (q->found.bytes == NULL) q->code = LEAT_E_MEMORY;
  return 0;
}

/* "_" is the item itself, as NULL is. */
static bool is_whole (const char *path) {
  return path == NULL || (path[0] == '_' && path[1] == '\0');
}

/* `out` is where the caller wants it. */
static leat_code find (leat_item *item, const char *path, enum wish wish, const void *out,
                       struct found *found) {
  if (item == NULL) return LEAT_E_USE;
  if (out == NULL) return error_set(item->handle, LEAT_E_USE, "leat_get_... needs a place for what "
                                                             "it finds");
  lua_State *L = item->L;
  if (item->handle->busy && !item->in_callback)
    return error_set(item->handle, LEAT_E_USE, "the item of a run was read in a callback");
  if (is_whole(path)) path = NULL;
  if (path == NULL && wish != WISH_JSON) {
    if (item->item.kind != ITEM_VALUE) *found = found_in_place(&item->item);
    else if (item->item.count == 1) *found = found_at(L, item->item.at);
    else if (item->item.count == 0) *found = (struct found){ .kind = LEAT_MISSING };
    else *found = (struct found){ .kind = LEAT_LIST, .length = (size_t)item->item.count };
    if (wish != WISH_BYTES || found->kind != LEAT_STRING || item->item.kind == ITEM_VALUE)
      return LEAT_OK;
    found->bytes = item_copy(item, found->bytes, found->length);
    return found->bytes != NULL ? LEAT_OK : LEAT_E_MEMORY;
  }
  if (path != NULL && wish != WISH_JSON && find_seen(item, path, found)) {
    if (wish != WISH_BYTES || found->kind != LEAT_STRING) return LEAT_OK;
    found->bytes = item_copy(item, found->bytes, found->length);
    return found->bytes != NULL ? LEAT_OK : LEAT_E_MEMORY;
  }
  struct query q = { .item = item, .path = path, .wish = wish };
  int parts = item->item.kind == ITEM_VALUE ? item->item.count : 0;
  if (!lua_checkstack(L, parts + LUA_MINSTACK))
    return error_set_memory(item->handle);
  if (!item->in_callback) handle_begin(item->handle);
  lua_pushcfunction(L, query);
  lua_pushlightuserdata(L, &q);
  for (int i = 0; i < parts; i++) lua_pushvalue(L, item->item.at + i);
  int status = lua_pcall(L, 1 + parts, 0, 0);
  if (status != LUA_OK) return error_take(item->handle, L, status);
  *found = q.found;
  return q.code;
}

/* --- the calls --- */

static leat_code fail_kind (leat_item *item, const char *path, const struct found *found,
                            const char *wanted) {
  static const char *const kinds[] = {
    [LEAT_MISSING] = "missing", [LEAT_NULL] = "null", [LEAT_BOOL] = "a boolean",
    [LEAT_INT] = "an integer", [LEAT_DOUBLE] = "a double",
    [LEAT_STRING] = "a string", [LEAT_LIST] = "a list", [LEAT_RECORD] = "a record",
    [LEAT_OTHER] = "neither data nor text"
  };
  if (is_whole(path))
    return error_set(item->handle, LEAT_E_ITEM, "expected the item to be %s, but it is %s", wanted,
                     leat_get_parts(item) > 1 ? "a tuple" : kinds[found->kind]);
  return error_set(item->handle, LEAT_E_ITEM, "expected '%s' to be %s, but it is %s", path, wanted,
                   kinds[found->kind]);
}

leat_code leat_get_kind (leat_item *item, const char *path, leat_kind *kind) {
  struct found f;
  leat_code code = find(item, path, WISH_VALUE, kind, &f);
  if (code == LEAT_OK) *kind = f.kind;
  return code;
}

leat_code leat_get_bool (leat_item *item, const char *path, bool *value) {
  struct found f;
  leat_code code = find(item, path, WISH_VALUE, value, &f);
  if (code != LEAT_OK) return code;
  if (f.kind != LEAT_BOOL) return fail_kind(item, path, &f, "a boolean");
  *value = f.flag;
  return LEAT_OK;
}

leat_code leat_get_int (leat_item *item, const char *path, int64_t *value) {
  if (path == NULL && item != NULL && value != NULL && item->item.kind == ITEM_INTEGER) {
    *value = item->item.u.integer;
    return LEAT_OK;
  }
  struct found f;
  leat_code code = find(item, path, WISH_VALUE, value, &f);
  if (code != LEAT_OK) return code;
  if (f.kind == LEAT_DOUBLE && lua_numbertointeger(floor(f.number), &f.integer) &&
      (lua_Number)f.integer == f.number)
    f.kind = LEAT_INT;
  if (f.kind != LEAT_INT) return fail_kind(item, path, &f, "an integer");
  *value = f.integer;
  return LEAT_OK;
}

leat_code leat_get_double (leat_item *item, const char *path, double *value) {
  struct found f;
  leat_code code = find(item, path, WISH_VALUE, value, &f);
  if (code != LEAT_OK) return code;
  if (f.kind != LEAT_INT && f.kind != LEAT_DOUBLE) return fail_kind(item, path, &f, "a number");
  *value = f.number;
  return LEAT_OK;
}

leat_code leat_get_string (leat_item *item, const char *path, const char **bytes, size_t *length) {
  struct found f;
  leat_code code = find(item, path, WISH_BYTES, bytes, &f);
  if (code != LEAT_OK) return code;
  if (f.kind != LEAT_STRING) return fail_kind(item, path, &f, "a string");
  *bytes = f.bytes;
  if (length != NULL) *length = f.length;
  return LEAT_OK;
}

leat_code leat_get_json (leat_item *item, const char *path, const char **text, size_t *length) {
  struct found f;
  leat_code code = find(item, path, WISH_JSON, text, &f);
  if (code != LEAT_OK) return code;
  *text = f.bytes;
  if (length != NULL) *length = f.length;
  return LEAT_OK;
}

leat_code leat_get_length (leat_item *item, const char *path, size_t *length) {
  struct found f;
  leat_code code = find(item, path, WISH_VALUE, length, &f);
  if (code != LEAT_OK) return code;
  if (f.kind != LEAT_LIST) return fail_kind(item, path, &f, "a list");
  *length = f.length;
  return LEAT_OK;
}

size_t leat_get_parts (const leat_item *item) {
  if (item == NULL) return 0;
  return item->item.kind == ITEM_VALUE ? (size_t)item->item.count : 1;
}
