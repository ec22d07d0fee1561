/* SPDX-License-Identifier: MIT
 * writer.h - bytes out: a file that appears whole or not at all.
 *
 * A regular or missing target is written under a temporary name beside it
 * (".<name>.<pid>.<n>.leat-tmp"), fsynced and renamed by writer_commit, with
 * the mode of the file it replaces; a symbolic link's file is replaced, not the
 * link. Any other target (a device, a pipe; "-" is standard output) is opened
 * and written directly. Temporary files of writers whose process is gone are
 * removed when the same target is written again.
 *
 *   writer_init   writer_open   writer_write ...   writer_commit | writer_discard
 *
 * writer_discard is idempotent, may follow any error, and leaves no file; of a
 * direct target it drops what is still buffered, nothing else. After a failed
 * write or flush, every further one and commit fail in the same way: what lacks
 * a part is never committed.
 *
 * With a compression set, what is written goes through compress.h, and a flush passes on all that
 * can be read so far.
 *
 * A pipe whose reader is gone is LEAT_E_IO with os_errno EPIPE, provided that the
 * program ignores SIGPIPE.
 */
#ifndef LEAT_BYTES_WRITER_H
#define LEAT_BYTES_WRITER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "compress.h"
#include "error.h"
#include "memory.h"

#ifndef LEAT_WRITE_SIZE
#define LEAT_WRITE_SIZE ((size_t)64 * 1024) /* the stress flavour says 7 */
#endif

struct writer {
  const struct memory *memory;
  /* NULL, or a flag set by a signal handler (one without SA_RESTART): a signal that
   * comes while the writer waits is an IO error "interrupted" if its lowest bit is set. Set
   * it after writer_init. */
  const atomic_int *interrupted;
  /* Set both after writer_init, too; see compress.h. */
  enum compression compression;
  int level;
  int fd;           /* -1: closed */
  bool owns_fd;     /* false for standard output */
  bool direct;      /* not under a temporary name */
  int failed;       /* errno of the first write that failed, else 0 */
  long owner;       /* process id of the opener: a forked child removes nothing */
  int slot;         /* in the list of writer_unlink_all; -1: none */
  char *target;     /* what to rename to (links resolved, absolute); NULL: direct */
  char *temporary;  /* NULL: direct, or already gone */
  char *buffer;     /* LEAT_WRITE_SIZE bytes, from the first small write on */
  size_t used;
  struct compressor *compressor; /* of an open target with a compression */
  char *packed;     /* LEAT_WRITE_SIZE bytes for what it gives */
  uint64_t bytes;   /* accepted so far, or given by the compressor: after commit, which keeps
                       it, the bytes of the file */
};

void writer_init (struct writer *w, const struct memory *memory);
leat_code writer_open (struct writer *w, const char *path, struct leat_error *error);
leat_code writer_write (struct writer *w, const char *bytes, size_t length,
                        struct leat_error *error);
/* Passes what is buffered to the system (so that a slow stream's items appear
 * at once). */
leat_code writer_flush (struct writer *w, struct leat_error *error);
leat_code writer_commit (struct writer *w, struct leat_error *error);
void writer_discard (struct writer *w);

/* Unlinks the temporary files of this process's open writers. Safe in a signal
 * handler, whatever other threads do; meant for one that ends the process, for a
 * writer whose file is gone fails to commit. Covers WRITER_SLOTS writers at a
 * time with paths below WRITER_SLOT_PATH bytes; the file of another one stays
 * until its target is written again. */
#define WRITER_SLOTS 64
#define WRITER_SLOT_PATH 1024
void writer_unlink_all (void);

#endif
