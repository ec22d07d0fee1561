/* SPDX-License-Identifier: MIT
 * keys.h - keys that are compared: with the one before (dedup, chunk_by) or with all that
 * came so far (unique, group_by, count_by, join).
 *
 * Keys are equal by content (core/key.h). A key is handed around as a struct item: the item
 * itself, or what a function has answered.
 */
#ifndef LEAT_STAGES_KEYS_H
#define LEAT_STAGES_KEYS_H

#include "core/run.h"

/* For build: an optional key, "the item itself" without. n[0].flag: it is given. */
void keys_build (lua_State *L, struct recipe *r, int first);
/* For init: with a key the stage is GIVE_CALL. */
void keys_give_kind (struct stage *s, const struct recipe *r);

/* What the stage's function has answered, on top, as a key. */
static inline void keys_answered (struct flow *f, struct item *key) {
  key->kind = ITEM_VALUE;
  key->at = lua_gettop(f->L);
  key->count = 1;
}

/* Pushes the key as one value: a tuple as a list, nil as leat.null. */
void keys_push (struct flow *f, const struct item *key);

/* --- the key before --- */

/* Is `key` another than the one asked about before, or the first one? Remembers it in
 * s->a, s->c, s->phase and slot `slot`. V_ERROR: it cannot be compared. */
verdict keys_changed (struct flow *f, struct stage *s, int slot, const struct item *key,
                      bool *changed);

/* --- all keys so far, numbered 1, 2, ... as they first come --- */

struct keys;

/* Slots it takes of a stage's anchors; more when keys are lists. */
enum { KEYS_ANCHORS = 5, KEYS_LIST_ANCHORS = 3 * KEYS_ANCHORS };

/* Most bytes that may be kept beside a key. */
#define KEYS_NOTE 16

/* For init: puts one into the slots from `slot` on. `note`: bytes that are kept beside each key.
 * `lists`: a key of several values is a list of as many keys, and all keys have the same number
 * of them. */
struct keys *keys_init (lua_State *L, const struct stage *s, int anchors, int slot,
                        size_t note, bool lists);

/* The number of `key`; `is_new`: it has not been asked for before. */
verdict keys_number (struct flow *f, struct stage *s, struct keys *keys, const struct item *key,
                     size_t *number, bool *is_new);

/* What is kept beside the key of this number, zero at first, aligned to 8 bytes. The pointer is
 * good until the next new key. */
void *keys_note (const struct keys *keys, size_t number);

/* When no key will come any more: the note of the key, good until the next is asked for; NULL if
 * it has never come. May push. Not of lists. */
verdict keys_find (struct flow *f, struct stage *s, struct keys *keys, const struct item *key,
                   const void **note);

/* The key, no ITEM_VALUE, will be asked for soon: where it is found is fetched from memory
 * meanwhile. */
void keys_fetch (struct flow *f, const struct keys *keys, const struct item *key);

/* How many keys there are. */
size_t keys_count (const struct keys *keys);

/* Can the key of this number be had back as it first came? Pushes it. */
bool keys_keeps (const struct keys *keys, size_t number);
void keys_push_kept (struct flow *f, const struct keys *keys, size_t number);

#endif
