/* SPDX-License-Identifier: MIT
 * encoding.h - text in other encodings in, UTF-8 out.
 *
 * UTF-16 (RFC 2781) by its byte order mark or in a given order, ISO 8859-1, and Windows' code page
 * 1252, which is what most files called Latin-1 are in: the HTML standard reads both as the latter,
 * with C1 controls for the five bytes that it leaves out. What is no UTF-16 (half a pair, half a
 * unit at the end, no mark) is an IO error after the text before it.
 */
#ifndef LEAT_BYTES_ENCODING_H
#define LEAT_BYTES_ENCODING_H

#include <stdbool.h>
#include <stdint.h>

#include "source.h"

/* X(id, name): what the option `encoding` says. */
#define ENCODINGS(X)                  \
  X(ENCODING_UTF8, "utf-8")           \
  X(ENCODING_UTF16, "utf-16")         \
  X(ENCODING_UTF16LE, "utf-16le")     \
  X(ENCODING_UTF16BE, "utf-16be")     \
  X(ENCODING_LATIN1, "latin-1")       \
  X(ENCODING_WINDOWS1252, "windows-1252")

enum encoding {
#define ENCODING_ENUM(id, name) id,
  ENCODINGS(ENCODING_ENUM)
#undef ENCODING_ENUM
  ENCODING_COUNT
};
extern const char *const encoding_names[ENCODING_COUNT + 1]; /* ends in NULL */

#define ENCODING_INPUT 4096

/* Holds all it needs. */
struct encoding_reader {
  struct source_bytes source;
  enum encoding encoding;      /* UTF16 becomes one of the other two with the mark */
  size_t first, last;          /* of input: not used yet */
  uint64_t used;               /* bytes before input[first] */
  bool has_begun;              /* a mark has been looked for */
  bool at_end;
  char pending[4];             /* of a character for which there was no room */
  size_t pending_length;
  unsigned char input[ENCODING_INPUT];
};

/* `encoding` is not UTF8. The first `length` bytes have been read already, at most
 * ENCODING_INPUT; the rest comes from `source`. */
void encoding_begin (struct encoding_reader *r, enum encoding encoding, struct source_bytes source,
                     const char *bytes, size_t length);
/* A source_bytes' read; ud is the struct. */
leat_code encoding_read (void *ud, char *out, size_t size, size_t *got,
                         struct leat_error *error);

#endif
