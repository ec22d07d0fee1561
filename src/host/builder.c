/* SPDX-License-Identifier: MIT
 * builder.c - writing items.
 *
 * A builder knows no Lua: what a host's callback adds is kept in C, lists and records as JSON text,
 * and becomes Lua values when the callback has returned. So nothing here raises through the
 * callback's frame.
 *
 * The memory of a builder is kept by the handle for the next callback; that of a large item is
 * not.
 */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <lauxlib.h>

#include "binding/record.h"
#include "bytes/number.h"
#include "core/failure.h"
#include "host/handle.h"

/* Text beyond this is not kept. */
#define KEPT_BYTES ((size_t)64 * 1024)

leat_builder *builder_take (leat *handle) {
  const struct memory *memory = &handle->memory.memory;
  leat_builder *b = handle->builders;
  if (b != NULL) handle->builders = b->next;
  else {
    b = memory_resize(memory, NULL, 0, sizeof *b);
    if (b == NULL) return NULL;
    memset(b, 0, sizeof *b);
    b->handle = handle;
    b->text.memory = memory;
    b->tape.memory = memory;
  }
  b->next = NULL;
  b->code = LEAT_OK;
  b->message[0] = '\0';
  b->count = b->depth = b->text.length = 0;
  b->comma = b->named = false;
  return b;
}

void builder_give_back (leat_builder *b) {
  if (b->text.capacity > KEPT_BYTES) {
    json_buffer_free(&b->text);
    json_tape_free(&b->tape);
    b->text = (struct json_buffer){ .memory = b->tape.memory };
  }
  b->next = b->handle->builders;
  b->handle->builders = b;
}

void builder_free_all (leat *handle) {
  const struct memory *memory = &handle->memory.memory;
  while (handle->builders != NULL) {
    leat_builder *b = handle->builders;
    handle->builders = b->next;
    json_buffer_free(&b->text);
    json_tape_free(&b->tape);
    memory_free(memory, b->parts, b->capacity * sizeof *b->parts);
    memory_free(memory, b->nesting, b->nesting_capacity);
    memory_free(memory, b, sizeof *b);
  }
}

/* Why nothing more can be added, or LEAT_OK. */
static leat_code stopped (const leat_builder *b) { return b == NULL ? LEAT_E_USE : b->code; }

leat_code leat_fail (leat_builder *b, leat_code code, const char *format, ...) {
  va_list arguments;
  if (code <= LEAT_AGAIN || code >= LEAT_CODE_COUNT) code = LEAT_E_CALLBACK;
  if (b == NULL) return code;
  if (b->code != LEAT_OK) return b->code;
  b->code = code;
  va_start(arguments, format);
  vsnprintf(b->message, sizeof b->message, format != NULL ? format : "failed", arguments);
  va_end(arguments);
  return b->code;
}

static leat_code fail_memory (leat_builder *b) {
  return leat_fail(b, LEAT_E_MEMORY, "not enough memory");
}

static leat_code append (leat_builder *b, const char *bytes, size_t length) {
  return json_buffer_append(&b->text, bytes, length) ? LEAT_OK : fail_memory(b);
}

/* A new part, or NULL. */
static struct builder_part *new_part (leat_builder *b, leat_kind kind) {
  if (b->count == b->capacity) {
    size_t wanted = b->capacity == 0 ? 4 : b->capacity * 2;
    struct builder_part *parts = memory_resize(b->text.memory, b->parts,
                                               b->capacity * sizeof *parts,
                                               wanted * sizeof *parts);
    if (parts == NULL) {
      fail_memory(b);
      return NULL;
    }
    b->parts = parts;
    b->capacity = wanted;
  }
  struct builder_part *part = &b->parts[b->count++];
  part->kind = kind;
  return part;
}

/* Before a value inside a list or record: its comma. */
static leat_code begin_value (leat_builder *b) {
  if (b->nesting[b->depth - 1] == '{') {
    if (!b->named)
      return leat_fail(b, LEAT_E_USE, "a value was added to a record without leat_add_field "
                                      "before it");
    b->named = false;
    return LEAT_OK;
  }
  bool comma = b->comma;
  b->comma = true;
  return comma ? append(b, ",", 1) : LEAT_OK;
}

/* A scalar inside a list or record. */
static leat_code add_text (leat_builder *b, const char *text, size_t length) {
  leat_code code = begin_value(b);
  return code == LEAT_OK ? append(b, text, length) : code;
}

leat_code leat_add_null (leat_builder *b) {
  if (stopped(b) != LEAT_OK) return stopped(b);
  if (b->depth > 0) return add_text(b, "null", 4);
  new_part(b, LEAT_NULL);
  return b->code;
}

leat_code leat_add_bool (leat_builder *b, bool value) {
  if (stopped(b) != LEAT_OK) return stopped(b);
  if (b->depth > 0) return value ? add_text(b, "true", 4) : add_text(b, "false", 5);
  struct builder_part *part = new_part(b, LEAT_BOOL);
  if (part != NULL) part->u.flag = value;
  return b->code;
}

leat_code leat_add_int (leat_builder *b, int64_t value) {
  if (stopped(b) != LEAT_OK) return stopped(b);
  if (b->depth > 0) {
    char digits[NUMBER_MAX_TEXT];
    return add_text(b, digits, number_write_integer(value, digits));
  }
  struct builder_part *part = new_part(b, LEAT_INT);
  if (part != NULL) part->u.integer = value;
  return b->code;
}

leat_code leat_add_double (leat_builder *b, double value) {
  if (stopped(b) != LEAT_OK) return stopped(b);
  if (b->depth > 0) {
    char digits[NUMBER_MAX_TEXT];
    if (!isfinite(value))
      return leat_fail(b, LEAT_E_VALUE, "%s has no JSON form; add null in its place",
                       isnan(value) ? "NaN" : "an infinity");
    return add_text(b, digits, number_write_double(value, digits));
  }
  struct builder_part *part = new_part(b, LEAT_DOUBLE);
  if (part != NULL) part->u.number = value;
  return b->code;
}

/* Appends a string of JSON. */
static leat_code append_quoted (leat_builder *b, const char *bytes, size_t length) {
  size_t bad = 0;
  if (length > JSON_MAX_TEXT)
    return leat_fail(b, LEAT_E_SIZE, "a string is longer than 2^30 bytes");
  if (!json_buffer_reserve(&b->text, json_quoted_bound(length))) return fail_memory(b);
  size_t made = json_quote(bytes, length, b->text.bytes + b->text.length, &bad);
  if (made == 0)
    return leat_fail(b, LEAT_E_ENCODING, "a string in a list or record is not valid UTF-8 at "
                                         "byte %zu", bad + 1);
  b->text.length += made;
  return LEAT_OK;
}

leat_code leat_add_string (leat_builder *b, const char *bytes, size_t length) {
  if (stopped(b) != LEAT_OK) return stopped(b);
  if (bytes == NULL && length > 0)
    return leat_fail(b, LEAT_E_USE, "leat_add_string needs the bytes of the string");
  if (bytes == NULL) bytes = "";
  if (b->depth > 0) {
    leat_code code = begin_value(b);
    return code == LEAT_OK ? append_quoted(b, bytes, length) : code;
  }
  struct builder_part *part = new_part(b, LEAT_STRING);
  if (part == NULL) return b->code;
  part->u.text.at = b->text.length;
  part->u.text.length = length;
  return append(b, bytes, length);
}

/* A part whose JSON text begins here. */
static leat_code begin_json (leat_builder *b) {
  struct builder_part *part = new_part(b, LEAT_RECORD);
  if (part != NULL) part->u.text.at = b->text.length;
  return b->code;
}

/* It ends here. */
static void end_json (leat_builder *b) {
  struct builder_part *part = &b->parts[b->count - 1];
  part->u.text.length = b->text.length - part->u.text.at;
}

/* Scans the last `length` bytes of the text. */
static leat_code scan (leat_builder *b, size_t at, size_t length) {
  static const struct json_options options = { .max_depth = JSON_DEFAULT_DEPTH };
  struct leat_error e;
  if (!json_buffer_reserve(&b->text, JSON_PADDING)) return fail_memory(b);
  memset(b->text.bytes + b->text.length, 0, JSON_PADDING);
  leat_code code = json_scan(&b->tape, b->text.bytes + at, length, &options, &e);
  if (code == LEAT_OK) return code;
  return leat_fail(b, code, "malformed JSON: line %zu, column %zu: %s", e.line, e.column,
                   e.message);
}

leat_code leat_add_json (leat_builder *b, const char *text, size_t length) {
  leat_code code = stopped(b);
  if (code != LEAT_OK) return code;
  if (text == NULL) return leat_fail(b, LEAT_E_USE, "leat_add_json needs a text");
  if (length > JSON_MAX_TEXT)
    return leat_fail(b, LEAT_E_SIZE, "the JSON text is longer than 2^30 bytes");
  code = b->depth > 0 ? begin_value(b) : begin_json(b);
  size_t at = b->text.length;
  if (code == LEAT_OK) code = append(b, text, length);
  if (code == LEAT_OK) code = scan(b, at, length);
  if (code == LEAT_OK && b->depth == 0) end_json(b);
  return code;
}

static leat_code begin (leat_builder *b, const char *bracket) {
  leat_code code = stopped(b);
  if (code != LEAT_OK) return code;
  if (b->depth == JSON_DEFAULT_DEPTH)
    return leat_fail(b, LEAT_E_DEPTH, "nested deeper than %d levels", JSON_DEFAULT_DEPTH);
  if (b->depth == b->nesting_capacity) {
    size_t wanted = b->nesting_capacity + 16;
    char *nesting = memory_resize(b->text.memory, b->nesting, b->nesting_capacity, wanted);
    if (nesting == NULL) return fail_memory(b);
    b->nesting = nesting;
    b->nesting_capacity = wanted;
  }
  code = b->depth > 0 ? begin_value(b) : begin_json(b);
  if (code == LEAT_OK) code = append(b, bracket, 1);
  if (code != LEAT_OK) return code;
  b->nesting[b->depth++] = *bracket;
  b->comma = b->named = false;
  return LEAT_OK;
}

leat_code leat_begin_list (leat_builder *b) { return begin(b, "["); }
leat_code leat_begin_record (leat_builder *b) { return begin(b, "{"); }

leat_code leat_add_field (leat_builder *b, const char *name) {
  leat_code code = stopped(b);
  if (code != LEAT_OK) return code;
  if (name == NULL) return leat_fail(b, LEAT_E_USE, "leat_add_field needs a name");
  if (b->depth == 0 || b->nesting[b->depth - 1] != '{')
    return leat_fail(b, LEAT_E_USE, "the field '%s' was added outside a record", name);
  if (b->named)
    return leat_fail(b, LEAT_E_USE, "the field '%s' was added where the value of the one before "
                                    "it was expected", name);
  if (b->comma) code = append(b, ",", 1);
  if (code == LEAT_OK) code = append_quoted(b, name, strlen(name));
  if (code == LEAT_OK) code = append(b, ":", 1);
  b->named = b->comma = true;
  return code;
}

leat_code leat_end (leat_builder *b) {
  leat_code code = stopped(b);
  if (code != LEAT_OK) return code;
  if (b->depth == 0) return leat_fail(b, LEAT_E_USE, "leat_end without a list or record");
  if (b->named) return leat_fail(b, LEAT_E_USE, "a record ends where a field's value was expected");
  code = append(b, b->nesting[b->depth - 1] == '{' ? "}" : "]", 1);
  if (code != LEAT_OK) return code;
  b->depth--;
  b->comma = true; /* what is around has a value now */
  if (b->depth == 0) end_json(b);
  return LEAT_OK;
}

leat_code builder_finish (leat_builder *b) {
  if (b->code == LEAT_OK && b->depth > 0)
    return leat_fail(b, LEAT_E_USE, "a list or record was begun and not ended with leat_end");
  return b->code;
}

int builder_push (leat_builder *b, lua_State *L) {
  luaL_checkstack(L, b->count < 1000000 ? (int)b->count + LUA_MINSTACK : 1000000,
                  "too many parts in an item");
  for (size_t i = 0; i < b->count; i++) {
    const struct builder_part *part = &b->parts[i];
    switch (part->kind) {
      case LEAT_NULL: null_push(L); break;
      case LEAT_BOOL: lua_pushboolean(L, part->u.flag); break;
      case LEAT_INT: lua_pushinteger(L, part->u.integer); break;
      case LEAT_DOUBLE: lua_pushnumber(L, part->u.number); break;
      case LEAT_STRING:
        lua_pushlstring(L, part->u.text.length > 0 ? b->text.bytes + part->u.text.at : "",
                        part->u.text.length);
        break;
      default:
        if (scan(b, part->u.text.at, part->u.text.length) != LEAT_OK) {
          failure_push(L, b->code, "%s", b->message);
          lua_error(L);
        }
        record_push_line(L, record_metatable(L), &b->tape, b->text.bytes + part->u.text.at,
                         part->u.text.length);
    }
  }
  return (int)b->count;
}
