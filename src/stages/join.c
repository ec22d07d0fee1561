/* SPDX-License-Identifier: MIT
 * join.c - join: a hash join of the upstream with another input.
 *
 * The other input is read to its end before the first item of the upstream is asked for: the
 * stage is held from the start of its run. Each of its items is a *row*. Of those with the same
 * key the first is in an index, and knows the others, in their order. What has no key (nil,
 * null, or a field that is missing) is in no row.
 *
 * Then the upstream streams by. An item and its partner become one tuple of the parts of
 * both, so joins can follow each other: a:join(b, ...):join(c, ...) gives (a, b, c).
 *
 * A look-up among many rows costs what it takes to fetch them from memory, about 150 ns for each
 * line that is not in a cache and has to be known before the next. So the first row of a key is
 * right beside the key (keys.c), and a path into the text of a file is followed one record
 * ahead: while that record is scanned and made, the row and then the partner are on their way.
 */
#include <string.h>

#include <lauxlib.h>

#include "binding/json.h"
#include "core/argument.h"
#include "core/callback.h"
#include "core/failure.h"
#include "core/path.h"
#include "core/run.h"
#include "stages/inputs.h"
#include "stages/keys.h"

/* Slots: the key's function of the upstream, where GIVE_CALL looks for it; that of the other
 * input; their paths, if they are made of paths; the names of the first; the keys; the shelves of
 * the rows' items, tuples as tables; the block of further rows; where the shelves are; the
 * upstream's item while it has further partners. */
enum { JOIN_OTHER_KEY = INPUTS_SLOTS, JOIN_PATH, JOIN_OTHER_PATH, JOIN_NAMES, JOIN_KEYS,
       JOIN_ITEMS = JOIN_KEYS + KEYS_ANCHORS, JOIN_ROWS, JOIN_SHELVES, JOIN_ITEM, JOIN_SLOTS };

/* Where the recipe's argument has the functions; the other input is at 1. */
enum { ARGUMENT_OTHER_KEY = 0, ARGUMENT_KEY = 2 };

enum how { HOW_INNER, HOW_LEFT, HOW_SEMI, HOW_ANTI };

struct row {
  uint32_t item; /* its number in JOIN_ITEMS; 0: no row yet */
  /* Of a first row: the last of the others with its key, which are in `rows`, 0: none. Of one of
   * these: the next one, and of the last the first. */
  uint32_t link;
  const char *record; /* where the item is in memory, if it is a record */
};

_Static_assert(sizeof(struct row) <= KEYS_NOTE, "a row is kept beside a key");

struct join {
  enum how how;
  bool filled;
  bool other_by_path;
  bool foreseen; /* `key` is of an item that will come */
  bool found;    /* `row` is of the item that comes next, NULL if it has none */
  const struct path_names *names; /* of JOIN_PATH, NULL if what comes cannot be foreseen */
  struct item key;
  const struct row *row;
  struct keys *keys; /* beside each its first row, for inner and left joins */
  uint32_t count;    /* rows */
  uint32_t further, room;
  struct row *rows;  /* further rows; row 1 is rows[0] */
  const char **shelves; /* where they are in memory; room for a power of two of them */
  uint32_t next, last; /* of the further partners of the item at hand */
  struct input other;
};

static bool has_partners (const struct join *j) {
  return j->how == HOW_INNER || j->how == HOW_LEFT;
}

/* Pushes what callback_check keeps of the value on top, which is replaced. */
static void check_key (lua_State *L, struct recipe *r, const char *name) {
  int index = lua_gettop(L);
  if (lua_isnil(L, index))
    argument_fail(L, r, "%s must be a function or a path, got nothing", name);
  lua_pushnil(L); /* arguments are below the top */
  callback_check(L, r, index, name);
  lua_replace(L, index);
  lua_settop(L, index);
}

/* { left =, right = } rather than something that can be called? */
static bool is_sides (lua_State *L, int index) {
  return lua_type(L, index) == LUA_TTABLE && luaL_getmetafield(L, index, "__call") == LUA_TNIL;
}

static void build_keys (lua_State *L, struct recipe *r, int index, int list) {
  static const char *const sides[] = { "left", "right", NULL };
  bool given = index < list - 1; /* below the recipe, which is below the list */
  if (given && is_sides(L, index)) {
    int top = lua_gettop(L);
    argument_options(L, r, index, sides);
    lua_settop(L, top);
    for (int i = 0; i < 2; i++) {
      lua_getfield(L, index, sides[i]);
      check_key(L, r, sides[i]);
      lua_rawseti(L, list, i == 0 ? ARGUMENT_KEY : ARGUMENT_OTHER_KEY);
    }
    return;
  }
  lua_settop(L, list);
  if (given) lua_pushvalue(L, index);
  else lua_pushnil(L);
  check_key(L, r, "key");
  lua_pushvalue(L, -1);
  lua_rawseti(L, list, ARGUMENT_KEY);
  lua_rawseti(L, list, ARGUMENT_OTHER_KEY);
}

static enum how build_how (lua_State *L, struct recipe *r, int index) {
  static const char *const options[] = { "how", NULL };
  static const char *const hows[] = { "inner", "left", "semi", "anti", NULL };
  if (!argument_options(L, r, index, options)) return HOW_INNER;
  return (enum how)argument_option_choice(L, r, index, "how", hows);
}

static void join_build (lua_State *L, struct recipe *r, int first) {
  int recipe = lua_gettop(L);
  argument_at_most(L, r, first, 3);
  r->n[0].integer = build_how(L, r, first + 2);
  lua_settop(L, recipe);
  inputs_build_one(L, r, first, "other");
  lua_createtable(L, 2, 1);
  lua_insert(L, -2);
  lua_rawseti(L, -2, 1);
  int list = recipe + 1;
  build_keys(L, r, first + 1, list);
  lua_settop(L, list);
  recipe_keep(L, recipe);
}

/* Keeps the path of the function in slot `function`, if it has one, in slot `k`. */
static bool keep_path (lua_State *L, const struct stage *s, int anchors, int function, int k) {
  lua_rawgeti(L, anchors, s->anchor + function);
  bool has = path_of_function(L, lua_gettop(L));
  if (has) lua_rawseti(L, anchors, s->anchor + k);
  lua_pop(L, 1);
  return has;
}

/* Pushes the names of the path in JOIN_PATH if it leads there from the only part of an item. */
static const struct path_names *push_names (lua_State *L, const struct stage *s, int anchors) {
  lua_rawgeti(L, anchors, s->anchor + JOIN_PATH);
  int path = lua_gettop(L);
  lua_rawgeti(L, path, 1);
  bool of_first = lua_tointeger(L, -1) <= 1;
  lua_pop(L, 1);
  const struct path_names *names = NULL;
  if (of_first) names = path_push_names(L, path);
  else lua_pushnil(L);
  lua_replace(L, path);
  return names;
}

static void join_init (lua_State *L, struct run *run, struct stage *s, const struct recipe *r,
                       int recipe, int anchors) {
  (void)recipe;
  struct join *j = inputs_init(L, s, anchors, sizeof *j);
  j->how = (enum how)r->n[0].integer;
  s->a.pointer = j;
  lua_rawgeti(L, anchors, s->anchor + INPUTS_LIST);
  lua_rawgeti(L, -1, ARGUMENT_KEY);
  lua_rawseti(L, anchors, s->anchor + INPUTS_FUNCTION);
  lua_rawgeti(L, -1, ARGUMENT_OTHER_KEY);
  lua_rawseti(L, anchors, s->anchor + JOIN_OTHER_KEY);
  j->other_by_path = keep_path(L, s, anchors, JOIN_OTHER_KEY, JOIN_OTHER_PATH);
  if (keep_path(L, s, anchors, INPUTS_FUNCTION, JOIN_PATH)) {
    s->give_kind = GIVE_STEP;
    j->names = push_names(L, s, anchors);
    lua_rawseti(L, anchors, s->anchor + JOIN_NAMES);
  }
  lua_pop(L, 1);
  j->keys = keys_init(L, s, anchors, JOIN_KEYS, has_partners(j) ? sizeof(struct row) : 0, false);
  lua_newtable(L);
  lua_rawseti(L, anchors, s->anchor + JOIN_ITEMS);
  run_hold(run, s);
}

/* --- keys --- */

/* The value on top as a key; false: it is none. */
static bool key_of_top (struct flow *f, struct item *key) {
  keys_answered(f, key);
  return !lua_isnil(f->L, key->at) && !null_is(f->L, key->at);
}

/* Pushes the path in slot `k`, and tells which part of the item it begins with; 0: it has none. */
static int push_path (struct flow *f, const struct stage *s, int k, int count) {
  lua_State *L = f->L;
  flow_push_anchor(f, s, k);
  lua_rawgeti(L, -1, 1);
  lua_Integer part = lua_tointeger(L, -1);
  lua_pop(L, 1);
  if (part == 0) return count;
  return part <= count ? (int)part : 0;
}

/* The string or integer at the spot as a key; false: it is another value. */
static bool key_of_spot (const struct record_spot *spot, struct item *key) {
  switch (record_spot_kind(spot)) {
    case JSON_STRING:
    case JSON_BYTES:
      key->kind = ITEM_TEXT;
      key->u.text.bytes = record_spot_bytes(spot, &key->u.text.length);
      return true;
    case JSON_INTEGER:
      key->kind = ITEM_INTEGER;
      key->u.integer = record_spot_integer(spot);
      return true;
    default: return false;
  }
}

/* The key of the item by the path in slot `k`; false: it has none. */
static bool key_by_path (struct flow *f, const struct stage *s, int k, struct item *key) {
  lua_State *L = f->L;
  struct record_spot spot;
  bool is_value = f->item.kind == ITEM_VALUE;
  int part = push_path(f, s, k, is_value ? f->item.count : 1), path = lua_gettop(L);
  if (part == 0) return false;
  int value = is_value ? f->item.at + part - 1 : path + 1;
  if (!is_value) flow_push_item(f);
  if (path_peek(L, path, value, &spot) && key_of_spot(&spot, key)) return true;
  path_push(L, path, value);
  return key_of_top(f, key);
}

/* --- the other input --- */

/* More would take 100 GB and more. */
#define MOST_ROWS ((uint32_t)1 << 29)

/* Items are kept on shelves, userdata of so many values each: where a value of one is in memory
 * can be told, which cannot of an element of a table. */
#define SHELF 256
#define VALUE_SIZE 16 /* of Lua's, and they end where the userdata's block begins */

static lua_Integer shelf_of (const struct row *row) { return (row->item - 1) / SHELF + 1; }
static int place_on_shelf (const struct row *row) { return (int)((row->item - 1) % SHELF) + 1; }

static void add_shelf (struct flow *f, const struct stage *s, struct join *j) {
  lua_State *L = f->L;
  size_t count = j->count / SHELF;
  if ((count & (count - 1)) == 0) {
    const char **shelves = lua_newuserdatauv(L, (count == 0 ? 1 : 2 * count) * sizeof *shelves, 0);
    if (count > 0) memcpy(shelves, j->shelves, count * sizeof *shelves);
    flow_set_anchor(f, s, JOIN_SHELVES);
    j->shelves = shelves;
  }
  const char *shelf = lua_newuserdatauv(L, 0, SHELF);
  lua_rawseti(L, -2, (lua_Integer)count + 1);
  j->shelves[count] = shelf;
}

/* A row for the item, which is kept. */
static struct row row_new (struct flow *f, const struct stage *s, struct join *j) {
  lua_State *L = f->L;
  if (j->count == MOST_ROWS) luaL_error(L, "not enough memory for more than %d rows", MOST_ROWS);
  struct row row = { .item = j->count + 1 };
  flow_push_anchor(f, s, JOIN_ITEMS);
  if (j->count % SHELF == 0) add_shelf(f, s, j);
  lua_rawgeti(L, -1, shelf_of(&row));
  flow_pack(f);
  if (record_kind_at(L, -1) != RECORD_NONE) row.record = lua_touserdata(L, -1);
  lua_setiuservalue(L, -2, place_on_shelf(&row));
  j->count++;
  lua_pop(L, 2);
  return row;
}

/* Pushes the row's item. */
static void push_row_item (struct flow *f, const struct stage *s, const struct row *row) {
  lua_State *L = f->L;
  flow_push_anchor(f, s, JOIN_ITEMS);
  lua_rawgeti(L, -1, shelf_of(row));
  lua_getiuservalue(L, -1, place_on_shelf(row));
  lua_replace(L, -3);
  lua_pop(L, 1);
}

/* Puts a further row for the item behind those with the key of the row `first`. */
static void add_row (struct flow *f, struct stage *s, struct join *j, struct row *first) {
  if (j->further == j->room) {
    size_t room = j->room == 0 ? 16 : 2 * (size_t)j->room;
    if (room > SIZE_MAX / sizeof(struct row)) failure_raise_memory(f->L);
    struct row *rows = lua_newuserdatauv(f->L, room * sizeof *rows, 0);
    if (j->further > 0) memcpy(rows, j->rows, j->further * sizeof *rows);
    flow_set_anchor(f, s, JOIN_ROWS);
    j->rows = rows;
    j->room = (uint32_t)room;
  }
  struct row *row = &j->rows[j->further];
  *row = row_new(f, s, j);
  uint32_t number = ++j->further;
  if (first->link == 0) row->link = number;
  else {
    struct row *last = &j->rows[first->link - 1];
    row->link = last->link;
    last->link = number;
  }
  first->link = number;
}

/* The other input's item has this key. For semi and anti joins the key will do. */
static verdict join_add (struct flow *f, struct stage *s, struct join *j,
                         const struct item *key) {
  size_t number;
  bool is_new;
  if (keys_number(f, s, j->keys, key, &number, &is_new) == V_ERROR) return V_ERROR;
  if (!has_partners(j)) return V_DROP;
  struct row *first = keys_note(j->keys, number);
  if (first->item == 0) *first = row_new(f, s, j);
  else add_row(f, s, j, first);
  return V_DROP;
}

static verdict join_child (struct flow *f, struct stage *s) {
  struct join *j = s->a.pointer;
  if (j->other_by_path) {
    struct item key;
    return key_by_path(f, s, JOIN_OTHER_PATH, &key) ? join_add(f, s, j, &key) : V_DROP;
  }
  callback_push(f, s, JOIN_OTHER_KEY);
  return callback_ask(f, flow_push_item(f), 1);
}

/* The other input has ended. Without rows an inner or semi join has nothing to give, and the
 * upstream is not even opened. */
static verdict join_filled (struct flow *f, struct stage *s, struct join *j) {
  j->filled = true;
  if (keys_count(j->keys) == 0 && (j->how == HOW_INNER || j->how == HOW_SEMI)) return V_END;
  flow_release(f, s);
  return V_DROP;
}

static verdict join_child_end (struct flow *f, struct stage *s) {
  struct join *j = s->a.pointer;
  input_end(f, s, &j->other, 1);
  return join_filled(f, s, j);
}

/* --- the upstream --- */

/* Whoever gets a partner soon reads it, and among many it is in no cache. Its bytes follow one
 * another, so they are fetched at once here, rather than one after another there. (A function
 * that does no more than this is one without effect to the compiler.) */
#define LINE_SIZE 64
#define LINES_BEFORE 2 /* of what Lua has in front */
#define LINES 6
#define FETCH_AHEAD(record)                                   \
  for (int line_ = -LINES_BEFORE; line_ < LINES; line_++)     \
    __builtin_prefetch((record) + (ptrdiff_t)line_ * LINE_SIZE)

/* Gives the upstream's item, whose parts are on top of the items at index `items`, with the
 * item of this row. */
static verdict join_pass (struct flow *f, const struct stage *s, const struct row *row,
                          int items) {
  push_row_item(f, s, row);
  flow_unpack(f);
  return flow_pass(f, lua_gettop(f->L) - items);
}

/* The upstream's item has this first row, or none: NULL. */
static verdict join_meet (struct flow *f, struct stage *s, struct join *j,
                          const struct row *row) {
  lua_State *L = f->L;
  if (!has_partners(j)) return (row != NULL) == (j->how == HOW_SEMI) ? V_PASS : V_DROP;
  if (row == NULL) return j->how == HOW_LEFT ? V_PASS : V_DROP;
  if (row->link != 0) { /* the item is given again */
    flow_pack(f);
    flow_set_anchor(f, s, JOIN_ITEM);
    j->last = row->link;
    j->next = j->rows[j->last - 1].link;
    flow_hold(f, s);
  }
  int items = lua_gettop(L);
  if (f->item.kind == ITEM_VALUE && f->item.count > 1)
    luaL_checkstack(L, f->item.count + LUA_MINSTACK, "too many parts in an item");
  flow_push_item(f);
  return join_pass(f, s, row, items);
}

/* The row of the key; NULL if it has none. */
static verdict find_row (struct flow *f, struct stage *s, struct join *j, const struct item *key,
                         const struct row **row) {
  const void *note;
  verdict v = keys_find(f, s, j->keys, key, &note);
  *row = note;
  if (note != NULL && has_partners(j) && (*row)->record != NULL) FETCH_AHEAD((*row)->record);
  return v;
}

/* The upstream's item has this key, or none: NULL. */
static verdict join_match (struct flow *f, struct stage *s, struct join *j,
                           const struct item *key) {
  const struct row *row = NULL;
  if (key != NULL && find_row(f, s, j, key, &row) == V_ERROR) return V_ERROR;
  return join_meet(f, s, j, row);
}

static void join_foresee (struct flow *f, struct stage *s, const struct record_spot *item) {
  struct join *j = s->a.pointer;
  struct record_spot spot = *item;
  j->foreseen = j->filled && j->names != NULL && path_follow_names(j->names, &spot) &&
                key_of_spot(&spot, &j->key);
  if (j->foreseen) keys_fetch(f, j->keys, &j->key);
}

static void join_comes (struct flow *f, struct stage *s) {
  struct join *j = s->a.pointer;
  j->found = j->foreseen && find_row(f, s, j, &j->key, &j->row) != V_ERROR;
  if (!j->found || j->row == NULL || !has_partners(j)) return;
  const char *end = j->shelves[shelf_of(j->row) - 1];
  __builtin_prefetch(end - (SHELF + 1 - place_on_shelf(j->row)) * VALUE_SIZE);
}

/* Of paths; functions are called by the driver (GIVE_CALL). */
static verdict join_give (struct flow *f, struct stage *s) {
  struct join *j = s->a.pointer;
  struct item key;
  if (j->found) {
    j->found = false;
    return join_meet(f, s, j, j->row);
  }
  return join_match(f, s, j, key_by_path(f, s, JOIN_PATH, &key) ? &key : NULL);
}

static verdict join_called (struct flow *f, struct stage *s) {
  struct join *j = s->a.pointer;
  struct item key;
  bool has_key = key_of_top(f, &key);
  if (j->filled) return join_match(f, s, j, has_key ? &key : NULL);
  return has_key ? join_add(f, s, j, &key) : V_DROP;
}

static verdict join_pull (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  struct join *j = s->a.pointer;
  if (!j->filled) {
    verdict v = input_next(f, s, &j->other, 1);
    if (v == V_PASS) return join_child(f, s);
    return v == V_END ? join_filled(f, s, j) : v;
  }
  const struct row *row = &j->rows[j->next - 1];
  int items = lua_gettop(L);
  flow_push_anchor(f, s, JOIN_ITEM);
  flow_unpack(f);
  if (j->next == j->last) {
    lua_pushboolean(L, 0); /* the item is handed on, not held */
    flow_set_anchor(f, s, JOIN_ITEM);
    flow_release(f, s);
  }
  j->next = row->link;
  return join_pass(f, s, row, items);
}

static bool join_aside (const struct stage *s) {
  const struct join *j = s->a.pointer;
  return !j->filled;
}

const struct steps steps_join = { .anchors = JOIN_SLOTS, .native = true, .build = join_build,
                                  .init = join_init,
                                  .give_kind = GIVE_CALL, .give = join_give,
                                  .called = join_called, .pull = join_pull,
                                  .child = join_child, .child_end = join_child_end,
                                  .aside = join_aside, .foresee = join_foresee,
                                  .comes = join_comes };
