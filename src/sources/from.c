/* SPDX-License-Identifier: MIT
 * from.c - from(x): lists, records' arrays, generators, coroutines, Lua iterators.
 *
 * What x is decides once, when the pipeline is built, which of five sources reads it.
 * Functions and coroutines can be read only once: nothing can rewind them.
 */
#include "from.h"

#include <lauxlib.h>

#include "binding/record.h"
#include "core/argument.h"
#include "core/callback.h"
#include "core/failure.h"

enum shape { SHAPE_NONE, SHAPE_LIST, SHAPE_RECORD, SHAPE_GENERATOR, SHAPE_COROUTINE,
             SHAPE_FUNCTION, SHAPE_OBJECT };

static enum shape shape_of (lua_State *L, int index) {
  if (recipe_test(L, index) != NULL) return SHAPE_NONE; /* is one already */
  if (run_test(L, index) != NULL) return SHAPE_GENERATOR;
  if (record_kind_at(L, index) == RECORD_ARRAY) return SHAPE_RECORD;
  if (luaL_getmetafield(L, index, "__iter") != LUA_TNIL) {
    lua_pop(L, 1);
    return SHAPE_OBJECT;
  }
  switch (lua_type(L, index)) {
    case LUA_TTABLE: return SHAPE_LIST;
    case LUA_TTHREAD: return SHAPE_COROUTINE;
    case LUA_TFUNCTION: return SHAPE_FUNCTION;
    default: return SHAPE_NONE;
  }
}

bool from_is_object (lua_State *L, int index) {
  if (luaL_getmetafield(L, index, "__index") == LUA_TNIL &&
      luaL_getmetafield(L, index, "__len") == LUA_TNIL)
    return false;
  lua_pop(L, 1);
  return true;
}

bool from_has_fields (lua_State *L, int index) {
  index = lua_absindex(L, index);
  lua_pushnil(L);
  if (lua_next(L, index) == 0) return false;
  lua_pop(L, 2);
  return true;
}

bool from_is_options (lua_State *L, int index) {
  if (lua_type(L, index) != LUA_TTABLE) return false;
  if (lua_getmetatable(L, index)) return lua_pop(L, 1), false;
  if (lua_rawgeti(L, index, 1) != LUA_TNIL) return lua_pop(L, 1), false;
  lua_pop(L, 1);
  lua_pushnil(L);
  if (lua_next(L, index < 0 ? index - 1 : index) == 0) return false;
  bool named = lua_type(L, -2) == LUA_TSTRING;
  lua_pop(L, 2);
  return named;
}

bool from_convert (lua_State *L) {
  if (recipe_test(L, -1) != NULL || run_test(L, -1) != NULL) return true;
  if (shape_of(L, lua_gettop(L)) == SHAPE_NONE) return false;
  from_as_recipe(L);
  return true;
}

void from_as_recipe (lua_State *L) {
  if (recipe_test(L, -1) != NULL) return;
  luaL_checkstack(L, 10, "from");
  int x = lua_gettop(L);
  recipe_push(L, &operators[OPERATOR_from], 0, x);
  lua_remove(L, x);
}

bool from_push_list (lua_State *L, int recipe) {
  const struct recipe *r = recipe_test(L, recipe);
  if (r->n[0].integer != SHAPE_LIST) return false;
  lua_getiuservalue(L, recipe, RECIPE_ARGUMENT);
  if (!from_is_object(L, lua_gettop(L))) return true;
  lua_pop(L, 1);
  return false;
}

verdict from_ended (struct flow *f) {
  lua_State *L = f->L;
  run_push_anchors(L, -1);
  lua_rawgeti(L, -1, ANCHOR_ENDED);
  const char *where = lua_tostring(L, -1);
  return flow_fail(f, LEAT_E_USE, "this generator has ended%s%s", where && *where ? ", at " : "",
                   where ? where : "");
}

void from_push_reader (struct flow *f) {
  lua_State *L = f->L;
  const struct op *reader = f->root->stages[f->root->count - 1].op;
  failure_push_where(L);
  lua_pushfstring(L, lua_rawlen(L, -1) > 0 ? "%s at %s" : "%s", reader->name,
                  lua_tostring(L, -1));
  lua_remove(L, -2);
}

verdict from_read_once (struct flow *f, const struct stage *s) {
  lua_State *L = f->L;
  flow_push_anchor(f, s, 0);
  if (lua_getiuservalue(L, -1, RECIPE_USED) == LUA_TSTRING)
    return flow_fail(f, LEAT_E_USE, "this source can be read only once; first read by %s",
                     lua_tostring(L, -1));
  lua_pop(L, 1);
  from_push_reader(f);
  lua_setiuservalue(L, -2, RECIPE_USED);
  return V_PASS;
}

/* --- a list: a: its length, b: elements given --- */

/* A list with a metatable may have __len and __index, which may raise or yield: they are
 * called as any function of the user's is. */
static int length_of (lua_State *L) {
  lua_len(L, 1);
  return 1;
}
static int element_of (lua_State *L) {
  lua_geti(L, 1, lua_tointeger(L, 2));
  return 1;
}

static verdict object_list_pull (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  if (s->phase != 0 && s->b.integer >= s->a.integer) return V_END;
  lua_rawgeti(L, IDX_ANCHORS, s->anchor);
  int list = lua_gettop(L);
  if (s->phase != 0 && lua_rawgeti(L, list, s->b.integer + 1) != LUA_TNIL) {
    s->b.integer++;
    return flow_pass(f, 1);
  }
  /* A metamethod that is a function is called itself: across C it could not yield. */
  if (luaL_getmetafield(L, list, s->phase == 0 ? "__len" : "__index") != LUA_TFUNCTION)
    lua_pushcfunction(L, s->phase == 0 ? length_of : element_of);
  lua_pushvalue(L, list);
  if (s->phase == 0) return callback_ask(f, 1, 1);
  lua_pushinteger(L, ++s->b.integer);
  return callback_ask(f, 2, 1);
}

static verdict no_element (struct flow *f, const struct stage *s) {
  f->run->items++; /* the element is an item, if a bad one */
  return flow_fail(f, LEAT_E_ITEM,
                   "element %I of the list of %I is nil, which is no item; use leat.null",
                   (LUAI_UACINT)s->b.integer, (LUAI_UACINT)s->a.integer);
}

static verdict object_list_called (struct flow *f, struct stage *s) {
  if (s->phase == 0) {
    int is_integer;
    s->phase = 1;
    s->a.integer = lua_tointegerx(f->L, -1, &is_integer);
    if (!is_integer) return flow_fail(f, LEAT_E_USE, "the length of the list is no whole number");
    return V_DROP;
  }
  return lua_isnil(f->L, -1) ? no_element(f, s) : flow_pass(f, 1);
}

static const struct steps steps_object_list = { .pull = object_list_pull,
                                                .called = object_list_called };

static verdict list_pull (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  int list = s->slot != 0 ? s->slot : -1;
  if (list < 0) lua_rawgeti(L, IDX_ANCHORS, s->anchor);
  if (s->phase == 0) { /* measured when the run begins, not when it is built */
    s->phase = 1;
    s->a.integer = (lua_Integer)lua_rawlen(L, list);
  }
  if (s->b.integer >= s->a.integer) return V_END;
  s->b.integer++;
  int type = lua_rawgeti(L, list, s->b.integer);
  if (type == LUA_TNIL) {
    lua_settop(L, f->base); /* the driver does so after every few items; an error takes more room */
    return no_element(f, s);
  }
  /* A function takes the value as it is: group_by takes 11 % less time. All other stages take an
   * integer in C faster: top takes 22 % less. */
  if (s[1].give_kind == GIVE_CALL || type != LUA_TNUMBER || !lua_isinteger(L, -1))
    return flow_pass(f, 1);
  f->item.kind = ITEM_INTEGER;
  f->item.u.integer = lua_tointegerx(L, -1, NULL);
  return V_PASS;
}

static const struct steps steps_list = { .pull = list_pull, .keeps_items = true };

static verdict record_pull (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  lua_rawgeti(L, IDX_ANCHORS, s->anchor);
  if (s->b.size >= record_array_length(L, -1)) return V_END;
  record_array_push(L, lua_gettop(L), ++s->b.size);
  return flow_pass(f, 1);
}

static const struct steps steps_record = { .pull = record_pull };

/* --- a generator: read on from where it stands, never closed --- */

static verdict generator_pull (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  lua_rawgeti(L, IDX_ANCHORS, s->anchor);
  struct run *g = run_test(L, -1);
  if (s->phase == 0) {
    s->phase = 1;
    if (g->status == RUN_ENDED && !g->peeked) return from_ended(f);
  }
  return flow_pull_child(f, g);
}

static verdict generator_item (struct flow *f, struct stage *s) {
  (void)f, (void)s;
  return V_PASS;
}

static verdict generator_end (struct flow *f, struct stage *s) {
  (void)f, (void)s;
  return V_END;
}

static const struct steps steps_generator_source = { .pull = generator_pull,
                                                     .child = generator_item,
                                                     .child_end = generator_end };

/* --- a Lua iterator: slots recipe, function, state, control, closing value --- */

enum { IT_RECIPE, IT_FUNCTION, IT_STATE, IT_CONTROL, IT_CLOSING, IT_SLOTS };
enum { PHASE_NEW, PHASE_OBJECT, PHASE_READY };

static void iterator_init (lua_State *L, struct run *run, struct stage *s,
                           const struct recipe *r, int recipe, int anchors) {
  (void)run, (void)r;
  lua_pushvalue(L, recipe);
  lua_rawseti(L, anchors, s->anchor + IT_RECIPE);
}

static verdict iterator_ask (struct flow *f, struct stage *s) {
  s->phase = PHASE_READY;
  flow_push_anchor(f, s, IT_FUNCTION);
  flow_push_anchor(f, s, IT_STATE);
  flow_push_anchor(f, s, IT_CONTROL);
  return callback_ask(f, 2, LUA_MULTRET);
}

/* Takes the four values of a generic `for` from the stack, the last `count` of it. */
static void iterator_set (struct flow *f, struct stage *s, int count) {
  lua_State *L = f->L;
  lua_settop(L, lua_gettop(L) - count + 4);
  for (int k = IT_CLOSING; k >= IT_FUNCTION; k--) flow_set_anchor(f, s, k);
}

static verdict iterator_pull (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  if (s->phase == PHASE_READY) return iterator_ask(f, s);
  if (from_read_once(f, s) == V_ERROR) return V_ERROR;
  lua_settop(L, f->base);
  flow_push_anchor(f, s, IT_RECIPE);
  lua_getiuservalue(L, -1, RECIPE_ARGUMENT);
  int values = lua_gettop(L);
  for (int i = 1; i <= 4; i++) lua_rawgeti(L, values, i);
  iterator_set(f, s, 4);
  return iterator_ask(f, s);
}

static verdict iterator_called (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  if (s->phase == PHASE_OBJECT) { /* what __iter returned */
    iterator_set(f, s, f->nresults);
    flow_push_anchor(f, s, IT_FUNCTION);
    if (lua_isnil(L, -1)) return flow_fail(f, LEAT_E_USE, "__iter returned nil, not an iterator");
    return iterator_ask(f, s);
  }
  if (f->nresults == 0 || lua_isnil(L, f->result_at)) return V_END;
  lua_pushvalue(L, f->result_at);
  flow_set_anchor(f, s, IT_CONTROL);
  return flow_pass(f, f->nresults);
}

static void iterator_close (lua_State *L, struct run *run, struct stage *s, int anchors,
                            int failed) {
  (void)run;
  lua_rawgeti(L, anchors, s->anchor + IT_CLOSING);
  if (lua_isnil(L, -1) || luaL_getmetafield(L, -1, "__close") == LUA_TNIL) return;
  lua_insert(L, -2);
  if (failed != 0) lua_pushvalue(L, failed);
  else lua_pushnil(L);
  lua_call(L, 2, 0);
}

static const struct steps steps_iterator = { .init = iterator_init, .pull = iterator_pull,
                                             .called = iterator_called,
                                             .close = iterator_close };

/* --- an object with __iter, called for each run --- */

static verdict object_pull (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  if (s->phase == PHASE_READY) return iterator_ask(f, s);
  s->phase = PHASE_OBJECT;
  flow_push_anchor(f, s, IT_RECIPE);
  lua_getiuservalue(L, -1, RECIPE_ARGUMENT);
  luaL_getmetafield(L, -1, "__iter");
  lua_insert(L, -2);
  return callback_ask(f, 1, LUA_MULTRET);
}

static const struct steps steps_object = { .init = iterator_init, .pull = object_pull,
                                           .called = iterator_called,
                                           .close = iterator_close };

/* --- a coroutine of the user's: every yield is an item; not ours to close --- */

static int resume_coroutine (lua_State *L) {
  lua_State *co = lua_tothread(L, lua_upvalueindex(1));
  int count;
  int status = lua_status(co);
  if (status != LUA_YIELD && !(status == LUA_OK && lua_gettop(co) > 0)) return 0;
  status = lua_resume(co, L, 0, &count);
  if (status == LUA_OK) return lua_pop(co, count), 0;
  luaL_checkstack(L, count + 1, "too many values yielded");
  if (status != LUA_YIELD) {
    failure_wrap_thread(L, co);
    return lua_error(L);
  }
  lua_xmove(co, L, count);
  if (count == 0 || lua_isnil(L, -count))
    return luaL_error(L, "the coroutine yielded nil, which is no item; yield leat.null");
  return count;
}

/* --- build --- */

static void from_build (lua_State *L, struct recipe *r, int first) {
  int recipe = lua_gettop(L);
  enum shape shape = recipe > first ? shape_of(L, first) : SHAPE_NONE;
  r->n[0].integer = shape;
  r->read_once = shape == SHAPE_GENERATOR || shape == SHAPE_COROUTINE || shape == SHAPE_FUNCTION;
  switch (shape) {
    case SHAPE_NONE:
      argument_fail(L, r, "cannot iterate %s; give a list, pipeline, generator, coroutine, "
                          "iterator or object with __iter",
                    recipe > first ? argument_type(L, first) : "nothing");
      return;
    case SHAPE_COROUTINE:
    case SHAPE_FUNCTION:
      lua_createtable(L, 4, 0);
      for (int i = 0; i < 4 && first + i < recipe; i++) {
        lua_pushvalue(L, first + i);
        lua_rawseti(L, -2, i + 1);
      }
      if (shape == SHAPE_COROUTINE) {
        lua_State *co = lua_tothread(L, first);
        lua_Debug ar;
        if (co == L || (lua_status(co) == LUA_OK && lua_getstack(co, 0, &ar)))
          argument_fail(L, r, "the coroutine is running");
        if (lua_status(co) != LUA_YIELD && (lua_status(co) != LUA_OK || lua_gettop(co) == 0))
          argument_fail(L, r, "the coroutine is dead");
        lua_pushvalue(L, first);
        lua_pushcclosure(L, resume_coroutine, 1);
        lua_rawseti(L, -2, 1);
      }
      break;
    case SHAPE_LIST:
      if (lua_rawlen(L, first) == 0 && !from_is_object(L, first) && from_has_fields(L, first))
        argument_fail(L, r, "this table has keys but no elements, so it is no list; "
                            "entries(t) gives its pairs");
      lua_pushvalue(L, first);
      break;
    default: lua_pushvalue(L, first);
  }
  recipe_keep(L, recipe);
}

static void from_init (lua_State *L, struct run *run, struct stage *s, const struct recipe *r,
                       int recipe, int anchors) {
  static const struct steps *const by_shape[] = {
    [SHAPE_LIST] = &steps_list,
    [SHAPE_RECORD] = &steps_record,
    [SHAPE_GENERATOR] = &steps_generator_source,
    [SHAPE_COROUTINE] = &steps_iterator,
    [SHAPE_FUNCTION] = &steps_iterator,
    [SHAPE_OBJECT] = &steps_object
  };
  s->steps = by_shape[r->n[0].integer];
  if (s->steps == &steps_list) {
    lua_rawgeti(L, anchors, s->anchor);
    if (from_is_object(L, lua_gettop(L))) s->steps = &steps_object_list;
    lua_pop(L, 1);
  }
  if (s->steps->init != NULL) s->steps->init(L, run, s, r, recipe, anchors);
}

const struct steps steps_from = { .anchors = IT_SLOTS, .build = from_build, .init = from_init };
