/* SPDX-License-Identifier: MIT
 * error.h - how src/bytes/ reports: a code as the result, the rest in a struct.
 *
 * Every fallible function of this layer returns a leat_code. LEAT_OK is 0. On
 * any other code that is an error it has filled a struct leat_error; LEAT_END
 * and LEAT_AGAIN are outcomes, not errors, and fill nothing.
 */
#ifndef LEAT_BYTES_ERROR_H
#define LEAT_BYTES_ERROR_H

#include <stddef.h>

/* X(name, text): the code, and what `err.code` reads in Lua. */
#define LEAT_CODES(X)                                                         \
  X(LEAT_OK, "ok")                                                            \
  X(LEAT_END, "end")             /* no more input */                          \
  X(LEAT_AGAIN, "again")         /* would block */                            \
  X(LEAT_E_MEMORY, "memory")     /* the allocator said no */                  \
  X(LEAT_E_IO, "io")             /* open, read, write, rename failed */       \
  X(LEAT_E_SYNTAX, "syntax")     /* malformed JSON */                         \
  X(LEAT_E_ENCODING, "encoding") /* invalid UTF-8, lone surrogate */          \
  X(LEAT_E_NUMBER, "number")     /* a number no double can hold */            \
  X(LEAT_E_DEPTH, "depth")       /* nested deeper than max_depth */           \
  X(LEAT_E_SIZE, "size")         /* a record longer than max_record */        \
  X(LEAT_E_VALUE, "value")       /* a value that cannot be written */         \
  X(LEAT_E_CALLBACK, "callback") /* a Lua function of the user raised */      \
  X(LEAT_E_CLOSE, "close")       /* a close handler of the user raised */     \
  X(LEAT_E_ITEM, "item")         /* an item a stage cannot work with */       \
  X(LEAT_E_USE, "use")           /* the library was used wrongly */

typedef enum leat_code {
#define LEAT_CODE_ENUM(name, text) name,
  LEAT_CODES(LEAT_CODE_ENUM)
#undef LEAT_CODE_ENUM
  LEAT_CODE_COUNT
} leat_code;

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
