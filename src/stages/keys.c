/* SPDX-License-Identifier: MIT
 * keys.c - keys that are compared; the contract is in keys.h.
 *
 * All keys so far are in an array, in order, so a key's number is its place there. A hash table
 * of their numbers leads to them: open-addressed, searched linearly (Knuth, TAOCP 6.4,
 * algorithm L), at most half full, of 4 bytes a slot. The bits that a number leaves there hold a
 * part of its key's hash, so few keys are looked at in vain.
 *
 *   index    [ - | part, 3 | - | - | part, 1 | part, 2 | - | - ]
 *   known    [ 1: a number's bits, note | 2: a hash, -> text, note | 3: ...     ]
 *   texts    [ length, bytes | length, bytes | ...
 *
 * Of a string the bytes are copied: none need be made of a line that has come before, and the
 * collector has nothing to walk through. The content of tables, records and tuples is a string
 * too (key_push). What is left, booleans and what is equal only to itself, has its number in a
 * Lua table.
 *
 * Who only asks which note a key has, of many keys and often, has them settled on the way: in a
 * table of lines, each with a key and a copy of its note. One line is fetched from memory where
 * index, known and text would be three, each after the other; for 96 bytes a key, in place of the
 * 40 to 100 that those took.
 *
 * Beside a Lua table, new integers take a quarter of the time, new strings less than half.
 *
 * Hashes depend on a secret of the state (core/key.h), so who writes the data cannot choose keys
 * that meet. Eight neighbouring integers have their slots side by side, because identifiers
 * often come in order and a cache line is then loaded once for all of them.
 */
#include "keys.h"

#include <string.h>

#include <lauxlib.h>

#include "binding/json.h"
#include "core/argument.h"
#include "core/callback.h"
#include "core/check.h"
#include "core/failure.h"
#include "core/key.h"

void keys_build (lua_State *L, struct recipe *r, int first) {
  argument_at_most(L, r, first, 1);
  if (!argument_given(L, first)) return;
  callback_check(L, r, first, "key");
  recipe_keep(L, -2);
  r->n[0].flag = true;
}

void keys_give_kind (struct stage *s, const struct recipe *r) {
  s->give_kind = r->n[0].flag ? GIVE_CALL : GIVE_STEP;
}

void keys_push (struct flow *f, const struct item *key) {
  lua_State *L = f->L;
  struct item item = f->item;
  f->item = *key;
  flow_push_value(f);
  f->item = item;
  if (key->kind != ITEM_VALUE) return;
  if (key->count == 1) {
    if (!lua_isnil(L, -1)) return;
    null_push(L);
    lua_replace(L, -2);
    return;
  }
  for (int i = 0; i < key->count; i++)
    if (lua_isnil(L, key->at + i)) {
      null_push(L);
      lua_rawseti(L, -2, i + 1);
    }
}

/* --- a key as it is compared --- */

enum key_kind { KEY_INTEGER, KEY_FLOAT, KEY_TEXT, KEY_CONTENT, KEY_OTHER };

struct key {
  enum key_kind kind;
  bool as_float;     /* of KEY_INTEGER: it is 1.0 */
  bool is_line;      /* of KEY_TEXT: it is no value of Lua's yet */
  uint64_t bits;     /* of a number; of a string the hash, once it is known */
  const char *bytes; /* of KEY_TEXT and KEY_CONTENT */
  size_t length;
};

_Static_assert(sizeof(lua_Number) == sizeof(uint64_t), "numbers are told apart by 64 bits");

/* Floats that equal an integer are that integer; NaN equals NaN. */
static void read_float (struct key *key, lua_Number n) {
  lua_Integer i;
  if (lua_numbertointeger(n, &i) && (lua_Number)i == n) {
    key->kind = KEY_INTEGER;
    key->as_float = true;
    key->bits = (uint64_t)i;
    return;
  }
  key->kind = KEY_FLOAT;
  key->bits = 0; /* no other float has these: 0 is an integer */
  if (n == n) memcpy(&key->bits, &n, sizeof n);
}

/* Pushes what to look up in place of the key. */
static verdict read_other (struct flow *f, const struct item *from, struct key *key) {
  lua_State *L = f->L;
  if (key_push(f, from->at, from->count) == V_ERROR) return V_ERROR;
  key->kind = KEY_OTHER;
  if (lua_type(L, -1) != LUA_TSTRING) return V_PASS;
  key->kind = KEY_CONTENT;
  key->bytes = lua_tolstring(L, -1, &key->length);
  return V_PASS;
}

/* May leave a value on the stack: of KEY_CONTENT and KEY_OTHER what to look up. */
static verdict read_key (struct flow *f, const struct item *from, struct key *key) {
  lua_State *L = f->L;
  key->as_float = false;
  key->is_line = from->kind == ITEM_TEXT;
  switch (from->kind) {
    case ITEM_INTEGER:
      key->kind = KEY_INTEGER;
      key->bits = (uint64_t)from->u.integer;
      return V_PASS;
    case ITEM_NUMBER: read_float(key, from->u.number); return V_PASS;
    case ITEM_TEXT:
      key->kind = KEY_TEXT;
      key->bytes = from->u.text.bytes;
      key->length = from->u.text.length;
      return V_PASS;
    case ITEM_VALUE: break;
  }
  if (from->count != 1) return read_other(f, from, key);
  if (lua_isinteger(L, from->at)) {
    key->kind = KEY_INTEGER;
    key->bits = (uint64_t)lua_tointegerx(L, from->at, NULL);
    return V_PASS;
  }
  switch (lua_type(L, from->at)) {
    case LUA_TSTRING:
      key->kind = KEY_TEXT;
      key->bytes = lua_tolstring(L, from->at, &key->length);
      return V_PASS;
    case LUA_TNUMBER: read_float(key, lua_tonumberx(L, from->at, NULL)); return V_PASS;
    default: return read_other(f, from, key);
  }
}

/* --- the key before: s->phase: 0, or 1 + its kind; a: a number's bits, or where the bytes of a
 * string are, c: how many; slot: the string, or what to look up --- */

static bool is_before (struct flow *f, const struct stage *s, int slot, const struct key *key) {
  if (s->phase != 1 + key->kind) return false;
  switch (key->kind) {
    case KEY_INTEGER: case KEY_FLOAT: return s->a.natural == key->bits;
    case KEY_TEXT: case KEY_CONTENT:
      return s->c.size == key->length && memcmp(s->a.pointer, key->bytes, key->length) == 0;
    default: break;
  }
  flow_push_anchor(f, s, slot);
  bool same = lua_rawequal(f->L, -1, -2);
  lua_pop(f->L, 1);
  return same;
}

verdict keys_changed (struct flow *f, struct stage *s, int slot, const struct item *from,
                      bool *changed) {
  lua_State *L = f->L;
  struct key key;
  if (read_key(f, from, &key) == V_ERROR) return V_ERROR;
  *changed = !is_before(f, s, slot, &key);
  if (!*changed) return V_PASS;
  if (key.kind <= KEY_FLOAT) {
    s->a.natural = key.bits;
    s->phase = (uint8_t)(1 + key.kind);
    return V_PASS;
  }
  if (from->kind == ITEM_TEXT) key.bytes = lua_pushlstring(L, key.bytes, key.length);
  else if (key.kind == KEY_TEXT) lua_pushvalue(L, from->at);
  flow_set_anchor(f, s, slot);
  if (key.kind != KEY_OTHER) {
    s->a.pointer = (void *)key.bytes;
    s->c.size = key.length;
  }
  s->phase = (uint8_t)(1 + key.kind);
  return V_PASS;
}

/* --- all keys so far --- */

/* Slots: the struct, the block of known and index, a list of the blocks of texts, the other keys
 * with their numbers, the block of places. */
enum { SLOT_STRUCT, SLOT_BLOCK, SLOT_TEXTS, SLOT_OTHERS, SLOT_PLACES };

struct text {
  size_t length;
  bool is_kept; /* it never was a string of Lua's, so it is not kept as one */
  char bytes[];
};

struct known {
  uint64_t bits;  /* of a number, or the hash of a string */
  uintptr_t what; /* the kind, plus the address of a string's text, plus AS_FLOAT */
  uint64_t note[];
};
#define KIND_MASK ((uintptr_t)7)
#define AS_FLOAT ((uintptr_t)8) /* an integer that came as 1.0 */

struct keys {
  int slot;     /* the stage's first one that is of this struct */
  size_t count; /* keys so far */
  size_t room;  /* for keys: half the slots of the index, a power of two, or 0 */
  int shift;    /* from a hash to a slot */
  size_t note;   /* bytes */
  size_t stride; /* from one known to the next */
  char *known;
  uint32_t *index;
  size_t searches;      /* by keys_find, before they were settled */
  struct place *places; /* settled, or NULL */
  size_t place_count;
  char *text;   /* where the next text will be */
  size_t left;  /* bytes there */
  size_t block; /* size of the last block, unless it is of one long text */
  bool lists;
  struct keys *parts;    /* of lists: their elements, and all lists but for the last element, */
  struct keys *prefixes; /* as the number of a shorter one and that of an element */
};

#define FIRST_ROOM ((size_t)32)
#define FIRST_SHIFT (64 - 6)
#define MOST_ROOM ((uint64_t)1 << 31)
#define FIRST_BLOCK ((size_t)1 << 10)
#define LARGEST_BLOCK ((size_t)1 << 20)
#define LINE ((size_t)64) /* of memory */
#define NEIGHBOURS 3 /* as a power of two */

struct keys *keys_init (lua_State *L, const struct stage *s, int anchors, int slot,
                        size_t note, bool lists) {
  struct keys *keys = lua_newuserdatauv(L, sizeof *keys, 0);
  memset(keys, 0, sizeof *keys);
  keys->slot = slot;
  keys->note = (note + 7) / 8 * 8;
  keys->stride = sizeof(struct known) + keys->note;
  keys->lists = lists;
  lua_rawseti(L, anchors, s->anchor + slot + SLOT_STRUCT);
  if (keys->lists) {
    keys->parts = keys_init(L, s, anchors, slot + KEYS_ANCHORS, 0, false);
    keys->prefixes = keys_init(L, s, anchors, slot + 2 * KEYS_ANCHORS, 0, false);
  }
  return keys;
}

size_t keys_count (const struct keys *keys) { return keys->count; }

static struct known *known_at (const struct keys *keys, size_t number) {
  return (struct known *)(void *)(keys->known + (number - 1) * keys->stride);
}

void *keys_note (const struct keys *keys, size_t number) { return known_at(keys, number)->note; }

/* --- hashes --- */

/* Both halves of the product of 128 bits, as in wyhash (Wang Yi): quick, and nothing is known
 * of it by who does not know the secret in a or b. */
static uint64_t fold (uint64_t a, uint64_t b) {
#ifdef __SIZEOF_INT128__
  __extension__ typedef unsigned __int128 wide;
  wide product = (wide)a * b;
  return (uint64_t)product ^ (uint64_t)(product >> 64);
#else
  uint64_t low = (a & 0xffffffff) * (b & 0xffffffff), middle = (a >> 32) * (b & 0xffffffff);
  uint64_t other = (a & 0xffffffff) * (b >> 32) + (low >> 32) + (middle & 0xffffffff);
  return a * b ^ ((a >> 32) * (b >> 32) + (middle >> 32) + (other >> 32));
#endif
}

static uint64_t word_at (const char *bytes, size_t size) {
  uint64_t word = 0;
  memcpy(&word, bytes, size);
  return word;
}

static uint64_t hash_of_text (const uint64_t *secret, const char *bytes, size_t length) {
  uint64_t h = secret[0] ^ length, a = 0, b = 0;
  for (; length > 16; bytes += 16, length -= 16)
    h = fold(word_at(bytes, 8) ^ secret[1], word_at(bytes + 8, 8) ^ h);
  if (length >= 8) {
    a = word_at(bytes, 8);
    b = word_at(bytes + length - 8, 8);
  }
  else if (length >= 4) {
    a = word_at(bytes, 4);
    b = word_at(bytes + length - 4, 4);
  }
  else if (length > 0) /* its first, middle and last byte */
    a = (uint64_t)(unsigned char)bytes[0] << 16 |
        (uint64_t)(unsigned char)bytes[length / 2] << 8 | (unsigned char)bytes[length - 1];
  h = fold(a ^ secret[1], b ^ h);
  return fold(h ^ secret[0], secret[1]);
}

#define NEIGHBOUR_MASK (((uint64_t)1 << NEIGHBOURS) - 1)

/* Where the search for a key begins, and in `part` what its slot holds beside its number. */
static size_t home_of (const struct flow *f, const struct keys *keys, bool is_number,
                       uint64_t bits, uint32_t *part) {
  uint64_t h = bits;
  if (is_number) {
    const uint64_t *secret = f->root->state->secret;
    h = fold(bits >> NEIGHBOURS ^ secret[0], secret[1]);
    h = (h & ~(NEIGHBOUR_MASK << keys->shift)) | (bits & NEIGHBOUR_MASK) << keys->shift;
    /* neighbours differ in the topmost bits of `part`, which go last as the index grows */
    *part = (uint32_t)(h & (UINT32_MAX >> NEIGHBOURS)) |
            (uint32_t)(bits & NEIGHBOUR_MASK) << (32 - NEIGHBOURS);
  }
  else
    *part = (uint32_t)h;
  *part &= ~(uint32_t)(2 * keys->room - 1);
  return (size_t)(h >> keys->shift);
}

/* --- the index --- */

static void grow (struct flow *f, struct stage *s, struct keys *keys) {
  size_t room = keys->room == 0 ? FIRST_ROOM : 2 * keys->room;
  size_t one = keys->stride + 2 * sizeof(uint32_t);
  if (room > MOST_ROOM || room > (size_t)-1 / 2 / one) luaL_error(f->L, "too many keys");
  char *known = lua_newuserdatauv(f->L, room * one, 0);
  uint32_t *index = (uint32_t *)(void *)(known + room * keys->stride);
  if (keys->count > 0) memcpy(known, keys->known, keys->count * keys->stride);
  memset(index, 0, 2 * room * sizeof *index);
  flow_set_anchor(f, s, keys->slot + SLOT_BLOCK);
  keys->shift = keys->room == 0 ? FIRST_SHIFT : keys->shift - 1;
  keys->room = room;
  keys->known = known;
  keys->index = index;
  for (size_t number = 1; number <= keys->count; number++) {
    const struct known *e = known_at(keys, number);
    uintptr_t kind = e->what & KIND_MASK;
    if (kind == KEY_OTHER) continue;
    uint32_t part;
    size_t at = home_of(f, keys, kind <= KEY_FLOAT, e->bits, &part);
    while (index[at] != 0) at = (at + 1) & (2 * room - 1);
    index[at] = part | (uint32_t)number;
  }
}

/* Adds a key behind the others; returns its number. */
static size_t add_known (struct keys *keys, uint64_t bits, uintptr_t what) {
  struct known *e = known_at(keys, ++keys->count);
  memset(e, 0, keys->stride);
  e->bits = bits;
  e->what = what;
  return keys->count;
}

static const struct text *text_of (const struct known *known) {
  return (const struct text *)(known->what & ~KIND_MASK);
}

/* Is `e` the key? */
static bool is_known (const struct known *e, const struct key *key) {
  if (e->bits != key->bits || (e->what & KIND_MASK) != (uintptr_t)key->kind) return false;
  if (key->kind <= KEY_FLOAT) return true;
  const struct text *text = text_of(e);
  return text->length == key->length && memcmp(text->bytes, key->bytes, key->length) == 0;
}

/* Makes room for a text. */
static void make_room (struct flow *f, struct stage *s, struct keys *keys, size_t need) {
  lua_State *L = f->L;
  size_t block = keys->block == 0 ? FIRST_BLOCK : keys->block;
  while (block < LARGEST_BLOCK && (block == keys->block || block < need)) block *= 2;
  keys->block = block;
  if (block < need) block = need;
  flow_push_anchor(f, s, keys->slot + SLOT_TEXTS);
  if (lua_isnil(L, -1)) {
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    flow_set_anchor(f, s, keys->slot + SLOT_TEXTS);
  }
  char *text = lua_newuserdatauv(L, block, 0);
  lua_rawseti(L, -2, (lua_Integer)lua_rawlen(L, -2) + 1);
  lua_pop(L, 1);
  keys->text = text;
  keys->left = block;
}

static struct text *copy_text (struct flow *f, struct stage *s, struct keys *keys,
                               const struct key *key) {
  if (key->length > (size_t)-1 / 4) failure_raise_memory(f->L);
  size_t need = (offsetof(struct text, bytes) + key->length + KIND_MASK) & ~(size_t)KIND_MASK;
  if (need > keys->left) make_room(f, s, keys, need);
  struct text *text = (struct text *)(void *)keys->text;
  keys->text += need;
  keys->left -= need;
  text->length = key->length;
  text->is_kept = key->is_line;
  memcpy(text->bytes, key->bytes, key->length);
  return text;
}

/* The number of the key, 0 if it is not there; `at`: its slot in the index, with what that is to
 * hold beside a number. The index has room. */
static inline size_t search_index (const struct flow *f, const struct keys *keys, struct key *key,
                                   size_t *at, uint32_t *part) {
  bool is_number = key->kind <= KEY_FLOAT;
  if (!is_number) key->bits = hash_of_text(f->root->state->secret, key->bytes, key->length);
  uint32_t mask = (uint32_t)(2 * keys->room - 1);
  *at = home_of(f, keys, is_number, key->bits, part);
  for (uint32_t found; (found = keys->index[*at]) != 0; *at = (*at + 1) & mask) {
    size_t number = found & mask;
    if ((found & ~mask) == *part && is_known(known_at(keys, number), key)) return number;
  }
  return 0;
}

static size_t number_in_index (struct flow *f, struct stage *s, struct keys *keys,
                               struct key *key, bool *is_new) {
  size_t at;
  uint32_t part;
  *is_new = false;
  if (keys->count == keys->room) grow(f, s, keys);
  size_t before = search_index(f, keys, key, &at, &part);
  if (before != 0) return before;
  bool is_number = key->kind <= KEY_FLOAT;
  uintptr_t what = !is_number      ? (uintptr_t)copy_text(f, s, keys, key)
                   : key->as_float ? AS_FLOAT
                                   : 0;
  size_t number = add_known(keys, key->bits, what | key->kind);
  keys->index[at] = part | (uint32_t)number;
  *is_new = true;
  return number;
}

/* The number of the key on top in the table of other keys, which is pushed with the number,
 * 0 if it is not there. */
static size_t find_other (struct flow *f, const struct stage *s, const struct keys *keys) {
  lua_State *L = f->L;
  int key = lua_gettop(L);
  flow_push_anchor(f, s, keys->slot + SLOT_OTHERS);
  if (lua_isnil(L, -1)) lua_pushnil(L);
  else {
    lua_pushvalue(L, key);
    lua_rawget(L, key + 1);
  }
  return lua_isnil(L, -1) ? 0 : (size_t)lua_tointegerx(L, -1, NULL);
}

/* The key's value is on top. */
static size_t number_of_other (struct flow *f, struct stage *s, struct keys *keys, bool *is_new) {
  lua_State *L = f->L;
  int key = lua_gettop(L);
  if (keys->count == keys->room) grow(f, s, keys);
  size_t number = find_other(f, s, keys);
  *is_new = number == 0;
  if (*is_new) {
    lua_pop(L, 1);
    if (lua_isnil(L, -1)) {
      lua_newtable(L);
      lua_pushvalue(L, -1);
      flow_set_anchor(f, s, keys->slot + SLOT_OTHERS);
    }
    lua_pushvalue(L, key);
    lua_pushinteger(L, (lua_Integer)keys->count + 1);
    lua_rawset(L, -3);
    number = add_known(keys, 0, KEY_OTHER);
  }
  lua_settop(L, key);
  return number;
}

static verdict number_of_one (struct flow *f, struct stage *s, struct keys *keys,
                              const struct item *from, size_t *number, bool *is_new) {
  struct key key;
  if (read_key(f, from, &key) == V_ERROR) return V_ERROR;
  *number = key.kind == KEY_OTHER ? number_of_other(f, s, keys, is_new)
                                  : number_in_index(f, s, keys, &key, is_new);
  if (key.kind >= KEY_CONTENT) lua_pop(f->L, 1);
  return V_PASS;
}

/* A list is a path in a tree: its elements' numbers, of 32 bits, lead from node to node. */
static verdict number_of_list (struct flow *f, struct stage *s, struct keys *keys,
                               const struct item *from, size_t *number, bool *is_new) {
  size_t node = 0;
  for (int i = 0; i < from->count; i++) {
    struct item element = { .kind = ITEM_VALUE, .at = from->at + i, .count = 1 };
    size_t part;
    if (number_of_one(f, s, keys->parts, &element, &part, is_new) == V_ERROR) return V_ERROR;
    struct key branch = { .kind = KEY_INTEGER, .bits = (uint64_t)node << 32 | part };
    struct keys *nodes = i + 1 < from->count ? keys->prefixes : keys;
    node = number_in_index(f, s, nodes, &branch, is_new);
  }
  *number = node;
  return V_PASS;
}

verdict keys_number (struct flow *f, struct stage *s, struct keys *keys, const struct item *key,
                     size_t *number, bool *is_new) {
  return keys->lists ? number_of_list(f, s, keys, key, number, is_new)
                     : number_of_one(f, s, keys, key, number, is_new);
}

/* --- when all are known --- */

/* A place of the table that keys are settled in: all that a search looks at is in one line of
 * memory, if the key is a number or a short string. */
struct place {
  uint64_t bits;
  uint32_t number; /* 0: a free place */
  uint8_t kind;
  uint8_t length;  /* of a short string; LONG: of a longer one */
  char text[LINE - 2 * sizeof(uint64_t) - KEYS_NOTE];
  uint64_t note[KEYS_NOTE / sizeof(uint64_t)];
};
#define LONG 255

_Static_assert(sizeof(struct place) == LINE, "a place is a line");

/* Keys are settled after one search for each of these: that costs a pass over all of them. */
#define KEYS_A_SEARCH 4

/* Where the search for a key begins, which knows its bits. */
static size_t first_place (const struct flow *f, const struct keys *keys, const struct key *key) {
  const uint64_t *secret = f->root->state->secret;
  uint64_t h = key->kind <= KEY_FLOAT ? fold(key->bits ^ secret[0], secret[1]) : key->bits;
  return (size_t)((h >> 32) * keys->place_count >> 32);
}

static bool is_at (const struct place *place, const struct keys *keys, const struct key *key) {
  if (place->bits != key->bits || place->kind != key->kind) return false;
  if (key->kind <= KEY_FLOAT) return true;
  if (place->length == LONG) return is_known(known_at(keys, place->number), key);
  return place->length == key->length && memcmp(place->text, key->bytes, key->length) == 0;
}

static void put_in_place (const struct keys *keys, struct place *place, size_t number) {
  const struct known *e = known_at(keys, number);
  place->bits = e->bits;
  place->number = (uint32_t)number;
  place->kind = (uint8_t)(e->what & KIND_MASK);
  memcpy(place->note, e->note, keys->note);
  if (place->kind <= KEY_FLOAT) return;
  const struct text *text = text_of(e);
  place->length = LONG;
  if (text->length > sizeof place->text) return;
  place->length = (uint8_t)text->length;
  memcpy(place->text, text->bytes, text->length);
}

/* Two thirds of the places are taken. Where no place refers to the index, it goes. */
static void settle (struct flow *f, struct stage *s, struct keys *keys) {
  lua_State *L = f->L;
  size_t count = keys->count + keys->count / 2 + 1;
  bool refers = false;
  if (count > ((size_t)-1 - LINE) / LINE) luaL_error(L, "too many keys");
  uintptr_t block = (uintptr_t)lua_newuserdatauv(L, count * LINE + LINE - 1, 0);
  struct place *places = (struct place *)((block + LINE - 1) / LINE * LINE);
  memset(places, 0, count * LINE);
  keys->place_count = count;
  for (size_t number = 1; number <= keys->count; number++) {
    const struct known *e = known_at(keys, number);
    struct key key = { .kind = (enum key_kind)(e->what & KIND_MASK), .bits = e->bits };
    refers = refers || key.kind == KEY_OTHER;
    if (key.kind == KEY_OTHER) continue;
    size_t at = first_place(f, keys, &key);
    while (places[at].number != 0) at = at + 1 < count ? at + 1 : 0;
    put_in_place(keys, &places[at], number);
    refers = refers || places[at].length == LONG;
  }
  flow_set_anchor(f, s, keys->slot + SLOT_PLACES);
  keys->places = places;
  if (refers) return;
  lua_pushboolean(L, 0);
  flow_set_anchor(f, s, keys->slot + SLOT_BLOCK);
  lua_pushboolean(L, 0);
  flow_set_anchor(f, s, keys->slot + SLOT_TEXTS);
}

void keys_fetch (struct flow *f, const struct keys *keys, const struct item *from) {
  struct key key;
  LEAT_ASSERT(from->kind != ITEM_VALUE, "what is foreseen is no value of Lua's");
  if (keys->places == NULL) return;
  read_key(f, from, &key);
  if (key.kind > KEY_FLOAT)
    key.bits = hash_of_text(f->root->state->secret, key.bytes, key.length);
  __builtin_prefetch(&keys->places[first_place(f, keys, &key)]);
}

static const void *find_in_places (const struct flow *f, const struct keys *keys,
                                   struct key *key) {
  if (key->kind > KEY_FLOAT)
    key->bits = hash_of_text(f->root->state->secret, key->bytes, key->length);
  for (size_t at = first_place(f, keys, key); keys->places[at].number != 0;
       at = at + 1 < keys->place_count ? at + 1 : 0)
    if (is_at(&keys->places[at], keys, key)) return keys->places[at].note;
  return NULL;
}

verdict keys_find (struct flow *f, struct stage *s, struct keys *keys, const struct item *from,
                   const void **note) {
  struct key key;
  size_t number, at;
  uint32_t part;
  *note = NULL;
  if (keys->count == 0) return V_PASS;
  if (read_key(f, from, &key) == V_ERROR) return V_ERROR;
  if (key.kind == KEY_OTHER) number = find_other(f, s, keys);
  else {
    if (keys->places == NULL && ++keys->searches > keys->count / KEYS_A_SEARCH)
      settle(f, s, keys);
    if (keys->places != NULL) {
      *note = find_in_places(f, keys, &key);
      return V_PASS;
    }
    number = search_index(f, keys, &key, &at, &part);
  }
  if (number != 0) *note = keys_note(keys, number);
  return V_PASS;
}

/* --- keys as they came --- */

bool keys_keeps (const struct keys *keys, size_t number) {
  const struct known *known = known_at(keys, number);
  enum key_kind kind = (enum key_kind)(known->what & KIND_MASK);
  if (kind == KEY_FLOAT) return known->bits != 0; /* NaN has many forms */
  if (kind == KEY_TEXT) return text_of(known)->is_kept;
  if (kind != KEY_INTEGER || keys->lists) return false;
  return known->bits != 0 || (known->what & AS_FLOAT) == 0; /* or it may have been -0.0 */
}

void keys_push_kept (struct flow *f, const struct keys *keys, size_t number) {
  const struct known *known = known_at(keys, number);
  lua_Number n;
  switch (known->what & KIND_MASK) {
    case KEY_INTEGER:
      if ((known->what & AS_FLOAT) == 0) lua_pushinteger(f->L, (lua_Integer)known->bits);
      else lua_pushnumber(f->L, (lua_Number)(lua_Integer)known->bits);
      break;
    case KEY_FLOAT:
      memcpy(&n, &known->bits, sizeof n);
      lua_pushnumber(f->L, n);
      break;
    default: lua_pushlstring(f->L, text_of(known)->bytes, text_of(known)->length);
  }
}
