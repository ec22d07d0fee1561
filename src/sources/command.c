/* SPDX-License-Identifier: MIT
 * command.c - read_command: the lines of a program's standard output.
 *
 * The program is started by the first pull. Who reads to the end learns by an error if it failed;
 * who closes before has ended it then.
 */
#include <string.h>

#include <lauxlib.h>

#include "bytes/command.h"
#include "core/argument.h"
#include "core/capability.h"
#include "core/failure.h"
#include "core/text.h"
#include "sources/files.h"

struct source {
  struct files files;
  struct command command;
};

/* Has no slots but those of files.h. The recipe's argument is the list of words; n[0] is
 * max_record, n[1] files_option_text. */

static void command_build (lua_State *L, struct recipe *r, int first) {
  static const char *const names[] = { "max_record", FILES_TEXT_OPTIONS, NULL };
  int recipe = lua_gettop(L), last = recipe - 1;
  if (last > first && lua_istable(L, last)) {
    argument_options(L, r, last, names);
    r->n[0].integer = argument_option_integer(L, r, last, "max_record", 1, 1 << 30);
    r->n[1].integer = files_option_text(L, r, last);
    last--;
  }
  if (last < first || lua_type(L, first) != LUA_TSTRING || lua_rawlen(L, first) == 0)
    argument_fail(L, r, "program must be a string, got %s",
                  last < first                            ? "nothing"
                  : lua_type(L, first) == LUA_TSTRING ? "an empty one"
                                                          : argument_type(L, first));
  lua_createtable(L, last - first + 1, 0);
  for (int i = first; i <= last; i++) {
    lua_pushvalue(L, i);
    if (!text_of_top(L))
      argument_fail(L, r, "argument %d of the program must be a string or a number, got %s",
                    i - first, argument_type(L, i));
    if (strlen(lua_tostring(L, -1)) != lua_rawlen(L, -1))
      argument_fail(L, r, "'%s' contains a NUL byte", lua_tostring(L, -1));
    lua_rawseti(L, recipe + 1, i - first + 1);
  }
  recipe_keep(L, recipe);
}

static void command_init (lua_State *L, struct run *run, struct stage *s, const struct recipe *r,
                          int recipe, int anchors) {
  struct source *src = files_init(L, s, recipe, anchors, sizeof *src, r->n[0].size);
  files_text(&src->files, r->n[1].integer);
  src->command.interrupted = &run->state->interrupt;
}

/* Pushes the recipe's list of words. */
static void push_words (struct flow *f, struct stage *s) {
  flow_push_anchor(f, s, FILES_RECIPE);
  lua_getiuservalue(f->L, -1, RECIPE_ARGUMENT);
  lua_remove(f->L, -2);
}

static verdict fail (struct flow *f, struct leat_error *e) {
  failure_push_bytes(f->L, e, NULL);
  return V_ERROR;
}

/* Bytes of a command in a message. */
#define COMMAND_SHOWN 60

/* Says of the error object on top, about what the program has written, which program it was. */
static void name_output (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  luaL_Buffer b;
  luaL_checkstack(L, 6, "arguments");
  int error = lua_gettop(L);
  push_words(f, s);
  luaL_buffinit(L, &b);
  lua_Integer n = (lua_Integer)lua_rawlen(L, error + 1);
  for (lua_Integer i = 1; i <= n && luaL_bufflen(&b) <= COMMAND_SHOWN; i++) {
    if (i > 1) luaL_addchar(&b, ' ');
    lua_rawgeti(L, error + 1, i);
    luaL_addvalue(&b);
  }
  if (luaL_bufflen(&b) > COMMAND_SHOWN) {
    char *text = luaL_buffaddr(&b);
    size_t length = COMMAND_SHOWN;
    while (length > 0 && ((unsigned char)text[length] & 0xc0) == 0x80) length--; /* UTF-8 */
    luaL_buffsub(&b, luaL_bufflen(&b) - length);
    luaL_addstring(&b, "...");
  }
  luaL_pushresult(&b);
  lua_pushfstring(L, "(output of %s)", lua_tostring(L, -1));
  lua_setfield(L, error, "file");
  lua_settop(L, error);
}

/* Is it likely that the program's name is all of a command line? */
static bool has_arguments (const char *program) {
  return strchr(program, ' ') != NULL;
}

static verdict start (struct flow *f, struct stage *s, struct source *src) {
  lua_State *L = f->L;
  struct leat_error e = { LEAT_OK, 0, 0, 0, 0, "" };
  luaL_checkstack(L, 6, "arguments");
  s->phase = 1;
  if (capability_denied(f->root->state, CAPABILITY_PROCESSES)) {
    capability_push_error(L, s->op->name, CAPABILITY_PROCESSES);
    return V_ERROR;
  }
  push_words(f, s);
  int words = lua_gettop(L);
  size_t n = lua_rawlen(L, words);
  char **argv = lua_newuserdatauv(L, (n + 1) * sizeof *argv, 0);
  for (size_t i = 0; i < n; i++) {
    lua_rawgeti(L, words, (lua_Integer)i + 1);
    argv[i] = (char *)(size_t)lua_tostring(L, -1); /* the list keeps it, nobody writes to it */
    lua_pop(L, 1);
  }
  argv[n] = NULL;
  if (command_start(&src->command, argv, &e) != LEAT_OK) {
    size_t used = strlen(e.message);
    if (n == 1 && has_arguments(argv[0]))
      strncpy(e.message + used, "; its arguments are given one by one, as in "
              "read_command(\"sort\", \"-n\")", sizeof e.message - 1 - used);
    return fail(f, &e);
  }
  files_begin(f, &src->files, src->command.fd);
  lua_settop(L, words - 1);
  return V_PASS;
}

static verdict end (struct flow *f, struct stage *s, struct source *src) {
  struct leat_error e = { LEAT_OK, 0, 0, 0, 0, "" };
  if (src->command.pid == 0) return V_END;
  push_words(f, s);
  lua_rawgeti(f->L, -1, 1);
  if (command_wait(&src->command, lua_tostring(f->L, -1), &e) != LEAT_OK) return fail(f, &e);
  lua_pop(f->L, 2);
  return V_END;
}

static verdict command_pull (struct flow *f, struct stage *s) {
  struct source *src = s->c.pointer;
  struct leat_error e = { LEAT_OK, 0, 0, 0, 0, "" };
  if (s->phase == 0 && start(f, s, src) == V_ERROR) return V_ERROR;
  f->item.kind = ITEM_TEXT;
  leat_code code = reader_next_line(&src->files.reader, &f->item.u.text.bytes,
                                    &f->item.u.text.length, &e);
  if (code == LEAT_END) return end(f, s, src);
  verdict v = files_outcome(f, &src->files, code, &e);
  if (v == V_ERROR) name_output(f, s);
  return v;
}

static void command_release (struct stage *s) {
  struct source *src = s->c.pointer;
  files_release(s);
  command_stop(&src->command);
}

const struct steps steps_read_command = { .anchors = FILES_SLOTS, .build = command_build,
                                          .init = command_init, .pull = command_pull,
                                          .release = command_release };
