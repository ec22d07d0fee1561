/* SPDX-License-Identifier: MIT
 * json_stream_fuzz.c - any bytes through json_split and json_stream, whole and in pieces.
 *
 * The laws are those of json_stream_check.h. The text is the input as it is, so that files of a
 * conformance suite are seeds; where it is cut is taken from its length and its first byte.
 */
#include <stddef.h>
#include <stdint.h>

#include "../unit/json_stream_check.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size) {
  const char *wrong = stream_check((const char *)data, size, size + (size > 0 ? data[0] : 0));
  if (wrong == NULL) return 0;
  fprintf(stderr, "json_stream_fuzz: %s\n", wrong);
  abort();
}
