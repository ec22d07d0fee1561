/* SPDX-License-Identifier: MIT
 * csv_write.h - fields as text of CSV (RFC 4180), which csv.h reads back.
 */
#ifndef LEAT_BYTES_CSV_WRITE_H
#define LEAT_BYTES_CSV_WRITE_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes behind the text that must be readable; their content does not matter. */
#define CSV_WRITE_PADDING 16

struct csv_style {
  char delimiter, quote;
  bool has_quote; /* false: a quote is a byte like others, and what needs quotes has no form */
};

/* Is it written as it is: without delimiter, quote and line end? */
bool csv_is_plain (const struct csv_style *style, const char *bytes, size_t length);

/* Writes the text in quotes, those in it doubled, to `out`, which has room for 2 * length + 2
 * bytes; returns how many they are. */
size_t csv_put_quoted (const struct csv_style *style, const char *bytes, size_t length, char *out);

#endif
