/* SPDX-License-Identifier: MIT
 * pipeline.c - what a script sees of recipes: operators as methods and functions,
 * terminals, open, iter, tostring, explain.
 *
 * Upvalue 1 of each function is the module's state; upvalue 2 of an operator's is its
 * struct op.
 */
#include "binding/pipeline.h"

#include <string.h>

#include <lauxlib.h>

#include "core/argument.h"
#include "core/body.h"
#include "core/callback.h"
#include "core/describe.h"
#include "core/failure.h"
#include "core/loop.h"
#include "sources/from.h"
#include "stages/fork.h"
#include "stages/policy.h"

static struct state *own_state (lua_State *L) { return lua_touserdata(L, lua_upvalueindex(1)); }

static const struct op *op_of (lua_State *L) {
  return lua_touserdata(L, lua_upvalueindex(2));
}

/* Makes the value at index 1 a recipe: a method of a generator reads on from it. */
static void check_self (lua_State *L, const char *name) {
  if (recipe_test(L, 1) != NULL) return;
  if (run_test(L, 1) == NULL)
    luaL_error(L, "%s: expected a pipeline before it, got %s; call it as pipeline:%s(...)", name,
               lua_gettop(L) == 0 ? "nothing" : argument_type(L, 1), name);
  lua_pushvalue(L, 1);
  from_as_recipe(L);
  lua_replace(L, 1);
}

/* --- sources and stages --- */

static int l_source (lua_State *L) {
  if (op_of(L) == &operators[OPERATOR_from] && recipe_test(L, 1) != NULL)
    return lua_settop(L, 1), 1; /* a pipeline is one already */
  recipe_push(L, op_of(L), 0, 1);
  return 1;
}

static int l_stage (lua_State *L) {
  const struct op *op = op_of(L);
  check_self(L, op->name);
  if (op == &operators[OPERATOR_through]) recipe_push(L, op, 0, 1);
  else recipe_push(L, op, 1, 2);
  return 1;
}

/* A source over a run that several share; there is one for each. */
static int l_fork (lua_State *L) {
  const struct op *op = op_of(L);
  check_self(L, op->name);
  recipe_push(L, op, 0, 1);
  return fork_push_others(L);
}

/* leat.zip(a, b): the first argument is what the method is called on. */
static int l_combine (lua_State *L) {
  const struct op *op = op_of(L);
  if (lua_gettop(L) == 0) return luaL_error(L, "%s: at least one input expected", op->name);
  lua_pushvalue(L, 1);
  if (!from_convert(L))
    return luaL_error(L, "%s: input 1 must be a list, pipeline, generator, coroutine or "
                         "iterator, got %s", op->name, argument_type(L, 1));
  from_as_recipe(L);
  lua_replace(L, 1);
  recipe_push(L, op, 1, 2);
  return 1;
}

/* --- operators of the user's: through under a name of its own --- */

/* Upvalues of such a method. */
enum { USER_STATE = 1, USER_OPERATOR, USER_FUNCTION };

/* p:name(...) is p:through(fn, ...). */
static int l_user_stage (lua_State *L) {
  const struct op *op = lua_touserdata(L, lua_upvalueindex(USER_OPERATOR));
  check_self(L, op->name);
  lua_pushvalue(L, lua_upvalueindex(USER_FUNCTION));
  lua_insert(L, 2);
  recipe_push(L, op, 0, 1);
  return 1;
}

/* Could it be written behind a colon? Two underscores begin names of Lua's. */
static bool is_method_name (const char *name, size_t length) {
  static const char *const reserved[] = { "and",    "break",  "do",   "else", "elseif", "end",
                                          "false",  "for",    "goto", "if",   "in",     "local",
                                          "nil",    "not",    "or",   "function", "repeat",
                                          "return", "then",   "true", "until", "while" };
  if (strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != length ||
      length == 0 || (name[0] >= '0' && name[0] <= '9') || strncmp(name, "__", 2) == 0)
    return false;
  for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
    if (strcmp(name, reserved[i]) == 0) return false;
  return true;
}

/* Where methods are added: a list in the registry, at this address, of the methods of pipelines
 * and of generators, and the list of the names added so far. */
static const char methods_key = 0;
enum { ADD_METHODS = 1, ADD_GENERATOR_METHODS, ADD_NAMES };

/* Is there a method or a source of this name? The lists are at index `lists`. */
static bool is_known (lua_State *L, int lists, const char *name) {
  bool known = false;
  for (int i = 0; i < OPERATOR_COUNT; i++)
    if (strcmp(operators[i].name, name) == 0) return true;
  for (int k = ADD_METHODS; k <= ADD_GENERATOR_METHODS && !known; k++) {
    lua_rawgeti(L, lists, k);
    lua_pushstring(L, name);
    known = lua_rawget(L, -2) != LUA_TNIL;
    lua_pop(L, 2);
  }
  return known;
}

/* Makes the function on top (popped) the method `name` of pipelines and generators. Raises where
 * there is one, or it is no name; messages begin with `what`. */
static void add_method (lua_State *L, const char *what, const char *name, size_t length) {
  int method = lua_gettop(L);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &methods_key);
  if (!is_method_name(name, length))
    luaL_error(L, "%s: '%s' cannot be written as a method's name", what, name);
  if (is_known(L, method + 1, name))
    luaL_error(L, "%s: there is one called '%s' already", what, name);
  lua_rawgeti(L, method + 1, ADD_NAMES);
  lua_pushlstring(L, name, length);
  lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
  for (int k = ADD_METHODS; k <= ADD_GENERATOR_METHODS; k++) {
    lua_rawgeti(L, method + 1, k);
    lua_pushlstring(L, name, length);
    lua_pushvalue(L, method);
    lua_rawset(L, -3);
  }
  lua_settop(L, method - 1);
}

/* Pushes the operator: a copy of through's entry whose name is at index 1. The method keeps it
 * alive, and is never removed. */
static void push_user_operator (lua_State *L) {
  struct op *op = lua_newuserdatauv(L, sizeof *op, 2);
  *op = operators[OPERATOR_through];
  op->name = lua_tostring(L, 1);
  lua_pushvalue(L, 1);
  lua_setiuservalue(L, -2, 1);
  op->signature = lua_pushfstring(L, "%s(...)", op->name);
  lua_setiuservalue(L, -2, 2);
}

/* operator(name, fn) */
static int l_operator (lua_State *L) {
  size_t length;
  lua_settop(L, 2);
  if (lua_type(L, 1) != LUA_TSTRING)
    return luaL_error(L, "operator: name must be a string, got %s", argument_type(L, 1));
  const char *name = lua_tolstring(L, 1, &length);
  if (!lua_isfunction(L, 2))
    return luaL_error(L, "operator: fn must be a function, got %s", argument_type(L, 2));
  lua_pushvalue(L, lua_upvalueindex(1));
  push_user_operator(L);
  lua_pushvalue(L, 2);
  lua_pushcclosure(L, l_user_stage, 3);
  add_method(L, "operator", name, length);
  return 0;
}

/* What generator(fn) returns: a function whose calls are pipelines. */
static int l_generator_call (lua_State *L) {
  lua_pushvalue(L, lua_upvalueindex(2));
  lua_insert(L, 1);
  recipe_push(L, &operators[OPERATOR_generator], 0, 1);
  return 1;
}

static int l_generator (lua_State *L) {
  if (!lua_isfunction(L, 1))
    return luaL_error(L, "generator: fn must be a function, got %s",
                      lua_gettop(L) == 0 ? "nothing" : argument_type(L, 1));
  lua_settop(L, 1);
  lua_pushvalue(L, lua_upvalueindex(1));
  lua_insert(L, 1);
  lua_pushcclosure(L, l_generator_call, 2);
  return 1;
}

/* --- terminals: one protected call around the driver --- */

enum { TERMINAL_RUN = 1, TERMINAL_HANDLER, TERMINAL_RESULTS };

/* Lets go of what a closed run holds. It waits for its finalizer, and where memory ends Lua frees
 * only what does not. */
static void let_go (lua_State *L, const struct run *run) {
  if (!run->closed) return;
  lua_pushnil(L);
  lua_setiuservalue(L, TERMINAL_RUN, 1);
}

static int terminal_k (lua_State *L, int status, lua_KContext context) {
  struct run *run = lua_touserdata(L, TERMINAL_RUN);
  (void)context;
  run->busy = false;
  luaL_checkstack(L, 10, "a pipeline's results");
  run_push_anchors(L, TERMINAL_RUN);
  int anchors = lua_gettop(L);
  if (status == LUA_OK || status == LUA_YIELD) {
    if (run_close(L, run, anchors, 0)) return lua_error(L);
    policy_report(L, run, anchors);
    let_go(L, run);
    lua_settop(L, anchors - 1);
    return anchors - TERMINAL_RESULTS;
  }
  int error = anchors - 1;
  lua_pushvalue(L, error);
  failure_locate(L, status, run->flow.run, run->flow.stage);
  lua_replace(L, error);
  run_close(L, run, anchors, error);
  policy_report(L, run, anchors);
  let_go(L, run);
  lua_settop(L, error);
  return lua_error(L);
}

static int terminal_body (lua_State *L) {
  return driver_enter(L, lua_touserdata(L, IDX_RUN), ENTRY_TERMINAL);
}

static int l_terminal (lua_State *L) {
  const struct op *op = op_of(L);
  check_self(L, op->name);
  recipe_push(L, op, 1, 2);
  run_push(L, own_state(L), -1, true);
  lua_replace(L, TERMINAL_RUN);
  lua_settop(L, TERMINAL_RUN);
  lua_pushcfunction(L, failure_handler);
  lua_pushcfunction(L, terminal_body);
  lua_pushvalue(L, TERMINAL_RUN);
  int status = lua_pcallk(L, 1, LUA_MULTRET, TERMINAL_HANDLER, 0, terminal_k);
  return terminal_k(L, status, 0);
}

void pipeline_add_terminal (lua_State *L, const struct op *op) {
  state_push(L);
  lua_pushlightuserdata(L, (void *)op);
  lua_pushcclosure(L, l_terminal, 2);
  add_method(L, "sink", op->name, strlen(op->name));
}

/* --- reading item by item --- */

static int l_open (lua_State *L) {
  check_self(L, "open");
  run_push(L, own_state(L), 1, true);
  return 1;
}

static int l_next (lua_State *L) {
  struct run *run = run_test(L, 1);
  if (run == NULL)
    return luaL_error(L, "expected the generator that iter returned behind this function, got %s; "
                         "write `for x in pipeline:iter() do`", argument_type(L, 1));
  const char *why = run_refuses(L, run, 1);
  if (why != NULL) return luaL_error(L, "%s", why);
  if (run->closed) return 0;
  lua_settop(L, 1);
  return driver_enter(L, run, ENTRY_NEXT);
}

/* The generic `for` closes its fourth value, so break and errors close the run at once. */
static int l_iter (lua_State *L) {
  check_self(L, "iter");
  lua_pushcfunction(L, l_next);
  run_push(L, own_state(L), 1, true);
  lua_pushnil(L);
  lua_pushvalue(L, -2);
  return 4;
}

static int l_tostring (lua_State *L) {
  check_self(L, "tostring");
  describe_recipe(L, 1);
  return 1;
}

static int l_explain (lua_State *L) {
  check_self(L, "explain");
  describe_plan(L, 1);
  return 1;
}

/* --- names --- */

/* A name that is no operator: an error that says so, with the nearest one. */
static int l_unknown (lua_State *L) {
  static const char *const others[] = { "next", "send",
                                        "throw", "peek", "close", "status", NULL };
  size_t count = 0, added = lua_rawlen(L, lua_upvalueindex(2));
  if (lua_type(L, 2) != LUA_TSTRING) return 0;
  const char **names = lua_newuserdatauv(
      L, (OPERATOR_COUNT + 3 + sizeof others / sizeof *others + added) * sizeof *names, 0);
  for (int i = 0; i < OPERATOR_COUNT; i++)
    if (operators[i].kind != OP_SOURCE) names[count++] = operators[i].name;
  names[count++] = "open";
  names[count++] = "iter";
  names[count++] = "explain";
  for (size_t i = 0; others[i] != NULL; i++) names[count++] = others[i];
  for (size_t i = 1; i <= added; i++) {
    lua_rawgeti(L, lua_upvalueindex(2), (lua_Integer)i); /* the list keeps it */
    names[count++] = lua_tostring(L, -1);
    lua_pop(L, 1);
  }
  const char *typed = lua_tostring(L, 2);
  if (typed[0] == '_') return 0; /* a metamethod somebody looks for */
  const char *nearest = argument_nearest(typed, names, count);
  for (size_t i = 0; others[i] != NULL; i++)
    if (strcmp(others[i], typed) == 0)
      return luaL_error(L, "no operator '%s': a pipeline is a recipe; pipeline:open() gives a "
                           "generator, which has it", typed);
  if (nearest != NULL)
    return luaL_error(L, "no operator '%s'; did you mean '%s'?", typed, nearest);
  return luaL_error(L, "no operator '%s'", typed);
}

static int l_newindex (lua_State *L) {
  return luaL_error(L, "a pipeline cannot be changed: it is a recipe, and keeps no fields");
}

static void set_function (lua_State *L, int state, lua_CFunction fn, const char *name) {
  lua_pushvalue(L, state);
  lua_pushcclosure(L, fn, 1);
  lua_setfield(L, -2, name);
}

/* Adds the operators of some kinds to the table on top. */
static void set_operators (lua_State *L, int state, bool methods) {
  for (int i = 0; i < OPERATOR_COUNT; i++) {
    lua_CFunction fn = NULL;
    switch (operators[i].kind) {
      case OP_SOURCE: fn = methods ? NULL : i == OPERATOR_generator ? l_generator : l_source; break;
      case OP_STAGE: fn = methods ? l_stage : NULL; break;
      case OP_COMBINE: fn = methods ? l_stage : l_combine; break;
      case OP_FORK: fn = methods ? l_fork : NULL; break;
      case OP_TERMINAL: fn = methods ? l_terminal : NULL; break;
      case OP_INTERNAL: break;
    }
    if (fn == NULL) continue;
    lua_pushvalue(L, state);
    lua_pushlightuserdata(L, (void *)&operators[i]);
    lua_pushcclosure(L, fn, 2);
    lua_setfield(L, -2, operators[i].name);
  }
}

/* Pushes a new table of methods whose misses raise; `added`: names of the user's operators. */
static void push_methods (lua_State *L, int state, int added) {
  lua_newtable(L);
  set_operators(L, state, true);
  set_function(L, state, l_open, "open");
  set_function(L, state, l_iter, "iter");
  set_function(L, state, l_explain, "explain");
  lua_createtable(L, 0, 1);
  lua_pushvalue(L, state);
  lua_pushvalue(L, added);
  lua_pushcclosure(L, l_unknown, 2);
  lua_setfield(L, -2, "__index");
  lua_setmetatable(L, -2);
}

void pipeline_open (lua_State *L, int state) {
  int module = lua_gettop(L), added = module + 1;
  set_operators(L, state, false);
  lua_newtable(L);
  /* pipelines */
  lua_newtable(L);
  push_methods(L, state, added);
  lua_pushvalue(L, -1);
  lua_insert(L, added + 1);
  lua_setfield(L, -2, "__index");
  set_function(L, state, loop_call, "__call");
  set_function(L, state, l_tostring, "__tostring");
  set_function(L, state, l_newindex, "__newindex");
  lua_pushliteral(L, "leat.pipeline");
  lua_setfield(L, -2, "__name");
  lua_pushliteral(L, "leat.pipeline");
  lua_setfield(L, -2, "__metatable");
  recipe_set_metatable(L);
  /* generators */
  lua_newtable(L);
  push_methods(L, state, added);
  generator_methods(L, state);
  lua_pushvalue(L, -1);
  lua_insert(L, added + 2);
  lua_setfield(L, -2, "__index");
  generator_metamethods(L, state);
  lua_pushliteral(L, "leat.generator");
  lua_setfield(L, -2, "__name");
  lua_pushliteral(L, "leat.generator");
  lua_setfield(L, -2, "__metatable");
  run_set_metatable(L);
  /* stack: the module, names added, methods of pipelines, of generators */
  lua_createtable(L, ADD_NAMES, 0);
  lua_insert(L, added);
  lua_rawseti(L, added, ADD_GENERATOR_METHODS);
  lua_rawseti(L, added, ADD_METHODS);
  lua_rawseti(L, added, ADD_NAMES);
  lua_rawsetp(L, LUA_REGISTRYINDEX, &methods_key);
  set_function(L, state, l_operator, "operator");
  lua_settop(L, module);
}
