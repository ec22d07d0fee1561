/* SPDX-License-Identifier: MIT
 * decompress.c - zlib's inflate and zstd's stream behind one read.
 */
#define ZSTD_STATIC_LINKING_ONLY /* ZSTD_customMem */
#include "decompress.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

/* {=====================  Kinds  ===================== */

static bool begins_with (const char *bytes, size_t length, const char *magic, size_t size) {
  return memcmp(bytes, magic, length < size ? length : size) == 0;
}

/* RFC 8878, 3.1.2: 16 magic numbers, of which the first byte differs. */
static bool is_skippable_frame (const char *bytes, size_t length) {
  return ((unsigned char)bytes[0] & 0xf0) == 0x50 &&
         begins_with(bytes + 1, length - 1, "\x2a\x4d\x18", 3);
}

enum decompress_kind decompress_kind (const char *bytes, size_t length, bool *undecided) {
  *undecided = false;
  if (length == 0) {
    *undecided = true;
    return DECOMPRESS_NONE;
  }
  bool gzip = begins_with(bytes, length, "\x1f\x8b\x08", 3);
  bool zstd = begins_with(bytes, length, "\x28\xb5\x2f\xfd", 4) ||
              is_skippable_frame(bytes, length);
  if (gzip && length >= 3) return DECOMPRESS_GZIP;
  if (zstd && length >= 4) return DECOMPRESS_ZSTD;
  *undecided = gzip || zstd;
  return DECOMPRESS_NONE;
}

bool decompress_is_cut (const char *bytes, size_t length) {
  return length >= 2 && (begins_with(bytes, length, "\x1f\x8b", 2) ||
                         begins_with(bytes, length, "\x28\xb5\x2f\xfd", 4));
}

const char *decompress_foreign (const char *bytes, size_t length) {
  static const struct {
    const char *name, *magic;
    size_t size;
  } formats[] = { { "xz", "\xfd" "7zXZ", 6 }, /* with the NUL behind it */
                  { "bzip2", "BZh", 3 },
                  { "zip", "PK\x03\x04", 4 },
                  { "lz4", "\x04\x22\x4d\x18", 4 } };
  for (size_t i = 0; i < sizeof formats / sizeof *formats; i++)
    if (length >= formats[i].size && begins_with(bytes, length, formats[i].magic, formats[i].size))
      return formats[i].name;
  return NULL;
}

/* }==================================================== */

/* {=====================  Errors  ===================== */

static leat_code fail (struct decompress *d, struct leat_error *error, leat_code code,
                       const char *format, ...) {
  va_list arguments;
  *error = (struct leat_error){ .code = code };
  va_start(arguments, format);
  vsnprintf(error->message, sizeof error->message, format, arguments);
  va_end(arguments);
  if (code != LEAT_E_MEMORY) d->failed = *error;
  return code;
}

static const char *name_of (const struct decompress *d) {
  return d->kind == DECOMPRESS_GZIP ? "gzip" : "zstd";
}

static leat_code fail_corrupt (struct decompress *d, struct leat_error *error, const char *why) {
  return fail(d, error, LEAT_E_IO, "corrupt %s data at byte %llu of the file: %s", name_of(d),
              (unsigned long long)d->used + 1, why != NULL ? why : "no such data");
}

static leat_code fail_memory (struct decompress *d, struct leat_error *error) {
  return fail(d, error, LEAT_E_MEMORY, "not enough memory to decompress");
}

/* }==================================================== */

/* {=====================  Beginning and end  ===================== */

static void *take_for_zlib (void *ud, uInt items, uInt size) {
  return memory_take_sized(ud, (size_t)items * size);
}

static void *take_for_zstd (void *ud, size_t size) { return memory_take_sized(ud, size); }

static void give_back (void *ud, void *block) { memory_free_sized(ud, block); }

static bool begin_gzip (struct decompress *d) {
  z_stream *z = memory_take_sized(d->memory, sizeof *z);
  if (z == NULL) return false;
  *z = (z_stream){ .zalloc = take_for_zlib, .zfree = give_back,
                   .opaque = (void *)(size_t)d->memory };
  if (inflateInit2(z, 16 + MAX_WBITS) == Z_OK) { /* 16: with gzip's header and checksum */
    d->stream = z;
    return true;
  }
  memory_free_sized(d->memory, z);
  return false;
}

static bool begin_zstd (struct decompress *d) {
  ZSTD_customMem memory = { take_for_zstd, give_back, (void *)(size_t)d->memory };
  d->stream = ZSTD_createDStream_advanced(memory);
  return d->stream != NULL;
}

leat_code decompress_begin (struct decompress *d, enum decompress_kind kind, const char *bytes,
                            size_t length, struct leat_error *error) {
  d->input = memory_resize(d->memory, NULL, 0, DECOMPRESS_INPUT);
  if (d->input == NULL) return fail_memory(d, error);
  d->kind = kind;
  d->in_member = true;
  if (!(kind == DECOMPRESS_GZIP ? begin_gzip(d) : begin_zstd(d))) {
    decompress_end(d);
    return fail_memory(d, error);
  }
  memcpy(d->input, bytes, length);
  d->last = length;
  return LEAT_OK;
}

void decompress_end (struct decompress *d) {
  if (d->stream != NULL && d->kind == DECOMPRESS_GZIP) {
    inflateEnd(d->stream);
    memory_free_sized(d->memory, d->stream);
  } else if (d->stream != NULL) {
    ZSTD_freeDStream(d->stream);
  }
  memory_free(d->memory, d->input, DECOMPRESS_INPUT);
  *d = (struct decompress){ .memory = d->memory, .source = d->source };
}

/* }==================================================== */

/* {=====================  Reading  ===================== */

/* Both: what is pending into `out`. They set d->in_member and say by *got and d->first what they
 * have done. */
static leat_code inflate_some (struct decompress *d, char *out, size_t size, size_t *got,
                               struct leat_error *error) {
  z_stream *z = d->stream;
  const uInt most = (uInt)1 << 30;
  uInt room = size < most ? (uInt)size : most;
  z->next_in = (Bytef *)d->input + d->first;
  z->avail_in = (uInt)(d->last - d->first);
  z->next_out = (Bytef *)out;
  z->avail_out = room;
  int status = inflate(z, Z_NO_FLUSH);
  size_t rest = z->avail_in;
  d->used += d->last - rest - d->first;
  d->first = d->last - rest;
  *got = room - z->avail_out;
  switch (status) {
    case Z_OK:
    case Z_BUF_ERROR: /* no progress was possible: more input is needed */
      return LEAT_OK;
    case Z_STREAM_END:
      d->in_member = false;
      return LEAT_OK;
    case Z_MEM_ERROR: return fail_memory(d, error);
    default: return fail_corrupt(d, error, z->msg);
  }
}

static leat_code unzstd_some (struct decompress *d, char *out, size_t size, size_t *got,
                              struct leat_error *error) {
  ZSTD_inBuffer in = { d->input, d->last, d->first };
  ZSTD_outBuffer to = { out, size, 0 };
  size_t hint = ZSTD_decompressStream(d->stream, &to, &in);
  d->used += in.pos - d->first;
  d->first = in.pos;
  *got = to.pos;
  if (ZSTD_isError(hint)) {
    if (ZSTD_getErrorCode(hint) == ZSTD_error_memory_allocation) return fail_memory(d, error);
    if (ZSTD_getErrorCode(hint) == ZSTD_error_frameParameter_windowTooLarge)
      return fail(d, error, LEAT_E_IO, "the zstd data needs more than 128 MB of memory to "
                  "decompress; zstd -d --long=31 does it");
    if (ZSTD_getErrorCode(hint) == ZSTD_error_dictionary_wrong)
      return fail(d, error, LEAT_E_IO, "the zstd data needs a dictionary; zstd -d -D does it");
    return fail_corrupt(d, error, ZSTD_getErrorName(hint));
  }
  d->in_member = hint != 0;
  return LEAT_OK;
}

/* Between members: what is pending begins the next one, is padding, or is neither. */
static leat_code begin_member (struct decompress *d, struct leat_error *error) {
  const char *next = d->input + d->first;
  if (d->kind == DECOMPRESS_ZSTD) { /* what is no frame it finds out itself */
    d->in_member = true;
    return LEAT_OK;
  }
  if (!d->padding && *next == '\x1f') {
    d->in_member = inflateReset(d->stream) == Z_OK;
    return LEAT_OK;
  }
  d->padding = true;
  while (d->first < d->last && d->input[d->first] == '\0') d->first++, d->used++;
  if (d->first == d->last) return LEAT_OK;
  return fail_corrupt(d, error, "behind the last member there is something else");
}

leat_code decompress_read (void *ud, char *out, size_t size, size_t *got,
                           struct leat_error *error) {
  struct decompress *d = ud;
  leat_code code;
  *got = 0;
  for (;;) {
    if (d->failed.code != LEAT_OK) {
      *error = d->failed;
      return error->code;
    }
    if (d->first == d->last && !d->filled) {
      size_t more;
      d->first = d->last = 0;
      code = source_read(&d->source, d->input, DECOMPRESS_INPUT, &more, error);
      if (code != LEAT_OK) return code;
      d->last = more;
      if (more == 0 && !d->in_member) return LEAT_OK;
    }
    if (!d->in_member && d->first < d->last) {
      code = begin_member(d, error);
      if (code != LEAT_OK) return code;
    }
    d->filled = false;
    if (!d->in_member) continue; /* padding, or the end */
    code = (d->kind == DECOMPRESS_GZIP ? inflate_some : unzstd_some)(d, out, size, got, error);
    d->filled = *got == size;
    if (code == LEAT_E_MEMORY || (code != LEAT_OK && *got == 0)) return code;
    if (*got > 0) return LEAT_OK;
    if (d->in_member && d->last == 0)
      return fail(d, error, LEAT_E_IO,
                  "the %s data ends too early, at byte %llu of the file; is it whole?", name_of(d),
                  (unsigned long long)d->used);
  }
}

/* }==================================================== */
