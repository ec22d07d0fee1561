/* SPDX-License-Identifier: MIT
 * handle.h - the inside of leat.h's types, shared by the files of src/host/.
 *
 *   leat.c      open, close, interrupt, memory
 *   error.c     what leat_error tells
 *   script.c    load, bind
 *   run.c       start, next, stop, drain
 *   item.c      reading items
 *   builder.c   writing items
 *   callback.c  what all callbacks of the host's have in common; functions, sources, sinks
 *   luaopen.c   luaopen_leat
 *
 * Laws
 *  - All that may raise runs in handle_call, or in a function that Lua has called. No error is
 *    raised from or through a function of leat.h, nor through a callback's frame unless the
 *    callback itself has raised it.
 *  - A handle is busy while Lua runs for it; then every call of leat.h's with it fails.
 */
#ifndef LEAT_HOST_HANDLE_H
#define LEAT_HOST_HANDLE_H

#include <lua.h>

#include "binding/json.h"
#include "core/path.h"
#include "core/run.h"
#include "host/leat.h"
#include "host/memory.h"

/* What a handle keeps in Lua: slots of a table in the registry, at the handle's address. */
enum {
  KEPT_GLOBALS = 1, /* of the scripts */
  KEPT_RETURNED,    /* what the last script returned: {n =, ...} */
  KEPT_PATHS,       /* texts of paths -> the paths */
  KEPT_LAST = KEPT_PATHS
};

/* A path of names that was used lately: found again by the address of its text, for C programs use
 * literals, and the text itself. All of it is kept in Lua with the paths. */
#define PATHS_SEEN 16
struct path_seen {
  const char *text; /* NULL: none */
  const struct path_names *names;
  lua_Integer part;
};

/* Bytes of a message that are there when nothing else is. */
#define ERROR_RESERVE 200

struct leat {
  struct host_memory memory;
  lua_State *L;       /* the main thread */
  lua_State *calling; /* the thread that calls a callback; NULL: none does */
  struct state *state;
  bool busy;
  void (*warn)(void *ud, const char *text);
  void *warn_ud;
  struct json_buffer warning; /* the parts so far */
  struct leat_error_info error;
  void *error_block; /* its strings */
  size_t error_size;
  char error_reserve[ERROR_RESERVE];
  leat_run *runs;        /* latest first */
  leat_builder *builders; /* that are not in use */
  int paths;             /* how many are kept */
  struct path_seen seen[PATHS_SEEN];
  unsigned errors;       /* how many there have been */
};

/* --- leat.c --- */
/* Calls fn(context) protected: what it raises becomes the error. LEAT_E_USE: the handle is busy. */
leat_code handle_call (leat *handle, lua_CFunction fn, void *context);
/* LEAT_E_USE, with this message, unless `complete`; and where there is no handle. */
leat_code handle_needs (leat *handle, bool complete, const char *message);
/* A call of the host's begins: its limits are fresh. handle_call does it, too. */
void handle_begin (leat *handle);
/* Pushes what is kept in a slot on L, a thread of the handle. */
void handle_push (const leat *handle, lua_State *L, int slot);
/* Pops the top into it. Only where the slot is no new one, so it does not raise. */
void handle_keep (const leat *handle, lua_State *L, int slot);

/* --- error.c --- */
/* The value on top of L (popped), raised with `status`, is the handle's error. */
leat_code error_take (leat *handle, lua_State *L, int status);
/* The handle's error is this one; a message as by snprintf. */
leat_code error_set (leat *handle, leat_code code, const char *format, ...)
#if defined(__GNUC__)
  __attribute__((format(printf, 3, 4)))
#endif
  ;
leat_code error_set_memory (leat *handle);
void error_clear (leat *handle);

/* --- item.c --- */
/* Copies of what was read of an item; they live as long as it. */
struct item_copy {
  struct item_copy *next;
  size_t size; /* of the block */
  char bytes[];
};

struct leat_item {
  leat *handle;
  lua_State *L; /* where its values are, from index item.at on */
  struct item item;
  struct item_copy *copies;
  bool in_callback; /* an argument of one: then the handle is busy, rightly */
};
/* Forgets what was read. */
void item_forget (leat_item *item);

/* --- builder.c --- */
struct builder_part {
  leat_kind kind; /* NULL, BOOL, INT, DOUBLE, STRING; RECORD: JSON text */
  union {
    bool flag;
    int64_t integer;
    double number;
    struct { size_t at, length; } text; /* in `text` */
  } u;
};

struct leat_builder {
  leat *handle;
  leat_builder *next; /* of those not in use */
  leat_code code;     /* the first error */
  char message[400];
  struct builder_part *parts;
  size_t count, capacity;
  struct json_buffer text;
  struct json_tape tape;
  char *nesting; /* one for each open container, '[' or '{' */
  size_t depth, nesting_capacity;
  bool comma, named;  /* in the container at hand: a value is there; its field's name is */
};
/* A builder, empty; NULL: no memory. It must be given back. */
leat_builder *builder_take (leat *handle);
void builder_give_back (leat_builder *builder);
void builder_free_all (leat *handle);
/* LEAT_OK, or why what was added is not complete. */
leat_code builder_finish (leat_builder *builder);
/* Pushes the parts; returns how many. May raise memory errors. */
int builder_push (leat_builder *builder, lua_State *L);

#endif
