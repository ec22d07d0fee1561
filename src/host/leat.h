/* SPDX-License-Identifier: MIT
 * leat.h - leat inside a C program.
 *
 * leat runs data pipelines that are written in Lua: lazy, one item at a time, in constant memory
 * unless an operator says what it holds. A C program opens a *handle*, loads a *script* into it,
 * starts a *run* of a pipeline that the script has made, and reads its *items*:
 *
 *   #include <inttypes.h>
 *   #include <leat.h>
 *   #include <stdio.h>
 *   #include <string.h>
 *
 *   static const char script[] =
 *     "return read_jsonl(path)"
 *     "  :filter(function(r) return r.status == 'error' and r.latency_ms > slowest end)"
 *     "  :map(function(r) return { route = r.route, ms = r.latency_ms } end)";
 *
 *   int main (int argc, char **argv) {
 *     leat *handle;
 *     leat_run *run;
 *     leat_item *item;
 *     const char *route;
 *     double ms;
 *     leat_code code;
 *     if (argc != 2 || leat_open(&handle, NULL) != LEAT_OK) return 2;
 *     leat_bind_string(handle, "path", argv[1], strlen(argv[1]));
 *     leat_bind_int(handle, "slowest", 500);
 *     if ((code = leat_load(handle, script, strlen(script), "errors")) == LEAT_OK &&
 *         (code = leat_start(handle, NULL, &run)) == LEAT_OK)
 *       while ((code = leat_next(run, &item)) == LEAT_OK &&
 *              (code = leat_get_string(item, "route", &route, NULL)) == LEAT_OK &&
 *              (code = leat_get_double(item, "ms", &ms)) == LEAT_OK)
 *         printf("%s took %g ms\n", route, ms);
 *     if (code != LEAT_END) fprintf(stderr, "%s\n", leat_error(handle)->text);
 *     leat_close(handle);
 *     return code != LEAT_END;
 *   }
 *
 *   cc -std=c11 host.c $(pkg-config --cflags --libs leat) -o host
 *
 * What scripts can say is in leat's README. examples/embed/ has more hosts.
 *
 * Errors.   Every call that can fail returns a leat_code: LEAT_OK, or LEAT_END where that is said,
 *           or what went wrong; then leat_error says what, where and why. Nothing is printed, the
 *           process is not ended, and no longjmp or exception leaves a call. Running out of memory
 *           is an error like others. After an error the handle can be used on. NULL where
 *           something is needed (a handle, a run, an item, a name, a place for what is found) is
 *           LEAT_E_USE and does nothing else, where there is no code to return 0 or NULL;
 *           leat_close and leat_stop take it, and leat_error says that there is no handle. A
 *           pointer that is good no longer is not found out.
 * Threads.  A handle, and all that comes from it, is used by one thread at a time; which one may
 *           change. leat_interrupt alone may be called from anywhere. Different handles share
 *           nothing, and may be used at the same time.
 * Memory.   What a call hands out belongs to leat unless it says otherwise, and is good until the
 *           call named there. What a call is given is copied, but for `ud`, which is passed on.
 *           What a run holds is what its operators hold; all of it comes from the handle's
 *           allocator.
 * Reading   A path says what part of an item is meant, as in scripts: "user.name", "items[1]",
 * parts.    "items[-1]" (the last), "a[\"x y\"]"; of a tuple "_1", "_2.id"; NULL and "_": all
 *           of it. Names alone are fields of the last part. A path that leads nowhere finds
 *           LEAT_MISSING, which is no error.
 *
 * Not promised.  A sandboxed handle (leat_options.sandbox) keeps a script from files, processes
 * and environment, and its limits stop a script that runs, or allocates, for ever. These guard
 * against accidents and against scripts of people you know. They are no wall against an attacker:
 * Lua and leat are large programs in C, in the same process as your data. Run hostile code in a
 * process of its own, with the limits of the operating system. No limit reaches into a system call
 * that waits (a pipe nobody writes to), nor into your own C functions. An instruction may take long
 * (one copies a string of any size; a __call metamethod that leads back to itself goes on for
 * minutes, or four times the time limit): have a time limit beside the one of instructions. What a
 * script has put into globals stays: a handle that such a script has filled up to its memory limit
 * is of no more use.
 */
#ifndef LEAT_H
#define LEAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef LEAT_API
#if defined(__GNUC__)
#define LEAT_API __attribute__((visibility("default")))
#else
#define LEAT_API
#endif
#endif

/* --- codes ---------------------------------------------------------------------------------- */

/* X(code, name): the name is what `err.code` reads in scripts. New codes come at the end. */
#define LEAT_CODES(X)                                                                             \
  X(LEAT_OK, "ok")                                                                                \
  X(LEAT_END, "end")             /* no more items; of a callback: no more input */                \
  X(LEAT_AGAIN, "again")         /* within leat: would block */                                   \
  X(LEAT_E_MEMORY, "memory")     /* the allocator, or the memory limit (the text says) said no */ \
  X(LEAT_E_IO, "io")             /* open, read, write, rename failed */                           \
  X(LEAT_E_SYNTAX, "syntax")     /* malformed JSON or CSV, or a script that is no Lua */          \
  X(LEAT_E_ENCODING, "encoding") /* invalid UTF-8, lone surrogate */                              \
  X(LEAT_E_NUMBER, "number")     /* a number no double can hold */                                \
  X(LEAT_E_DEPTH, "depth")       /* nested deeper than max_depth */                               \
  X(LEAT_E_SIZE, "size")         /* a record longer than max_record */                            \
  X(LEAT_E_VALUE, "value")       /* a value that cannot be written */                             \
  X(LEAT_E_CALLBACK, "callback") /* a function of the script, or the script, raised */            \
  X(LEAT_E_CLOSE, "close")       /* a close handler of a pipeline (finally, resource) raised */   \
  X(LEAT_E_ITEM, "item")         /* an item, or part of one, of a kind that does not do */        \
  X(LEAT_E_USE, "use")           /* leat was used wrongly, or interrupted */                      \
  X(LEAT_E_DENIED, "denied")     /* the host does not allow it to scripts */                      \
  X(LEAT_E_LIMIT, "limit")       /* more instructions or time than the host allows to scripts */

typedef enum leat_code {
#define LEAT_CODE_ENUM(code, name) code,
  LEAT_CODES(LEAT_CODE_ENUM)
#undef LEAT_CODE_ENUM
  LEAT_CODE_COUNT
} leat_code;

/* The code's name, "io" or the like; "unknown" for what is no code. Static. */
LEAT_API const char *leat_code_name (leat_code code);

/* The library's version, "0.1.0" or the like. Static. */
LEAT_API const char *leat_version (void);

/* --- handles -------------------------------------------------------------------------------- */

typedef struct leat leat;

/* An allocator, as Lua has it: returns `new_size` bytes, aligned for everything, that begin with
 * what was in `block`; NULL if it cannot. new_size 0: frees and returns NULL. block NULL: there is
 * none yet, and old_size means nothing. A block that shrinks must not fail. It is called by the
 * thread that uses the handle. */
typedef void *(*leat_allocator) (void *ud, void *block, size_t old_size, size_t new_size);

/* How to open a handle. Set `size` to sizeof (leat_options) and what you need; zero is the default
 * of each, as in `leat_options options = {.size = sizeof options, .memory_limit = 1 << 24};` (in
 * C++ before C++20 `leat_options options = {};`, then the fields one by one). It is copied. */
typedef struct leat_options {
  size_t size; /* later versions have more fields, and take a size that is smaller */

  /* Where all memory comes from; NULL: the C library's malloc, in blocks that are given back when
   * the handle is closed. */
  leat_allocator allocator;
  void *allocator_ud;
  /* Bytes that Lua and leat may have from the allocator at a time; 0: any number. What would go
   * beyond is LEAT_E_MEMORY, "not enough memory: the memory limit of 16 MiB is reached". A script
   * can catch it and go on, within the limit. An open handle has some 150 KB. */
  size_t memory_limit;

  /* A sandbox: scripts reach nothing outside the handle but what `allow` names, and Lua's functions
   * that could take long are bounded. Whatever is allowed they have no debug library (but
   * debug.traceback), no bytecode, no os.exit, no finalizers (__gc), and what they share with other
   * scripts (string, leat ...) is read-only; C modules need LEAT_ALLOW_ALL. A function that needs
   * what is not allowed is there, and raises LEAT_E_DENIED; io.stdin is nil without
   * LEAT_ALLOW_READ, io.stdout and io.stderr without LEAT_ALLOW_WRITE, which print needs, too. The
   * fields below are of a sandbox; set without it they are LEAT_E_USE. */
  bool sandbox;
  unsigned allow; /* LEAT_ALLOW_... | ... */
  /* How much each call of the host's may do: leat_load, leat_next, leat_drain (all of it), and the
   * others. Beyond it the call fails with LEAT_E_LIMIT, which no pcall, coroutine or on_error of
   * the script can take; close handlers of the script that come after it are not run to their
   * end, those of the host's sources and sinks are. Then the next call begins anew. With any of
   * these, instructions of Lua take about twice as long. */
  uint64_t instruction_limit; /* Lua instructions and pulls, by the hundred; 0: any number */
  double time_limit;          /* seconds by the clock; 0: any */
  bool interruptible;         /* leat_interrupt stops Lua code, too, not only pipelines */

  /* Called with each warning (that items were skipped, that a close handler failed with nobody
   * left to tell): text that is good during the call. It must not use the handle. NULL: warnings
   * are dropped. */
  void (*warn) (void *ud, const char *text);
  void *warn_ud;
} leat_options;

/* What a sandbox may allow. Files are those that the process may open, all of them: to allow less,
 * have the system do it (a user of its own, chroot, Landlock). What is no file of data, wherever
 * links lead, needs LEAT_ALLOW_ALL: /proc and /sys, which show the environment and the memory of
 * the process, /dev/fd, and devices but for null, zero, full, random, urandom and what standard
 * input, output and error are. A file that the host hands over is allowed by that. */
enum {
  LEAT_ALLOW_READ = 1,         /* reading files, and standard input; loading Lua modules */
  LEAT_ALLOW_WRITE = 2,        /* writing, renaming, removing files; standard output and error */
  LEAT_ALLOW_PROCESSES = 4,    /* starting programs, which may do all that the process may */
  LEAT_ALLOW_NETWORK = 8,      /* sockets; nothing in leat opens any so far */
  LEAT_ALLOW_ENVIRONMENT = 16, /* reading environment variables */
  LEAT_ALLOW_ALL = 31
};

/* Opens a handle and puts it into *handle; options NULL: defaults. On LEAT_E_MEMORY, and on
 * LEAT_E_USE (a size that this version does not know, a limit without a sandbox, one below 0),
 * *handle is NULL. Takes 0.1 ms. */
LEAT_API leat_code leat_open (leat **handle, const leat_options *options);

/* Closes the handle and its runs, latest first, calls the destructors of what was registered,
 * frees all memory. Accepts NULL. Errors of close handlers are warnings. Not to be called by
 * a callback of this handle's. */
LEAT_API void leat_close (leat *handle);

/* Stops what the handle does, or else does next, at its next pull of an item: that call returns
 * LEAT_E_USE, "interrupted". May be called from any thread, and in a signal handler, while the
 * handle is open. Does not wake a system call that waits; a signal without SA_RESTART does.
 * Lua code that pulls nothing goes on, unless the handle has limits or is `interruptible`. */
LEAT_API void leat_interrupt (leat *handle);

/* Bytes that the handle has from the allocator now, and the most it had; either may be NULL. */
LEAT_API void leat_memory (const leat *handle, size_t *now, size_t *peak);

/* --- errors --------------------------------------------------------------------------------- */

/* What is not known is NULL or 0. Later versions may have more fields. */
typedef struct leat_error_info {
  leat_code code;
  const char *message;  /* one sentence */
  const char *text;     /* with file, line, column, stage and item: what to show to people */
  const char *file;     /* where in the data; of an error of the script's own, where in it */
  size_t line, column;  /* from 1 */
  const char *stage;    /* the operator that failed, */
  size_t stage_number;  /* and its place in the pipeline: the source is 1 */
  int64_t item;         /* counted at the source, from 1 */
  int os_errno;         /* of LEAT_E_IO */
  const char *traceback; /* of the script, where the error was raised */
  const char *pipeline; /* as text */
} leat_error_info;

/* What the last call with this handle that failed has to say; LEAT_OK if none has. Never NULL; it
 * and its strings are good until the next call that fails. Without memory for the strings, what
 * is left is the message, cut if it is long.
 *
 * An error is a table to a script, which may catch it, change its `code`, and raise it again; so a
 * code is no proof of what a script has done. LEAT_E_LIMIT alone is always leat's own word. What a
 * script raises that is no message is told by its __tostring, its field `message`, or its type. */
LEAT_API const leat_error_info *leat_error (const leat *handle);

/* --- scripts -------------------------------------------------------------------------------- */

/* Runs a script: text[0..length), in Lua, never bytecode. `name` is what messages call it. A byte
 * order mark at the front, and a first line that begins with #, are left out.
 * Everything in leat's README is in scope. All scripts of a handle share one table of globals, so
 * one sees what those before it have defined; open another handle to keep them apart. What the
 * script returns is kept for leat_start and leat_drain, until the next script is loaded. */
LEAT_API leat_code leat_load (leat *handle, const char *text, size_t length, const char *name);

/* The same with the text of a file, which LEAT_ALLOW_READ has nothing to do with. LEAT_E_IO: it
 * cannot be read. */
LEAT_API leat_code leat_load_file (leat *handle, const char *path);

/* Sets a global of the scripts: before leat_load for what the script reads when it is loaded,
 * later for what its functions read when they are called. null is nil. A string is bytes, and may
 * contain NUL. JSON becomes plain tables, as leat.json.decode makes them; LEAT_E_SYNTAX and its
 * like say where it is wrong. */
LEAT_API leat_code leat_bind_null (leat *handle, const char *name);
LEAT_API leat_code leat_bind_bool (leat *handle, const char *name, bool value);
LEAT_API leat_code leat_bind_int (leat *handle, const char *name, int64_t value);
LEAT_API leat_code leat_bind_double (leat *handle, const char *name, double value);
LEAT_API leat_code leat_bind_string (leat *handle, const char *name, const char *bytes,
                                     size_t length);
LEAT_API leat_code leat_bind_json (leat *handle, const char *name, const char *text,
                                   size_t length);

/* --- runs ----------------------------------------------------------------------------------- */

typedef struct leat_run leat_run;
typedef struct leat_item leat_item;

/* Starts a run of a pipeline: what the global `name` holds, or NULL: what the script returned.
 * Nothing is opened or read before leat_next. A generator that a script has opened is read on from
 * where it stands, and stays the script's. Any other value but nil and a function is an item, and
 * the only one. *run is NULL on errors; else it is good until leat_stop or leat_close. Several
 * runs, of one pipeline too, may be read in turns. */
LEAT_API leat_code leat_start (leat *handle, const char *name, leat_run **run);

/* Reads the next item: LEAT_OK, and *item is it; LEAT_END; or the error that ended the run. At the
 * end, and after an error, all that the run had opened is closed, and each further call returns
 * the same code; *item is NULL. The item, and what was read of it, are good until the next call
 * with this run, leat_stop too. */
LEAT_API leat_code leat_next (leat_run *run, leat_item **item);

/* Ends a run, wherever it stands: closes what it has opened, frees it. Accepts NULL. An error is
 * one of close handlers; the run is gone all the same. */
LEAT_API leat_code leat_stop (leat_run *run);

/* Runs a pipeline to its end; `name` as for leat_start. *items (it may be NULL) is how many items
 * have come out of it, also when it failed. For pipelines that do their work in callbacks; a
 * script that ends in a terminal, such as write_jsonl, has run when leat_load returns. */
LEAT_API leat_code leat_drain (leat *handle, const char *name, int64_t *items);

/* --- items ---------------------------------------------------------------------------------- */

typedef enum leat_kind {
  LEAT_MISSING, /* there is nothing */
  LEAT_NULL,    /* JSON's null, and nil as a part of a tuple */
  LEAT_BOOL,
  LEAT_INT,     /* a whole number of 64 bits */
  LEAT_DOUBLE,
  LEAT_STRING,  /* bytes; from JSON always UTF-8 */
  LEAT_LIST,    /* an array of a record; a table with an element 1, or marked by leat.array */
  LEAT_RECORD,  /* an object; any other table */
  LEAT_OTHER    /* a function or the like, which cannot be read */
} leat_kind;

/* The kind of what the path finds. Fails with LEAT_E_USE on a text that is no path, and with
 * LEAT_E_MEMORY, as all that follow. */
LEAT_API leat_code leat_get_kind (leat_item *item, const char *path, leat_kind *kind);

/* What the path finds, if it is of that kind; any other, missing and null too, is LEAT_E_ITEM, and
 * the output is left alone. A double that is a whole number does as an int, an int as a double. */
LEAT_API leat_code leat_get_bool (leat_item *item, const char *path, bool *value);
LEAT_API leat_code leat_get_int (leat_item *item, const char *path, int64_t *value);
LEAT_API leat_code leat_get_double (leat_item *item, const char *path, double *value);

/* The bytes of a string, with a NUL behind them; `length` may be NULL. Good as long as the item
 * is, and held until then: each call for a part of an item makes a copy. */
LEAT_API leat_code leat_get_string (leat_item *item, const char *path, const char **bytes,
                                    size_t *length);

/* What the path finds, of whatever kind, as JSON text on one line, a tuple as a list, with a NUL
 * behind it; kept as leat_get_string does. Missing is "null". LEAT_E_VALUE and its like say what
 * cannot be written. */
LEAT_API leat_code leat_get_json (leat_item *item, const char *path, const char **text,
                                  size_t *length);

/* The number of elements of a list. */
LEAT_API leat_code leat_get_length (leat_item *item, const char *path, size_t *length);

/* The number of parts: more than 1 of a tuple; of a function's arguments it may be 0. */
LEAT_API size_t leat_get_parts (const leat_item *item);

/* --- callbacks ------------------------------------------------------------------------------ */

/* What C code hands to a script: values that are added one after another, each a part of the item
 * (so one of them is an ordinary item), inside a list an element, inside a record a field's value.
 *
 *   leat_begin_record(b);
 *   leat_add_field(b, "id");    leat_add_int(b, 7);
 *   leat_add_field(b, "tags");  leat_begin_list(b); leat_add_string(b, "new", 3); leat_end(b);
 *   leat_end(b);
 *
 * A builder is good during the callback that is given it. What goes wrong is kept, makes all later
 * calls do nothing, and fails the callback whatever it returns; so the codes need not be looked at
 * one by one. Lists and records are records to the script, as read_jsonl gives them: strings in
 * them must be UTF-8, numbers finite. By itself a string is any bytes. */
typedef struct leat_builder leat_builder;

LEAT_API leat_code leat_add_null (leat_builder *builder);
LEAT_API leat_code leat_add_bool (leat_builder *builder, bool value);
LEAT_API leat_code leat_add_int (leat_builder *builder, int64_t value);
LEAT_API leat_code leat_add_double (leat_builder *builder, double value);
LEAT_API leat_code leat_add_string (leat_builder *builder, const char *bytes, size_t length);
/* A value as JSON text, which is checked. */
LEAT_API leat_code leat_add_json (leat_builder *builder, const char *text, size_t length);
LEAT_API leat_code leat_begin_list (leat_builder *builder);
LEAT_API leat_code leat_begin_record (leat_builder *builder);
/* In a record: the value that is added next is that of the field `name`. A name that comes twice is
 * not found out: as in any JSON text the last one counts, and a record that is written as JSON
 * unchanged has both. */
LEAT_API leat_code leat_add_field (leat_builder *builder, const char *name);
/* Ends the list or record that was begun last. */
LEAT_API leat_code leat_end (leat_builder *builder);

/* For a callback that fails: sets the message, made as by printf and cut after 400 bytes, and
 * returns the code (LEAT_E_CALLBACK, if it is none of an error), so
 * `return leat_fail(builder, LEAT_E_IO, "no route to %s", host);` does. A callback that returns an
 * error without it has the message of the call with its items that failed so, or "failed". */
LEAT_API leat_code leat_fail (leat_builder *builder, leat_code code, const char *format, ...)
#if defined(__GNUC__)
  __attribute__((format(printf, 3, 4)))
#endif
  ;

/* A function of the host's that scripts can call. Its arguments are the parts of an item, which is
 * good, with what is read of it, until the callback returns; what it adds to `result` is what it
 * returns, nothing is nil. It returns LEAT_OK, or an error, which is raised in the script. `ud` is
 * as given. Like every callback it must not use the handle (each call then fails with LEAT_E_USE)
 * but for leat_interrupt; it may call Lua through leat_lua, and an error that it raises there is
 * one like others. A C++ exception must not leave it. In a pipeline on_error leaves out an item
 * whose error is LEAT_E_CALLBACK, LEAT_E_ITEM or of its text (SYNTAX, ENCODING, NUMBER, DEPTH,
 * SIZE); any other ends the run. */
typedef leat_code (*leat_function) (void *ud, leat_item *arguments, leat_builder *result);

/* Makes it the global `name`, in place of what that was. `destroy` (may be NULL) is called with ud
 * once, when it is no longer needed: when no script can call it any more, at leat_close at the
 * latest, or when registering fails. It must not use the handle. */
LEAT_API leat_code leat_register_function (leat *handle, const char *name, leat_function function,
                                           void *ud, void (*destroy) (void *ud));

/* A source of the host's: `name(...)` in a script is a pipeline, and each run of it opens a cursor
 * of its own.
 *   open   at the first pull, with what `name` was called with. Sets *cursor. NULL: there is
 *          nothing to open, and the cursor is `ud`.
 *   next   adds the next item and returns LEAT_OK, or LEAT_END, or an error, which ends the run.
 *   close  once for each open that returned LEAT_OK, whatever has ended the run. NULL: nothing.
 * An error of `open` or `next` ends the run, but for one of an item and its text (ITEM, SYNTAX,
 * ENCODING, NUMBER, DEPTH, SIZE): on_error leaves that item out, and `next` is called again. */
typedef struct leat_source {
  size_t size; /* sizeof (leat_source) */
  void *ud;
  void (*destroy) (void *ud); /* as of leat_register_function */
  leat_code (*open) (void *ud, leat_item *arguments, void **cursor, leat_builder *result);
  leat_code (*next) (void *cursor, leat_builder *item);
  void (*close) (void *cursor);
} leat_source;

LEAT_API leat_code leat_register_source (leat *handle, const char *name,
                                         const leat_source *source);

/* A sink of the host's: `pipeline:name(...)` in a script runs the pipeline and gives each item to
 * the sink.
 *   open   before the first pull, with what the method was called with. NULL: as of sources.
 *   write  is given an item, which is good during the call.
 *   close  once for each open that returned LEAT_OK. `failed`: the run was not read to its end, so
 *          what was written is not all, and nobody looks at the result. Otherwise what it adds to
 *          `result` is what the method returns; nothing: the number of items. NULL: nothing.
 * `name` must not be that of an operator. */
typedef struct leat_sink {
  size_t size; /* sizeof (leat_sink) */
  void *ud;
  void (*destroy) (void *ud);
  leat_code (*open) (void *ud, leat_item *arguments, void **cursor, leat_builder *result);
  leat_code (*write) (void *cursor, leat_item *item, leat_builder *result);
  leat_code (*close) (void *cursor, bool failed, leat_builder *result);
} leat_sink;

LEAT_API leat_code leat_register_sink (leat *handle, const char *name, const leat_sink *sink);

/* --- Lua ------------------------------------------------------------------------------------ */

struct lua_State;

/* The Lua state of the handle, for who links Lua 5.4, too: to be used between calls with the
 * handle and in callbacks (then it is the coroutine that calls), and to be left with the stack as
 * it was. It is closed by leat_close. Its globals are seen by scripts, which have globals of their
 * own before these; not by those in a sandbox, which see only what leat_bind_... and
 * leat_register_... give them. */
LEAT_API struct lua_State *leat_lua (leat *handle);

/* Opens leat in a Lua 5.4 state that is not leat's own, without any handle:
 * `luaL_requiref(L, "leat", luaopen_leat, 0)` makes `require "leat"` find it, and leaves the
 * module on the stack. Needs Lua's package library there. All of leat is in the library, so nothing
 * is searched on package.path; LPeg is, too, for a state that has not loaded one. */
LEAT_API int luaopen_leat (struct lua_State *L);

#ifdef __cplusplus
}
#endif

#endif
