/* SPDX-License-Identifier: MIT
 * csv_value.c - what a field of a table is beside text; the contract is in csv_value.h.
 */
#include "csv_value.h"

#include <string.h>

bool csv_is_null (const struct csv_reading *reading, const char *bytes, size_t length) {
  for (size_t i = 0; i < reading->null_count; i++)
    if (reading->nulls[i].length == length &&
        memcmp(reading->nulls[i].bytes, bytes, length) == 0)
      return true;
  return false;
}

/* Is it this literal, in lower case, but for case? */
static bool is_literal (const char *bytes, size_t length, const char *literal) {
  if (length != strlen(literal)) return false;
  for (size_t i = 0; i < length; i++)
    if ((bytes[i] | 0x20) != literal[i]) return false;
  return true;
}

enum json_kind csv_boolean (const char *bytes, size_t length) {
  return is_literal(bytes, length, "true")    ? JSON_TRUE
         : is_literal(bytes, length, "false") ? JSON_FALSE
                                              : JSON_NULL;
}

enum json_kind csv_kind (const struct csv_reading *reading, const char *bytes, size_t length) {
  if (csv_is_null(reading, bytes, length)) return JSON_NULL;
  if (!reading->infer) return JSON_BYTES;
  enum json_kind kind = csv_boolean(bytes, length);
  if (kind == JSON_NULL) kind = json_kind_of_number(bytes, length);
  return kind == JSON_NULL ? JSON_BYTES : kind;
}

size_t csv_number (const char *bytes, size_t length, char out[CSV_NUMBER_LONGEST + 2]) {
  size_t n = 0;
  while (length > 0 && (bytes[0] == ' ' || bytes[0] == '\t')) bytes++, length--;
  while (length > 0 && (bytes[length - 1] == ' ' || bytes[length - 1] == '\t')) length--;
  if (length == 0 || length > CSV_NUMBER_LONGEST) return 0;
  if (*bytes == '-') out[n++] = '-';
  if (*bytes == '-' || *bytes == '+') bytes++, length--;
  while (length > 1 && bytes[0] == '0' && bytes[1] >= '0' && bytes[1] <= '9') bytes++, length--;
  bool has_digit = length > 0 && bytes[0] >= '0' && bytes[0] <= '9';
  if (!has_digit) out[n++] = '0';
  for (size_t i = 0; i < length; i++) {
    bool next_is_digit = i + 1 < length && bytes[i + 1] >= '0' && bytes[i + 1] <= '9';
    if (bytes[i] == '.' && !next_is_digit) {
      if (!has_digit) return 0;
      continue; /* 5. is 5 */
    }
    out[n++] = bytes[i];
  }
  if (!has_digit && (length < 2 || bytes[0] != '.')) return 0;
  return json_kind_of_number(out, n) != JSON_NULL ? n : 0;
}
