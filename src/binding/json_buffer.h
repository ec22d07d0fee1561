/* SPDX-License-Identifier: MIT
 * json_buffer.h - bytes being written, and the memory for it that is kept between calls.
 */
#ifndef LEAT_BINDING_JSON_BUFFER_H
#define LEAT_BINDING_JSON_BUFFER_H

#include <lua.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bytes/memory.h"
#include "key_sort.h"

/* A container that the encoder has begun. */
enum json_frame_kind { FRAME_LIST, FRAME_MAP, FRAME_RECORD_ARRAY, FRAME_RECORD_OBJECT };

struct json_frame {
  enum json_frame_kind kind;
  int slot;             /* of the container on the Lua stack */
  const void *identity; /* the table, or the record's root */
  size_t index;         /* records: word index of the container */
  size_t position;      /* list, array: elements begun; map: keys begun;
                           object: word of the next key */
  size_t end;           /* list, map, array: how many; object: word behind it */
  size_t word;          /* array: word of the next element in the text */
  size_t added;         /* object: names begun that the text has not */
  size_t first_key;     /* map: its keys are keys[first_key ...) */
  const struct field_index *repeats; /* object: see field_repeats */
  const char *name;     /* map, object: of the member being written */
  size_t name_length;
  bool comma;
};

/* Bytes being written, and what the encoder needs beside them. Zero it, set
 * memory; reset `length` between items; json_buffer_free in the end. After a
 * raised error it is still good for reuse and for freeing. */
struct json_buffer {
  const struct memory *memory;
  struct limits *limits; /* NULL, or what pays for containers: those of a scratch do */
  char *bytes;
  size_t length, capacity;
  struct json_frame *frames; /* the encoder's, one for each open container */
  size_t frame_capacity;
  struct key_entry *keys;    /* the encoder's, sorted keys of open tables */
  size_t key_count, key_capacity;
};
/* False: there is no memory, and the buffer is empty. */
bool json_buffer_grow (struct json_buffer *b, size_t more);
void json_buffer_free (struct json_buffer *b);

/* Makes room for `more` bytes behind bytes[length]. */
static inline bool json_buffer_reserve (struct json_buffer *b, size_t more) {
  return b->capacity - b->length >= more || json_buffer_grow(b, more);
}
bool json_buffer_append (struct json_buffer *b, const char *bytes, size_t length);

/* Charges a container that is about to be written: tables that hold one another twice take twice as
 * long with each level. Raises when a limit is reached, and the buffer is empty then. */
void json_buffer_pay (struct json_buffer *b, lua_State *L);

/* Makes room for one more key. */
bool json_buffer_reserve_key (struct json_buffer *b);

/* Room for at least `wanted` items of `size` bytes in an array of `*capacity`; NULL: no memory,
 * and all is as it was. */
void *json_buffer_grow_array (struct json_buffer *b, void *items, size_t *capacity,
                              size_t wanted, size_t size);

/* A buffer for the time of one call; its memory is kept for the next one. */
struct json_scratch {
  struct memory memory;
  struct json_buffer buffer;
  bool busy; /* a finalizer may come back from an allocation and want one, too */
};
/* Pushes the userdata that holds it; its buffer is empty. After a raised error it is not used
 * again, which costs, and never harms. */
struct json_scratch *json_scratch_push (lua_State *L);
void json_scratch_done (struct json_scratch *s);

#endif
