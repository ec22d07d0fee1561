/* SPDX-License-Identifier: MIT
 * capability.h - what a host allows the scripts of a Lua state to do outside it.
 *
 * A state denies nothing until a sandbox does (host/sandbox.h). Who opens a file, starts a process
 * or the like asks here first.
 */
#ifndef LEAT_CORE_CAPABILITY_H
#define LEAT_CORE_CAPABILITY_H

#include <stdbool.h>

#include "state.h"

enum capability {
  CAPABILITY_READ = 1,         /* files, and standard input */
  CAPABILITY_WRITE = 2,        /* files, standard output and error; remove, rename */
  CAPABILITY_PROCESSES = 4,    /* starting programs */
  CAPABILITY_NETWORK = 8,      /* sockets; nothing of leat opens any so far */
  CAPABILITY_ENVIRONMENT = 16, /* the process's environment variables */
  CAPABILITY_ALL = 31
};

static inline bool capability_denied (const struct state *g, enum capability capability) {
  return (g->denied & (unsigned)capability) != 0;
}

/* Pushes the error of `what` (a function's or an operator's name), which needs a capability that
 * is denied: an error object of code "denied". */
void capability_push_error (lua_State *L, const char *what, enum capability capability);

/* Raises it if the capability is denied. */
void capability_check (lua_State *L, const struct state *g, const char *what,
                       enum capability capability);

/* A path may lead to what is no file of data: a view of processes and the system (/proc shows the
 * environment and the memory of this one, /sys the machine; /dev/fd what the host has open), or a
 * device. Where anything is denied these are, too, whatever the links that lead there; devices
 * without state (null, zero, random ...) and the process's standard streams are not. */
bool capability_refuses_path (const struct state *g, const char *path);
void capability_push_path_error (lua_State *L, const char *what, const char *path);
/* Raises the error if the path is refused. */
void capability_check_path (lua_State *L, const struct state *g, const char *what,
                            const char *path);

#endif
