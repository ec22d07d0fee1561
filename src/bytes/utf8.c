/* SPDX-License-Identifier: MIT
 * utf8.c - validating UTF-8: the portable way, and the choice of the best.
 */
#include <string.h>

#include "utf8.h"

size_t utf8_valid_prefix_portable (const char *bytes, size_t length) {
  const unsigned char *s = (const unsigned char *)bytes;
  size_t at = 0;
  for (;;) {
    /* ASCII, eight at a time. */
    while (length - at >= 8) {
      uint64_t eight;
      memcpy(&eight, s + at, 8);
      if ((eight & 0x8080808080808080u) != 0) break;
      at += 8;
    }
    while (at < length && s[at] < 0x80) at++;
    if (at == length) return length;
    do {
      size_t n = utf8_sequence(s + at, length - at);
      if (n == 0) return at;
      at += n;
    } while (at < length && s[at] >= 0x80);
  }
}

size_t utf8_valid_prefix (const char *bytes, size_t length) {
#if JSON_X86
  if (__builtin_cpu_supports("avx2")) {
    return utf8_valid_prefix_avx2(bytes, length);
  }
#endif
  return utf8_valid_prefix_portable(bytes, length);
}
