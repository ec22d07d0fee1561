/* SPDX-License-Identifier: MIT
 * threads.c - a handle for each thread: they share nothing, so nothing is locked. The main thread
 * stops the one that would go on for ever.
 *
 *   cc -std=c11 threads.c $(pkg-config --cflags --libs leat) -lpthread -o threads
 *   ./threads examples/data/requests.jsonl
 */
#include <inttypes.h>
#include <leat.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { WORKERS = 4 };

/* Worker k reads the file on its own and takes every WORKERS-th record. */
static const char script[] =
  "return read_jsonl(path):slice(k, nil, workers):map('latency_ms')";

struct worker {
  pthread_t thread;
  const char *path;
  leat *handle;
  int64_t number, count;
  double sum;
  leat_code code;
};

static void *work (void *ud) {
  struct worker *w = ud;
  leat_run *run;
  leat_item *item;
  double ms;
  leat *handle = w->handle;
  leat_bind_string(handle, "path", w->path, strlen(w->path));
  leat_bind_int(handle, "k", w->number);
  leat_bind_int(handle, "workers", WORKERS);
  w->code = leat_load(handle, script, strlen(script), "worker");
  if (w->code == LEAT_OK) w->code = leat_start(handle, NULL, &run);
  while (w->code == LEAT_OK && (w->code = leat_next(run, &item)) == LEAT_OK) {
    w->code = leat_get_double(item, NULL, &ms);
    w->sum += ms;
    w->count++;
  }
  return NULL;
}

static void *work_for_ever (void *ud) {
  struct worker *w = ud;
  static const char endless[] = "return count_from(1)";
  w->code = leat_load(w->handle, endless, strlen(endless), "endless");
  if (w->code == LEAT_OK) w->code = leat_drain(w->handle, NULL, &w->count);
  return NULL;
}

int main (int argc, char **argv) {
  struct worker workers[WORKERS + 1] = {0};
  int64_t count = 0;
  double sum = 0;
  if (argc != 2) return 2;
  for (int i = 0; i <= WORKERS; i++) {
    struct worker *w = &workers[i];
    w->path = argv[1];
    w->number = i + 1;
    if (leat_open(&w->handle, NULL) != LEAT_OK ||
        pthread_create(&w->thread, NULL, i < WORKERS ? work : work_for_ever, w) != 0)
      return 3;
  }
  for (int i = 0; i < WORKERS; i++) {
    struct worker *w = &workers[i];
    pthread_join(w->thread, NULL);
    if (w->code != LEAT_END) printf("worker %d: %s\n", i + 1, leat_error(w->handle)->text);
    count += w->count;
    sum += w->sum;
    leat_close(w->handle);
  }
  printf("%" PRId64 " requests, %.1f ms on average\n", count, sum / (double)count);

  struct worker *last = &workers[WORKERS];
  leat_interrupt(last->handle);
  pthread_join(last->thread, NULL);
  printf("the endless one: %s\n", leat_error(last->handle)->message);
  leat_close(last->handle);
  return 0;
}

/* output of ./threads examples/data/requests.jsonl
60 requests, 164.4 ms on average
the endless one: interrupted
*/
