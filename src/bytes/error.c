/* SPDX-License-Identifier: MIT
 * error.c - what the system says, as an error.
 */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L /* strerror_r that returns an int */
#endif

#include "error.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

leat_code error_system (struct leat_error *error, const char *action, int os_errno) {
  char reason[120];
  *error = (struct leat_error){ .code = LEAT_E_IO, .os_errno = os_errno };
  if (os_errno == EINTR) {
    snprintf(error->message, sizeof error->message, "interrupted");
    return error->code;
  }
  if (strerror_r(os_errno, reason, sizeof reason) != 0)
    snprintf(reason, sizeof reason, "error %d", os_errno);
  snprintf(error->message, sizeof error->message, "cannot %s: %s", action, reason);
  return error->code;
}
