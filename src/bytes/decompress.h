/* SPDX-License-Identifier: MIT
 * decompress.h - gzip (RFC 1952) and zstd (RFC 8878) in, their text out.
 *
 * Several members or frames in a row are one text, as gzip(1) and zstd(1) have it; zeros behind
 * the last gzip member are padding. Anything else behind it, a wrong checksum and an end in the
 * middle are IO errors that name the byte in the file, after the text before them has been given.
 *
 *   decompress_kind   decompress_begin   decompress_read ...   decompress_end
 *
 * Memory: DECOMPRESS_INPUT bytes and what the library needs: 40 KB for gzip, for zstd the window
 * that the file asks for, up to 128 MB (zstd's own limit for what was not made with --ultra).
 */
#ifndef LEAT_BYTES_DECOMPRESS_H
#define LEAT_BYTES_DECOMPRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "memory.h"
#include "source.h"

#ifndef LEAT_READ_SIZE
#define DECOMPRESS_INPUT ((size_t)64 * 1024)
#else
#define DECOMPRESS_INPUT LEAT_READ_SIZE /* the stress flavour's 7 */
#endif

enum decompress_kind { DECOMPRESS_NONE, DECOMPRESS_GZIP, DECOMPRESS_ZSTD };

/* Which kind a file is of that begins so. *undecided: more of it could make it one. */
enum decompress_kind decompress_kind (const char *bytes, size_t length, bool *undecided);
/* Has a file that begins so and ends there, at an undecided place, lost the rest of what was
 * compressed? So few bytes may be text as well: only what is not UTF-8 is none. */
bool decompress_is_cut (const char *bytes, size_t length);
/* What else it may be that no one here reads: the name of its format, or NULL. */
const char *decompress_foreign (const char *bytes, size_t length);

struct decompress {
  const struct memory *memory;
  struct source_bytes source;
  enum decompress_kind kind; /* DECOMPRESS_NONE: not begun, or ended */
  void *stream;              /* the library's */
  char *input;               /* DECOMPRESS_INPUT bytes; first, last: those not used yet */
  size_t first, last;
  uint64_t used;             /* bytes of the file before input[first] */
  bool in_member;            /* of gzip, in frame of zstd */
  bool padding;              /* zeros are what is left */
  bool filled;               /* the last read had no room left: there may be more at once */
  struct leat_error failed;  /* what every further read says, unless its code is LEAT_OK */
};

/* The first `length` bytes of the file have been read already, at most DECOMPRESS_INPUT; the rest
 * comes from d->source. Zero *d and set memory and source before. MEMORY is the one error. */
leat_code decompress_begin (struct decompress *d, enum decompress_kind kind, const char *bytes,
                            size_t length, struct leat_error *error);
/* A source_bytes' read; ud is the struct. */
leat_code decompress_read (void *ud, char *out, size_t size, size_t *got,
                           struct leat_error *error);
/* May be called at any time, and again. */
void decompress_end (struct decompress *d);

#endif
