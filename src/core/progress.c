/* SPDX-License-Identifier: MIT
 * progress.c - how far the runs of a Lua state have come.
 */
#include "progress.h"

#include <unistd.h>

#include "bytes/reader.h"
#include "run.h"

void progress_open (struct state *g, struct progress_input *input, const struct reader *reader) {
  struct progress_watch *w = &g->progress;
  if (input->link != NULL) return;
  if (w->inputs == NULL) {
    w->reading++;
    w->done = w->total = 0;
    w->unknown = false;
  }
  input->state = g;
  input->reader = reader;
  input->next = w->inputs;
  input->link = &w->inputs;
  if (input->next != NULL) input->next->link = &input->next;
  w->inputs = input;
}

void progress_close (struct progress_input *input) {
  struct state *g = input->state;
  uint64_t done, total;
  if (input->link == NULL) return;
  if (g->progress.report != NULL) {
    if (!reader_progress(input->reader, &done, &total)) g->progress.unknown = true;
    g->progress.done += done;
    g->progress.total += done; /* what was left unread will not be read */
  }
  *input->link = input->next;
  if (input->next != NULL) input->next->link = input->link;
  input->link = NULL;
}

uint64_t progress_given (const struct stage *s, bool *prints) {
  (void)prints;
  return s->a.natural;
}

/* Where the items that came out are counted. */
static void count_out (const struct run *root, struct progress *now) {
  for (size_t i = root->count; i-- > 0 && !now->out_known;) {
    const struct stage *s = &root->stages[i];
    if (s->op != &operators[OPERATOR_progress]) continue;
    now->out = s->a.natural;
    now->out_known = true;
  }
  const struct stage *last = &root->stages[root->count - 1];
  if (last->steps->given == NULL) return;
  uint64_t given = last->steps->given(last, &now->prints);
  if (!now->out_known) now->out = given;
  now->out_known = true;
}

void progress_report (struct run *root) {
  struct progress_watch *w = &root->state->progress;
  if (w->report == NULL) return;
  struct progress now = { .done = w->done, .total = w->total, .total_known = !w->unknown,
                          .reading = w->reading };
  for (const struct progress_input *i = w->inputs; i != NULL; i = i->next) {
    uint64_t done, total;
    if (!reader_progress(i->reader, &done, &total)) now.total_known = false;
    now.done += done;
    now.total += total;
    now.typed = now.typed || (i->reader->fd >= 0 && isatty(i->reader->fd));
  }
  while (root->parent != NULL) root = root->parent;
  now.items = root->items;
  count_out(root, &now);
  w->report(w->ud, &now);
}
