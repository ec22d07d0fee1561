/* SPDX-License-Identifier: MIT
 * delegate.h - yield_from on the heap (PEP 380): a chain of any depth, one step an item.
 *
 * The outermost delegator is a run in its own right and keeps the *tip*: the
 * innermost delegate, which is resumed directly. Each delegate knows its *owner*, the
 * body that waits for it. Items go from the tip to the stages of the outermost run;
 * ends and errors go to the owner, one at a time, in a loop of the driver.
 *
 *   outermost run -- tip ---------------------------> innermost
 *        ^                                               |
 *        `--- owner --- delegate --- owner --- ... ------'
 */
#ifndef LEAT_CORE_DELEGATE_H
#define LEAT_CORE_DELEGATE_H

#include "run.h"

/* Pushes the elements of the list at index `list` (its field n says how many, else its
 * length does; no table: none). Returns how many. */
int delegate_push_list (lua_State *L, int list);

/* Pushes the elements of the table in slot `slot` of the current run's anchors, and
 * clears the slot unless it is ANCHOR_RETURNS. No table: nothing. */
void delegate_push_table (lua_State *L, int slot);

/* Keeps the top `count` values as the return values of the current run's body. */
void delegate_keep_returns (struct flow *f, int count);

/* Pushes the anchors of the current run, or of its tip. */
void delegate_push_anchors (struct flow *f, const struct run *run);

/* The recipe or generator on top (popped) becomes what `body` delegates to, and the
 * tip. V_PASS: pull again; V_DROP: it had ended, its flow->nresults return values
 * are on top; V_ERROR: refused, the error's value
 * is on top. */
verdict delegate_push (struct flow *f, struct run *body);

/* The tip is done: its owner is the tip again, and is returned. What is on the stack
 * stays. */
struct run *delegate_pop (struct flow *f);

/* Closes the tip, whose error (or the error thrown at it) is on top of the stack; pops
 * it, moves its cause to the owner's coroutine, to be raised there; returns the owner. */
struct run *delegate_throw (struct flow *f, int status);

/* The error on top, which ended `body`: if it is the one thrown into it, puts the
 * object that it came in back in its place, with the first traceback. */
void delegate_recall (struct flow *f, struct run *body);

#endif
