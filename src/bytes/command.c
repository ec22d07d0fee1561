/* SPDX-License-Identifier: MIT
 * command.c - another program's standard output; see command.h.
 */
#if defined(__linux__) && !defined(_GNU_SOURCE)
#define _GNU_SOURCE /* pipe2, posix_spawn_file_actions_addclosefrom_np */
#endif
#include "command.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

/* Bytes of a program's name in a message. */
#define NAME_SHOWN 80

/* --- starting --- */

/* Both ends are closed in programs that others start meanwhile. */
static bool open_pipe (int ends[2]) {
#if defined(__linux__)
  return pipe2(ends, O_CLOEXEC) == 0;
#else
  if (pipe(ends) != 0) return false;
  fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  fcntl(ends[1], F_SETFD, FD_CLOEXEC);
  return true;
#endif
}

/* What the program is to find. Each answers with an errno or 0. */
static int set_files (posix_spawn_file_actions_t *actions, int out) {
  int failed = posix_spawn_file_actions_adddup2(actions, out, STDOUT_FILENO);
  if (failed == 0)
    failed = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
#if defined(__GLIBC_PREREQ)
#if __GLIBC_PREREQ(2, 34)
  if (failed == 0)
    failed = posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1);
#endif
#endif
  return failed;
}

static int set_signals (posix_spawnattr_t *attributes) {
  sigset_t none, pipe_gone;
  sigemptyset(&none);
  sigemptyset(&pipe_gone);
  sigaddset(&pipe_gone, SIGPIPE);
  int failed = posix_spawnattr_setsigmask(attributes, &none);
  if (failed == 0) failed = posix_spawnattr_setsigdefault(attributes, &pipe_gone);
  if (failed == 0)
    failed = posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  return failed;
}

static int spawn (pid_t *pid, char *const argv[], int out) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  int failed = posix_spawn_file_actions_init(&actions);
  if (failed != 0) return failed;
  failed = posix_spawnattr_init(&attributes);
  if (failed == 0) {
    failed = set_files(&actions, out);
    if (failed == 0) failed = set_signals(&attributes);
    if (failed == 0) failed = posix_spawnp(pid, argv[0], &actions, &attributes, argv, environ);
    posix_spawnattr_destroy(&attributes);
  }
  posix_spawn_file_actions_destroy(&actions);
  return failed;
}

leat_code command_start (struct command *c, char *const argv[], struct leat_error *error) {
  char action[NAME_SHOWN + 20];
  int ends[2];
  snprintf(action, sizeof action, "run '%.*s'", NAME_SHOWN, argv[0]);
  if (!open_pipe(ends)) return error_system(error, action, errno);
  pid_t pid;
  int failed = spawn(&pid, argv, ends[1]);
  close(ends[1]);
  if (failed != 0) {
    close(ends[0]);
    return error_system(error, action, failed);
  }
  c->pid = pid;
  c->fd = ends[0];
  c->owner = (long)getpid();
  return LEAT_OK;
}

/* --- ending --- */

static void close_pipe (struct command *c) {
  if (c->fd >= 0) close(c->fd);
  c->fd = -1;
}

/* How people call the signals that end programs. */
static const char *signal_name (int number) {
  switch (number) {
    case SIGHUP: return " (SIGHUP)";
    case SIGINT: return " (SIGINT)";
    case SIGQUIT: return " (SIGQUIT)";
    case SIGILL: return " (SIGILL)";
    case SIGABRT: return " (SIGABRT)";
    case SIGBUS: return " (SIGBUS)";
    case SIGFPE: return " (SIGFPE)";
    case SIGKILL: return " (SIGKILL)";
    case SIGSEGV: return " (SIGSEGV)";
    case SIGPIPE: return " (SIGPIPE)";
    case SIGTERM: return " (SIGTERM)";
    default: return "";
  }
}

leat_code command_wait (struct command *c, const char *program, struct leat_error *error) {
  int status;
  close_pipe(c);
  while (waitpid(c->pid, &status, 0) < 0) {
    if (errno == EINTR && (c->interrupted == NULL || (*c->interrupted & 1) == 0)) continue;
    if (errno != ECHILD) return error_system(error, "wait for the program", errno);
    c->pid = 0; /* another part of this process has waited for it, or ignores SIGCHLD */
    *error = (struct leat_error){ .code = LEAT_E_IO, .os_errno = ECHILD };
    snprintf(error->message, sizeof error->message,
             "the exit code of '%.*s' is not known: this process ignores SIGCHLD, or has waited "
             "for all its children", NAME_SHOWN, program);
    return error->code;
  }
  c->pid = 0;
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return LEAT_OK;
  *error = (struct leat_error){ .code = LEAT_E_IO };
  if (WIFEXITED(status))
    snprintf(error->message, sizeof error->message, "'%.*s' ended with exit code %d", NAME_SHOWN,
             program, WEXITSTATUS(status));
  else
    snprintf(error->message, sizeof error->message, "'%.*s' was ended by signal %d%s", NAME_SHOWN,
             program, WTERMSIG(status), signal_name(WTERMSIG(status)));
  return error->code;
}

/* Is it gone, now? */
static bool is_gone (const struct command *c) {
  pid_t result;
  do result = waitpid(c->pid, NULL, WNOHANG);
  while (result < 0 && errno == EINTR);
  return result != 0; /* -1: ECHILD */
}

static void sleep_ms (long ms) {
  struct timespec rest = { .tv_sec = 0, .tv_nsec = ms * 1000000 };
  while (nanosleep(&rest, &rest) != 0 && errno == EINTR) continue;
}

void command_stop (struct command *c) {
  if (c->pid == 0) return;
  close_pipe(c);
  if (c->owner == (long)getpid() && !is_gone(c)) {
    kill(c->pid, SIGTERM);
    for (long waited = 0, nap = 1; !is_gone(c); waited += nap, nap += nap < 20) {
      if (waited < COMMAND_GRACE) sleep_ms(nap);
      else {
        kill(c->pid, SIGKILL);
        while (waitpid(c->pid, NULL, 0) < 0 && errno == EINTR) continue;
        break;
      }
    }
  }
  c->pid = 0;
}
