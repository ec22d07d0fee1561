/* SPDX-License-Identifier: MIT
 * record_make.h - records made out of parts of others.
 *
 * A maker writes a new record, text and tape, member by member. What it takes from the text
 * of another record keeps its exact text, and what was changed there stays changed; the new
 * record shares no container of the text with the old one, so neither sees what is assigned
 * to the other. Lua values that JSON can write become text too; tables and others are
 * assigned.
 *
 * record_maker_begin, then record_maker_* for the members, then record_maker_end. Between
 * them the slot that `begin` has pushed is the maker's. All may raise memory errors, and are
 * sound after them: `begin` begins anew. Indices are absolute.
 */
#ifndef LEAT_BINDING_RECORD_MAKE_H
#define LEAT_BINDING_RECORD_MAKE_H

#include <lua.h>
#include <stdbool.h>

#include "bytes/json.h"
#include "json_buffer.h"
#include "record.h"

struct record_maker {
  struct memory memory;
  struct json_buffer text;
  struct json_buffer name; /* of record_maker_flatten */
  struct json_tape tape;
  int slot;     /* what is assigned: a table, or nil; then the record */
  size_t count; /* members */
  uint64_t flags;
};

void record_maker_open (lua_State *L, struct record_maker *m);
void record_maker_free (struct record_maker *m);

/* What a name or the whole can be refused for. */
enum record_made { RECORD_MADE, RECORD_NOT_UTF8, RECORD_TOO_LARGE, RECORD_TOO_DEEP,
                   RECORD_TWICE, RECORD_NO_NAMES };

/* Pushes the slot of a new object. */
void record_maker_begin (lua_State *L, struct record_maker *m);
/* The record, in the slot: RECORD_MADE or RECORD_TOO_LARGE. */
enum record_made record_maker_end (lua_State *L, struct record_maker *m);

/* Adds the members of the record object at `index`, null ones too. Where the table at
 * `edits` (0: none) has something for a name: a string is the new name, false leaves the
 * member out, an integer i puts the value at stack index values + i in its place (nil: leaves
 * it out). RECORD_MADE or RECORD_NOT_UTF8. */
enum record_made record_maker_members (lua_State *L, struct record_maker *m, int index,
                                       int edits, int values);

/* Adds a member: the value at `value` under the string at `name`. */
enum record_made record_maker_add (lua_State *L, struct record_maker *m, int name, int value);

/* Adds, under the string at `name`, the field of the record object at `index` that the
 * string at `key` names; nothing when that is missing. */
enum record_made record_maker_add_field (lua_State *L, struct record_maker *m, int name,
                                         int index, int key);

/* Pushes a copy of the record at `index`, object or array. */
enum record_made record_maker_copy (lua_State *L, struct record_maker *m, int index);

/* Is the value at `index` a record with the same text as the record at `whole`? */
bool record_is_part_of (lua_State *L, int index, int whole);

/* A list in a record: for a copy for each element. */
struct record_array {
  size_t array;   /* word of what the text has in its place; 0: nothing */
  size_t element; /* of its next element; 0: the list is not what the text has */
};
/* Is what the path at `path` (a list as in core/path.h) finds in the record at `index` an array in
 * its text, as it is there? */
bool record_array_find (lua_State *L, int index, int path, struct record_array *a);
/* Pushes a copy of the record at `index` with the next element in the place of what the text has
 * at a->array, or with null. */
enum record_made record_maker_explode (lua_State *L, struct record_maker *m, int index,
                                       struct record_array *a);

/* Pushes the record or table at `index` as one of the same kind without objects in it: their
 * fields are named by the names on the way, joined with `separator`. Arrays stay. When two
 * fields would have the same name (RECORD_TWICE), that is on top. RECORD_NO_NAMES: a key of the
 * table is no string. */
enum record_made record_maker_flatten (lua_State *L, struct record_maker *m, int index,
                                       const char *separator, size_t length);

/* Pushes the list of the keys of the table at `index` in the order of their bytes, and true;
 * false: a key is no string, and nothing is pushed. */
bool record_push_names (lua_State *L, int index);

#endif
