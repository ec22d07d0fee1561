/* SPDX-License-Identifier: MIT
 * key.h - items as keys of Lua tables: what unique, group_by, count_by, join, to_set ... look up.
 *
 * A key is a Lua value that is raw-equal for two items exactly when these are equal by content
 * (record_equal): 1 == 1.0, NaN equals NaN, nil equals null, records and tables by fields in any
 * order, a tuple as the list of its parts; values without content (functions, userdata, threads)
 * by identity. A key is never nil or NaN, so the table is an ordinary one and the search is Lua's.
 *
 * Who writes the data shall not be able to choose keys that meet in one place of the table.
 * Lua seeds the hashes of strings, but not of integers: they are permuted with a secret of
 * this state; those below SMALL stay as they are, since n of them cannot meet in one place
 * unless n * n <= SMALL.
 */
#ifndef LEAT_CORE_KEY_H
#define LEAT_CORE_KEY_H

#include "run.h"

/* Pushes the key of the item whose `count` values are on f->L from index `at` on. V_PASS, or
 * V_ERROR for what has no key: nested deeper than RECORD_EQUAL_DEPTH, or a function inside. */
verdict key_push (struct flow *f, int at, int count);

/* The same of flow->item. */
verdict key_push_item (struct flow *f);

/* Fills in the secret of a new state. */
void key_seed (struct state *g);

#endif
