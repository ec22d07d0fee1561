/* SPDX-License-Identifier: MIT
 * callback.h - what a user may give where a function is meant, and how a stage that
 * decides for itself when to call asks for it.
 *
 * The one place that knows what a callback is. Stages whose function simply gets the
 * item (GIVE_CALL) are called by the driver with what callback_check has kept.
 */
#ifndef LEAT_CORE_CALLBACK_H
#define LEAT_CORE_CALLBACK_H

#include "run.h"

/* For build: refuses what cannot be called, on the caller's line; `name` is the parameter's. Pushes
 * what is to be kept. For f, pred and key, where a path (path.h) will do and becomes a function. */
void callback_check (lua_State *L, const struct recipe *r, int index, const char *name);
/* The same for fn, which must be a function. */
void callback_check_function (lua_State *L, const struct recipe *r, int index, const char *name);

/* Builds for operators whose only argument is a function, called f, pred or fn. */
void callback_build_f (lua_State *L, struct recipe *r, int first);
void callback_build_pred (lua_State *L, struct recipe *r, int first);
void callback_build_fn (lua_State *L, struct recipe *r, int first);

/* For build: (f) or (init, f), as fold takes them. n[0].flag: init is given. */
void callback_build_initial (lua_State *L, struct recipe *r, int first);
/* For init: puts f into slot 0 and init into slot 1. */
void callback_init_initial (lua_State *L, const struct stage *s, int anchors);

/* Pushes the function in slot `k` of a stage. The caller pushes the arguments. */
static inline void callback_push (struct flow *f, const struct stage *s, int k) {
  flow_push_anchor(f, s, k);
}

/* What stage `s` (GIVE_CALL) makes of its function's answer, which is on top. The driver
 * has the hot kinds inlined. */
verdict callback_answered (struct flow *f, struct stage *s);

/* Asks for the call of what was pushed. */
static inline verdict callback_ask (struct flow *f, int nargs, int nresults) {
  f->nargs = nargs;
  f->nresults = nresults;
  return V_CALL;
}

#endif
