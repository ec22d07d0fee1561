/* SPDX-License-Identifier: MIT
 * files.h - what the sources that read files have in common.
 *
 * The argument is a path, a glob, "-", a list of them, or an open file of Lua's. Paths are
 * expanded and files opened by the first pull. Everything is held in one userdata that begins with
 * a struct files, made when the run is and released by close.
 */
#ifndef LEAT_SOURCES_FILES_H
#define LEAT_SOURCES_FILES_H

#include "bytes/reader.h"
#include "core/run.h"

struct files {
  struct memory memory;
  struct reader reader;
  const char **names;
  size_t count, capacity;
  struct progress_input input;
  struct state *input_of; /* the state whose standard input it has open, or NULL */
};

/* Slots: the recipe, the userdata; a source's own are behind them. */
enum { FILES_RECIPE, FILES_STATE, FILES_SLOTS };

/* For build: checks the path at `first` and pushes it. */
void files_path (lua_State *L, struct recipe *r, int first);
/* The option records = "table" rather than "lazy"? */
bool files_option_tables (lua_State *L, struct recipe *r, int options);

/* The options that say how the bytes of the files become text: encoding, decompress. For a recipe's
 * number, and for init, back to the reader. */
#define FILES_TEXT_OPTIONS "encoding", "decompress"
lua_Integer files_option_text (lua_State *L, struct recipe *r, int options);
void files_text (struct files *files, lua_Integer text);

/* For init: puts a zeroed userdata of `size` bytes, which begins with a struct files, into its
 * slot and into s->c. `max_record` as in reader.h. */
void *files_init (lua_State *L, struct stage *s, int recipe, int anchors, size_t size,
                  size_t max_record);

/* Expands and opens what the recipe's argument says, or the first element of it if that is a list
 * of what was kept. Sets s->phase. */
verdict files_start (struct flow *f, struct stage *s, bool first_of_list);

/* For who has no names but a descriptor, in place of files_start: begins to read it. */
void files_begin (struct flow *f, struct files *files, int fd);

/* What the reader said, as a verdict. */
verdict files_outcome (struct flow *f, struct files *files, leat_code code, struct leat_error *e);
/* Adds to the message of what is no text at all, or none in UTF-8, what the file may be. */
void files_hint (const struct files *files, struct leat_error *e);
/* V_ERROR: the item at hand is wrong, as *e says. */
verdict files_fail_item (struct flow *f, struct files *files, struct leat_error *e);

void files_release (struct stage *s);

#endif
