/* SPDX-License-Identifier: MIT
 * files.h - what the terminals that write a file have in common.
 *
 * The target is opened before the first pull, so that a path that cannot be written fails before
 * anything is read. It appears under its name when the run has ended well; whatever else ends the
 * run discards it. A path that ends in .gz or .zst is compressed. Everything is held in one
 * userdata that begins with a struct sink, made when the run is and released by close.
 */
#ifndef LEAT_SINKS_FILES_H
#define LEAT_SINKS_FILES_H

#include "binding/json_buffer.h"
#include "bytes/writer.h"
#include "core/run.h"

struct sink {
  struct memory memory;
  struct writer writer;
  struct json_buffer buffer; /* the item at hand as text */
  lua_Integer items;
};

/* Slots: the path, or a list that begins with it; the userdata. A sink's own are behind them. */
enum { SINK_PATH, SINK_STATE, SINK_SLOTS };

/* For build: checks the path at `first`, and the option level if there are options at the index
 * behind it. They may have no others than `names` (ended by NULL), which has "level". Keeps the
 * level in the recipe's n[0] and pushes the path. Are there options? */
bool sink_arguments (lua_State *L, struct recipe *r, int first, const char *const *names);

/* The build of those whose only option is the level. */
void sink_build (lua_State *L, struct recipe *r, int first);

/* For init: puts a zeroed userdata of `size` bytes, which begins with a struct sink, into its slot
 * and into s->c. */
void *sink_new (lua_State *L, struct run *run, struct stage *s, const struct recipe *r,
                int anchors, size_t size);

/* The init of those that hold nothing else. */
void sink_init (lua_State *L, struct run *run, struct stage *s, const struct recipe *r,
                int recipe, int anchors);

/* The result of one that has written to the standard output, a table, has this metatable: who
 * prints results would print behind what was written. */
#define SINK_TO_OUTPUT "leat.to_output"

verdict sink_open (struct flow *f, struct stage *s);
verdict sink_end (struct flow *f, struct stage *s);
void sink_flush (struct stage *s);
uint64_t sink_given (const struct stage *s, bool *prints);
void sink_release (struct stage *s);

/* V_ERROR, with the path where the system has failed. */
verdict sink_fail (struct flow *f, struct stage *s, struct leat_error *e);

/* Writes bytes: V_DROP or V_ERROR. */
verdict sink_write (struct flow *f, struct stage *s, const char *bytes, size_t length);

#endif
