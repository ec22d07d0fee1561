/* SPDX-License-Identifier: MIT
 * record_data.h - the inside of a record, shared by record*.c and json*.c only.
 *
 * A line's record (the root) is one block: this struct, the tape, the text; that of a
 * row is told in record_row.c. A
 * view of a container inside it (r.user) is the struct alone. Views have no
 * state of their own, so any two of the same container are the same to a script:
 *
 *   user value RECORD_OWNER   root: its changes, a table, or nil
 *                             view: the root or view it was read from
 *   user value RECORD_CHILD   the view read last, kept because the next read is
 *                             often of the same one
 *              RECORD_BLOCK   the same of a row of a table, which has no views: once it is
 *                             whole, the block with its tape
 *
 * The changes of a record. What a script assigns to the root's container is in
 * the root's table of changes; for the container at word i it is in a table of
 * its own, at changes[-i].
 *
 *   object:  changes[name] = the value, or the REMOVED mark
 *            changes[1..n] = names that the text has not, as first assigned
 *   array:   changes[i] = the i-th element, where assigned
 *            changes.n = number of elements
 *
 * The root's tape is private, so the second word of a container, whose count has
 * bits to spare, also says
 *
 *   RECORD_CHANGED   something was assigned to this container itself
 *   RECORD_INSIDE    ... or to one inside it, or its text is no JSON (rows of a table)
 *
 * Law: a container without either is exactly its text. All readers below take
 * that short way, and a container that has one has RECORD_INSIDE in all around.
 *
 * An index made of a wide container on demand is a userdata at
 * changes[light userdata of its word index], and RECORD_INDEXED says so.
 */
#ifndef LEAT_BINDING_RECORD_DATA_H
#define LEAT_BINDING_RECORD_DATA_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bytes/csv.h"
#include "bytes/json.h"
#include "key_sort.h"
#include "record.h"

struct record {
  const void *magic;      /* &record_magic: told apart from foreign userdata */
  struct record *root;    /* itself, or where the tape and the text are */
  struct record *parent;  /* NULL for the root; alive by RECORD_OWNER */
  uint64_t *tape;         /* the root's; NULL: of a row that is not whole yet (record_row.c) */
  const char *text;
  uint32_t index;         /* word index of the container */
  uint32_t searches;      /* linear ones through a wide object; columns read of a row that
                             is not whole */
  uint32_t last_element;  /* arrays: element found last and its word, so that */
  uint32_t last_word;     /* walking on from it costs one step; 0: none */
  struct record_shape *shape; /* of a row of a table, or NULL; alive by the metatable */
  uint32_t size, bytes;   /* while the tape is NULL: of the row's text, and of all of its text */
};

/* What the rows of a table have in common, see struct record_columns. */
struct record_shape {
  bool is_array;
  bool is_text; /* whatever is read by `reading` */
  size_t columns, known, known_end;
  struct csv_signs signs;
  struct csv_reading reading;
  const uint64_t *words; /* a tape without values: a field has the same word there */
  size_t count;
  const char *front;
  size_t front_length;
  /* Names that were asked for, told by where Lua has them: the metatable keeps those strings, so
   * they stay there. Word of the value; 0: there is none. */
  size_t last_place; /* a power of two less one */
  struct {
    const void *name;
    size_t word;
  } places[];
};
#define RECORD_PROBES 4

static inline size_t record_place_of (const struct record_shape *shape, const void *name) {
  return (uintptr_t)name / 32 & shape->last_place;
}

#define RECORD_OWNER 1
#define RECORD_CHILD 2
#define RECORD_BLOCK RECORD_CHILD

#define RECORD_CHANGED ((uint64_t)1 << 31)
#define RECORD_INSIDE ((uint64_t)1 << 30)
#define RECORD_INDEXED ((uint64_t)1 << 29)
/* Elements take two bytes at least of a text of 2^30. */
#define RECORD_COUNT_MASK (((uint64_t)1 << 29) - 1)

static inline size_t record_count (uint64_t second) {
  return (size_t)(second & RECORD_COUNT_MASK);
}

extern const char record_magic;
extern const char record_removed; /* its address, as light userdata: REMOVED */

/* The record at `slot`, or NULL. Safe on any value. A row need not be whole. */
static inline struct record *record_at_marked (lua_State *L, int slot) {
  struct record *r = lua_touserdata(L, slot);
  if (r == NULL || lua_rawlen(L, slot) < sizeof *r || r->magic != &record_magic)
    return NULL;
  return r;
}

/* Of a row that is not whole: makes it so, which takes memory (errors: there is none, or the row is
 * too long). */
void record_fill (lua_State *L, int slot, struct record *r);
/* The same: the word of a column, in r->text. */
uint64_t record_column_word (const struct record *r, size_t column);
/* The column of the value at that word of the tape. */
static inline size_t record_column_of (size_t word) { return (word - 3) / 2; }

/* Word of the value of the field `name`; 0: there is none. Needs no memory. */
size_t record_shape_find (const struct record_shape *shape, const char *name, size_t length);
/* Keeps that the string at 2 names that word of the row at 1. */
void record_shape_remember (lua_State *L, struct record_shape *shape, size_t word);

/* The same, which is whole. */
static inline struct record *record_at (lua_State *L, int slot) {
  struct record *r = record_at_marked(L, slot);
  if (r != NULL && r->tape == NULL) record_fill(L, slot, r);
  return r;
}

static inline bool record_is_array (const struct record *r) {
  return json_kind_of(r->tape[r->index]) == JSON_ARRAY;
}

/* The text of the value at `word`, quotes and brackets included. */
struct slice {
  const char *bytes;
  size_t length;
};
struct slice record_slice (const char *text, const uint64_t *tape, size_t word);

/* ---- record_field.c: where a field or an element is on the tape ---- */

/* Word index of the value of the field `key` of the object at `object`, the
 * last of that name; 0: the text has none. Looks at every member. */
size_t field_search (const char *text, const uint64_t *tape, size_t object,
                     const char *key, size_t length);

/* Objects and arrays up to this size never need an index. */
#define FIELD_NARROW 32

/* The same for the record `r` at `slot`, through an index if it is wide. */
size_t field_find_wide (lua_State *L, int slot, struct record *r, const char *key,
                        size_t length);
static inline size_t field_find (lua_State *L, int slot, struct record *r,
                                 const char *key, size_t length) {
  if (record_count(r->tape[r->index + 1]) > FIELD_NARROW)
    return field_find_wide(L, slot, r, key, length);
  return field_search(r->text, r->tape, r->index, key, length);
}

/* Word index of the i-th element in the text, 1 <= i <= its count there. */
size_t element_find (lua_State *L, int slot, struct record *r, size_t i);

/* The sorted names of an object. */
struct field_index {
  size_t count;              /* names, each once */
  bool repeats;              /* a name occurs twice in the text */
  struct key_entry entries[]; /* order: word of the first key of that name;
                                 value: word of the last value */
};

/* NULL, unless a name of the object occurs twice; then its index, which lives
 * as long as the root does. root_slot: where the root is on the stack. */
const struct field_index *field_repeats (lua_State *L, int root_slot,
                                         const struct record *root, size_t object);
const struct key_entry *field_index_find (const struct field_index *index,
                                          const char *key, size_t length);
/* The name at `word`, a key: pushes it. */
void field_push_name (lua_State *L, const char *text, uint64_t word);

/* Decides, for the member whose key is at `key`, whether it is the first of its
 * name; if so returns the word of that name's last value, else 0. */
size_t field_first_of_name (lua_State *L, const struct field_index *repeats,
                            const char *text, const uint64_t *tape, size_t key);

/* ---- record.c: values and changes ---- */

/* Pushes the root of the record at `slot`. */
void record_push_root (lua_State *L, int slot, const struct record *r);

/* Pushes the changes of the container at word `index` of the root at
 * `root_slot`: a table, or nil. */
void record_push_changes (lua_State *L, int root_slot, size_t index);

/* Pushes the value at `word`, in the text of the record `r` at `slot`, inside
 * r's container: containers as views, null as leat.null. */
void record_push_word (lua_State *L, int slot, struct record *r, size_t word);

/* Pushes the field named by the string at `key`: nil when it is missing,
 * leat.null when it is null. */
void record_push_field (lua_State *L, int slot, struct record *r, int key);

size_t record_length (lua_State *L, int slot, struct record *r);
/* Pushes the i-th element, i >= 1; nil where an array that has been changed has no more. */
void record_push_element (lua_State *L, int slot, struct record *r, size_t i);

/* Word index of what the text of the record `r` at `slot` has for the field that the string
 * at `key` names; 0: nothing, or it was assigned or removed since. */
size_t record_text_of (lua_State *L, int slot, struct record *r, int key);

/* A walk over a record's fields or elements, in order. Zero it to begin. */
struct record_walk {
  size_t position; /* elements passed; objects: word of the next key, 0: begin */
  size_t added;    /* names passed that the text has not */
  bool repeats;    /* see field_repeats */
};

/* Pushes key and value and returns true; at the end pushes nothing. Null fields
 * are passed over, null elements are leat.null. Assigning to fields that are
 * there already does not disturb it. */
bool record_walk_next (lua_State *L, int slot, struct record *r,
                       struct record_walk *walk);

/* The next member of an object, null and removed ones too: pushes its name, and what was
 * assigned to it or nil. Where nothing was, `value` is the word of its value; `key` is the
 * word of its name, 0 when the text has not got it. At the end pushes nothing. */
struct record_member {
  size_t key, value;
};
bool record_walk_member (lua_State *L, int slot, struct record *r, struct record_walk *walk,
                         struct record_member *member);

/* A walk as two integers, for those who keep it among Lua values: what packs
 * into the first; the second is `added`. */
static inline lua_Integer record_walk_position (const struct record_walk *walk) {
  return walk->repeats ? -(lua_Integer)walk->position : (lua_Integer)walk->position;
}
static inline struct record_walk record_walk_unpack (lua_Integer position,
                                                     lua_Integer added) {
  return (struct record_walk){(size_t)(position < 0 ? -position : position),
                              (size_t)added, position < 0};
}

/* ---- record_equal.c ---- */
int record_equal_metamethod (lua_State *L);

#endif
