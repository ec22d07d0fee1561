/* SPDX-License-Identifier: MIT
 * record.h - lazy records: JSON objects and arrays as Lua values that are read
 * where they are touched.
 *
 * A record is a userdata that owns a copy of its line's text and of the tape
 * the scanner made of it (see bytes/json.h); `r.user` gives a view of the same
 * text. To a script both behave as tables do, with three differences: fields
 * keep their order, what is not assigned keeps its exact text when written, and
 * `==` compares contents.
 *
 * All functions here may raise memory errors, and no others unless they say so.
 * Those that push leave exactly one value more on the stack; none yields, and
 * none calls a Lua function (finalizers of the user may run where the collector
 * does).
 */
#ifndef LEAT_BINDING_RECORD_H
#define LEAT_BINDING_RECORD_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>

#include "bytes/csv_marks.h"
#include "bytes/csv_value.h"
#include "bytes/json.h"

/* Registers the metatables of records, null and arrays. Called once for each
 * Lua state, before anything else of this file or of json.h. */
void record_open (lua_State *L);

/* The number under which the registry has the metatable of records: those who make many ask for
 * it once, as a search by an address takes 100 instructions of 2,850 for a row of ten columns. */
int record_metatable (lua_State *L);

/* Pushes the item that a scanned line is: an object or an array as a record,
 * a scalar as itself, null as leat.null. `text` is what json_scan was given.
 * Returns 1, the number of values pushed. */
int record_push_line (lua_State *L, int metatable, const struct json_tape *tape,
                      const char *text, size_t length);

/* Rows of a table are records of text that is no JSON. Their words are those of an object or array
 * of scalars, as json_scan makes them, but that text is JSON_BYTES; the second word is filled in
 * here. Offsets count in a front, which has the names, quoted, no two of them the same, and the
 * literals; in the row's text; and in what the text has in another form, one behind the other. */

/* What a front begins with, so that these are words, too. */
#define RECORD_LITERALS "nulltruefalse"

/* The word of a value of `length` bytes at `at`, or of a literal, which is in the front. */
static inline uint64_t record_row_word (size_t at, size_t length, enum json_kind kind) {
  switch (kind) {
    case JSON_NULL: return json_word(0, 4, JSON_NULL);
    case JSON_TRUE: return json_word(4, 4, JSON_TRUE);
    case JSON_FALSE: return json_word(8, 5, JSON_FALSE);
    default: return json_word(at, length, kind);
  }
}

struct record_shape;
struct record;

/* What the rows of a table have in common. */
struct record_columns {
  const uint64_t *words; /* those of the names are there; offsets count in `front` */
  size_t count;          /* of words */
  const char *front;
  size_t front_length;
  struct csv_signs signs;  /* of rows that are marked */
  size_t known, known_end; /* their words are there for these columns; */
  struct csv_reading reading; /* others are read so. A copy is kept of this, too */
};

/* Pushes the metatable of such rows, which keeps their shape: a copy of all that. `metatable`: of
 * record_metatable. */
struct record_shape *record_push_shape (lua_State *L, int metatable,
                                        const struct record_columns *columns);

/* Pushes the record of a row that is only marked, with as many fields as the shape has columns;
 * `metatable` is the index of the one with the shape. Offsets of known words count in `text` and
 * `back`, those of literals in the front. */
struct record_marked {
  const struct csv_marks *marks;
  const uint64_t *known;
  const char *text, *back;
  size_t back_length;
};
void record_push_marked (lua_State *L, int metatable, struct record_shape *shape,
                         const struct record_marked *row);

/* Pushes the record of a row whose words are all there, the same way; or with no shape, and the
 * index of the metatable of all records. */
struct record_row {
  const uint64_t *words;
  size_t count; /* of words */
  const char *front, *text, *back;
  size_t front_length, length, back_length;
};
void record_push_row (lua_State *L, int metatable, struct record_shape *shape,
                      const struct record_row *row);

struct json_buffer;

enum record_kind { RECORD_NONE, RECORD_OBJECT, RECORD_ARRAY };

/* What the value at `index` is; RECORD_NONE for anything but a record. */
enum record_kind record_kind_at (lua_State *L, int index);

/* Number of elements of the record array at `index`; pushes its i-th element,
 * i >= 1; nil where elements were removed since the number was told. */
size_t record_array_length (lua_State *L, int index);
void record_array_push (lua_State *L, int index, size_t i);

/* Pushes the field of the record object at `index` that the string at `key` names: nil when it
 * is missing, leat.null when it is null. */
void record_push_named (lua_State *L, int index, int key);

/* A value in the text of a record, which is alive while the record is: what is read there
 * becomes no Lua value on the way, and needs no memory. */
struct record_spot {
  const char *text;
  const uint64_t *tape;
  size_t word;              /* of the value on the tape */
  uint64_t value;           /* that word */
  const struct record *row; /* at a row of a table that is not whole: it has no tape; or NULL */
  bool found;               /* false: the text has no such value */
};

/* The spot of a text that was scanned. */
struct record_spot record_spot_of (const char *text, const uint64_t *tape);
/* The spot of the record at `index`; false: it is none. */
bool record_spot_at (lua_State *L, int index, struct record_spot *spot);
/* Goes to the field of that name of the object at the spot; inside other values there is
 * none. False: the object has been changed, so its text does not tell. */
bool record_spot_field (struct record_spot *spot, const char *name, size_t length);
/* The kind of the value: JSON_NULL for none. */
enum json_kind record_spot_kind (const struct record_spot *spot);
/* Pushes a value that is no container; null and none are nil. */
void record_spot_push (lua_State *L, const struct record_spot *spot);
/* Of a JSON_STRING or JSON_BYTES: its bytes, which nothing ends. */
const char *record_spot_bytes (const struct record_spot *spot, size_t *length);
/* Of a JSON_INTEGER. */
lua_Integer record_spot_integer (const struct record_spot *spot);

/* All that is in a record, where its text tells all. Words `first` to before `end` of the tape are
 * the members of an object, a name and its value in turn, or the elements of an array; json_skip
 * goes from a value to the next word. */
struct record_span {
  const char *text;
  const uint64_t *tape;
  size_t first, end;
  enum record_kind kind;
};

/* The span of the record at `index`. False: it is no record, or it has been changed, be it inside
 * of what it holds. */
bool record_span_at (lua_State *L, int index, struct record_span *span);

/* Depth to which record_equal looks. */
#define RECORD_EQUAL_DEPTH 100

/* Equality by content, of any two values: numbers numerically (1 == 1.0, NaN
 * equal to itself), records and tables by fields whatever their order, a null
 * field equal to a missing one. Raises an error where equal contents reach
 * deeper than RECORD_EQUAL_DEPTH. Tables are read raw. */
bool record_equal (lua_State *L, int a, int b);

/* Appends the content of the value at `index` to the buffer: equal bytes for what record_equal
 * calls equal, and for nothing else. Returns NULL, or why it has no content: it is nested deeper
 * than RECORD_EQUAL_DEPTH, or a function is inside. The second: of the `count` values from `first`
 * on, as a list. Both leave the stack as it was. */
const char *record_content (lua_State *L, int index, struct json_buffer *b);
const char *record_content_list (lua_State *L, int first, int count, struct json_buffer *b);

/* Pushes a deep copy without records: what leat.table returns. Raises an error
 * on cycles and on nesting past 1000 levels of assigned or plain tables. */
void record_push_table (lua_State *L, int index);

/* leat.table(v), leat.has(record, field). */
int record_table_function (lua_State *L);
int record_has_function (lua_State *L);
/* names(record): a list of the names of its fields, in order, those that are null, too. */
int record_names_function (lua_State *L);

#endif
