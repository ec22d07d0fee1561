/* SPDX-License-Identifier: MIT
 * record_field.c - where a field or an element of a record is on its tape.
 *
 * A field is searched along the tape, all members of it, because a name may
 * occur twice and the last one counts: 1-2 ns for each member. Where that is
 * long (a wide object searched again and again, an array read out of order) an
 * index is made and kept with the root: names sorted by their bytes, so that a
 * search takes log n comparisons even of names chosen to collide; or the word of
 * each element.
 */
#include <lauxlib.h>
#include <lua.h>
#include <string.h>

#include "core/failure.h"
#include "json.h"
#include "record_data.h"

/* Searches after which a wide object gets one: making it is not worth while for
 * a record of which a filter reads a field or two. */
#define FIELD_SEARCHES 16
/* A read this many elements ahead of the last one still walks there. */
#define ELEMENT_STRIDE 32

struct slice record_slice (const char *text, const uint64_t *tape, size_t word) {
  uint64_t w = tape[word];
  const char *at = text + json_at(w);
  switch (json_kind_of(w)) {
    case JSON_NULL:
    case JSON_TRUE: return (struct slice){at, 4};
    case JSON_FALSE: return (struct slice){at, 5};
    case JSON_STRING:
    case JSON_ESCAPED: return (struct slice){at - 1, json_length(w) + 2};
    case JSON_OBJECT:
    case JSON_ARRAY: return (struct slice){at, json_end(tape[word + 1]) - json_at(w)};
    default: return (struct slice){at, json_length(w)};
  }
}

/* Bytes of the escape sequence at raw, which unescape together. */
static size_t escape_length (const char *raw, size_t length) {
  size_t n = 2;
  if (length >= 6 && raw[1] == 'u') {
    n = 6;
    if (length >= 12 && (raw[2] == 'd' || raw[2] == 'D') &&
        strchr("89abAB", raw[3]) != NULL)
      n = 12;
  }
  return n <= length ? n : length;
}

/* Whether the escaped string raw means key; needs no memory, however long. */
static bool escaped_equals (const char *raw, size_t raw_length, const char *key,
                            size_t length) {
  while (raw_length > 0) {
    char out[12];
    size_t taken = 1, made = 1;
    if (*raw == '\\') {
      taken = escape_length(raw, raw_length);
      made = json_unescape(raw, taken, out);
    } else
      out[0] = *raw;
    if (made > length || memcmp(out, key, made) != 0) return false;
    raw += taken;
    raw_length -= taken;
    key += made;
    length -= made;
  }
  return length == 0;
}

static bool name_equals (const char *text, uint64_t word, const char *key,
                         size_t length) {
  const char *at = text + json_at(word);
  if (json_kind_of(word) == JSON_ESCAPED)
    return escaped_equals(at, json_length(word), key, length);
  return json_length(word) == length && memcmp(at, key, length) == 0;
}

/* What a word says beside its offset: length and kind. */
#define WORD_SHAPE ((uint64_t)0x3ffffffff)

/* `shape` and `last` are of the key. */
static inline bool is_name (const char *text, uint64_t name, uint64_t shape, char last,
                            const char *key, size_t length) {
  if ((name & WORD_SHAPE) != shape)
    return json_kind_of(name) == JSON_ESCAPED && name_equals(text, name, key, length);
  const char *at = text + json_at(name);
  return at[(ptrdiff_t)length - 1] == last && memcmp(at, key, length) == 0;
}

size_t field_search (const char *text, const uint64_t *tape, size_t object,
                     const char *key, size_t length) {
  /* One comparison tells both that the lengths are equal and that nothing is
   * escaped; the last byte tells most names of equal length apart. */
  const uint64_t shape = (uint64_t)length << 4 | JSON_STRING;
  const char last = length > 0 ? key[length - 1] : '"';
  const uint64_t *first = tape + object + 2, *end = tape + json_length(tape[object]);
  if ((size_t)(end - first) == 2 * record_count(tape[object + 1])) {
    /* No value takes more than one word: the last one of the name is the first met from behind. */
    for (const uint64_t *word = end - 2; word >= first; word -= 2)
      if (is_name(text, word[0], shape, last, key, length)) return (size_t)(word - tape) + 1;
    return 0;
  }
  size_t found = 0;
  for (const uint64_t *word = first; word < end;) {
    uint64_t value = word[1];
    if (is_name(text, word[0], shape, last, key, length)) found = (size_t)(word - tape) + 1;
    word = json_is_container(value) ? tape + json_length(value) : word + 2;
  }
  return found;
}

void field_push_name (lua_State *L, const char *text, uint64_t word) {
  json_push_scalar(L, text, word);
}

/* ------------------------------------------------------------------------
 * Indexes, kept at changes[light userdata of the word index]
 * ------------------------------------------------------------------------ */

static void *index_key (size_t index) { return (void *)(uintptr_t)index; }

/* The index of the container at `index`, or NULL. */
static void *index_get (lua_State *L, int root_slot, const struct record *root,
                        size_t index) {
  if (!(root->tape[index + 1] & RECORD_INDEXED)) return NULL;
  lua_getiuservalue(L, root_slot, RECORD_OWNER);
  lua_rawgetp(L, -1, index_key(index));
  void *found = lua_touserdata(L, -1);
  lua_pop(L, 2);
  return found;
}

/* Keeps the userdata at the top of the stack as the index; pops it. */
static void index_keep (lua_State *L, int root_slot, const struct record *root,
                        size_t index) {
  if (lua_getiuservalue(L, root_slot, RECORD_OWNER) != LUA_TTABLE) {
    lua_pop(L, 1);
    lua_newtable(L);
    lua_pushvalue(L, -1);
    lua_setiuservalue(L, root_slot, RECORD_OWNER);
  }
  lua_insert(L, -2);
  lua_rawsetp(L, -2, index_key(index));
  lua_pop(L, 1);
  root->tape[index + 1] |= RECORD_INDEXED;
}

static struct field_index *field_index_make (lua_State *L, int root_slot,
                                             const struct record *root,
                                             size_t object) {
  const uint64_t *tape = root->tape;
  size_t end = json_length(tape[object]), count = record_count(tape[object + 1]);
  size_t unescaped = 0;
  for (size_t i = object + 2; i < end; i = json_skip(tape, i + 1))
    if (json_kind_of(tape[i]) == JSON_ESCAPED) unescaped += json_length(tape[i]);
  if (count > (SIZE_MAX / 2 - unescaped) / sizeof(struct key_entry))
    failure_raise_memory(L);

  struct field_index *index = lua_newuserdatauv(
      L, sizeof *index + count * sizeof *index->entries + unescaped, 0);
  char *spare = (char *)(index->entries + count);
  index->count = 0;
  index->repeats = false;
  for (size_t i = object + 2; i < end; i = json_skip(tape, i + 1)) {
    const char *bytes = root->text + json_at(tape[i]);
    size_t length = json_length(tape[i]);
    if (json_kind_of(tape[i]) == JSON_ESCAPED) {
      length = json_unescape(bytes, length, spare);
      bytes = spare;
      spare += length;
    }
    index->entries[index->count++] =
        (struct key_entry){bytes, length, (uint32_t)i, (uint32_t)(i + 1)};
  }
  key_sort(index->entries, index->count);

  size_t kept = 0; /* names of equal bytes stand together, in their order */
  for (size_t i = 0; i < index->count; i++) {
    const struct key_entry *e = &index->entries[i];
    struct key_entry *last = &index->entries[kept > 0 ? kept - 1 : 0];
    if (kept > 0 && key_compare(last->bytes, last->length, e->bytes, e->length) == 0) {
      last->value = e->value;
      index->repeats = true;
    } else
      index->entries[kept++] = *e;
  }
  index->count = kept;
  index_keep(L, root_slot, root, object);
  return index;
}

const struct key_entry *field_index_find (const struct field_index *index,
                                          const char *key, size_t length) {
  size_t low = 0, high = index->count;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    const struct key_entry *e = &index->entries[middle];
    int order = key_compare(e->bytes, e->length, key, length);
    if (order == 0) return e;
    if (order < 0)
      low = middle + 1;
    else
      high = middle;
  }
  return NULL;
}

size_t field_find_wide (lua_State *L, int slot, struct record *r, const char *key,
                        size_t length) {
  if (!(r->tape[r->index + 1] & RECORD_INDEXED) && r->searches++ < FIELD_SEARCHES)
    return field_search(r->text, r->tape, r->index, key, length);
  record_push_root(L, slot, r);
  int root_slot = lua_gettop(L);
  const struct field_index *index = index_get(L, root_slot, r->root, r->index);
  if (index == NULL) index = field_index_make(L, root_slot, r->root, r->index);
  const struct key_entry *e = field_index_find(index, key, length);
  lua_pop(L, 1);
  return e == NULL ? 0 : e->value;
}

/* Whether two keys of a narrow object are the same name. */
static bool narrow_repeats (const struct record *root, size_t object) {
  const uint64_t *tape = root->tape;
  size_t end = json_length(tape[object]);
  for (size_t i = object + 2; i < end; i = json_skip(tape, i + 1)) {
    size_t next = json_skip(tape, i + 1);
    bool plain = json_kind_of(tape[i]) == JSON_STRING;
    for (size_t j = next; j < end; j = json_skip(tape, j + 1)) {
      if (plain && json_kind_of(tape[j]) == JSON_STRING &&
          json_length(tape[i]) != json_length(tape[j]))
        continue;
      if (!plain && json_kind_of(tape[j]) == JSON_ESCAPED) return true; /* perhaps */
      bool same = plain ? name_equals(root->text, tape[j],
                                      root->text + json_at(tape[i]), json_length(tape[i]))
                        : name_equals(root->text, tape[i],
                                      root->text + json_at(tape[j]), json_length(tape[j]));
      if (same) return true;
    }
  }
  return false;
}

const struct field_index *field_repeats (lua_State *L, int root_slot,
                                         const struct record *root, size_t object) {
  uint64_t second = root->tape[object + 1];
  if (record_count(second) <= FIELD_NARROW && !narrow_repeats(root, object))
    return NULL;
  const struct field_index *index = index_get(L, root_slot, root, object);
  if (index == NULL) index = field_index_make(L, root_slot, root, object);
  return index->repeats ? index : NULL;
}

size_t field_first_of_name (lua_State *L, const struct field_index *repeats,
                            const char *text, const uint64_t *tape, size_t key) {
  size_t length;
  field_push_name(L, text, tape[key]);
  const char *name = lua_tolstring(L, -1, &length);
  const struct key_entry *e = field_index_find(repeats, name, length);
  lua_pop(L, 1);
  return e != NULL && e->order == key ? e->value : 0;
}

/* ------------------------------------------------------------------------
 * Elements
 * ------------------------------------------------------------------------ */

static const uint32_t *element_index (lua_State *L, int slot, struct record *r) {
  record_push_root(L, slot, r);
  int root_slot = lua_gettop(L);
  uint32_t *words = index_get(L, root_slot, r->root, r->index);
  if (words == NULL) {
    size_t end = json_length(r->tape[r->index]), n = 0;
    words = lua_newuserdatauv(
        L, record_count(r->tape[r->index + 1]) * sizeof *words, 0);
    for (size_t i = r->index + 2; i < end; i = json_skip(r->tape, i))
      words[n++] = (uint32_t)i;
    index_keep(L, root_slot, r->root, r->index);
  }
  lua_settop(L, root_slot - 1);
  return words;
}

size_t element_find (lua_State *L, int slot, struct record *r, size_t i) {
  size_t first = r->index + 2u;
  uint64_t second = r->tape[r->index + 1];
  size_t count = record_count(second);
  if (json_length(r->tape[r->index]) - first == count) /* scalars: a word each */
    return first + i - 1;
  if (second & RECORD_INDEXED) return element_index(L, slot, r)[i - 1];
  size_t at = 1, word = first;
  if (r->last_element != 0 && r->last_element <= i) {
    at = r->last_element;
    word = r->last_word;
  }
  if (count > FIELD_NARROW && i - at > ELEMENT_STRIDE)
    return element_index(L, slot, r)[i - 1];
  for (; at < i; at++) word = json_skip(r->tape, word);
  r->last_element = (uint32_t)i;
  r->last_word = (uint32_t)word;
  return word;
}
