/* SPDX-License-Identifier: MIT
 * threads_test.c - handles in many threads at once. `make check` runs it under ThreadSanitizer,
 * too, which sees what two threads touch without order.
 */
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "host/leat.h"

enum { THREADS = 8, ROUNDS = 3 };

static atomic_ulong passed, failed;

#define CHECK(condition) check(condition, #condition, __LINE__)
static void check (bool ok, const char *what, int line) {
  if (ok) passed++;
  else {
    failed++;
    fprintf(stderr, "threads_test.c:%d: FAILED: %s\n", line, what);
  }
}

/* What a thread does in a round: files read and written, texts and numbers scanned, compressed
 * input, paths parsed, keys and orders, generators, errors, a function of the host's. */
static const char script[] =
  "local records = read_jsonl('examples/data/requests.jsonl')\n"
  "assert(records:filter('user.name'):write_jsonl(output).items == 60)\n"
  "assert(read_jsonl(output):map('latency_ms'):max() == 1899.7)\n"
  "assert(records:sort('user.name', leat.desc('latency_ms')):count() == 60)\n"
  "assert(records:group_by('route'):count() > 2 and records:shuffle():count() == 60)\n"
  "assert(read_lines{'spec/oom/lines.gz', 'spec/oom/lines.zst'}:count() > 0)\n"
  "assert(read_csv('examples/data/stock.csv', {infer = true}):count() == 3)\n"
  "assert(generator(function() for i = 1, 1000 do yield(i) end end)():sum() == 500500)\n"
  "assert(not pcall(function() range(3):map(function(n) return n.x.y end):count() end))\n"
  "assert(range(100):map(function(n) return twice(n) end):sum() == 10100)\n"
  "assert(leat.json.decode(leat.json.encode{0.1, 1e300, 'x'})[2] == 1e300)\n"
  "os.remove(output)\n"
  "return records:map('user.name')\n";

static leat_code twice (void *ud, leat_item *arguments, leat_builder *result) {
  int64_t n = 0;
  leat_code code = leat_get_int(arguments, NULL, &n);
  ++*(int *)ud;
  return code == LEAT_OK ? leat_add_int(result, 2 * n) : code;
}

static void round_of (leat *handle, int number) {
  leat_run *run = NULL;
  leat_item *item;
  const char *name;
  char output[60];
  int calls = 0, names = 0;
  snprintf(output, sizeof output, "build/threads_test.%d.jsonl", number);
  leat_bind_string(handle, "output", output, strlen(output));
  leat_register_function(handle, "twice", twice, &calls, NULL);
  leat_code code = leat_load(handle, script, strlen(script), "round");
  if (code != LEAT_OK) fprintf(stderr, "%s\n", leat_error(handle)->text);
  CHECK(code == LEAT_OK && calls == 100);
  CHECK(leat_start(handle, NULL, &run) == LEAT_OK);
  while (run != NULL && (code = leat_next(run, &item)) == LEAT_OK)
    names += leat_get_string(item, NULL, &name, NULL) == LEAT_OK;
  CHECK(code == LEAT_END && names == 60);
  CHECK(leat_stop(run) == LEAT_OK);
}

static void *rounds (void *ud) {
  for (int i = 0; i < ROUNDS; i++) {
    leat *handle;
    CHECK(leat_open(&handle, NULL) == LEAT_OK);
    round_of(handle, *(int *)ud);
    leat_close(handle);
  }
  return NULL;
}

/* A handle that another thread has opened, and will close. */
static void *handed_over (void *ud) {
  round_of(ud, THREADS);
  return NULL;
}

/* A handle that is interrupted from outside, again and again. */
static void *endless (void *ud) {
  leat *handle = ud;
  static const char text[] = "native = count_from(1) called = native:map(function(n) return n end)";
  CHECK(leat_load(handle, text, strlen(text), "endless") == LEAT_OK);
  for (int i = 0; i < ROUNDS; i++) {
    CHECK(leat_drain(handle, i % 2 == 0 ? "native" : "called", NULL) == LEAT_E_USE);
    CHECK(strcmp(leat_error(handle)->message, "interrupted") == 0);
  }
  return NULL;
}

static atomic_bool ended;
static void *interrupting (void *ud) {
  while (!ended) {
    leat_interrupt(ud);
    usleep(1000);
  }
  return NULL;
}

int main (void) {
  pthread_t threads[THREADS], other, hand;
  int numbers[THREADS];
  leat *mine, *passed_on;
  CHECK(leat_open(&mine, NULL) == LEAT_OK && leat_open(&passed_on, NULL) == LEAT_OK);
  for (int i = 0; i < THREADS; i++) {
    numbers[i] = i;
    pthread_create(&threads[i], NULL, rounds, &numbers[i]);
  }
  pthread_create(&hand, NULL, handed_over, passed_on);
  pthread_create(&other, NULL, interrupting, mine);
  endless(mine);
  ended = true;
  pthread_join(other, NULL);
  leat_close(mine);
  pthread_join(hand, NULL);
  leat_close(passed_on);
  for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
  printf("threads: %lu passed, %lu failed\n", (unsigned long)passed, (unsigned long)failed);
  return failed != 0;
}
