/* SPDX-License-Identifier: MIT
 * progress_line.c - a line on standard error that says how far long work has come.
 *
 * A timer asks four times a second; the driver answers at its next pull (core/progress.h), and
 * the line is drawn then. It is gone before anything else is written by Lua, and while the last
 * line on the terminal has no end, or a run writes to it by itself, or reads what is typed there,
 * none is drawn. When nobody has answered for a second the handler takes the line away.
 *
 * A signal may end a system call that waits in a C module; read and write go on (SA_RESTART).
 */
#include "cli/progress_line.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include <lauxlib.h>
#include <lua.h>

#include "core/state.h"

#define FIRST 1.0         /* seconds before the line comes */
#define INTERVAL 250000   /* microseconds between two of its states */
#define UNANSWERED 4      /* ticks, after which the line goes */
#define LONGEST 160
/* Columns behind the line for what the terminal echoes there: ^C. */
#define ECHOED 2

static struct {
  interrupt_flag *flag;            /* NULL: not begun, or over */
  double start;                    /* of what runs */
  double begun;                    /* of the reading at hand */
  double last;                     /* report */
  uint64_t reading;
  bool to_output;                  /* standard output is a terminal, too */
  bool partial;                    /* the last line on it has no end */
  volatile sig_atomic_t shown;     /* columns of the line; 0: none */
  volatile sig_atomic_t unanswered;
} line;

static double seconds_now (void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Called by the handler, too. */
void progress_line_erase (void) {
  char blanks[LONGEST + ECHOED + 2];
  int columns = (int)line.shown;
  if (columns == 0) return;
  line.shown = 0;
  memset(blanks, ' ', sizeof blanks);
  if (columns > 2 * ECHOED) columns += ECHOED; /* a shorter line may fill the terminal */
  blanks[0] = blanks[columns + 1] = '\r';
  ssize_t written = write(STDERR_FILENO, blanks, (size_t)columns + 2);
  (void)written;
}

/* --- the text ------------------------------------------------------------------ */

struct text {
  char bytes[LONGEST + 1];
  size_t length, room;
};

/* Adds a part, after a comma; a part that does not fit is left out, and what follows, too. */
static void add (struct text *t, const char *part) {
  const char *comma = t->length > 0 ? ", " : "";
  if (t->room - t->length < strlen(comma) + strlen(part)) {
    t->room = t->length;
    return;
  }
  t->length += (size_t)snprintf(t->bytes + t->length, sizeof t->bytes - t->length, "%s%s", comma,
                                part);
}

static const char *size_text (char *out, size_t size, double bytes) {
  static const char *const units[] = { "B", "kB", "MB", "GB", "TB", "PB" };
  size_t i = 0;
  while (bytes >= 999.5 && i + 1 < sizeof units / sizeof *units) bytes /= 1000, i++;
  snprintf(out, size, bytes < 9.95 && i > 0 ? "%.1f %s" : "%.0f %s", bytes, units[i]);
  return out;
}

static const char *time_text (char *out, size_t size, double seconds) {
  double s = ceil(seconds);
  if (s < 100) snprintf(out, size, "%.0f s left", s);
  else if (s < 6000) snprintf(out, size, "%.0f min left", ceil(s / 60));
  else snprintf(out, size, "%.0f h left", ceil(s / 3600));
  return out;
}

/* 1234567 as 1,234,567. */
static const char *count_text (char *out, size_t size, uint64_t n, const char *what) {
  char digits[24];
  size_t length = (size_t)snprintf(digits, sizeof digits, "%llu", (unsigned long long)n), used = 0;
  for (size_t i = 0; i < length && used + 2 < size; i++) {
    if (i > 0 && (length - i) % 3 == 0) out[used++] = ',';
    out[used++] = digits[i];
  }
  snprintf(out + used, size - used, " %s", what);
  return out;
}

static void describe (struct text *t, const struct progress *now, double seconds) {
  char a[40], b[40], part[100];
  double rate = seconds > 0 ? (double)now->done / seconds : 0;
  bool known = now->total_known && now->total > 0 && now->done <= now->total;
  if (known)
    snprintf(part, sizeof part, "%s of %s (%.0f%%)", size_text(a, sizeof a, (double)now->done),
             size_text(b, sizeof b, (double)now->total),
             floor(100 * (double)now->done / (double)now->total));
  else
    size_text(part, sizeof part, (double)now->done);
  if (now->done > 0) {
    add(t, part);
    if (rate > 0) {
      snprintf(part, sizeof part, "%s/s", size_text(a, sizeof a, rate));
      add(t, part);
      if (known)
        add(t, time_text(part, sizeof part, (double)(now->total - now->done) / rate));
    }
  }
  if (now->out_known) add(t, count_text(part, sizeof part, now->out, "items out"));
  else add(t, count_text(part, sizeof part, now->items, "items read"));
}

/* --- drawing ---------------------------------------------------------------------- */

/* What the driver reports, see progress.h. */
static void draw (void *ud, const struct progress *now) {
  struct winsize size;
  double time = seconds_now();
  (void)ud;
  line.unanswered = 0;
  if (now->reading != line.reading) {
    line.reading = now->reading;
    line.begun = line.last > line.start ? line.last : line.start;
  }
  line.last = time;
  if (time - line.start < FIRST) return;
  if (now->typed || (line.to_output && (now->prints || line.partial))) {
    progress_line_erase();
    return;
  }
  struct text t = { .length = 0, .room = LONGEST };
  /* the last column would make a new line */
  if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_col <= LONGEST)
    t.room = size.ws_col > 2 * ECHOED + 1 ? size.ws_col - 1u - ECHOED : size.ws_col - 1u;
  describe(&t, now, time - line.begun);
  char bytes[2 * LONGEST + 4];
  size_t shown = (size_t)line.shown, blanks = shown > t.length ? shown - t.length : 0;
  int length = snprintf(bytes, sizeof bytes, "\r%s%*s", t.bytes, (int)blanks, "");
  if (t.length == 0) return;
  if (write(STDERR_FILENO, bytes, (size_t)length) == length)
    line.shown = (sig_atomic_t)(t.length > shown ? t.length : shown);
}

static void on_tick (int number) {
  int saved = errno;
  (void)number;
  if (line.flag == NULL) return;
  if (interrupt_tick(line.flag)) line.unanswered = 0;
  else if (++line.unanswered == UNANSWERED) progress_line_erase();
  errno = saved;
}

/* --- what Lua writes ------------------------------------------------------------------- */

/* In the place of io.write and file:write, upvalue 1. */
static int l_write (lua_State *L) {
  progress_line_erase();
  luaL_Stream *file = luaL_testudata(L, 1, LUA_FILEHANDLE);
  if (file == NULL || file->f == stdout || file->f == stderr) {
    size_t length = 0;
    const char *last = lua_type(L, -1) == LUA_TSTRING ? lua_tolstring(L, -1, &length) : "";
    if (length > 0 || lua_isnumber(L, -1)) line.partial = length == 0 || last[length - 1] != '\n';
  }
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_call(L, lua_gettop(L) - 1, LUA_MULTRET);
  return lua_gettop(L);
}

/* Replaces the function `write` of the table on top. */
static void replace_write (lua_State *L) {
  lua_getfield(L, -1, "write");
  lua_pushcclosure(L, l_write, 1);
  lua_setfield(L, -2, "write");
}

int progress_line_show (lua_State *L) {
  struct sigaction action;
  struct itimerval timer = { { 0, INTERVAL }, { 1, 0 } };
  if (!isatty(STDERR_FILENO) || line.flag != NULL) return 0;
  struct state *g = state_find(L);
  luaL_getmetatable(L, LUA_FILEHANDLE);
  lua_getfield(L, -1, "__index");
  replace_write(L);
  lua_getglobal(L, "io");
  replace_write(L);
  lua_settop(L, 0);
  line.flag = &g->interrupt;
  line.to_output = isatty(STDOUT_FILENO) != 0;
  g->progress.report = draw;
  progress_line_start();
  atexit(progress_line_end);
  memset(&action, 0, sizeof action);
  sigemptyset(&action.sa_mask);
  action.sa_handler = on_tick;
  action.sa_flags = SA_RESTART;
  sigaction(SIGALRM, &action, NULL);
  setitimer(ITIMER_REAL, &timer, NULL);
  return 0;
}

void progress_line_start (void) { line.start = seconds_now(); }

void progress_line_end (void) {
  struct itimerval none;
  if (line.flag == NULL) return;
  memset(&none, 0, sizeof none);
  setitimer(ITIMER_REAL, &none, NULL);
  line.flag = NULL;
  progress_line_erase();
}
