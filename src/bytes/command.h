/* SPDX-License-Identifier: MIT
 * command.h - another program's standard output as a descriptor to read.
 *
 *   command_start   (read c->fd to its end)   command_wait
 *                   (or not to its end)       command_stop
 *
 * No shell: the program is looked for along PATH and gets its arguments as they are. Its standard
 * input is empty, its standard error is this process's; it inherits no other descriptor, no
 * blocked signal, and does not ignore SIGPIPE. It is in the process group of its starter, so that
 * Ctrl-C reaches it, too. Nothing here is the process's: no handler of SIGCHLD, no list; so any
 * thread may run commands of its own.
 */
#ifndef LEAT_BYTES_COMMAND_H
#define LEAT_BYTES_COMMAND_H

#include <stdatomic.h>
#include <sys/types.h>

#include "error.h"

/* Milliseconds that a program has to end after SIGTERM; then SIGKILL. */
#define COMMAND_GRACE 1000

/* One that has not been started is all zero but for `interrupted`. */
struct command {
  const atomic_int *interrupted; /* as in reader.h */
  pid_t pid;   /* 0: none that is still to be waited for */
  int fd;      /* the pipe's end; meaningful while pid is not 0 */
  long owner;  /* process id of the starter: a forked child of it kills nobody */
};

/* Starts argv[0] with argv, ended by NULL. IO: "cannot run 'x': No such file or directory". */
leat_code command_start (struct command *c, char *const argv[], struct leat_error *error);

/* Closes the pipe, waits until the program has ended. IO unless it ended with exit code 0; and
 * "interrupted", then it goes on running. `program` is what messages call it. */
leat_code command_wait (struct command *c, const char *program, struct leat_error *error);

/* Ends the program, if it runs, and waits until it is gone. May come twice. */
void command_stop (struct command *c);

#endif
