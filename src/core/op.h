/* SPDX-License-Identifier: MIT
 * op.h - what an operator is: its steps, and the verdicts they answer with.
 *
 * The driver (driver.c) walks a run's array of stages and asks each for one
 * step. Stages never call each other, never call Lua (but for `return {...}` of
 * core/list.c, which no hook sees) and never yield: they answer with a verdict and
 * the driver acts on it. End is never a value: it is a verdict too.
 *
 *            init     (the run is made: copy arguments, nothing opens)
 *              |
 *   source:  pull -> PASS | DROP | CALL | CHILD | END | ERROR
 *   stage:   give -> PASS | DROP | CALL | CHILD | STOP | RESULT | ERROR
 *            called   the function asked for by CALL has returned
 *            child    the run asked for by CHILD has given an item
 *            child_end                            ... has ended
 *            pull     only while the stage is held (flow_hold): more to give
 *            end      upstream ended: PASS a last item, END nothing more,
 *                     DROP: held, pull me, RESULT (terminals)
 *              |
 *            close    exactly once, whatever ended the run
 *
 * A step that has something to say about an item leaves it in flow->item. What
 * it pushes on the stack lives until the next pull.
 */
#ifndef LEAT_CORE_OP_H
#define LEAT_CORE_OP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <lua.h>

#include "operators.h"

struct flow;
struct recipe;
struct record_spot;
struct run;
struct stage;

/* One word of an operator's own state, or of a recipe's arguments. */
union word {
  lua_Integer integer;
  lua_Unsigned natural;
  lua_Number number;
  size_t size;
  void *pointer;
  bool flag;
};

typedef enum verdict {
  V_PASS,   /* the item goes on to the next stage */
  V_DROP,   /* nothing for the next stage: pull again */
  V_CALL,   /* call the function pushed under flow->nargs arguments for
               flow->nresults results, then ask `called` */
  V_CHILD,  /* pull flow->child, whose userdata is on top of the stack */
  V_STOP,   /* pass this item, and no more: upstream is closed before */
  V_END,    /* no more items */
  V_RESULT, /* a terminal is done: flow->nresults results on top */
  V_ERROR,  /* an error object is on top of the stack */
  V_CALLED  /* of body.c, not of steps: the stage's function has answered already */
} verdict;

typedef verdict (*step_function)(struct flow *f, struct stage *s);

/* How the driver gives an item, takes a function's result and pulls. Everything
 * but *_STEP is inlined in the driver because it is hot. */
enum give_kind { GIVE_STEP, GIVE_CALL, GIVE_EMIT };
enum called_kind { CALLED_STEP, CALLED_FILTER, CALLED_MAP };
enum pull_kind { PULL_STEP, PULL_BODY, PULL_RANGE };

struct steps {
  uint8_t anchors; /* slots of the anchors table it uses */
  uint8_t on_stack; /* how many of the first of them terminals keep on the stack, too; 0: one */
  bool native;     /* give never answers CALL or CHILD: it may run inside yield, as long as
                      the stage is given items by GIVE_STEP */
  /* GIVE_CALL whose `called` asks for nothing more: it, too, may run inside yield. */
  bool plain_call;
  /* Sources: what they give is alive in the value in the first anchor, which terminals find on the
   * stack (`slot`), not only there. */
  bool keeps_items;
  uint8_t give_kind, called_kind, pull_kind;
  /* Checks the arguments at the indices from `first` to the one below the recipe,
   * which is on top, when the chain is built, and keeps them in the recipe. Raises
   * on the caller's line. */
  void (*build)(lua_State *L, struct recipe *r, int first);
  /* Copies them into a stage; the recipe is at index `recipe`. Opens nothing. The
   * argument has been put into the first anchor already. */
  void (*init)(lua_State *L, struct run *run, struct stage *s, const struct recipe *r,
               int recipe, int anchors);
  /* Sources, optional: makes an integer the item that is there without a pull; false: pull. */
  bool (*at_hand)(struct flow *f, struct stage *s);
  step_function open; /* before the first pull: only terminals that write */
  step_function pull, give, called, child, child_end, end;
  /* on_error below has taken an item that failed above this stage: stages that read
   * further inputs in step with it leave out an item of each. */
  void (*skip)(struct stage *s);
  /* Is what the stage reads now no item of the stream, so that nobody below is out of step if it
   * fails? It belongs to an item that was left out before, or to an input that is held. */
  bool (*aside)(const struct stage *s);
  /* The stage above, a source of records, has read the text of one, and will give it next, or
   * next but one. `comes`: now its record is made, then it is given. Memory that will be needed
   * can be asked for while that goes on. A stage has both or none. */
  void (*foresee)(struct flow *f, struct stage *s, const struct record_spot *spot);
  void (*comes)(struct flow *f, struct stage *s);
  /* Terminals that write: passes on what is buffered, since the source will wait. Calls
   * no Lua; what goes wrong shows at the next write. */
  void (*flush)(struct stage *s);
  /* Terminals, optional: how many items have come so far; `prints` becomes true if they go to
   * standard output. Calls no Lua. */
  uint64_t (*given)(const struct stage *s, bool *prints);
  /* Releases what the stage holds outside Lua: files, memory. Calls no Lua, cannot fail,
   * and may come twice; so it works when there is no memory left. */
  void (*release)(struct stage *s);
  /* Calls the user's close handler. `failed` is the index of the error that ends the
   * run, or 0. May raise (it is called protected). */
  void (*close)(lua_State *L, struct run *run, struct stage *s, int anchors,
                int failed);
};

enum op_kind { OP_SOURCE, OP_STAGE, OP_COMBINE, OP_FORK, OP_TERMINAL, OP_INTERNAL };

struct op {
  const char *name;
  enum op_kind kind;
  const char *signature, *holds, *doc;
  const struct steps *steps;
};

#define OP_DECLARE(id, kind, signature, holds, doc) extern const struct steps steps_##id;
OPERATORS(OP_DECLARE)
#undef OP_DECLARE

/* Index of an operator in the table `operators`, e.g. OPERATOR_map. */
enum operator_id {
#define OP_ID(id, kind, signature, holds, doc) OPERATOR_##id,
  OPERATORS(OP_ID)
#undef OP_ID
  OPERATOR_COUNT
};
extern const struct op operators[OPERATOR_COUNT];

/* The last stage of a run that is read item by item; on no list. */
extern const struct op op_emit;

#endif
