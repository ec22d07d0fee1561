/* SPDX-License-Identifier: MIT
 * json_buffer.c - bytes being written; the contract is in json_buffer.h.
 */
#include "json_buffer.h"

#include <lauxlib.h>
#include <string.h>

#include "core/state.h"

bool json_buffer_grow (struct json_buffer *b, size_t more) {
  if (more > SIZE_MAX / 4 || b->length > SIZE_MAX / 4) return false;
  size_t capacity = b->length + more;
  if (capacity < b->capacity * 2) capacity = b->capacity * 2;
  if (capacity < 256) capacity = 256;
  char *bytes = memory_resize(b->memory, b->bytes, b->capacity, capacity);
  if (bytes == NULL) { /* what there was is of no use, and most of the memory perhaps */
    memory_free(b->memory, b->bytes, b->capacity);
    b->bytes = NULL;
    b->length = b->capacity = 0;
    return false;
  }
  b->bytes = bytes;
  b->capacity = capacity;
  return true;
}

void json_buffer_free (struct json_buffer *b) {
  memory_free(b->memory, b->bytes, b->capacity);
  memory_free(b->memory, b->frames, b->frame_capacity * sizeof *b->frames);
  memory_free(b->memory, b->keys, b->key_capacity * sizeof *b->keys);
  *b = (struct json_buffer){.memory = b->memory, .limits = b->limits};
}

/* Units (limits.h) that a container takes, beside its members. */
#define CONTAINER 16

void json_buffer_pay (struct json_buffer *b, lua_State *L) {
  if (b->limits == NULL || limits_charge(b->limits, CONTAINER)) return;
  struct limits *limits = b->limits;
  json_buffer_free(b);
  limits_raise(L, limits);
}

bool json_buffer_append (struct json_buffer *b, const char *bytes, size_t length) {
  if (length == 0) return true; /* there may be no block yet */
  if (!json_buffer_reserve(b, length)) return false;
  memcpy(b->bytes + b->length, bytes, length);
  b->length += length;
  return true;
}

void *json_buffer_grow_array (struct json_buffer *b, void *items, size_t *capacity,
                              size_t wanted, size_t size) {
  size_t larger = *capacity * 2 < 16 ? 16 : *capacity * 2;
  if (larger < wanted) larger = wanted;
  if (larger > SIZE_MAX / 4 / size) return NULL;
  items = memory_resize(b->memory, items, *capacity * size, larger * size);
  if (items != NULL) *capacity = larger;
  return items;
}

bool json_buffer_reserve_key (struct json_buffer *b) {
  if (b->key_count < b->key_capacity) return true;
  struct key_entry *keys = json_buffer_grow_array(b, b->keys, &b->key_capacity,
                                                  b->key_count + 1, sizeof *keys);
  if (keys == NULL) return false;
  b->keys = keys;
  return true;
}

/* A buffer larger than this is not kept. */
#define SCRATCH_KEEP ((size_t)1 << 20)

static const char scratch_key = 0, metatable_key = 0; /* addresses: the registry's keys */

static int l_gc (lua_State *L) {
  struct json_scratch *s = lua_touserdata(L, 1);
  json_buffer_free(&s->buffer);
  return 0;
}

static struct json_scratch *push_new (lua_State *L) {
  struct json_scratch *s = lua_newuserdatauv(L, sizeof *s, 0);
  memset(s, 0, sizeof *s);
  s->memory.alloc = lua_getallocf(L, &s->memory.ud);
  s->buffer.memory = &s->memory;
  struct state *g = state_find(L);
  if (g->limits.on) s->buffer.limits = &g->limits;
  if (lua_rawgetp(L, LUA_REGISTRYINDEX, &metatable_key) == LUA_TNIL) {
    lua_pop(L, 1);
    lua_createtable(L, 0, 1);
    lua_pushcfunction(L, l_gc);
    lua_setfield(L, -2, "__gc");
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &metatable_key);
  }
  lua_setmetatable(L, -2);
  return s;
}

struct json_scratch *json_scratch_push (lua_State *L) {
  luaL_checkstack(L, 6, NULL);
  lua_rawgetp(L, LUA_REGISTRYINDEX, &scratch_key);
  struct json_scratch *s = lua_touserdata(L, -1);
  if (s == NULL || s->busy) {
    lua_pop(L, 1);
    s = push_new(L);
    lua_pushvalue(L, -1);
    lua_rawsetp(L, LUA_REGISTRYINDEX, &scratch_key);
  }
  s->busy = true;
  s->buffer.length = 0;
  s->buffer.key_count = 0;
  return s;
}

void json_scratch_done (struct json_scratch *s) {
  s->busy = false;
  if (s->buffer.capacity > SCRATCH_KEEP) json_buffer_free(&s->buffer);
}
