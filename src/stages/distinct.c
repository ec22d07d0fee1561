/* SPDX-License-Identifier: MIT
 * distinct.c - stages that leave out what has come before.
 */
#include "core/run.h"
#include "stages/keys.h"

/* --- dedup: slots key, the key before --- */

static void dedup_init (lua_State *L, struct run *run, struct stage *s, const struct recipe *r,
                        int recipe, int anchors) {
  (void)L, (void)run, (void)recipe, (void)anchors;
  keys_give_kind(s, r);
}

static verdict dedup_by (struct flow *f, struct stage *s, const struct item *key) {
  bool changed;
  if (keys_changed(f, s, 1, key, &changed) == V_ERROR) return V_ERROR;
  return changed ? V_PASS : V_DROP;
}

static verdict dedup_give (struct flow *f, struct stage *s) { return dedup_by(f, s, &f->item); }

static verdict dedup_called (struct flow *f, struct stage *s) {
  struct item key;
  keys_answered(f, &key);
  return dedup_by(f, s, &key);
}

const struct steps steps_dedup = {
  .plain_call = true, .anchors = 2, .native = true, .build = keys_build, .init = dedup_init,
  .give = dedup_give, .called = dedup_called
};

/* --- unique: slots key, the keys so far; a: those --- */

static void unique_init (lua_State *L, struct run *run, struct stage *s, const struct recipe *r,
                         int recipe, int anchors) {
  (void)run, (void)recipe;
  keys_give_kind(s, r);
  s->a.pointer = keys_init(L, s, anchors, 1, 0, false);
}

static verdict unique_by (struct flow *f, struct stage *s, const struct item *key) {
  size_t number;
  bool is_new;
  if (keys_number(f, s, s->a.pointer, key, &number, &is_new) == V_ERROR) return V_ERROR;
  return is_new ? V_PASS : V_DROP;
}

static verdict unique_give (struct flow *f, struct stage *s) { return unique_by(f, s, &f->item); }

static verdict unique_called (struct flow *f, struct stage *s) {
  struct item key;
  keys_answered(f, &key);
  return unique_by(f, s, &key);
}

const struct steps steps_unique = {
  .plain_call = true, .anchors = 1 + KEYS_ANCHORS, .native = true, .build = keys_build,
  .init = unique_init, .give = unique_give, .called = unique_called
};
