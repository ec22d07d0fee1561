/* SPDX-License-Identifier: MIT
 * compress.c - gzip and zstd as one stream; the contract is in compress.h.
 */
#define ZSTD_STATIC_LINKING_ONLY /* ZSTD_createCCtx_advanced: memory of the caller's */
#include "compress.h"

#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include <zlib.h>
#include <zstd.h>

struct compressor {
  struct memory memory;
  enum compression compression;
  bool unflushed; /* bytes were taken since the last flush was done */
  z_stream gzip;
  ZSTD_CCtx *zstd;
};

/* --- by name --- */

static bool ends_with (const char *path, const char *ending) {
  size_t length = strlen(path), n = strlen(ending);
  return length > n && strcasecmp(path + length - n, ending) == 0;
}

enum compression compression_of (const char *path) {
  if (ends_with(path, ".gz")) return COMPRESSION_GZIP;
  if (ends_with(path, ".zst")) return COMPRESSION_ZSTD;
  return COMPRESSION_NONE;
}

/* Those above take up to 1 GB. */
#define ZSTD_MOST 19

int compression_most (enum compression compression) {
  switch (compression) {
    case COMPRESSION_GZIP: return 9;
    case COMPRESSION_ZSTD: return ZSTD_MOST;
    default: return 0;
  }
}

/* --- memory --- */

static void *get (void *ud, size_t size) { return memory_take_sized(ud, size); }

static void give_back (void *ud, void *block) { memory_free_sized(ud, block); }

static voidpf get_items (voidpf ud, uInt items, uInt size) {
  if (size != 0 && items > SIZE_MAX / size) return NULL;
  void *block = get(ud, (size_t)items * size);
  if (block != NULL) memset(block, 0, (size_t)items * size); /* deflate reads ahead of itself */
  return block;
}

/* --- begin and end --- */

/* Window and memory as zlib's defaults; 16 more asks for a gzip header. */
#define GZIP_WINDOW (15 + 16)
#define GZIP_MEMORY 8

static bool begin_gzip (struct compressor *c, int level) {
  c->gzip = (z_stream){ .zalloc = get_items, .zfree = give_back, .opaque = &c->memory };
  return deflateInit2(&c->gzip, level != 0 ? level : Z_DEFAULT_COMPRESSION, Z_DEFLATED,
                      GZIP_WINDOW, GZIP_MEMORY, Z_DEFAULT_STRATEGY) == Z_OK;
}

static bool begin_zstd (struct compressor *c, int level) {
  ZSTD_customMem own = { get, give_back, &c->memory };
  c->zstd = ZSTD_createCCtx_advanced(own);
  if (c->zstd == NULL) return false;
  ZSTD_CCtx_setParameter(c->zstd, ZSTD_c_compressionLevel,
                         level != 0 ? level : ZSTD_CLEVEL_DEFAULT);
  ZSTD_CCtx_setParameter(c->zstd, ZSTD_c_checksumFlag, 1);
  return true;
}

struct compressor *compressor_new (const struct memory *memory, enum compression compression,
                                   int level) {
  struct compressor *c = memory_resize(memory, NULL, 0, sizeof *c);
  if (c == NULL) return NULL;
  *c = (struct compressor){ .memory = *memory, .compression = compression };
  bool begun = compression == COMPRESSION_GZIP ? begin_gzip(c, level) : begin_zstd(c, level);
  if (begun) return c;
  c->compression = COMPRESSION_NONE;
  compressor_free(c);
  return NULL;
}

void compressor_free (struct compressor *c) {
  if (c == NULL) return;
  if (c->compression == COMPRESSION_GZIP) (void)deflateEnd(&c->gzip);
  if (c->compression == COMPRESSION_ZSTD) (void)ZSTD_freeCCtx(c->zstd);
  struct memory memory = c->memory;
  memory_free(&memory, c, sizeof *c);
}

/* --- steps --- */

static leat_code fail_memory (struct leat_error *error) {
  *error = (struct leat_error){ .code = LEAT_E_MEMORY };
  snprintf(error->message, sizeof error->message, "not enough memory to compress");
  return LEAT_E_MEMORY;
}

/* zlib counts in unsigned int. */
static uInt part_of (size_t length) { return length < UINT_MAX ? (uInt)length : UINT_MAX; }

static leat_code step_gzip (struct compressor *c, struct compress_io *io,
                            enum compress_mode mode, bool *more, struct leat_error *error) {
  static const int flushes[] = { Z_NO_FLUSH, Z_SYNC_FLUSH, Z_FINISH };
  z_stream *z = &c->gzip;
  uInt in = part_of(io->length), room = part_of(io->room);
  z->next_in = (Bytef *)(size_t)io->in; /* zlib does not write there */
  z->avail_in = in;
  z->next_out = (Bytef *)io->out;
  z->avail_out = room;
  int result = deflate(z, in < io->length ? Z_NO_FLUSH : flushes[mode]);
  if (result == Z_STREAM_ERROR) return fail_memory(error); /* it was not begun well */
  io->in += in - z->avail_in;
  io->length -= in - z->avail_in;
  io->made = room - z->avail_out;
  *more = io->length > 0 || (mode == COMPRESS_END ? result != Z_STREAM_END : z->avail_out == 0);
  return LEAT_OK;
}

static leat_code step_zstd (struct compressor *c, struct compress_io *io,
                            enum compress_mode mode, bool *more, struct leat_error *error) {
  static const ZSTD_EndDirective flushes[] = { ZSTD_e_continue, ZSTD_e_flush, ZSTD_e_end };
  ZSTD_inBuffer in = { io->in, io->length, 0 };
  ZSTD_outBuffer out = { io->out, io->room, 0 };
  size_t left = ZSTD_compressStream2(c->zstd, &out, &in, flushes[mode]);
  if (ZSTD_isError(left)) return fail_memory(error); /* the stream's use leaves no other */
  io->in += in.pos;
  io->length -= in.pos;
  io->made = out.pos;
  *more = io->length > 0 || (mode != COMPRESS_MORE && left > 0);
  return LEAT_OK;
}

leat_code compressor_step (struct compressor *c, struct compress_io *io, enum compress_mode mode,
                           bool *more, struct leat_error *error) {
  io->made = 0;
  *more = false;
  if (io->length > 0) c->unflushed = true;
  if (mode == COMPRESS_FLUSH && !c->unflushed) return LEAT_OK;
  leat_code code = c->compression == COMPRESSION_GZIP ? step_gzip(c, io, mode, more, error)
                                                      : step_zstd(c, io, mode, more, error);
  if (code == LEAT_OK && mode == COMPRESS_FLUSH && !*more) c->unflushed = false;
  return code;
}
