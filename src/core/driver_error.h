/* SPDX-License-Identifier: MIT
 * driver_error.h - what the driver (driver.c) says and does when it cannot go on.
 */
#ifndef LEAT_CORE_DRIVER_ERROR_H
#define LEAT_CORE_DRIVER_ERROR_H

#include "run.h"

/* Notes where the run whose anchors are at `anchors` ended, for the error of whoever pulls it
 * again. */
void driver_note_end (lua_State *L, int anchors);

/* Closes the root, which is read item by item, and raises the error at index `error`. */
int driver_raise_closed (lua_State *L, struct run *root, int error);

/* Raises that a run was closed by who owns it, while a function of one of its stages `did`: ran, or
 * waited. */
int driver_raise_gone (lua_State *L, struct run *root, const char *did);

/* The string on top is why a body could not be resumed: puts an error object in its place, if
 * somebody has meddled with its coroutine. */
void driver_explain_resume (struct flow *f);

/* Pushes the error of a body that waits for its host, where who reads it cannot wait. */
void driver_push_stranded (lua_State *L, const struct run *body);

/* Pushes the error of a pull that may not begin. */
void driver_push_interrupted (lua_State *L, struct state *state);

#endif
