/* SPDX-License-Identifier: MIT
 * csv_write.h - fields as text of CSV (RFC 4180), which csv.h reads back.
 */
#ifndef LEAT_BYTES_CSV_WRITE_H
#define LEAT_BYTES_CSV_WRITE_H

#include <stdbool.h>
#include <stddef.h>

struct csv_style {
  char delimiter, quote;
  bool has_quote; /* false: a quote is a byte like others, and what needs quotes has no form */
};

/* Copies the text to `out`, which has room for it. False: it needs quotes, since it has a
 * delimiter, a quote or a line end in it; then what is at `out` does not matter. */
bool csv_put_plain (const struct csv_style *style, const char *bytes, size_t length, char *out);

/* Writes the text in quotes, those in it doubled, to `out`, which has room for 2 * length + 2
 * bytes; returns how many they are. */
size_t csv_put_quoted (const struct csv_style *style, const char *bytes, size_t length, char *out);

#endif
