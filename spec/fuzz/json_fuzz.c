/* SPDX-License-Identifier: MIT
 * json_fuzz.c - any bytes through all JSON scanners, and as bytes to be quoted.
 *
 * The laws are those of json_check.h. The text is the input as it is, so that
 * files of a conformance suite are seeds; depth limit, padding and alignment
 * are taken from its length and its first byte.
 */
#include <stddef.h>
#include <stdint.h>

#include "../unit/json_check.h"

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size);

static void fuzz_must (const char *wrong) {
  if (wrong == NULL) return;
  fprintf(stderr, "json_fuzz: %s\n", wrong);
  abort();
}

static void fuzz_quote (const char *bytes, size_t size) {
  char *out = check_block(json_quoted_bound(size));
  size_t bad = size;
  size_t n = json_quote(bytes, size, out, &bad);
  size_t valid = utf8_valid_prefix_portable(bytes, size);
  if (n > json_quoted_bound(size)) fuzz_must("json_quote grew");
  if ((n == 0) != (valid < size)) fuzz_must("json_quote and UTF-8");
  if (n == 0 && bad != valid) fuzz_must("json_quote's bad byte");
  if (n > 0) fuzz_must(check_string(out + 1, n - 2, n != size + 2, false));
  /* Arbitrary bytes: what a trusted text may hand to it. */
  if (json_unescape(bytes, size, out) > size) fuzz_must("json_unescape grew");
  free(out);
}

int LLVMFuzzerTestOneInput (const uint8_t *data, size_t size) {
  static const char paddings[] = {0, '"', '}', ']', ',', '1', ' ', '\\'};
  const char *text = (const char *)data;
  unsigned salt = (unsigned)size + (size > 0 ? data[0] : 0);
  struct json_options options = {salt % 5 == 0 ? 3 : 0, false};
  leat_code strict, trusted;
  struct leat_error error;
  char padding = paddings[salt % sizeof paddings];
  fuzz_must(json_check(text, size, salt % 7, padding, &options, &strict, &error));
  options.trusted = true;
  fuzz_must(json_check(text, size, 0, padding, &options, &trusted, &error));
  if (strict == LEAT_OK && trusted != LEAT_OK) {
    fuzz_must("trusted refused what is right");
  }
  fuzz_must(utf8_check(text, size));
  fuzz_quote(text, size);
  return 0;
}
