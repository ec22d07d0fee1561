/* SPDX-License-Identifier: MIT
 * reader.h - bytes in: one or several files read as chunks or as lines.
 *
 * A reader walks a list of paths, one open file at a time, through one buffer. A file that begins
 * as gzip or zstd do is decompressed on the way (decompress.h), one in another encoding than UTF-8
 * is made UTF-8 (encoding.h): lines, offsets and max_record are those of the text.
 * What it returns are slices of that buffer, valid until the next call. Memory:
 * the buffer, LEAT_READ_SIZE or twice the longest line, whichever is larger, up
 * to max_record; after a long line it falls back.
 *
 *   reader_init   reader_next_line / reader_next_chunk ...   reader_close
 *
 * Born closed: reader_init opens nothing; the first next does. reader_close is
 * idempotent and may follow any error. After an IO error every next is LEAT_END;
 * after SIZE the next line is the one behind the long one; after MEMORY the call
 * may be repeated, but it is LEAT_END if the file had only just been opened.
 */
#ifndef LEAT_BYTES_READER_H
#define LEAT_BYTES_READER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "decompress.h"
#include "encoding.h"
#include "error.h"
#include "memory.h"
#include "source.h"

/* Measured from 32 KB to 1 MB without a difference: 46 ns for a line of 280 bytes,
 * read(2) included (wc -l: 37). */
#ifndef LEAT_READ_SIZE
#define LEAT_READ_SIZE ((size_t)128 * 1024) /* the stress flavour says 7 */
#endif
/* Readable bytes that always follow a slice (see JSON_PADDING). */
#define READER_PADDING 64

struct reader {
  const struct memory *memory;
  /* The input: names[0..count) are opened in turn; "-" is standard input. The
   * caller keeps the strings alive. With count 0, `fd` is read instead. */
  const char *const *names;
  size_t count;
  size_t max_record; /* bytes in a line; 0: 2^30 */
  /* NULL, or a flag set by a signal handler (one without SA_RESTART): a signal that
   * comes while the reader waits is an IO error "interrupted" if its lowest bit is set. */
  const atomic_int *interrupted;
  /* NULL, or called before a read that would wait: what has been made of the input so
   * far can leave (a slow stream's items are not held back by a buffer). */
  void (*waiting)(void *ud);
  void *waiting_ud;
  /* NULL, or asked (with waiting_ud) before each read, as there may be many of them before there is
   * a line: false is an IO error "interrupted". */
  bool (*may_read)(void *ud);
  enum encoding encoding; /* of the files */
  bool raw;               /* what is compressed stays so */

  /* State. */
  int fd;           /* open descriptor, -1: none */
  bool owns_fd;     /* close it when done (not for stdin or a caller's fd) */
  size_t index;     /* of the open or last opened name */
  size_t next;      /* of the name to open next */
  size_t line;      /* 1-based number of the last line returned, per file */
  uint64_t offset;  /* of the last slice returned, in its file */
  uint64_t base;    /* offset of buffer[0] in its file */
  char *buffer;     /* start, end: the bytes not yet returned */
  size_t capacity, start, end;
  size_t scanned;   /* bytes from start known to hold no LF */
  unsigned calm;    /* fills since one needed more than LEAT_READ_SIZE */
  struct source_bytes text; /* what fills the buffer; read is NULL: the file is not begun yet */
  struct decompress decompress;
  struct encoding_reader *decoder; /* NULL: UTF-8 */
  const char *foreign;      /* the name of the format that it seems to be in, which is not read */
  uint64_t size;            /* of the open file when it was opened, if a regular one; else 0 */
  uint64_t consumed_before; /* of the files before it */
  uint64_t consumed;        /* bytes read of all files so far, as they are in the files */
  bool at_end;      /* the open file has no more bytes to read */
  bool skipping;    /* the rest of a line that was too long is dropped */
};

/* Prepares for `count` names, or for `fd` when count is 0. *r must be zero but for
 * max_record, interrupted, waiting, may_read, encoding and raw. */
void reader_init (struct reader *r, const struct memory *memory,
                  const char *const *names, size_t count, int fd);

/* The next line without its LF or CRLF. A last line without a line end counts;
 * a UTF-8 byte order mark at a file's start is skipped. LEAT_END after the last
 * line of the last file. Errors: IO (message names the call and the reason, e.g.
 * "cannot open: No such file or directory", "is a directory"), SIZE, MEMORY;
 * error->line is set. EINTR is retried unless `interrupted` says otherwise. */
leat_code reader_next_line (struct reader *r, const char **text, size_t *length,
                            struct leat_error *error);

/* The same line, if that takes no reading and no failing; false: it would. */
bool reader_next_pending_line (struct reader *r, const char **text, size_t *length);

/* The next bytes as one read returned them (never waits to fill a chunk), at
 * most `size` of them (0, SIZE_MAX: LEAT_READ_SIZE; the buffer grows for more, up
 * to 16 MB) and at least one; a byte order mark is kept. No bytes of two files in
 * one chunk. */
leat_code reader_next_chunk (struct reader *r, size_t size, const char **bytes,
                             size_t *length, struct leat_error *error);

/* For who finds the ends of the records by himself:
 *   reader_pending  the bytes not yet returned, valid until the next call of another of these;
 *                   who writes to them changes what comes. `at_end`: the file has no more. A
 *                   byte order mark is not among them.
 *   reader_more     puts more behind them, or says so by at_end; when a file has ended and nothing
 *                   is pending, goes on to the next. As reader_next_line otherwise; SIZE, when
 *                   max_record bytes are pending.
 *   reader_take     they are returned: `size` of them, and the line ends among these. */
char *reader_pending (struct reader *r, size_t *length, bool *at_end);
leat_code reader_more (struct reader *r, struct leat_error *error);
void reader_take (struct reader *r, size_t size, size_t lines);

/* How far it is, in bytes as they are in the files: *done of *total. False: that cannot be known,
 * since one of the inputs is no regular file. Asks the system for the size of each file. */
bool reader_progress (const struct reader *r, uint64_t *done, uint64_t *total);

/* The name of the file the last slice (or error) came from: "-" reads
 * "(standard input)", a caller's fd gives NULL. */
const char *reader_file (const struct reader *r);

void reader_close (struct reader *r);

/* Expands one path argument to names, sorted by bytes: a path that exists is
 * itself ("-" too), else its glob matches; none is an IO error. Calls add(ud,
 * name) for each, a string that lives until add returns; add returns false to
 * stop with LEAT_E_MEMORY, and must not jump out. */
leat_code reader_expand (const char *path, bool (*add)(void *ud, const char *name),
                         void *ud, struct leat_error *error);

#endif
