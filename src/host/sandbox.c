/* SPDX-License-Identifier: MIT
 * sandbox.c - the globals of a script, and how code comes into a sandbox.
 *
 * The registry keeps one table, the *shelf*: read-only views of the libraries and the functions
 * that all scripts share, under the names that globals have for them. Each script gets a copy of
 * it, and functions of its own where these must know its globals: load, loadfile, dofile, require.
 */
#include "sandbox.h"

#include <stdbool.h>
#include <string.h>

#include <lauxlib.h>
#include <lualib.h>

#include "core/failure.h"
#include "library.h"

static const char shelf_key = 0;

/* --- loading code: upvalue 1 the state, 2 the original (load), 3 the script's globals --- */

enum { CODE_STATE = 1, CODE_ORIGINAL, CODE_GLOBALS, CODE_LOADED };

/* Characters that are compiled while an instruction is made. */
#define COMPILED 4

static int l_load (lua_State *L) {
  const char *mode = luaL_optstring(L, 3, "bt");
  bool has_globals = !lua_isnone(L, 4);
  if (strchr(mode, 't') == NULL) {
    lua_pushnil(L);
    lua_pushliteral(L, "load: a sandbox loads text only, never bytecode");
    return 2;
  }
  lua_settop(L, 4);
  if (lua_type(L, 1) == LUA_TSTRING)
    limits_pay(L, &library_state(L)->limits, lua_rawlen(L, 1) / COMPILED);
  if (!has_globals) {
    lua_pushvalue(L, lua_upvalueindex(CODE_GLOBALS));
    lua_replace(L, 4);
  }
  lua_pushliteral(L, "t");
  lua_replace(L, 3);
  lua_pushvalue(L, lua_upvalueindex(CODE_ORIGINAL));
  lua_insert(L, 1);
  lua_call(L, 4, LUA_MULTRET);
  return lua_gettop(L);
}

/* Compiles a file (NULL: standard input) and gives it the globals at index `globals`; pushes the
 * function, or a message and returns false. */
static bool load_file (lua_State *L, const char *path, int globals) {
  if (luaL_loadfilex(L, path, "t") != LUA_OK) return false;
  lua_pushvalue(L, globals);
  if (lua_setupvalue(L, -2, 1) == NULL) lua_pop(L, 1);
  return true;
}

static int l_loadfile (lua_State *L) {
  const char *path = luaL_optstring(L, 1, NULL), *mode = luaL_optstring(L, 2, "bt");
  bool has_globals = !lua_isnone(L, 3);
  capability_check(L, library_state(L), "loadfile", CAPABILITY_READ);
  if (path != NULL) capability_check_path(L, library_state(L), "loadfile", path);
  if (strchr(mode, 't') == NULL) {
    lua_pushnil(L);
    lua_pushliteral(L, "loadfile: a sandbox loads text only, never bytecode");
    return 2;
  }
  if (load_file(L, path, has_globals ? 3 : lua_upvalueindex(CODE_GLOBALS))) return 1;
  lua_pushnil(L);
  lua_insert(L, -2);
  return 2;
}

static int dofile_k (lua_State *L, int status, lua_KContext context) {
  (void)status, (void)context;
  return lua_gettop(L) - 1;
}

static int l_dofile (lua_State *L) {
  const char *path = luaL_optstring(L, 1, NULL);
  capability_check(L, library_state(L), "dofile", CAPABILITY_READ);
  if (path != NULL) capability_check_path(L, library_state(L), "dofile", path);
  lua_settop(L, 1);
  if (!load_file(L, path, lua_upvalueindex(CODE_GLOBALS))) return lua_error(L);
  lua_callk(L, 0, LUA_MULTRET, 0, dofile_k);
  return dofile_k(L, LUA_OK, 0);
}

/* --- require: upvalue 4 is the script's own table of what it has loaded. Native modules can do
 * anything, so they are for scripts that may do everything --- */

/* Calls the function on top as a loader: with the name and where it was found; keeps and returns
 * what the module is. */
static int run_loader (lua_State *L, const char *where) {
  lua_pushvalue(L, 1);
  lua_pushstring(L, where);
  lua_call(L, 2, 1);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    lua_pushboolean(L, true);
  }
  lua_pushvalue(L, 1);
  lua_pushvalue(L, -2);
  lua_rawset(L, lua_upvalueindex(CODE_LOADED));
  return 1;
}

/* Pushes field `name` of the true package library, which is at index 2. */
static void push_package (lua_State *L, const char *name) { lua_getfield(L, 2, name); }

/* package.searchpath(name, package[path]): pushes the file's name; or nil and why not. */
static void search (lua_State *L, const char *path) {
  push_package(L, "searchpath");
  lua_pushvalue(L, 1);
  push_package(L, path);
  lua_call(L, 2, 2);
}

static int l_require (lua_State *L) {
  const struct state *g = library_state(L);
  const char *name = luaL_checkstring(L, 1);
  lua_settop(L, 1);
  lua_pushvalue(L, 1);
  if (lua_rawget(L, lua_upvalueindex(CODE_LOADED)) != LUA_TNIL) return 1;
  lua_settop(L, 1);
  capability_check(L, g, lua_pushfstring(L, "require '%s'", name), CAPABILITY_READ);
  lua_settop(L, 1);
  luaL_getsubtable(L, LUA_REGISTRYINDEX, LUA_LOADED_TABLE);
  lua_getfield(L, -1, LUA_LOADLIBNAME);
  lua_replace(L, 2);
  search(L, "path");
  if (lua_isstring(L, -2)) {
    const char *file = lua_tostring(L, -2);
    capability_check_path(L, g, "require", file);
    if (!load_file(L, file, lua_upvalueindex(CODE_GLOBALS)))
      return luaL_error(L, "error loading module '%s' from file '%s':\n\t%s", name, file,
                        lua_tostring(L, -1));
    return run_loader(L, file);
  }
  int why = lua_gettop(L);
  if (g->denied != 0)
    return luaL_error(L, "module '%s' not found:%s%s", name, "\n\t", lua_tostring(L, why));
  search(L, "cpath");
  if (!lua_isstring(L, -2))
    return luaL_error(L, "module '%s' not found:\n\t%s\n\t%s", name, lua_tostring(L, why),
                      lua_tostring(L, -1));
  push_package(L, "loadlib");
  lua_pushvalue(L, -3);
  luaL_gsub(L, name, ".", "_");
  lua_pushfstring(L, "luaopen_%s", lua_tostring(L, -1));
  lua_remove(L, -2);
  lua_call(L, 2, 2);
  if (lua_isnil(L, -2)) return luaL_error(L, "error loading module '%s': %s", name,
                                          lua_tostring(L, -1));
  lua_pop(L, 1);
  return run_loader(L, lua_tostring(L, -3));
}

/* --- what is on the shelf --- */

/* Adds what scripts may have of a library, the originals of which are on top (popped). */
static void put_library (lua_State *L, int shelf, struct state *g, const char *name,
                         void (*library)(lua_State *, struct state *)) {
  lua_newtable(L);
  library(L, g);
  library_protect(L, name);
  lua_setfield(L, shelf, name);
  lua_pop(L, 1);
}

/* Replaces the table on top by a read-only view of a copy. */
static void copy_protected (lua_State *L, const char *name) {
  lua_newtable(L);
  library_whole(L, NULL);
  lua_remove(L, -2);
  library_protect(L, name);
}

/* Copies leat's module, so that nothing leads to the table that leat itself uses, and puts it on
 * the shelf, its functions also by themselves. leat.testing is looked up when it is asked for, and
 * so left out. */
static void put_leat (lua_State *L, int shelf) {
  lua_getglobal(L, "require");
  lua_pushliteral(L, "leat");
  lua_call(L, 1, 1);
  int module = lua_gettop(L), copy = module + 1, name = copy + 1, value = name + 1;
  lua_newtable(L);
  lua_pushnil(L);
  while (lua_next(L, module)) {
    if (lua_istable(L, value)) copy_protected(L, "leat.json"); /* it has no other */
    lua_pushvalue(L, name);
    lua_pushvalue(L, value);
    lua_rawset(L, copy);
    lua_pushvalue(L, name);
    bool known = lua_rawget(L, shelf) != LUA_TNIL; /* `table` is Lua's */
    lua_settop(L, value);
    if (!known) {
      lua_pushvalue(L, name);
      lua_insert(L, -2);
      lua_rawset(L, shelf);
    }
    lua_settop(L, name);
  }
  library_protect(L, "leat");
  lua_setfield(L, shelf, "leat");
  lua_settop(L, module - 1);
}

/* Nobody can reach the metatable on top (popped) by getmetatable. */
static void seal (lua_State *L) {
  lua_pushboolean(L, false);
  lua_setfield(L, -2, "__metatable");
  lua_pop(L, 1);
}

static void put_libraries (lua_State *L, struct state *g) {
  static const struct {
    const char *name;
    lua_CFunction open;
    void (*library)(lua_State *, struct state *);
  } libraries[] = { { LUA_COLIBNAME, luaopen_coroutine, library_coroutine },
                    { LUA_TABLIBNAME, luaopen_table, library_table },
                    { LUA_STRLIBNAME, luaopen_string, library_string },
                    { LUA_MATHLIBNAME, luaopen_math, library_whole },
                    { LUA_UTF8LIBNAME, luaopen_utf8, library_utf8 },
                    { LUA_IOLIBNAME, luaopen_io, library_io },
                    { LUA_OSLIBNAME, luaopen_os, library_os } };
  int shelf = lua_gettop(L);
  luaL_requiref(L, LUA_GNAME, luaopen_base, 1);
  lua_pushvalue(L, shelf);
  library_base(L, g);
  lua_getfield(L, -2, "load");
  lua_setfield(L, shelf, "load"); /* for the scripts' own */
  lua_settop(L, shelf);
  luaL_requiref(L, LUA_LOADLIBNAME, luaopen_package, 1);
  lua_settop(L, shelf);
  for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++) {
    luaL_requiref(L, libraries[i].name, libraries[i].open, 1);
    put_library(L, shelf, g, libraries[i].name, libraries[i].library);
  }
  lua_newtable(L); /* there are no originals: it is not even opened */
  put_library(L, shelf, g, LUA_DBLIBNAME, library_debug);
  luaL_getmetatable(L, LUA_FILEHANDLE);
  seal(L);
  lua_pushliteral(L, "");
  lua_getmetatable(L, -1);
  lua_getfield(L, shelf, LUA_STRLIBNAME);
  lua_getmetatable(L, -1);
  lua_getfield(L, -1, "__index"); /* the table behind the view: a step less for s:upper() */
  lua_setfield(L, -4, "__index");
  lua_pop(L, 2);
  seal(L);
  lua_settop(L, shelf);
}

void sandbox_open (lua_State *L, const struct sandbox_options *options,
                   void (*preload)(lua_State *L)) {
  struct state *g = state_push(L);
  g->denied = (unsigned)CAPABILITY_ALL & ~options->allow;
  if (options->instructions != 0 || options->seconds > 0)
    limits_open(L, options->instructions != 0 ? options->instructions : LIMITS_WITHOUT,
                options->seconds > 0 && options->seconds < 1e9
                  ? (uint64_t)(options->seconds * 1e9) : LIMITS_WITHOUT);
  lua_newtable(L);
  put_libraries(L, g);
  if (preload != NULL) {
    preload(L);
    put_leat(L, lua_gettop(L));
  }
  lua_rawsetp(L, LUA_REGISTRYINDEX, &shelf_key);
  lua_pop(L, 1);
}

/* --- scripts --- */

/* Copies the fields of the table at `from` to the one on top. */
static void copy_fields (lua_State *L, int from) {
  lua_pushnil(L);
  while (lua_next(L, from)) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, -4);
  }
}

/* Pushes a table of what require gives without a search. */
static void push_loaded (lua_State *L, int shelf, int globals) {
  static const char *const names[] = { LUA_COLIBNAME, LUA_TABLIBNAME,  LUA_STRLIBNAME,
                                       LUA_MATHLIBNAME, LUA_UTF8LIBNAME, LUA_IOLIBNAME,
                                       LUA_OSLIBNAME, LUA_DBLIBNAME, "leat" };
  lua_createtable(L, 0, (int)(sizeof names / sizeof *names) + 1);
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    lua_getfield(L, shelf, names[i]);
    lua_setfield(L, -2, names[i]);
  }
  lua_pushvalue(L, globals);
  lua_setfield(L, -2, LUA_GNAME);
}

void sandbox_push_globals (lua_State *L) {
  static const luaL_Reg loaders[] = { { "load", l_load },     { "loadfile", l_loadfile },
                                      { "dofile", l_dofile }, { "require", l_require },
                                      { NULL, NULL } };
  luaL_checkstack(L, 10, "globals");
  lua_rawgetp(L, LUA_REGISTRYINDEX, &shelf_key);
  int shelf = lua_gettop(L), globals = shelf + 1, loaded = shelf + 2;
  lua_createtable(L, 0, 128);
  copy_fields(L, shelf);
  lua_pushvalue(L, globals);
  lua_setfield(L, globals, LUA_GNAME);
  push_loaded(L, shelf, globals);
  for (const luaL_Reg *loader = loaders; loader->name != NULL; loader++) {
    lua_pushlightuserdata(L, state_find(L));
    lua_getfield(L, shelf, loader->name);
    lua_pushvalue(L, globals);
    lua_pushvalue(L, loaded);
    lua_pushcclosure(L, loader->func, CODE_LOADED);
    lua_setfield(L, globals, loader->name);
  }
  lua_settop(L, globals);
  lua_remove(L, shelf);
}

int sandbox_load (lua_State *L, const char *text, size_t length, const char *name) {
  int status = luaL_loadbufferx(L, text, length, name, "t");
  if (status != LUA_OK) return status;
  sandbox_push_globals(L);
  if (lua_setupvalue(L, -2, 1) == NULL) lua_pop(L, 1);
  return LUA_OK;
}

void sandbox_begin (lua_State *L) {
  struct state *g = state_find(L);
  if (g != NULL) limits_begin(L, g);
}

enum limit sandbox_reached (lua_State *L, struct sandbox_used *used) {
  const struct state *g = state_find(L);
  if (used != NULL) *used = (struct sandbox_used){ 0 };
  if (g == NULL || !g->limits.on) return LIMIT_NONE;
  if (used != NULL)
    *used = (struct sandbox_used){ limits_units(&g->limits),
                                   (double)limits_time(&g->limits) / 1e9 };
  return g->limits.reached;
}
