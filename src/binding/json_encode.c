/* SPDX-License-Identifier: MIT
 * json_encode.c - Lua values to JSON text; leat.json.encode, tostring(record).
 *
 * The same value gives the same bytes, always: fields of a record in their
 * order, those of a table sorted by bytes, numbers by bytes/number.h, never by
 * the locale. What nobody assigned to is copied from the text it was read from.
 *
 * Nothing recurses. Each container being written has a frame in the buffer's
 * memory and, on the Lua stack from the frame's slot on,
 *
 *   the container (of a record: its root)   its changes or nil; a table's keys
 *
 * A table's keys are kept there because the collector may run: few of them as
 * they are, many in a table of their own. The frames also are what an error message
 * names the place by, and where a cycle is found.
 */
#include <lauxlib.h>
#include <lua.h>
#include <math.h>
#include <string.h>

#include "bytes/number.h"
#include "core/failure.h"
#include "json.h"
#include "record_data.h"

struct writer_state {
  lua_State *L;
  struct json_buffer *out;
  struct leat_error *e;
  size_t depth;  /* frames in use */
  size_t start;  /* out->length at the beginning */
};

/* ------------------------------------------------------------------------
 * Errors
 * ------------------------------------------------------------------------ */

/* Appends to a message, cutting it at its end. */
static void say (struct leat_error *e, const char *text, size_t length) {
  size_t used = strlen(e->message), room = sizeof e->message - 1 - used;
  if (length > room) length = room;
  memcpy(e->message + used, text, length);
  e->message[used + length] = '\0';
}

static void say_string (struct leat_error *e, const char *text) {
  say(e, text, strlen(text));
}

static void say_number (struct leat_error *e, size_t n) {
  char digits[NUMBER_MAX_TEXT];
  say(e, digits, number_write_integer((int64_t)n, digits));
}

static bool is_word (const char *name, size_t length) {
  if (length == 0 || (name[0] >= '0' && name[0] <= '9')) return false;
  for (size_t i = 0; i < length; i++) {
    char c = name[i];
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
          c == '_'))
      return false;
  }
  return true;
}

/* A name longer than this is cut in a message, so that the reason still fits. */
#define NAME_SHOWN 40
/* ... and of a deep path only so many bytes are shown. */
#define PATH_SHOWN 120

static void say_path (struct writer_state *w) {
  struct leat_error *e = w->e;
  if (w->depth == 0) say_string(e, "this value");
  for (size_t i = 0; i < w->depth; i++) {
    const struct json_frame *f = &w->out->frames[i];
    if (strlen(e->message) > PATH_SHOWN) {
      say_string(e, "...");
      return;
    }
    if (f->kind == FRAME_LIST || f->kind == FRAME_RECORD_ARRAY) {
      say_string(e, "[");
      say_number(e, f->position);
      say_string(e, "]");
    } else if (f->name == NULL) { /* the keys themselves are the matter */
      if (i == 0) say_string(e, "this value");
    } else {
      bool word = is_word(f->name, f->name_length);
      bool cut = f->name_length > NAME_SHOWN;
      say_string(e, !word ? "[\"" : i > 0 ? "." : "");
      say(e, f->name, cut ? NAME_SHOWN : f->name_length);
      if (cut) say_string(e, "...");
      if (!word) say_string(e, "\"]");
    }
  }
}

/* Fills *e: "cannot write <path>: <reason>". */
static leat_code fail (struct writer_state *w, leat_code code, const char *reason) {
  *w->e = (struct leat_error){.code = code};
  say_string(w->e, "cannot write ");
  say_path(w);
  say_string(w->e, ": ");
  say_string(w->e, reason);
  return code;
}

static leat_code fail_memory (struct writer_state *w) {
  return fail(w, LEAT_E_MEMORY, "not enough memory");
}

/* ------------------------------------------------------------------------
 * Scalars
 * ------------------------------------------------------------------------ */

/* A long string is quoted in pieces, so that room for the worst case (six bytes
 * for each) is needed for one piece only. */
#define QUOTE_PIECE ((size_t)16 * 1024)

static leat_code write_string (struct writer_state *w, const char *bytes, size_t length) {
  struct json_buffer *out = w->out;
  size_t done = 0;
  do {
    size_t piece = length - done;
    if (piece > QUOTE_PIECE) {
      piece = QUOTE_PIECE; /* not in the middle of a character */
      for (int i = 0; i < 3 && ((unsigned char)bytes[done + piece] & 0xc0) == 0x80; i++)
        piece--;
    }
    if (!json_buffer_reserve(out, json_quoted_bound(piece))) return fail_memory(w);
    size_t bad = 0;
    char *at = out->bytes + out->length;
    size_t made = json_quote(bytes + done, piece, at, &bad);
    if (made == 0) {
      char reason[64] = "not valid UTF-8 at byte ";
      size_t n = strlen(reason);
      n += number_write_integer((int64_t)(done + bad + 1), reason + n);
      reason[n] = '\0';
      return fail(w, LEAT_E_ENCODING, reason);
    }
    if (done > 0) { /* behind what is there but its closing quote */
      memmove(at - 1, at + 1, made - 1);
      made -= 2;
    }
    out->length += made;
    done += piece;
  } while (done < length);
  return LEAT_OK;
}

static leat_code write_bytes (struct writer_state *w, const char *bytes, size_t length) {
  if (!json_buffer_append(w->out, bytes, length)) return fail_memory(w);
  return LEAT_OK;
}

static leat_code write_byte (struct writer_state *w, char byte) {
  if (!json_buffer_reserve(w->out, 1)) return fail_memory(w);
  w->out->bytes[w->out->length++] = byte;
  return LEAT_OK;
}

static leat_code write_number (struct writer_state *w) {
  char digits[NUMBER_MAX_TEXT];
  if (lua_isinteger(w->L, -1))
    return write_bytes(w, digits,
                       number_write_integer((int64_t)lua_tointeger(w->L, -1), digits));
  double value = (double)lua_tonumber(w->L, -1);
  if (isnan(value)) return fail(w, LEAT_E_VALUE, "NaN has no JSON form; use leat.null");
  if (isinf(value))
    return fail(w, LEAT_E_VALUE, "an infinity has no JSON form; use leat.null");
  return write_bytes(w, digits, number_write_double(value, digits));
}

static leat_code fail_type (struct writer_state *w) {
  lua_State *L = w->L;
  char reason[100] = "a ";
  const char *name = luaL_typename(L, -1);
  if (luaL_getmetafield(L, -1, "__name") == LUA_TSTRING) {
    const char *given = lua_tostring(L, -1);
    if (strlen(given) < 60) name = given;
    lua_pop(L, 1); /* the metatable keeps it */
  }
  strcat(strcat(reason, name), " has no JSON form");
  return fail(w, LEAT_E_VALUE, reason);
}

/* ------------------------------------------------------------------------
 * Containers: opening a frame. The container is at the top of the stack.
 * ------------------------------------------------------------------------ */

/* Makes the top of the stack the container of a new frame, without a second slot.
 * On an error the message must not name the new frame, so depth counts last. */
static leat_code frame_open (struct writer_state *w, const void *identity, size_t index,
                             struct json_frame **frame) {
  struct json_buffer *out = w->out;
  json_buffer_pay(out, w->L);
  for (size_t i = 0; i < w->depth; i++)
    if (out->frames[i].identity == identity && out->frames[i].index == index)
      return fail(w, LEAT_E_VALUE, "it contains itself");
  if (w->depth == JSON_WRITE_DEPTH)
    return fail(w, LEAT_E_DEPTH, "nested deeper than 1000 levels");
  if (w->depth == out->frame_capacity) {
    struct json_frame *frames = json_buffer_grow_array(out, out->frames, &out->frame_capacity,
                                           w->depth + 1, sizeof *frames);
    if (frames == NULL) return fail_memory(w);
    out->frames = frames;
  }
  if (!lua_checkstack(w->L, 12)) return fail_memory(w);
  *frame = &out->frames[w->depth];
  **frame = (struct json_frame){
      .slot = lua_gettop(w->L), .identity = identity, .index = index};
  return LEAT_OK;
}

/* The reason a table with integer keys is no array, at frame f (not yet a list):
 * a hole or a key of another kind. */
static leat_code fail_keys (struct writer_state *w, int table, size_t count) {
  lua_State *L = w->L;
  char reason[160];
  size_t n;
  lua_pushnil(L);
  while (lua_next(L, table)) {
    lua_pop(L, 1);
    int type = lua_type(L, -1);
    if (type == LUA_TNUMBER && lua_isinteger(L, -1) && lua_tointeger(L, -1) >= 1) continue;
    if (type == LUA_TSTRING)
      return fail(w, LEAT_E_VALUE, array_is_marked(L, table)
                                       ? "it is marked as an array and has a key that is a string"
                                       : "it mixes integer keys and string keys");
    strcpy(reason, "its keys must be strings, or the integers from 1 on; one is a ");
    strcat(reason, type == LUA_TNUMBER ? "number such as 0 or 1.5" : lua_typename(L, type));
    return fail(w, LEAT_E_VALUE, reason);
  }
  lua_Integer hole = 1;
  while ((size_t)hole <= count && lua_rawgeti(L, table, hole) != LUA_TNIL) {
    lua_pop(L, 1);
    hole++;
  }
  strcpy(reason, "it has a hole at [");
  n = strlen(reason);
  n += number_write_integer((int64_t)hole, reason + n);
  reason[n] = '\0';
  strcat(reason, "]; use leat.null");
  return fail(w, LEAT_E_VALUE, reason);
}

/* Up to so many keys of a table are on the stack: a record of four small tables
 * takes 2.4 us to write so, and 3.4 us with a table for the keys of each. */
#define KEYS_ON_STACK 40

/* Collects and sorts the keys of the table at f's slot. */
static leat_code map_open (struct writer_state *w, struct json_frame *f) {
  lua_State *L = w->L;
  struct json_buffer *out = w->out;
  size_t count = 0;
  f->kind = FRAME_MAP;
  f->first_key = out->key_count;
  if (!lua_checkstack(L, KEYS_ON_STACK + 12)) return fail_memory(w);
  lua_pushnil(L);
  while (lua_next(L, f->slot)) {
    lua_pop(L, 1);
    if (lua_type(L, -1) != LUA_TSTRING) return fail_keys(w, f->slot, count);
    if (!json_buffer_reserve_key(out)) return fail_memory(w);
    if (count == INT32_MAX) return fail(w, LEAT_E_SIZE, "it has too many fields");
    struct key_entry *entry = &out->keys[out->key_count++];
    entry->bytes = lua_tolstring(L, -1, &entry->length);
    entry->order = (uint32_t)++count;
    if (count <= KEYS_ON_STACK) {
      lua_pushvalue(L, -1); /* stack: table, keys so far, key to go on from */
      continue;
    }
    if (count == KEYS_ON_STACK + 1) { /* too many: into a table with them */
      lua_createtable(L, 2 * KEYS_ON_STACK, 0);
      lua_insert(L, f->slot + 1);
      lua_insert(L, f->slot + 2); /* the key to go on from comes first */
      for (lua_Integer i = KEYS_ON_STACK; i > 0; i--) lua_rawseti(L, f->slot + 1, i);
    }
    lua_pushvalue(L, -1);
    lua_rawseti(L, f->slot + 1, (lua_Integer)count);
  }
  f->end = count;
  key_sort(out->keys + f->first_key, count);
  return LEAT_OK;
}

/* The number of elements if the table at `table` is an array: all its keys are
 * 1..n. Else (size_t)-1. */
static size_t list_count (lua_State *L, int table) {
  size_t border = (size_t)lua_rawlen(L, table), count = 0;
  lua_pushnil(L);
  while (lua_next(L, table)) {
    lua_pop(L, 1);
    lua_Integer key = lua_isinteger(L, -1) ? lua_tointeger(L, -1) : 0;
    if (key < 1 || (size_t)key > border) {
      lua_pop(L, 1);
      return (size_t)-1;
    }
    count++;
  }
  return count == border ? count : (size_t)-1;
}

static leat_code table_open (struct writer_state *w) {
  lua_State *L = w->L;
  struct json_frame *f;
  int table = lua_gettop(L);
  leat_code code = frame_open(w, lua_topointer(L, table), 0, &f);
  if (code != LEAT_OK) return code;
  /* A table without an element 1 is a map or broken: no need to count. */
  bool marked = array_is_marked(L, table);
  bool list = marked || lua_rawgeti(L, table, 1) != LUA_TNIL;
  lua_settop(L, table);
  if (list) {
    size_t count = list_count(L, table);
    if (count == (size_t)-1) return fail_keys(w, table, SIZE_MAX);
    f->kind = FRAME_LIST;
    f->end = count;
  } else {
    code = map_open(w, f);
    if (code != LEAT_OK) return code;
  }
  w->depth++;
  return write_byte(w, list ? '[' : '{');
}

/* Opens the container at word `index` of the record whose root is at the top of
 * the stack: something in it was assigned to. */
static leat_code record_open_frame (struct writer_state *w, size_t index) {
  lua_State *L = w->L;
  int root_slot = lua_gettop(L);
  const struct record *root = lua_touserdata(L, root_slot);
  struct json_frame *f;
  leat_code code = frame_open(w, root, index, &f);
  if (code != LEAT_OK) return code;
  uint64_t second = root->tape[index + 1];
  f->end = record_count(second);
  f->word = index + 2;
  if (second & RECORD_CHANGED)
    record_push_changes(L, root_slot, index);
  else
    lua_pushnil(L);
  bool array = json_kind_of(root->tape[index]) == JSON_ARRAY;
  if (array) {
    f->kind = FRAME_RECORD_ARRAY;
    if (second & RECORD_CHANGED) {
      lua_getfield(L, root_slot + 1, "n");
      f->end = (size_t)lua_tointeger(L, -1);
      lua_pop(L, 1);
    }
  } else {
    f->kind = FRAME_RECORD_OBJECT;
    f->position = index + 2;
    f->end = json_length(root->tape[index]);
    f->repeats = field_repeats(L, root_slot, root, index);
  }
  w->depth++;
  return write_byte(w, array ? '[' : '{');
}

/* ------------------------------------------------------------------------
 * One value, one step
 * ------------------------------------------------------------------------ */

/* What is on several lines is put on one: nothing here writes a line end. */
static leat_code write_compact (struct writer_state *w, struct slice slice) {
  struct json_buffer *out = w->out;
  if (!json_buffer_reserve(out, slice.length)) return fail_memory(w);
  out->length += json_compact(slice.bytes, slice.length, out->bytes + out->length);
  return LEAT_OK;
}

/* Writes the value at word `word` of the text of `root`, or opens a frame for
 * it; the root is pushed for that, not expected. */
static leat_code write_word (struct writer_state *w, int root_slot,
                             const struct record *root, size_t word) {
  if (json_is_container(root->tape[word]) &&
      (root->tape[word + 1] & (RECORD_CHANGED | RECORD_INSIDE))) {
    lua_pushvalue(w->L, root_slot);
    return record_open_frame(w, word);
  }
  struct slice slice = record_slice(root->text, root->tape, word);
  if (json_kind_of(root->tape[word]) == JSON_BYTES)
    return write_string(w, slice.bytes, slice.length);
  if (memchr(slice.bytes, '\n', slice.length) != NULL) return write_compact(w, slice);
  return write_bytes(w, slice.bytes, slice.length);
}

/* Writes the value at the top of the stack and pops it, or makes it a frame. */
static leat_code write_top (struct writer_state *w) {
  lua_State *L = w->L;
  leat_code code;
  size_t length;
  const char *bytes;
  switch (lua_type(L, -1)) {
    case LUA_TBOOLEAN:
      code = lua_toboolean(L, -1) ? write_bytes(w, "true", 4) : write_bytes(w, "false", 5);
      break;
    case LUA_TNUMBER: code = write_number(w); break;
    case LUA_TSTRING:
      bytes = lua_tolstring(L, -1, &length);
      code = write_string(w, bytes, length);
      break;
    case LUA_TTABLE: return table_open(w);
    case LUA_TUSERDATA: {
      int slot = lua_gettop(L);
      struct record *r = record_at(L, slot);
      if (r != NULL) {
        if (r->tape[r->index + 1] & (RECORD_CHANGED | RECORD_INSIDE)) {
          record_push_root(L, slot, r);
          lua_replace(L, slot);
          return record_open_frame(w, r->index);
        }
        code = write_word(w, slot, r, r->index);
      } else if (null_is(L, -1))
        code = write_bytes(w, "null", 4);
      else
        code = fail_type(w);
      break;
    }
    case LUA_TNIL:
      code = fail(w, LEAT_E_VALUE, "nil has no JSON form; use leat.null");
      break;
    default: code = fail_type(w); break;
  }
  lua_pop(L, 1);
  return code;
}

static leat_code write_comma (struct writer_state *w, struct json_frame *f) {
  if (f->comma) return write_byte(w, ',');
  f->comma = true;
  return LEAT_OK;
}

/* One member of an object of a record: of the text, then of those added. */
static leat_code step_record_object (struct writer_state *w, struct json_frame *f,
                                     bool *done) {
  lua_State *L = w->L;
  int slot = f->slot;
  const struct record *root = f->identity;
  bool changed = !lua_isnil(L, slot + 1);
  leat_code code;
  while (f->position < f->end) {
    size_t key = f->position, word = key + 1;
    f->position = json_skip(root->tape, word);
    if (f->repeats != NULL) {
      word = field_first_of_name(L, f->repeats, root->text, root->tape, key);
      if (word == 0) continue;
    }
    struct slice name = record_slice(root->text, root->tape, key);
    f->name = name.bytes + 1;
    f->name_length = name.length - 2;
    bool assigned = false;
    if (changed) {
      field_push_name(L, root->text, root->tape[key]);
      assigned = lua_rawget(L, slot + 1) != LUA_TNIL;
      bool removed = lua_touserdata(L, -1) == &record_removed;
      if (!assigned || removed) lua_pop(L, 1);
      if (removed) continue;
    }
    if ((code = write_comma(w, f)) != LEAT_OK) return code;
    if ((code = write_bytes(w, name.bytes, name.length)) != LEAT_OK) return code;
    if ((code = write_byte(w, ':')) != LEAT_OK) return code;
    return assigned ? write_top(w) : write_word(w, slot, root, word);
  }
  while (changed && lua_rawgeti(L, slot + 1, (lua_Integer)++f->added) == LUA_TSTRING) {
    f->name = lua_tolstring(L, -1, &f->name_length);
    lua_pushvalue(L, -1);
    lua_rawget(L, slot + 1); /* stack: ... name, value */
    if (lua_touserdata(L, -1) == &record_removed) {
      lua_pop(L, 2);
      continue;
    }
    lua_insert(L, -2);       /* stack: ... value, name */
    if ((code = write_comma(w, f)) != LEAT_OK) return code;
    code = write_string(w, f->name, f->name_length);
    lua_pop(L, 1);
    if (code != LEAT_OK) return code;
    if ((code = write_byte(w, ':')) != LEAT_OK) return code;
    return write_top(w);
  }
  *done = true;
  return write_byte(w, '}');
}

static leat_code step_record_array (struct writer_state *w, struct json_frame *f,
                                    bool *done) {
  lua_State *L = w->L;
  int slot = f->slot;
  const struct record *root = f->identity;
  if (f->position == f->end) {
    *done = true;
    return write_byte(w, ']');
  }
  size_t word = f->word;
  if (word < json_length(root->tape[f->index])) f->word = json_skip(root->tape, word);
  f->position++;
  leat_code code = write_comma(w, f);
  if (code != LEAT_OK) return code;
  if (!lua_isnil(L, slot + 1)) {
    if (lua_rawgeti(L, slot + 1, (lua_Integer)f->position) != LUA_TNIL) return write_top(w);
    lua_pop(L, 1);
  }
  return write_word(w, slot, root, word);
}

static leat_code step_list (struct writer_state *w, struct json_frame *f, bool *done) {
  if (f->position == f->end) {
    *done = true;
    return write_byte(w, ']');
  }
  f->position++;
  leat_code code = write_comma(w, f);
  if (code != LEAT_OK) return code;
  lua_rawgeti(w->L, f->slot, (lua_Integer)f->position);
  return write_top(w);
}

static leat_code step_map (struct writer_state *w, struct json_frame *f, bool *done) {
  lua_State *L = w->L;
  if (f->position == f->end) {
    *done = true;
    w->out->key_count = f->first_key;
    return write_byte(w, '}');
  }
  const struct key_entry *entry = &w->out->keys[f->first_key + f->position++];
  f->name = entry->bytes;
  f->name_length = entry->length;
  leat_code code = write_comma(w, f);
  if (code != LEAT_OK) return code;
  if ((code = write_string(w, entry->bytes, entry->length)) != LEAT_OK) return code;
  if ((code = write_byte(w, ':')) != LEAT_OK) return code;
  if (f->end <= KEYS_ON_STACK)
    lua_pushvalue(L, f->slot + (int)entry->order);
  else
    lua_rawgeti(L, f->slot + 1, (lua_Integer)entry->order);
  lua_rawget(L, f->slot);
  return write_top(w);
}

leat_code json_write_value (lua_State *L, int index, struct json_buffer *out,
                            struct leat_error *e) {
  index = lua_absindex(L, index);
  int top = lua_gettop(L);
  out->key_count = 0; /* a raised error may have left some */
  struct writer_state w = {
      .L = L, .out = out, .e = e, .start = out->length};
  if (!lua_checkstack(L, 12)) return fail_memory(&w);
  lua_pushvalue(L, index);
  leat_code code = write_top(&w);
  while (code == LEAT_OK && w.depth > 0) {
    struct json_frame *f = &out->frames[w.depth - 1];
    bool done = false;
    switch (f->kind) {
      case FRAME_LIST: code = step_list(&w, f, &done); break;
      case FRAME_MAP: code = step_map(&w, f, &done); break;
      case FRAME_RECORD_ARRAY: code = step_record_array(&w, f, &done); break;
      case FRAME_RECORD_OBJECT: code = step_record_object(&w, f, &done); break;
    }
    if (done) {
      w.depth--;
      lua_settop(L, f->slot - 1);
    }
    if (code == LEAT_OK && out->length - w.start > JSON_MAX_TEXT)
      code = fail(&w, LEAT_E_SIZE, "longer than 2^30 bytes");
  }
  if (code != LEAT_OK && out->length > w.start) out->length = w.start; /* without memory it is 0 */
  lua_settop(L, top);
  return code;
}

/* ------------------------------------------------------------------------
 * leat.json.encode, tostring(record)
 * ------------------------------------------------------------------------ */

/* Pushes the JSON of the first argument, or on an error nothing. */
static leat_code push_text (lua_State *L, struct leat_error *e) {
  struct json_scratch *s = json_scratch_push(L);
  leat_code code = json_write_value(L, 1, &s->buffer, e);
  if (code == LEAT_OK) lua_pushlstring(L, s->buffer.bytes, s->buffer.length);
  json_scratch_done(s);
  return code;
}

static int l_encode (lua_State *L) {
  struct leat_error e;
  luaL_checkany(L, 1);
  leat_code code = push_text(L, &e);
  if (code == LEAT_OK) return 1;
  if (code == LEAT_E_MEMORY) return failure_raise_memory(L);
  return luaL_error(L, "leat.json.encode: %s", e.message);
}

static int l_tostring (lua_State *L) {
  struct leat_error e;
  if (record_at(L, 1) == NULL) return luaL_typeerror(L, 1, "record");
  leat_code code = push_text(L, &e);
  if (code == LEAT_E_MEMORY) return failure_raise_memory(L);
  if (code != LEAT_OK) lua_pushfstring(L, "record (%s)", e.message);
  return 1;
}

void json_push_encode (lua_State *L) { lua_pushcfunction(L, l_encode); }
void json_push_tostring (lua_State *L) { lua_pushcfunction(L, l_tostring); }
