/* SPDX-License-Identifier: MIT
 * error.h - how src/bytes/ reports: a code as the result, the rest in a struct.
 *
 * Every fallible function of this layer returns a leat_code, which is one of the public interface.
 * LEAT_OK is 0. On
 * any other code that is an error it has filled a struct leat_error; LEAT_END
 * and LEAT_AGAIN are outcomes, not errors, and fill nothing.
 */
#ifndef LEAT_BYTES_ERROR_H
#define LEAT_BYTES_ERROR_H

#include <stddef.h>

#include "host/leat.h" /* enum leat_code */

struct leat_error {
  leat_code code;
  int os_errno;      /* errno of a failed system call, else 0 */
  size_t line;       /* 1-based line in the input; 0: not known */
  size_t column;     /* 1-based byte column in that line; 0: not known */
  size_t offset;     /* 0-based byte offset from the start of the text given */
  char message[256]; /* a sentence without file and position, cut if longer */
};

/* Fills *error with "cannot <action>: <what the system says>", or "interrupted" for EINTR. Returns
 * its code, IO. */
leat_code error_system (struct leat_error *error, const char *action, int os_errno);

#endif
