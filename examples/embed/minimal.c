/* SPDX-License-Identifier: MIT
 * minimal.c - a script, its parameters, its items.
 *
 *   cc -std=c11 minimal.c $(pkg-config --cflags --libs leat) -o minimal
 *   ./minimal examples/data/requests.jsonl
 */
#include <inttypes.h>
#include <leat.h>
#include <stdio.h>
#include <string.h>

/* `path` and `slowest` are bound by the program. */
static const char script[] =
  "return read_jsonl(path)\n"
  "  :filter(function(r) return r.status == 'error' and r.latency_ms > slowest end)\n"
  "  :select('id', 'route', 'latency_ms', 'user.name')\n";

static int fail (const leat *handle) {
  fprintf(stderr, "minimal: %s\n", leat_error(handle)->text);
  return 1;
}

/* Prints one item. What is not there, or of another kind, is an error that says so. */
static leat_code print (leat_item *item) {
  int64_t id;
  const char *route, *name;
  double ms;
  leat_code code;
  if ((code = leat_get_int(item, "id", &id)) != LEAT_OK ||
      (code = leat_get_string(item, "route", &route, NULL)) != LEAT_OK ||
      (code = leat_get_string(item, "name", &name, NULL)) != LEAT_OK ||
      (code = leat_get_double(item, "latency_ms", &ms)) != LEAT_OK)
    return code;
  printf("%" PRId64 " %s: %s waited %.1f ms\n", id, route, name, ms);
  return LEAT_OK;
}

int main (int argc, char **argv) {
  leat *handle;
  leat_run *run;
  leat_item *item;
  leat_code code;
  if (argc != 2) return 2;
  if (leat_open(&handle, NULL) != LEAT_OK) return 3;
  leat_bind_string(handle, "path", argv[1], strlen(argv[1]));
  leat_bind_double(handle, "slowest", 500);
  code = leat_load(handle, script, strlen(script), "slow");
  if (code == LEAT_OK) code = leat_start(handle, NULL, &run);
  while (code == LEAT_OK && (code = leat_next(run, &item)) == LEAT_OK) code = print(item);
  int status = code == LEAT_END ? 0 : fail(handle);
  leat_close(handle);
  return status;
}

/* output of ./minimal examples/data/requests.jsonl
12 /export: Edsger waited 654.4 ms
60 /export: Barbara waited 734.6 ms
*/
