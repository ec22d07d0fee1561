/* SPDX-License-Identifier: MIT
 * signals.c - Ctrl-C, and a reader of standard output that has gone.
 *
 * SIGINT raises an error at the next Lua instruction or pull, so that everything unwinds; native
 * loops that may be long look for it, too, and what catches errors lets it through (limits.h).
 * SIGTERM, SIGHUP and SIGQUIT end at once, but for temporary files, which are removed.
 *
 * SIGPIPE is treated alike when it is standard output that has lost its reader, and otherwise
 * ignored (the write reports EPIPE). A handler rather than SIG_IGN: what is ignored stays
 * ignored in the programs a script starts, and `yes | head` started there would never end.
 *
 * A hook belongs to one coroutine, and which of them runs Lua does not say. So the linker puts
 * __wrap_lua_resume in the place of lua_resume (--wrap), and each of the coroutines that have
 * resumed one another gets the hook. Where liblua is a shared object, its own calls are not
 * replaced, and a loop in a coroutine is stopped when it is left.
 */
#include "cli/signals.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <lauxlib.h>
#include <lua.h>

#include "bytes/writer.h"
#include "cli/progress_line.h"
#include "core/state.h"
#include "host/library.h"

/* A coroutine that is being resumed, and who has resumed it. On the C stack of the resume. */
struct resumed {
  lua_State *L;
  struct resumed *by;
};

/* A Ctrl-C so soon after another is the same one, to who types it. */
#define TWICE 0.5

/* What a signal handler can reach. */
static lua_State *volatile signals_state;        /* the main thread; NULL: no Lua is running */
static struct state *volatile signals_shared;    /* the same */
static struct resumed *volatile signals_resumed; /* the innermost */
static volatile sig_atomic_t signals_number;     /* of the signal that stops; 0: none */
static volatile sig_atomic_t signals_in_session;
static double signals_time;                      /* of the last interrupt; the handler's own */

static void stop_hook (lua_State *L, lua_Debug *ar) {
  struct state *g = signals_shared;
  (void)ar;
  lua_sethook(L, NULL, 0, 0);
  if (g == NULL || !interrupt_pending(&g->interrupt)) return; /* it has been raised elsewhere */
  limits_take_interrupt(&g->limits, &g->interrupt);
  luaL_error(L, "interrupted");
}

static void set_hook (lua_State *L) {
  lua_sethook(L, stop_hook, LUA_MASKCALL | LUA_MASKRET | LUA_MASKLINE | LUA_MASKCOUNT, 1);
}

int lua_resume_of_lua (lua_State *L, lua_State *from, int nargs, int *nresults)
    __asm__ ("__real_lua_resume");
int signals_resume (lua_State *L, lua_State *from, int nargs, int *nresults)
    __asm__ ("__wrap_lua_resume");

__attribute__ ((used)) int signals_resume (lua_State *L, lua_State *from, int nargs,
                                           int *nresults) {
  struct resumed here = { .L = L, .by = signals_resumed };
  signals_resumed = &here;
  /* The signal may have come after the last pull and before this: nobody has stopped for it yet. */
  if (signals_shared != NULL && interrupt_pending(&signals_shared->interrupt)) set_hook(L);
  int status = lua_resume_of_lua(L, from, nargs, nresults); /* never jumps over this frame */
  signals_resumed = here.by;
  return status;
}

/* --- stopping ---------------------------------------------------------------- */

static void stop (int number) {
  signals_number = number;
  interrupt_raise(&signals_shared->interrupt);
  set_hook(signals_state);
  for (const struct resumed *r = signals_resumed; r != NULL; r = r->by) set_hook(r->L);
}

/* As the signal would by itself. The terminal is as it was while Lua is running. */
static void end (int number) {
  writer_unlink_all();
  signal(number, SIG_DFL);
  raise(number);
}

/* Nothing is unwound for these: what is half written is nobody's, as with sort(1). */
static void on_end (int number) {
  progress_line_erase();
  end(number);
}

static void on_interrupt (int number) {
  static const char ended[] = "\nleat: ended, since what ran could not be stopped\n";
  struct timespec clock;
  int saved = errno;
  if (signals_shared == NULL || (signals_number == SIGINT && !signals_in_session)) {
    end(number);
    return;
  }
  clock_gettime(CLOCK_MONOTONIC, &clock);
  double now = (double)clock.tv_sec + (double)clock.tv_nsec / 1e9;
  if (signals_number == SIGINT && interrupt_pending(&signals_shared->interrupt)) {
    if (now - signals_time >= TWICE) {
      progress_line_erase();
      ssize_t written = write(STDERR_FILENO, ended, sizeof ended - 1);
      (void)written;
      end(number);
    }
  }
  else {
    signals_time = now;
    stop(number);
  }
  errno = saved;
}

bool signals_reader_is_gone (void) {
  struct pollfd out = { .fd = STDOUT_FILENO, .events = POLLOUT, .revents = 0 };
  return poll(&out, 1, 0) == 1 && (out.revents & POLLERR) != 0;
}

static void on_pipe (int number) {
  int saved = errno;
  if (signals_shared != NULL && signals_reader_is_gone()) stop(number);
  errno = saved;
}

/* Who starts leat may have had a signal ignored for it: nohup, or a shell's background. */
static void handle (int number, void (*handler)(int), int flags) {
  struct sigaction action, inherited;
  if (sigaction(number, NULL, &inherited) == 0 && inherited.sa_handler == SIG_IGN) return;
  memset(&action, 0, sizeof action);
  sigemptyset(&action.sa_mask);
  action.sa_handler = handler;
  action.sa_flags = flags;
  sigaction(number, &action, NULL);
}

void signals_begin (lua_State *L) {
  signals_state = L;
  signal(SIGPIPE, SIG_DFL); /* not ignored, whatever was */
  handle(SIGPIPE, on_pipe, SA_RESTART);
  handle(SIGINT, on_interrupt, 0); /* a blocked read returns, so that the interrupt is seen */
  handle(SIGTERM, on_end, 0);
  handle(SIGHUP, on_end, 0);
  handle(SIGQUIT, on_end, 0);
}

void signals_reach (lua_State *L) {
  struct state *g = state_push(L);
  lua_pop(L, 1);
  limits_watch(&g->limits, &g->interrupt);
  library_interruptible(L, g);
  signals_shared = g;
}

void signals_end (void) {
  signals_shared = NULL;
  signals_state = NULL;
}

int signals_stopped_by (void) { return (int)signals_number; }

/* --- calls ------------------------------------------------------------------- */

void signals_begin_session (void) { signals_in_session = 1; }

int signals_call (lua_State *L) {
  if (signals_in_session) {
    interrupt_clear(&signals_shared->interrupt);
    signals_number = 0;
  }
  int status = lua_pcall(L, lua_gettop(L) - 2, LUA_MULTRET, 1);
  lua_sethook(L, NULL, 0, 0); /* those of coroutines find nothing to stop for */
  interrupt_clear(&signals_shared->interrupt);
  lua_pushboolean(L, status == LUA_OK);
  lua_insert(L, 2);
  return lua_gettop(L) - 1;
}
