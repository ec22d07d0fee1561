/* SPDX-License-Identifier: MIT
 * leat_test.c - leat.h as a host sees it: every call, and what it says when it is used wrongly.
 */
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <math.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

#include "host/leat.h"

static unsigned long passed, failed;

#define CHECK(condition) check(condition, #condition, __LINE__)
static void check (bool ok, const char *what, int line) {
  if (ok) passed++;
  else {
    failed++;
    fprintf(stderr, "leat_test.c:%d: FAILED: %s\n", line, what);
  }
}

/* The code, and a part of the text of the error. */
#define FAILS(call, wanted, part) fails(call, wanted, part, #call, __LINE__)
static leat *h;
static void fails (leat_code code, leat_code wanted, const char *part, const char *what, int line) {
  const char *text = leat_error(h)->text;
  if (code == wanted && leat_error(h)->code == wanted && strstr(text, part) != NULL) passed++;
  else {
    failed++;
    fprintf(stderr, "leat_test.c:%d: FAILED: %s: %s: %s\n", line, what, leat_code_name(code), text);
  }
}

#define OK(call) ok(call, #call, __LINE__)
static void ok (leat_code code, const char *what, int line) {
  if (code == LEAT_OK) passed++;
  else {
    failed++;
    fprintf(stderr, "leat_test.c:%d: FAILED: %s: %s: %s\n", line, what, leat_code_name(code),
            leat_error(h)->text);
  }
}

#define END(call) CHECK((call) == LEAT_END)

static leat_code load (const char *text) { return leat_load(h, text, strlen(text), "test"); }

/* Loads `text` and compares the items of what it returns, as JSON on a line each. */
#define GIVES(text, wanted) gives(text, wanted, __LINE__)
static void gives (const char *text, const char *wanted, int line) {
  char all[4000] = "";
  leat_run *run = NULL;
  leat_item *item;
  const char *json;
  leat_code code = load(text);
  if (code == LEAT_OK) code = leat_start(h, NULL, &run);
  while (code == LEAT_OK && (code = leat_next(run, &item)) == LEAT_OK &&
         (code = leat_get_json(item, NULL, &json, NULL)) == LEAT_OK) {
    strncat(all, json, sizeof all - strlen(all) - 2);
    strcat(all, "\n");
  }
  leat_stop(run);
  if (code == LEAT_END && strcmp(all, wanted) == 0) passed++;
  else {
    failed++;
    fprintf(stderr, "leat_test.c:%d: FAILED: %s gives %s(%s: %s)\n", line, text, all,
            leat_code_name(code), leat_error(h)->text);
  }
}

/* --- opening and closing --- */

static void test_open (void) {
  leat_options options = { .size = sizeof options };
  size_t now = 0, peak = 0;
  CHECK(strcmp(leat_version(), LEAT_VERSION) == 0);
  CHECK(strcmp(leat_code_name(LEAT_E_IO), "io") == 0);
  CHECK(strcmp(leat_code_name((leat_code)999), "unknown") == 0);
  leat_close(NULL);
  CHECK(leat_stop(NULL) == LEAT_OK);
  options.size = sizeof options + 8;
  h = (leat *)&options;
  CHECK(leat_open(&h, &options) == LEAT_E_USE && h == NULL);
  options.size = 3;
  CHECK(leat_open(&h, &options) == LEAT_E_USE && h == NULL);
  options.size = sizeof options.size; /* of a version without the other fields */
  CHECK(leat_open(&h, &options) == LEAT_OK);
  CHECK(leat_error(h)->code == LEAT_OK && leat_error(h)->text != NULL);
  leat_memory(h, &now, &peak);
  leat_memory(h, NULL, NULL);
  CHECK(now > 10000 && peak >= now && now < 500000);
  leat_close(h);
  CHECK(leat_open(&h, NULL) == LEAT_OK);
}

/* --- scripts --- */

static void test_load (void) {
  OK(load("x = 5"));
  FAILS(load("local a = 1\nlocal = 2"), LEAT_E_SYNTAX, "test:2:");
  CHECK(strcmp(leat_error(h)->file, "test") == 0 && leat_error(h)->line == 2);
  FAILS(load("x = 6\n\nerror('no good')"), LEAT_E_CALLBACK, "test:3: no good");
  CHECK(strcmp(leat_error(h)->message, "no good") == 0 && leat_error(h)->line == 3);
  CHECK(strstr(leat_error(h)->traceback, "main chunk") != NULL);
  FAILS(load("error({})"), LEAT_E_CALLBACK, "table");
  FAILS(load("error()"), LEAT_E_CALLBACK, "nil");
  FAILS(load("error(setmetatable({}, {__tostring = function() error 'x' end}))"), LEAT_E_CALLBACK,
        "an error that is a table");
  FAILS(load("range(3):fliter(print)"), LEAT_E_CALLBACK, "did you mean 'filter'?");
  FAILS(load("\033Lua\x54"), LEAT_E_SYNTAX, "binary");
  FAILS(load("return load('\\27Lua', 'x', 't') or error(select(2, load('\\27Lua', 'x', 't')))"),
        LEAT_E_CALLBACK, "binary");
  FAILS(leat_load_file(h, "build/no such file"), LEAT_E_IO,
        "build/no such file: cannot open: No such file or directory");
  CHECK(leat_error(h)->os_errno == ENOENT &&
        strcmp(leat_error(h)->file, "build/no such file") == 0);
  FAILS(leat_load_file(h, "build"), LEAT_E_IO, "build: cannot read: Is a directory");
  CHECK(leat_error(h)->os_errno == EISDIR);
  /* A byte order mark and a first line for the shell, of a text as of a file. */
  static const struct { const char *text; int line; } headings[] = {
    { "\xef\xbb\xbf" "error 'here'", 1 }, { "#!/usr/bin/leat\nerror 'here'", 2 },
    { "\xef\xbb\xbf# a\n\nerror 'here'", 3 }
  };
  for (size_t i = 0; i < sizeof headings / sizeof *headings; i++) {
    FILE *file = fopen("build/leat_test.lua", "w");
    CHECK(file != NULL && fputs(headings[i].text, file) >= 0 && fclose(file) == 0);
    FAILS(load(headings[i].text), LEAT_E_CALLBACK, "here");
    CHECK(leat_error(h)->line == (size_t)headings[i].line);
    FAILS(leat_load_file(h, "build/leat_test.lua"), LEAT_E_CALLBACK, "here");
    CHECK(leat_error(h)->line == (size_t)headings[i].line);
  }
  remove("build/leat_test.lua");
  OK(load("#"));
  OK(load(""));
  FAILS(load("\xef\xbb"), LEAT_E_SYNTAX, "test:1:");
  FAILS(load("#!\n\033Lua"), LEAT_E_SYNTAX, "test:2:");
  GIVES("return x", "6\n");
  OK(leat_load(h, "y = 'a\0b'", 9, "nul"));
  GIVES("return #y", "3\n");
  /* What Lua has already stays Lua's; what leat has, too, is there by itself. */
  GIVES("return {type(table.concat), type(leat.table), type(range), type(json.encode)}",
        "[\"function\",\"function\",\"function\",\"function\"]\n");
  OK(load("return range(2)"));
  FAILS(load("return ="), LEAT_E_SYNTAX, "");
  leat_run *run;
  OK(leat_start(h, NULL, &run)); /* a script that fails leaves what was returned before */
  OK(leat_stop(run));
}

static void test_bind (void) {
  static const char bytes[] = "a\0\xff";
  OK(leat_bind_null(h, "n"));
  OK(leat_bind_bool(h, "b", true));
  OK(leat_bind_int(h, "i", INT64_MIN));
  OK(leat_bind_double(h, "d", 0.1));
  OK(leat_bind_string(h, "s", bytes, 3));
  OK(leat_bind_json(h, "j", "{\"list\": [1, null, \"x\"], \"none\": null}", 38));
  GIVES("return {type(n), b, math.mininteger == i, d, #s, s:byte(3)}",
        "[\"nil\",true,true,0.1,3,255]\n");
  GIVES("return {type(j), j.list[1], j.list[2] == leat.null, #j.list, j.none == nil}",
        "[\"table\",1,true,3,true]\n");
  FAILS(leat_bind_json(h, "k", "{\"a\": }", 7), LEAT_E_SYNTAX,
        "k: malformed JSON: line 1, column 7");
  FAILS(leat_bind_json(h, "k", "\"\xff\"", 3), LEAT_E_ENCODING, "k: ");
  FAILS(leat_bind_json(h, "k", "", 0), LEAT_E_SYNTAX, "k: ");
  OK(leat_bind_json(h, "b", "null", 4));
  GIVES("return type(b)", "\"nil\"\n");
  /* Functions see what is bound later. */
  OK(load("limited = range(10):filter(function(x) return x > least end)"));
  leat_run *run;
  leat_item *item;
  int64_t first = 0;
  for (int64_t least = 3; least < 6; least++) {
    OK(leat_bind_int(h, "least", least));
    OK(leat_start(h, "limited", &run));
    OK(leat_next(run, &item));
    OK(leat_get_int(item, NULL, &first));
    CHECK(first == least + 1);
    OK(leat_stop(run));
  }
}

/* --- runs --- */

static void test_runs (void) {
  leat_run *run, *other;
  leat_item *item, *item2;
  int64_t n = 0, items = -1;
  FAILS(leat_start(h, "nobody", &run), LEAT_E_USE, "no global 'nobody'");
  CHECK(run == NULL);
  OK(load("f = function() end return"));
  FAILS(leat_start(h, "f", &run), LEAT_E_USE, "f is a function");
  FAILS(leat_start(h, NULL, &run), LEAT_E_USE, "returned nothing");
  OK(load("return 1, 2"));
  FAILS(leat_start(h, NULL, &run), LEAT_E_USE, "returned 2 values");
  FAILS(leat_drain(h, "x", &items), LEAT_E_USE, "expected a pipeline, but x is a number");
  CHECK(items == 0);
  GIVES("return 'text'", "\"text\"\n");
  GIVES("return {}", "{}\n");
  GIVES("return leat.null", "null\n");
  GIVES("return false", "false\n");
  GIVES("return empty()", "");

  /* Two runs of one pipeline in turns, each with its items. */
  OK(load("p = from{'a', 'b', 'c'}:map(function(s) return {s = s} end)"));
  OK(leat_start(h, "p", &run));
  OK(leat_start(h, "p", &other));
  const char *first, *second;
  OK(leat_next(run, &item));
  OK(leat_next(other, &item2));
  OK(leat_next(other, &item2));
  OK(leat_get_string(item, "s", &first, NULL));
  OK(leat_get_string(item2, "s", &second, NULL));
  CHECK(strcmp(first, "a") == 0 && strcmp(second, "b") == 0);
  OK(leat_next(other, &item2));
  END(leat_next(other, &item2));
  END(leat_next(other, &item2));
  OK(leat_stop(other));
  OK(leat_next(run, &item));
  OK(leat_stop(run));

  /* A generator that the script has opened stays the script's. */
  OK(load("g = range(5):open() g:next()"));
  OK(leat_start(h, "g", &run));
  OK(leat_next(run, &item));
  OK(leat_get_int(item, NULL, &n));
  CHECK(n == 2);
  OK(leat_stop(run));
  GIVES("return {g:next(), g:status()}", "[3,\"suspended\"]\n");

  /* What a run has opened is closed when it ends, by itself, by an error, by leat_stop. */
  OK(load("opened, closed = 0, 0\n"
          "r = resource(function() opened = opened + 1 return {} end,\n"
          "  function(s) s[1] = (s[1] or 0) + 1 return s[1] < 4 and s[1] or nil end,\n"
          "  function() closed = closed + 1 end)\n"
          "bad = r:map(function(x) return x < 3 and x or error('too large', 0) end)"));
  OK(leat_drain(h, "r", &items));
  CHECK(items == 3);
  FAILS(leat_drain(h, "bad", &items), LEAT_E_CALLBACK, "too large (in map, stage 2, at item 3)");
  CHECK(items == 2 && leat_error(h)->stage_number == 2 && leat_error(h)->item == 3);
  CHECK(strcmp(leat_error(h)->stage, "map") == 0 &&
        strstr(leat_error(h)->pipeline, "resource") != NULL);
  OK(leat_start(h, "r", &run));
  OK(leat_stop(run)); /* opens nothing */
  OK(leat_start(h, "r", &run));
  OK(leat_next(run, &item));
  OK(leat_stop(run));
  OK(leat_start(h, "bad", &run));
  OK(leat_next(run, &item));
  OK(leat_next(run, &item));
  FAILS(leat_next(run, &item), LEAT_E_CALLBACK, "too large");
  CHECK(leat_next(run, &item) == LEAT_E_CALLBACK);
  OK(leat_stop(run));
  GIVES("return {opened, closed}", "[4,4]\n");

  /* An error of a close handler is leat_stop's. */
  OK(load("r = resource(function() return 1 end, function(s) return s end,\n"
          "             function() error('cannot close', 0) end)"));
  OK(leat_start(h, "r", &run));
  OK(leat_next(run, &item));
  FAILS(leat_stop(run), LEAT_E_CLOSE, "cannot close");

  /* Nothing can wait in the host's thread. */
  OK(load("return range(3):map(function(n) return coroutine.yield(n) end)"));
  FAILS(leat_drain(h, NULL, NULL), LEAT_E_CALLBACK, "outside a coroutine");
  FAILS(load("coroutine.yield()"), LEAT_E_CALLBACK, "outside a coroutine");
  FAILS(load("return generator(function() yield(yield_from(7)) end)():sum()"), LEAT_E_CALLBACK,
        "yield_from");
  GIVES("return generator(function(n) for i = 1, n do yield(i, -i) end end)(2)",
        "[1,-1]\n[2,-2]\n");
}

/* --- items --- */

static leat_item *only_item (const char *script, leat_run **run) {
  leat_item *item = NULL;
  OK(load(script));
  OK(leat_start(h, NULL, run));
  OK(leat_next(*run, &item));
  return item;
}

static void test_items (void) {
  leat_run *run;
  leat_kind kind = LEAT_OTHER;
  bool flag = false;
  int64_t n = 0;
  double d = 0;
  const char *s = NULL, *s2 = NULL;
  size_t length = 0;
  FILE *file = fopen("build/leat_test.jsonl", "w");
  fputs("{\"id\": 7, \"price\": 1.10, \"big\": 1e300, \"yes\": true, \"no\": false, "
        "\"none\": null, \"user\": {\"name\": \"Ada\", \"x y\": \"\\u00e9\\n\"}, "
        "\"tags\": [\"a\", null, [1]], "
        "\"empty\": \"\", \"whole\": 3.0}\n", file);
  fclose(file);
  /* As it is read, and after it has been changed: the paths find the same. */
  for (int round = 0; round < 4; round++) {
    leat_item *item = only_item(
        round < 2 ? "return read_jsonl('build/leat_test.jsonl')"
        : round == 2
            ? "return read_jsonl('build/leat_test.jsonl'):tap(function(r)\n"
              "r.new = 1 r.user.new = 1 r.user.name = 'Ada' end)"
            : "return read_jsonl('build/leat_test.jsonl', {records = 'table'})",
        &run);
    OK(leat_get_int(item, "id", &n));
    CHECK(n == 7);
    OK(leat_get_double(item, "id", &d));
    CHECK(d == 7);
    OK(leat_get_double(item, "price", &d));
    CHECK(d == 1.1);
    OK(leat_get_int(item, "whole", &n));
    CHECK(n == 3);
    FAILS(leat_get_int(item, "price", &n), LEAT_E_ITEM,
          "expected 'price' to be an integer, but it is a double");
    FAILS(leat_get_int(item, "big", &n), LEAT_E_ITEM, "a double");
    CHECK(n == 3); /* left alone */
    OK(leat_get_bool(item, "yes", &flag));
    CHECK(flag);
    OK(leat_get_bool(item, "no", &flag));
    CHECK(!flag);
    FAILS(leat_get_bool(item, "id", &flag), LEAT_E_ITEM, "a boolean, but it is an integer");
    OK(leat_get_string(item, "user.name", &s, &length));
    OK(leat_get_string(item, "user[\"x y\"]", &s2, NULL));
    CHECK(strcmp(s, "Ada") == 0 && length == 3 && strcmp(s2, "\xc3\xa9\n") == 0);
    OK(leat_get_string(item, "empty", &s2, &length));
    CHECK(*s2 == '\0' && length == 0 && strcmp(s, "Ada") == 0);
    FAILS(leat_get_string(item, "user.age", &s2, NULL), LEAT_E_ITEM,
          "expected 'user.age' to be a string, but it is missing");
    FAILS(leat_get_string(item, "id.x.y", &s2, NULL), LEAT_E_ITEM, "missing");
    FAILS(leat_get_string(item, "tags", &s2, NULL), LEAT_E_ITEM, "a list");
    OK(leat_get_length(item, "tags", &length));
    CHECK(length == 3);
    FAILS(leat_get_length(item, "user", &length), LEAT_E_ITEM, "a list, but it is a record");
    OK(leat_get_string(item, "tags[1]", &s2, NULL));
    CHECK(strcmp(s2, "a") == 0);
    OK(leat_get_int(item, "tags[-1][1]", &n));
    CHECK(n == 1);
    static const struct { const char *path; leat_kind kind; } kinds[] = {
      { NULL, LEAT_RECORD }, { "_", LEAT_RECORD }, { "id", LEAT_INT }, { "price", LEAT_DOUBLE },
      { "yes", LEAT_BOOL }, { "user", LEAT_RECORD }, { "user.name", LEAT_STRING },
      { "tags", LEAT_LIST }, { "tags[2]", LEAT_NULL }, { "tags[3]", LEAT_LIST },
      { "tags[4]", LEAT_MISSING }, { "nothing", LEAT_MISSING }, { "_1.id", LEAT_INT },
      { "_2", LEAT_MISSING }, { "_.id", LEAT_INT }
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
      OK(leat_get_kind(item, kinds[i].path, &kind));
      if (kind != kinds[i].kind) fprintf(stderr, "path %s\n", kinds[i].path);
      CHECK(kind == kinds[i].kind);
    }
    OK(leat_get_kind(item, "none", &kind)); /* plain tables leave null fields out */
    CHECK(kind == (round == 3 ? LEAT_MISSING : LEAT_NULL));
    OK(leat_get_json(item, "tags", &s, &length));
    CHECK(strlen(s) == length && s[length - 2] == ']' && memchr(s, '\n', length) == NULL);
    OK(leat_get_json(item, "nothing", &s, NULL));
    CHECK(strcmp(s, "null") == 0);
    CHECK(leat_get_parts(item) == 1);
    FAILS(leat_get_kind(item, "a[", &kind), LEAT_E_USE, "is no path");
    FAILS(leat_get_kind(item, "", &kind), LEAT_E_USE, "is no path");
    FAILS(leat_get_kind(item, "a.end", &kind), LEAT_E_USE, "is no path");
    END(leat_next(run, &item));
    OK(leat_stop(run));
  }
  /* A path whose text changes in place; more of them than are kept. */
  leat_item *item = only_item("t = {} for i = 1, 2000 do t[i] = {k = -i} end return t", &run);
  char path[40];
  for (int i = 2000; i >= 1; i--) {
    snprintf(path, sizeof path, "[%d].k", i);
    FAILS(leat_get_int(item, path, &n), LEAT_E_USE, "is no path");
    snprintf(path, sizeof path, "_[%d].k", i);
    OK(leat_get_int(item, path, &n));
    CHECK(n == -i);
  }
  OK(leat_stop(run));
  /* A tuple; what is in no table. */
  item = only_item("return range(3):enumerate(8):map(function(a, b) return a end):zip(from{'x'},\n"
                   "  {{id = 5}})", &run);
  CHECK(leat_get_parts(item) == 3);
  OK(leat_get_int(item, "_1", &n));
  CHECK(n == 8);
  OK(leat_get_string(item, "_2", &s, NULL));
  OK(leat_get_int(item, "_3.id", &n));
  CHECK(strcmp(s, "x") == 0 && n == 5);
  OK(leat_get_int(item, "id", &n)); /* of the last part */
  CHECK(n == 5);
  FAILS(leat_get_int(item, NULL, &n), LEAT_E_ITEM,
        "expected the item to be an integer, but it is a tuple");
  OK(leat_get_json(item, NULL, &s, NULL));
  CHECK(strcmp(s, "[8,\"x\",{\"id\":5}]") == 0);
  OK(leat_stop(run));
  item = only_item("return from{print}", &run);
  OK(leat_get_kind(item, NULL, &kind));
  CHECK(kind == LEAT_OTHER);
  FAILS(leat_get_json(item, NULL, &s, NULL), LEAT_E_VALUE, "no JSON form");
  OK(leat_stop(run));
  item = only_item("return from{0/0}", &run);
  FAILS(leat_get_json(item, NULL, &s, NULL), LEAT_E_VALUE, "NaN");
  OK(leat_get_double(item, NULL, &d));
  CHECK(d != d);
  OK(leat_stop(run));
  /* Lines stay in the reader's buffer until they are asked for. */
  file = fopen("build/leat_test.txt", "w");
  for (int i = 0; i < 1000; i++) fprintf(file, "line %d\n", i);
  fclose(file);
  OK(load("return read_lines('build/leat_test.txt')"));
  OK(leat_start(h, NULL, &run));
  char wanted[40];
  for (int i = 0; i < 1000; i++) {
    OK(leat_next(run, &item));
    snprintf(wanted, sizeof wanted, "line %d", i);
    OK(leat_get_string(item, "_1", &s, &length));
    OK(leat_get_string(item, NULL, &s2, NULL));
    CHECK(strcmp(s, wanted) == 0 && length == strlen(wanted) && strcmp(s2, wanted) == 0);
  }
  END(leat_next(run, &item));
  OK(leat_stop(run));
  remove("build/leat_test.txt");
  remove("build/leat_test.jsonl");
}

/* --- callbacks --- */

static int destroyed;
static void destroy (void *ud) {
  (void)ud;
  destroyed++;
}

/* Does what the first argument says. */
static leat_code act (void *ud, leat_item *arguments, leat_builder *b) {
  const char *what = "";
  (void)ud;
  leat_get_string(arguments, "_1", &what, NULL);
  if (strcmp(what, "parts") == 0) return leat_add_int(b, (int64_t)leat_get_parts(arguments));
  if (strcmp(what, "nothing") == 0) return LEAT_OK;
  if (strcmp(what, "end") == 0) return LEAT_END;
  if (strcmp(what, "fail") == 0) return leat_fail(b, LEAT_E_IO, "no %s", "luck");
  if (strcmp(what, "code") == 0) return LEAT_E_NUMBER;
  if (strcmp(what, "no code") == 0) return (leat_code)12345;
  if (strcmp(what, "raise") == 0) luaL_error(leat_lua(h), "raised");
  if (strcmp(what, "raise halfway") == 0) {
    leat_begin_list(b);
    leat_add_string(b, "x", 1);
    luaL_error(leat_lua(h), "raised");
  }
  if (strcmp(what, "no utf8") == 0) leat_begin_list(b), leat_add_string(b, "ab\xff", 3);
  if (strcmp(what, "bytes") == 0) return leat_add_string(b, "a\0\xff", 3);
  if (strcmp(what, "infinite") == 0) leat_begin_list(b), leat_add_double(b, 1e308 * 10);
  if (strcmp(what, "open list") == 0) leat_begin_list(b);
  if (strcmp(what, "end alone") == 0) leat_end(b);
  if (strcmp(what, "field alone") == 0) leat_add_field(b, "a");
  if (strcmp(what, "value alone") == 0) leat_begin_record(b), leat_add_int(b, 1);
  if (strcmp(what, "two fields") == 0)
    leat_begin_record(b), leat_add_field(b, "a"), leat_add_field(b, "b");
  if (strcmp(what, "end after field") == 0)
    leat_begin_record(b), leat_add_field(b, "a"), leat_end(b);
  if (strcmp(what, "bad json") == 0) leat_add_json(b, "[1,]", 4);
  if (strcmp(what, "bad inner json") == 0) leat_begin_list(b), leat_add_json(b, "[1,]", 4);
  if (strcmp(what, "deep") == 0)
    for (int i = 0; i < 2000; i++) leat_begin_list(b);
  if (strcmp(what, "all") == 0) {
    leat_add_null(b);
    leat_add_bool(b, true);
    leat_add_int(b, INT64_MIN);
    leat_add_double(b, 0.5);
    leat_add_string(b, "", 0);
    leat_add_json(b, " [1] ", 5);
    leat_begin_record(b);
    leat_add_field(b, "\"");
    leat_begin_list(b);
    leat_add_null(b);
    leat_add_bool(b, false);
    leat_add_int(b, -1);
    leat_add_double(b, 1);
    leat_add_string(b, "\n", 1);
    leat_add_json(b, "{}", 2);
    leat_begin_record(b);
    leat_end(b);
    leat_begin_list(b);
    leat_end(b);
    leat_end(b);
    leat_add_field(b, "n");
    leat_add_int(b, 2);
    leat_end(b);
  }
  if (strcmp(what, "busy") == 0) {
    leat_run *run;
    char text[300];
    leat_code code = leat_start(h, "x", &run);
    leat_close(h);
    snprintf(text, sizeof text, "%s, %d, %d", leat_code_name(code), run == NULL,
             leat_load(h, "x", 1, "x") == LEAT_E_USE && leat_bind_int(h, "x", 1) == LEAT_E_USE);
    return leat_add_string(b, text, strlen(text));
  }
  return LEAT_OK;
}

static void test_functions (void) {
  OK(leat_register_function(h, "act", act, NULL, destroy));
  GIVES("return {act('parts', 1, nil), act('parts'), select('#', act('nothing')),\n"
        "select('#', act('end'))}", "[3,1,0,0]\n");
  FAILS(load("act('fail')"), LEAT_E_IO, "act: no luck");
  FAILS(load("act('code')"), LEAT_E_NUMBER, "act: failed");
  FAILS(load("act('no code')"), LEAT_E_CALLBACK, "act: failed");
  FAILS(load("act('raise')"), LEAT_E_CALLBACK, "raised");
  GIVES("return select(2, coroutine.wrap(function() return pcall(act, 'raise halfway') end)())",
        "\"raised\"\n");
  GIVES("return generator(function() pcall(act, 'raise') yield(1) end)()", "1\n");
  FAILS(load("act('raise halfway')"), LEAT_E_CALLBACK, "raised");
  FAILS(load("act('no utf8')"), LEAT_E_ENCODING, "not valid UTF-8 at byte 3");
  FAILS(load("act('infinite')"), LEAT_E_VALUE, "an infinity has no JSON form");
  FAILS(load("act('open list')"), LEAT_E_USE, "not ended");
  FAILS(load("act('end alone')"), LEAT_E_USE, "leat_end without");
  FAILS(load("act('field alone')"), LEAT_E_USE, "outside a record");
  FAILS(load("act('value alone')"), LEAT_E_USE, "without leat_add_field");
  FAILS(load("act('two fields')"), LEAT_E_USE, "the field 'b'");
  FAILS(load("act('end after field')"), LEAT_E_USE, "a field's value was expected");
  FAILS(load("act('bad json')"), LEAT_E_SYNTAX, "malformed JSON: line 1, column 4");
  FAILS(load("act('bad inner json')"), LEAT_E_SYNTAX, "malformed JSON");
  FAILS(load("act('deep')"), LEAT_E_DEPTH, "1000 levels");
  GIVES("return #act('bytes')", "3\n");
  GIVES("return from{'all'}:flat_map(function(s) return {act(s)} end)",
        "null\ntrue\n-9223372036854775808\n0.5\n\"\"\n[1]\n"
        "{\"\\\"\":[null,false,-1,1.0,\"\\n\",{},{},[]],\"n\":2}\n");
  GIVES("return act('busy')", "\"use, 1, 1\"\n");
  /* As a callback of a pipeline: on_error takes its errors, as their codes say. */
  GIVES("return from{'parts', 'raise', 'code', 'parts'}:map(act):on_error(function(e)\n"
        "return {e.code, e.stage} end)",
        "1\n[\"callback\",\"map\"]\n[\"number\",\"map\"]\n1\n");
  FAILS(load("from{'parts', 'fail'}:map(act):on_error('skip'):count()"), LEAT_E_IO,
        "act: no luck (in map, stage 2, at item 2)");
  /* Names that are taken over: the old one is destroyed when nobody has it any more. */
  destroyed = 0;
  OK(leat_register_function(h, "act", act, NULL, destroy));
  OK(load("return"));
  OK(load("collectgarbage() collectgarbage()"));
  CHECK(destroyed == 1);
}

struct numbers {
  int64_t at, last;
};
static int opened, closed;

static leat_code numbers_open (void *ud, leat_item *arguments, void **cursor, leat_builder *b) {
  struct numbers *n = calloc(1, sizeof *n);
  (void)ud, (void)b;
  leat_code code = leat_get_int(arguments, "_1", &n->last);
  if (code != LEAT_OK) {
    free(n);
    return code;
  }
  opened++;
  *cursor = n;
  return LEAT_OK;
}

static leat_code numbers_next (void *cursor, leat_builder *b) {
  struct numbers *n = cursor;
  if (n->at == n->last) return LEAT_END;
  if (++n->at == 7) return leat_fail(b, LEAT_E_IO, "seven");
  if (n->at == 8) luaL_error(leat_lua(h), "eight");
  return n->at == 9 ? LEAT_OK : leat_add_int(b, n->at);
}

static void numbers_close (void *cursor) {
  closed++;
  free(cursor);
}

static leat_code once_next (void *cursor, leat_builder *b) {
  int *left = cursor;
  if (--*left < 0) return LEAT_END;
  leat_add_int(b, *left);
  return leat_add_string(b, "part", 4);
}

static void test_sources (void) {
  leat_run *run;
  leat_item *item;
  leat_source source = { .size = sizeof source, .destroy = destroy, .open = numbers_open,
                         .next = numbers_next, .close = numbers_close };
  destroyed = 0;
  OK(leat_register_source(h, "numbers", &source));
  GIVES("p = numbers(3) return p", "1\n2\n3\n");
  GIVES("return p:chain(p):sum()", "12\n");
  GIVES("return {tostring(p:take(2)), p:take(2):explain():find('numbers') ~= nil,\n"
        "  p:take(2):count()}", "[\"numbers() | take(2)\",true,2]\n");
  CHECK(opened == 4 && closed == 4);
  GIVES("for x in p:iter() do if x == 2 then break end end return 1", "1\n");
  CHECK(opened == 5 && closed == 5);
  FAILS(load("numbers('x'):count()"), LEAT_E_ITEM, "numbers: expected '_1' to be an integer");
  CHECK(strcmp(leat_error(h)->stage, "numbers") == 0 && opened == 5);
  FAILS(load("numbers(9):count()"), LEAT_E_IO, "numbers: seven (in numbers, stage 1, at item 6)");
  FAILS(load("numbers(9):on_error('skip'):count()"), LEAT_E_IO, "seven");
  GIVES("return numbers(9):catch(function(e) return {e.message} end):last()",
        "\"numbers: seven\"\n");
  CHECK(opened == closed);
  OK(leat_start(h, "p", &run));
  OK(leat_next(run, &item));
  CHECK(opened == closed + 1);
  OK(leat_stop(run));
  CHECK(opened == closed);
  source.next = NULL;
  FAILS(leat_register_source(h, "bad", &source), LEAT_E_USE, "'bad' has no next");
  CHECK(destroyed == 1);
  source.size = 5;
  FAILS(leat_register_source(h, "bad", &source), LEAT_E_USE, "size");
  int left = 2;
  const leat_source plain = { .size = sizeof plain, .ud = &left, .next = once_next };
  OK(leat_register_source(h, "plain", &plain));
  GIVES("return plain()", "[1,\"part\"]\n[0,\"part\"]\n");
  /* What it raises by itself, and an item that is none. */
  opened = closed = 0;
  struct numbers at_seven = { 7, 9 };
  const leat_source raising = { .size = sizeof raising, .ud = &at_seven, .next = numbers_next };
  OK(leat_register_source(h, "raising", &raising));
  FAILS(load("raising():count()"), LEAT_E_CALLBACK, "eight (in raising, stage 1)");
  FAILS(load("raising():count()"), LEAT_E_USE, "returned LEAT_OK and added no item");
}

static char written[1000];
static leat_code text_open (void *ud, leat_item *arguments, void **cursor, leat_builder *b) {
  const char *name = "";
  (void)ud, (void)b;
  leat_code code = leat_get_string(arguments, NULL, &name, NULL);
  if (code != LEAT_OK) return code;
  snprintf(written, sizeof written, "<%s>", name);
  *cursor = written;
  return LEAT_OK;
}

static leat_code text_write (void *cursor, leat_item *item, leat_builder *b) {
  const char *json;
  leat_code code = leat_get_json(item, NULL, &json, NULL);
  if (code != LEAT_OK) return code;
  if (strcmp(json, "13") == 0) return leat_fail(b, LEAT_E_VALUE, "unlucky");
  if (strcmp(json, "14") == 0) luaL_error(leat_lua(h), "fourteen");
  strcat(cursor, json);
  return LEAT_OK;
}

static leat_code text_close (void *cursor, bool has_failed, leat_builder *b) {
  strcat(cursor, has_failed ? "</failed>" : "</done>");
  if (strstr(cursor, "close badly") != NULL) return leat_fail(b, LEAT_E_IO, "cannot commit");
  return strstr(cursor, "count") != NULL ? LEAT_OK : leat_add_string(b, cursor, strlen(cursor));
}

static void test_sinks (void) {
  const leat_sink sink = { .size = sizeof sink, .destroy = destroy, .open = text_open,
                           .write = text_write, .close = text_close };
  const leat_sink plain = { .size = sizeof plain, .ud = written, .write = text_write };
  destroyed = 0;
  OK(leat_register_sink(h, "put", &sink));
  FAILS(leat_register_sink(h, "put", &sink), LEAT_E_CALLBACK, "one called 'put' already");
  FAILS(leat_register_sink(h, "filter", &sink), LEAT_E_CALLBACK, "one called 'filter' already");
  FAILS(leat_register_sink(h, "no name", &sink), LEAT_E_CALLBACK, "method's name");
  CHECK(destroyed == 3);
  leat_sink none = sink;
  none.write = NULL;
  FAILS(leat_register_sink(h, "none", &none), LEAT_E_USE, "no write");
  GIVES("return range(3):put('a')", "\"<a>123</done>\"\n");
  GIVES("return range(3):enumerate():put('count')", "3\n");
  CHECK(strcmp(written, "<count>[1,1][2,2][3,3]</done>") == 0);
  GIVES("return range(3):open():put('b')", "\"<b>123</done>\"\n");
  GIVES("return empty():put('b')", "\"<b></done>\"\n");
  FAILS(load("range(3):put()"), LEAT_E_ITEM, "put: expected the item to be a string");
  FAILS(load("range(3):put(1)"), LEAT_E_ITEM, "in put, stage 2");
  FAILS(load("range(11, 20):put('c')"), LEAT_E_VALUE, "put: unlucky (in put, stage 2, at item 3)");
  CHECK(strcmp(written, "<c>1112</failed>") == 0);
  FAILS(load("range(14, 20):put('c')"), LEAT_E_CALLBACK, "fourteen (in put, stage 2, at item 1)");
  CHECK(strcmp(written, "<c></failed>") == 0);
  FAILS(load("range(3):map(function(n) return n == 2 and error('x', 0) or n end):put('d')"),
        LEAT_E_CALLBACK, "x (in map, stage 2, at item 2)");
  CHECK(strcmp(written, "<d>1</failed>") == 0);
  FAILS(load("range(3):put('close badly')"), LEAT_E_IO, "put: cannot commit (in put, stage 2");
  FAILS(load("range(13, 14):put('close badly')"), LEAT_E_VALUE, "unlucky");
  GIVES("return select(2, pcall(function() range(13, 14):put('close badly') end))\n"
        "  .suppressed[1].message", "\"put: cannot commit\"\n");
  written[0] = '\0';
  OK(leat_register_sink(h, "plain_put", &plain));
  GIVES("return range(2):plain_put()", "2\n");
  CHECK(strcmp(written, "12") == 0);
}

/* --- interrupts, limits, warnings --- */

static void on_alarm (int number) {
  (void)number;
  leat_interrupt(h);
}

static void *interrupt_later (void *ud) {
  usleep(20000);
  leat_interrupt(ud);
  return NULL;
}

static void test_interrupt (void) {
  struct sigaction action = { .sa_handler = on_alarm };
  struct itimerval soon = { { 0, 0 }, { 0, 20000 } };
  pthread_t thread;
  int64_t items = 0;
  leat_run *run;
  leat_item *item;
  OK(load("closing = range(2):finally(function() count_from():drain() end)\n"
          "native = count_from(1) called = count_from(1):map(function(n) return n end)\n"
          "body = generator(function() while true do yield(1) end end)():filter(function(n)\n"
          "  return n > 1 end)"));
  static const char *const names[] = { "native", "called", "body", "closing" };
  sigaction(SIGALRM, &action, NULL);
  for (int i = 0; i < 4; i++) {
    setitimer(ITIMER_REAL, &soon, NULL);
    FAILS(leat_drain(h, names[i], &items), LEAT_E_USE, "interrupted");
    pthread_create(&thread, NULL, interrupt_later, h);
    FAILS(leat_drain(h, names[i], &items), LEAT_E_USE, "interrupted");
    pthread_join(thread, NULL);
  }
  /* A read that waits is woken by the signal; one that never comes to an item sees it, too. */
  int ends[2], standard = dup(0);
  CHECK(pipe(ends) == 0 && dup2(ends[0], 0) == 0);
  OK(load("waits = read_lines('-') waits_csv = read_csv('/dev/stdin')\n"
          "skips = read_lines('/dev/zero', {max_record = 9}):on_error('skip')"));
  static const char *const readers[] = { "waits", "waits_csv", "skips" };
  for (int i = 0; i < 3; i++) {
    setitimer(ITIMER_REAL, &soon, NULL);
    FAILS(leat_drain(h, readers[i], NULL), LEAT_E_USE, "interrupted");
    GIVES("return range(1)", "1\n");
  }
  dup2(standard, 0);
  close(standard), close(ends[0]), close(ends[1]);
  /* The next pull is the one that sees it, and only that. */
  OK(leat_start(h, "native", &run));
  OK(leat_next(run, &item));
  leat_interrupt(h);
  FAILS(leat_next(run, &item), LEAT_E_USE, "interrupted");
  OK(leat_stop(run));
  GIVES("return native:take(1)", "1\n");
}

static char warning[300];
static void on_warning (void *ud, const char *text) {
  CHECK(ud == warning);
  snprintf(warning, sizeof warning, "%s", text);
}

static void test_limits (void) {
  leat_options options = { .size = sizeof options, .memory_limit = 2000000, .warn = on_warning,
                           .warn_ud = warning };
  leat *before = h;
  size_t now, peak;
  CHECK(leat_open(&h, &options) == LEAT_OK);
  FAILS(load("return count_from(1):collect()"), LEAT_E_MEMORY, "not enough memory");
  FAILS(load("return ('x'):rep(1 << 40)"), LEAT_E_CALLBACK, "too large");
  FAILS(load("return ('x'):rep(1 << 30)"), LEAT_E_MEMORY, "not enough memory");
  FAILS(load("local t = {} for i = 1, 1e9 do t[i] = i end"), LEAT_E_MEMORY, "not enough memory");
  FAILS(load("local t = {} for i = 1, 50 do t[i] = ('x'):rep(50000) end return table.concat(t)"),
        LEAT_E_MEMORY, "not enough memory");
  /* The C core's buffers count. */
  FAILS(load("return read_chunks('/dev/zero', {size = 8 * 1024 * 1024}):first()"), LEAT_E_MEMORY,
        "not enough memory");
  FAILS(load("return read_lines('/dev/zero'):first()"), LEAT_E_MEMORY, "not enough memory");
  leat_memory(h, &now, &peak);
  CHECK(peak <= 2000000 && peak > 1000000);
  GIVES("return pcall(string.rep, 'x', 1 << 40) or 'still here'", "\"still here\"\n");
  GIVES("return range(3):map(function(n) if n == 2 then error 'x' end return n end)\n"
        "  :on_error('skip')", "1\n3\n");
  CHECK(strstr(warning, "skipped 1 item; the first: ") == warning);
  OK(load("warn('@on') warn('one ', 'two')"));
  CHECK(strcmp(warning, "one two") == 0);
  OK(load("r = resource(function() return 1 end, function(s) return s end,\n"
          "             function() error('cannot close', 0) end)"));
  leat_run *run;
  leat_item *item;
  OK(leat_start(h, "r", &run));
  OK(leat_next(run, &item));
  leat_close(h);
  CHECK(strstr(warning, "cannot close") != NULL);
  for (size_t limit = 1000; limit < 100000; limit += 1000) {
    options.memory_limit = limit;
    leat_code code = leat_open(&h, &options);
    CHECK(code == LEAT_OK || (code == LEAT_E_MEMORY && h == NULL));
    leat_close(h);
  }
  h = before;
}

/* --- sandboxes --- */

/* The stress flavour collects all garbage at each pull. */
#ifdef LEAT_STRESS
enum { INSTRUCTIONS = 100000, MEMORY = 1 << 20 };
#else
enum { INSTRUCTIONS = 2000000, MEMORY = 8 << 20 };
#endif

/* Scripts that the sandbox stops, each with an error that says why; the handle can be used on. */
static void test_sandbox (void) {
  leat_options options = { .size = sizeof options, .sandbox = true, .memory_limit = MEMORY,
                           .instruction_limit = INSTRUCTIONS };
  leat *before = h;
  static const struct { const char *text; leat_code code; const char *part; } scripts[] = {
    { "while true do end", LEAT_E_LIMIT, "instructions" },
    { "while true do pcall(function() while true do end end) end", LEAT_E_LIMIT, "instructions" },
    { "local co = coroutine.wrap(function() while true do end end) co()", LEAT_E_LIMIT, "instr" },
    { "xpcall(function() error() end, function() while true do end end)", LEAT_E_LIMIT, "instr" },
    { "for i = 1, 1e9 do coroutine.wrap(function() local x = i end)() end", LEAT_E_LIMIT, "" },
    { "return range(1 << 60):count()", LEAT_E_LIMIT, "instructions" },
    { "return count_from(1):map(function(n) return n end):on_error('skip'):drain()", LEAT_E_LIMIT,
      "instructions" },
    { "generator(function() while true do end end)():on_error('skip'):drain()", LEAT_E_LIMIT, "" },
    { "local t = {} while true do t[#t + 1] = {} end", LEAT_E_MEMORY, "not enough memory" },
    { "return count_from(1):collect()", LEAT_E_MEMORY, "not enough memory" },
    { "local s = 'x' while true do s = s .. s end", LEAT_E_MEMORY, "not enough memory" },
    { "return ('x'):rep(1 << 30)", LEAT_E_MEMORY, "not enough memory" },
    { "return ('a'):rep(30):find(('a*'):rep(20) .. 'b')", LEAT_E_LIMIT, "instructions" },
    { "local s = ('x'):rep(1 << 20) local t = {} for i = 1, 1000 do t[i] = s end\n"
      "return table.concat(t)", LEAT_E_MEMORY, "not enough memory" },
    { "return io.open('/etc/passwd')", LEAT_E_DENIED, "" },
    { "return read_lines('/etc/passwd'):first()", LEAT_E_DENIED, "read_lines" },
    { "return range(3):write_lines('build/denied')", LEAT_E_DENIED, "write_lines" },
    { "io.write('x')", LEAT_E_DENIED, "" },
    { "return os.execute('true')", LEAT_E_DENIED, "" },
    { "return io.popen('true')", LEAT_E_DENIED, "" },
    { "return os.getenv 'HOME'", LEAT_E_DENIED, "" },
    { "os.remove('build/x')", LEAT_E_DENIED, "" },
    { "os.exit()", LEAT_E_DENIED, "os.exit is not" },
    { "return require 'lpeg'", LEAT_E_DENIED, "" },
    { "return debug.sethook()", LEAT_E_DENIED, "debug.sethook is not" },
    { "return assert(load('\\27Lua'))", LEAT_E_CALLBACK, "binary" },
    { "return string.dump(function() end)", LEAT_E_DENIED, "string.dump is not" },
    { "string.rep = nil", LEAT_E_CALLBACK, "" },
    { "getmetatable('').__index = nil", LEAT_E_CALLBACK, "" },
    { "leat.range = nil", LEAT_E_CALLBACK, "" },
    { "setmetatable({}, {__gc = function() end})", LEAT_E_CALLBACK, "__gc" },
  };
  CHECK(leat_open(&h, &options) == LEAT_OK);
  OK(leat_register_function(h, "act", act, NULL, NULL));
  const leat_sink sink = { .size = sizeof sink, .open = text_open, .write = text_write,
                           .close = text_close };
  OK(leat_register_sink(h, "put", &sink));
  for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
    int64_t sum = 0;
    leat_run *run;
    leat_item *item;
    fails(load(scripts[i].text), scripts[i].code, scripts[i].part, scripts[i].text, __LINE__);
    OK(load("kept = range(10):map(function(n) return n * 2 end):sum()"));
    OK(leat_start(h, "kept", &run));
    OK(leat_next(run, &item));
    OK(leat_get_int(item, "_", &sum));
    CHECK(sum == 110);
    OK(leat_stop(run));
  }
  size_t peak;
  leat_memory(h, NULL, &peak);
  CHECK(peak <= MEMORY);
  /* A script may not see what another has changed, but globals are the handle's. */
  GIVES("return {act('parts', 1, 2), type(range), type(read_csv), tostring(kept)}",
        "[3,\"function\",\"function\",\"110\"]\n");
  /* Each leat_next has the limits for itself, leat_drain has them once. */
  OK(leat_bind_int(h, "work", INSTRUCTIONS / 20));
  OK(load("busy = range(100):map(function(n) for i = 1, work do end return n end)\n"
          "native = range(1 << 60)"));
  leat_run *run;
  leat_item *item;
  int64_t items = 0, n = 0;
  OK(leat_start(h, "busy", &run));
  for (int i = 1; i <= 100; i++) OK(leat_next(run, &item));
  END(leat_next(run, &item));
  OK(leat_stop(run));
  FAILS(leat_drain(h, "busy", &items), LEAT_E_LIMIT, "instructions");
  CHECK(items > 3 && items < 30);
  FAILS(leat_drain(h, "native", &items), LEAT_E_LIMIT, "instructions");
  CHECK(items > INSTRUCTIONS / 20 && items < INSTRUCTIONS + 1000); /* counted by the hundred */
  OK(leat_start(h, "native", &run));
  for (int i = 1; i <= 100; i++) OK(leat_next(run, &item));
  OK(leat_get_int(item, NULL, &n));
  CHECK(n == 100);
  OK(leat_stop(run));
  /* A host's sink is closed even then. */
  FAILS(load("count_from(100):map(function(n) while n > 105 do end return n end):put('s')"),
        LEAT_E_LIMIT, "instructions");
  CHECK(strcmp(written, "<s>100101102103104105</failed>") == 0);
  leat_close(h);

  /* What is allowed works; time is a limit, too. */
  options.allow = LEAT_ALLOW_READ | LEAT_ALLOW_ENVIRONMENT;
  options.instruction_limit = 0;
  options.time_limit = 0.05;
  CHECK(leat_open(&h, &options) == LEAT_OK);
  GIVES("return read_lines('examples/data/members.txt'):count() > 0 and os.getenv 'PATH' ~= nil",
        "true\n");
  FAILS(load("return range(3):write_lines('build/denied')"), LEAT_E_DENIED, "");
  FAILS(load("while true do pcall(error) end"), LEAT_E_LIMIT, "seconds");
  FAILS(load("local n = 0\n\nwhile true do n = n + 1 end"), LEAT_E_LIMIT, "seconds");
  CHECK(leat_error(h)->line == 3 && leat_error(h)->file != NULL);
  FAILS(load("return count_from(1):drain()"), LEAT_E_LIMIT, "seconds");
  FAILS(load("local t = setmetatable({}, {}) getmetatable(t).__call = t t()"), LEAT_E_LIMIT,
        "seconds");
  FAILS(load("local t = setmetatable({}, {}) getmetatable(t).__call = t pcall(t)"), LEAT_E_LIMIT,
        "seconds");
  FAILS(load("read_lines('/dev/zero', {max_record = 9}):on_error('skip'):drain()"), LEAT_E_LIMIT,
        "seconds");
  /* The stage is one of the pipeline that was being pulled, also inside another. */
  FAILS(load("return range(9):flat_map(function() return count_from() end):drain()"), LEAT_E_LIMIT,
        "(in ");
  CHECK(leat_error(h)->stage_number >= 1 && leat_error(h)->stage_number <= 3);
  FAILS(load("return range(9):cycle():filter(function() return false end):drain()"), LEAT_E_LIMIT,
        "seconds");
  CHECK(leat_error(h)->stage_number >= 1 && leat_error(h)->stage_number <= 4);
  leat_close(h);
  const leat_options wrong[] = { { .size = sizeof options, .sandbox = true, .time_limit = -1 },
                                 { .size = sizeof options, .sandbox = true,
                                   .time_limit = (double)NAN },
                                 { .size = sizeof options, .sandbox = true, .allow = 0x1000 } };
  for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
    CHECK(leat_open(&h, &wrong[i]) == LEAT_E_USE && h == NULL);

  /* No limits, but interrupts reach Lua code. */
  const leat_options interruptible = { .size = sizeof options, .sandbox = true,
                                       .interruptible = true, .allow = LEAT_ALLOW_ALL };
  pthread_t thread;
  CHECK(leat_open(&h, &interruptible) == LEAT_OK);
  pthread_create(&thread, NULL, interrupt_later, h);
  FAILS(load("while true do pcall(function() while true do end end) end"), LEAT_E_USE,
        "interrupted");
  pthread_join(thread, NULL);
  GIVES("return range(3):write_lines('build/leat_test.txt').items", "3\n");
  remove("build/leat_test.txt");
  leat_close(h);
  options = (leat_options){ .size = sizeof options, .instruction_limit = 5 };
  CHECK(leat_open(&h, &options) == LEAT_E_USE && h == NULL);
  h = before;
}

/* --- codes: what stopped a script is said, whoever else was asked on the way --- */

#define FOREVER "function() while true do end end"
#define CLOSES_FOREVER "setmetatable({}, {__close = " FOREVER "})"
#define HUGE "('x'):rep(1 << 30)"

static void *small_alloc (void *ud, void *block, size_t old_size, size_t new_size) {
  (void)ud, (void)old_size;
  if (new_size > 0) return new_size < 1 << 20 ? realloc(block, new_size) : NULL;
  free(block);
  return NULL;
}

static void test_codes (void) {
  leat_options options = { .size = sizeof options, .sandbox = true, .memory_limit = 8 << 20,
                           .instruction_limit = 1000000, .warn = on_warning, .warn_ud = warning };
  leat *before = h;
  static const struct { const char *text; leat_code code; const char *part; } scripts[] = {
    /* a limit that a close handler reaches, also where another error came first */
    { "local _ <close> = " CLOSES_FOREVER, LEAT_E_LIMIT, "test:1: the script has used up" },
    { "local _ <close> = " CLOSES_FOREVER " error 'first'", LEAT_E_LIMIT, "instructions" },
    { "range(2):finally(" FOREVER "):drain()", LEAT_E_LIMIT, "instructions" },
    { "range(2):map(error):finally(" FOREVER "):drain()", LEAT_E_LIMIT, "instructions" },
    { "resource(function() return 1 end, function(s) return s end, " FOREVER "):take(2):count()",
      LEAT_E_LIMIT, "instructions" },
    { "generator(function() local _ <close> = " CLOSES_FOREVER " yield(1) end)():first()",
      LEAT_E_LIMIT, "instructions" },
    { "local co = coroutine.wrap(function() local _ <close> = " CLOSES_FOREVER " end) co()",
      LEAT_E_LIMIT, "instructions" },
    { "do local g = range(2):finally(" FOREVER "):open() g:next() end\n"
      "collectgarbage() collectgarbage()", LEAT_E_LIMIT, "instructions" },
    /* memory, where it is not Lua's own error that comes out */
    { "leat.json.decode('[' .. ('[1],'):rep(1 << 19) .. '1]')", LEAT_E_MEMORY, "8 MiB" },
    { "leat.json.encode(('\\1'):rep(1 << 10):rep(3 << 10))", LEAT_E_MEMORY, "8 MiB" },
    { "once(1):map(function() return " HUGE " end):drain()", LEAT_E_MEMORY, "8 MiB" },
    { "once(1):map(function() return " HUGE " end):on_error('skip'):drain()", LEAT_E_MEMORY,
      "8 MiB" },
    { "once(1):finally(function() return " HUGE " end):drain()", LEAT_E_MEMORY, "8 MiB" },
    { "generator(function() return " HUGE " end)():drain()", LEAT_E_MEMORY, "8 MiB" },
    { "generator(function() yield(" HUGE ") end)():on_error('skip'):drain()", LEAT_E_MEMORY,
      "8 MiB" },
    { "coroutine.wrap(function() return " HUGE " end)()", LEAT_E_MEMORY, "8 MiB" },
    { "local _, e = pcall(function() return " HUGE " end) error(e, 0)", LEAT_E_MEMORY, "8 MiB" },
    { "local _ <close> = setmetatable({}, {__close = function() return " HUGE " end})",
      LEAT_E_MEMORY, "8 MiB" },
    { "once(1):branch(function() return " HUGE " end)", LEAT_E_MEMORY, "8 MiB" },
    { "from{3, 1}:sort(function() return " HUGE " end):drain()", LEAT_E_MEMORY, "8 MiB" },
    { "xpcall(function() return " HUGE " end, error) return " HUGE, LEAT_E_MEMORY,
      "not enough memory: the memory limit of 8 MiB is reached" },
    /* where: a line of the script, not of leat's own modules */
    { "\nreturn once(1):map(('a.'):rep(1 << 19) .. 'a')", LEAT_E_LIMIT, "test:2: the script" },
    { "local s = ('x'):rep(1 << 20) while true do utf8.len(s) end", LEAT_E_LIMIT, "instructions" },
    /* a limit cannot be claimed */
    { "local _, e = pcall(io.open, 'x') e.code = 'limit' error(e)", LEAT_E_CALLBACK, "io.open" },
    /* what is denied says where */
    { "local a = 1\n\nio.open('x')", LEAT_E_DENIED, "test:3: io.open: reading files" },
    { "\nos.exit()", LEAT_E_DENIED, "test:2: os.exit is not" },
    { "\n\n\nread_lines('x'):count()", LEAT_E_DENIED, "test:4: read_lines: reading files" },
    { "local a\nrange(3):write_lines('x')", LEAT_E_DENIED, "test:2: write_lines: writing files" },
  };
  CHECK(leat_open(&h, &options) == LEAT_OK);
  for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
    fails(load(scripts[i].text), scripts[i].code, scripts[i].part, scripts[i].text, __LINE__);
    if (scripts[i].code == LEAT_E_DENIED)
      CHECK(strcmp(leat_error(h)->file, "test") == 0 && leat_error(h)->line > 0);
    GIVES("return 1", "1\n");
    if (scripts[i].code != LEAT_E_MEMORY) continue;
    /* Nothing holds on to what it had got. */
    OK(load("x = ('x'):rep(1 << 10):rep(2 << 10) x = nil"));
  }
  /* The same of runs that the host reads. */
  leat_run *run;
  leat_item *item;
  OK(load("p = range(5):finally(" FOREVER ")"));
  FAILS(leat_drain(h, "p", NULL), LEAT_E_LIMIT, "instructions");
  OK(leat_start(h, "p", &run));
  OK(leat_next(run, &item));
  FAILS(leat_stop(run), LEAT_E_LIMIT, "instructions");
  OK(load("bad = range(5):map(error):finally(" FOREVER ")"));
  OK(leat_start(h, "bad", &run));
  FAILS(leat_next(run, &item), LEAT_E_LIMIT, "instructions");
  CHECK(leat_next(run, &item) == LEAT_E_LIMIT);
  OK(leat_stop(run));
  OK(leat_start(h, "p", &run));
  OK(leat_next(run, &item));
  leat_close(h);
  CHECK(strstr(warning, "instructions") != NULL);

  /* Without a limit of the host's none is named. */
  options = (leat_options){ .size = sizeof options, .allocator = small_alloc };
  CHECK(leat_open(&h, &options) == LEAT_OK);
  FAILS(load("return " HUGE), LEAT_E_MEMORY, "not enough memory");
  CHECK(strstr(leat_error(h)->text, "limit") == NULL);
  leat_close(h);
  h = before;
}

/* --- what is raised, in words --- */

static void test_raised (void) {
  static const struct { const char *text, *part; } scripts[] = {
    { "error({})", "an error that is a table, not a message" },
    { "error({code = 7})", "an error that is a table" },
    { "error({message = 'mine'})", "mine" },
    { "error(setmetatable({}, {__index = {message = 'inherited'}}))", "inherited" },
    { "error({message = {}})", "an error that is a table" },
    { "error(setmetatable({message = 'no'}, {__tostring = function() return 'yes' end}))", "yes" },
    { "error(setmetatable({}, {__tostring = function() return {} end}))",
      "an error that is a table" },
    { "error(setmetatable({}, {__name = 'My.Error'}))",
      "an error that is a My.Error, not a message" },
    { "error()", "an error that is a nil" },
    { "error(true)", "an error that is a boolean" },
    { "error(print)", "an error that is a function" },
    { "error(coroutine.create(print))", "an error that is a thread" },
    { "error(42)", "42" },
    { "range(2):map(function() error{} end):drain()", "an error that is a table" },
    { "generator(function() error{message = 'mine'} end)():drain()", "mine (in generator" },
  };
  for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++) {
    fails(load(scripts[i].text), LEAT_E_CALLBACK, scripts[i].part, scripts[i].text, __LINE__);
    CHECK(strstr(leat_error(h)->text, "0x") == NULL);
  }
  /* Calls through C that nest too deep: what is said of generators is said of generators. */
  FAILS(load("local function f() return ('x'):gsub('x', f) end return f()"), LEAT_E_CALLBACK,
        "C stack overflow: callbacks of C functions");
  CHECK(strstr(leat_error(h)->text, "yield_from") == NULL);
  FAILS(load("local t = setmetatable({}, {}) getmetatable(t).__index = function(_, k)\n"
             "return t[k + 1] end return t[1]"), LEAT_E_CALLBACK, "C stack overflow");
  CHECK(strstr(leat_error(h)->text, "yield_from") == NULL);
  FAILS(load("local nest nest = generator(function(n) for x in nest(n + 1) do yield(x) end end)\n"
             "nest(1):drain()"), LEAT_E_CALLBACK, "yield_from(...)");
}

/* --- NULL where something is needed --- */

static leat_code add_nothing (void *ud, leat_item *arguments, leat_builder *b) {
  (void)ud;
  const char *what = "";
  leat_get_string(arguments, "_1", &what, NULL);
  if (strcmp(what, "string") == 0) return leat_add_string(b, NULL, 1);
  if (strcmp(what, "no bytes") == 0) return leat_add_string(b, NULL, 0);
  if (strcmp(what, "json") == 0) return leat_add_json(b, NULL, 2);
  if (strcmp(what, "field") == 0) return leat_begin_record(b), leat_add_field(b, NULL);
  if (strcmp(what, "message") == 0) return leat_fail(b, LEAT_E_IO, NULL);
  return leat_get_bool(arguments, "_1", NULL);
}

static void test_nulls (void) {
  leat_run *run = (leat_run *)(void *)h;
  leat_item *item;
  int64_t items = 7;
  size_t now = 7, peak = 7;
  CHECK(leat_open(NULL, NULL) == LEAT_E_USE);
  leat_close(NULL);
  leat_interrupt(NULL);
  leat_memory(NULL, &now, &peak);
  CHECK(now == 0 && peak == 0);
  CHECK(leat_error(NULL)->code == LEAT_E_USE && strstr(leat_error(NULL)->text, "handle") != NULL);
  CHECK(leat_lua(NULL) == NULL);
  CHECK(leat_load(NULL, "", 0, "x") == LEAT_E_USE && leat_load_file(NULL, "x") == LEAT_E_USE);
  CHECK(leat_bind_null(NULL, "x") == LEAT_E_USE && leat_bind_bool(NULL, "x", 1) == LEAT_E_USE &&
        leat_bind_int(NULL, "x", 1) == LEAT_E_USE && leat_bind_double(NULL, "x", 1) == LEAT_E_USE &&
        leat_bind_string(NULL, "x", "x", 1) == LEAT_E_USE &&
        leat_bind_json(NULL, "x", "1", 1) == LEAT_E_USE);
  CHECK(leat_start(NULL, "x", &run) == LEAT_E_USE && run == NULL);
  CHECK(leat_next(NULL, &item) == LEAT_E_USE && item == NULL);
  CHECK(leat_stop(NULL) == LEAT_OK);
  CHECK(leat_drain(NULL, "x", &items) == LEAT_E_USE && items == 0);
  CHECK(leat_register_function(NULL, "x", add_nothing, NULL, NULL) == LEAT_E_USE);
  leat_kind kind;
  bool flag;
  double number;
  const char *text;
  CHECK(leat_get_kind(NULL, NULL, &kind) == LEAT_E_USE &&
        leat_get_bool(NULL, NULL, &flag) == LEAT_E_USE &&
        leat_get_int(NULL, NULL, &items) == LEAT_E_USE &&
        leat_get_double(NULL, NULL, &number) == LEAT_E_USE &&
        leat_get_string(NULL, NULL, &text, NULL) == LEAT_E_USE &&
        leat_get_json(NULL, NULL, &text, NULL) == LEAT_E_USE &&
        leat_get_length(NULL, NULL, &now) == LEAT_E_USE && leat_get_parts(NULL) == 0);
  CHECK(leat_add_null(NULL) == LEAT_E_USE && leat_add_bool(NULL, true) == LEAT_E_USE &&
        leat_add_int(NULL, 1) == LEAT_E_USE && leat_add_double(NULL, 1) == LEAT_E_USE &&
        leat_add_string(NULL, "", 0) == LEAT_E_USE && leat_add_json(NULL, "1", 1) == LEAT_E_USE &&
        leat_begin_list(NULL) == LEAT_E_USE && leat_begin_record(NULL) == LEAT_E_USE &&
        leat_add_field(NULL, "x") == LEAT_E_USE && leat_end(NULL) == LEAT_E_USE);
  CHECK(leat_fail(NULL, LEAT_E_IO, "x") == LEAT_E_IO);

  FAILS(leat_load(h, NULL, 1, "x"), LEAT_E_USE, "leat_load");
  FAILS(leat_load(h, "", 0, NULL), LEAT_E_USE, "leat_load");
  OK(leat_load(h, NULL, 0, "x"));
  FAILS(leat_load_file(h, NULL), LEAT_E_USE, "leat_load_file");
  FAILS(leat_bind_int(h, NULL, 1), LEAT_E_USE, "name");
  FAILS(leat_bind_json(h, NULL, "1", 1), LEAT_E_USE, "name");
  FAILS(leat_bind_json(h, "x", NULL, 1), LEAT_E_USE, "leat_bind");
  FAILS(leat_bind_string(h, "x", NULL, 1), LEAT_E_USE, "leat_bind");
  OK(leat_bind_string(h, "x", NULL, 0));
  GIVES("return x", "\"\"\n");
  FAILS(leat_start(h, "x", NULL), LEAT_E_USE, "leat_start");
  OK(load("return from{{a = 1}}"));
  OK(leat_drain(h, NULL, NULL));
  OK(leat_start(h, NULL, &run));
  FAILS(leat_next(run, NULL), LEAT_E_USE, "leat_next");
  OK(leat_next(run, &item));
  FAILS(leat_get_kind(item, "a", NULL), LEAT_E_USE, "leat_get_");
  FAILS(leat_get_bool(item, "a", NULL), LEAT_E_USE, "leat_get_");
  FAILS(leat_get_int(item, "a", NULL), LEAT_E_USE, "leat_get_");
  FAILS(leat_get_double(item, "a", NULL), LEAT_E_USE, "leat_get_");
  FAILS(leat_get_string(item, "a", NULL, NULL), LEAT_E_USE, "leat_get_");
  FAILS(leat_get_json(item, "a", NULL, NULL), LEAT_E_USE, "leat_get_");
  FAILS(leat_get_length(item, "a", NULL), LEAT_E_USE, "leat_get_");
  END(leat_next(run, &item));
  CHECK(item == NULL); /* nothing that is over is handed out */
  item = (leat_item *)(void *)h;
  END(leat_next(run, &item));
  CHECK(item == NULL);
  OK(leat_stop(run));
  FAILS(leat_register_function(h, NULL, add_nothing, NULL, NULL), LEAT_E_USE, "name");
  FAILS(leat_register_function(h, "nothing", NULL, NULL, NULL), LEAT_E_USE, "no function");
  FAILS(leat_register_source(h, "nothing", NULL), LEAT_E_USE, "'nothing' has no source");
  FAILS(leat_register_sink(h, "nothing", NULL), LEAT_E_USE, "'nothing' has no sink");
  OK(leat_register_function(h, "add_nothing", add_nothing, NULL, NULL));
  FAILS(load("add_nothing('string')"), LEAT_E_USE, "leat_add_string needs");
  GIVES("return add_nothing('no bytes')", "\"\"\n");
  FAILS(load("add_nothing('json')"), LEAT_E_USE, "leat_add_json needs");
  FAILS(load("add_nothing('field')"), LEAT_E_USE, "leat_add_field needs");
  FAILS(load("add_nothing('message')"), LEAT_E_IO, "add_nothing: failed");
  FAILS(load("add_nothing(true)"), LEAT_E_USE, "leat_get_");
}

/* --- a state of somebody else's --- */

static void test_luaopen (void) {
  lua_State *L = luaL_newstate();
  luaL_openlibs(L);
  luaL_requiref(L, "leat", luaopen_leat, 0);
  CHECK(lua_istable(L, -1));
  CHECK(luaL_dostring(L, "local leat = require 'leat'\n"
                         "assert(leat.from{{a = {b = 2}}}:map('a.b'):sum() == 2)\n"
                         "assert(rawget(_G, 'range') == nil and rawget(_G, 'leat') == nil)\n"
                         "assert(require 'leat' == leat and require 'leat.testing')") == LUA_OK);
  lua_close(L);
  L = luaL_newstate(); /* with an lpeg of its own */
  luaL_openlibs(L);
  CHECK(luaL_dostring(L, "package.loaded.lpeg = {mine = true}") == LUA_OK);
  luaL_requiref(L, "leat", luaopen_leat, 0);
  CHECK(luaL_dostring(L, "assert(require 'lpeg'.mine)") == LUA_OK);
  lua_close(L);
  L = luaL_newstate(); /* without libraries */
  lua_pushcfunction(L, luaopen_leat);
  CHECK(lua_pcall(L, 0, 0, 0) == LUA_ERRRUN);
  CHECK(strstr(lua_tostring(L, -1), "package library") != NULL);
  lua_close(L);
}

int main (void) {
  test_open();
  test_load();
  test_bind();
  test_runs();
  test_items();
  test_functions();
  test_sources();
  test_sinks();
  test_interrupt();
  test_limits();
  test_sandbox();
  test_codes();
  test_raised();
  test_nulls();
  destroyed = 0;
  leat_run *run;
  leat_item *item;
  opened = closed = 0;
  OK(leat_start(h, "p", &run));
  OK(leat_next(run, &item));
  OK(load("left = numbers(5):open() left:next()"));
  leat_close(h); /* with runs of the host's and of the script's open */
  CHECK(opened == 2 && closed == 2);
  CHECK(destroyed == 3); /* act, numbers, put */
  test_luaopen();
  printf("leat: %lu passed, %lu failed\n", passed, failed);
  return failed != 0;
}
