/* SPDX-License-Identifier: MIT
 * oom_host.c - a host whose memory runs out: each allocation in turn.
 *
 *   oom_host SCRIPT.lua
 *
 * Runs the script (the vocabulary in scope, as in `leat`) once with memory, to
 * learn what it returns, then with allocation 0, 1, 2, ... failing until a run
 * ends without having asked for the failing one. Two ways to fail: `lasting`
 * (that allocation and all after it, until the script has ended) and `passing`
 * (that one and the next: Lua collects garbage and asks a second time).
 *
 * Each run must end in "not enough memory", as LUA_ERRMEM or as an error that
 * says so (luaL_checkstack says "stack overflow" for it), or else return what it
 * returns with memory; and lua_close must leave no block behind. An allocator may
 * not fail to shrink a block (the manual of lua_Alloc), so only growth fails.
 *
 * A script whose name ends in require.lua starts before `leat` is loaded.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include "host/modules.h"

struct host_memory {
  bool armed;
  bool lasting;
  bool failed;    /* an allocation has been refused */
  long countdown; /* allocations until the failing one */
  size_t blocks;
};

static void *host_alloc (void *ud, void *block, size_t old_size, size_t size) {
  struct host_memory *m = ud;
  if (size == 0) {
    m->blocks -= block != NULL;
    free (block);
    return NULL;
  }
  if (m->armed && (block == NULL || size > old_size)) {
    long left = m->countdown--;
    if (left <= 0 && (m->lasting || left > -2)) {
      m->failed = true;
      return NULL;
    }
  }
  void *grown = realloc (block, size);
  if (grown == NULL)
    return NULL;
  m->blocks += block == NULL;
  return grown;
}

/* (path) -> chunk. The vocabulary as cli.lua gives it. */
static int host_prepare (lua_State *L) {
  static const char environment[] =
      "local env, loaded = {}, ...\n"
      "if loaded then\n"
      "  for k, v in pairs(require 'leat') do if _G[k] == nil then env[k] = v end end\n"
      "  env.leat = require 'leat'\n"
      "end\n"
      "return setmetatable(env, {__index = _G})";
  const char *path = luaL_checkstring (L, 1);
  bool bare = strstr (path, "require.lua") != NULL;
  luaL_openlibs (L);
  modules_preload (L);
  if (luaL_loadfile (L, path) != LUA_OK || luaL_loadstring (L, environment) != LUA_OK)
    return lua_error (L);
  lua_pushboolean (L, !bare);
  lua_call (L, 1, 1);
  lua_setupvalue (L, -2, 1);
  lua_gc (L, LUA_GCCOLLECT);
  return 1;
}

static int host_text (lua_State *L) {
  luaL_tolstring (L, 1, NULL);
  return 1;
}

/* Replaces the value on top by its text. */
static const char *host_tostring (lua_State *L) {
  lua_pushcfunction (L, host_text);
  lua_insert (L, -2);
  if (lua_pcall (L, 1, 1, 0) != LUA_OK)
    return "an error while making the message";
  return lua_tostring (L, -1);
}

/* One run with allocation n failing (n < 0: none). Returns the complaint or
 * NULL; *expected is set by the run with n < 0 and compared by the others. */
static const char *host_run (const char *path, long n, bool lasting, char **expected,
                             bool *reached) {
  static char complaint[512];
  struct host_memory memory = { .armed = false, .lasting = lasting, .countdown = n };
  const char *wrong = NULL;
  lua_State *L = lua_newstate (host_alloc, &memory);
  if (L == NULL)
    return "no memory for the host itself";
  lua_pushcfunction (L, host_prepare);
  lua_pushstring (L, path);
  int status = lua_pcall (L, 1, 1, 0);
  if (status == LUA_OK) {
    memory.armed = n >= 0;
    status = lua_pcall (L, 0, 1, 0);
    memory.armed = false;
  } else
    n = -1;
  const char *text = host_tostring (L);
  if (n < 0) {
    if (status != LUA_OK)
      wrong = text;
    else if ((*expected = malloc (strlen (text) + 1)) != NULL)
      strcpy (*expected, text);
  } else if (status == LUA_OK) {
    if (strcmp (text, *expected) != 0)
      wrong = text;
  } else if (status != LUA_ERRMEM && strstr (text, "not enough memory") == NULL &&
             strstr (text, "stack overflow") == NULL)
    wrong = text;
  else if (!memory.failed)
    wrong = "not enough memory, though nothing was refused";
  if (wrong != NULL) {
    snprintf (complaint, sizeof complaint, "%s (status %d)", wrong, status);
    wrong = complaint;
  }
  lua_close (L);
  if (wrong == NULL && memory.blocks != 0) {
    snprintf (complaint, sizeof complaint, "%zu blocks are left after lua_close", memory.blocks);
    wrong = complaint;
  }
  *reached = memory.failed;
  return wrong;
}

int main (int argc, char **argv) {
  if (argc != 2) {
    fputs ("usage: oom_host SCRIPT.lua\n", stderr);
    return 2;
  }
  char *expected = NULL;
  bool reached = true;
  long counts[2] = { 0, 0 };
  const char *wrong = host_run (argv[1], -1, false, &expected, &reached);
  for (int way = 0; wrong == NULL && way < 2; way++) {
    reached = true;
    for (long n = 0; wrong == NULL && reached; n++) {
      wrong = host_run (argv[1], n, way == 0, &expected, &reached);
      counts[way] = n;
    }
    if (wrong != NULL)
      printf ("%s: with allocation %ld failing (%s): %s\n", argv[1], counts[way],
              way == 0 ? "lasting" : "passing", wrong);
  }
  if (wrong == NULL)
    printf ("  %-32s %5ld allocations failed in turn\n", argv[1], counts[0]);
  else if (counts[0] == 0)
    printf ("%s: %s\n", argv[1], wrong);
  free (expected);
  return wrong != NULL;
}
