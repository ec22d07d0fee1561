/* SPDX-License-Identifier: MIT
 * fields.c - stages that work on the fields of records and tables: pluck, select, set, omit,
 * rename, explode, flat_fields.
 *
 * An item is never changed: what comes out is a new record or a new table. A new record keeps
 * the order of its fields and the exact text of what was only moved. Tables are read and
 * copied raw, without their metatable, and not deeper than needed. Of a tuple the last part is
 * worked on, and the others stay.
 */
#include <lauxlib.h>

#include "binding/json.h"
#include "binding/record.h"
#include "binding/record_make.h"
#include "core/argument.h"
#include "core/callback.h"
#include "core/failure.h"
#include "core/path.h"
#include "core/run.h"

/* Slots of all: what the recipe keeps, the userdata with a struct fields. */
enum { FIELDS_KEPT, FIELDS_STATE, FIELDS_SLOTS };

struct fields {
  struct record_maker maker;
  struct record_array array; /* of explode */
};

/* What a step needs at once, beside the parts of the item and the values of fields. */
#define ROOM 30

static void fields_init (lua_State *L, struct run *run, struct stage *s, const struct recipe *r,
                         int recipe, int anchors) {
  (void)run, (void)recipe;
  struct fields *fields = lua_newuserdatauv(L, sizeof *fields, 0);
  record_maker_open(L, &fields->maker);
  lua_rawseti(L, anchors, s->anchor + FIELDS_STATE);
  s->a = r->n[0];
  s->c.pointer = fields;
}

static void fields_release (struct stage *s) {
  struct fields *fields = s->c.pointer;
  record_maker_free(&fields->maker);
}

static struct record_maker *maker_of (const struct stage *s) {
  struct fields *fields = s->c.pointer;
  return &fields->maker;
}

/* --- the item --- */

/* Pushes the item's parts. Returns the index of the last, which is the one worked on. */
static int push_parts (struct flow *f) {
  flow_push_item(f);
  luaL_checkstack(f->L, ROOM, "fields");
  return lua_gettop(f->L);
}

/* The value on top, in the place of the last part, at `last`. */
static verdict pass_in_place (struct flow *f, int last) {
  int count = f->item.kind == ITEM_VALUE ? f->item.count : 1;
  lua_replace(f->L, last);
  lua_settop(f->L, last);
  return flow_pass(f, count);
}

static bool is_table (lua_State *L, int index) { return lua_type(L, index) == LUA_TTABLE; }

static verdict refuse (struct flow *f, const struct stage *s, int item) {
  lua_State *L = f->L;
  if (record_kind_at(L, item) == RECORD_ARRAY) lua_pushliteral(L, "an array");
  else if (null_is(L, item)) lua_pushliteral(L, "null");
  else lua_pushfstring(L, "a %s", argument_type(L, item));
  return flow_fail(f, LEAT_E_ITEM, "%s works on the fields of records and tables; this item is %s",
                   s->op->name, lua_tostring(L, -1));
}

static verdict refuse_twice (struct flow *f, const char *name) {
  return flow_fail(f, LEAT_E_ITEM, "two fields would be called '%s'", name);
}

/* What was made is on top, or why it was not made is said. */
static verdict check_made (struct flow *f, enum record_made made) {
  switch (made) {
    case RECORD_MADE: break;
    case RECORD_NOT_UTF8:
      return flow_fail(f, LEAT_E_ITEM, "the name of a record's field must be valid UTF-8");
    case RECORD_TOO_LARGE: return flow_fail(f, LEAT_E_SIZE, "the record would be too large");
    case RECORD_TOO_DEEP:
      return flow_fail(f, LEAT_E_DEPTH, "nested deeper than 1000 levels, or it contains itself");
    case RECORD_TWICE: return refuse_twice(f, lua_tostring(f->L, -1));
    case RECORD_NO_NAMES:
      return flow_fail(f, LEAT_E_ITEM, "this table has other keys than names of fields");
  }
  return V_PASS;
}

/* Pushes a copy of the table at `index`; what is in it is the same. */
static void copy_table (lua_State *L, int index) {
  lua_newtable(L);
  int copy = lua_gettop(L);
  lua_pushnil(L);
  while (lua_next(L, index)) {
    lua_pushvalue(L, -2);
    lua_insert(L, -2);
    lua_rawset(L, copy);
  }
}

/* Pushes a copy of the record or table at `index`. */
static void push_copy (lua_State *L, struct record_maker *m, int index) {
  if (is_table(L, index)) copy_table(L, index);
  else record_maker_copy(L, m, index);
}

/* Pushes the field of the record or table at `index` that the string at `name` names, null
 * fields as leat.null; nil: there is none. */
static void push_field (lua_State *L, int index, int name) {
  lua_pushvalue(L, index);
  lua_pushvalue(L, name);
  path_step(L);
  lua_remove(L, -2);
}

static bool has_field (lua_State *L, int index, int name) {
  push_field(L, index, name);
  bool has = !lua_isnil(L, -1);
  lua_pop(L, 1);
  return has;
}

/* Sets the field or element of the container below name and value on top (popped). */
static void set_field (lua_State *L, int container) {
  if (is_table(L, container)) lua_rawset(L, container);
  else lua_settable(L, container);
}

/* In what is at `whole`, and is ours, pushes where the path at `path` takes its last step, so
 * that it is ours, too: what was shared on the way is copied. nil: the way ends before. */
static void push_own_owner (lua_State *L, struct record_maker *m, int whole, int path) {
  lua_Integer last = (lua_Integer)lua_rawlen(L, path);
  lua_pushvalue(L, whole);
  int here = lua_gettop(L);
  for (lua_Integer k = 2; k < last; k++) {
    lua_rawgeti(L, path, k);
    path_step(L);
    bool record = record_kind_at(L, here + 1) != RECORD_NONE;
    if (!record && !is_table(L, here + 1)) {
      lua_pushnil(L);
      lua_replace(L, here);
      break;
    }
    if (!record || !record_is_part_of(L, here + 1, here)) {
      push_copy(L, m, here + 1);
      lua_rawgeti(L, path, k);
      if (lua_isinteger(L, -1) && lua_tointeger(L, -1) < 0) {
        size_t length = is_table(L, here) ? (size_t)lua_rawlen(L, here)
                                          : record_array_length(L, here);
        lua_pushinteger(L, lua_tointeger(L, -1) + (lua_Integer)length + 1);
        lua_replace(L, -2);
      }
      lua_pushvalue(L, here + 2);
      set_field(L, here);
      lua_replace(L, here + 1);
    }
    lua_replace(L, here);
  }
  lua_settop(L, here);
}

/* --- arguments --- */

/* Pushes the argument at `index` as a path. */
static void check_path (lua_State *L, struct recipe *r, int index, const char *name) {
  path_check(L, r, index, name);
  lua_rawgeti(L, -1, 1);
  if (lua_tointeger(L, -1) != 0)
    argument_fail(L, r, "%s: '%s' is a part of a tuple; %s works on the fields of the last part",
                  name, lua_tostring(L, index), r->op->name);
  lua_pop(L, 1);
}

/* Pushes the argument at `index` as a path to a field. */
static void check_field_path (lua_State *L, struct recipe *r, int index, const char *name) {
  check_path(L, r, index, name);
  path_push_name(L, lua_gettop(L));
  if (lua_type(L, -1) != LUA_TSTRING)
    argument_fail(L, r, "%s: '%s' names no field; the path must end in a name", name,
                  lua_tostring(L, index));
  lua_pop(L, 1);
}

/* The one argument, a table whose keys are names of fields: pushes the list of these, sorted. */
static void check_names (lua_State *L, struct recipe *r, int first, const char *example) {
  argument_at_most(L, r, first, 1);
  bool given = first < lua_gettop(L);
  if (!given || lua_type(L, first) != LUA_TTABLE)
    argument_fail(L, r, "expected a table such as %s, got %s", example,
                  given ? argument_type(L, first) : "nothing");
  if (!record_push_names(L, first))
    argument_fail(L, r, "the keys of the table must be names of fields, as in %s", example);
}

/* --- pluck: keeps the path --- */

static void pluck_build (lua_State *L, struct recipe *r, int first) {
  int recipe = lua_gettop(L);
  argument_at_most(L, r, first, 1);
  check_path(L, r, first, "path");
  recipe_keep(L, recipe);
}

static verdict pluck_give (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  int last = push_parts(f);
  if (!is_table(L, last) && record_kind_at(L, last) == RECORD_NONE) return refuse(f, s, last);
  flow_push_anchor(f, s, FIELDS_KEPT);
  path_push(L, last + 1, last);
  if (lua_isnil(L, -1)) null_push(L);
  return pass_in_place(f, last);
}

const struct steps steps_pluck = { .anchors = 1, .native = true, .build = pluck_build,
                                   .give = pluck_give };

/* --- select: keeps { path, name, ... }; a: how many paths --- */

static void select_build (lua_State *L, struct recipe *r, int first) {
  int recipe = lua_gettop(L);
  r->n[0].integer = recipe - first;
  if (recipe == first) argument_fail(L, r, "at least one field expected, got nothing");
  lua_newtable(L); /* the names so far */
  lua_createtable(L, 2 * (recipe - first), 0);
  for (int i = 0; i < recipe - first; i++) {
    check_field_path(L, r, first + i, "field");
    path_push_name(L, recipe + 3);
    lua_pushvalue(L, -1);
    if (lua_rawget(L, recipe + 1) != LUA_TNIL)
      argument_fail(L, r, "two fields would be called '%s'", lua_tostring(L, -2));
    lua_pop(L, 1);
    lua_pushvalue(L, -1);
    lua_pushboolean(L, 1);
    lua_rawset(L, recipe + 1);
    lua_rawseti(L, recipe + 2, 2 * i + 2);
    lua_rawseti(L, recipe + 2, 2 * i + 1);
  }
  recipe_keep(L, recipe);
}

/* Adds what the path at kept + 1 finds, in the container at kept + 3, under the name at
 * kept + 2. */
static enum record_made select_add (lua_State *L, struct record_maker *m, int result, int kept,
                                    bool to_record) {
  int name = kept + 2, owner = kept + 3;
  if (to_record && record_kind_at(L, owner) == RECORD_OBJECT)
    return record_maker_add_field(L, m, name, owner, name);
  push_field(L, owner, name);
  if (lua_isnil(L, -1)) return RECORD_MADE;
  if (to_record) return record_maker_add(L, m, name, owner + 1);
  lua_pushvalue(L, name);
  lua_insert(L, -2);
  lua_rawset(L, result);
  return RECORD_MADE;
}

static verdict select_give (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  struct record_maker *m = maker_of(s);
  int last = push_parts(f);
  bool record = record_kind_at(L, last) != RECORD_NONE;
  if (!record && !is_table(L, last)) return refuse(f, s, last);
  if (record) record_maker_begin(L, m);
  else lua_createtable(L, 0, s->a.integer < INT16_MAX ? (int)s->a.integer : 0);
  int kept = last + 2;
  flow_push_anchor(f, s, FIELDS_KEPT);
  enum record_made made = RECORD_MADE;
  for (lua_Integer i = 1; made == RECORD_MADE && i <= s->a.integer; i++) {
    lua_rawgeti(L, kept, 2 * i - 1);
    lua_rawgeti(L, kept, 2 * i);
    path_push_owner(L, kept + 1, last);
    made = select_add(L, m, last + 1, kept, record);
    lua_settop(L, kept);
  }
  if (made == RECORD_MADE && record) made = record_maker_end(L, m);
  if (check_made(f, made) != V_PASS) return V_ERROR;
  lua_settop(L, last + 1);
  return pass_in_place(f, last);
}

const struct steps steps_select = { .anchors = FIELDS_SLOTS, .native = true,
                                    .build = select_build, .init = fields_init,
                                    .give = select_give, .release = fields_release };

/* --- the edits of record_maker_members on a table --- */

/* Pushes what is left of the table at `index`: see record_maker_members. */
static void edit_table (lua_State *L, int index, int edits, int values) {
  lua_newtable(L);
  int result = lua_gettop(L), key = result + 1, value = result + 2;
  lua_pushnil(L);
  while (lua_next(L, index)) {
    lua_pushvalue(L, key); /* to go on from */
    lua_insert(L, key);
    lua_pushvalue(L, key);
    switch (lua_rawget(L, edits)) {
      case LUA_TBOOLEAN: break;
      case LUA_TSTRING:
        lua_pushvalue(L, value + 1);
        lua_rawset(L, result);
        break;
      case LUA_TNUMBER:
        lua_pushvalue(L, values + (int)lua_tointeger(L, -1));
        lua_replace(L, value + 1);
        lua_settop(L, value + 1);
        lua_rawset(L, result);
        break;
      default:
        lua_settop(L, value + 1);
        lua_rawset(L, result);
    }
    lua_settop(L, key);
  }
}

/* Pushes what the edits make of the record or table at `item`. */
static enum record_made edit (lua_State *L, struct record_maker *m, int item, int edits,
                              int values) {
  if (is_table(L, item)) {
    edit_table(L, item, edits, values);
    return RECORD_MADE;
  }
  record_maker_begin(L, m);
  enum record_made made = record_maker_members(L, m, item, edits, values);
  return made == RECORD_MADE ? record_maker_end(L, m) : made;
}

static bool has_fields (lua_State *L, int item) {
  return is_table(L, item) || record_kind_at(L, item) == RECORD_OBJECT;
}

/* --- omit: keeps { edits, path, ... }, the edits for those of one step; a: how many others,
 * b: are there edits? --- */

static void omit_build (lua_State *L, struct recipe *r, int first) {
  int recipe = lua_gettop(L), kept = recipe + 1, edits = recipe + 2, path = recipe + 3;
  if (recipe == first) argument_fail(L, r, "at least one field expected, got nothing");
  lua_newtable(L);
  lua_newtable(L);
  for (int i = first; i < recipe; i++) {
    check_field_path(L, r, i, "field");
    if (lua_rawlen(L, path) > 2) {
      lua_rawseti(L, kept, ++r->n[0].integer + 1);
      continue;
    }
    r->n[1].flag = true;
    path_push_name(L, path);
    lua_pushboolean(L, 0);
    lua_rawset(L, edits);
    lua_settop(L, edits);
  }
  lua_rawseti(L, kept, 1);
  recipe_keep(L, recipe);
}

static void omit_init (lua_State *L, struct run *run, struct stage *s, const struct recipe *r,
                       int recipe, int anchors) {
  fields_init(L, run, s, r, recipe, anchors);
  s->b = r->n[1];
}

static verdict omit_give (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  struct record_maker *m = maker_of(s);
  int last = push_parts(f), kept = last + 1, whole = last + 3;
  if (!has_fields(L, last)) return refuse(f, s, last);
  flow_push_anchor(f, s, FIELDS_KEPT);
  lua_rawgeti(L, kept, 1);
  if (!s->b.flag) push_copy(L, m, last);
  else if (check_made(f, edit(L, m, last, kept + 1, 0)) != V_PASS) return V_ERROR;
  for (lua_Integer i = 2; i <= s->a.integer + 1; i++) {
    lua_rawgeti(L, kept, i);
    path_push_owner(L, whole + 1, whole); /* looks first: what is missing needs no copy */
    path_push_name(L, whole + 1);
    if (has_fields(L, whole + 2) && has_field(L, whole + 2, whole + 3)) {
      push_own_owner(L, m, whole, whole + 1);
      lua_pushvalue(L, whole + 3);
      lua_pushnil(L);
      set_field(L, whole + 4);
    }
    lua_settop(L, whole);
  }
  return pass_in_place(f, last);
}

const struct steps steps_omit = { .anchors = FIELDS_SLOTS, .native = true, .build = omit_build,
                                  .init = omit_init, .give = omit_give,
                                  .release = fields_release };

/* --- rename: keeps { edits, old, new, ... }: pairs whose new name is not renamed itself, so
 * it may be there already; a: how many of these --- */

static void rename_build (lua_State *L, struct recipe *r, int first) {
  int recipe = lua_gettop(L), names = recipe + 1, kept = recipe + 2, edits = recipe + 3;
  check_names(L, r, first, "{old = \"new\"}");
  lua_newtable(L);
  lua_newtable(L);
  lua_newtable(L); /* new names so far */
  for (lua_Integer i = 1; lua_rawgeti(L, names, i) != LUA_TNIL; i++) {
    int old = edits + 2, new = old + 1;
    lua_pushvalue(L, old);
    if (lua_rawget(L, first) != LUA_TSTRING)
      argument_fail(L, r, "the new name of '%s' must be a string, got %s", lua_tostring(L, old),
                    argument_type(L, new));
    lua_pushvalue(L, new);
    if (lua_rawget(L, edits + 1) != LUA_TNIL)
      argument_fail(L, r, "two fields would be called '%s'", lua_tostring(L, new));
    lua_pushvalue(L, new);
    lua_pushboolean(L, 1);
    lua_rawset(L, edits + 1);
    lua_pushvalue(L, old);
    lua_pushvalue(L, new);
    lua_rawset(L, edits);
    lua_settop(L, new);
    lua_pushvalue(L, new);
    if (lua_rawget(L, first) == LUA_TNIL) {
      lua_settop(L, new);
      lua_rawseti(L, kept, 2 * r->n[0].integer + 3);
      lua_rawseti(L, kept, 2 * r->n[0].integer++ + 2);
    }
    lua_settop(L, edits + 1);
  }
  lua_settop(L, edits);
  lua_rawseti(L, kept, 1);
  recipe_keep(L, recipe);
}

static verdict rename_give (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  int last = push_parts(f), kept = last + 1;
  if (!has_fields(L, last)) return refuse(f, s, last);
  flow_push_anchor(f, s, FIELDS_KEPT);
  for (lua_Integer i = 1; i <= s->a.integer; i++) {
    lua_rawgeti(L, kept, 2 * i);
    lua_rawgeti(L, kept, 2 * i + 1);
    if (has_field(L, last, kept + 1) && has_field(L, last, kept + 2))
      return refuse_twice(f, lua_tostring(L, kept + 2));
    lua_settop(L, kept);
  }
  lua_rawgeti(L, kept, 1);
  if (check_made(f, edit(L, maker_of(s), last, kept + 1, 0)) != V_PASS) return V_ERROR;
  return pass_in_place(f, last);
}

const struct steps steps_rename = { .anchors = FIELDS_SLOTS, .native = true,
                                    .build = rename_build, .init = fields_init,
                                    .give = rename_give, .release = fields_release };

/* --- set: keeps { edits, name, value, ... }, sorted by name; a: how many, b: values computed,
 * which are on the stack, one above the other --- */

static void set_build (lua_State *L, struct recipe *r, int first) {
  int recipe = lua_gettop(L), names = recipe + 1, kept = recipe + 2, edits = recipe + 3;
  check_names(L, r, first, "{field = f}");
  lua_newtable(L);
  lua_newtable(L);
  for (lua_Integer i = 1; lua_rawgeti(L, names, i) != LUA_TNIL; i++) {
    int name = edits + 1;
    lua_pushvalue(L, name);
    int type = lua_rawget(L, first);
    /* What cannot be a function or a path stands for itself. */
    if (type != LUA_TNUMBER && type != LUA_TBOOLEAN && !null_is(L, -1)) {
      lua_pushvalue(L, recipe); /* callback_check looks below it */
      callback_check(L, r, name + 1, lua_tostring(L, name));
      lua_replace(L, name + 1);
      lua_settop(L, name + 1);
    }
    lua_rawseti(L, kept, 2 * i + 1);
    lua_pushvalue(L, name);
    lua_pushinteger(L, i);
    lua_rawset(L, edits);
    lua_rawseti(L, kept, 2 * i);
    r->n[0].integer = i;
  }
  lua_settop(L, edits);
  lua_rawseti(L, kept, 1);
  recipe_keep(L, recipe);
}

/* All values are there, from `values` + 1 on: the item with them. */
static verdict set_finish (struct flow *f, struct stage *s, int values) {
  lua_State *L = f->L;
  struct record_maker *m = maker_of(s);
  int last = push_parts(f), kept = last + 1, edits = last + 2, result = last + 3;
  bool record = !is_table(L, last);
  flow_push_anchor(f, s, FIELDS_KEPT);
  lua_rawgeti(L, kept, 1);
  enum record_made made = RECORD_MADE;
  if (record) {
    record_maker_begin(L, m);
    made = record_maker_members(L, m, last, edits, values);
  }
  else
    copy_table(L, last);
  for (int i = 1; made == RECORD_MADE && i <= (int)s->a.integer; i++) {
    lua_rawgeti(L, kept, 2 * i);
    if (!record) {
      lua_pushvalue(L, values + i);
      lua_rawset(L, result);
    }
    else if (!lua_isnil(L, values + i) && !has_field(L, last, result + 1))
      made = record_maker_add(L, m, result + 1, values + i);
    lua_settop(L, result);
  }
  if (made == RECORD_MADE && record) made = record_maker_end(L, m);
  if (check_made(f, made) != V_PASS) return V_ERROR;
  return pass_in_place(f, last);
}

/* Computes the values in turn, each from the item as it came. */
static verdict set_next (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  while (s->b.integer < s->a.integer) {
    flow_push_anchor(f, s, FIELDS_KEPT);
    lua_rawgeti(L, -1, 2 * ++s->b.integer + 1);
    lua_remove(L, -2);
    bool constant = lua_type(L, -1) == LUA_TNUMBER || lua_type(L, -1) == LUA_TBOOLEAN ||
                    null_is(L, -1);
    if (!constant) return callback_ask(f, flow_push_item(f), 1);
  }
  return set_finish(f, s, lua_gettop(L) - (int)s->a.integer);
}

static verdict set_give (struct flow *f, struct stage *s) {
  int last = push_parts(f);
  if (!has_fields(f->L, last)) return refuse(f, s, last);
  luaL_checkstack(f->L, (int)s->a.integer + ROOM, "set");
  s->b.integer = 0;
  return set_next(f, s);
}

const struct steps steps_set = { .anchors = FIELDS_SLOTS, .build = set_build,
                                 .init = fields_init, .give = set_give, .called = set_next,
                                 .release = fields_release };

/* --- explode: keeps the path; slots the item, the list; a: its length, b: elements given;
 * phase: the list is an array in the text of the item --- */

enum { EXPLODE_ITEM = FIELDS_SLOTS, EXPLODE_LIST, EXPLODE_SLOTS };

static void explode_build (lua_State *L, struct recipe *r, int first) {
  int recipe = lua_gettop(L);
  argument_at_most(L, r, first, 1);
  check_field_path(L, r, first, "path");
  recipe_keep(L, recipe);
}

/* What is at `list`: its length, or -1 when it is no list. */
static lua_Integer list_length (lua_State *L, int list) {
  if (record_kind_at(L, list) == RECORD_ARRAY) return (lua_Integer)record_array_length(L, list);
  if (!is_table(L, list)) return -1;
  lua_Integer length = (lua_Integer)lua_rawlen(L, list);
  if (length > 0) return length;
  lua_pushnil(L);
  if (lua_next(L, list) == 0) return 0;
  lua_pop(L, 2);
  return -1;
}

static verdict explode_give (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  struct fields *fields = s->c.pointer;
  int last = push_parts(f), path = last + 1, owner = last + 2, name = last + 3, list = last + 4;
  if (!has_fields(L, last)) return refuse(f, s, last);
  flow_push_anchor(f, s, FIELDS_KEPT);
  path_push_owner(L, path, last);
  path_push_name(L, path);
  push_field(L, owner, name);
  if (lua_isnil(L, list) || null_is(L, list)) return V_DROP;
  s->a.integer = list_length(L, list);
  s->b.integer = 0;
  if (s->a.integer < 0)
    return flow_fail(f, LEAT_E_ITEM, "the field '%s' is a %s, not a list; explode takes lists",
                     lua_tostring(L, name), is_table(L, list) ? "table without elements"
                     : record_kind_at(L, list) != RECORD_NONE ? "record"
                                                              : argument_type(L, list));
  s->phase = record_array_find(L, last, path, &fields->array);
  flow_set_anchor(f, s, EXPLODE_LIST);
  if (s->phase == 0 && fields->array.array != 0) { /* no copy carries text that is not the list */
    record_maker_explode(L, &fields->maker, last, &fields->array);
    pass_in_place(f, last);
  }
  flow_pack(f);
  flow_set_anchor(f, s, EXPLODE_ITEM);
  flow_hold(f, s);
  return V_DROP;
}

static verdict explode_done (struct flow *f, struct stage *s) {
  flow_release(f, s);
  for (int k = EXPLODE_ITEM; k <= EXPLODE_LIST; k++) { /* they are not ours to keep */
    lua_pushnil(f->L);
    flow_set_anchor(f, s, k);
  }
  return V_DROP;
}

/* Pushes the item at `last` with element b of the list in the list's place. */
static verdict push_exploded (struct flow *f, struct stage *s, int last) {
  lua_State *L = f->L;
  struct record_maker *m = maker_of(s);
  int path = last + 1, list = last + 2, element = last + 3, whole = last + 4;
  flow_push_anchor(f, s, FIELDS_KEPT);
  flow_push_anchor(f, s, EXPLODE_LIST);
  lua_pushinteger(L, s->b.integer);
  lua_pushvalue(L, list);
  lua_insert(L, -2);
  path_step(L);
  lua_replace(L, element);
  if (lua_isnil(L, element))
    return flow_fail(f, LEAT_E_ITEM,
                     "element %I of the list of %I is nil, which is no item; use leat.null",
                     (LUAI_UACINT)s->b.integer, (LUAI_UACINT)s->a.integer);
  push_copy(L, m, last);
  push_own_owner(L, m, whole, path);
  path_push_name(L, path);
  lua_pushvalue(L, element);
  set_field(L, whole + 1);
  lua_settop(L, whole);
  return V_PASS;
}

static verdict explode_pull (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  struct fields *fields = s->c.pointer;
  if (s->b.integer >= s->a.integer) return explode_done(f, s);
  s->b.integer++;
  flow_push_anchor(f, s, EXPLODE_ITEM);
  flow_pass(f, flow_unpack(f));
  luaL_checkstack(L, ROOM, "fields");
  int last = lua_gettop(L);
  if (s->phase == 0) {
    if (push_exploded(f, s, last) != V_PASS) return V_ERROR;
  }
  else
    record_maker_explode(L, &fields->maker, last, &fields->array);
  return pass_in_place(f, last);
}

const struct steps steps_explode = { .anchors = EXPLODE_SLOTS, .native = true,
                                     .build = explode_build, .init = fields_init,
                                     .give = explode_give, .pull = explode_pull,
                                     .release = fields_release };

/* --- flat_fields: keeps the separator --- */

static void flat_fields_build (lua_State *L, struct recipe *r, int first) {
  int recipe = lua_gettop(L);
  argument_at_most(L, r, first, 1);
  if (!argument_given(L, first)) {
    lua_pushliteral(L, ".");
    lua_setiuservalue(L, recipe, RECIPE_ARGUMENT);
    return;
  }
  if (lua_type(L, first) != LUA_TSTRING)
    argument_fail(L, r, "sep must be a string, got %s", argument_type(L, first));
  lua_pushvalue(L, first);
  recipe_keep(L, recipe);
}

static verdict flat_fields_give (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  size_t length;
  int last = push_parts(f);
  if (!has_fields(L, last)) return refuse(f, s, last);
  flow_push_anchor(f, s, FIELDS_KEPT);
  const char *separator = lua_tolstring(L, last + 1, &length);
  enum record_made made = record_maker_flatten(L, maker_of(s), last, separator, length);
  if (check_made(f, made) != V_PASS) return V_ERROR;
  return pass_in_place(f, last);
}

const struct steps steps_flat_fields = { .anchors = FIELDS_SLOTS, .native = true,
                                         .build = flat_fields_build, .init = fields_init,
                                         .give = flat_fields_give, .release = fields_release };
