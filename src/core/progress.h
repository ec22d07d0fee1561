/* SPDX-License-Identifier: MIT
 * progress.h - how far the runs of a Lua state have come, for a host that shows it.
 *
 * Counting costs nothing: readers and stages keep these numbers anyway. A host says when it wants
 * to see them (interrupt_tick, in a signal handler), and at its next pull the driver hands them
 * over. The library itself shows nothing.
 */
#ifndef LEAT_CORE_PROGRESS_H
#define LEAT_CORE_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct reader;
struct run;
struct stage;
struct state;

struct progress {
  uint64_t done, total; /* bytes of the files being read, as they are on disk; those of a run of
                           reading, from when the first was opened until none is open */
  bool total_known;     /* else `total` is nothing: a pipe, a file that has gone */
  uint64_t reading;     /* the number of that run of reading */
  uint64_t items;       /* given by the source */
  uint64_t out;         /* that have come through progress(), or else to the end */
  bool out_known;
  bool typed;           /* one of the files is a terminal: somebody types there */
  bool prints;          /* the run writes to standard output, without Lua's knowledge */
};

/* A reader whose bytes count; kept by its source. Zero: it is on no list. */
struct progress_input {
  struct state *state;
  const struct reader *reader;
  struct progress_input *next, **link;
};

/* Of a struct state. */
struct progress_watch {
  void (*report)(void *ud, const struct progress *now); /* NULL: nobody watches */
  void *ud;
  struct progress_input *inputs;
  uint64_t done, total; /* of those closed in this run of reading */
  bool unknown;
  uint64_t reading;
};

void progress_open (struct state *g, struct progress_input *input, const struct reader *reader);
/* To be called before the reader is closed; a second time does nothing. */
void progress_close (struct progress_input *input);

/* `given` of stages that count their items in s->a. */
uint64_t progress_given (const struct stage *s, bool *prints);

/* Hands over the numbers of the root run. Calls no Lua. */
void progress_report (struct run *root);

#endif
