/* SPDX-License-Identifier: MIT
 * pile.h - a list that items are added to, and that is handed on when it is complete.
 *
 * Integers wait in C until the list is wanted, and are put into it all at once; as soon as there is
 * anything else, or more of them than LIST_MOST, they move to the list as it grows.
 */
#ifndef LEAT_STAGES_PILE_H
#define LEAT_STAGES_PILE_H

#include "core/run.h"

/* Integers that there is room for from the start. */
#define PILE_FEW 16

struct pile {
  lua_Integer count; /* items in it */
  lua_Integer most;  /* ... in the end */
  int slot;          /* the stage's first one that is of this struct */
  int size;          /* room to make for a list that grows */
  int waiting, room; /* integers: the last ones of `count` */
  lua_Integer *integers;
  lua_Integer few[PILE_FEW];
};

/* Slots it takes of a stage's anchors. */
enum { PILE_ANCHORS = 3 };

/* For init: puts one into the slots from `slot` on. `most`: items it will have at most. */
struct pile *pile_init (lua_State *L, const struct stage *s, int anchors, int slot,
                        lua_Integer most);

/* Adds flow->item. */
void pile_add (struct flow *f, struct stage *s, struct pile *pile);

/* Pushes the list and begins a new one. */
void pile_take (struct flow *f, struct stage *s, struct pile *pile);

/* Room to make for a list that is begun when one of `before` items is complete: neighbours are
 * often alike, and what is set aside in vain is no more than the one before took. */
int pile_room (lua_Integer before);

#endif
