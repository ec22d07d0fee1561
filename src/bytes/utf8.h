/* SPDX-License-Identifier: MIT
 * utf8.h - the implementations behind utf8_valid_prefix (see json.h).
 *
 * Each takes bytes[0..length) and reads nothing outside of it; all give the
 * same result.
 */
#ifndef LEAT_BYTES_UTF8_H
#define LEAT_BYTES_UTF8_H

#include "json_private.h"

size_t utf8_valid_prefix_portable (const char *bytes, size_t length);
#if JSON_X86
size_t utf8_valid_prefix_avx2 (const char *bytes, size_t length);
#endif

/* Length of the well-formed sequence (RFC 3629: no overlong form, no surrogate,
 * nothing above U+10FFFF) that begins with the byte s[0] >= 0x80; 0 where there
 * is none within `left` bytes. */
static inline size_t utf8_sequence (const unsigned char *s, size_t left) {
  unsigned char lead = s[0];
  if (lead < 0xe0) {
    if (lead < 0xc2 || left < 2) return 0;
    return (s[1] & 0xc0) == 0x80 ? 2 : 0;
  }
  if (lead < 0xf0) {
    if (left < 3) return 0;
    if ((s[1] & 0xc0) != 0x80 || (s[2] & 0xc0) != 0x80) return 0;
    if (lead == 0xe0 && s[1] < 0xa0) return 0; /* overlong */
    if (lead == 0xed && s[1] > 0x9f) return 0; /* surrogate */
    return 3;
  }
  if (lead > 0xf4 || left < 4) return 0;
  if ((s[1] & 0xc0) != 0x80 || (s[2] & 0xc0) != 0x80 || (s[3] & 0xc0) != 0x80) {
    return 0;
  }
  if (lead == 0xf0 && s[1] < 0x90) return 0; /* overlong */
  if (lead == 0xf4 && s[1] > 0x8f) return 0; /* above U+10FFFF */
  return 4;
}

#endif
