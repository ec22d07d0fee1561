/* SPDX-License-Identifier: MIT
 * run.h - recipes, runs, and the flow of one item through a run.
 *
 * A recipe is an immutable node that shares its upstream. A run is one heap
 * block: the stages of a recipe flattened into an array, source first, plus one
 * Lua table (its *anchors*) that keeps every Lua value the stages need. Nothing
 * recurses: runs that other runs pull form a tree through `caller`.
 *
 * Laws
 *  - A Lua value is put into the anchors before the C pointer to it is stored.
 *  - A child run is anchored by the stage that pulls it and has no __gc; the
 *    root's finaliser walks down.
 *  - Everything a yield must survive is in the run; the C stack holds nothing.
 */
#ifndef LEAT_CORE_RUN_H
#define LEAT_CORE_RUN_H

#include "recipe.h"
#include "state.h"

enum item_kind {
  ITEM_INTEGER, /* u.integer */
  ITEM_NUMBER,  /* u.number */
  ITEM_VALUE,   /* `count` values from stack index `at` on: 1 an item, more a tuple */
  ITEM_TEXT     /* u.text: bytes that stay valid until the next pull */
};

struct item {
  enum item_kind kind;
  int at, count;
  union {
    lua_Integer integer;
    lua_Number number;
    struct {
      const char *bytes;
      size_t length;
    } text;
  } u;
};

/* The driver's registers. In the root run, not on the C stack: a yield leaves
 * them as they are. */
struct flow {
  lua_State *L;    /* whose stack the item is on: the driver's, or the body's
                      while native stages run inside yield */
  lua_State *home; /* the driver's */
  struct run *root;
  struct run *run;     /* the current run */
  struct stage *stage; /* the stage last called, pulled or given to */
  struct item item;
  int base;      /* stack top between items */
  int nargs;     /* of V_CALL */
  int nresults;  /* of V_CALL: wanted; in `called`: present. Of V_RESULT. */
  int result_at; /* in `called`: index of the first result */
  const void *const *targets; /* what driver_target asks for */
  struct run *child;
  struct run *waiting_body; /* whose host is awaited */
  verdict answer; /* of the stages that ran inside yield */
};

/* What the driver does with an item for a stage: its give_kind, refined. */
enum dispatch {
  DISPATCH_STEP,
  DISPATCH_CALL,
  DISPATCH_EMIT,
  DISPATCH_BARE_CALL, /* its function is on the stack and needs no protection */
  DISPATCH_SUM,
  DISPATCH_TIDY       /* a long chain's stage: first tidies the stack up */
};

/* A range's `phase`. Integers: a = items after the next one, b = the next, c = step.
 * Floats: a = last, b = first, c = step. */
enum { RANGE_NONE, RANGE_INTEGERS, RANGE_FLOATS };

/* Every so many stages tidy the stack up. */
#define RUN_TIDY_STEPS 12

struct stage {
  const struct steps *steps;
  const struct op *op;
  int anchor;    /* its first slot in the anchors table */
  int slot;      /* where its first anchors are on the stack of the root's frame, too; 0: nowhere */
  int on_stack;  /* how many of them */
  uint32_t held; /* in the list of held stages: index + 1 of the next one */
  /* Index + 1 of the stage below that takes this one's errors, 0: none (policy.c). */
  uint32_t on_item, on_failure;
  uint8_t give_kind, called_kind, pull_kind;
  uint8_t dispatch; /* where the driver goes to give it an item */
  const void *target; /* the same, as its label */
  uint8_t phase; /* of an operator that asks for more than one thing */
  bool is_held;
  bool native;   /* may run inside yield */
  bool guard;    /* protect each call: nobody outside the driver does */
  bool closed;
  union word a, b, c; /* the operator's own */
};

enum run_status { RUN_NEW, RUN_SUSPENDED, RUN_ENDED };

/* Marks of a body's yield; a yield without a mark belongs to the host. */
enum yield_mark {
  MARK_NONE,
  MARK_ANSWER,    /* flow->answer, with its values */
  MARK_DELEGATE,  /* the value is what to delegate to */
  MARK_PULL,      /* of the driver, to a body that has resumed it */
  MARK_OUTER,     /* the values are items of the enclosing body */
  MARK_OUTER_FROM /* the value is what the enclosing body delegates to */
};

struct run {
  struct state *state;
  size_t count; /* stages, the sink among them */
  enum run_status status;
  bool busy;      /* being pulled */
  bool closed;
  bool began;     /* has been pulled */
  bool live;      /* reachable from Lua by itself: opened, or a loop's */
  bool counted_out; /* of state->open_count */
  bool peeked;    /* an item waits in ANCHOR_PEEKED */
  bool quick;     /* the next pull is of a range's integer: see run_set_quick */
  bool over;      /* the stages up to `floor` have ended */
  bool in_place;  /* who reads it item by item is C: numbers and texts stay in flow.item */
  size_t floor;
  uint32_t held;  /* index + 1 of the held stage nearest the consumer, 0: none */
  lua_State *puller; /* thread of the pull that set busy */
  unsigned litter;   /* mask of `items`: the stack is tidied up when none of it is set */
  lua_Unsigned items; /* given by the source so far */
  lua_Unsigned skipped; /* by on_error, in this root */
  unsigned interruptions; /* of the state's limits, when it was made */

  /* The tree of runs. */
  struct run *caller; /* who pulls this run, and at which stage */
  struct stage *caller_stage;
  const struct run *anchored_caller; /* whose anchors ANCHOR_CALLER holds */
  struct run *parent; /* who closes this run */
  int parent_slot;    /* slot of the parent's anchors that holds this run's userdata;
                         0: the parent's ANCHOR_CHILDREN does, by address */
  struct run *children, *next_sibling, *prev_sibling; /* latest first */

  /* The source's coroutine, when the source is a generator's body. */
  lua_State *co;
  enum yield_mark mark;
  bool body_started, body_ended, throwing;
  bool rethrown;     /* ANCHOR_THROWN holds what a delegate failed with */
  bool delegating;   /* waits in yield_from for a delegate of an outer delegator */
  /* A host may resume a body by itself (body.c). */
  bool waiting;        /* the driver has passed on a yield of the host's */
  bool handed;         /* what the driver wakes up with comes from the body itself */
  bool handing;        /* the body has resumed the driver's thread */
  bool condemned;      /* closed while it did */
  int sent;            /* values that the driver has for a yield */
  struct stage *calling; /* whose function runs inside yield, on the body's thread */
  struct flow *driver; /* the flow that resumes the body */
  struct run *tip;   /* of an outermost delegator: the innermost delegate */
  struct run *owner; /* of a delegate: who gets its end and its errors */

  /* When this is the run of a `for` loop: which one (loop.c). */
  struct {
    struct run *next; /* the one before it in its thread */
    struct recipe *recipe; /* whose list it is on */
    bool of_main;          /* it is in the main thread */
    const void *frame;
    int index;
    lua_Integer slot;      /* where its userdata is kept */
  } loop;

  struct flow flow;
  struct stage stages[];
};

/* Slots of a run's anchors table; the operators' own begin at ANCHOR_FIRST. */
enum {
  ANCHOR_SELF = 1,   /* userdata of this run */
  ANCHOR_CALLER,     /* anchors of the caller, while this run is pulled */
  ANCHOR_PARENT,     /* anchors of the parent */
  ANCHOR_DELEGATE,   /* userdata of what the body delegates to */
  ANCHOR_TIP,        /* of an outermost delegator: userdata of the tip */
  ANCHOR_OWNER,      /* of a delegate: userdata of the owner */
  ANCHOR_THROWN,     /* the error object whose cause is being thrown into the body */
  ANCHOR_RECIPE,     /* what this is a run of */
  ANCHOR_RETURNS,    /* table of the body's return values */
  ANCHOR_ENDED,      /* string: where the run ended */
  ANCHOR_PEEKED,     /* table of the parts of an item looked at but not taken */
  ANCHOR_SKIPPED,    /* string: the first error on_error left out */
  ANCHOR_PULLER,     /* thread that pulls this run, or was the last to */
  ANCHOR_WAITER,     /* thread that waits for the body: its host may know only the body's */
  ANCHOR_CHILDREN,   /* address -> userdata: children that have no slot of their own */
  ANCHOR_FIRST
};

/* Stack slots of a driver's frame. */
enum { IDX_RUN = 1, IDX_ANCHORS, IDX_HANDLER, IDX_FIRST_FREE };

/* --- run.c --- */
/* Pushes a run of the recipe at `index`. A recipe that ends in a terminal is run by
 * driver_run_terminal; any other gets a sink that hands items out one by one.
 * `live`: Lua holds it, so it has __gc, __close and methods. */
struct run *run_push (lua_State *L, struct state *g, int index, bool live);
/* Makes the table on top (popped) the metatable of the live runs of this state. */
void run_set_metatable (lua_State *L);
/* The run at `index` if it is one reachable from Lua (a generator), or NULL. */
struct run *run_test (lua_State *L, int index);
/* Pushes the anchors table of the run whose userdata is at `index`. */
static inline void run_push_anchors (lua_State *L, int index) {
  lua_getiuservalue(L, index, 1);
}
/* Pushes the userdata of the run whose anchors are at `anchors`. */
static inline void run_push_userdata (lua_State *L, int anchors) {
  lua_rawgeti(L, anchors, ANCHOR_SELF);
}
/* Keeps `quick` true to its law: the source is a range of integers with some to come, no
 * stage is held, no upstream is over, and nobody has closed the run. */
static inline void run_set_quick (struct run *run) {
  const struct stage *s = run->stages;
  run->quick = s->pull_kind == PULL_RANGE && s->phase == RANGE_INTEGERS && run->held == 0 &&
               !run->over && !run->closed;
}

/* Notes that thread L pulls the run, whose anchors are at `anchors`. */
void run_occupy (lua_State *L, struct run *run, int anchors);
/* Notes that the pull is over. */
void run_release (lua_State *L, struct run *run, int anchors);
/* What became of the last pull of the run, or of the one that delegates to it. `busy` alone
 * cannot tell: a pull whose coroutine was closed, or that an error of memory left, has not
 * unset it; so the puller's frames are asked. */
enum pull { PULL_OVER, PULL_GOING_ON, PULL_LEFT /* half-way */ };
enum pull run_pull (const struct run *run);
/* Why the run, whose userdata is at `ud`, cannot be read now, or NULL. Where a pull was left
 * half-way, the run is closed with who read it. Raises what close handlers raise. */
const char *run_refuses (lua_State *L, struct run *run, int ud);

/* --- for the init of operators, which is called from the consumer's stage to the source's */
/* Nothing comes from stage `s`, so nothing above it is pulled; of several such stages the
 * nearest one to the consumer decides. */
void run_never_pull (struct run *run, const struct stage *s);
/* Stage `s` is held from the start: it has something to give before its upstream has. */
void run_hold (struct run *run, struct stage *s);

/* Has each call of the run's stages protected. */
void run_guard (struct run *run);
/* Makes `child`, whose userdata is at index `ud`, a run that `parent` (anchors at
 * index `anchors`) closes; the caller has put the userdata into `slot`. */
void run_adopt (lua_State *L, struct run *parent, int anchors, struct run *child, int ud,
                int slot);
/* Nothing comes from `s` and below any more: pulls end there, no stage there is held. */
void run_end_at (struct run *run, const struct stage *s);
/* Puts the userdata of a child at index `ud` into ANCHOR_CHILDREN, or takes it out. */
void run_keep_child (lua_State *L, int anchors, const struct run *child, int ud);
void run_forget_child (lua_State *L, int anchors, const struct run *child);
/* Undoes it; the slot is the caller's to clear. */
void run_orphan (struct run *child);

/* --- flow: for the steps of operators --- */
/* Pushes slot `k` of a stage. Those on the stack are the fastest. */
void flow_push_anchor (struct flow *f, const struct stage *s, int k);
/* Index of the value in slot `k`: where it is on the stack, or else it is pushed. */
static inline int flow_anchor (struct flow *f, const struct stage *s, int k) {
  if (k < s->on_stack && f->L == f->home) return s->slot + k;
  flow_push_anchor(f, s, k);
  return lua_gettop(f->L);
}
/* Pops the top into slot `k`. */
void flow_set_anchor (struct flow *f, const struct stage *s, int k);
/* The next pulls come to this stage until it is released. */
void flow_hold (struct flow *f, struct stage *s);
void flow_release (struct flow *f, struct stage *s);
/* Pushes the parts of the item; returns how many. */
int flow_push_item (struct flow *f);
/* Pushes the item as one value: a tuple as a table. */
void flow_push_value (struct flow *f);
/* For stages that hold items and give them on: pushes the item as one value, a tuple as a table
 * that flow_unpack knows from every other. */
void flow_pack (struct flow *f);
/* Replaces what flow_pack made, on top, by the parts of the item; returns how many. */
int flow_unpack (struct flow *f);
/* Drops from the stack what belongs to no part of the item. */
void flow_tidy (struct flow *f);
/* What the function of a CALLED_MAP stage answered, on top, as the item. */
verdict flow_mapped (struct flow *f, const struct stage *s);
/* Makes the top `count` values the item. */
static inline verdict flow_pass (struct flow *f, int count) {
  f->item.kind = ITEM_VALUE;
  f->item.count = count;
  f->item.at = lua_gettop(f->L) - count + 1;
  return V_PASS;
}
/* Turns x on top of the stack into a run to pull, as `from` would, kept in slot
 * `k` (-1: by its address); the run's userdata replaces x. NULL: x is nothing that
 * can be iterated, and is left. */
struct run *flow_child (struct flow *f, struct stage *s, int k);
static inline verdict flow_pull_child (struct flow *f, struct run *child) {
  f->child = child;
  return V_CHILD;
}

/* Can the run have an integer at hand: is it of a source that may, and nothing else? */
static inline bool run_may_be_at_hand (const struct run *r) {
  return (r->quick || r->stages->steps->at_hand != NULL) && r->count == 2 && r->owner == NULL;
}

/* --- driver.c --- */
/* Takes an integer of a child that is there without a pull, as a range's is: it needs nothing of
 * the child's frame, 8 ns in place of 19. True: it is flow->item. */
bool flow_at_hand (struct flow *f, struct run *child);
/* The labels of dispatch: for run.c, which sets a stage's target. */
const void *driver_target (enum dispatch dispatch);
enum entry { ENTRY_NEXT, ENTRY_SEND, ENTRY_THROW, ENTRY_TERMINAL };
/* Drives the run whose userdata is at IDX_RUN, the only value of this frame (but for
 * ENTRY_SEND and ENTRY_THROW, where the value sent or thrown follows), until it has an
 * item or a result. Leaves its values on top of the stack and returns how many: 0 is
 * the end of a run read item by item, or an item that stays in place (then its status is not
 * RUN_ENDED). To be called as `return driver_enter(...)` from a
 * C function: it may yield. Raises what the run fails with, after closing it; with
 * ENTRY_TERMINAL the caller closes it. */
int driver_enter (lua_State *L, struct run *run, enum entry entry);

/* --- close.c --- */
/* Closes everything `run` (anchors table at index `anchors`) has open. `failed`:
 * index of the error that ends it, or 0: errors of close handlers are attached to
 * it. Returns true when a close handler raised and nothing had failed: then that
 * error is on top. */
bool run_close (lua_State *L, struct run *run, int anchors, int failed);
/* The same for the stages up to and with `last` and what they pull. */
bool run_close_upstream (lua_State *L, struct run *run, int anchors, struct stage *last,
                         int failed);

#endif
