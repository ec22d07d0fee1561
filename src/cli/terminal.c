/* SPDX-License-Identifier: MIT
 * terminal.c - a line typed at the terminal, by libedit.
 *
 * libedit asks for a character by getc. There, and only there, signals come in while a line is
 * edited: they are blocked but for the wait in pselect. Ctrl-C drops the line; a stop, a
 * hangup or a request to end gives the terminal back first; a new size is told to libedit.
 *
 * A paste comes between two marks, where the terminal knows how (bracketed paste), and goes into
 * the line as a whole: lines of it are not run one by one, and long ones take no time. Without
 * the marks, what has come when a line ends is read at once, before the terminal is given back,
 * which would cut and echo it; its lines are then taken without libedit.
 *
 * Text is UTF-8 here whatever the locale says: the locale of this thread is set to one of
 * UTF-8 for the calls that need one, and back.
 */
#define _XOPEN_SOURCE 700 /* wcwidth */
#include "cli/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <langinfo.h>
#include <locale.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <wchar.h>

#include <histedit.h>
#include <lauxlib.h>
#include <lua.h>
#include <termcap.h>

#include "bytes/writer.h"

#define EDITOR "leat.editor"
/* Entries that the arrow keys find. */
#define HISTORY 1000
/* Bytes that are read at once. */
#define ROOM ((size_t)4096)
/* Seconds within which the next piece of a paste comes. */
#define PAUSE 0.002
/* Bytes of a line typed or pasted: more is nobody's hand. */
#define LONGEST ((size_t)16 * 1024 * 1024)

static const char paste_on[] = "\033[?2004h", paste_off[] = "\033[?2004l";
static const char paste_end[] = "\033[201~";

enum { OWN_SIGNALS = 6 };
static const int own_signals[OWN_SIGNALS] = { SIGINT, SIGWINCH, SIGTSTP, SIGTERM, SIGHUP, SIGQUIT };

/* The signal that came while a line was edited; 0: none. */
static volatile sig_atomic_t terminal_signal;

struct editor {
  EditLine *el;
  History *history;
  FILE *out;
  lua_State *L;        /* while a line is read */
  const char *prompt;  /* the same */
  bool pastes;         /* the terminal knows bracketed paste */
  bool interrupted, too_long;
  char *input;         /* read, and not yet asked for: `at` to `end` */
  size_t at, end, capacity;
  sigset_t outside;    /* the mask before reading began */
};
enum { EDITOR_COMPLETE = 1, EDITOR_USER_VALUES = EDITOR_COMPLETE };

/* --- the locale -------------------------------------------------------------- */

static locale_t utf8_locale (void) {
  static locale_t locale;
  if (locale != (locale_t)0) return locale;
  locale = newlocale(LC_CTYPE_MASK, "", (locale_t)0);
  if (locale != (locale_t)0 && strcmp(nl_langinfo_l(CODESET, locale), "UTF-8") == 0) return locale;
  if (locale != (locale_t)0) freelocale(locale);
  locale = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
  if (locale == (locale_t)0) locale = newlocale(LC_CTYPE_MASK, "C", (locale_t)0);
  return locale;
}

/* Does the terminal that TERM names act on escape sequences? One that nobody knows may not. */
static bool knows_escapes (void) {
  const char *kind = getenv("TERM");
  return kind != NULL && kind[0] != '\0' && strcmp(kind, "dumb") != 0 && tgetent(NULL, kind) == 1;
}

/* --- characters ---------------------------------------------------------------- */

static void note_signal (int number) { terminal_signal = number; }

static void take_terminal (struct editor *e) {
  el_set(e->el, EL_PREP_TERM, 1);
  if (e->pastes) fputs(paste_on, e->out), fflush(e->out);
}

static void give_terminal_back (struct editor *e) {
  if (e->pastes) fputs(paste_off, e->out), fflush(e->out);
  el_set(e->el, EL_PREP_TERM, 0);
}

/* Acts as the signal would have by itself, with the terminal as it was before. */
static void yield_to_signal (struct editor *e, int number) {
  struct sigaction own;
  sigset_t only;
  give_terminal_back(e);
  if (number != SIGTSTP) writer_unlink_all(); /* of runs that are still open */
  sigaction(number, NULL, &own);
  signal(number, SIG_DFL);
  sigemptyset(&only);
  sigaddset(&only, number);
  raise(number);
  sigprocmask(SIG_UNBLOCK, &only, NULL); /* stops here, or ends */
  sigprocmask(SIG_BLOCK, &only, NULL);
  sigaction(number, &own, NULL);
  take_terminal(e);
  el_set(e->el, EL_REFRESH);
}

/* Reads what is there behind what was read before: 1, or 0 at the end, or if there is no memory. */
static int fill (struct editor *e) {
  if (e->at == e->end) e->at = e->end = 0;
  if (e->capacity - e->end < ROOM) {
    size_t larger = e->capacity + (e->capacity > ROOM ? e->capacity : ROOM);
    char *moved = realloc(e->input, larger);
    if (moved == NULL) return 0;
    e->input = moved;
    e->capacity = larger;
  }
  ssize_t n = read(STDIN_FILENO, e->input + e->end, e->capacity - e->end);
  if (n > 0) e->end += (size_t)n;
  return n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN));
}

/* Waits for input, seconds at most or (negative) for ever, with signals let in: 1, 0 when it is
 * over, or -1. */
static int wait_for_input (struct editor *e, double seconds) {
  struct timespec most = { .tv_sec = 0, .tv_nsec = (long)(seconds * 1e9) };
  fd_set in;
  FD_ZERO(&in);
  FD_SET(STDIN_FILENO, &in);
  return pselect(STDIN_FILENO + 1, &in, NULL, NULL, seconds < 0 ? NULL : &most, &e->outside);
}

/* The next byte that was typed: 1, or 0 at the end, or -1 after Ctrl-C. */
static int next_byte (struct editor *e, char *byte) {
  while (e->at == e->end) {
    bool waits = wait_for_input(e, -1) < 0 && errno == EINTR;
    int number = (int)terminal_signal;
    terminal_signal = 0;
    if (number == SIGINT) {
      e->interrupted = true;
      return -1;
    }
    if (number == SIGWINCH) el_resize(e->el);
    else if (number != 0) yield_to_signal(e, number);
    if (!waits && !fill(e)) return 0;
  }
  *byte = e->input[e->at++];
  if ((*byte == '\r' || *byte == '\n') && e->at == e->end)
    while (e->end < LONGEST && wait_for_input(e, PAUSE) > 0 && fill(e)) continue;
  return 1;
}

/* el_rfunc_t. Bytes that are no UTF-8 are left out. */
static int editor_getc (EditLine *el, wchar_t *c) {
  struct editor *e;
  mbstate_t state;
  el_get(el, EL_CLIENTDATA, &e);
  memset(&state, 0, sizeof state);
  for (;;) {
    char byte;
    int got = next_byte(e, &byte);
    if (got <= 0) return got;
    size_t taken = mbrtowc(c, &byte, 1, &state);
    if (taken <= 1) return 1;
    if (taken == (size_t)-1) memset(&state, 0, sizeof state);
  }
}

/* Reads a paste up to its end mark and puts it into the line. */
static unsigned char editor_paste (EditLine *el, int key) {
  struct editor *e;
  char *text = NULL;
  size_t length = 0, capacity = 0;
  int got;
  (void)key;
  el_get(el, EL_CLIENTDATA, &e);
  for (;;) {
    char byte;
    if ((got = next_byte(e, &byte)) <= 0) break;
    if (length + 1 >= capacity) {
      size_t larger = capacity == 0 ? ROOM : 2 * capacity;
      char *moved = larger > LONGEST ? NULL : realloc(text, larger);
      if (moved == NULL) {
        e->too_long = true;
        length = 0; /* reads on, to the end mark */
        if (capacity == 0) break;
        continue;
      }
      text = moved;
      capacity = larger;
    }
    text[length++] = byte == '\r' ? '\n' : byte;
    size_t mark = sizeof paste_end - 1;
    if (length >= mark && memcmp(text + length - mark, paste_end, mark) == 0) {
      length -= mark;
      break;
    }
  }
  if (got <= 0) {
    free(text);
    return got == 0 ? CC_EOF : CC_FATAL;
  }
  size_t kept = 0;
  for (size_t i = 0; i < length; i++) /* a NUL would end the line, others would act */
    if ((unsigned char)text[i] >= ' ' || text[i] == '\n' || text[i] == '\t') text[kept++] = text[i];
  while (kept > 0 && text[kept - 1] == '\n') kept--; /* Return is the user's to type */
  int inserted = 0;
  if (kept > 0 && !e->too_long) {
    text[kept] = '\0';
    inserted = el_insertstr(el, text);
  }
  free(text);
  if (e->too_long) return CC_NEWLINE;
  return inserted == 0 ? CC_REFRESH : CC_REFRESH_BEEP;
}

/* Tab. */
static unsigned char editor_complete (EditLine *el, int key) {
  struct editor *e;
  (void)key;
  el_get(el, EL_CLIENTDATA, &e);
  lua_State *L = e->L;
  int top = lua_gettop(L);
  const LineInfo *line = el_line(el);
  unsigned char answer = CC_NORM;
  lua_getiuservalue(L, 1, EDITOR_COMPLETE);
  lua_pushlstring(L, line->buffer, (size_t)(line->cursor - line->buffer));
  if (lua_pcall(L, 1, 2, 0) != LUA_OK) answer = CC_ERROR;
  else {
    const char *insert = lua_tostring(L, -2), *list = lua_tostring(L, -1);
    if (insert != NULL && insert[0] != '\0') {
      el_insertstr(el, insert);
      answer = CC_REFRESH;
    }
    if (list != NULL) {
      fprintf(e->out, "\n%s", list);
      answer = CC_REDISPLAY;
    }
    else if (answer == CC_NORM) answer = CC_ERROR; /* beeps */
  }
  lua_settop(L, top);
  return answer;
}

static char *editor_prompt (EditLine *el) {
  struct editor *e;
  el_get(el, EL_CLIENTDATA, &e);
  return (char *)e->prompt;
}

/* --- the editor ------------------------------------------------------------------ */

static int l_editor_gc (lua_State *L) {
  struct editor *e = luaL_checkudata(L, 1, EDITOR);
  if (e->el != NULL) el_end(e->el);
  if (e->history != NULL) history_end(e->history);
  free(e->input);
  e->el = NULL;
  e->history = NULL;
  e->input = NULL;
  return 0;
}

/* What libedit does not know by itself: keys of today's terminals. */
static void bind_keys (EditLine *el) {
  static const char *const keys[][2] = {
    { "\033[200~", "leat-paste" }, { "\t", "leat-complete" },      { "^R", "em-inc-search-prev" },
    { "\033[H", "ed-move-to-beg" }, { "\033[1~", "ed-move-to-beg" }, { "\033[F", "ed-move-to-end" },
    { "\033[4~", "ed-move-to-end" }, { "\033[3~", "ed-delete-next-char" },
    { "\033[1;5C", "em-next-word" }, { "\033[1;5D", "ed-prev-word" }
  };
  /* el_wset keeps these strings; el_set would copy and never free them */
  el_wset(el, EL_ADDFN, L"leat-paste", L"Takes what the terminal pastes", editor_paste);
  el_wset(el, EL_ADDFN, L"leat-complete", L"Completes a name", editor_complete);
  for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
    el_set(el, EL_BIND, keys[i][0], keys[i][1], NULL);
}

/* editor(complete) */
static int l_editor (lua_State *L) {
  HistEvent event;
  luaL_checktype(L, 1, LUA_TFUNCTION);
  lua_settop(L, 1);
  struct editor *e = lua_newuserdatauv(L, sizeof *e, EDITOR_USER_VALUES);
  memset(e, 0, sizeof *e);
  luaL_setmetatable(L, EDITOR);
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, -2, EDITOR_COMPLETE);
  e->out = isatty(STDOUT_FILENO) ? stdout : stderr;
  e->pastes = knows_escapes() && isatty(fileno(e->out));
  locale_t before = uselocale(utf8_locale());
  e->el = el_init("leat", stdin, e->out, stderr);
  e->history = history_init();
  if (e->el != NULL && e->history != NULL) {
    history(e->history, &event, H_SETSIZE, HISTORY);
    el_set(e->el, EL_CLIENTDATA, e);
    el_set(e->el, EL_GETCFN, editor_getc);
    el_set(e->el, EL_PROMPT_ESC, editor_prompt, '\1');
    el_set(e->el, EL_HIST, history, e->history);
    el_set(e->el, EL_EDITOR, "emacs");
    bind_keys(e->el);
    el_source(e->el, NULL); /* ~/.editrc */
  }
  uselocale(before);
  if (e->el == NULL || e->history == NULL)
    return luaL_error(L, "cannot read lines from the terminal: not enough memory");
  return 1;
}

/* Reads a line with signals as next_byte expects them. */
static const char *read_line (struct editor *e, int *length) {
  struct sigaction note, before[OWN_SIGNALS];
  sigset_t own;
  memset(&note, 0, sizeof note);
  sigemptyset(&note.sa_mask);
  note.sa_handler = note_signal;
  sigemptyset(&own);
  for (int i = 0; i < OWN_SIGNALS; i++) sigaddset(&own, own_signals[i]);
  sigprocmask(SIG_BLOCK, &own, &e->outside);
  for (int i = 0; i < OWN_SIGNALS; i++) sigaction(own_signals[i], &note, &before[i]);
  terminal_signal = 0;
  el_resize(e->el); /* it may have changed since the last line */
  take_terminal(e); /* before the prompt invites to type */
  const char *text = el_gets(e->el, length);
  if (e->pastes) fputs(paste_off, e->out);
  fflush(e->out);
  for (int i = 0; i < OWN_SIGNALS; i++) sigaction(own_signals[i], &before[i], NULL);
  sigprocmask(SIG_SETMASK, &e->outside, NULL);
  return text;
}

/* The length of the line that is there already and needs no editing; false: there is none. */
static bool line_at_hand (const struct editor *e, size_t *length) {
  for (size_t i = e->at; i < e->end; i++) {
    if (e->input[i] == '\r' || e->input[i] == '\n') {
      *length = i - e->at;
      return true;
    }
    if ((unsigned char)e->input[i] < ' ' && e->input[i] != '\t') return false;
  }
  return false;
}

/* editor:read(prompt[, colour]) */
static int l_editor_read (lua_State *L) {
  struct editor *e = luaL_checkudata(L, 1, EDITOR);
  const char *prompt = luaL_checkstring(L, 2), *colour = luaL_optstring(L, 3, NULL);
  int length = 0;
  size_t at_hand;
  lua_settop(L, 3);
  if (line_at_hand(e, &at_hand)) {
    lua_pushlstring(L, e->input + e->at, at_hand);
    fprintf(e->out, "%s%s\n", prompt, lua_tostring(L, -1));
    e->at += at_hand + 1;
    return 1;
  }
  e->prompt = colour == NULL
                  ? prompt
                  : lua_pushfstring(L, "\1%s\1%s\1\033[0m\1", colour, prompt);
  e->L = L;
  e->interrupted = e->too_long = false;
  locale_t locale = uselocale(utf8_locale());
  const char *text = read_line(e, &length);
  uselocale(locale);
  if (e->too_long)
    return luaL_error(L, "a paste of more than %d MB is more than this line takes; "
                         "save it in a file and use :load", (int)(LONGEST >> 21));
  if (text == NULL || e->interrupted) {
    fputc('\n', e->out);
    fflush(e->out);
    lua_pushnil(L);
    lua_pushstring(L, e->interrupted ? "interrupted" : "end");
    return 2;
  }
  if (length > 0 && text[length - 1] == '\n') length--;
  lua_pushlstring(L, text, (size_t)length);
  return 1;
}

/* editor:add(text) */
static int l_editor_add (lua_State *L) {
  struct editor *e = luaL_checkudata(L, 1, EDITOR);
  HistEvent event;
  const char *text = luaL_checkstring(L, 2);
  locale_t locale = uselocale(utf8_locale());
  history(e->history, &event, H_ENTER, text);
  uselocale(locale);
  return 0;
}

/* editor:pending() */
static int l_editor_pending (lua_State *L) {
  struct editor *e = luaL_checkudata(L, 1, EDITOR);
  int there = 0;
  if (e->at == e->end && ioctl(STDIN_FILENO, FIONREAD, &there) != 0) there = 0;
  lua_pushboolean(L, e->at < e->end || there > 0);
  return 1;
}

/* --- other things of a terminal ------------------------------------------------------- */

static int l_size (lua_State *L) {
  struct winsize size;
  int columns = 0, rows = 0;
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) columns = size.ws_col, rows = size.ws_row;
  lua_pushinteger(L, columns > 0 ? columns : 80);
  lua_pushinteger(L, rows > 0 ? rows : 24);
  return 2;
}

/* width(text[, most]) */
static int l_width (lua_State *L) {
  size_t length, at = 0;
  const char *text = luaL_checklstring(L, 1, &length);
  lua_Integer most = luaL_optinteger(L, 2, LUA_MAXINTEGER), used = 0;
  mbstate_t state;
  locale_t before = uselocale(utf8_locale());
  while (at < length) {
    wchar_t c;
    int wide = 1;
    size_t bytes = 1;
    if ((unsigned char)text[at] >= 0x80) {
      memset(&state, 0, sizeof state);
      bytes = mbrtowc(&c, text + at, length - at, &state);
      if (bytes == (size_t)-1 || bytes == (size_t)-2 || bytes == 0) bytes = 1;
      else wide = wcwidth(c);
      if (wide < 0) wide = 1;
    }
    if (used > most - wide) break;
    used += wide;
    at += bytes;
  }
  uselocale(before);
  lua_pushinteger(L, used);
  lua_pushinteger(L, (lua_Integer)at);
  return 2;
}

/* (glob_t) -> list */
static int push_paths (lua_State *L) {
  const glob_t *found = lua_touserdata(L, 1);
  lua_newtable(L);
  for (size_t i = 0; i < found->gl_pathc; i++) {
    lua_pushstring(L, found->gl_pathv[i]);
    lua_rawseti(L, -2, (lua_Integer)i + 1);
  }
  return 1;
}

/* files(prefix) */
static int l_files (lua_State *L) {
  size_t length;
  const char *prefix = luaL_checklstring(L, 1, &length);
  glob_t found;
  luaL_Buffer b;
  luaL_buffinit(L, &b);
  for (size_t i = 0; i < length; i++) {
    if (strchr("*?[]\\", prefix[i]) != NULL) luaL_addchar(&b, '\\');
    luaL_addchar(&b, prefix[i]);
  }
  luaL_addchar(&b, '*');
  luaL_pushresult(&b);
  memset(&found, 0, sizeof found);
  lua_pushcfunction(L, push_paths);
  lua_pushlightuserdata(L, &found);
  if (glob(lua_tostring(L, -3), GLOB_MARK, NULL, &found) != 0) found.gl_pathc = 0;
  int status = lua_pcall(L, 1, 1, 0);
  globfree(&found);
  return status == LUA_OK ? 1 : lua_error(L);
}

/* append(path, text) */
static int l_append (lua_State *L) {
  size_t length;
  const char *path = luaL_checkstring(L, 1), *text = luaL_checklstring(L, 2, &length);
  char *folder = lua_newuserdatauv(L, strlen(path) + 1, 0);
  strcpy(folder, path);
  for (char *slash = strchr(folder + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
    *slash = '\0';
    mkdir(folder, 0700); /* that it is there already is as good */
    *slash = '/';
  }
  int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  bool done = fd >= 0 && write(fd, text, length) == (ssize_t)length;
  int reason = errno;
  if (fd >= 0) close(fd);
  if (done) {
    lua_pushboolean(L, true);
    return 1;
  }
  lua_pushnil(L);
  lua_pushfstring(L, "%s: %s", path, strerror(reason));
  return 2;
}

/* coloured(fd) */
static int l_coloured (lua_State *L) {
  int fd = (int)luaL_checkinteger(L, 1);
  lua_pushboolean(L, getenv("NO_COLOR") == NULL && isatty(fd) && knows_escapes());
  return 1;
}

static int l_clock (lua_State *L) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  lua_pushnumber(L, (lua_Number)now.tv_sec + (lua_Number)now.tv_nsec / 1e9);
  return 1;
}

void terminal_functions (lua_State *L) {
  static const luaL_Reg functions[] = { { "editor", l_editor }, { "size", l_size },
                                        { "width", l_width },   { "files", l_files },
                                        { "append", l_append }, { "clock", l_clock },
                                        { "coloured", l_coloured }, { NULL, NULL } };
  static const luaL_Reg methods[] = { { "read", l_editor_read },
                                      { "add", l_editor_add },
                                      { "pending", l_editor_pending },
                                      { NULL, NULL } };
  luaL_newmetatable(L, EDITOR);
  lua_pushcfunction(L, l_editor_gc);
  lua_setfield(L, -2, "__gc");
  luaL_newlib(L, methods);
  lua_setfield(L, -2, "__index");
  lua_pop(L, 1);
  luaL_setfuncs(L, functions, 0);
}
