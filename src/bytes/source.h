/* SPDX-License-Identifier: MIT
 * source.h - where bytes come from: a function that reads some.
 *
 * The descriptor of a file is one; decompress.c and encoding.c are each one over another. So they
 * are put together as a file needs them, and none knows what is below it.
 */
#ifndef LEAT_BYTES_SOURCE_H
#define LEAT_BYTES_SOURCE_H

#include <stddef.h>

#include "error.h"

struct source_bytes {
  /* Puts at least one and at most `size` bytes at `out`, as many as are there without waiting for
   * more, and *got to their number; 0: there are no more. On an error, what was read before it has
   * been given. error->message is set, not its line. */
  leat_code (*read)(void *ud, char *out, size_t size, size_t *got, struct leat_error *error);
  void *ud;
};

static inline leat_code source_read (const struct source_bytes *s, char *out, size_t size,
                                     size_t *got, struct leat_error *error) {
  return s->read(s->ud, out, size, got, error);
}

#endif
