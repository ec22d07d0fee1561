/* SPDX-License-Identifier: MIT
 * compress.h - bytes out, made smaller: gzip (RFC 1952, by zlib) and zstd (RFC 8878).
 *
 *   compressor_new   compressor_step ...   compressor_free
 *
 * A compressor knows no file: it takes bytes and gives bytes, as much of both as there is room
 * for. All its memory comes from struct memory. The same input in the same steps gives the same
 * bytes: no time, no file name is in them. What zstd writes carries a checksum, as gzip does.
 */
#ifndef LEAT_BYTES_COMPRESS_H
#define LEAT_BYTES_COMPRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"
#include "memory.h"

enum compression { COMPRESSION_NONE, COMPRESSION_GZIP, COMPRESSION_ZSTD };

/* What the ending of a path asks for: .gz, .zst; upper or lower case. */
enum compression compression_of (const char *path);

/* Levels go from 1 to this; 0 is the default of the format (6 of gzip, 3 of zstd). */
int compression_most (enum compression compression);

enum compress_mode {
  COMPRESS_MORE,  /* there may be more: keeps back what compresses better with it */
  COMPRESS_FLUSH, /* all that was taken can be read from what is given */
  COMPRESS_END    /* the file's end */
};

/* With less zlib would give the mark that ends a flush again and again. */
#define COMPRESS_ROOM 7

struct compress_io {
  const char *in; /* moves on over what was taken */
  size_t length;
  char *out;
  size_t room;    /* at least COMPRESS_ROOM */
  size_t made;    /* bytes given */
};

struct compressor;

/* NULL: not enough memory. `memory` must outlive it. */
struct compressor *compressor_new (const struct memory *memory, enum compression compression,
                                   int level);

/* Takes from io->in, gives to io->out. *more: call again, with room, for this mode is not done.
 * A flush behind which nothing was taken gives nothing. The one error is MEMORY; then it can only
 * be freed. */
leat_code compressor_step (struct compressor *c, struct compress_io *io, enum compress_mode mode,
                           bool *more, struct leat_error *error);

/* NULL is allowed. */
void compressor_free (struct compressor *c);

#endif
