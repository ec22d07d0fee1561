/* SPDX-License-Identifier: MIT
 * json_split.h - where a JSON value ends, in a text that comes in pieces.
 *
 * Only quotes, backslashes and brackets are looked at: of a well-formed value the end that is
 * found is its own. Any other text has an end where as many brackets have been closed as opened,
 * of whatever kind; json_scan then says what is wrong.
 */
#ifndef LEAT_BYTES_JSON_SPLIT_H
#define LEAT_BYTES_JSON_SPLIT_H

#include <stddef.h>
#include <stdint.h>

/* What is known of the value so far. Zero it where one begins. */
struct json_split {
  size_t seen;        /* the bytes before it need not be looked at again */
  size_t depth;       /* brackets that are open there */
  uint64_t in_string; /* all ones: text[seen] is in a string */
  uint64_t escaped;   /* 1: text[seen - 1] is a backslash that escapes what comes */
  size_t newlines;    /* LF in what has been seen, ... */
  size_t line;        /* ... and the offset behind the last of them */
};

/* The offset behind the value that begins with text[0], a bracket that opens or a quote; 0: it
 * goes on behind text[0..length). The same text with more behind it is then searched from where
 * this one ended. When the end is found, only `newlines` and `line` are of use, and count to there.
 * JSON_PADDING bytes behind the text must be readable. */
size_t json_split (struct json_split *s, const char *text, size_t length);

#endif
