/* SPDX-License-Identifier: MIT
 * embed.c - what calls of leat.h cost.
 *
 *   embed CASE COUNT    prints an answer, then the nanoseconds of processor time for each of COUNT
 */
#include <inttypes.h>
#include <leat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double now (void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static int fail (const char *text) {
  fprintf(stderr, "embed: %s\n", text);
  return 1;
}

/* Reads the items of a pipeline, and what `path` finds in each. */
static int read_items (const char *script, const char *path, int64_t count) {
  leat *handle;
  leat_run *run;
  leat_item *item;
  int64_t value, sum = 0;
  if (leat_open(&handle, NULL) != LEAT_OK) return fail("no memory");
  leat_bind_int(handle, "count", count);
  leat_code code = leat_load(handle, script, strlen(script), "bench");
  if (code == LEAT_OK) code = leat_start(handle, NULL, &run);
  double start = now();
  while (code == LEAT_OK && (code = leat_next(run, &item)) == LEAT_OK &&
         (code = leat_get_int(item, path, &value)) == LEAT_OK)
    sum += value;
  double spent = now() - start;
  if (code != LEAT_END) return fail(leat_error(handle)->text);
  printf("%" PRId64 "\n%.1f\n", sum, spent / (double)count);
  leat_close(handle);
  return 0;
}

static int open_and_close (int64_t count) {
  double start = now();
  for (int64_t i = 0; i < count; i++) {
    leat *handle;
    if (leat_open(&handle, NULL) != LEAT_OK) return fail("no memory");
    leat_close(handle);
  }
  printf("%" PRId64 "\n%.1f\n", count, (now() - start) / (double)count);
  return 0;
}

int main (int argc, char **argv) {
  if (argc != 3) return fail("usage: embed CASE COUNT");
  int64_t count = strtoll(argv[2], NULL, 10);
  if (strcmp(argv[1], "range") == 0) return read_items("return range(count)", NULL, count);
  if (strcmp(argv[1], "stages") == 0)
    return read_items("return count_from(1):drop(10):take(count)", NULL, count);
  if (strcmp(argv[1], "callback") == 0)
    return read_items("return range(count):map(function(n) return n end)", NULL, count);
  if (strcmp(argv[1], "field") == 0)
    return read_items("return duplicate(read_jsonl('examples/data/requests.jsonl'):first(), count)",
                      "id", count);
  return open_and_close(count);
}
