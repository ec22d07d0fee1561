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

#include "json.h"

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

static inline uint64_t json_word (size_t at, size_t length,
                                  enum json_kind kind) {
  return (uint64_t)at << 34 | (uint64_t)length << 4 | (uint64_t)kind;
}

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

leat_code json_scan_portable (struct json_tape *tape, const char *text,
                              size_t length,
                              const struct json_options *options,
                              struct leat_error *error);
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
#endif
#if JSON_NEON
leat_code json_scan_neon (struct json_tape *tape, const char *text,
                          size_t length, const struct json_options *options,
                          struct leat_error *error);
#endif

#endif
