/* SPDX-License-Identifier: MIT
 * json_stream.h - the values that somebody wants of JSON texts of any length, which come in pieces.
 *
 * A path leads into each text: to an array, whose elements are handed out one by one, or else to
 * one value. Texts follow one another in a file, with white space between them or without. What is
 * handed out is a slice that json_scan has still to read; all around it is checked as JSON here.
 *
 *   { "total": 2, "rows": [ {"id": 1}, {"id": 2} ], "next": null }       path: rows
 *   |______checked_______|  |handed_|  |handed_|  |____checked___|
 *
 * Held of the text is what the caller holds: the value at hand, or the key at hand of an object
 * that the path leads through. The rest is a bit for each open container.
 */
#ifndef LEAT_BYTES_JSON_STREAM_H
#define LEAT_BYTES_JSON_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "json_split.h"
#include "memory.h"

/* A step of a path: the member of that name, or the element at that position, from 1 on. */
struct json_step {
  const char *name; /* the caller keeps it alive */
  size_t length;
  size_t position; /* 0: it is a name */
};

/* Names of members that are kept for a message: so many, so long. */
#define JSON_STREAM_NAMES 64
#define JSON_STREAM_NAME 40

struct json_place {
  size_t line, column; /* both from 1; the column counts bytes */
};

/* Zero it; set what comes before `used`; json_stream_open. */
struct json_stream {
  const struct memory *memory;
  const struct json_step *steps; /* the caller keeps them */
  size_t step_count;
  size_t max_depth;  /* containers inside containers around the values; 0: JSON_DEFAULT_DEPTH */
  size_t max_record; /* bytes in a value or a key; 0: JSON_MAX_TEXT */

  /* What json_stream_next leaves. */
  size_t used;     /* the next text begins with text[used] */
  size_t at, size; /* the value is text[at..at+size) */
  struct json_place value; /* where it begins in the file ... */
  char first;              /* ... and with which byte */
  struct {
    size_t step;   /* this one leads to nothing */
    char found;    /* the first byte of what it would have to lead into: '{', '[', '1' ... */
    size_t count;  /* members or elements of that */
  } absent;
  size_t name_count; /* of them: at most JSON_STREAM_NAMES */
  char names[JSON_STREAM_NAMES][JSON_STREAM_NAME + 1];

  /* The text so far. */
  enum {
    JSON_AT_TEXT,
    JSON_AT_FIRST_ELEMENT, /* behind a bracket */
    JSON_AT_ELEMENT,       /* behind a comma */
    JSON_AT_FIRST_KEY,
    JSON_AT_KEY,
    JSON_AT_COLON,
    JSON_AT_VALUE,         /* behind a colon, or anew at a value that is passed over */
    JSON_BEHIND,           /* behind a value */
    JSON_IN_VALUE,         /* ... that is wanted */
    JSON_IN_KEY,           /* ... that may be the path's */
    JSON_IN_STRING,
    JSON_IN_NUMBER
  } place;
  bool string_is_key;
  int number;           /* how far it has been read */
  size_t texts;         /* that have begun in this file */
  size_t line, column;  /* of text[0], as long as no line has ended before what is read next: the
                           column of text[i] is column + i, modulo SIZE_MAX + 1 */
  struct json_split split; /* of the wanted value or key */

  /* The open containers: bit i is 1 for an object; `level` of them, the outermost, are those that
   * the path leads through. With one more than it has steps, the array it leads to is open. */
  uint64_t *objects;
  size_t depth, level, limit;
  struct json_place *opened; /* where each of `level` begins */
  bool chosen;  /* the value that comes, at depth `level`, is that to which the path leads */
  bool matched; /* the innermost of `level` has had such a value */
  size_t index; /* until then: elements or members of it that have begun */
  char *name;   /* room for a name, unescaped */
  size_t name_size;
};

enum json_outcome {
  JSON_MORE,     /* the text goes on behind text[0..length), or, at the end, it is complete */
  JSON_VALUE,    /* here is one */
  JSON_NOTHING,  /* in the text at hand the path leads to nothing: see `absent` */
  JSON_LEFT_OUT, /* a value cannot be handed out, or a name of the path is there twice */
  JSON_BROKEN    /* this is no JSON, and where it goes on nobody knows */
};

/* Allocates what is needed. LEAT_OK or LEAT_E_MEMORY. */
leat_code json_stream_open (struct json_stream *s, struct leat_error *error);
/* What comes next is the beginning of a file. */
void json_stream_begin (struct json_stream *s);

/* Reads on, from text[0], where the last call has stopped (`used`), to the next outcome. With
 * `at_end` nothing comes behind text[0..length). JSON_PADDING bytes behind it must be readable.
 * But for JSON_MORE and JSON_VALUE *error says what is wrong, its message left empty for
 * JSON_NOTHING; line and column are those in the file. After JSON_NOTHING and JSON_LEFT_OUT (code
 * ITEM or SIZE) the stream goes on with what comes then; after JSON_BROKEN (SYNTAX, ENCODING,
 * DEPTH, SIZE) it must not be called. */
enum json_outcome json_stream_next (struct json_stream *s, const char *text, size_t length,
                                    bool at_end, struct leat_error *error);

/* Does each bracket of the value have its partner? If not, where it ends was a guess. Brackets
 * nested deeper than the limit are only counted. */
bool json_stream_balanced (struct json_stream *s, const char *text, size_t length);

void json_stream_free (struct json_stream *s);

#endif
