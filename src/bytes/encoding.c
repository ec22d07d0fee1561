/* SPDX-License-Identifier: MIT
 * encoding.c - UTF-16 and single-byte encodings as UTF-8.
 *
 * Every unit or byte becomes at most 4 bytes (a pair, of two units). What is left of a character
 * when `out` is full waits in `pending`, so that an `out` of one byte will do.
 */
#include "encoding.h"

#include <stdio.h>
#include <string.h>

#include "utf8.h"

const char *const encoding_names[ENCODING_COUNT + 1] = {
#define ENCODING_NAME(id, name) name,
  ENCODINGS(ENCODING_NAME)
#undef ENCODING_NAME
  NULL
};

/* Code points of 0x80 to 0x9f, from the WHATWG Encoding Standard's index of windows-1252. */
static const uint16_t windows1252[32] = {
  0x20ac, 0x0081, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
  0x2039, 0x0152, 0x008d, 0x017d, 0x008f, 0x0090, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
  0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x009d, 0x017e, 0x0178
};

void encoding_begin (struct encoding_reader *r, enum encoding encoding, struct source_bytes source,
                     const char *bytes, size_t length) {
  r->source = source;
  r->encoding = encoding;
  r->first = r->used = r->pending_length = 0;
  r->has_begun = r->at_end = false;
  r->last = length;
  memcpy(r->input, bytes, length);
}

static leat_code fail (const struct encoding_reader *r, struct leat_error *error,
                       const char *what) {
  *error = (struct leat_error){ .code = LEAT_E_IO };
  snprintf(error->message, sizeof error->message, "%s, at byte %llu of the text", what,
           (unsigned long long)r->used + 1);
  return error->code;
}

static void use (struct encoding_reader *r, size_t bytes) {
  r->first += bytes;
  r->used += bytes;
}

static uint32_t unit_at (const struct encoding_reader *r, size_t i) {
  unsigned a = r->input[i], b = r->input[i + 1];
  return r->encoding == ENCODING_UTF16LE ? b << 8 | a : a << 8 | b;
}

/* Takes the mark in front; of UTF-16 without a given order there must be one. */
static leat_code begin (struct encoding_reader *r, struct leat_error *error) {
  size_t length = r->last - r->first;
  r->has_begun = true;
  if (r->encoding != ENCODING_UTF16 && r->encoding != ENCODING_UTF16LE &&
      r->encoding != ENCODING_UTF16BE) return LEAT_OK;
  bool little = length >= 2 && memcmp(r->input + r->first, "\xff\xfe", 2) == 0;
  bool big = length >= 2 && memcmp(r->input + r->first, "\xfe\xff", 2) == 0;
  if (r->encoding == ENCODING_UTF16 && length > 0) {
    if (!little && !big) {
      return fail(r, error, "there is no UTF-16 byte order mark; say \"utf-16le\" or "
                            "\"utf-16be\" if it is UTF-16 without one");
    }
    r->encoding = little ? ENCODING_UTF16LE : ENCODING_UTF16BE;
  }
  if (little && r->encoding == ENCODING_UTF16BE)
    return fail(r, error, "there is the byte order mark of utf-16le; say encoding = \"utf-16\"");
  if (big && r->encoding == ENCODING_UTF16LE)
    return fail(r, error, "there is the byte order mark of utf-16be; say encoding = \"utf-16\"");
  if (little ? r->encoding == ENCODING_UTF16LE : big && r->encoding == ENCODING_UTF16BE) use(r, 2);
  return LEAT_OK;
}

/* The next character into `out`, which has room for it. 0: more input is needed, or an error. */
static size_t next_utf16 (struct encoding_reader *r, char *out,
                          struct leat_error *error) {
  size_t length = r->last - r->first;
  if (length < 2) {
    if (r->at_end && length == 1) fail(r, error, "UTF-16 ends in the middle of a unit");
    return 0;
  }
  uint32_t unit = unit_at(r, r->first);
  if (unit < 0xd800 || unit > 0xdfff) {
    use(r, 2);
    return utf8_put(unit, out);
  }
  if (unit < 0xdc00 && length < 4 && !r->at_end) return 0;
  uint32_t second = length >= 4 ? unit_at(r, r->first + 2) : 0;
  if (unit >= 0xdc00 || second < 0xdc00 || second > 0xdfff) {
    fail(r, error, "UTF-16 with half a surrogate pair");
    return 0;
  }
  use(r, 4);
  return utf8_put(0x10000 + ((unit - 0xd800) << 10 | (second - 0xdc00)), out);
}

static size_t next_byte (struct encoding_reader *r, char *out) {
  if (r->first == r->last) return 0;
  unsigned byte = r->input[r->first];
  use(r, 1);
  bool is_c1 = byte >= 0x80 && byte < 0xa0;
  bool is_1252 = r->encoding == ENCODING_WINDOWS1252;
  return utf8_put(is_1252 && is_c1 ? windows1252[byte - 0x80] : byte, out);
}

/* What is ASCII in front, as much as there is room for. */
static size_t copy_ascii (struct encoding_reader *r, char *out, size_t room) {
  size_t n = 0;
  bool wide = r->encoding == ENCODING_UTF16LE || r->encoding == ENCODING_UTF16BE;
  size_t high = r->encoding == ENCODING_UTF16LE, step = wide ? 2 : 1;
  const unsigned char *in = r->input + r->first;
  size_t units = (r->last - r->first) / step, most = units < room ? units : room;
  if (wide) {
    for (; n < most; n++) {
      unsigned char low = in[2 * n + 1 - high];
      if (in[2 * n + high] != 0 || low >= 0x80) break;
      out[n] = (char)low;
    }
  } else {
    for (; n < most && in[n] < 0x80; n++) out[n] = (char)in[n];
  }
  use(r, n * step);
  return n;
}

static leat_code read_input (struct encoding_reader *r, struct leat_error *error) {
  size_t more, pending = r->last - r->first;
  memmove(r->input, r->input + r->first, pending);
  r->first = 0;
  r->last = pending;
  leat_code code = source_read(&r->source, (char *)r->input + pending, ENCODING_INPUT - pending,
                               &more, error);
  if (code != LEAT_OK) return code;
  r->last += more;
  r->at_end = more == 0;
  return LEAT_OK;
}

leat_code encoding_read (void *ud, char *out, size_t size, size_t *got,
                         struct leat_error *error) {
  struct encoding_reader *r = ud;
  leat_code code;
  size_t n = 0;
  *got = 0;
  while (!r->has_begun) { /* a mark is two bytes */
    if (r->last - r->first >= 2 || r->at_end) code = begin(r, error);
    else code = read_input(r, error);
    if (code != LEAT_OK) return code;
  }
  for (;;) {
    while (n < size && r->pending_length > 0) {
      out[n++] = r->pending[0];
      memmove(r->pending, r->pending + 1, --r->pending_length);
    }
    n += copy_ascii(r, out + n, size - n);
    if (n == size) break;
    error->code = LEAT_OK;
    size_t made = r->encoding == ENCODING_UTF16LE || r->encoding == ENCODING_UTF16BE
                      ? next_utf16(r, r->pending, error)
                      : next_byte(r, r->pending);
    r->pending_length = made;
    if (made > 0) continue;
    if (n > 0) break; /* an error comes again */
    if (error->code != LEAT_OK) return error->code;
    if (r->at_end) break;
    code = read_input(r, error);
    if (code != LEAT_OK) return code;
  }
  *got = n;
  return LEAT_OK;
}
