/* SPDX-License-Identifier: MIT
 * json.h - Lua values to and from JSON text: what leat.json, write_jsonl and
 * tostring(record) share.
 *
 *   json_decode.c   tape -> plain Lua tables, leat.json.decode
 *   json_buffer.c   bytes being written, and memory kept between calls
 *   json_encode.c   Lua values -> text, leat.json.encode
 *   null.c          leat.null, leat.array and the mark it sets
 */
#ifndef LEAT_BINDING_JSON_H
#define LEAT_BINDING_JSON_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bytes/error.h"
#include "bytes/json.h"
#include "bytes/memory.h"
#include "json_buffer.h"

/* Nesting of tables that can be written. */
#define JSON_WRITE_DEPTH 1000

/* Appends the value at `index` as JSON on one line to `out`, without a line
 * end. Untouched records are copied as they were read. On an error (VALUE,
 * DEPTH, SIZE, MEMORY) `out` is as it was, without memory perhaps empty, and
 * the message says which part of the value it is about: "cannot write items[3].price: NaN has no
 * JSON form; use leat.null". Leaves the Lua stack as it was; may raise memory errors. */
leat_code json_write_value (lua_State *L, int index, struct json_buffer *out,
                            struct leat_error *e);

/* Pushes the value at tape->words[index] as plain Lua values: null fields left
 * out, null elements (and a null by itself) as leat.null, arrays marked. */
void json_push_words (lua_State *L, const uint64_t *words, const char *text,
                      size_t index);
static inline void json_push_table (lua_State *L, const struct json_tape *tape,
                                    const char *text, size_t index) {
  json_push_words(L, tape->words, text, index);
}

/* Pushes the scalar that `word` is (any kind but OBJECT, ARRAY; null as
 * leat.null). */
void json_push_scalar (lua_State *L, const char *text, uint64_t word);
/* The value of a JSON_INTEGER. */
int64_t json_integer (const char *text, uint64_t word);

/* leat.null: one value for each state, compared by identity. */
void null_push (lua_State *L);
bool null_is (lua_State *L, int index);

/* The mark leat.array sets, a metatable: pushes it; whether a table has it. */
void array_push_mark (lua_State *L);
bool array_is_marked (lua_State *L, int index);

/* Registers the metatables of null and of marked arrays (record_open calls it). */
void null_open (lua_State *L);

/* Adds null, table, array, has and json = {encode, decode} to the table at the
 * top of the stack. */
void json_library (lua_State *L);

/* Parts of json_library. */
int null_array_function (lua_State *L);
void json_push_decode (lua_State *L);
void json_push_encode (lua_State *L);
/* Pushes the __tostring of records: JSON, or what keeps it from being written. It
 * raises no error but for memory, since messages of other errors are made with it. */
void json_push_tostring (lua_State *L);

#endif
