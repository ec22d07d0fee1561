/* SPDX-License-Identifier: MIT
 * json_test.c - the JSON scanners against each other, by hand and at random.
 *
 * Run in the project's folder; the conformance suite is found by LEAT_DATA, else
 * in ../shared/data. What must hold for every text is in json_check.h.
 */
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_check.h"

static unsigned long passed, failed;

static void check (bool ok, const char *what, const char *text, size_t length) {
  if (ok) {
    passed++;
  } else if (failed++ < 20) {
    int shown = length > 200 ? 200 : (int)length;
    printf("FAILED: %s: %.*s\n", what, shown, text);
  }
}

/* All laws, strictly and trusted; the strict outcome. */
static leat_code check_laws (const char *text, size_t length, size_t shift,
                             char padding, struct leat_error *error) {
  struct json_options options = {0, true};
  leat_code code = LEAT_OK;
  const char *wrong =
      json_check(text, length, shift, padding, &options, &code, error);
  check(wrong == NULL, wrong == NULL ? "" : wrong, text, length);
  leat_code trusted = code;
  options.trusted = false;
  wrong = json_check(text, length, shift, padding, &options, &code, error);
  check(wrong == NULL, wrong == NULL ? "" : wrong, text, length);
  check(code != LEAT_OK || trusted == LEAT_OK, "refused when trusted", text,
        length);
  return code;
}

/* ---- written by hand ------------------------------------------------------- */

#define DEEP10 "[[[[[[[[[["
static const char *const accepted[] = {
    "{}", "[]", " [ ] ", "\r\n\t {\t}\n", "[[],{}]", "{\"\":{}}", "0", "-0",
    "\"\"", "true", "false", "null", " null ", "[0,-0,1,-1,12,-12]",
    "[0.0,-0.5,10.25,1e5,1E5,1e+5,1e-5,-0e0,0.5e10]",
    "[123456789012345,1234567890123456,12345678901234567,123456789012345678]",
    "[1234567890123456789,12345678901234567890,9223372036854775807]",
    "[9223372036854775808,-9223372036854775808,-9223372036854775809]",
    "[1.5,-1.5,1.55555555555555,-1.5555555555555,123456789.12345678]",
    "[1e-999,0e999,0.0e-1000,1.7976931348623157e308]",
    "[\"a\",\"ab\",\"\\\"\",\"\\\\\",\"\\\\\\\"\",\"\\/\\b\\f\\n\\r\\t\"]",
    "[\"\\u0000\\u0020\\uffff\\ud83d\\ude00\\uDBFF\\uDFFF\\ud7ff\\ue000\"]",
    "[\"\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf\"]",
    "[\"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf\"]", "\"\x7f\"",
    "{\"a\":1,\"a\":2}", "[true,false,null]", "[ true , false , null ]",
    "{\"a\":[{\"b\":[{\"c\":[]}]}],\"d\":{\"e\":{\"f\":\"g\"}}}",
    "{\"id\": 7, \"tags\": [\"a\", \"b\"]}",
    "{ \"id\" : 1024 , \"user\" : { \"name\" : \"Ann Lee\" , \"tags\" : [ ] } ,"
    " \"items\" : [ { \"sku\" : \"A-1\" , \"price\" : 9.99 } , { } ] }",
    "{\"latency_ms\":132.5,\"path\":\"/api/v1/x\",\"msg\":\"a \\\"b\\\" \\\\\"}",
    "\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"",
    "[\"\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa"
    "\x9e\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e\xe6\x97\xa5\xe6\x9c\xac\"]"};

struct refusal {
  const char *text;
  leat_code code;
  size_t offset;
  const char *message;
};
#define SYNTAX LEAT_E_SYNTAX
#define ENCODING LEAT_E_ENCODING
static const struct refusal refused[] = {
    {"", SYNTAX, 0, "no value"},
    {" \n ", SYNTAX, 3, "no value"},
    {"[NaN]", SYNTAX, 1, "expected a value or ']', got 'NaN'"},
    {"[nul]", SYNTAX, 1, "expected a value or ']', got 'nul'"},
    {"[truex]", SYNTAX, 1, "expected a value or ']', got 'truex'"},
    {"[1,]", SYNTAX, 3, "expected a value after ',', got ']'"},
    {"[,1]", SYNTAX, 1, "expected a value or ']', got ','"},
    {"[1 2]", SYNTAX, 3, "expected ',' or ']' after an element, got '2'"},
    {"[1}", SYNTAX, 2, "expected ',' or ']' after an element, got '}'"},
    {"[\"a\"b]", SYNTAX, 4, "expected ',' or ']' after an element, got 'b'"},
    {"[\"a\"\"b\"]", SYNTAX, 4,
     "expected ',' or ']' after an element, got a string"},
    {"[\"a\"\\\"b\"]", SYNTAX, 4,
     "expected ',' or ']' after an element, got '\\'"},
    {"{a:1}", SYNTAX, 1, "expected a key in double quotes or '}', got 'a'"},
    {"{'a':1}", SYNTAX, 1,
     "expected a key in double quotes or '}', got a single quote"},
    {"{1:1}", SYNTAX, 1, "expected a key in double quotes or '}', got '1'"},
    {"{\"a\":1,}", SYNTAX, 7,
     "expected a key in double quotes after ',', got '}'"},
    {"{\"a\" 1}", SYNTAX, 5, "expected ':' after a key, got '1'"},
    {"{\"a\"}", SYNTAX, 4, "expected ':' after a key, got '}'"},
    {"{\"a\":}", SYNTAX, 5, "expected a value after ':', got '}'"},
    {"{\"a\":1 \"b\":2}", SYNTAX, 7,
     "expected ',' or '}' after a member, got a string"},
    {"{\"a\":1]", SYNTAX, 6, "expected ',' or '}' after a member, got ']'"},
    {"]", SYNTAX, 0, "expected a value, got ']'"},
    {"[1]]", SYNTAX, 3,
     "text after the value: expected nothing more, got ']'"},
    {"{} x", SYNTAX, 3, "text after the value: expected nothing more, got 'x'"},
    {"1 2", SYNTAX, 2, "text after the value: expected nothing more, got '2'"},
    {"[1,\n[2,\n {\"a\":[]", SYNTAX, 16,
     "truncated: the object opened at line 3, column 2 is not closed"},
    {"{\"user\":{\"id\":5", SYNTAX, 15,
     "truncated: the object opened at column 9 is not closed"},
    {"[", SYNTAX, 1, "truncated: the array opened at column 1 is not closed"},
    {"[1,", SYNTAX, 3, "truncated: the array opened at column 1 is not closed"},
    {"{\"a\":\"b", SYNTAX, 5, "unterminated string"},
    {"\"a\\\"", SYNTAX, 0, "unterminated string"},
    {"[\"a]", SYNTAX, 1, "unterminated string"},
    {"[01]", SYNTAX, 1, "leading zero in a number"},
    {"[-00.5]", SYNTAX, 2, "leading zero in a number"},
    {"[-]", SYNTAX, 2, "expected a digit after '-', got ']'"},
    {"[-a]", SYNTAX, 2, "expected a digit after '-', got 'a'"},
    {"[1.]", SYNTAX, 3, "expected a digit after '.', got ']'"},
    {"[1.e5]", SYNTAX, 3, "expected a digit after '.', got 'e5'"},
    {"[1e]", SYNTAX, 3, "expected a digit in the exponent, got ']'"},
    {"[1e+]", SYNTAX, 4, "expected a digit in the exponent, got ']'"},
    {"[+1]", SYNTAX, 1, "expected a value or ']', got '+'"},
    {"[.5]", SYNTAX, 1, "expected a value or ']', got '.'"},
    {"[1.2.3]", SYNTAX, 4,
     "expected ',' or ']' after an element, got '.'"},
    {"[1-2]", SYNTAX, 2, "expected ',' or ']' after an element, got '-'"},
    {"[0x1]", SYNTAX, 2, "expected ',' or ']' after an element, got 'x1'"},
    {"[1e999]", LEAT_E_NUMBER, 1, "number too large: 1e999"},
    {"[-1e309]", LEAT_E_NUMBER, 1, "number too large: -1e309"},
    {"[1234567890123456789012345678901234567890e300]", LEAT_E_NUMBER, 1,
     "number too large: 1234567890123456789012345678901234567890..."},
    {"[\"\\q\"]", SYNTAX, 2, "unknown escape \\q in a string"},
    {"[\"\\\xe9\"]", SYNTAX, 2,
     "unknown escape: a backslash and byte 0xe9"},
    {"[\"\\u12g4\"]", SYNTAX, 2,
     "expected four hex digits after \\u, got \\u12g4"},
    {"[\"\\u12\"]", SYNTAX, 2, "expected four hex digits after \\u, got \\u12"},
    {"[\"\\ud800\"]", ENCODING, 2, "lone surrogate \\ud800"},
    {"[\"\\ud800\\u0041\"]", ENCODING, 2, "lone surrogate \\ud800"},
    {"[\"\\ud800\\n\"]", ENCODING, 2, "lone surrogate \\ud800"},
    {"[\"\\udc00\"]", ENCODING, 2, "lone surrogate \\udc00"},
    {"[\"a\tb\"]", SYNTAX, 3,
     "control character 0x09 in a string; write it as \\t"},
    {"[\"a\nb\"]", SYNTAX, 3,
     "control character 0x0a in a string; write it as \\n"},
    {"[\"a\\\nb\"]", SYNTAX, 4,
     "control character 0x0a in a string; write it as \\n"},
    {"[\"\x1f\"]", SYNTAX, 2,
     "control character 0x1f in a string; write it as \\u001f"},
    {"[\x0c]", SYNTAX, 1, "expected a value or ']', got byte 0x0c"},
    {"[\"\xff\"]", ENCODING, 2, "invalid UTF-8 byte 0xff"},
    {"[\"\x80\"]", ENCODING, 2, "invalid UTF-8 byte 0x80"},
    {"[\"\xc0\x80\"]", ENCODING, 2, "invalid UTF-8 byte 0xc0"},
    {"[\"\xe0\x9f\xbf\"]", ENCODING, 2, "invalid UTF-8 byte 0xe0"},
    {"[\"\xed\xa0\x80\"]", ENCODING, 2, "invalid UTF-8 byte 0xed"},
    {"[\"\xf4\x90\x80\x80\"]", ENCODING, 2, "invalid UTF-8 byte 0xf4"},
    {"[\"\xe6\x97\"]", ENCODING, 2, "invalid UTF-8 byte 0xe6"},
    {"[\xe6\x97\xa5]", SYNTAX, 1, "expected a value or ']', got byte 0xe6"},
    {"\xef\xbb\xbf{}", SYNTAX, 0,
     "expected a value, got a byte order mark (0xef 0xbb 0xbf)"}};

#define COUNT(list) (sizeof(list) / sizeof *(list))

/* What a scan that ignored its length would take for more text. */
static const char paddings[] = {0, '"', ']', '}', ',', '0', 'e', (char)0xff, ' '};

static void test_by_hand (void) {
  struct leat_error error;
  for (size_t i = 0; i < COUNT(accepted); i++) {
    const char *text = accepted[i];
    size_t length = strlen(text);
    for (size_t shift = 0; shift < 65; shift++) {
      char padding = paddings[shift % sizeof paddings];
      leat_code code = check_laws(text, length, shift, padding, &error);
      check(code == LEAT_OK, "not accepted", text, length);
    }
    for (size_t cut = 0; cut < length; cut++) { /* every prefix */
      for (size_t p = 0; p < sizeof paddings; p++) {
        leat_code code = check_laws(text, cut, 0, paddings[p], &error);
        if (text[0] == '[' || text[0] == '{' || text[0] == '"') {
          check(code != LEAT_OK, "a prefix was accepted", text, cut);
        }
      }
    }
  }
  for (size_t i = 0; i < COUNT(refused); i++) {
    const struct refusal *r = &refused[i];
    size_t length = strlen(r->text);
    for (size_t shift = 0; shift < 65; shift++) {
      char padding = paddings[shift % sizeof paddings];
      leat_code code = check_laws(r->text, length, shift, padding, &error);
      check(code == r->code, "another code", r->text, length);
      if (code == LEAT_OK) continue;
      check(error.offset == r->offset, "another offset", r->text, length);
      check(strcmp(error.message, r->message) == 0, error.message, r->text,
            length);
    }
  }
  /* A NUL is a byte as any other. */
  leat_code code = check_laws("[\"a\0b\"]", 7, 0, 0, &error);
  check(code == SYNTAX && error.offset == 3, "NUL in a string", "", 0);
  code = check_laws("[1]\0", 4, 0, 0, &error);
  check(code == SYNTAX && error.offset == 3, "NUL behind the value", "", 0);
  /* Line and column. */
  code = check_laws("{\"a\":\n  [1,\n   x]}", 18, 0, 0, &error);
  check(code == SYNTAX && error.line == 3 && error.column == 4, "position", "", 0);
}

/* The drawing in json.h. */
static void test_tape (void) {
  static const char text[] = "{\"id\": 7, \"tags\": [\"a\", \"b\"]}";
  const size_t length = sizeof text - 1;
  const uint64_t expected[] = {
      (uint64_t)0 << 34 | 9 << 4 | JSON_OBJECT,  (uint64_t)29 << 32 | 2,
      (uint64_t)2 << 34 | 2 << 4 | JSON_STRING,  (uint64_t)7 << 34 | 1 << 4 | JSON_INTEGER,
      (uint64_t)11 << 34 | 4 << 4 | JSON_STRING, (uint64_t)18 << 34 | 9 << 4 | JSON_ARRAY,
      (uint64_t)28 << 32 | 2,                    (uint64_t)20 << 34 | 1 << 4 | JSON_STRING,
      (uint64_t)25 << 34 | 1 << 4 | JSON_STRING};
  struct json_tape tape = {&memory, NULL, 0, 0};
  struct json_options options = {0, false};
  struct leat_error error;
  char padded[sizeof text + JSON_PADDING] = {0};
  memcpy(padded, text, sizeof text);
  check(json_scan(&tape, padded, length, &options, &error) == LEAT_OK &&
            tape.count == COUNT(expected) &&
            memcmp(tape.words, expected, sizeof expected) == 0,
        "the tape drawn in json.h", text, length);
  json_tape_free(&tape);
  check(tape.words == NULL && tape.capacity == 0, "a freed tape", "", 0);
}

/* Kinds of numbers: those on the edge between two. */
static void test_numbers (void) {
  static const struct {
    const char *text;
    enum json_kind kind;
  } cases[] = {{"0", JSON_INTEGER},
               {"-0", JSON_FLOAT},
               {"-1", JSON_INTEGER},
               {"0.0", JSON_FLOAT},
               {"1e2", JSON_FLOAT},
               {"123456789012345", JSON_INTEGER},
               {"-123456789012345", JSON_INTEGER},
               {"1234567890123456", JSON_INTEGER},
               {"-1234567890123456", JSON_INTEGER},
               {"999999999999999999", JSON_INTEGER},
               {"9223372036854775807", JSON_INTEGER},
               {"9223372036854775808", JSON_FLOAT},
               {"-9223372036854775808", JSON_INTEGER},
               {"-9223372036854775809", JSON_FLOAT},
               {"10000000000000000000", JSON_FLOAT},
               {"1.7976931348623157e308", JSON_FLOAT},
               {"0.1234567890123", JSON_FLOAT},
               {"-0.1234567890123456789", JSON_FLOAT}};
  const struct json_scanner *scanners;
  size_t n = json_scanners(&scanners);
  for (size_t i = 0; i < COUNT(cases); i++) {
    char text[128] = {0};
    snprintf(text, sizeof text, "[%s]", cases[i].text);
    for (size_t s = 0; s < n; s++) {
      if (!scanners[s].usable) continue;
      struct json_tape tape = {&memory, NULL, 0, 0};
      struct json_options options = {0, false};
      struct leat_error error;
      leat_code code =
          scanners[s].scan(&tape, text, strlen(text), &options, &error);
      check(code == LEAT_OK && tape.count == 3 &&
                json_kind_of(tape.words[2]) == cases[i].kind,
            "kind of number", text, strlen(text));
      json_tape_free(&tape);
    }
  }
}

/* ---- sizes ----------------------------------------------------------------- */

static char *repeat (char *out, const char *what, size_t n) {
  size_t length = strlen(what);
  for (size_t i = 0; i < n; i++, out += length) memcpy(out, what, length);
  return out;
}

static void test_depth (void) {
  const struct json_scanner *scanners;
  size_t n = json_scanners(&scanners);
  for (unsigned limit = 0; limit <= 5000; limit += limit < 3 ? 1 : 833) {
    size_t depth = limit == 0 ? JSON_DEFAULT_DEPTH : limit;
    for (size_t more = 0; more < 2; more++) {
      char *text = check_block(14 * (depth + more) + JSON_PADDING);
      char *end = repeat(text, "[{\"a\":", (depth + more) / 2);
      if ((depth + more) % 2 == 1) end = repeat(end, "[]", 1);
      else end = repeat(end, "1", 1);
      end = repeat(end, "}]", (depth + more) / 2);
      for (size_t i = 0; i < n; i++) {
        if (!scanners[i].usable) continue;
        struct json_tape tape = {&memory, NULL, 0, 0};
        struct json_options options = {limit, false};
        struct leat_error error = {0};
        leat_code code = scanners[i].scan(&tape, text, (size_t)(end - text),
                                          &options, &error);
        if (more == 0) {
          check(code == LEAT_OK, "depth at the limit", text, 40);
          if (code == LEAT_OK) {
            check(check_tape(&tape, text, (size_t)(end - text), false) == NULL,
                  "the tape of a deep text", text, 40);
          }
        } else {
          char message[64];
          snprintf(message, sizeof message, "nested deeper than %zu containers",
                   depth);
          check(code == LEAT_E_DEPTH && strcmp(message, error.message) == 0,
                "depth past the limit", text, 40);
        }
        json_tape_free(&tape);
      }
      free(text);
    }
  }
  /* Only what is open counts. */
  char wide[4000];
  char *end = repeat(repeat(repeat(wide, "[", 1), "[],", 1200), "[]]", 1);
  struct json_options options = {2, false};
  leat_code code;
  struct leat_error error;
  check(json_check(wide, (size_t)(end - wide), 0, 0, &options, &code, &error) ==
                NULL && code == LEAT_OK,
        "siblings are not depth", wide, 40);
}

/* Too long by a byte, of which nothing is read. */
static void test_size (void) {
  const struct json_scanner *scanners;
  size_t n = json_scanners(&scanners);
  for (size_t i = 0; i < n; i++) {
    if (!scanners[i].usable) continue;
    struct json_tape tape = {&memory, NULL, 0, 0};
    struct json_options options = {0, false};
    struct leat_error error = {0};
    leat_code code =
        scanners[i].scan(&tape, "1", JSON_MAX_TEXT + 1, &options, &error);
    check(code == LEAT_E_SIZE && error.code == code, "a text too long", "", 0);
    json_tape_free(&tape);
  }
}

/* What is special at every place around the end of a block and a window. */
static void test_windows (void) {
  static const char *const special[] = {
      "\\n", "\\\\", "\\\"", "\\ud83d\\ude00", "\xc3\xa9", "\xe6\x97\xa5",
      "\xf0\x9f\x98\x80", "\",\"", "\", 12345, \"", "\"   ,\n  \"",
      "\",true,\"", "\",[{\"a\":{}}],\"", "\\\\\\\\\\\\\\\\\\\\", "",
      /* and what is wrong */
      "\xc3", "\xe6\x97", "\xf0\x9f\x98", "\xff", "\n", "\\ ", "\"", "\\x",
      "\\ud83d", "\" 1 \"", "\x01", "\",01,\"", "\",tru,\""};
  static const size_t edges[] = {64, 128, 4096, 8192};
  char *text = check_block(20000);
  struct leat_error error;
  for (size_t e = 0; e < COUNT(edges); e++) {
    for (size_t s = 0; s < COUNT(special); s++) {
      for (size_t before = edges[e] - 40; before < edges[e] + 4; before++) {
        /* in a string; in white space; behind a stretch of UTF-8 */
        for (int how = 0; how < 3; how++) {
          char *end = text;
          *end++ = '[';
          if (how == 1) end = repeat(end, " ", before - 2);
          *end++ = '"';
          if (how == 0) end = repeat(end, "a", before - 2);
          if (how == 2) end = repeat(end, "\xc3\xbc", before / 2 - 1);
          end = repeat(repeat(end, special[s], 1), "b\"", 1);
          size_t length = (size_t)(end - text);
          if (before % 3 == 0) check_laws(text, length, 0, ']', &error);
          *end++ = ']';
          leat_code code = check_laws(text, length + 1, 0, '"', &error);
          check((code == LEAT_OK) == (s < 14), "at the edge of a block", special[s],
                strlen(special[s]));
        }
      }
    }
  }
  /* Windows without any token. */
  char *end = repeat(repeat(text, "[", 1), " ", 13000);
  check(check_laws(text, (size_t)(end - text), 0, ']', &error) == SYNTAX,
        "white space over three windows", "", 0);
  end = repeat(end, "]", 1);
  check(check_laws(text, (size_t)(end - text), 0, 0, &error) == LEAT_OK,
        "white space over three windows", "", 0);
  end = repeat(repeat(repeat(repeat(text, "[\"", 1), "\xe6\x97\xa5", 3), "\\n", 1),
               "x", 13000);
  end = repeat(repeat(end, "\xe6\x97\xa5", 1), "\"]", 1);
  check(check_laws(text, (size_t)(end - text), 0, 0, &error) == LEAT_OK,
        "a string over three windows", "", 0);
  free(text);
}

/* ---- at random ------------------------------------------------------------- */

static void test_mutations (size_t rounds) {
  static const char spice[] = "\"\\{}[]:,.-+eEu0189 \n\t\x01\x7f\x80\xbf\xc3\xe6"
                              "\xf0\xff\x00tfn";
  enum { ROOM = 400 };
  char text[ROOM];
  struct leat_error error;
  for (size_t round = 0; round < rounds; round++) {
    const char *from = accepted[random_below(COUNT(accepted))];
    size_t length = strlen(from);
    memcpy(text, from, length);
    for (size_t edits = 1 + random_below(3); edits > 0; edits--) {
      size_t at = random_below(length + 1);
      switch (random_below(4)) {
        case 0: /* replace */
          if (at < length) text[at] = spice[random_below(sizeof spice)];
          break;
        case 1: /* insert */
          if (length == ROOM) break;
          memmove(text + at + 1, text + at, length - at);
          text[at] = spice[random_below(sizeof spice)];
          length++;
          break;
        case 2: /* delete */
          if (at == length) break;
          memmove(text + at, text + at + 1, length - at - 1);
          length--;
          break;
        default: { /* insert a piece of another */
          const char *other = accepted[random_below(COUNT(accepted))];
          size_t n = random_below(strlen(other)) + 1;
          if (n > ROOM - length) break;
          memmove(text + at + n, text + at, length - at);
          memcpy(text + at, other + random_below(strlen(other) - n + 1), n);
          length += n;
        }
      }
    }
    char padding = paddings[random_below(sizeof paddings)];
    check_laws(text, length, random_below(8), padding, &error);
  }
}

static void test_utf8 (void) {
  /* Every pair of bytes before every kind of tail, at every place of a vector. */
  static const char *const tails[] = {"", "\x80", "\xbf\xbf", "\xbf\xbf\xbf", "a"};
  char bytes[100];
  for (unsigned pair = 0; pair < 0x10000; pair++) {
    size_t before = pair % 37;
    memset(bytes, pair % 3 == 0 ? 'x' : (char)0x80, before);
    for (size_t i = 0; pair % 3 != 0 && i + 1 < before; i += 2) bytes[i] = '\xc3';
    if (pair % 3 != 0 && before % 2 == 1) bytes[before - 1] = 'x';
    bytes[before] = (char)(pair >> 8);
    bytes[before + 1] = (char)pair;
    for (size_t t = 0; t < COUNT(tails); t++) {
      size_t n = strlen(tails[t]);
      memcpy(bytes + before + 2, tails[t], n);
      memset(bytes + before + 2 + n, 'y', 33);
      const char *wrong = utf8_check(bytes, before + 2 + n);
      check(wrong == NULL, "utf8_valid_prefix at the end", bytes, before + 2 + n);
      wrong = utf8_check(bytes, before + 2 + n + 33);
      check(wrong == NULL, "utf8_valid_prefix", bytes, before + 2 + n);
    }
  }
  check(utf8_valid_prefix("\xf4\x8f\xbf\xbf\xf4\x90\x80\x80", 8) == 4,
        "U+10FFFF is the last", "", 0);
}

static void test_strings (void) {
  static const struct {
    const char *bytes, *quoted;
  } cases[] = {{"", "\"\""},
               {"a", "\"a\""},
               {"a/b", "\"a/b\""},
               {"\"\\", "\"\\\"\\\\\""},
               {"\b\t\n\f\r", "\"\\b\\t\\n\\f\\r\""},
               {"\x01\x1f\x7f", "\"\\u0001\\u001f\x7f\""},
               {"0123456789012345678901234567890123456789\n01234567890123456\"",
                "\"0123456789012345678901234567890123456789\\n"
                "01234567890123456\\\"\""},
               {"\xe6\x97\xa5\"\xf0\x9f\x98\x80", "\"\xe6\x97\xa5\\\"\xf0\x9f\x98\x80\""}};
  char out[1000];
  size_t bad = 99;
  for (size_t i = 0; i < COUNT(cases); i++) {
    size_t n = json_quote(cases[i].bytes, strlen(cases[i].bytes), out, &bad);
    check(n == strlen(cases[i].quoted) && memcmp(out, cases[i].quoted, n) == 0,
          "json_quote", cases[i].quoted, strlen(cases[i].quoted));
    size_t back = json_unescape(cases[i].quoted + 1, n - 2, out);
    check(back == strlen(cases[i].bytes) && memcmp(out, cases[i].bytes, back) == 0,
          "json_unescape", cases[i].quoted, n);
  }
  check(json_quote("a\0b", 3, out, &bad) == 10 &&
            memcmp(out, "\"a\\u0000b\"", 10) == 0, "json_quote of NUL", "", 0);
  check(json_quote("ab\xff", 3, out, &bad) == 0 && bad == 2, "json_quote refuses",
        "", 0);
  size_t n = json_unescape("\\ud83d\\ude00\\u00e9\\u65e5\\/", 26, out);
  check(n == 10 && memcmp(out, "\xf0\x9f\x98\x80\xc3\xa9\xe6\x97\xa5/", n) == 0,
        "json_unescape of \\u", out, n);
  /* Each byte at each place of a vector. */
  for (unsigned c = 0; c < 0x80; c++) {
    for (size_t before = 0; before < 70; before++) {
      char text[140];
      memset(text, 'x', sizeof text);
      text[before] = (char)c;
      for (size_t length = before + 1; length < before + 68; length += 33) {
        n = json_quote(text, length, out, &bad);
        bool escaped = n != length + 2;
        check(n >= length + 2 && check_string(out + 1, n - 2, escaped, false) == NULL,
              "json_quote of one byte", out, n);
      }
    }
  }
  /* Raw bytes that no scan has seen: nothing is promised but the bounds. */
  for (size_t round = 0; round < 20000; round++) {
    static const char pieces[] = "\\\\\\ud8dcDF039fz";
    size_t length = random_below(40);
    char *raw = check_block(length), *value = check_block(length);
    for (size_t i = 0; i < length; i++) raw[i] = pieces[random_below(sizeof pieces - 1)];
    check(json_unescape(raw, length, value) <= length, "json_unescape's bound", raw,
          length);
    free(raw);
    free(value);
  }
}

/* ---- memory ---------------------------------------------------------------- */

static void test_memory (void) {
  const struct json_scanner *scanners;
  size_t n = json_scanners(&scanners);
  size_t items = 30000;
  char *text = check_block(2 * items + 2 + JSON_PADDING);
  char *end = repeat(repeat(repeat(text, "[", 1), "1,", items), "1]", 1);
  size_t length = (size_t)(end - text);
  for (size_t i = 0; i < n; i++) {
    if (!scanners[i].usable) continue;
    for (size_t fail = 0;; fail++) {
      /* Only this request fails (and a vector scanner lets the reference try
       * again), or all from this on do. */
      budget.until_failure = (long)(fail / 2);
      budget.once = fail % 2 == 0;
      budget.refused = 0;
      struct json_tape tape = {&memory, NULL, 0, 0};
      struct json_options options = {0, false};
      struct leat_error error = {0};
      leat_code code = scanners[i].scan(&tape, text, length, &options, &error);
      check(code == LEAT_OK || code == LEAT_E_MEMORY, "code of no memory", text, 20);
      check(code != LEAT_OK || fail != 1, "accepted without memory", text, 20);
      check(code == LEAT_OK ? tape.count == items + 3 : tape.count == 0,
            "tape of no memory", text, 20);
      check(budget.live == 8 * tape.capacity, "bytes of a tape", text, 20);
      json_tape_free(&tape);
      check(budget.live == 0, "bytes left", text, 20);
      if (code == LEAT_OK && budget.refused == 0 && fail > 1) break;
    }
  }
  budget.until_failure = -1;
  free(text);
}

/* ---- the conformance suite ------------------------------------------------- */

/* What RFC 8259 leaves open: accepted are numbers that a double only rounds
 * (too small: 0; an integer past 64 bits: a double) and 500 levels of nesting;
 * refused are numbers no double can hold, lone surrogates, bytes that are not
 * UTF-8, and a byte order mark (the reader of a file strips it before). */
static const char *const suite_accepted[] = {
    "i_number_double_huge_neg_exp", "i_number_real_underflow",
    "i_number_too_big_neg_int",     "i_number_too_big_pos_int",
    "i_number_very_big_negative_int", "i_structure_500_nested_arrays"};

static bool suite_accepts (const char *name) {
  if (name[0] == 'y') return true;
  for (size_t i = 0; i < COUNT(suite_accepted); i++) {
    if (strncmp(name, suite_accepted[i], strlen(suite_accepted[i])) == 0) {
      return true;
    }
  }
  return false;
}

static void test_suite (void) {
  const char *data = getenv("LEAT_DATA");
  char path[1200];
  snprintf(path, sizeof path, "%.500s/json-conformance/test_parsing",
           data != NULL ? data : "../shared/data");
  DIR *folder = opendir(path);
  if (folder == NULL) {
    printf("skipped: no conformance suite in %s (see LEAT_DATA)\n", path);
    return;
  }
  struct dirent *entry;
  size_t files = 0;
  while ((entry = readdir(folder)) != NULL) {
    if (entry->d_name[0] == '.') continue;
    char file[1600];
    snprintf(file, sizeof file, "%s/%.300s", path, entry->d_name);
    FILE *f = fopen(file, "rb");
    if (f == NULL) continue;
    char *text = check_block(1 << 20);
    size_t length = fread(text, 1, 1 << 20, f);
    fclose(f);
    struct leat_error error;
    leat_code code = check_laws(text, length, 0, 0, &error);
    check((code == LEAT_OK) == suite_accepts(entry->d_name), "conformance",
          entry->d_name, strlen(entry->d_name));
    files++;
    free(text);
  }
  closedir(folder);
  check(files > 300, "the conformance suite is complete", path, strlen(path));
}

int main (void) {
  test_tape();
  test_by_hand();
  test_numbers();
  test_depth();
  test_size();
  test_windows();
  test_mutations(100000);
  test_utf8();
  test_strings();
  test_memory();
  test_suite();
  printf("%lu passed, %lu failed\n", passed, failed);
  return failed > 0;
}
