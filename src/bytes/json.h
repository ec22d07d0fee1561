/* SPDX-License-Identifier: MIT
 * json.h - validating a JSON text and indexing it in one pass.
 *
 * json_scan reads one complete JSON value (RFC 8259), checks every byte of it
 * (grammar, UTF-8, escapes, surrogate pairs, nesting, numbers in range of a
 * double) and leaves a *tape*: one 64-bit word for each scalar, two for each
 * container, in the order of the text. Nothing of the text is copied or
 * unescaped; a word points back into it. Reading a field later is a walk over
 * the tape that skips nested containers in one step.
 *
 *   {"id": 7, "tags": ["a", "b"]}
 *
 *   0  OBJECT at 0,  next 9     the first word: next = index of the word
 *   1         end 29, count 2   after the container; the second: offset one
 *   2  STRING at 2,  length 2   past its closing bracket, and the number of
 *   3  INTEGER at 7, length 1   members or elements. A string's `at` and
 *   4  STRING at 11, length 4   length leave out the quotes. A member is its
 *   5  ARRAY  at 18, next 9     key (always a string) and then its value.
 *   6         end 28, count 2
 *   7  STRING at 20, length 1
 *   8  STRING at 25, length 1
 *
 * Duplicate keys stay on the tape: the reader of a tape lets the last one win.
 */
#ifndef LEAT_BYTES_JSON_H
#define LEAT_BYTES_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"
#include "memory.h"

/* Offsets and word indices have 30 bits, so a text is at most this long. */
#define JSON_MAX_TEXT ((size_t)1 << 30)
/* The scanner reads whole vectors: this many bytes behind the text must be
 * readable (their content does not matter). */
#define JSON_PADDING 64
#define JSON_DEFAULT_DEPTH 1000

enum json_kind {
  JSON_NULL,
  JSON_FALSE,
  JSON_TRUE,
  JSON_INTEGER, /* without fraction and exponent, fits in int64 */
  JSON_FLOAT,   /* any other number; finite as a double; "-0" is one too */
  JSON_STRING,  /* its bytes are its value */
  JSON_ESCAPED, /* a string with at least one backslash */
  JSON_BYTES,   /* a string in no quotes, its bytes are its value: no scan makes it, see
                   record_push_row */
  JSON_ARRAY,
  JSON_OBJECT
};

/* word = at << 34 | (length or next) << 4 | kind */
static inline uint64_t json_word (size_t at, size_t length, enum json_kind kind) {
  return (uint64_t)at << 34 | (uint64_t)length << 4 | (uint64_t)kind;
}
static inline enum json_kind json_kind_of (uint64_t word) {
  return (enum json_kind)(word & 15);
}
static inline size_t json_at (uint64_t word) { return (size_t)(word >> 34); }
static inline size_t json_length (uint64_t word) {
  return (size_t)(word >> 4) & (JSON_MAX_TEXT - 1);
}
static inline bool json_is_container (uint64_t word) {
  return (word & 15) >= JSON_ARRAY;
}
/* A container's second word: offset past its closing bracket, and its count. */
static inline size_t json_end (uint64_t second) { return (size_t)(second >> 32); }
static inline size_t json_count (uint64_t second) {
  return (size_t)(second & 0xffffffffu);
}
/* Index of the word after the value at `index`. */
static inline size_t json_skip (const uint64_t *tape, size_t index) {
  return json_is_container(tape[index]) ? json_length(tape[index]) : index + 1;
}

/* A growable tape, reused from text to text. Zero it, set memory. */
struct json_tape {
  const struct memory *memory;
  uint64_t *words;
  size_t count;    /* words of the last scan */
  size_t capacity; /* words allocated */
};
void json_tape_free (struct json_tape *tape);

struct json_options {
  unsigned max_depth; /* containers inside containers; 0: JSON_DEFAULT_DEPTH */
  bool trusted;       /* the text is promised to be valid JSON in valid UTF-8:
                         UTF-8 and escapes are not looked at then; never unsafe
                         on memory, whatever the text */
};

/* Scans text[0..length). White space around the value is allowed, anything
 * else behind it is an error, and so is a text without a value.
 * Errors: SYNTAX, ENCODING, NUMBER, DEPTH, SIZE (length > JSON_MAX_TEXT),
 * MEMORY; error->offset and ->column tell the byte, ->line the line within the
 * text. Holds nothing but the tape. */
leat_code json_scan (struct json_tape *tape, const char *text, size_t length,
                     const struct json_options *options,
                     struct leat_error *error);

struct json_split;

/* The implementations behind json_scan and json_split (json_split.h), all of the
 * same result; the two take the best this processor has. `name` is "avx512",
 * "avx2", "sse2", "neon" or "portable", best first.
 * Returns the number of entries; for tests. */
struct json_scanner {
  const char *name;
  bool usable; /* on this processor */
  leat_code (*scan)(struct json_tape *, const char *, size_t,
                    const struct json_options *, struct leat_error *);
  size_t (*split)(struct json_split *, const char *, size_t);
};
size_t json_scanners (const struct json_scanner **list);

/* Is text[0..length) a JSON number that a double can hold? JSON_INTEGER, JSON_FLOAT, or else
 * JSON_NULL. */
enum json_kind json_kind_of_number (const char *text, size_t length);

/* Unescapes the string whose raw bytes are text[0..length) (a JSON_ESCAPED
 * that json_scan accepted) into `out`, which has room for `length` bytes.
 * Returns the number of bytes written (never more than length). */
size_t json_unescape (const char *text, size_t length, char *out);

/* Writes the value text[0..length) (one that json_scan accepted) without the white space between
 * its tokens to `out`, which has room for `length` bytes; returns the number written. */
size_t json_compact (const char *text, size_t length, char *out);

/* Length of the longest prefix of bytes[0..length) that is valid UTF-8 (RFC
 * 3629). Equal to length: all of it. */
size_t utf8_valid_prefix (const char *bytes, size_t length);

/* Writes bytes as a JSON string with its quotes, escaping what RFC 8259 demands
 * and nothing else ('"', '\\', controls: \b \t \n \f \r, others \u00XX in lower
 * case). `out` has room for json_quoted_bound(length) bytes; the number written
 * is returned; 0 means that bytes are not valid UTF-8 and sets *bad to the
 * offset of the first bad byte. */
static inline size_t json_quoted_bound (size_t length) {
  return 6 * length + 2 + 16; /* it writes whole vectors */
}
size_t json_quote (const char *bytes, size_t length, char *out, size_t *bad);

#endif
