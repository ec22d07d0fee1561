/* SPDX-License-Identifier: MIT
 * reader_test.c - reader.c: every way a file can be cut into lines and reads.
 *
 * Works for any LEAT_READ_SIZE (the stress flavour's is 7). Files are made in a
 * folder of its own under TMPDIR and removed.
 */
#define _POSIX_C_SOURCE 200809L

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../src/bytes/reader.h"
#include "unit.h"

static unsigned long passed, failed;

#define CHECK(condition) check((condition), #condition, __LINE__)
static void check (bool ok, const char *what, int line) {
  if (ok) passed++;
  else if (failed++ < 20) fprintf(stderr, "FAILED: line %d: %s\n", line, what);
}

/* {=====================  Memory and files  ===================== */

static char folder[256];

static const char *path_of (const char *name) {
  static char paths[8][300];
  static int next;
  char *path = paths[next++ % 8];
  snprintf(path, sizeof paths[0], "%s/%s", folder, name);
  return path;
}

static const char *make_file (const char *name, const char *bytes, size_t length) {
  const char *path = path_of(name);
  FILE *file = fopen(path, "wb");
  if (file == NULL || fwrite(bytes, 1, length, file) != length || fclose(file) != 0) {
    perror(path);
    exit(2);
  }
  return path;
}

/* Reads the bytes behind a slice; ASan and valgrind say whether it may. */
static void touch_padding (const char *slice, size_t length) {
  unsigned sum = 0;
  for (size_t i = 0; i < READER_PADDING; i++) sum += (unsigned char)slice[length + i];
  if (sum == 12345678) printf("!\n");
}

static void expect_line (struct reader *r, const char *expected, size_t length, int line) {
  const char *text = "";
  size_t got = 0;
  struct leat_error error;
  leat_code code = reader_next_line(r, &text, &got, &error);
  check(code == LEAT_OK, "a line comes", line);
  check(code == LEAT_OK && got == length && memcmp(text, expected, got) == 0, expected, line);
  if (code == LEAT_OK) touch_padding(text, got);
}
#define LINE(r, text) expect_line(r, text, sizeof(text) - 1, __LINE__)

static void expect_end (struct reader *r, int line) {
  const char *text;
  size_t length;
  struct leat_error error;
  check(reader_next_line(r, &text, &length, &error) == LEAT_END, "the end", line);
  check(reader_next_line(r, &text, &length, &error) == LEAT_END, "the end again", line);
}
#define END(r) expect_end(r, __LINE__)

static void expect_failure (struct reader *r, leat_code expected, const char *message,
                            int line) {
  const char *text;
  size_t length;
  struct leat_error error = {0};
  leat_code code = reader_next_line(r, &text, &length, &error);
  check(code == expected && error.code == expected, "the code", line);
  check(strcmp(error.message, message) == 0, error.message, line);
}
#define FAILURE(r, code, message) expect_failure(r, code, message, __LINE__)

#define OPEN(r, ...)                                                             \
  const char *names_of_##r[] = {__VA_ARGS__};                                    \
  struct reader r = {0};                                                         \
  budget.peak = 0;                                                               \
  reader_init(&r, &memory, names_of_##r, sizeof names_of_##r / sizeof(char *), -1)

static void close_reader (struct reader *r, int line) {
  reader_close(r);
  reader_close(r);
  check(budget.live == 0, "all memory is given back", line);
}
#define CLOSE(r) close_reader(r, __LINE__)

/* }============================================================== */

static void test_line_ends (void) {
#define FILE_OF(text) make_file("a", text, sizeof(text) - 1)
  { OPEN(r, FILE_OF("")); END(&r); CLOSE(&r); }
  { OPEN(r, FILE_OF("\n")); LINE(&r, ""); END(&r); CLOSE(&r); }
  { OPEN(r, FILE_OF("\r\n")); LINE(&r, ""); END(&r); CLOSE(&r); }
  { OPEN(r, FILE_OF("\r")); LINE(&r, "\r"); END(&r); CLOSE(&r); }
  { OPEN(r, FILE_OF("a")); LINE(&r, "a"); END(&r); CLOSE(&r); }
  { OPEN(r, FILE_OF("one\ntwo\n\nfour\n")); LINE(&r, "one"); LINE(&r, "two"); LINE(&r, "");
    LINE(&r, "four"); END(&r); CLOSE(&r); }
  { OPEN(r, FILE_OF("one\r\ntwo is longer than seven\r\nr\rest\r\r\n\r\nx\r"));
    LINE(&r, "one"); LINE(&r, "two is longer than seven"); LINE(&r, "r\rest\r");
    LINE(&r, ""); LINE(&r, "x\r"); END(&r); CLOSE(&r); }
  { OPEN(r, FILE_OF("nul \0 nul\n\0\n\0")); LINE(&r, "nul \0 nul"); LINE(&r, "\0");
    LINE(&r, "\0"); END(&r); CLOSE(&r); }
  { OPEN(r, FILE_OF("\xff\xfe\x80\n")); LINE(&r, "\xff\xfe\x80"); END(&r); CLOSE(&r); }
}

static void test_byte_order_mark (void) {
  { OPEN(r, FILE_OF("\xef\xbb\xbf" "one\n\xef\xbb\xbftwo\n")); LINE(&r, "one");
    CHECK(r.offset == 3 && r.line == 1); LINE(&r, "\xef\xbb\xbftwo"); CHECK(r.offset == 7);
    END(&r); CLOSE(&r); }
  { OPEN(r, FILE_OF("\xef\xbb\xbf")); END(&r); CLOSE(&r); }
  { OPEN(r, FILE_OF("\xef\xbb\xbf\n")); LINE(&r, ""); END(&r); CLOSE(&r); }
  { OPEN(r, FILE_OF("\xef\xbb\xbf\r\nx")); LINE(&r, ""); LINE(&r, "x"); END(&r); CLOSE(&r); }
  { OPEN(r, FILE_OF("\xef\xbb\n")); LINE(&r, "\xef\xbb"); END(&r); CLOSE(&r); }
  { OPEN(r, FILE_OF("\xef\xbb")); LINE(&r, "\xef\xbb"); END(&r); CLOSE(&r); }
}

static void test_several_files (void) {
  const char *a = make_file("a", "a1\na2", 5), *empty = make_file("empty", "", 0);
  const char *b = make_file("b", "\xef\xbb\xbf" "b1\n", 6);
  OPEN(r, a, empty, b, a);
  LINE(&r, "a1");
  CHECK(strcmp(reader_file(&r), a) == 0 && r.line == 1 && r.offset == 0);
  LINE(&r, "a2");
  CHECK(r.line == 2 && r.offset == 3);
  LINE(&r, "b1");
  CHECK(strcmp(reader_file(&r), b) == 0 && r.line == 1 && r.offset == 3 && r.index == 2);
  LINE(&r, "a1");
  CHECK(strcmp(reader_file(&r), a) == 0 && r.line == 1 && r.offset == 0 && r.index == 3);
  LINE(&r, "a2");
  END(&r);
  CHECK(strcmp(reader_file(&r), a) == 0);
  CLOSE(&r);
  END(&r);
}

/* Random text against a plain loop over it; lines, some of them only if they are pending, and
 * chunks. */
static void test_random (void) {
  static char bytes[20000];
  for (int round = 0; round < 400; round++) {
    size_t length = random_below(round % 20 ? 400 : sizeof bytes), position = 0, lines = 0;
    size_t rare = 1 + random_below(60);
    for (size_t i = 0; i < length; i++) {
      size_t dice = random_below(rare + 3);
      bytes[i] = (char)(dice == 0 ? '\n' : dice == 1 ? '\r' : dice == 2 ? 0 : 'a' + dice % 26);
    }
    OPEN(r, make_file("random", bytes, length));
    const char *text;
    size_t got;
    struct leat_error error;
    bool same = true;
    while ((random_below(2) && reader_next_pending_line(&r, &text, &got)) ||
           reader_next_line(&r, &text, &got, &error) == LEAT_OK) {
      size_t end = position;
      while (end < length && bytes[end] != '\n') end++;
      size_t size = end - position;
      if (end < length && size > 0 && bytes[end - 1] == '\r') size--;
      same = same && got == size && memcmp(text, bytes + position, size) == 0 &&
             r.offset == position && r.line == ++lines;
      touch_padding(text, got);
      position = end + 1;
    }
    CHECK(same);
    CHECK(position == length || position == length + 1);
    CLOSE(&r);
    position = 0;
    same = true;
    reader_init(&r, &memory, names_of_r, 1, -1);
    while (reader_next_chunk(&r, 1 + random_below(300), &text, &got, &error) == LEAT_OK) {
      same = same && got > 0 && got <= length - position &&
             memcmp(text, bytes + position, got) == 0 && r.offset == position;
      touch_padding(text, got);
      position += got;
    }
    CHECK(same && position == length);
    CLOSE(&r);
  }
}

static void test_chunks (void) {
  OPEN(r, make_file("a", "0123456789", 10), make_file("b", "\xef\xbb\xbf" "x\nyz", 7));
  const char *bytes;
  size_t length;
  struct leat_error error;
  CHECK(reader_next_chunk(&r, 4, &bytes, &length, &error) == LEAT_OK && length == 4 &&
        memcmp(bytes, "0123", 4) == 0 && r.offset == 0);
  LINE(&r, "456789"); /* and lines go on from there */
  CHECK(r.offset == 4);
  CHECK(reader_next_chunk(&r, 5, &bytes, &length, &error) == LEAT_OK && length == 5 &&
        memcmp(bytes, "\xef\xbb\xbfx\n", 5) == 0 && r.index == 1);
  CHECK(reader_next_chunk(&r, SIZE_MAX, &bytes, &length, &error) == LEAT_OK && length == 2 &&
        memcmp(bytes, "yz", 2) == 0 && r.offset == 5);
  CHECK(reader_next_chunk(&r, 5, &bytes, &length, &error) == LEAT_END);
  CLOSE(&r);
  CHECK(reader_next_chunk(&r, 5, &bytes, &length, &error) == LEAT_END);
}

static void test_max_record (void) {
  static char bytes[5000];
  size_t n = 0;
  for (int i = 0; i < 6; i++) { /* lines of 99, 100, 101, 100 + CR, 102 and 2000 bytes */
    static const size_t sizes[] = {99, 100, 101, 100, 102, 2000};
    memset(bytes + n, 'a' + i, sizes[i]);
    n += sizes[i];
    if (i == 3) bytes[n++] = '\r';
    bytes[n++] = '\n';
  }
  memcpy(bytes + n, "end\n", 4);
  OPEN(r, make_file("a", bytes, n + 4), make_file("b", bytes, 100));
  r.max_record = 100;
  const char *text;
  size_t length;
  struct leat_error error;
  CHECK(reader_next_line(&r, &text, &length, &error) == LEAT_OK && length == 99);
  CHECK(reader_next_line(&r, &text, &length, &error) == LEAT_OK && length == 100);
  CHECK(reader_next_line(&r, &text, &length, &error) == LEAT_E_SIZE);
  CHECK(strcmp(error.message, "line 3 is longer than max_record (100 bytes)") == 0);
  CHECK(error.line == 3 && error.code == LEAT_E_SIZE && error.offset == 201);
  CHECK(reader_next_line(&r, &text, &length, &error) == LEAT_OK && length == 100);
  CHECK(text[0] == 'd' && r.line == 4);
  FAILURE(&r, LEAT_E_SIZE, "line 5 is longer than max_record (100 bytes)");
  FAILURE(&r, LEAT_E_SIZE, "line 6 is longer than max_record (100 bytes)");
  LINE(&r, "end");
  CHECK(r.line == 7);
  CHECK(reader_next_line(&r, &text, &length, &error) == LEAT_OK && length == 99);
  END(&r);
  CLOSE(&r);
  reader_init(&r, &memory, names_of_r, 2, -1);
  r.max_record = 1;
  for (size_t i = 1; i <= 6; i++) {
    CHECK(reader_next_line(&r, &text, &length, &error) == LEAT_E_SIZE && error.line == i);
  }
  FAILURE(&r, LEAT_E_SIZE, "line 7 is longer than max_record (1 bytes)");
  FAILURE(&r, LEAT_E_SIZE, "line 1 is longer than max_record (1 bytes)");
  END(&r);
  CLOSE(&r);
  CHECK(budget.peak < 3 * LEAT_READ_SIZE + 6000);
}

/* A line of 100 MB (less where each read is 7 bytes): a hole in a file is NULs. */
static void test_huge_line (void) {
  size_t size = LEAT_READ_SIZE < 1000 ? 100000 : (size_t)100 << 20;
  const char *path = make_file("huge", "first\n", 6), *text;
  size_t length, steps = 0;
  struct leat_error error;
  FILE *file = fopen(path, "ab");
  if (file == NULL || ftruncate(fileno(file), (off_t)(6 + size)) != 0) exit(2);
  fputs("\n", file);
  for (int i = 0; i < 100000; i++) fputs("a line of thirty-one bytes here\n", file);
  fclose(file);
  OPEN(r, path);
  LINE(&r, "first");
  CHECK(reader_next_line(&r, &text, &length, &error) == LEAT_OK && length == size);
  CHECK(r.line == 2 && text[0] == 0 && text[size - 1] == 0 && r.offset == 6);
  touch_padding(text, length);
  CHECK(budget.peak <= 2 * (2 * size + LEAT_READ_SIZE + READER_PADDING));
  for (; budget.live > LEAT_READ_SIZE + READER_PADDING && steps < 100000; steps++) {
    LINE(&r, "a line of thirty-one bytes here");
  }
  CHECK(steps < 90000 || LEAT_READ_SIZE < 1000); /* the buffer falls back */
  for (; steps < 100000; steps++) LINE(&r, "a line of thirty-one bytes here");
  END(&r);
  CLOSE(&r);
  reader_init(&r, &memory, names_of_r, 1, -1);
  r.max_record = size - 1;
  LINE(&r, "first");
  CHECK(reader_next_line(&r, &text, &length, &error) == LEAT_E_SIZE);
  LINE(&r, "a line of thirty-one bytes here");
  CLOSE(&r);
  budget.peak = 0;
  reader_init(&r, &memory, names_of_r, 1, -1);
  r.max_record = 1000; /* refused early: the buffer does not grow */
  LINE(&r, "first");
  FAILURE(&r, LEAT_E_SIZE, "line 2 is longer than max_record (1000 bytes)");
  LINE(&r, "a line of thirty-one bytes here");
  CHECK(budget.peak < LEAT_READ_SIZE + 10000);
  CLOSE(&r);
  unlink(path);
}

static void test_failures (void) {
  const char *a = make_file("a", "a\n", 2);
  {
    OPEN(r, a, path_of("missing"), a);
    LINE(&r, "a");
    FAILURE(&r, LEAT_E_IO, "cannot open: No such file or directory");
    CHECK(strcmp(reader_file(&r), path_of("missing")) == 0);
    END(&r); /* an IO error ends it all */
    CLOSE(&r);
  }
  {
    OPEN(r, folder);
    const char *text;
    size_t length;
    struct leat_error error;
    CHECK(reader_next_line(&r, &text, &length, &error) == LEAT_E_IO);
    CHECK(strcmp(error.message, "is a directory") == 0 && error.os_errno == EISDIR);
    END(&r);
    CLOSE(&r);
  }
  if (geteuid() != 0) {
    const char *secret = make_file("secret", "x", 1);
    chmod(secret, 0);
    OPEN(r, secret);
    FAILURE(&r, LEAT_E_IO, "cannot open: Permission denied");
    CLOSE(&r);
  }
  {
    struct reader r = {0}; /* a descriptor that is no good for reading */
    int fd = open(a, O_WRONLY);
    reader_init(&r, &memory, NULL, 0, fd);
    FAILURE(&r, LEAT_E_IO, "cannot read: Bad file descriptor");
    CHECK(reader_file(&r) == NULL);
    CLOSE(&r);
    CHECK(fcntl(fd, F_GETFD) >= 0); /* the caller's own stays open */
    close(fd);
  }
}

/* A caller's descriptor and standard input are read and not closed. */
static void test_descriptors (void) {
  const char *a = make_file("a", "a\nb", 3);
  int fd = open(a, O_RDONLY), saved = dup(0);
  struct reader r = {0};
  reader_init(&r, &memory, NULL, 0, fd);
  LINE(&r, "a");
  LINE(&r, "b");
  END(&r);
  CLOSE(&r);
  CHECK(lseek(fd, 0, SEEK_SET) == 0 && dup2(fd, 0) == 0);
  OPEN(s, "-", a);
  LINE(&s, "a");
  CHECK(strcmp(reader_file(&s), "(standard input)") == 0);
  LINE(&s, "b");
  LINE(&s, "a");
  CLOSE(&s);
  CHECK(fcntl(0, F_GETFD) >= 0);
  dup2(saved, 0);
  close(saved);
  close(fd);
}

static volatile sig_atomic_t alarms;
static void on_alarm (int number) {
  (void)number;
  alarms++;
}

/* A slow pipe, non-blocking, with signals in between: lines come as they are. */
static void test_slow_pipe (bool non_blocking) {
  int ends[2];
  if (pipe(ends) != 0) exit(2);
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    static const char *const parts[] = {"\xef", "\xbb\xbfo", "ne\r", "\ntwo\n", "\n", "last"};
    struct timespec pause = {.tv_nsec = 15000000};
    close(ends[0]);
    for (size_t i = 0; i < 6; i++) {
      nanosleep(&pause, NULL);
      if (write(ends[1], parts[i], strlen(parts[i])) < 0) _exit(1);
    }
    _exit(0);
  }
  close(ends[1]);
  if (non_blocking) fcntl(ends[0], F_SETFL, O_NONBLOCK);
  struct sigaction action = {.sa_handler = on_alarm}; /* without SA_RESTART */
  struct itimerval often = {{0, 4000}, {0, 4000}}, never = {{0, 0}, {0, 0}};
  sigaction(SIGALRM, &action, NULL);
  setitimer(ITIMER_REAL, &often, NULL);
  struct reader r = {0};
  reader_init(&r, &memory, NULL, 0, ends[0]);
  LINE(&r, "one");
  LINE(&r, "two");
  LINE(&r, "");
  LINE(&r, "last");
  END(&r);
  CHECK(alarms > 0);
  CLOSE(&r);
  setitimer(ITIMER_REAL, &never, NULL);
  close(ends[0]);
  waitpid(child, NULL, 0);
}

static atomic_int stop;
static void on_alarm_stop (int number) {
  (void)number;
  stop = 1;
}

/* A read that would wait for ever ends when a handler says so. */
static void test_interrupted (void) {
  int ends[2];
  struct sigaction action = {.sa_handler = on_alarm_stop};
  struct itimerval often = {{0, 4000}, {0, 4000}}, never = {{0, 0}, {0, 0}};
  if (pipe(ends) != 0) exit(2);
  for (int round = 0; round < 2; round++) {
    struct reader r = {.interrupted = &stop};
    stop = 0;
    if (round == 1) fcntl(ends[0], F_SETFL, O_NONBLOCK);
    reader_init(&r, &memory, NULL, 0, ends[0]);
    CHECK(write(ends[1], "one\ntw", 6) == 6);
    sigaction(SIGALRM, &action, NULL);
    setitimer(ITIMER_REAL, &often, NULL);
    LINE(&r, "one");
    FAILURE(&r, LEAT_E_IO, "interrupted");
    END(&r);
    setitimer(ITIMER_REAL, &never, NULL);
    CLOSE(&r);
  }
  if (mkfifo(path_of("fifo"), 0600) == 0) { /* nobody opens its other end */
    OPEN(r, path_of("fifo"));
    r.interrupted = &stop;
    stop = 0;
    setitimer(ITIMER_REAL, &often, NULL);
    FAILURE(&r, LEAT_E_IO, "interrupted");
    setitimer(ITIMER_REAL, &never, NULL);
    CLOSE(&r);
    unlink(path_of("fifo"));
  }
  close(ends[0]);
  close(ends[1]);
}

/* A chunk and a line come at once, not when a buffer is full. */
static void test_no_waiting (void) {
  int ends[2];
  const char *bytes;
  size_t length;
  struct leat_error error;
  struct reader r = {0};
  if (pipe(ends) != 0) exit(2);
  reader_init(&r, &memory, NULL, 0, ends[0]);
  CHECK(write(ends[1], "now\n", 4) == 4);
  LINE(&r, "now");
  CHECK(write(ends[1], "again", 5) == 5);
  CHECK(reader_next_chunk(&r, 100, &bytes, &length, &error) == LEAT_OK);
  CHECK(length == 5 && memcmp(bytes, "again", 5) == 0);
  CLOSE(&r);
  close(ends[0]);
  close(ends[1]);
}

static char found[1000];
static int may_add;
static bool add_name (void *ud, const char *name) {
  (void)ud;
  const char *base = strrchr(name, '/') != NULL ? strrchr(name, '/') + 1 : name;
  snprintf(found + strlen(found), sizeof found - strlen(found), "%s ", base);
  return may_add-- > 0;
}

static leat_code expand (const char *path, int room, struct leat_error *error) {
  found[0] = '\0';
  may_add = room;
  return reader_expand(path, add_name, NULL, error);
}

static void test_expand (void) {
  static const char *const names[] = {"x.b", "x.B", "x.a", "x.10", "x.9", "x.\xc3\xa4", "x[1].t"};
  struct leat_error error;
  for (size_t i = 0; i < 7; i++) make_file(names[i], "", 0);
  CHECK(expand(path_of("x.*"), 9, &error) == LEAT_OK);
  CHECK(strcmp(found, "x.10 x.9 x.B x.a x.b x.\xc3\xa4 ") == 0);
  CHECK(expand(path_of("x.[ab]"), 9, &error) == LEAT_OK && strcmp(found, "x.a x.b ") == 0);
  CHECK(expand(path_of("x[1].t"), 9, &error) == LEAT_OK && strcmp(found, "x[1].t ") == 0);
  CHECK(expand("-", 9, &error) == LEAT_OK && strcmp(found, "- ") == 0);
  CHECK(expand(path_of("y*"), 9, &error) == LEAT_E_IO && found[0] == '\0');
  CHECK(strcmp(error.message, "no file matches this pattern") == 0);
  CHECK(expand(path_of("none/y*"), 9, &error) == LEAT_E_IO);
  CHECK(expand(path_of("x.a/y*"), 9, &error) == LEAT_E_IO);
  CHECK(expand(path_of("y"), 9, &error) == LEAT_E_IO && error.os_errno == ENOENT);
  CHECK(strcmp(error.message, "cannot open: No such file or directory") == 0);
  CHECK(expand("", 9, &error) == LEAT_E_IO && error.os_errno == ENOENT);
  CHECK(expand(path_of("x.*"), 2, &error) == LEAT_E_MEMORY && strcmp(found, "x.10 x.9 x.B ") == 0);
  CHECK(expand(path_of("x.a"), 0, &error) == LEAT_E_MEMORY);
  for (size_t i = 0; i < 7; i++) unlink(path_of(names[i]));
}

/* Each allocation fails once: an error, then the same call goes on. */
static void test_memory (void) {
  static char bytes[3 * 200000];
  size_t size = LEAT_READ_SIZE < 1000 ? 500 : sizeof bytes / 3, lines;
  memset(bytes, 'x', sizeof bytes);
  for (size_t i = 1; i <= 3; i++) bytes[i * size - 1] = '\n';
  OPEN(r, make_file("a", bytes, 3 * size));
  for (long n = 0;; n++) {
    const char *text;
    size_t length, failures = 0;
    struct leat_error error;
    leat_code code;
    reader_init(&r, &memory, names_of_r, 1, -1);
    budget.until_failure = n;
    for (lines = 0;;) {
      code = reader_next_line(&r, &text, &length, &error);
      if (code == LEAT_OK) {
        CHECK(length == size - 1);
        lines++;
      } else if (code == LEAT_E_MEMORY) {
        CHECK(error.line == lines + 1 && strstr(error.message, "memory") != NULL);
        failures++;
        budget.until_failure = -1;
      } else {
        break;
      }
    }
    CHECK(code == LEAT_END && lines == 3);
    CLOSE(&r);
    budget.until_failure = -1;
    if (failures == 0) break;
    CHECK(failures == 1 && n < 20);
    if (n >= 20) break;
  }
}

int main (void) {
  const char *parent = getenv("TMPDIR");
  snprintf(folder, sizeof folder, "%s/leat-reader-XXXXXX", parent ? parent : "/tmp");
  if (mkdtemp(folder) == NULL) {
    perror(folder);
    return 2;
  }
  test_line_ends();
  test_byte_order_mark();
  test_several_files();
  test_random();
  test_chunks();
  test_max_record();
  test_huge_line();
  test_failures();
  test_descriptors();
  test_slow_pipe(false);
  test_slow_pipe(true);
  test_interrupted();
  test_no_waiting();
  test_expand();
  test_memory();
  static const char *const left[] = {"a", "b", "empty", "random", "secret"};
  for (size_t i = 0; i < 5; i++) unlink(path_of(left[i]));
  if (rmdir(folder) != 0) perror(folder);
  printf("%lu passed, %lu failed\n", passed, failed);
  return failed > 0;
}
