/* SPDX-License-Identifier: MIT
 * record.c - the userdata that a line's record is, and its metamethods.
 *
 * How a record is laid out and what its parts promise each other is said in
 * record_data.h. Here: making records and views, reading, assigning, walking.
 * Reading an untouched record, the usual case, creates nothing but the value
 * read.
 */
#include "record.h"

#include <lauxlib.h>
#include <lua.h>
#include <string.h>

#include "core/failure.h"
#include "json.h"
#include "record_data.h"

const char record_magic = 0, record_removed = 0;

/* Its address is the registry's key of the metatable's number there. */
static const char meta_key;

/* ------------------------------------------------------------------------
 * Making
 * ------------------------------------------------------------------------ */

int record_metatable (lua_State *L) {
  lua_rawgetp(L, LUA_REGISTRYINDEX, &meta_key);
  int metatable = (int)lua_tointeger(L, -1);
  lua_pop(L, 1);
  return metatable;
}

static void set_metatable (lua_State *L, int metatable) {
  lua_rawgeti(L, LUA_REGISTRYINDEX, metatable);
  lua_setmetatable(L, -2);
}

int record_push_line (lua_State *L, int metatable, const struct json_tape *tape,
                      const char *text, size_t length) {
  if (!json_is_container(tape->words[0])) {
    json_push_scalar(L, text, tape->words[0]);
    return 1;
  }
  /* What is behind the value is white space; the tape's offsets count from the
   * start of the text, so what is before it stays. */
  size_t used = json_end(tape->words[1]);
  if (used > length) used = length;
  if (tape->count > (SIZE_MAX - used - sizeof(struct record)) / sizeof(uint64_t))
    return failure_raise_memory(L);
  size_t words = tape->count * sizeof(uint64_t);
  struct record *r = lua_newuserdatauv(L, sizeof *r + words + used, 2);
  *r = (struct record){.magic = &record_magic,
                       .root = r,
                       .tape = (uint64_t *)(r + 1),
                       .text = (char *)(r + 1) + words};
  memcpy(r->tape, tape->words, words);
  memcpy((char *)(r + 1) + words, text, used);
  set_metatable(L, metatable);
  return 1;
}

/* Pushes the view of the container at word `index` that is inside r's. */
static void push_view (lua_State *L, int slot, struct record *r, size_t index) {
  lua_getiuservalue(L, slot, RECORD_CHILD);
  struct record *view = lua_touserdata(L, -1);
  if (view != NULL && view->index == index) return;
  lua_pop(L, 1);
  view = lua_newuserdatauv(L, sizeof *view, 2);
  *view = (struct record){.magic = &record_magic,
                          .root = r->root,
                          .parent = r,
                          .tape = r->tape,
                          .text = r->text,
                          .index = (uint32_t)index};
  lua_pushvalue(L, slot);
  lua_setiuservalue(L, -2, RECORD_OWNER);
  lua_getmetatable(L, slot);
  lua_setmetatable(L, -2);
  lua_pushvalue(L, -1);
  lua_setiuservalue(L, slot, RECORD_CHILD);
}

void record_push_word (lua_State *L, int slot, struct record *r, size_t word) {
  if (json_is_container(r->tape[word]))
    push_view(L, slot, r, word);
  else
    json_push_scalar(L, r->text, r->tape[word]);
}

/* ------------------------------------------------------------------------
 * Changes
 * ------------------------------------------------------------------------ */

void record_push_root (lua_State *L, int slot, const struct record *r) {
  lua_pushvalue(L, slot);
  for (; r->parent != NULL; r = r->parent) {
    lua_getiuservalue(L, -1, RECORD_OWNER);
    lua_remove(L, -2);
  }
}

void record_push_changes (lua_State *L, int root_slot, size_t index) {
  if (lua_getiuservalue(L, root_slot, RECORD_OWNER) == LUA_TTABLE && index != 0) {
    lua_rawgeti(L, -1, -(lua_Integer)index);
    lua_remove(L, -2);
  }
}

static void push_changes_of (lua_State *L, int slot, struct record *r) {
  record_push_root(L, slot, r);
  record_push_changes(L, lua_gettop(L), r->index);
  lua_remove(L, -2);
}

/* Pushes the changes of r's container, made if there were none, and marks the
 * containers around it. */
static void make_changes (lua_State *L, int slot, struct record *r) {
  record_push_root(L, slot, r);
  int root_slot = lua_gettop(L);
  if (lua_getiuservalue(L, root_slot, RECORD_OWNER) != LUA_TTABLE) {
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_setiuservalue(L, root_slot, RECORD_OWNER);
  }
  if (r->index != 0 && lua_rawgeti(L, -1, -(lua_Integer)r->index) != LUA_TTABLE) {
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_rawseti(L, -3, -(lua_Integer)r->index);
  }
  if (!(r->tape[r->index + 1] & RECORD_CHANGED)) {
    if (record_is_array(r)) {
      lua_pushinteger(L, (lua_Integer)record_count(r->tape[r->index + 1]));
      lua_setfield(L, -2, "n");
    }
    r->tape[r->index + 1] |= RECORD_CHANGED;
    for (const struct record *p = r->parent;
         p != NULL && !(r->tape[p->index + 1] & RECORD_INSIDE); p = p->parent)
      r->tape[p->index + 1] |= RECORD_INSIDE;
  }
  lua_replace(L, root_slot);
  lua_settop(L, root_slot);
}

static bool is_changed (const struct record *r) {
  return (r->tape[r->index + 1] & RECORD_CHANGED) != 0;
}

static bool is_removed (lua_State *L, int index) {
  return lua_touserdata(L, index) == &record_removed;
}

/* ------------------------------------------------------------------------
 * Reading
 * ------------------------------------------------------------------------ */

void record_push_field (lua_State *L, int slot, struct record *r, int key) {
  size_t length;
  const char *name = lua_tolstring(L, key, &length);
  if (is_changed(r)) {
    push_changes_of(L, slot, r);
    lua_pushvalue(L, key);
    lua_rawget(L, -2);
    lua_remove(L, -2);
    if (is_removed(L, -1)) {
      lua_pop(L, 1);
      lua_pushnil(L);
      return;
    }
    if (!lua_isnil(L, -1)) return;
    lua_pop(L, 1);
  }
  size_t word = field_find(L, slot, r, name, length);
  if (word == 0)
    lua_pushnil(L);
  else
    record_push_word(L, slot, r, word);
}

size_t record_length (lua_State *L, int slot, struct record *r) {
  if (!record_is_array(r)) return 0;
  if (!is_changed(r)) return record_count(r->tape[r->index + 1]);
  push_changes_of(L, slot, r);
  lua_getfield(L, -1, "n");
  size_t n = (size_t)lua_tointeger(L, -1);
  lua_pop(L, 2);
  return n;
}

void record_push_element (lua_State *L, int slot, struct record *r, size_t i) {
  if (is_changed(r)) {
    push_changes_of(L, slot, r);
    lua_rawgeti(L, -1, (lua_Integer)i);
    lua_remove(L, -2);
    if (!lua_isnil(L, -1)) return;
    /* What the text has behind the last element has been removed. */
    if (i > record_length(L, slot, r)) return;
    lua_pop(L, 1);
  }
  record_push_word(L, slot, r, element_find(L, slot, r, i));
}

/* The integer at `slot` as an element's number, 0 if it cannot be one. Strings
 * are not converted, as in a table. */
static lua_Unsigned element_number (lua_State *L, int slot) {
  if (lua_type(L, slot) != LUA_TNUMBER) return 0;
  lua_Integer i = lua_tointeger(L, slot);
  return i < 1 ? 0 : (lua_Unsigned)i;
}

/* As record_is_array, of a row that need not be whole. */
static inline bool record_is_list (const struct record *r) {
  return r->tape == NULL ? r->shape->is_array : record_is_array(r);
}

static struct record *check_marked (lua_State *L) {
  struct record *r = record_at_marked(L, 1);
  if (r == NULL) luaL_typeerror(L, 1, "record");
  return r;
}

static struct record *check_record (lua_State *L) {
  struct record *r = check_marked(L);
  if (r->tape == NULL) record_fill(L, 1, r);
  return r;
}

/* Rows that are read as often as this, or as far behind, are made whole. */
#define FILL_COST 16

/* A column of the row at 1, which is not whole, has been read. */
static inline void count_read (lua_State *L, struct record *r, size_t column) {
  r->searches += 1 + (uint32_t)(column / 64);
  if (r->searches > FILL_COST) record_fill(L, 1, r);
}

static int index_array (lua_State *L, struct record *r) {
  lua_Unsigned i = element_number(L, 2);
  if (r->tape == NULL && i > 0 && i <= r->shape->columns) {
    json_push_scalar(L, r->text, record_column_word(r, (size_t)i - 1));
    count_read(L, r, (size_t)i - 1);
    return 1;
  }
  if (r->tape == NULL) record_fill(L, 1, r);
  if (i == 0 || i > record_length(L, 1, r))
    lua_pushnil(L);
  else
    record_push_element(L, 1, r, (size_t)i);
  return 1;
}

static int index_changed (lua_State *L, struct record *r) {
  record_push_field(L, 1, r, 2);
  if (null_is(L, -1)) lua_pushnil(L);
  return 1;
}

/* Pushes the value at `word` of a row that has not been changed, null as nil. */
static inline void push_field_of_row (lua_State *L, struct record *r, size_t word) {
  uint64_t w = r->tape != NULL ? r->tape[word] : record_column_word(r, record_column_of(word));
  if (json_kind_of(w) == JSON_NULL) lua_pushnil(L);
  else json_push_scalar(L, r->text, w);
  if (r->tape == NULL) count_read(L, r, record_column_of(word));
}

/* The field named by the value at 2 of a row that has not been changed. */
static int index_row (lua_State *L, struct record *r) {
  struct record_shape *shape = r->shape;
  const void *key = lua_topointer(L, 2);
  size_t first = record_place_of(shape, key), word = 0, length;
  for (size_t i = 0; key != NULL && i < RECORD_PROBES; i++) {
    size_t place = (first + i) & shape->last_place;
    if (shape->places[place].name != key) continue;
    word = shape->places[place].word;
    goto found;
  }
  if (lua_type(L, 2) == LUA_TSTRING) {
    const char *name = lua_tolstring(L, 2, &length);
    word = record_shape_find(shape, name, length);
    record_shape_remember(L, shape, word);
  }
found:
  if (word == 0) lua_pushnil(L);
  else push_field_of_row(L, r, word);
  return 1;
}

static int l_index (lua_State *L) {
  struct record *r = check_marked(L);
  if (record_is_list(r)) return index_array(L, r);
  if (r->tape == NULL) return index_row(L, r);
  if (is_changed(r)) return lua_type(L, 2) == LUA_TSTRING ? index_changed(L, r) : 0;
  if (r->shape != NULL) return index_row(L, r);
  size_t length;
  const char *name = lua_type(L, 2) == LUA_TSTRING ? lua_tolstring(L, 2, &length) : NULL;
  if (name == NULL) {
    lua_pushnil(L);
    return 1;
  }
  /* The short way, of most reads: no change to look for, no null to tell apart. */
  size_t word = field_find(L, 1, r, name, length);
  if (word == 0 || json_kind_of(r->tape[word]) == JSON_NULL)
    lua_pushnil(L);
  else
    record_push_word(L, 1, r, word);
  return 1;
}

static int l_len (lua_State *L) {
  struct record *r = check_record(L);
  lua_pushinteger(L, (lua_Integer)record_length(L, 1, r));
  return 1;
}

/* leat.has(record, field): whether the field is there, be it null. */
int record_has_function (lua_State *L) {
  struct record *r = record_at(L, 1);
  luaL_checkany(L, 2);
  lua_settop(L, 2);
  bool has = false;
  if (r == NULL) {
    if (!lua_istable(L, 1)) return luaL_typeerror(L, 1, "record or table");
    lua_pushvalue(L, 2);
    has = lua_gettable(L, 1) != LUA_TNIL;
  } else if (record_is_array(r)) {
    lua_Unsigned i = element_number(L, 2);
    has = i != 0 && i <= record_length(L, 1, r);
  } else if (lua_type(L, 2) == LUA_TSTRING) {
    record_push_field(L, 1, r, 2);
    has = !lua_isnil(L, -1);
  }
  lua_pushboolean(L, has);
  return 1;
}

/* ------------------------------------------------------------------------
 * Assigning
 * ------------------------------------------------------------------------ */

/* r[name] = value (slots 2 and 3). A name of the text keeps its place for good,
 * a new one the place of its first assignment. */
static int assign_field (lua_State *L, struct record *r) {
  if (lua_type(L, 2) != LUA_TSTRING)
    return luaL_error(L, "a record's field is named by a string, not by a %s",
                      luaL_typename(L, 2));
  size_t length;
  const char *name = lua_tolstring(L, 2, &length);
  bool in_text = field_find(L, 1, r, name, length) != 0;
  if (lua_isnil(L, 3) && !in_text && !is_changed(r)) return 0;
  make_changes(L, 1, r); /* stack: record, name, value, changes */
  if (lua_isnil(L, 3)) {
    lua_pushvalue(L, 2);
    if (lua_rawget(L, 4) == LUA_TNIL && !in_text) return 0;
    lua_pushvalue(L, 2);
    lua_pushlightuserdata(L, (void *)&record_removed);
    lua_rawset(L, 4);
    return 0;
  }
  if (!in_text) {
    lua_pushvalue(L, 2);
    if (lua_rawget(L, 4) == LUA_TNIL) {
      lua_pushvalue(L, 2);
      lua_rawseti(L, 4, (lua_Integer)lua_rawlen(L, 4) + 1);
    }
  }
  lua_pushvalue(L, 2);
  lua_pushvalue(L, 3);
  lua_rawset(L, 4);
  return 0;
}

/* r[i] = value. The element behind the last may be assigned, nil removes the
 * last: what table.insert and table.remove do. */
static int assign_element (lua_State *L, struct record *r) {
  lua_Unsigned i = element_number(L, 2), n = record_length(L, 1, r);
  if (lua_isnil(L, 3)) {
    if (i == 0 || i > n) return 0; /* nothing there, as in a table */
    if (i < n)
      return luaL_error(L, "nil would leave a hole at element %I of an array of %I; use "
                        "table.remove or leat.null", (LUAI_UACINT)i, (LUAI_UACINT)n);
  }
  if (i == 0)
    return luaL_error(L, "an array's elements are numbered from 1, got %s",
                      luaL_tolstring(L, 2, NULL));
  if (i > n + 1 || (i == n + 1 && n >= RECORD_COUNT_MASK))
    return luaL_error(L, "element %I would leave a hole in an array of %I", (LUAI_UACINT)i,
                      (LUAI_UACINT)n);
  make_changes(L, 1, r);
  lua_pushvalue(L, 3);
  lua_rawseti(L, 4, (lua_Integer)i);
  if (lua_isnil(L, 3) || i == n + 1) {
    lua_pushinteger(L, (lua_Integer)(lua_isnil(L, 3) ? n - 1 : n + 1));
    lua_setfield(L, 4, "n");
  }
  return 0;
}

static int l_newindex (lua_State *L) {
  struct record *r = check_record(L);
  lua_settop(L, 3);
  return record_is_array(r) ? assign_element(L, r) : assign_field(L, r);
}

/* ------------------------------------------------------------------------
 * Walking
 * ------------------------------------------------------------------------ */

static void walk_begin (lua_State *L, int slot, struct record *r, struct record_walk *walk) {
  walk->position = r->index + 2u;
  record_push_root(L, slot, r);
  walk->repeats = field_repeats(L, lua_gettop(L), r->root, r->index) != NULL;
  lua_pop(L, 1);
}

/* Pushes what was assigned to the field whose name is on top; nil and true: it was removed;
 * nil and false: it is as in the text. */
static bool push_assigned (lua_State *L, int slot, struct record *r) {
  push_changes_of(L, slot, r);
  lua_pushvalue(L, -2);
  lua_rawget(L, -2);
  lua_remove(L, -2);
  bool assigned = !lua_isnil(L, -1);
  if (is_removed(L, -1)) {
    lua_pop(L, 1);
    lua_pushnil(L);
  }
  return assigned;
}

bool record_walk_member (lua_State *L, int slot, struct record *r, struct record_walk *walk,
                         struct record_member *member) {
  const uint64_t *tape = r->tape;
  if (walk->position == 0) walk_begin(L, slot, r, walk);
  size_t end = json_length(tape[r->index]);
  while (walk->position < end) {
    size_t key = walk->position, word = key + 1;
    walk->position = json_skip(tape, word);
    if (walk->repeats) {
      record_push_root(L, slot, r);
      int root_slot = lua_gettop(L);
      const struct field_index *repeats =
          field_repeats(L, root_slot, r->root, r->index);
      word = field_first_of_name(L, repeats, r->text, tape, key);
      lua_pop(L, 1);
      if (word == 0) continue;
    }
    field_push_name(L, r->text, tape[key]);
    *member = (struct record_member){key, word};
    if (is_changed(r) && push_assigned(L, slot, r)) member->value = 0;
    else if (!is_changed(r)) lua_pushnil(L);
    return true;
  }
  if (!is_changed(r)) return false;
  push_changes_of(L, slot, r);
  int type = lua_rawgeti(L, -1, (lua_Integer)++walk->added);
  lua_remove(L, -2);
  if (type == LUA_TNIL) {
    lua_pop(L, 1);
    return false;
  }
  *member = (struct record_member){0, 0};
  push_assigned(L, slot, r);
  return true;
}

bool record_walk_next (lua_State *L, int slot, struct record *r,
                       struct record_walk *walk) {
  struct record_member member;
  if (record_is_array(r)) {
    if (walk->position >= record_length(L, slot, r)) return false;
    lua_pushinteger(L, (lua_Integer)++walk->position);
    record_push_element(L, slot, r, walk->position);
    return true;
  }
  while (record_walk_member(L, slot, r, walk, &member)) {
    if (member.value != 0) {
      lua_pop(L, 1);
      record_push_word(L, slot, r, member.value);
    }
    if (!lua_isnil(L, -1) && !null_is(L, -1)) return true;
    lua_pop(L, 2);
  }
  return false;
}

/* The iterator of pairs(r). */
#define UV_RECORD lua_upvalueindex(1)
#define UV_POSITION lua_upvalueindex(2)
#define UV_ADDED lua_upvalueindex(3)

static int l_pairs_next (lua_State *L) {
  lua_settop(L, 0);
  lua_pushvalue(L, UV_RECORD);
  struct record *r = lua_touserdata(L, 1);
  struct record_walk walk =
      record_walk_unpack(lua_tointeger(L, UV_POSITION), lua_tointeger(L, UV_ADDED));
  bool more = record_walk_next(L, 1, r, &walk);
  lua_pushinteger(L, record_walk_position(&walk));
  lua_replace(L, UV_POSITION);
  lua_pushinteger(L, (lua_Integer)walk.added);
  lua_replace(L, UV_ADDED);
  if (!more) lua_pushnil(L);
  return more ? 2 : 1;
}

static int l_pairs (lua_State *L) {
  check_record(L);
  lua_settop(L, 1);
  lua_pushvalue(L, 1);
  lua_pushinteger(L, 0);
  lua_pushinteger(L, 0);
  lua_pushcclosure(L, l_pairs_next, 3);
  lua_insert(L, 1);
  lua_pushnil(L);
  return 3;
}

int record_names_function (lua_State *L) {
  struct record_walk walk = record_walk_unpack(0, 0);
  struct record_member member;
  check_record(L);
  lua_settop(L, 1);
  struct record *r = lua_touserdata(L, 1);
  lua_newtable(L);
  if (record_is_array(r)) return 1;
  for (lua_Integer n = 1; record_walk_member(L, 1, r, &walk, &member); n++) {
    lua_pop(L, 1); /* the value */
    lua_rawseti(L, 2, n);
  }
  return 1;
}

/* ------------------------------------------------------------------------
 * The C interface, and registration
 * ------------------------------------------------------------------------ */

enum record_kind record_kind_at (lua_State *L, int index) {
  const struct record *r = record_at_marked(L, index);
  if (r == NULL) return RECORD_NONE;
  return record_is_list(r) ? RECORD_ARRAY : RECORD_OBJECT;
}

size_t record_array_length (lua_State *L, int index) {
  index = lua_absindex(L, index);
  luaL_checkstack(L, 4, NULL);
  struct record *r = record_at_marked(L, index);
  return r->tape == NULL ? r->shape->columns : record_length(L, index, r);
}

void record_array_push (lua_State *L, int index, size_t i) {
  index = lua_absindex(L, index);
  luaL_checkstack(L, 6, NULL);
  struct record *r = record_at_marked(L, index);
  if (r->tape == NULL && i <= r->shape->columns)
    json_push_scalar(L, r->text, record_column_word(r, i - 1));
  else
    record_push_element(L, index, record_at(L, index), i);
}

size_t record_text_of (lua_State *L, int slot, struct record *r, int key) {
  if (is_changed(r)) {
    lua_pushvalue(L, key);
    bool assigned = push_assigned(L, slot, r);
    lua_pop(L, 2);
    if (assigned) return 0;
  }
  size_t length;
  const char *name = lua_tolstring(L, key, &length);
  return field_find(L, slot, r, name, length);
}

void record_push_named (lua_State *L, int index, int key) {
  luaL_checkstack(L, 6, NULL);
  struct record *r = record_at_marked(L, index);
  if (r->tape != NULL) {
    record_push_field(L, lua_absindex(L, index), r, lua_absindex(L, key));
    return;
  }
  size_t length;
  const char *name = lua_tolstring(L, key, &length);
  size_t word = record_shape_find(r->shape, name, length);
  if (word == 0) lua_pushnil(L);
  else json_push_scalar(L, r->text, record_column_word(r, record_column_of(word)));
}

/* ------------------------------------------------------------------------
 * Spots
 * ------------------------------------------------------------------------ */

struct record_spot record_spot_of (const char *text, const uint64_t *tape) {
  return (struct record_spot){.text = text, .tape = tape, .value = *tape, .found = true};
}

bool record_spot_at (lua_State *L, int index, struct record_spot *spot) {
  const struct record *r = record_at_marked(L, index);
  if (r == NULL) return false;
  *spot = (struct record_spot){.text = r->text, .tape = r->tape, .word = r->index, .found = true};
  if (r->tape != NULL) spot->value = r->tape[r->index];
  else {
    spot->row = r;
    spot->value = *r->shape->words;
  }
  return true;
}

bool record_spot_field (struct record_spot *spot, const char *name, size_t length) {
  const struct record *row = spot->row;
  if (record_spot_kind(spot) != JSON_OBJECT) {
    spot->found = false;
    return true;
  }
  if (row == NULL && spot->tape[spot->word + 1] & RECORD_CHANGED) return false;
  spot->word = row != NULL ? record_shape_find(row->shape, name, length)
                           : field_search(spot->text, spot->tape, spot->word, name, length);
  spot->found = spot->word != 0;
  if (!spot->found) return true;
  spot->value = row != NULL ? record_column_word(row, record_column_of(spot->word))
                            : spot->tape[spot->word];
  spot->row = NULL; /* no value of it has fields */
  return true;
}

enum json_kind record_spot_kind (const struct record_spot *spot) {
  return spot->found ? json_kind_of(spot->value) : JSON_NULL;
}

void record_spot_push (lua_State *L, const struct record_spot *spot) {
  if (record_spot_kind(spot) == JSON_NULL) lua_pushnil(L);
  else json_push_scalar(L, spot->text, spot->value);
}

const char *record_spot_bytes (const struct record_spot *spot, size_t *length) {
  *length = json_length(spot->value);
  return spot->text + json_at(spot->value);
}

lua_Integer record_spot_integer (const struct record_spot *spot) {
  return (lua_Integer)json_integer(spot->text, spot->value);
}

bool record_span_at (lua_State *L, int index, struct record_span *span) {
  const uint64_t touched = RECORD_CHANGED | RECORD_INSIDE;
  const struct record *r = record_at(L, index);
  if (r == NULL) return false;
  *span = (struct record_span){r->text, r->tape, r->index + 2u, json_length(r->tape[r->index]),
                               record_is_array(r) ? RECORD_ARRAY : RECORD_OBJECT};
  uint64_t second = r->tape[r->index + 1];
  if (!(second & touched)) return true;
  if (second & RECORD_CHANGED) return false;
  for (size_t word = span->first; word < span->end; word = json_skip(r->tape, word))
    if (json_is_container(r->tape[word]) && (r->tape[word + 1] & touched)) return false;
  return true; /* no JSON, but its parts are as they were read */
}

void record_open (lua_State *L) {
  static const luaL_Reg methods[] = {{"__index", l_index},
                                     {"__newindex", l_newindex},
                                     {"__len", l_len},
                                     {"__pairs", l_pairs},
                                     {"__eq", record_equal_metamethod},
                                     {NULL, NULL}};
  null_open(L);
  lua_createtable(L, 0, 8);
  luaL_setfuncs(L, methods, 0);
  json_push_tostring(L);
  lua_setfield(L, -2, "__tostring");
  lua_pushliteral(L, "record");
  lua_setfield(L, -2, "__name");
  lua_pushliteral(L, "record"); /* getmetatable gives this: nobody edits it */
  lua_setfield(L, -2, "__metatable");
  lua_pushinteger(L, luaL_ref(L, LUA_REGISTRYINDEX));
  lua_rawsetp(L, LUA_REGISTRYINDEX, &meta_key);
}
