/* SPDX-License-Identifier: MIT
 * capability.c - the errors of what a host has not allowed; see capability.h.
 */
#include "capability.h"

#include <string.h>
#include <sys/stat.h>
#ifdef __linux__
#include <linux/magic.h>
#include <sys/vfs.h>
#endif

#include "failure.h"

void capability_push_error (lua_State *L, const char *what, enum capability capability) {
  const char *action = "this", *name = "this";
  switch (capability) {
    case CAPABILITY_READ: action = "reading files", name = "files read"; break;
    case CAPABILITY_WRITE: action = "writing files", name = "files write"; break;
    case CAPABILITY_PROCESSES: action = "starting programs", name = "processes"; break;
    case CAPABILITY_NETWORK: action = "using the network", name = "network"; break;
    case CAPABILITY_ENVIRONMENT:
      action = "reading environment variables", name = "environment";
      break;
    case CAPABILITY_ALL: action = "loading native code", name = "everything"; break;
  }
  failure_push(L, LEAT_E_DENIED,
               "%s: %s is not allowed to scripts here; the host has to allow the capability "
               "'%s'", what, action, name);
  failure_set_place(L);
}

void capability_check (lua_State *L, const struct state *g, const char *what,
                       enum capability capability) {
  if (!capability_denied(g, capability)) return;
  capability_push_error(L, what, capability);
  lua_error(L);
}

/* --- paths --- */

/* Is it on a file system that shows what the kernel knows? */
static bool is_view (const char *path) {
#ifdef __linux__
  struct statfs system;
  return statfs(path, &system) == 0 &&
         (system.f_type == PROC_SUPER_MAGIC || system.f_type == SYSFS_MAGIC);
#else
  (void)path;
  return false;
#endif
}

/* The same of the folder that it is in: what a link of /proc/self/fd leads to is anywhere. */
static bool is_in_view (const char *path) {
  char folder[4096] = ".";
  const char *slash = strrchr(path, '/');
  if (slash == NULL) return is_view(folder);
  size_t length = (size_t)(slash - path) + 1;
  if (length >= sizeof folder) return true; /* no system opens it */
  memcpy(folder, path, length);
  folder[length] = '\0';
  return is_view(folder);
}

static bool is_stateless (dev_t device) {
  static const char *const names[] = { "/dev/null", "/dev/zero", "/dev/full", "/dev/random",
                                       "/dev/urandom" };
  struct stat other;
  for (int fd = 0; fd <= 2; fd++)
    if (fstat(fd, &other) == 0 && S_ISCHR(other.st_mode) && other.st_rdev == device) return true;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++)
    if (stat(names[i], &other) == 0 && S_ISCHR(other.st_mode) && other.st_rdev == device)
      return true;
  return false;
}

bool capability_refuses_path (const struct state *g, const char *path) {
  struct stat file;
  if (g->denied == 0) return false;
  if (is_view(path) || is_in_view(path)) return true;
  if (stat(path, &file) != 0) return false; /* who opens it says why */
  return S_ISBLK(file.st_mode) || (S_ISCHR(file.st_mode) && !is_stateless(file.st_rdev));
}

void capability_push_path_error (lua_State *L, const char *what, const char *path) {
  failure_push(L, LEAT_E_DENIED,
               "%s: '%s' is no file of data: it shows the system, or is a device; only scripts to "
               "which the host allows everything reach it", what, path);
  failure_set_place(L);
}

void capability_check_path (lua_State *L, const struct state *g, const char *what,
                            const char *path) {
  if (!capability_refuses_path(g, path)) return;
  capability_push_path_error(L, what, path);
  lua_error(L);
}
