/* SPDX-License-Identifier: MIT
 * json_private.h - what the scanners of json.h share.
 *
 * There is one reference, json_scan_portable: a single pass without intrinsics
 * that words every error. The vector scanners only ever decide "this text is
 * fine" and write its tape; whatever they dislike they hand to the reference,
 * so that an error has one wording and one position whatever the processor.
 * Law: a vector scanner accepts a text if and only if the reference does, and
 * leaves the same tape.
 */
#ifndef LEAT_BYTES_JSON_PRIVATE_H
#define LEAT_BYTES_JSON_PRIVATE_H

#include <string.h>

#include "json.h"
#include "json_split.h"

#if defined(__x86_64__)
#define JSON_X86 1
#else
#define JSON_X86 0
#endif
#if defined(__aarch64__)
#define JSON_NEON 1
#else
#define JSON_NEON 0
#endif

/* Under ASan a vector scanner that refuses what the reference accepts stops the
 * program: it would be right, but slow, and nobody would notice. */
#if defined(__SANITIZE_ADDRESS__)
#define JSON_STRICT
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define JSON_STRICT
#endif
#endif

#define JSON_LIKELY(x) __builtin_expect(!!(x), 1)
#define JSON_UNLIKELY(x) __builtin_expect(!!(x), 0)

/* `next` has 30 bits, so a whole tape is at most this many words. */
#define JSON_MAX_WORDS (JSON_MAX_TEXT - 1)

/* Makes room for `words` words in all; what is there stays. LEAT_OK,
 * LEAT_E_SIZE or LEAT_E_MEMORY; fills nothing. */
leat_code json_tape_reserve (struct json_tape *tape, size_t words);

/* json_token.c: what a number and an escape may look like. */
enum json_flaw {
  JSON_FINE,
  JSON_LEADING_ZERO,
  JSON_NO_DIGIT,          /* none where the number must begin */
  JSON_NO_FRACTION_DIGIT, /* none after '.' */
  JSON_NO_EXPONENT_DIGIT, /* none after 'e', 'e+', 'e-' */
  JSON_TOO_LARGE,
  JSON_UNKNOWN_ESCAPE,
  JSON_NO_HEX,
  JSON_LONE_SURROGATE,
  JSON_CUT /* the text ends inside the escape */
};

/* Reads the number that begins at text[at] ('-' or a digit) and ends before
 * text[length]. Sets *end to one past its last byte, or to the byte where the
 * flaw shows; *kind to JSON_INTEGER or JSON_FLOAT. */
enum json_flaw json_number (const char *text, size_t at, size_t length,
                            size_t *end, enum json_kind *kind);

/* Reads the escape whose backslash is text[at]; *end as above. A surrogate pair
 * is one escape. */
enum json_flaw json_escape (const char *text, size_t at, size_t length,
                            size_t *end);

/* What the four hex digits at `text` say; above 0xffff where one is none. */
uint32_t json_hex4 (const char *text);

/* json_error.c: words for what is wrong at text[at] (or between `start` and `end`) of a text of
 * `length` bytes; they fill *error and return its code. */

/* Line and column of text[offset], both from 1; a line ends with '\n'. */
void json_position (const char *text, size_t offset, size_t *line, size_t *column);
__attribute__((format(printf, 5, 6)))
leat_code json_fail (struct leat_error *error, leat_code code, const char *text,
                     size_t offset, const char *format, ...);
/* "<what>, got ..." */
leat_code json_fail_expected (struct leat_error *error, const char *text, size_t at,
                              size_t length, const char *what);
leat_code json_fail_control (struct leat_error *error, const char *text, size_t at);
leat_code json_fail_utf8 (struct leat_error *error, const char *text, size_t at);
leat_code json_fail_number (struct leat_error *error, enum json_flaw flaw,
                            const char *text, size_t start, size_t end, size_t length);
leat_code json_fail_unterminated (struct leat_error *error, const char *text, size_t quote);
leat_code json_fail_escape (struct leat_error *error, enum json_flaw flaw,
                            const char *text, size_t at, size_t quote);

static inline bool json_is_word (char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || c == '_';
}

/* Offset of the first byte from `at` on that is no plain ASCII of a string
 * ('"', '\\', below 0x20, above 0x7f). May be up to 8 beyond the text. */
static inline size_t json_plain (const char *text, size_t at, size_t length) {
  const uint64_t ones = 0x0101010101010101u, highs = 0x8080808080808080u;
  while (at < length) {
    uint64_t w;
    memcpy(&w, text + at, 8);
    /* The top bit of a byte: it is special. Borrows can only mark a byte above
     * a special one too many, so "some byte is special" is exact. */
    uint64_t quote = (w ^ (ones * '"')) - ones;
    uint64_t slash = (w ^ (ones * '\\')) - ones;
    uint64_t control = w - ones * 0x20;
    if (((quote | slash | control | w) & highs) != 0) break;
    at += 8;
  }
  while (at < length) {
    unsigned char c = (unsigned char)text[at];
    if (c == '"' || c == '\\' || c < 0x20 || c >= 0x80) break;
    at++;
  }
  return at;
}

leat_code json_scan_portable (struct json_tape *tape, const char *text,
                              size_t length,
                              const struct json_options *options,
                              struct leat_error *error);
size_t json_split_portable (struct json_split *s, const char *text, size_t length);
#if JSON_X86
leat_code json_scan_avx512 (struct json_tape *tape, const char *text,
                            size_t length, const struct json_options *options,
                            struct leat_error *error);
leat_code json_scan_sse2 (struct json_tape *tape, const char *text,
                          size_t length, const struct json_options *options,
                          struct leat_error *error);
leat_code json_scan_avx2 (struct json_tape *tape, const char *text,
                          size_t length, const struct json_options *options,
                          struct leat_error *error);
size_t json_split_sse2 (struct json_split *s, const char *text, size_t length);
size_t json_split_avx2 (struct json_split *s, const char *text, size_t length);
size_t json_split_avx512 (struct json_split *s, const char *text, size_t length);
#endif
#if JSON_NEON
size_t json_split_neon (struct json_split *s, const char *text, size_t length);
leat_code json_scan_neon (struct json_tape *tape, const char *text,
                          size_t length, const struct json_options *options,
                          struct leat_error *error);
#endif

#endif
