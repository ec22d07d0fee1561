/* SPDX-License-Identifier: MIT
 * terminal.c - what terminals have in common; the contract is in terminal.h.
 */
#include "stages/terminal.h"

#include "core/argument.h"
#include "core/callback.h"

void terminal_build (lua_State *L, struct recipe *r, int first) {
  argument_at_most(L, r, first, 0);
}

static void build (lua_State *L, struct recipe *r, int first, const char *name) {
  argument_at_most(L, r, first, 1);
  if (!argument_given(L, first)) return;
  callback_check(L, r, first, name);
  recipe_keep(L, -2);
  r->n[0].flag = true;
}

void terminal_f_build (lua_State *L, struct recipe *r, int first) { build(L, r, first, "f"); }
void terminal_pred_build (lua_State *L, struct recipe *r, int first) {
  build(L, r, first, "pred");
}
void terminal_key_build (lua_State *L, struct recipe *r, int first) { build(L, r, first, "key"); }

void terminal_function_init (lua_State *L, struct run *run, struct stage *s,
                             const struct recipe *r, int recipe, int anchors) {
  (void)L, (void)run, (void)recipe, (void)anchors;
  s->give_kind = r->n[0].flag ? GIVE_CALL : GIVE_STEP;
}

verdict terminal_called (struct flow *f, struct stage *s) {
  lua_State *L = f->L;
  if (lua_isinteger(L, -1)) {
    f->item.kind = ITEM_INTEGER;
    f->item.u.integer = lua_tointegerx(L, -1, NULL);
  }
  else
    flow_pass(f, 1);
  return s->steps->give(f, s);
}

verdict terminal_nil_end (struct flow *f, struct stage *s) {
  (void)s;
  lua_pushnil(f->L);
  return terminal_result(f, 1);
}

verdict terminal_keep (struct flow *f, struct stage *s) {
  s->phase = 1;
  flow_pack(f);
  flow_set_anchor(f, s, TERMINAL_KEPT);
  return V_DROP;
}

verdict terminal_kept_end (struct flow *f, struct stage *s) {
  if (s->phase == 0) return terminal_nil_end(f, s);
  flow_push_anchor(f, s, TERMINAL_KEPT);
  return terminal_result(f, flow_unpack(f));
}
