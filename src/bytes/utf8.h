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
  if (left < 2) return 0;
  uint32_t pair = s[0] | (uint32_t)s[1] << 8;
  if ((pair & 0xc0e0) == 0x80c0) return (pair & 0x1e) != 0 ? 2 : 0;
  if (left < 3) return 0;
  uint32_t three = pair | (uint32_t)s[2] << 16;
  if ((three & 0xc0c0f0) == 0x8080e0) {
    uint32_t edge = three & 0x200f; /* low bits of the lead, bit 5 behind it */
    return edge != 0 && edge != 0x200d ? 3 : 0; /* overlong, surrogate */
  }
  if (left < 4) return 0;
  uint32_t four = three | (uint32_t)s[3] << 24;
  if ((four & 0xc0c0c0f8) == 0x808080f0) {
    uint32_t point = (four & 7) << 6 | (four >> 8 & 0x3f); /* without 12 bits */
    return point >= 0x10 && point <= 0x10f ? 4 : 0; /* U+10000 to U+10FFFF */
  }
  return 0;
}

/* Writes the code point, at most U+10FFFF, and returns its length: at most 4. */
static inline size_t utf8_put (uint32_t code, char *out) {
  if (code < 0x80) {
    out[0] = (char)code;
    return 1;
  }
  if (code < 0x800) {
    out[0] = (char)(0xc0 | code >> 6);
    out[1] = (char)(0x80 | (code & 0x3f));
    return 2;
  }
  if (code < 0x10000) {
    out[0] = (char)(0xe0 | code >> 12);
    out[1] = (char)(0x80 | (code >> 6 & 0x3f));
    out[2] = (char)(0x80 | (code & 0x3f));
    return 3;
  }
  out[0] = (char)(0xf0 | code >> 18);
  out[1] = (char)(0x80 | (code >> 12 & 0x3f));
  out[2] = (char)(0x80 | (code >> 6 & 0x3f));
  out[3] = (char)(0x80 | (code & 0x3f));
  return 4;
}

#endif
