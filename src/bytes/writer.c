/* SPDX-License-Identifier: MIT
 * writer.c - bytes out: a file that appears whole or not at all.
 *
 * writer_open decides by stat what the target is:
 *
 *   missing, regular   temporary file in the same folder; fsync and rename by
 *                      commit, unlink by discard
 *   a directory        error
 *   anything else      opened as it is and written directly
 *
 * Every path is made absolute, so that a program may change its folder between
 * open and commit. A temporary file is locked (flock) while it is written: one
 * with a dead process id that can be locked was left by a crash, also where
 * several containers with process ids of their own share a folder.
 *
 * The one global of this layer is the list of temporary files that a signal
 * handler removes; see "The list for signal handlers".
 */
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE /* flock */
#endif
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "writer.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#ifndef PATH_MAX
#define PATH_MAX 4096
#endif

#define SUFFIX ".leat-tmp"
/* Bytes of the target's name in a temporary name, which NAME_MAX (255) limits. */
#define NAME_PART 200
/* Of open writers to one target in one process; more is a program's mistake. */
#define MAX_TEMPORARIES 10000
/* As many as Linux allows in one path. */
#define MAX_LINKS 40
/* write(2) must not be asked for more than SSIZE_MAX; Linux takes 2^31 at most. */
#define MAX_WRITE ((size_t)1 << 30)

static leat_code fail (struct leat_error *error, leat_code code, const char *format, ...) {
  va_list arguments;
  *error = (struct leat_error){.code = code};
  va_start(arguments, format);
  vsnprintf(error->message, sizeof error->message, format, arguments);
  va_end(arguments);
  return code;
}

static leat_code fail_directory (struct leat_error *error) {
  fail(error, LEAT_E_IO, "is a directory");
  error->os_errno = EISDIR;
  return LEAT_E_IO;
}

static leat_code fail_memory (struct leat_error *error) {
  return fail(error, LEAT_E_MEMORY, "not enough memory to write");
}

/* Is this the errno of a signal which is not to end the wait? */
static bool is_retried (const struct writer *w, int os_errno) {
  return os_errno == EINTR && (w->interrupted == NULL || (*w->interrupted & 1) == 0);
}

/* {=====================  The list for signal handlers  =====================
 *
 * A slot goes FREE -> TAKEN -> ARMED -> FREE by its writer, or ARMED -> SPENT by
 * a handler, and then it is never used again: its path may still be in the
 * handler's hands. The path is a copy in static memory, so there is nothing that
 * another thread could free or change under the handler. */

enum { SLOT_FREE, SLOT_TAKEN, SLOT_ARMED, SLOT_SPENT };

static struct slot {
  atomic_int state;
  atomic_long owner; /* a child after fork has the list but not the files */
  char path[WRITER_SLOT_PATH];
} slots[WRITER_SLOTS];

static int slot_arm (const char *path) {
  size_t size = strlen(path) + 1;
  if (size > WRITER_SLOT_PATH) return -1;
  for (int i = 0; i < WRITER_SLOTS; i++) {
    int expected = SLOT_FREE;
    if (!atomic_compare_exchange_strong(&slots[i].state, &expected, SLOT_TAKEN)) continue;
    memcpy(slots[i].path, path, size);
    atomic_store(&slots[i].owner, (long)getpid());
    atomic_store(&slots[i].state, SLOT_ARMED);
    return i;
  }
  return -1;
}

static void slot_release (int i) {
  int expected = SLOT_ARMED;
  if (i >= 0) atomic_compare_exchange_strong(&slots[i].state, &expected, SLOT_FREE);
}

void writer_unlink_all (void) {
  int saved = errno;
  long self = (long)getpid();
  for (int i = 0; i < WRITER_SLOTS; i++) {
    int expected = SLOT_ARMED;
    if (atomic_load(&slots[i].owner) != self) continue;
    if (atomic_compare_exchange_strong(&slots[i].state, &expected, SLOT_SPENT)) {
      unlink(slots[i].path);
    }
  }
  errno = saved;
}

/* }======================================================================== */

/* {=====================  Names  ===================== */

static char *copy_text (struct writer *w, const char *text) {
  size_t size = strlen(text) + 1;
  char *copy = memory_resize(w->memory, NULL, 0, size);
  if (copy != NULL) memcpy(copy, text, size);
  return copy;
}

static void free_text (struct writer *w, char **text) {
  if (*text != NULL) memory_free(w->memory, *text, strlen(*text) + 1);
  *text = NULL;
}

/* Copies if it fits in PATH_MAX; else errno says what open(2) would. */
static bool copy_path (char out[PATH_MAX], const char *path) {
  size_t size = strlen(path) + 1;
  errno = ENAMETOOLONG;
  if (size > PATH_MAX) return false;
  memcpy(out, path, size);
  return true;
}

/* Replaces the last part of `path` by `name`. */
static bool replace_last_part (char path[PATH_MAX], const char *name) {
  char *slash = strrchr(path, '/');
  size_t kept = slash != NULL ? (size_t)(slash + 1 - path) : 0, size = strlen(name) + 1;
  errno = ENAMETOOLONG;
  if (kept + size > PATH_MAX) return false;
  memcpy(path + kept, name, size);
  return true;
}

/* The path that `path` leads to: itself, or the end of a chain of symbolic
 * links, whether that exists or not. */
static bool follow_links (char out[PATH_MAX], const char *path) {
  char link[PATH_MAX];
  struct stat status;
  if (!copy_path(out, path)) return false;
  for (int i = 0; i <= MAX_LINKS; i++) {
    if (lstat(out, &status) != 0) return errno == ENOENT;
    if (!S_ISLNK(status.st_mode)) return true;
    ssize_t length = readlink(out, link, sizeof link - 1);
    if (length < 0) return false;
    link[length] = '\0';
    if (!(link[0] == '/' ? copy_path(out, link) : replace_last_part(out, link))) return false;
  }
  errno = ELOOP;
  return false;
}

/* Splits a path into its folder, absolute and with its links resolved, and a
 * name. */
static bool split_path (const char *path, char folder[PATH_MAX], char name[PATH_MAX]) {
  char parent[PATH_MAX];
  const char *slash = strrchr(path, '/');
  if (!copy_path(parent, path)) return false;
  if (slash == NULL) memcpy(parent, ".", 2);
  else parent[slash == path ? 1 : slash - path] = '\0';
  if (!copy_path(name, slash != NULL ? slash + 1 : path)) return false;
  return realpath(parent, folder) != NULL;
}

/* What these lead to is decided by who opened it, not by its kind: the standard
 * output may be a regular file, which must not be replaced. */
static bool is_descriptor_path (const char *path) {
  return strncmp(path, "/dev/std", 8) == 0 || strncmp(path, "/dev/fd/", 8) == 0 ||
         strncmp(path, "/proc/", 6) == 0;
}

/* }==================================================== */

/* {=====================  Opening  ===================== */

void writer_init (struct writer *w, const struct memory *memory) {
  *w = (struct writer){.memory = memory, .fd = -1, .slot = -1};
}

static int open_retrying (const struct writer *w, const char *path, int flags,
                          mode_t mode) {
  int fd;
  do {
    fd = open(path, flags | O_CLOEXEC, mode);
  } while (fd < 0 && is_retried(w, errno)); /* opening a pipe waits for its reader */
  return fd;
}

/* The descriptor that a path such as /dev/stdout or /dev/fd/3 names, or -1. Opened anew
 * such a file has an offset of its own, and who shares it writes over what was written. */
static int descriptor_of (const char *path) {
  static const char *const folders[] = {"/dev/fd/", "/proc/self/fd/"};
  if (strcmp(path, "/dev/stdout") == 0) return 1;
  if (strcmp(path, "/dev/stderr") == 0) return 2;
  for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
    size_t length = strlen(folders[i]);
    if (strncmp(path, folders[i], length) != 0) continue;
    char *end;
    errno = 0;
    long number = strtol(path + length, &end, 10);
    if (end != path + length && *end == '\0' && errno == 0 && number >= 0 && number <= INT_MAX)
      return (int)number;
  }
  return -1;
}

static leat_code open_direct (struct writer *w, const char *path, bool regular,
                              struct leat_error *error) {
  /* A regular file here is one that others write, too (/dev/stdout). */
  int flags = O_WRONLY | O_NOCTTY | (regular ? O_APPEND : 0);
  int named = descriptor_of(path);
  w->direct = w->owns_fd = true;
  w->fd = named >= 0 ? fcntl(named, F_DUPFD_CLOEXEC, 0) : open_retrying(w, path, flags, 0);
  return w->fd >= 0 ? LEAT_OK : error_system(error, "open", errno);
}

/* Seconds after which a temporary file that nobody has locked is nobody's, whoever has its
 * process's id now: a writer locks its file as soon as it has made it. */
#define STALE_AFTER 10

/* The process in the name `entry`, "<start><pid>.<n>.leat-tmp"; 0: not such a name. */
static pid_t process_of (const char *entry, const char *start) {
  size_t length = strlen(start);
  char *end;
  if (strncmp(entry, start, length) != 0) return 0;
  const char *digits = entry + length;
  if (*digits < '1' || *digits > '9') return 0;
  errno = 0;
  long pid = strtol(digits, &end, 10);
  if (errno != 0 || pid > INT_MAX || *end != '.') return 0;
  for (end++; *end >= '0' && *end <= '9';) end++;
  return strcmp(end, SUFFIX) == 0 ? (pid_t)pid : 0;
}

/* Is the open file, of a process with that id once, left by a writer that is gone? */
static bool is_stale (int fd, pid_t pid) {
  struct stat now;
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) return false;
  if (kill(pid, 0) != 0 && errno == ESRCH) return true;
  return fstat(fd, &now) == 0 && time(NULL) - now.st_mtime > STALE_AFTER;
}

/* Removes what crashed writers of the same target have left. What fails here
 * fails silently: it is no part of the task at hand. Costs one pass over the
 * folder's names: 0.2 us for each. */
static void remove_stale (const char *folder, const char *start) {
  DIR *directory = opendir(folder);
  struct dirent *entry;
  if (directory == NULL) return;
  while ((entry = readdir(directory)) != NULL) {
    pid_t pid = process_of(entry->d_name, start);
    if (pid == 0) continue;
    int fd = openat(dirfd(directory), entry->d_name,
                    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) continue;
    if (is_stale(fd, pid)) unlinkat(dirfd(directory), entry->d_name, 0);
    close(fd);
  }
  closedir(directory);
}

/* Gives the new file the permissions of the one it replaces, without set-user-id
 * bits, which write(2) would take away, too; and its owner, if it may. */
static bool copy_mode (int fd, const struct stat *old) {
  struct stat new;
  mode_t mode = old->st_mode & 0777;
  if (fstat(fd, &new) != 0) return false;
  if (new.st_uid != old->st_uid || new.st_gid != old->st_gid) {
    if (fchown(fd, old->st_uid, old->st_gid) != 0) errno = 0; /* stays our own */
  }
  return (new.st_mode & 07777) == mode || fchmod(fd, mode) == 0;
}

/* `old` is the file to be replaced, or NULL. */
static leat_code open_temporary (struct writer *w, const char *path, const struct stat *old,
                                 struct leat_error *error) {
  char end[PATH_MAX], folder[PATH_MAX], name[PATH_MAX], full[PATH_MAX];
  char start[NAME_PART + 8];
  /* A file that must not be written must not be replaced either. */
  if (old != NULL && faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) != 0) {
    return error_system(error, "open", errno);
  }
  if (!follow_links(end, path)) return error_system(error, "open", errno);
  if (!split_path(end, folder, name)) return error_system(error, "open its folder", errno);
  if (name[0] == '\0') return error_system(error, "open", ENOENT);
  const char *separator = strcmp(folder, "/") == 0 ? "" : "/";
  snprintf(start, sizeof start, ".%.*s.", NAME_PART, name);
  remove_stale(folder, start);

  int length = snprintf(full, sizeof full, "%s%s%s", folder, separator, name);
  if (length < 0 || (size_t)length >= sizeof full) {
    return error_system(error, "open", ENAMETOOLONG);
  }
  w->target = copy_text(w, full);
  if (w->target == NULL) return fail_memory(error);
  for (int n = 0; w->fd < 0; n++) {
    length = snprintf(full, sizeof full, "%s%s%s%ld.%d" SUFFIX, folder, separator, start,
                      w->owner, n);
    if (length < 0 || (size_t)length >= sizeof full) {
      return error_system(error, "open", ENAMETOOLONG);
    }
    /* Not readable by more people than the old one, at no moment. */
    mode_t mode = old != NULL ? old->st_mode & 0777 & (mode_t)~022 : 0666;
    w->fd = open_retrying(w, full, O_WRONLY | O_CREAT | O_EXCL, mode);
    if (w->fd < 0 && (errno != EEXIST || n >= MAX_TEMPORARIES)) {
      return error_system(error, "create a temporary file in its folder", errno);
    }
  }
  w->owns_fd = true;
  w->slot = slot_arm(full);
  (void)flock(w->fd, LOCK_EX | LOCK_NB); /* some file systems have no locks */
  w->temporary = copy_text(w, full);
  if (w->temporary == NULL) {
    unlink(full);
    return fail_memory(error);
  }
  if (old != NULL && !copy_mode(w->fd, old)) {
    return error_system(error, "keep its permissions", errno);
  }
  return LEAT_OK;
}

static bool open_compressor (struct writer *w) {
  w->compressor = compressor_new(w->memory, w->compression, w->level);
  if (w->compressor == NULL) return false;
  w->packed = memory_resize(w->memory, NULL, 0, LEAT_WRITE_SIZE);
  return w->packed != NULL;
}

leat_code writer_open (struct writer *w, const char *path, struct leat_error *error) {
  struct stat status;
  leat_code code;
  writer_discard(w);
  w->failed = 0;
  w->bytes = 0;
  w->owner = (long)getpid();
  if (w->compression != COMPRESSION_NONE && !open_compressor(w)) {
    writer_discard(w);
    return fail_memory(error);
  }
  if (strcmp(path, "-") == 0) {
    w->fd = STDOUT_FILENO;
    w->direct = true;
    return LEAT_OK;
  }
  bool exists = stat(path, &status) == 0;
  if (!exists && errno != ENOENT) {
    code = error_system(error, "open", errno);
  } else if (exists && S_ISDIR(status.st_mode)) {
    code = fail_directory(error);
  } else if (exists && (!S_ISREG(status.st_mode) || is_descriptor_path(path))) {
    code = open_direct(w, path, S_ISREG(status.st_mode), error);
  } else {
    code = open_temporary(w, path, exists ? &status : NULL, error);
  }
  if (code != LEAT_OK) writer_discard(w);
  return code;
}

/* }====================================================== */

/* {=====================  Writing  ===================== */

static leat_code fail_writing (struct writer *w, int os_errno, struct leat_error *error) {
  w->failed = os_errno;
  w->used = 0;
  return error_system(error, "write", os_errno);
}

static leat_code write_out (struct writer *w, const char *bytes, size_t length,
                            struct leat_error *error) {
  while (length > 0) {
    ssize_t done = write(w->fd, bytes, length < MAX_WRITE ? length : MAX_WRITE);
    if (done > 0) {
      bytes += done;
      length -= (size_t)done;
      continue;
    }
    int os_errno = done < 0 ? errno : EIO; /* 0 would make this loop endless */
    if (os_errno == EAGAIN || os_errno == EWOULDBLOCK) {
      struct pollfd ready = {.fd = w->fd, .events = POLLOUT};
      os_errno = poll(&ready, 1, -1) >= 0 ? 0 : errno;
    }
    if (os_errno != 0 && !is_retried(w, os_errno)) return fail_writing(w, os_errno, error);
  }
  return LEAT_OK;
}

static leat_code fail_closed (const struct writer *w, struct leat_error *error) {
  if (w->failed == ENOMEM) return fail_memory(error);
  if (w->failed != 0) return error_system(error, "write", w->failed);
  return fail(error, LEAT_E_USE, "the file to write is not open");
}

/* Writes through the compressor, if there is one. */
static leat_code pass_on (struct writer *w, const char *bytes, size_t length,
                          enum compress_mode mode, struct leat_error *error) {
  if (w->compressor == NULL) return write_out(w, bytes, length, error);
  struct compress_io io = {.in = bytes, .length = length};
  bool more;
  do {
    io.out = w->packed;
    io.room = LEAT_WRITE_SIZE;
    leat_code code = compressor_step(w->compressor, &io, mode, &more, error);
    if (code != LEAT_OK) {
      w->failed = ENOMEM;
      return code;
    }
    w->bytes += io.made;
    code = write_out(w, w->packed, io.made, error);
    if (code != LEAT_OK) return code;
  } while (more);
  return LEAT_OK;
}

/* Passes on what is buffered. */
static leat_code empty_buffer (struct writer *w, enum compress_mode mode,
                               struct leat_error *error) {
  size_t used = w->used;
  if (w->fd < 0 || w->failed != 0) return fail_closed(w, error);
  w->used = 0;
  return pass_on(w, w->buffer, used, mode, error);
}

leat_code writer_flush (struct writer *w, struct leat_error *error) {
  return empty_buffer(w, COMPRESS_FLUSH, error);
}

leat_code writer_write (struct writer *w, const char *bytes, size_t length,
                        struct leat_error *error) {
  leat_code code;
  if (w->fd < 0 || w->failed != 0) return fail_closed(w, error);
  if (length > LEAT_WRITE_SIZE - w->used) {
    code = empty_buffer(w, COMPRESS_MORE, error);
    if (code != LEAT_OK) return code;
  }
  if (length >= LEAT_WRITE_SIZE) {
    code = pass_on(w, bytes, length, COMPRESS_MORE, error);
    if (code != LEAT_OK) return code;
  } else if (length > 0) {
    if (w->buffer == NULL) {
      w->buffer = memory_resize(w->memory, NULL, 0, LEAT_WRITE_SIZE);
      if (w->buffer == NULL) {
        w->failed = ENOMEM;
        return fail_memory(error);
      }
    }
    memcpy(w->buffer + w->used, bytes, length);
    w->used += length;
  }
  if (w->compressor == NULL) w->bytes += length;
  return LEAT_OK;
}

/* }====================================================== */

/* {=====================  Ending  ===================== */

static bool is_own (const struct writer *w) { return w->owner == (long)getpid(); }

static int close_fd (struct writer *w) {
  int fd = w->fd;
  w->fd = -1;
  /* After EINTR the descriptor is closed, and trying again might close another's. */
  if (!w->owns_fd || close(fd) == 0 || errno == EINTR) return 0;
  return errno;
}

void writer_discard (struct writer *w) {
  if (w->fd >= 0) (void)close_fd(w);
  if (w->temporary != NULL && is_own(w)) unlink(w->temporary);
  if (is_own(w)) slot_release(w->slot);
  w->slot = -1;
  free_text(w, &w->temporary);
  free_text(w, &w->target);
  if (w->buffer != NULL) memory_free(w->memory, w->buffer, LEAT_WRITE_SIZE);
  if (w->packed != NULL) memory_free(w->memory, w->packed, LEAT_WRITE_SIZE);
  compressor_free(w->compressor);
  w->compressor = NULL;
  w->buffer = w->packed = NULL;
  w->used = 0;
  w->owns_fd = w->direct = false;
}

/* The rename, too, shall survive a power failure. A folder that cannot be opened
 * or synced does not undo what has succeeded. */
static void sync_folder_of (const struct writer *w, const char *path) {
  char folder[PATH_MAX];
  char *slash;
  if (!copy_path(folder, path) || (slash = strrchr(folder, '/')) == NULL) return;
  slash[slash == folder] = '\0';
  int fd = open_retrying(w, folder, O_RDONLY | O_DIRECTORY, 0);
  if (fd < 0) return;
  (void)fsync(fd);
  close(fd);
}

/* On ext4: 0.4 ms for a small file, 0.12 s for 281 MB, which took 0.05 s to write;
 * the folder 0.2 ms. */
static int sync_file (int fd) {
  while (fsync(fd) != 0) {
    if (errno == EINVAL || errno == ENOSYS || errno == EROFS) return 0; /* has no fsync */
    if (errno != EINTR) return errno;
  }
  return 0;
}

leat_code writer_commit (struct writer *w, struct leat_error *error) {
  if (w->fd < 0 || w->failed != 0) return fail_closed(w, error);
  if (!is_own(w)) return fail(error, LEAT_E_USE, "the file was opened by another process");
  leat_code code = empty_buffer(w, COMPRESS_END, error);
  if (code != LEAT_OK) return code;
  if (w->direct) {
    int failed = close_fd(w);
    if (failed != 0) return fail_writing(w, failed, error);
    writer_discard(w);
    return LEAT_OK;
  }
  int failed = sync_file(w->fd);
  if (failed == 0) failed = close_fd(w);
  if (failed != 0) return fail_writing(w, failed, error);
  if (rename(w->temporary, w->target) != 0) {
    w->failed = errno;
    return error_system(error, "replace the file", w->failed);
  }
  free_text(w, &w->temporary); /* from here on it is not ours to unlink */
  sync_folder_of(w, w->target);
  writer_discard(w);
  return LEAT_OK;
}

/* }===================================================== */
