/* SPDX-License-Identifier: MIT
 * inputs.h - what stages that read further inputs beside their upstream have in common.
 *
 * An input is a run of its own, which the driver pulls. But a list and a range of integers are read
 * in place, which makes a zip of two ranges seven times faster: such a source calls nothing, waits
 * for nothing and opens nothing, so nobody can tell the difference. As soon as one might (a nil
 * among the elements is an error of `from`) a run is made that goes on where it stands.
 */
#ifndef LEAT_STAGES_INPUTS_H
#define LEAT_STAGES_INPUTS_H

#include "core/run.h"

/* Slots that such a stage has first: a function, for stages that have one for GIVE_CALL; the
 * recipes of its inputs as a list, which may have something else at 0; what is read of each
 * as a list, which has the stage's own state at 0. */
enum { INPUTS_FUNCTION, INPUTS_LIST, INPUTS_READ, INPUTS_SLOTS };

enum input_kind {
  INPUT_FRESH, /* nothing has been read */
  INPUT_RUN,
  INPUT_LIST,  /* a: its length, b: elements given */
  INPUT_RANGE, /* a: items after the next one, b: the next, c: the step */
  INPUT_COUNT, /* count_from. a: the next, b: the step, c: items given */
  INPUT_EMPTY, /* will have no item when it is asked */
  INPUT_ENDED  /* had none */
};

/* The words are those of the source's stage. */
struct input {
  enum input_kind kind;
  struct run *run;
  union word a, b, c;
};

/* For build: keeps the arguments from `first` on, each through `from`, as a list; a last
 * table with names for keys is options. Leaves the list on top, to be kept by the caller;
 * returns the index of the options or 0. n[0] is how many inputs there are. */
int inputs_build (lua_State *L, struct recipe *r, int first);
/* The same for one input called `name`: pushes its recipe. */
void inputs_build_one (lua_State *L, struct recipe *r, int index, const char *name);

/* For init: a zeroed block of `size` bytes that lives as long as the stage. Moves the stage's
 * argument, which is that list, to its slot. */
void *inputs_init (lua_State *L, const struct stage *s, int anchors, size_t size);

/* Replaces the recipe on top by what is to be kept while `in` reads it. */
void input_begin (lua_State *L, struct input *in);

/* Reads an input in place, whose kept value is at index `kept`. V_PASS: an item; V_END: none
 * is left; V_DROP: it needs a run. */
verdict input_read (struct flow *f, struct input *in, int kept);

/* Pushes a run that goes on where `in` stands, kept in slot `k` as flow_child does; its
 * recipe, on top, is replaced. */
struct run *input_run (struct flow *f, struct stage *s, struct input *in, int k);

/* Asks input `number` (from 1) for its next item. V_PASS: it is flow->item; V_END: there is
 * none, now and later; V_CHILD: its run has been asked, and answers to the stage's `child` or
 * `child_end`. */
verdict input_next (struct flow *f, struct stage *s, struct input *in, int number);

/* Of `child_end`: input `number` has ended. */
void input_end (struct flow *f, const struct stage *s, struct input *in, int number);

#endif
