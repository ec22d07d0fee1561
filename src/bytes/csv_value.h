/* SPDX-License-Identifier: MIT
 * csv_value.h - what a field of a table is beside text.
 */
#ifndef LEAT_BYTES_CSV_VALUE_H
#define LEAT_BYTES_CSV_VALUE_H

#include <stdbool.h>
#include <stddef.h>

#include "json.h"

struct csv_string {
  const char *bytes;
  size_t length;
};

/* How fields are read whose columns have no type of their own. */
struct csv_reading {
  bool infer; /* numbers and booleans are what they look like */
  const struct csv_string *nulls; /* what is null */
  size_t null_count;
};

/* Is a field that is in no quotes null? */
bool csv_is_null (const struct csv_reading *reading, const char *bytes, size_t length);

/* JSON_TRUE or JSON_FALSE, in any case of letters; JSON_NULL: neither. */
enum json_kind csv_boolean (const char *bytes, size_t length);

/* What a field that is in no quotes is: JSON_NULL, JSON_TRUE, JSON_FALSE, a number as JSON writes
 * it, or JSON_BYTES. */
enum json_kind csv_kind (const struct csv_reading *reading, const char *bytes, size_t length);

/* A longer number is refused by csv_number. */
#define CSV_NUMBER_LONGEST 400

/* Writes a number that JSON would write in another way as JSON does: white space around, a plus
 * sign, zeros in front, no digit before or behind the point. Returns the length; 0: it is none. */
size_t csv_number (const char *bytes, size_t length, char out[CSV_NUMBER_LONGEST + 2]);

#endif
