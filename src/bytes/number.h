/* SPDX-License-Identifier: MIT
 * number.h - numbers to and from text, exactly, and never by the locale.
 */
#ifndef LEAT_BYTES_NUMBER_H
#define LEAT_BYTES_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room for any number written by this file. */
#define NUMBER_MAX_TEXT 32

/* Reads a JSON integer (optional '-', digits) that is known to be well formed.
 * False where it does not fit in 64 bits; *value is then untouched. */
bool number_read_integer (const char *text, size_t length, int64_t *value);

/* The same for 1 to NUMBER_SHORT digits alone, which cannot fail: `end` is behind the last. So many
 * bytes before `end` must be readable; their content does not matter. */
#define NUMBER_SHORT 8
int64_t number_read_short (const char *end, size_t length);
/* Is text[0..length) such digits, and a JSON integer (none has a 0 in front)? NUMBER_SHORT bytes
 * from `text` on must be readable. */
bool number_is_short (const char *text, size_t length);

/* Reads a well-formed JSON number, correctly rounded (nearest, ties to even).
 * False where it is too large for a double; too small gives 0 of its sign. */
bool number_read_double (const char *text, size_t length, double *value);

/* Writes an integer; returns its length. */
size_t number_write_integer (int64_t value, char out[NUMBER_MAX_TEXT]);

/* Writes the shortest decimal that reads back as `value`, closest to it among
 * those, always with ".0" or an exponent so that it reads back as a float:
 * 1.0, -0.0, 0.1, 1500.0, 1.5e-7, 1e100. Exponents are used outside 1e-4 <= |v|
 * < 1e16, as by Python's repr. `value` must be finite. Returns the length. */
size_t number_write_double (double value, char out[NUMBER_MAX_TEXT]);

#endif
