/* SPDX-License-Identifier: MIT
 * compress_test.c - compress.c against what the libraries make of its bytes: all that was taken
 * comes back, at each flush and at the end, whatever the sizes of the pieces; and with each
 * allocation failing.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <zlib.h>
#include <zstd.h>

#include "../../src/bytes/compress.h"
#include "unit.h"

static unsigned long passed, failed;

#define CHECK(condition) check((condition), #condition, __LINE__)
static void check (bool ok, const char *what, int line) {
  if (ok) passed++;
  else if (failed++ < 20) fprintf(stderr, "FAILED: line %d: %s\n", line, what);
}

/* --- reading back what has been given so far --- */

struct reading {
  enum compression compression;
  z_stream gzip;
  ZSTD_DCtx *zstd;
  char *text; /* of what was given so far */
  size_t length, capacity;
  bool ended;
};

static void reading_begin (struct reading *r, enum compression compression, size_t capacity) {
  *r = (struct reading){.compression = compression, .capacity = capacity};
  r->text = malloc(capacity + 1);
  if (compression == COMPRESSION_GZIP) inflateInit2(&r->gzip, 15 + 16);
  else r->zstd = ZSTD_createDCtx();
}

static void reading_add (struct reading *r, const char *bytes, size_t size) {
  if (r->compression == COMPRESSION_GZIP) {
    r->gzip.next_in = (Bytef *)(size_t)bytes;
    r->gzip.avail_in = (uInt)size;
    r->gzip.next_out = (Bytef *)r->text + r->length;
    r->gzip.avail_out = (uInt)(r->capacity - r->length);
    int result = inflate(&r->gzip, Z_SYNC_FLUSH);
    CHECK(result == Z_OK || result == Z_STREAM_END || result == Z_BUF_ERROR);
    r->length = r->capacity - r->gzip.avail_out;
    r->ended = r->ended || result == Z_STREAM_END;
    CHECK(r->gzip.avail_in == 0);
    return;
  }
  ZSTD_inBuffer in = {bytes, size, 0};
  ZSTD_outBuffer out = {r->text, r->capacity, r->length};
  for (size_t last = SIZE_MAX; in.pos < size && last != in.pos + out.pos;) {
    last = in.pos + out.pos;
    size_t left = ZSTD_decompressStream(r->zstd, &out, &in);
    CHECK(!ZSTD_isError(left));
    if (ZSTD_isError(left)) break;
    r->ended = left == 0;
  }
  CHECK(in.pos == size);
  r->length = out.pos;
}

static void reading_end (struct reading *r) {
  if (r->compression == COMPRESSION_GZIP) inflateEnd(&r->gzip);
  else ZSTD_freeDCtx(r->zstd);
  free(r->text);
}

/* --- a stream in random pieces --- */

#define LONGEST ((size_t)300 * 1000)

static char *make_text (size_t length, size_t letters) {
  char *text = malloc(length + 1);
  for (size_t i = 0; i < length; i++) text[i] = (char)random_below(letters);
  return text;
}

/* One mode over `length` bytes, in pieces; false: not enough memory. */
static bool run (struct compressor *c, struct reading *r, const char *bytes, size_t length,
                 enum compress_mode mode, size_t most_room) {
  char out[4096];
  struct leat_error error = {.code = LEAT_OK};
  struct compress_io io = {.in = bytes, .length = length};
  bool more;
  do {
    io.out = out;
    io.room = COMPRESS_ROOM + random_below(most_room - COMPRESS_ROOM);
    if (compressor_step(c, &io, mode, &more, &error) != LEAT_OK) {
      CHECK(error.code == LEAT_E_MEMORY && error.message[0] != '\0');
      return false;
    }
    CHECK(io.made <= io.room);
    if (r != NULL && io.made > 0) reading_add(r, out, io.made);
  } while (more);
  CHECK(io.length == 0 && io.in == bytes + length);
  return true;
}

static void stream (enum compression compression, int level, size_t length, size_t letters) {
  struct reading r;
  char *text = make_text(length, letters);
  size_t room = length < 1000 ? COMPRESS_ROOM + 1 + random_below(20) : 4096;
  struct compressor *c = compressor_new(&memory, compression, level);
  reading_begin(&r, compression, length);
  for (size_t at = 0; at < length;) {
    size_t piece = 1 + random_below(length < 1000 ? 50 : 20000);
    if (piece > length - at) piece = length - at;
    bool flush = random_below(3) == 0;
    run(c, &r, text + at, piece, flush ? COMPRESS_FLUSH : COMPRESS_MORE, room);
    at += piece;
    CHECK(r.length <= at);
    if (!flush) continue;
    CHECK(r.length == at && memcmp(r.text, text, at) == 0);
    size_t given = r.length;
    run(c, &r, NULL, 0, COMPRESS_FLUSH, room); /* gives nothing: nothing was taken */
    CHECK(r.length == given);
  }
  CHECK(!r.ended || length == 0);
  run(c, &r, NULL, 0, COMPRESS_END, room);
  CHECK(r.ended && r.length == length && memcmp(r.text, text, length) == 0);
  compressor_free(c);
  CHECK(budget.live == 0);
  reading_end(&r);
  free(text);
}

/* Each allocation fails in turn; returns how many there are. */
static long starve (enum compression compression) {
  char *text = make_text(LONGEST, 200);
  long n = 0;
  for (bool whole = false; !whole; n++) {
    budget.until_failure = n;
    struct compressor *c = compressor_new(&memory, compression, 0);
    whole = c != NULL && run(c, NULL, text, LONGEST, COMPRESS_FLUSH, 4096) &&
            run(c, NULL, NULL, 0, COMPRESS_END, 4096);
    compressor_free(c);
    CHECK(budget.live == 0);
  }
  budget.until_failure = -1;
  free(text);
  return n - 1;
}

int main (void) {
  CHECK(compression_of("a.gz") == COMPRESSION_GZIP);
  CHECK(compression_of("a.csv.GZ") == COMPRESSION_GZIP);
  CHECK(compression_of("/b/a.jsonl.zst") == COMPRESSION_ZSTD);
  CHECK(compression_of(".gz") == COMPRESSION_NONE); /* is all of the name */
  CHECK(compression_of("agz") == COMPRESSION_NONE);
  CHECK(compression_of("a.gz.txt") == COMPRESSION_NONE);
  CHECK(compression_of("") == COMPRESSION_NONE && compression_of("-") == COMPRESSION_NONE);
  CHECK(compression_most(COMPRESSION_NONE) == 0 && compression_most(COMPRESSION_GZIP) == 9);

  for (enum compression c = COMPRESSION_GZIP; c <= COMPRESSION_ZSTD; c++) {
    for (int level = 0; level <= compression_most(c); level++) stream(c, level, 20000, 20);
    for (int i = 0; i < 200; i++) stream(c, 0, random_below(1000), 1 + random_below(256));
    for (int i = 0; i < 5; i++) stream(c, 0, random_below(LONGEST), 1 + random_below(256));
    CHECK(starve(c) >= 2);
  }
  printf("%lu passed, %lu failed\n", passed, failed);
  return failed == 0 ? 0 : 1;
}
