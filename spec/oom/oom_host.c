/* SPDX-License-Identifier: MIT
 * oom_host.c - a host whose memory runs out: each allocation in turn.
 *
 *   oom_host SCRIPT.lua
 *
 * Loads the script and reads what it returns through leat.h, once with memory, to learn what that
 * is, then with allocation 0, 1, 2, ... failing until a run ends without having asked for the
 * failing one. Two ways to fail: `lasting` (that allocation and all after it, until the script has
 * ended) and `passing` (that one and the next: Lua collects garbage and asks a second time).
 *
 * Each run must end in LEAT_E_MEMORY, or an error that says so (luaL_checkstack says "stack
 * overflow" for it), or else with what it returns with memory. Then there is memory again, and the
 * same handle must return it; and leat_close must leave no block behind. An allocator may not fail
 * to shrink a block, so only growth fails.
 *
 * With a script whose name ends in require.lua, leat_open and registering fail, too. One whose
 * name contains sandbox is in one. Scripts find a function, a source and a sink of the host's:
 * host_add(a, b), host_items(n), host_put().
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/leat.h"

struct host_memory {
  bool armed;
  bool lasting;
  bool failed;    /* an allocation has been refused */
  long countdown; /* allocations until the failing one */
  size_t blocks;
};

static void *host_alloc (void *ud, void *block, size_t old_size, size_t size) {
  struct host_memory *m = ud;
  if (size == 0) {
    m->blocks -= block != NULL;
    free(block);
    return NULL;
  }
  if (m->armed && (block == NULL || size > old_size)) {
    long left = m->countdown--;
    if (left <= 0 && (m->lasting || left > -2)) {
      m->failed = true;
      return NULL;
    }
  }
  void *grown = realloc(block, size);
  if (grown == NULL) return NULL;
  m->blocks += block == NULL;
  return grown;
}

/* --- the host's function, source and sink --- */

static leat_code add (void *ud, leat_item *arguments, leat_builder *result) {
  int64_t a, b;
  leat_code code = leat_get_int(arguments, "_1", &a);
  (void)ud;
  if (code == LEAT_OK) code = leat_get_int(arguments, "_2", &b);
  return code == LEAT_OK ? leat_add_int(result, a + b) : code;
}

struct count {
  int64_t at, last;
  int *open;
};

static leat_code items_open (void *ud, leat_item *arguments, void **cursor, leat_builder *result) {
  struct count *c = calloc(1, sizeof *c);
  if (c == NULL) return leat_fail(result, LEAT_E_MEMORY, "not enough memory");
  leat_code code = leat_get_int(arguments, NULL, &c->last);
  if (code != LEAT_OK) {
    free(c);
    return code;
  }
  c->open = ud;
  ++*c->open;
  *cursor = c;
  return LEAT_OK;
}

/* A record with a list, and beside it, as a second part, a long string. */
static leat_code items_next (void *cursor, leat_builder *item) {
  static const char text[3000];
  struct count *c = cursor;
  if (c->at == c->last) return LEAT_END;
  leat_begin_record(item);
  leat_add_field(item, "id");
  leat_add_int(item, ++c->at);
  leat_add_field(item, "list");
  leat_add_json(item, "[1.5, \"x\"]", 10);
  leat_end(item);
  return leat_add_string(item, text, sizeof text);
}

static void items_close (void *cursor) {
  struct count *c = cursor;
  --*c->open;
  free(c);
}

static leat_code put_open (void *ud, leat_item *arguments, void **cursor, leat_builder *result) {
  (void)arguments, (void)result;
  ++*(int *)ud;
  *cursor = ud;
  return LEAT_OK;
}

static leat_code put_write (void *cursor, leat_item *item, leat_builder *result) {
  const char *json;
  (void)cursor, (void)result;
  return leat_get_json(item, NULL, &json, NULL);
}

static leat_code put_close (void *cursor, bool failed, leat_builder *result) {
  --*(int *)cursor;
  return leat_add_string(result, failed ? "failed" : "done", failed ? 6 : 4);
}

static void destroy (void *ud) { *(int *)ud += 100; }

/* Each counts what is open in *open, and adds 100 when it is destroyed. */
static leat_code register_all (leat *handle, int open[3]) {
  const leat_source source = { .size = sizeof source, .ud = &open[1], .destroy = destroy,
                               .open = items_open, .next = items_next, .close = items_close };
  const leat_sink sink = { .size = sizeof sink, .ud = &open[2], .destroy = destroy,
                           .open = put_open, .write = put_write, .close = put_close };
  leat_code first = leat_register_function(handle, "host_add", add, &open[0], destroy);
  leat_code second = leat_register_source(handle, "host_items", &source);
  leat_code third = leat_register_sink(handle, "host_put", &sink);
  return first != LEAT_OK ? first : second != LEAT_OK ? second : third;
}

/* Looks at the item and, twice, at a field: the second time its path is known. Only errors of
 * memory matter. */
static leat_code look (leat_item *item) {
  leat_kind kind;
  leat_code code = leat_get_kind(item, NULL, &kind);
  for (int i = 0; i < 2 && code != LEAT_E_MEMORY; i++) code = leat_get_kind(item, "name", &kind);
  return code == LEAT_E_MEMORY ? code : LEAT_OK;
}

/* Runs the script and copies what it returned, as JSON, to `text`. */
static leat_code run_script (leat *handle, const char *path, char *text, size_t size) {
  leat_run *run;
  leat_item *item;
  const char *json;
  leat_code code = leat_load_file(handle, path);
  if (code == LEAT_OK) code = leat_start(handle, NULL, &run);
  if (code != LEAT_OK) return code;
  code = leat_next(run, &item);
  if (code == LEAT_OK) code = look(item);
  if (code == LEAT_OK) code = leat_get_json(item, NULL, &json, NULL);
  if (code == LEAT_OK) snprintf(text, size, "%s", json);
  leat_code stopped = leat_stop(run);
  return code == LEAT_OK ? stopped : code;
}

/* Is it an error of memory? */
static bool is_of_memory (leat_code code, const leat_error_info *error) {
  return code == LEAT_E_MEMORY || strstr(error->text, "not enough memory") != NULL ||
         strstr(error->text, "stack overflow") != NULL;
}

/* One run with allocation n failing (n < 0: none). Returns the complaint or NULL; `expected` is set
 * by the run with n < 0 and compared by the others. */
static const char *host_run (const char *path, long n, bool lasting, char expected[400],
                             bool *reached) {
  static char complaint[1000];
  char text[400] = "";
  struct host_memory memory = { .lasting = lasting, .countdown = n };
  const leat_options options = {
    .size = sizeof options, .allocator = host_alloc, .allocator_ud = &memory,
    .sandbox = strstr(path, "sandbox") != NULL
  };
  bool opening = strstr(path, "require.lua") != NULL;
  const char *wrong = NULL;
  leat *handle;
  int open[3] = { 0, 0, 0 };
  *complaint = '\0';
  memory.armed = n >= 0 && opening;
  leat_code code = leat_open(&handle, &options);
  if (code == LEAT_OK) {
    code = register_all(handle, open);
    memory.armed = n >= 0;
    if (code == LEAT_OK) code = run_script(handle, path, text, sizeof text);
    memory.armed = false;
    const leat_error_info *error = leat_error(handle);
    if (n < 0 && code == LEAT_OK) strcpy(expected, text);
    else if (code == LEAT_OK) wrong = strcmp(text, expected) != 0 ? text : NULL;
    else if (n < 0 || !is_of_memory(code, error)) wrong = error->text;
    else if (!memory.failed) wrong = "not enough memory, though nothing was refused";
    if (wrong != NULL)
      snprintf(complaint, sizeof complaint, "%s (%s)", wrong, leat_code_name(code));
    else if (code != LEAT_OK &&
             ((code = run_script(handle, path, text, sizeof text)) != LEAT_OK ||
              strcmp(text, expected) != 0))
      snprintf(complaint, sizeof complaint, "afterwards, with memory: %s",
               code == LEAT_OK ? text : leat_error(handle)->text);
    leat_close(handle);
    for (int i = 0; i < 3 && *complaint == '\0'; i++)
      if (open[i] != 100)
        snprintf(complaint, sizeof complaint, "extension %d was destroyed %d times, %d are open", i,
                 open[i] / 100, open[i] % 100);
  }
  else if (code != LEAT_E_MEMORY || !memory.failed || handle != NULL)
    snprintf(complaint, sizeof complaint, "leat_open: %s", leat_code_name(code));
  if (*complaint == '\0' && memory.blocks != 0)
    snprintf(complaint, sizeof complaint, "%zu blocks are left after leat_close", memory.blocks);
  *reached = memory.failed;
  return *complaint != '\0' ? complaint : NULL;
}

int main (int argc, char **argv) {
  if (argc != 2) {
    fputs("usage: oom_host SCRIPT.lua\n", stderr);
    return 2;
  }
  char expected[400] = "";
  bool reached = true;
  long counts[2] = { 0, 0 };
  const char *wrong = host_run(argv[1], -1, false, expected, &reached);
  if (wrong != NULL) {
    printf("%s: %s\n", argv[1], wrong);
    return 1;
  }
  for (int way = 0; wrong == NULL && way < 2; way++) {
    reached = true;
    for (long n = 0; wrong == NULL && reached; n++) {
      wrong = host_run(argv[1], n, way == 0, expected, &reached);
      counts[way] = n;
    }
    if (wrong != NULL)
      printf("%s: with allocation %ld failing (%s): %s\n", argv[1], counts[way],
             way == 0 ? "lasting" : "passing", wrong);
  }
  if (wrong == NULL)
    printf("  %-32s %5ld allocations failed in turn\n", argv[1], counts[0]);
  return wrong != NULL;
}
