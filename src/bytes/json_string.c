/* SPDX-License-Identifier: MIT
 * json_string.c - strings between their JSON text and their bytes.
 */
#include <string.h>

#include "json_private.h"
#include "utf8.h"

static size_t string_put_utf8 (uint32_t code, char *out) {
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

/* The byte that "\c" stands for; anything else (in a trusted text only) is
 * taken as it is. */
static char string_short_escape (char c) {
  switch (c) {
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return c;
  }
}

size_t json_unescape (const char *text, size_t length, char *out) {
  size_t at = 0, written = 0;
  while (at < length) {
    const char *slash = memchr(text + at, '\\', length - at);
    size_t plain = slash == NULL ? length - at : (size_t)(slash - text) - at;
    memcpy(out + written, text + at, plain);
    written += plain;
    at += plain;
    if (at == length) break;
    if (length - at >= 6 && text[at + 1] == 'u') {
      uint32_t code = json_hex4(text + at + 2);
      size_t n = 6;
      if (code >= 0xd800 && code <= 0xdbff && length - at >= 12 &&
          text[at + 6] == '\\' && text[at + 7] == 'u') {
        uint32_t low = json_hex4(text + at + 8);
        if (low >= 0xdc00 && low <= 0xdfff) {
          code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
          n = 12;
        }
      }
      if (n == 12 || code <= 0xffff) {
        written += string_put_utf8(code, out + written);
        at += n;
        continue;
      }
    }
    if (at + 1 == length) { /* a last backslash: in a trusted text only */
      out[written++] = '\\';
      break;
    }
    out[written++] = string_short_escape(text[at + 1]);
    at += 2;
  }
  return written;
}

/* What a byte is escaped with: 0 as it is, 'u' \u00XX, else "\" and this. */
static const char string_escapes[256] = {
    'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'b', 't', 'n', 'u', 'f', 'r', 'u',
    'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u', 'u',
    'u', 'u', ['"'] = '"', ['\\'] = '\\'};

size_t json_quote (const char *bytes, size_t length, char *out, size_t *bad) {
  size_t valid = utf8_valid_prefix(bytes, length);
  if (valid < length) {
    *bad = valid;
    return 0;
  }
  size_t written = 0;
  out[written++] = '"';
  for (size_t i = 0; i < length; i++) {
    unsigned char c = (unsigned char)bytes[i];
    char escape = string_escapes[c];
    if (escape == 0) {
      out[written++] = (char)c;
      continue;
    }
    out[written++] = '\\';
    out[written++] = escape;
    if (escape == 'u') {
      static const char hex[] = "0123456789abcdef";
      out[written++] = '0';
      out[written++] = '0';
      out[written++] = hex[c >> 4];
      out[written++] = hex[c & 15];
    }
  }
  out[written++] = '"';
  return written;
}
