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
 * Integers and strings, which nearly all keys are, have an index in C: a path that leads to
 * one in a record is looked up from the record's text, and no Lua value is made of it. All
 * other keys are looked up in a Lua table by what core/key.h makes of them. A float that is an
 * integer is one.
 *
 * A look-up among many rows costs what it takes to fetch them from memory. So the first row of a
 * key is in its very place in the index, together with the key, if that is short.
 */
#include <string.h>

#include <lauxlib.h>

#include "binding/json.h"
#include "core/argument.h"
#include "core/callback.h"
#include "core/failure.h"
#include "core/key.h"
#include "core/path.h"
#include "core/run.h"
#include "stages/inputs.h"

/* Slots: the key's function of the upstream, where GIVE_CALL looks for it; that of the other
 * input; their paths, if they are made of paths; other keys -> first row; the rows' items,
 * tuples as tables; their long strings; the block of further rows; that of the index; the
 * upstream's item while it has further partners. */
enum { JOIN_OTHER_KEY = INPUTS_SLOTS, JOIN_PATH, JOIN_OTHER_PATH, JOIN_INDEX, JOIN_ITEMS,
       JOIN_STRINGS, JOIN_ROWS, JOIN_PLACES, JOIN_ITEM, JOIN_SLOTS };

/* Where the recipe's argument has the functions; the other input is at 1. */
enum { ARGUMENT_OTHER_KEY = 0, ARGUMENT_KEY = 2 };

enum how { HOW_INNER, HOW_LEFT, HOW_SEMI, HOW_ANTI, HOWS };

enum key_kind { KEY_NONE, KEY_INTEGER, KEY_STRING, KEY_OTHER /* on top of the stack */ };

struct key {
  enum key_kind kind;
  lua_Integer integer;
  const char *bytes;
  size_t length;
};

/* Strings up to this length are in the row itself. */
#define SHORT 16
#define LONG 255

struct row {
  uint32_t item; /* its number in JOIN_ITEMS; 0: a free place */
  /* Of a first row: the last of the others with its key, which are in `rows`, 0: none. Of one of
   * these: the next one, and of the last the first. */
  uint32_t link;
  int parts; /* of the item */
  uint8_t kind;
  uint8_t length; /* of a short string; LONG: of one in JOIN_STRINGS */
  union {
    lua_Integer integer;
    char chars[SHORT];
    struct {
      const char *bytes;
      size_t length;
    } text;
  } key;
  const char *record; /* where the item is in memory, if it is a record */
};

struct join {
  enum how how;
  bool filled;
  bool other_by_path;
  uint32_t count;      /* rows */
  uint32_t mask, used; /* places but one (0: none), and those taken */
  struct row *places;  /* open addressing, linear probing */
  uint32_t further, room;
  struct row *rows;    /* row 1 is rows[0]; also those whose key is KEY_OTHER */
  uint32_t next, last; /* of the further partners of the item at hand */
  int width;         /* parts of the item at hand */
  struct input other;
};

/* Pushes what callback_check keeps of the value on top, which is replaced. */
static void check_key (lua_State *L, struct recipe *r, const char *name) {
  int index = lua_gettop(L);
  if (lua_isnil(L, index)) argument_fail(L, r, "%s must be a function or a path, got nothing", name);
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
  static const char *const hows[] = { "inner", "left", "semi", "anti" };
  if (!argument_options(L, r, index, options)) return HOW_INNER;
  if (lua_getfield(L, index, "how") == LUA_TNIL) return HOW_INNER;
  const char *given = lua_type(L, -1) == LUA_TSTRING ? lua_tostring(L, -1) : NULL;
  for (int i = 0; given != NULL && i < HOWS; i++)
    if (strcmp(given, hows[i]) == 0) return (enum how)i;
  argument_fail(L, r, given ? "how must be \"inner\", \"left\", \"semi\" or \"anti\", got \"%s\""
                            : "how must be \"inner\", \"left\", \"semi\" or \"anti\", got %s",
                luaL_tolstring(L, -1, NULL));
  return HOW_INNER;
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
  if (keep_path(L, s, anchors, INPUTS_FUNCTION, JOIN_PATH)) s->give_kind = GIVE_STEP;
  lua_pop(L, 1);
  for (int k = JOIN_INDEX; k <= JOIN_STRINGS; k++) {
    lua_newtable(L);
    lua_rawseti(L, anchors, s->anchor + k);
  }
  run_hold(run, s);
}

/* --- keys --- */

/* The key that is on top of the stack. */
static struct key key_of_top (lua_State *L) {
  struct key key = { .kind = KEY_OTHER };
  switch (lua_type(L, -1)) {
    case LUA_TNIL: key.kind = KEY_NONE; break;
    case LUA_TSTRING:
      key.kind = KEY_STRING;
      key.bytes = lua_tolstring(L, -1, &key.length);
      break;
    case LUA_TNUMBER:
      if (lua_isinteger(L, -1)) {
        key.kind = KEY_INTEGER;
        key.integer = lua_tointegerx(L, -1, NULL);
      }
      else {
        lua_Number n = lua_tonumberx(L, -1, NULL);
        if (lua_numbertointeger(n, &key.integer) && (lua_Number)key.integer == n)
          key.kind = KEY_INTEGER;
      }
      break;
    default:
      if (null_is(L, -1)) key.kind = KEY_NONE;
  }
  return key;
}

/* The key of the item by the path in slot `k`. No Lua value is made of a string in a record. */
static struct key key_by_path (struct flow *f, const struct stage *s, int k) {
  lua_State *L = f->L;
  struct key key = { .kind = KEY_NONE };
  struct record_spot spot;
  flow_push_anchor(f, s, k);
  int path = lua_gettop(L), count = f->item.kind == ITEM_VALUE ? f->item.count : 1;
  lua_rawgeti(L, path, 1);
  lua_Integer part = lua_tointeger(L, -1);
  lua_pop(L, 1);
  if (part == 0) part = count;
  if (part > count) return key;
  int value = f->item.at + (int)part - 1;
  if (f->item.kind != ITEM_VALUE) {
    flow_push_item(f);
    value = path + 1;
  }
  if (path_peek(L, path, value, &spot)) {
    if (record_spot_kind(&spot) == JSON_STRING) {
      key.kind = KEY_STRING;
      key.bytes = record_spot_bytes(&spot, &key.length);
      return key;
    }
    if (record_spot_kind(&spot) < JSON_ARRAY) {
      record_spot_push(L, &spot);
      return key_of_top(L);
    }
  }
  path_push(L, path, value);
  return key_of_top(L);
}

static uint64_t mix (uint64_t h) {
  h = (h ^ (h >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
  h = (h ^ (h >> 27)) * UINT64_C(0x94d049bb133111eb);
  return h ^ (h >> 31);
}

/* Where an integer or a string is looked for, with the secret of this state: who writes the data
 * cannot choose keys that meet. Eight integers in a row, as numbers often come, stay side by
 * side. Strings go eight bytes at a time through the finaliser of SplitMix64 (see key.c). */
static uint32_t hash_of (const struct state *g, const struct key *key) {
  if (key->kind == KEY_INTEGER) {
    uint64_t x = (uint64_t)key->integer;
    return (uint32_t)(mix(((x >> 3) + g->secret[0]) * g->secret[1]) >> 32) + (uint32_t)(x & 7);
  }
  uint64_t h = g->secret[0] ^ key->length;
  for (size_t at = 0; at < key->length; at += sizeof h) {
    uint64_t word = 0;
    size_t left = key->length - at;
    if (left >= sizeof word) memcpy(&word, key->bytes + at, sizeof word);
    else memcpy(&word, key->bytes + at, left);
    h = mix((h ^ word) * g->secret[1]);
  }
  return (uint32_t)(h >> 32);
}

static struct key key_of_row (const struct row *row) {
  struct key key = { .kind = (enum key_kind)row->kind };
  if (key.kind == KEY_INTEGER) key.integer = row->key.integer;
  else if (row->length == LONG) {
    key.bytes = row->key.text.bytes;
    key.length = row->key.text.length;
  }
  else {
    key.bytes = row->key.chars;
    key.length = row->length;
  }
  return key;
}

static bool row_has (const struct row *row, const struct key *key) {
  if (row->kind != key->kind) return false;
  if (key->kind == KEY_INTEGER) return row->key.integer == key->integer;
  if (row->length != LONG)
    return row->length == key->length && memcmp(row->key.chars, key->bytes, key->length) == 0;
  return row->key.text.length == key->length &&
         memcmp(row->key.text.bytes, key->bytes, key->length) == 0;
}

/* The place of an integer or a string, or the free one where it belongs. */
static struct row *place_of (const struct join *j, const struct key *key, uint32_t hash) {
  uint32_t at = hash & j->mask;
  while (j->places[at].item != 0 && !row_has(&j->places[at], key)) at = (at + 1) & j->mask;
  return &j->places[at];
}

/* More would take 100 GB and more. Four times as many can be counted in 32 bits. */
#define MOST_ROWS ((uint32_t)1 << 29)

/* A new block of rows; `count` is at most 4 * MOST_ROWS. */
static struct row *rows_new (lua_State *L, size_t count) {
  if (count > SIZE_MAX / sizeof(struct row)) luaL_error(L, "not enough memory");
  return lua_newuserdatauv(L, count * sizeof(struct row), 0);
}

/* Makes room for one more place: at most two thirds are taken. */
static void places_grow (struct flow *f, struct stage *s, struct join *j) {
  if (j->mask != 0 && j->used + 1 <= j->mask / 3 * 2) return;
  struct join larger = { .mask = j->mask == 0 ? 31 : 2 * j->mask + 1 };
  larger.places = rows_new(f->L, (size_t)larger.mask + 1);
  memset(larger.places, 0, ((size_t)larger.mask + 1) * sizeof *larger.places);
  for (uint32_t i = 0; j->mask != 0 && i <= j->mask; i++) {
    if (j->places[i].item == 0) continue;
    struct key key = key_of_row(&j->places[i]);
    *place_of(&larger, &key, hash_of(f->root->state, &key)) = j->places[i];
  }
  flow_set_anchor(f, s, JOIN_PLACES);
  j->places = larger.places;
  j->mask = larger.mask;
}

/* --- the other input --- */

/* A row for the item, which is kept. */
static struct row row_new (struct flow *f, struct stage *s, struct join *j,
                           const struct key *key) {
  lua_State *L = f->L;
  if (j->count == MOST_ROWS) luaL_error(L, "not enough memory for more than %d rows", MOST_ROWS);
  struct row row = { .item = j->count + 1, .kind = (uint8_t)key->kind };
  row.parts = f->item.kind == ITEM_VALUE ? f->item.count : 1;
  if (key->kind == KEY_INTEGER) row.key.integer = key->integer;
  else if (key->kind == KEY_STRING && key->length <= SHORT) {
    row.length = (uint8_t)key->length;
    memcpy(row.key.chars, key->bytes, key->length);
  }
  else if (key->kind == KEY_STRING) {
    row.length = LONG;
    row.key.text.length = key->length;
    flow_push_anchor(f, s, JOIN_STRINGS);
    row.key.text.bytes = lua_pushlstring(L, key->bytes, key->length);
    lua_rawseti(L, -2, (lua_Integer)row.item);
    lua_pop(L, 1);
  }
  if (j->how == HOW_INNER || j->how == HOW_LEFT) {
    flow_push_anchor(f, s, JOIN_ITEMS);
    flow_push_value(f);
    if (record_kind_at(L, -1) != RECORD_NONE) row.record = lua_touserdata(L, -1);
    lua_rawseti(L, -2, (lua_Integer)row.item);
    lua_pop(L, 1);
  }
  j->count++;
  return row;
}

/* Puts a row for the item into `rows`; returns its number. */
static uint32_t add_row (struct flow *f, struct stage *s, struct join *j,
                         const struct key *key) {
  if (j->further == j->room) {
    uint32_t room = j->room == 0 ? 16 : 2 * j->room;
    struct row *rows = rows_new(f->L, room);
    if (j->further > 0) memcpy(rows, j->rows, j->further * sizeof *rows);
    flow_set_anchor(f, s, JOIN_ROWS);
    j->rows = rows;
    j->room = room;
  }
  j->rows[j->further] = row_new(f, s, j, key);
  return ++j->further;
}

/* Puts row `number` behind those with the key of the row `first`. */
static void link_row (struct join *j, struct row *first, uint32_t number) {
  struct row *row = &j->rows[number - 1];
  if (first->link == 0) row->link = number;
  else {
    struct row *last = &j->rows[first->link - 1];
    row->link = last->link;
    last->link = number;
  }
  first->link = number;
}

/* Looks the key on top up in JOIN_INDEX: pushes what key.h makes of it, the table, and the
 * first row. */
static verdict look_up (struct flow *f, const struct stage *s) {
  lua_State *L = f->L;
  if (key_push(f, lua_gettop(L), 1) == V_ERROR) return V_ERROR;
  flow_push_anchor(f, s, JOIN_INDEX);
  lua_pushvalue(L, -2);
  lua_rawget(L, -2);
  return V_PASS;
}

/* The other input's item has this key. For semi and anti one row is as good as many. */
static verdict join_add (struct flow *f, struct stage *s, struct join *j,
                         const struct key *key) {
  lua_State *L = f->L;
  bool one_will_do = j->how == HOW_SEMI || j->how == HOW_ANTI;
  if (key->kind == KEY_NONE) return V_DROP;
  if (key->kind == KEY_OTHER) {
    if (look_up(f, s) == V_ERROR) return V_ERROR;
    int first = lua_gettop(L), table = first - 1;
    if (!lua_isnil(L, first)) {
      if (one_will_do) return V_DROP;
      uint32_t number = add_row(f, s, j, key);
      link_row(j, &j->rows[lua_tointegerx(L, first, NULL) - 1], number);
      return V_DROP;
    }
    lua_pushvalue(L, table - 1);
    lua_pushinteger(L, (lua_Integer)add_row(f, s, j, key));
    lua_rawset(L, table);
    return V_DROP;
  }
  places_grow(f, s, j);
  struct row *place = place_of(j, key, hash_of(f->root->state, key));
  if (place->item == 0) {
    *place = row_new(f, s, j, key);
    j->used++;
  }
  else if (!one_will_do)
    link_row(j, place, add_row(f, s, j, &(struct key){ .kind = KEY_NONE }));
  return V_DROP;
}

static verdict join_child (struct flow *f, struct stage *s) {
  struct join *j = s->a.pointer;
  if (j->other_by_path) {
    struct key key = key_by_path(f, s, JOIN_OTHER_PATH);
    return join_add(f, s, j, &key);
  }
  callback_push(f, s, JOIN_OTHER_KEY);
  return callback_ask(f, flow_push_item(f), 1);
}

/* The other input has ended. Without rows an inner or semi join has nothing to give, and the
 * upstream is not even opened. */
static verdict join_filled (struct flow *f, struct stage *s, struct join *j) {
  j->filled = true;
  if (j->count == 0 && (j->how == HOW_INNER || j->how == HOW_SEMI)) return V_END;
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
#define LINE 64
#define LINES_BEFORE 2 /* of what Lua has in front */
#define LINES 6
#define FETCH_AHEAD(row)                                      \
  for (int line_ = -LINES_BEFORE; line_ < LINES; line_++)     \
    __builtin_prefetch((row)->record + (ptrdiff_t)line_ * LINE)

/* Gives the item at hand, whose parts are on top of the items' table at `items`, with this
 * partner. */
static verdict join_pass (struct flow *f, const struct join *j, int items,
                          const struct row *row) {
  lua_State *L = f->L;
  int parts = row->parts;
  lua_rawgeti(L, items, (lua_Integer)row->item);
  if (parts == 1) return flow_pass(f, j->width + 1);
  int table = lua_gettop(L);
  luaL_checkstack(L, parts + LUA_MINSTACK, "too many parts in an item");
  for (int i = 1; i <= parts; i++) lua_rawgeti(L, table, i);
  lua_remove(L, table);
  return flow_pass(f, j->width + parts);
}

/* The first row with this key, or NULL. May push. */
static verdict find_row (struct flow *f, const struct stage *s, const struct join *j,
                         const struct key *key, const struct row **row) {
  *row = NULL;
  if (key->kind == KEY_OTHER) {
    if (look_up(f, s) == V_ERROR) return V_ERROR;
    if (!lua_isnil(f->L, -1)) *row = &j->rows[lua_tointegerx(f->L, -1, NULL) - 1];
  }
  else if (key->kind != KEY_NONE && j->mask != 0) {
    const struct row *place = place_of(j, key, hash_of(f->root->state, key));
    if (place->item != 0) *row = place;
  }
  return V_PASS;
}

/* The upstream's item has this key. */
static verdict join_match (struct flow *f, struct stage *s, struct join *j,
                           const struct key *key) {
  lua_State *L = f->L;
  const struct row *row;
  if (find_row(f, s, j, key, &row) == V_ERROR) return V_ERROR;
  if (j->how == HOW_SEMI || j->how == HOW_ANTI)
    return (row != NULL) == (j->how == HOW_SEMI) ? V_PASS : V_DROP;
  if (row == NULL) return j->how == HOW_LEFT ? V_PASS : V_DROP;
  if (row->record != NULL) FETCH_AHEAD(row);
  j->width = f->item.kind == ITEM_VALUE ? f->item.count : 1;
  if (j->width > 1) luaL_checkstack(L, j->width + LUA_MINSTACK, "too many parts in an item");
  if (row->link != 0) { /* the item is given again */
    flow_push_value(f);
    flow_set_anchor(f, s, JOIN_ITEM);
    j->last = row->link;
    j->next = j->rows[j->last - 1].link;
    flow_hold(f, s);
  }
  flow_push_anchor(f, s, JOIN_ITEMS);
  int items = lua_gettop(L);
  flow_push_item(f);
  return join_pass(f, j, items, row);
}

/* Of paths; functions are called by the driver (GIVE_CALL). */
static verdict join_give (struct flow *f, struct stage *s) {
  struct key key = key_by_path(f, s, JOIN_PATH);
  return join_match(f, s, s->a.pointer, &key);
}

static verdict join_called (struct flow *f, struct stage *s) {
  struct join *j = s->a.pointer;
  struct key key = key_of_top(f->L);
  return j->filled ? join_match(f, s, j, &key) : join_add(f, s, j, &key);
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
  flow_push_anchor(f, s, JOIN_ITEMS);
  int items = lua_gettop(L);
  flow_push_anchor(f, s, JOIN_ITEM);
  if (j->width > 1) {
    luaL_checkstack(L, j->width + LUA_MINSTACK, "too many parts in an item");
    for (int i = 1; i <= j->width; i++) lua_rawgeti(L, items + 1, i);
    lua_remove(L, items + 1);
  }
  if (j->next == j->last) {
    lua_pushboolean(L, 0); /* the item is handed on, not held */
    flow_set_anchor(f, s, JOIN_ITEM);
    flow_release(f, s);
  }
  j->next = row->link;
  return join_pass(f, j, items, row);
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
                                  .aside = join_aside };
