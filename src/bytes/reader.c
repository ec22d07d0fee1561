/* SPDX-License-Identifier: MIT
 * reader.c - bytes in: one or several files read as chunks or as lines.
 *
 * The buffer, between two calls:
 *
 *     0      start        start+scanned      end        capacity   + PADDING
 *     |returned|  no LF in here  |  not yet seen  |  room for read  |  64  |
 *
 * A line is found by memchr in the part not yet seen. Where there is none, the
 * pending bytes move to the front, one read(2) fills the room behind them, and
 * the search goes on where it stopped: each byte is searched once and moved as
 * often as the buffer doubles, so that a long line costs O(its length).
 *
 * Invariants: start + scanned <= end <= capacity; the READER_PADDING bytes from
 * `end` on are zero until the next read, so that whoever reads past a slice
 * reads what is initialised.
 */
#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif

#include "reader.h"

#include "compress.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DEFAULT_MAX_RECORD ((size_t)1 << 30)
/* A chunk is never larger, whatever the caller allows. */
#define MAX_CHUNK ((size_t)16 << 20)
/* So many small fills in a row, and a buffer grown for a long line is given
 * back. More than one, or lines just above LEAT_READ_SIZE would make it shrink
 * and grow for each of them. */
#define CALM_FILLS 8
/* So much of a file is read first, to see what it is. */
#define FIRST_READ ((size_t)512)
/* read(2) must not be asked for more than SSIZE_MAX; Linux gives 2^31 at most. */
#define MAX_READ ((size_t)1 << 30)

static const char byte_order_mark[] = "\xef\xbb\xbf";

static leat_code fail (struct leat_error *error, leat_code code, size_t line,
                       const char *format, ...) {
  va_list arguments;
  *error = (struct leat_error){.code = code, .line = line};
  va_start(arguments, format);
  vsnprintf(error->message, sizeof error->message, format, arguments);
  va_end(arguments);
  return code;
}

/* What the system says; of a directory, that it is one. */
static leat_code fail_system (struct leat_error *error, size_t line, const char *action,
                              int os_errno) {
  error_system(error, action, os_errno);
  if (os_errno == EISDIR) snprintf(error->message, sizeof error->message, "is a directory");
  error->line = line;
  return error->code;
}

static size_t max_record_of (const struct reader *r) {
  return r->max_record != 0 ? r->max_record : DEFAULT_MAX_RECORD;
}

/* Is errno that of a signal which is not to end the wait? */
static bool is_retried (const struct reader *r) {
  return errno == EINTR && (r->interrupted == NULL || (*r->interrupted & 1) == 0);
}

/* {=====================  Files  ===================== */

void reader_init (struct reader *r, const struct memory *memory,
                  const char *const *names, size_t count, int fd) {
  *r = (struct reader){.memory = memory,
                       .names = names,
                       .count = count,
                       .max_record = r->max_record,
                       .interrupted = r->interrupted,
                       .waiting = r->waiting,
                       .waiting_ud = r->waiting_ud,
                       .may_read = r->may_read,
                       .encoding = r->encoding,
                       .raw = r->raw,
                       .fd = count == 0 ? fd : -1};
}

/* Forgets the open file and what is left of it. */
static void close_file (struct reader *r) {
  if (r->fd >= 0 && r->owns_fd) close(r->fd);
  if (r->decompress.kind != DECOMPRESS_NONE) decompress_end(&r->decompress);
  r->text.read = NULL;
  r->fd = -1;
  r->owns_fd = r->at_end = r->skipping = false;
  r->start = r->end = r->scanned = 0;
}

static leat_code end_by_error (struct reader *r, const struct leat_error *error) {
  close_file(r);
  r->next = r->count;
  return error->code;
}

static leat_code fail_and_end (struct reader *r, struct leat_error *error, size_t line,
                               const char *action, int os_errno) {
  fail_system(error, line, action, os_errno);
  return end_by_error(r, error);
}

static leat_code open_next (struct reader *r, struct leat_error *error) {
  struct stat status;
  if (r->next >= r->count) return LEAT_END;
  const char *name = r->names[r->next];
  r->index = r->next++;
  r->line = 0;
  r->base = r->offset = 0;
  r->foreign = NULL;
  r->size = 0;
  r->consumed_before = r->consumed;
  if (strcmp(name, "-") == 0) {
    r->fd = STDIN_FILENO;
    return LEAT_OK;
  }
  do {
    r->fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
  } while (r->fd < 0 && is_retried(r)); /* opening a pipe waits for its writer */
  if (r->fd < 0) return fail_and_end(r, error, 0, "open", errno);
  r->owns_fd = true;
  if (fstat(r->fd, &status) != 0) return fail_and_end(r, error, 0, "open", errno);
  if (S_ISDIR(status.st_mode)) return fail_and_end(r, error, 0, "open", EISDIR);
  if (S_ISREG(status.st_mode)) r->size = (uint64_t)status.st_size;
#ifdef POSIX_FADV_SEQUENTIAL
  if (S_ISREG(status.st_mode)) (void)posix_fadvise(r->fd, 0, 0, POSIX_FADV_SEQUENTIAL);
#endif
  return LEAT_OK;
}

const char *reader_file (const struct reader *r) {
  if (r->count == 0) return NULL;
  const char *name = r->names[r->index];
  return strcmp(name, "-") == 0 ? "(standard input)" : name;
}

void reader_close (struct reader *r) {
  close_file(r);
  r->next = r->count;
  if (r->buffer != NULL) memory_free(r->memory, r->buffer, r->capacity + READER_PADDING);
  if (r->decoder != NULL) memory_free(r->memory, r->decoder, sizeof *r->decoder);
  r->decoder = NULL;
  r->buffer = NULL;
  r->capacity = 0;
}

bool reader_progress (const struct reader *r, uint64_t *done, uint64_t *total) {
  struct stat status;
  *done = r->consumed;
  *total = 0;
  if (r->count == 0) {
    if (r->fd < 0 || fstat(r->fd, &status) != 0 || !S_ISREG(status.st_mode)) return false;
    *total = (uint64_t)status.st_size;
  }
  for (size_t i = 0; i < r->count; i++) {
    bool is_input = strcmp(r->names[i], "-") == 0;
    int result = is_input ? fstat(STDIN_FILENO, &status) : stat(r->names[i], &status);
    if (result != 0 || !S_ISREG(status.st_mode)) return false;
    *total += (uint64_t)status.st_size;
  }
  return true;
}

/* }==================================================== */

/* {=====================  The buffer  ===================== */

static leat_code set_capacity (struct reader *r, size_t capacity, struct leat_error *error) {
  if (r->capacity == capacity) return LEAT_OK;
  size_t old_size = r->buffer != NULL ? r->capacity + READER_PADDING : 0;
  if (capacity > SIZE_MAX - READER_PADDING) goto no_memory;
  char *buffer = memory_resize(r->memory, r->buffer, old_size, capacity + READER_PADDING);
  if (buffer == NULL) goto no_memory;
  r->buffer = buffer;
  r->capacity = capacity;
  memset(buffer + r->end, 0, READER_PADDING);
  return LEAT_OK;
no_memory:
  return fail(error, LEAT_E_MEMORY, r->line + 1, "not enough memory to read (%zu bytes)",
              capacity);
}

/* Moves the pending bytes to the front. */
static void compact (struct reader *r) {
  size_t pending = r->end - r->start;
  if (r->start == 0) return;
  if (pending > 0) memmove(r->buffer, r->buffer + r->start, pending);
  r->base += r->start;
  r->start = 0;
  r->end = pending;
}

/* At the end of a file: is there less of it than when it was opened? */
static bool has_shrunk (const struct reader *r) {
  struct stat status;
  return r->consumed - r->consumed_before < r->size && fstat(r->fd, &status) == 0 &&
         (uint64_t)status.st_size < r->size;
}

static leat_code fail_shrunk (const struct reader *r, struct leat_error *error) {
  return fail(error, LEAT_E_IO, 0, "the file became shorter while it was read: %llu of %llu bytes "
              "were there", (unsigned long long)(r->consumed - r->consumed_before),
              (unsigned long long)r->size);
}

/* A source_bytes' read: the descriptor's bytes, as they are. */
static leat_code read_file (void *ud, char *out, size_t size, size_t *got,
                            struct leat_error *error) {
  struct reader *r = ud;
  if (r->waiting != NULL && r->size == 0) { /* a regular file never waits */
    struct pollfd ready = {.fd = r->fd, .events = POLLIN};
    if (poll(&ready, 1, 0) == 0) r->waiting(r->waiting_ud);
  }
  for (;;) {
    ssize_t result = read(r->fd, out, size < MAX_READ ? size : MAX_READ);
    if (result >= 0) {
      *got = (size_t)result;
      r->consumed += *got;
      return result == 0 && has_shrunk(r) ? fail_shrunk(r, error) : LEAT_OK;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
      struct pollfd ready = {.fd = r->fd, .events = POLLIN};
      if (poll(&ready, 1, -1) >= 0) continue;
    }
    if (!is_retried(r)) return fail_system(error, 0, "read", errno);
  }
}

/* Puts what decodes between the file and the buffer, which holds the file's first bytes; these
 * are taken out of it then. */
static leat_code put_decoders (struct reader *r, enum decompress_kind kind,
                               struct leat_error *error) {
  struct source_bytes text = {read_file, r};
  if (r->encoding != ENCODING_UTF8 && r->decoder == NULL) {
    r->decoder = memory_resize(r->memory, NULL, 0, sizeof *r->decoder);
    if (r->decoder == NULL) return fail(error, LEAT_E_MEMORY, 0, "not enough memory to read");
  }
  if (kind != DECOMPRESS_NONE) {
    r->decompress.memory = r->memory;
    r->decompress.source = text;
    leat_code code = decompress_begin(&r->decompress, kind, r->buffer, r->end, error);
    if (code != LEAT_OK) return code;
    text = (struct source_bytes){decompress_read, &r->decompress};
    r->end = 0;
  }
  if (r->encoding != ENCODING_UTF8) {
    encoding_begin(r->decoder, r->encoding, text, r->buffer, r->end);
    text = (struct source_bytes){encoding_read, r->decoder};
    r->end = 0;
  }
  r->text = text;
  return LEAT_OK;
}

/* The file ends where it could still become compressed: is something missing? Its name tells, or
 * that it would be no text. */
static bool is_cut (const struct reader *r) {
  if (r->count > 0 && compression_of(r->names[r->index]) != COMPRESSION_NONE) return true;
  return r->encoding == ENCODING_UTF8 && decompress_is_cut(r->buffer, r->end);
}

/* The file's first bytes, as many as tell what it is. The buffer is empty. */
static leat_code begin_text (struct reader *r, struct leat_error *error) {
  enum decompress_kind kind = DECOMPRESS_NONE;
  bool undecided = !r->raw;
  size_t most = FIRST_READ < LEAT_READ_SIZE ? FIRST_READ : LEAT_READ_SIZE, got = 0;
  if (r->capacity < most) {
    leat_code code = set_capacity(r, most, error);
    if (code != LEAT_OK) return code;
  }
  do {
    leat_code code = read_file(r, r->buffer + r->end, most - r->end, &got, error);
    if (code != LEAT_OK) return code;
    r->end += got;
    if (r->raw) break;
    kind = decompress_kind(r->buffer, r->end, &undecided);
  } while (undecided && got > 0 && r->end < most);
  if (undecided && got == 0 && is_cut(r))
    return fail(error, LEAT_E_IO, 0, "the compressed data ends too early, at byte %zu of the file; "
                "is it whole?", r->end);
  r->foreign = r->raw ? NULL : decompress_foreign(r->buffer, r->end);
  r->at_end = got == 0 && r->encoding == ENCODING_UTF8 && kind == DECOMPRESS_NONE;
  return put_decoders(r, kind, error);
}

/* Bytes behind the pending ones, for `size` of which there is room. At the end of the text it
 * sets at_end. */
static leat_code fill (struct reader *r, size_t size, struct leat_error *error) {
  leat_code code = LEAT_OK;
  size_t got = 0, before = r->end;
  bool begins = r->text.read == NULL;
  if (r->may_read != NULL && !r->may_read(r->waiting_ud))
    return fail_and_end(r, error, r->line + 1, "read", EINTR);
  if (begins) code = begin_text(r, error);
  if (code == LEAT_OK && r->end == before && !r->at_end) {
    code = source_read(&r->text, r->buffer + r->end, size, &got, error);
    if (code == LEAT_OK) r->at_end = got == 0;
    r->end += got;
  }
  if (code != LEAT_OK) error->line = r->line + 1;
  if (code != LEAT_OK && (begins || code != LEAT_E_MEMORY)) return end_by_error(r, error);
  memset(r->buffer + r->end, 0, READER_PADDING);
  return code;
}

/* Makes room for a line that is longer than what is pending, and fills it. */
static leat_code fill_line (struct reader *r, struct leat_error *error) {
  compact(r);
  leat_code code = LEAT_OK;
  if (r->end > LEAT_READ_SIZE / 2) r->calm = 0;
  else if (r->calm < CALM_FILLS) r->calm++;
  if (r->capacity < LEAT_READ_SIZE) {
    code = set_capacity(r, LEAT_READ_SIZE, error);
  } else if (r->end == r->capacity) {
    /* What is pending is at most max_record + 4, or it had been refused. */
    size_t limit = max_record_of(r) < SIZE_MAX - 5 ? max_record_of(r) + 5 : SIZE_MAX;
    code = set_capacity(r, r->capacity < limit / 2 ? r->capacity * 2 : limit, error);
  } else if (r->capacity > LEAT_READ_SIZE && r->calm == CALM_FILLS) {
    (void)set_capacity(r, LEAT_READ_SIZE, error); /* if refused, it stays as it is */
  }
  if (code != LEAT_OK) return code;
  /* Not more than this at a time: what has left the cache is slow to search. */
  size_t room = r->capacity - r->end, most = LEAT_READ_SIZE;
  return fill(r, room < most ? room : most, error);
}

/* }========================================================= */

/* {=====================  Lines  ===================== */

static leat_code fail_long_line (struct reader *r, struct leat_error *error) {
  fail(error, LEAT_E_SIZE, r->line, "line %zu is longer than max_record (%zu bytes)",
       r->line, max_record_of(r));
  error->offset = (size_t)r->offset;
  return LEAT_E_SIZE;
}

/* Returns the line of `size` bytes, its LF not counted, that is pending at start;
 * `end` counts it. */
static inline leat_code take_line (struct reader *r, size_t size, size_t end,
                                   const char **text, size_t *length,
                                   struct leat_error *error) {
  const char *line = r->buffer + r->start;
  r->offset = r->base + r->start;
  r->start += end;
  r->scanned = 0;
  if (end > size && size > 0 && line[size - 1] == '\r') size--;
  if (r->line++ == 0 && r->offset == 0 && size >= 3 &&
      memcmp(line, byte_order_mark, 3) == 0) {
    line += 3;
    size -= 3;
    r->offset = 3;
  }
  *text = line;
  *length = size;
  return size <= max_record_of(r) ? LEAT_OK : fail_long_line(r, error);
}

/* A line without a line end, if the open file left one. */
static leat_code take_last_line (struct reader *r, const char **text, size_t *length,
                                 struct leat_error *error) {
  size_t pending = r->end - r->start;
  bool only_mark = r->line == 0 && r->base + r->start == 0 && pending == 3 &&
                   memcmp(r->buffer + r->start, byte_order_mark, 3) == 0;
  if (pending == 0 || only_mark || r->skipping) return LEAT_END;
  return take_line(r, pending, pending, text, length, error);
}

/* Too much is pending for any line: reports it and drops it, and the rest of it
 * as it comes. */
static leat_code refuse_line (struct reader *r, struct leat_error *error) {
  r->offset = r->base + r->start;
  r->line++;
  r->start = r->end;
  r->scanned = 0;
  r->skipping = true;
  return fail_long_line(r, error);
}

leat_code reader_next_line (struct reader *r, const char **text, size_t *length,
                            struct leat_error *error) {
  for (;;) {
    size_t seen = r->start + r->scanned, unseen = r->end - seen;
    const char *found = unseen > 0 ? memchr(r->buffer + seen, '\n', unseen) : NULL;
    if (found != NULL) {
      size_t size = (size_t)(found - r->buffer) - r->start;
      if (!r->skipping) return take_line(r, size, size + 1, text, length, error);
      r->skipping = false;
      r->start += size + 1;
      r->scanned = 0;
      continue;
    }
    leat_code code;
    r->scanned += unseen;
    if (r->skipping) {
      r->start = r->end;
      r->scanned = 0;
    } else if (r->scanned > max_record_of(r) && r->scanned - max_record_of(r) > 4) {
      return refuse_line(r, error); /* 4: a byte order mark and a CR do not count */
    }
    if (r->fd < 0) {
      code = open_next(r, error);
    } else if (!r->at_end) {
      code = fill_line(r, error);
    } else {
      code = take_last_line(r, text, length, error);
      if (code != LEAT_END) return code;
      close_file(r);
      continue;
    }
    if (code != LEAT_OK) return code;
  }
}

bool reader_next_pending_line (struct reader *r, const char **text, size_t *length) {
  struct leat_error none;
  size_t seen = r->start + r->scanned, unseen = r->end - seen;
  const char *found = unseen > 0 ? memchr(r->buffer + seen, '\n', unseen) : NULL;
  if (found == NULL || r->skipping) return false;
  size_t size = (size_t)(found - r->buffer) - r->start;
  if (size > max_record_of(r)) return false;
  return take_line(r, size, size + 1, text, length, &none) == LEAT_OK;
}

/* }==================================================== */

leat_code reader_next_chunk (struct reader *r, size_t size, const char **bytes,
                             size_t *length, struct leat_error *error) {
  if (size == 0 || size == SIZE_MAX) size = LEAT_READ_SIZE;
  if (size > MAX_CHUNK) size = MAX_CHUNK;
  r->skipping = false;
  r->scanned = 0;
  while (r->start == r->end) {
    leat_code code = LEAT_OK;
    if (r->fd < 0) {
      code = open_next(r, error);
    } else if (r->at_end) {
      close_file(r);
    } else {
      compact(r);
      if (r->capacity < size) code = set_capacity(r, size, error);
      if (code == LEAT_OK) code = fill(r, size, error);
    }
    if (code != LEAT_OK) return code;
  }
  if (size > r->end - r->start) size = r->end - r->start;
  *bytes = r->buffer + r->start;
  *length = size;
  r->offset = r->base + r->start;
  r->start += size;
  return LEAT_OK;
}

/* {=====================  Records  ===================== */

char *reader_pending (struct reader *r, size_t *length, bool *at_end) {
  *length = r->end - r->start;
  *at_end = r->fd >= 0 && r->at_end;
  return r->buffer + r->start;
}

void reader_take (struct reader *r, size_t size, size_t lines) {
  r->offset = r->base + r->start;
  r->start += size;
  r->line += lines;
}

leat_code reader_more (struct reader *r, struct leat_error *error) {
  size_t pending = r->end - r->start;
  r->scanned = 0;
  r->skipping = false;
  if (r->fd >= 0 && r->at_end && pending == 0) close_file(r);
  if (r->fd < 0) {
    leat_code code = open_next(r, error);
    if (code != LEAT_OK) return code;
  }
  if (pending > max_record_of(r))
    return fail(error, LEAT_E_SIZE, r->line + 1, "a row is longer than max_record (%zu bytes)",
                max_record_of(r));
  bool at_start = r->base == 0 && r->start == 0;
  do { /* of a file's first bytes so many that a byte order mark is whole */
    leat_code code = fill_line(r, error);
    if (code != LEAT_OK) return code;
  } while (at_start && !r->at_end && r->end < sizeof byte_order_mark - 1);
  if (at_start && r->end >= 3 && memcmp(r->buffer, byte_order_mark, 3) == 0) r->start = 3;
  return LEAT_OK;
}

/* }==================================================== */

/* {=====================  Names  ===================== */

static int compare_names (const void *a, const void *b) {
  return strcmp(*(char *const *)a, *(char *const *)b);
}

static leat_code fail_adding (struct leat_error *error) {
  return fail(error, LEAT_E_MEMORY, 0, "not enough memory for the list of files");
}

leat_code reader_expand (const char *path, bool (*add)(void *ud, const char *name),
                         void *ud, struct leat_error *error) {
  struct stat status;
  glob_t matches;
  leat_code code = LEAT_OK;
  if (strcmp(path, "-") == 0 || lstat(path, &status) == 0) {
    return add(ud, path) ? LEAT_OK : fail_adding(error);
  }
  if (strpbrk(path, "*?[") == NULL) return fail_system(error, 0, "open", errno);
  /* Sorted here, as glob's own order follows the locale. A directory that cannot
   * be read is an error, not a directory without matches. */
  errno = 0;
  int result = glob(path, GLOB_NOSORT | GLOB_ERR, NULL, &matches);
  int os_errno = errno;
  if (result == GLOB_NOSPACE) {
    code = fail_adding(error);
  } else if (result == GLOB_ABORTED && os_errno != 0) {
    code = fail_system(error, 0, "look for files", os_errno);
  } else if (result != 0) {
    code = fail(error, LEAT_E_IO, 0, "no file matches this pattern");
    error->os_errno = ENOENT;
  } else {
    qsort(matches.gl_pathv, matches.gl_pathc, sizeof matches.gl_pathv[0], compare_names);
    for (size_t i = 0; i < matches.gl_pathc && code == LEAT_OK; i++) {
      if (!add(ud, matches.gl_pathv[i])) code = fail_adding(error);
    }
  }
  if (result == 0) globfree(&matches);
  return code;
}

/* }==================================================== */
