/* SPDX-License-Identifier: MIT
 * writer_test.c - writer.c: whole files or none, whatever happens on the way.
 *
 * Works for any LEAT_WRITE_SIZE (the stress flavour's is 7). Everything happens in
 * a folder of its own under TMPDIR, which must be empty again after each test.
 */
#ifndef _DEFAULT_SOURCE
#define _DEFAULT_SOURCE /* flock */
#endif
#define _POSIX_C_SOURCE 200809L

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../src/bytes/writer.h"
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
  static char paths[8][600];
  static int next;
  char *path = paths[next++ % 8];
  snprintf(path, sizeof paths[0], "%s/%s", folder, name);
  return path;
}

static void make_file (const char *name, const char *text, mode_t mode) {
  FILE *file = fopen(path_of(name), "wb");
  if (file == NULL || fputs(text, file) < 0 || fclose(file) != 0 ||
      chmod(path_of(name), mode) != 0) {
    perror(name);
    exit(2);
  }
}

static bool holds (const char *name, const char *text) {
  char got[1000];
  FILE *file = fopen(path_of(name), "rb");
  if (file == NULL) return false;
  size_t length = fread(got, 1, sizeof got, file);
  fclose(file);
  return length == strlen(text) && memcmp(got, text, length) == 0;
}

static bool exists (const char *name) {
  struct stat status;
  return lstat(path_of(name), &status) == 0;
}

static mode_t mode_of (const char *name) {
  struct stat status;
  return lstat(path_of(name), &status) == 0 ? status.st_mode & 07777 : 0;
}

/* The number of names in the folder, or of those that contain `part`. */
static int count_names (const char *part) {
  DIR *directory = opendir(folder);
  struct dirent *entry;
  int count = 0;
  if (directory == NULL) return -1;
  while ((entry = readdir(directory)) != NULL) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) continue;
    count += part == NULL || strstr(entry->d_name, part) != NULL;
  }
  closedir(directory);
  return count;
}
#define TEMPORARIES() count_names(".leat-tmp")

static void clean_up (int line) { /* removes all files, which must be no temporaries */
  DIR *directory = opendir(folder);
  struct dirent *entry;
  check(TEMPORARIES() == 0, "no temporary file is left", line);
  check(budget.live == 0, "all memory is given back", line);
  while ((entry = readdir(directory)) != NULL) {
    if (unlink(path_of(entry->d_name)) != 0) rmdir(path_of(entry->d_name));
  }
  closedir(directory);
}
#define CLEAN() clean_up(__LINE__)

#define OK(call) CHECK((call) == LEAT_OK)

static leat_code put (struct writer *w, const char *text, struct leat_error *error) {
  return writer_write(w, text, strlen(text), error);
}

static void expect_refusal (const char *path, int os_errno, const char *message, int line) {
  struct writer w;
  struct leat_error error = {0};
  writer_init(&w, &memory);
  check(writer_open(&w, path, &error) == LEAT_E_IO && error.code == LEAT_E_IO, path, line);
  check(error.os_errno == os_errno, "os_errno", line);
  check(strcmp(error.message, message) == 0, error.message, line);
  check(w.fd == -1 && budget.live == 0, "is closed", line);
  writer_discard(&w);
}
#define REFUSED(path, os_errno, message) expect_refusal(path, os_errno, message, __LINE__)

/* }============================================================== */

static void test_new_file (void) {
  struct writer w;
  struct leat_error error = {0};
  writer_init(&w, &memory);
  mode_t mask = umask(027);
  OK(writer_open(&w, path_of("new"), &error));
  OK(put(&w, "one\n", &error));
  OK(put(&w, "", &error));
  OK(put(&w, "two, which is longer than a small buffer\n", &error));
  CHECK(!exists("new") && TEMPORARIES() == 1 && count_names(".new.") == 1);
  OK(writer_flush(&w, &error));
  CHECK(!exists("new"));
  OK(writer_commit(&w, &error));
  CHECK(holds("new", "one\ntwo, which is longer than a small buffer\n"));
  CHECK(w.bytes == 45 && mode_of("new") == 0640 && TEMPORARIES() == 0);
  CHECK(budget.live == 0 && w.fd == -1);
  CHECK(writer_commit(&w, &error) == LEAT_E_USE && put(&w, "x", &error) == LEAT_E_USE);
  writer_discard(&w);
  writer_discard(&w);
  CHECK(exists("new"));
  OK(writer_open(&w, path_of("empty"), &error)); /* the same writer once more */
  OK(writer_commit(&w, &error));
  CHECK(holds("empty", "") && w.bytes == 0);
  OK(writer_open(&w, path_of("none"), &error));
  OK(put(&w, "x", &error));
  writer_discard(&w);
  CHECK(!exists("none") && count_names(NULL) == 2);
  OK(writer_open(&w, path_of("none"), &error));
  OK(writer_open(&w, path_of("other"), &error)); /* drops the first */
  CHECK(TEMPORARIES() == 1);
  writer_discard(&w);
  umask(mask);
  CLEAN();
}

static void test_replacing (void) {
  static const mode_t modes[] = {0600, 0644, 0640, 0666, 0755, 0200, 04755, 0777};
  struct writer w;
  struct leat_error error = {0};
  writer_init(&w, &memory);
  for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
    make_file("old", "old", modes[i]);
    OK(writer_open(&w, path_of("old"), &error));
    OK(put(&w, "new", &error));
    OK(writer_flush(&w, &error));
    CHECK(modes[i] == 0200 || holds("old", "old"));
    CHECK(mode_of("old") == modes[i]);
    OK(writer_commit(&w, &error));
    CHECK(mode_of("old") == (modes[i] & 0777)); /* set-user-id is not kept */
    chmod(path_of("old"), 0644);
    CHECK(holds("old", "new"));
  }
  OK(writer_open(&w, path_of("old"), &error));
  OK(put(&w, "newer", &error));
  writer_discard(&w);
  CHECK(holds("old", "new"));
  { /* read and written at once */
    FILE *file = fopen(path_of("old"), "r");
    OK(writer_open(&w, path_of("old"), &error));
    for (int c; file != NULL && (c = getc(file)) != EOF;) {
      char twice[2] = {(char)c, (char)c};
      OK(writer_write(&w, twice, 2, &error));
    }
    OK(writer_commit(&w, &error));
    if (file != NULL) fclose(file);
    CHECK(holds("old", "nneeww"));
  }
  CLEAN();
}

static bool is_link (const char *name) {
  struct stat status;
  return lstat(path_of(name), &status) == 0 && S_ISLNK(status.st_mode);
}

static void write_text (const char *name, const char *text) {
  struct writer w;
  struct leat_error error = {0};
  writer_init(&w, &memory);
  OK(writer_open(&w, path_of(name), &error));
  OK(put(&w, text, &error));
  OK(writer_commit(&w, &error));
  if (error.code != LEAT_OK) fprintf(stderr, "%s: %s\n", name, error.message);
}

static void test_links (void) {
  make_file("file", "old", 0640);
  if (mkdir(path_of("sub"), 0755) != 0) exit(2);
  CHECK(symlink("file", path_of("link")) == 0);
  CHECK(symlink(path_of("link"), path_of("link2")) == 0);
  CHECK(symlink("../link2", path_of("sub/link3")) == 0);
  CHECK(symlink("missing", path_of("dangling")) == 0);
  CHECK(symlink("loop", path_of("loop")) == 0);
  CHECK(symlink("no/where", path_of("nowhere")) == 0);
  CHECK(symlink("sub", path_of("folder")) == 0);
  write_text("link", "1");
  CHECK(is_link("link") && holds("file", "1") && mode_of("file") == 0640);
  write_text("sub/link3", "3");
  CHECK(is_link("sub/link3") && is_link("link2") && is_link("link") && holds("file", "3"));
  write_text("dangling", "d");
  CHECK(is_link("dangling") && holds("missing", "d"));
  write_text("folder/x", "x");
  CHECK(is_link("folder") && holds("sub/x", "x"));
  REFUSED(path_of("loop"), ELOOP, "cannot open: Too many levels of symbolic links");
  REFUSED(path_of("nowhere"), ENOENT, "cannot open its folder: No such file or directory");
  REFUSED(path_of("folder"), EISDIR, "is a directory");
  unlink(path_of("sub/link3"));
  unlink(path_of("sub/x"));
  CLEAN();
}

static void test_refusals (void) {
  char name[300];
  REFUSED(folder, EISDIR, "is a directory");
  REFUSED("/", EISDIR, "is a directory");
  REFUSED("", ENOENT, "cannot open: No such file or directory");
  REFUSED(path_of("no/x"), ENOENT, "cannot open its folder: No such file or directory");
  REFUSED(path_of("x/"), ENOENT, "cannot open its folder: No such file or directory");
  make_file("file", "x", 0644);
  REFUSED(path_of("file/x"), ENOTDIR, "cannot open: Not a directory");
  memset(name, 'n', sizeof name);
  name[256] = '\0';
  REFUSED(path_of(name), ENAMETOOLONG, "cannot open: File name too long");
  name[255] = '\0';
  write_text(name, "long"); /* the longest there is */
  CHECK(holds(name, "long"));
  if (geteuid() != 0) {
    chmod(path_of("file"), 0444);
    REFUSED(path_of("file"), EACCES, "cannot open: Permission denied");
    chmod(folder, 0555);
    REFUSED(path_of("new"), EACCES,
            "cannot create a temporary file in its folder: Permission denied");
    chmod(folder, 0755);
  } else {
    printf("skipped: what is not permitted (root may do all)\n");
  }
  CLEAN();
}

static void test_devices (void) {
  struct writer w;
  struct leat_error error = {0};
  struct stat status;
  writer_init(&w, &memory);
  OK(writer_open(&w, "/dev/null", &error));
  OK(put(&w, "gone", &error));
  OK(writer_commit(&w, &error));
  CHECK(stat("/dev/null", &status) == 0 && S_ISCHR(status.st_mode));
  if (stat("/dev/full", &status) != 0 || !S_ISCHR(status.st_mode)) return;
  OK(writer_open(&w, "/dev/full", &error));
  while (put(&w, "line\n", &error) == LEAT_OK && w.bytes < 10 * LEAT_WRITE_SIZE) {}
  CHECK(error.os_errno == ENOSPC && w.bytes <= LEAT_WRITE_SIZE);
  CHECK(strcmp(error.message, "cannot write: No space left on device") == 0);
  error.os_errno = 0;
  CHECK(writer_flush(&w, &error) == LEAT_E_IO && error.os_errno == ENOSPC);
  CHECK(writer_commit(&w, &error) == LEAT_E_IO && error.os_errno == ENOSPC);
  writer_discard(&w);
  OK(writer_open(&w, "/dev/full", &error));
  OK(put(&w, "line\n", &error)); /* noticed by commit */
  CHECK(writer_commit(&w, &error) == LEAT_E_IO && error.os_errno == ENOSPC);
  writer_discard(&w);
  CHECK(stat("/dev/full", &status) == 0 && S_ISCHR(status.st_mode));
  CLEAN();
}

/* {=====================  Pipes  ===================== */

/* A child that reads the pipe in small bites; its exit code tells if it saw the
 * numbers 0, 1, 2 ... modulo 251, `length` of them. */
static pid_t start_slow_reader (int from, int other, size_t length) {
  fflush(stdout);
  pid_t child = fork();
  if (child != 0) return child;
  unsigned char bytes[3000];
  size_t position = 0;
  ssize_t got;
  struct timespec pause = {.tv_nsec = 1000000};
  close(other);
  while ((got = read(from, bytes, sizeof bytes)) > 0) {
    for (ssize_t i = 0; i < got; i++, position++) {
      if (bytes[i] != position % 251) _exit(1);
    }
    if (position < 100000) nanosleep(&pause, NULL);
  }
  _exit(position == length ? 0 : 2);
}

static void test_pipe (bool non_blocking) {
  static unsigned char bytes[300000];
  int ends[2], status = -1, saved = dup(1);
  struct writer w;
  struct leat_error error = {0};
  for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (unsigned char)(i % 251);
  if (pipe(ends) != 0) exit(2);
  pid_t child = start_slow_reader(ends[0], ends[1], sizeof bytes);
  close(ends[0]);
  if (non_blocking) fcntl(ends[1], F_SETFL, O_NONBLOCK);
  dup2(ends[1], 1);
  close(ends[1]);
  writer_init(&w, &memory);
  bool ok = writer_open(&w, "-", &error) == LEAT_OK && w.direct;
  for (size_t at = 0, size = 1; at < sizeof bytes; at += size, size = size * 3 % 40009) {
    if (size > sizeof bytes - at) size = sizeof bytes - at;
    ok = ok && writer_write(&w, (const char *)bytes + at, size, &error) == LEAT_OK;
  }
  ok = ok && w.bytes == sizeof bytes && writer_commit(&w, &error) == LEAT_OK;
  CHECK(fcntl(1, F_GETFD) >= 0); /* standard output stays open */
  dup2(saved, 1);
  close(saved);
  CHECK(ok);
  CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0);
  CLEAN();
}

static atomic_int stop;
static void on_alarm (int number) {
  (void)number;
  stop = 1;
}

/* A write that would wait for ever ends when a handler says so. */
static void test_interrupted (void) {
  static char bytes[200000];
  struct writer w;
  struct leat_error error = {0};
  struct sigaction action = {.sa_handler = on_alarm};
  struct itimerval often = {{0, 4000}, {0, 4000}}, never = {{0, 0}, {0, 0}};
  if (mkfifo(path_of("fifo"), 0600) != 0) exit(2);
  sigaction(SIGALRM, &action, NULL);
  setitimer(ITIMER_REAL, &often, NULL);
  writer_init(&w, &memory);
  w.interrupted = &stop;
  CHECK(writer_open(&w, path_of("fifo"), &error) == LEAT_E_IO && error.os_errno == EINTR);
  CHECK(strcmp(error.message, "interrupted") == 0);
  int reader = open(path_of("fifo"), O_RDONLY | O_NONBLOCK); /* and never reads */
  stop = 0;
  OK(writer_open(&w, path_of("fifo"), &error));
  CHECK(writer_write(&w, bytes, sizeof bytes, &error) == LEAT_E_IO);
  CHECK(error.os_errno == EINTR);
  setitimer(ITIMER_REAL, &never, NULL);
  writer_discard(&w);
  close(reader);
  CLEAN();
}

static void test_closed_pipe (void) {
  struct writer w;
  struct leat_error error = {0};
  int reader;
  if (mkfifo(path_of("fifo"), 0600) != 0) exit(2);
  reader = open(path_of("fifo"), O_RDONLY | O_NONBLOCK);
  writer_init(&w, &memory);
  OK(writer_open(&w, path_of("fifo"), &error));
  OK(put(&w, "hello", &error));
  OK(writer_flush(&w, &error));
  char got[5];
  CHECK(read(reader, got, 5) == 5 && memcmp(got, "hello", 5) == 0);
  close(reader);
  OK(put(&w, "world", &error));
  CHECK(writer_flush(&w, &error) == LEAT_E_IO && error.os_errno == EPIPE);
  CHECK(put(&w, "more", &error) == LEAT_E_IO && error.os_errno == EPIPE);
  CHECK(writer_commit(&w, &error) == LEAT_E_IO && error.os_errno == EPIPE);
  writer_discard(&w);
  CHECK(exists("fifo"));
  CLEAN();
}

/* }================================================== */

/* Pieces of all sizes around that of the buffer. */
static void test_sizes (void) {
  static char expected[600000], got[sizeof expected];
  struct writer w;
  struct leat_error error = {0};
  size_t length = 0, sizes[] = {1,
                                0,
                                LEAT_WRITE_SIZE - 1,
                                LEAT_WRITE_SIZE,
                                LEAT_WRITE_SIZE + 1,
                                3,
                                3 * LEAT_WRITE_SIZE,
                                LEAT_WRITE_SIZE / 2,
                                LEAT_WRITE_SIZE / 2 + 1,
                                100};
  for (size_t i = 0; i < sizeof expected; i++) expected[i] = (char)(i * i % 251);
  writer_init(&w, &memory);
  OK(writer_open(&w, path_of("big"), &error));
  for (size_t i = 0; i < 10; i++) {
    OK(writer_write(&w, expected + length, sizes[i], &error));
    length += sizes[i];
  }
  CHECK(w.bytes == length && length <= sizeof expected);
  OK(writer_commit(&w, &error));
  FILE *file = fopen(path_of("big"), "rb");
  CHECK(file != NULL && fread(got, 1, sizeof got, file) == length);
  CHECK(memcmp(got, expected, length) == 0);
  if (file != NULL) fclose(file);
  CLEAN();
}

/* A full disk, played by a limit on the size of files. */
static void test_full_disk (void) {
  struct writer w;
  struct leat_error error = {0};
  struct rlimit old, small;
  make_file("file", "old", 0644);
  getrlimit(RLIMIT_FSIZE, &old);
  small = old;
  small.rlim_cur = 1000;
  signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &small);
  writer_init(&w, &memory);
  OK(writer_open(&w, path_of("file"), &error));
  while (put(&w, "123456789\n", &error) == LEAT_OK && w.bytes < 1000000) {}
  CHECK(error.os_errno == EFBIG && put(&w, "x", &error) == LEAT_E_IO);
  CHECK(writer_commit(&w, &error) == LEAT_E_IO && error.os_errno == EFBIG);
  setrlimit(RLIMIT_FSIZE, &old);
  CHECK(writer_commit(&w, &error) == LEAT_E_IO); /* never, as a part is missing */
  writer_discard(&w);
  CHECK(holds("file", "old"));
  CLEAN();
}

/* {=====================  What processes leave  ===================== */

static void test_stale (void) {
  char names[8][100];
  fflush(stdout);
  pid_t dead = fork();
  if (dead == 0) _exit(0);
  waitpid(dead, NULL, 0);
  snprintf(names[0], 100, ".out.%ld.0.leat-tmp", (long)dead);
  snprintf(names[1], 100, ".out.%ld.17.leat-tmp", (long)dead);
  snprintf(names[2], 100, ".out.%ld.0.leat-tmp", (long)getppid()); /* alive */
  snprintf(names[3], 100, ".out.%ld.0.leat-tmp", (long)getpid());
  snprintf(names[4], 100, ".other.%ld.0.leat-tmp", (long)dead);
  snprintf(names[5], 100, ".out.x.%ld.0.leat-tmp", (long)dead);
  snprintf(names[6], 100, ".out.%ld.0.leat-tmp~", (long)dead);
  snprintf(names[7], 100, ".out.%ld.1.leat-tmp", (long)dead); /* locked: not stale */
  for (int i = 0; i < 8; i++) make_file(names[i], "stale", 0600);
  int locked = open(path_of(names[7]), O_RDONLY);
  CHECK(flock(locked, LOCK_EX) == 0);
  write_text("out", "x");
  CHECK(!exists(names[0]) && !exists(names[1]));
  for (int i = 2; i < 8; i++) CHECK(exists(names[i]));
  close(locked);
  write_text("out", "y");
  CHECK(!exists(names[7]) && holds("out", "y"));
  for (int i = 2; i < 7; i++) unlink(path_of(names[i]));
  CLEAN();
}

static void on_terminate (int number) {
  writer_unlink_all();
  _exit(100 + number);
}

static void test_signals (void) {
  struct writer w[WRITER_SLOTS + 6];
  struct leat_error error = {0};
  char name[20];
  int status = 0;
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    signal(SIGTERM, on_terminate);
    for (int i = 0; i < 5; i++) {
      writer_init(&w[i], &memory);
      if (writer_open(&w[i], path_of("out"), &error) != LEAT_OK) _exit(1);
      if (put(&w[i], "x", &error) != LEAT_OK) _exit(1);
    }
    if (writer_commit(&w[1], &error) != LEAT_OK) _exit(1);
    if (TEMPORARIES() != 4) _exit(2);
    raise(SIGTERM);
    _exit(3);
  }
  CHECK(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 100 + SIGTERM);
  CHECK(holds("out", "x") && TEMPORARIES() == 0);

  /* more writers than slots: all work */
  for (int i = 0; i < WRITER_SLOTS + 6; i++) {
    snprintf(name, sizeof name, "f%d", i);
    writer_init(&w[i], &memory);
    OK(writer_open(&w[i], path_of(name), &error));
    OK(put(&w[i], name, &error));
  }
  CHECK(w[0].slot == 0 && w[WRITER_SLOTS].slot == -1);
  fflush(stdout);
  child = fork();
  if (child == 0) { /* a child neither removes nor commits what is its parent's */
    writer_unlink_all();
    bool refused = writer_commit(&w[1], &error) == LEAT_E_USE;
    for (int i = 0; i < WRITER_SLOTS + 6; i++) writer_discard(&w[i]);
    _exit(refused && TEMPORARIES() == WRITER_SLOTS + 6 ? 0 : 1);
  }
  CHECK(waitpid(child, &status, 0) == child && WEXITSTATUS(status) == 0);
  for (int i = 0; i < WRITER_SLOTS + 6; i++) {
    snprintf(name, sizeof name, "f%d", i);
    OK(writer_commit(&w[i], &error));
    CHECK(holds(name, name));
  }

  /* the slots are free again; a file removed under a writer fails to commit */
  OK(writer_open(&w[0], path_of("gone"), &error));
  CHECK(w[0].slot == 0);
  writer_unlink_all();
  CHECK(TEMPORARIES() == 0);
  CHECK(writer_commit(&w[0], &error) == LEAT_E_IO && error.os_errno == ENOENT);
  CHECK(strcmp(error.message, "cannot replace the file: No such file or directory") == 0);
  writer_discard(&w[0]);
  CLEAN();
}

/* }================================================================= */

static void test_change_of_folder (void) {
  struct writer w;
  struct leat_error error = {0};
  int back = open(".", O_RDONLY);
  CHECK(chdir(folder) == 0);
  writer_init(&w, &memory);
  OK(writer_open(&w, "relative", &error));
  OK(put(&w, "x", &error));
  CHECK(chdir("/") == 0);
  OK(writer_commit(&w, &error));
  CHECK(holds("relative", "x"));
  CHECK(fchdir(back) == 0);
  close(back);
  CLEAN();
}

/* Standard output sent to a file and named by its device is not replaced. */
static void test_descriptor_path (void) {
  struct stat status;
  if (stat("/proc/self/fd/0", &status) != 0 && stat("/dev/fd/0", &status) != 0) return;
  make_file("file", "first ", 0644);
  struct writer w;
  struct leat_error error = {0};
  char name[40];
  int fd = open(path_of("file"), O_WRONLY | O_APPEND);
  snprintf(name, sizeof name, "/dev/fd/%d", fd);
  writer_init(&w, &memory);
  OK(writer_open(&w, name, &error));
  OK(put(&w, "second ", &error));
  OK(writer_commit(&w, &error));
  CHECK(write(fd, "third", 5) == 5);
  close(fd);
  CHECK(holds("file", "first second third"));
  CLEAN();
}

/* Each allocation fails once: nothing is lost, nothing is left. */
static void test_memory (void) {
  make_file("file", "old", 0644);
  for (long n = 0; n < 20; n++) {
    struct writer w;
    struct leat_error error = {0};
    writer_init(&w, &memory);
    budget.until_failure = n;
    leat_code code = writer_open(&w, path_of("file"), &error);
    if (code == LEAT_OK) code = put(&w, "n", &error);
    if (code == LEAT_OK) code = put(&w, "ew", &error);
    if (code == LEAT_OK) {
      CHECK(n > 0);
      OK(writer_commit(&w, &error));
      CHECK(holds("file", "new"));
      n = 20;
    } else {
      CHECK(code == LEAT_E_MEMORY && error.code == code);
      CHECK(writer_commit(&w, &error) != LEAT_OK);
      writer_discard(&w);
      CHECK(holds("file", "old") && TEMPORARIES() == 0 && budget.live == 0);
    }
    budget.until_failure = -1;
  }
  CLEAN();
}

int main (void) {
  const char *parent = getenv("TMPDIR");
  snprintf(folder, sizeof folder, "%s/leat-writer-XXXXXX", parent ? parent : "/tmp");
  if (mkdtemp(folder) == NULL) {
    perror(folder);
    return 2;
  }
  signal(SIGPIPE, SIG_IGN);
  test_new_file();
  test_replacing();
  test_links();
  test_refusals();
  test_devices();
  test_pipe(false);
  test_pipe(true);
  test_interrupted();
  test_closed_pipe();
  test_sizes();
  test_full_disk();
  test_stale();
  test_signals();
  test_change_of_folder();
  test_descriptor_path();
  test_memory();
  if (rmdir(folder) != 0) perror(folder);
  printf("%lu passed, %lu failed\n", passed, failed);
  return failed > 0;
}
