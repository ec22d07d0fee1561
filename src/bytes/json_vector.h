/* SPDX-License-Identifier: MIT
 * json_vector.h - the vector scanner, included once per instruction set.
 *
 * Two stages take turns on windows of a few kB, so that any length of text
 * works from a fixed piece of stack:
 *
 * 1. vector_fill looks at 64 bytes at a time and turns them into bit masks, one
 *    bit a byte. From them it derives which bytes are inside strings and writes
 *    the offsets of the *tokens* into slots: every bracket, comma and colon, the
 *    opening quote of every string and the first byte of every other scalar. It
 *    is also where control characters and (a window at a time, only where a byte
 *    above 0x7f was seen) invalid UTF-8 are found.
 * 2. vector_scan walks the slots through the grammar and writes the tape. Where
 *    a string or a number ends follows from the token behind it: between them
 *    there can be nothing but white space. So no step waits for the bytes of
 *    the one before.
 *
 * Measured (records of 330 bytes and 46 words, gcc 12, Xeon of 2023): one pass
 * over the grammar with SSE2 or AVX2 only to find the end of each string takes
 * 302 ns; this takes 202 with AVX2 (84 of them in stage 1) and 253 with SSE2; the
 * portable scanner 417.
 *
 * The last slot is the length of the text. The byte there does not belong to
 * the text and may look like anything; a scan that took it for a bracket is
 * caught at the root, one that took it for something else finds no slot behind.
 *
 * Whatever is wrong, the reference finds out again and says so: `refuse`.
 *
 * The includer defines JSON_TARGET (an attribute for every function), VECTOR_SCAN
 * (the name of the scanner), VECTOR_UTF8 (its utf8_valid_prefix) and
 *   struct vector_block    64 bytes in registers, and their
 *   vector_load, vector_load_tail (missing bytes read as spaces)
 *   vector_masks           what json_bits.h says of them
 *   vector_inner           mask of control characters but \t \n \r
 *   vector_high_*          gathers bytes above 0x7f
 *   vector_within_string   prefix XOR of the quotes
 *   vector_count, vector_lowest   number of bits; the lowest (0: anything <= 64)
 *   vector_number          a short number without exponent
 *   vector_find_slash      the next backslash
 */
#include <string.h>

#include "json_bits.h"
#include "utf8.h"

#define VECTOR_WINDOW 4096
#define VECTOR_NONE SIZE_MAX
/* Slots are written in groups, so some beyond the last are touched. */
#define VECTOR_SLACK 64

struct vector_index {
  const char *text;
  size_t length;
  size_t at;         /* the blocks before it are in the slots */
  size_t utf8_at;    /* the bytes before it are valid UTF-8 */
  uint64_t in_string; /* all ones: text[at] is inside a string */
  uint64_t scalar;    /* 1: text[at - 1] belongs to a scalar */
  uint64_t escaped;   /* 1: text[at - 1] is an unescaped backslash */
  size_t slash;       /* the first backslash that no string has accounted for,
                         among the blocks before `at`; VECTOR_NONE: none */
  bool trusted;
  bool ended;      /* the last slot was written */
  bool utf8_open;  /* a sequence crosses utf8_at */
  bool no_room;    /* the tape could not grow */
  size_t count;    /* slots */
  uint32_t slots[VECTOR_WINDOW + VECTOR_SLACK];
};

/* The bytes behind an unescaped backslash. A run of backslashes escapes every
 * other byte, beginning with its second. Adding a run's first bit to the run
 * carries into the byte behind it, which tells the parity of its length. */
JSON_TARGET static inline uint64_t vector_escaped (uint64_t slash,
                                                   uint64_t *carry) {
  const uint64_t even = 0x5555555555555555u;
  uint64_t live = slash & ~*carry; /* one that is escaped escapes nothing */
  uint64_t behind = live << 1 | *carry;
  uint64_t odd_starts = live & ~even & ~behind;
  uint64_t sum;
  *carry = __builtin_add_overflow(odd_starts, live, &sum) ? 1 : 0;
  return (even ^ (sum << 1)) & behind;
}

/* Appends the offsets of the set bits. */
JSON_TARGET static inline uint32_t *vector_flatten (uint32_t *slot,
                                                    uint32_t base,
                                                    uint64_t bits) {
  uint32_t *end = slot + vector_count(bits);
#define VECTOR_BIT(i)                                                         \
  slot[i] = base + vector_lowest(bits);                                       \
  bits &= bits - 1
#define VECTOR_EIGHT_BITS(i)                                                  \
  VECTOR_BIT(i); VECTOR_BIT(i + 1); VECTOR_BIT(i + 2); VECTOR_BIT(i + 3);     \
  VECTOR_BIT(i + 4); VECTOR_BIT(i + 5); VECTOR_BIT(i + 6); VECTOR_BIT(i + 7)
  /* Records have about 16 tokens in 64 bytes. (16, then groups of 16: 99 ns for
   * this stage on 330 bytes; 24, then 8: 99; 32: 120; this: 84.) */
  VECTOR_EIGHT_BITS(0);
  VECTOR_EIGHT_BITS(8);
  slot += 16;
  while (JSON_UNLIKELY(slot < end)) {
    VECTOR_EIGHT_BITS(0);
    slot += 8;
  }
  return end;
#undef VECTOR_EIGHT_BITS
#undef VECTOR_BIT
}

/* Valid UTF-8 from utf8_at to `stop`? A sequence may be cut there unless it is
 * the end of the text. */
JSON_TARGET __attribute__((noinline))
static bool vector_check_utf8 (struct vector_index *ix, size_t stop) {
  size_t n = stop - ix->utf8_at;
  size_t valid = VECTOR_UTF8(ix->text + ix->utf8_at, n);
  ix->utf8_at += valid;
  ix->utf8_open = valid < n;
  return valid == n || (n - valid < 4 && stop < ix->length);
}

/* Fills the slots with the next window that has a token. False: no more tokens,
 * or the text is refused. `words` are on the tape. */
JSON_TARGET __attribute__((noinline))
static bool vector_fill (struct vector_index *ix, struct json_tape *tape,
                         size_t words) {
  if (ix->ended) return false;
  uint32_t *slot = ix->slots;
  uint64_t in_string = ix->in_string, scalar = ix->scalar;
  uint64_t escaped_carry = ix->escaped;
  size_t at = ix->at, length = ix->length;
  do {
    size_t stop = length - at > VECTOR_WINDOW ? at + VECTOR_WINDOW : length;
    uint64_t wrong = 0;
    vector_high high = vector_high_none();
    for (; at < stop; at += 64) {
      struct vector_block block;
      if (JSON_LIKELY(length - at >= 64)) {
        block = vector_load(ix->text + at);
      } else {
        block = vector_load_tail(ix->text + at, length - at);
      }
      struct vector_masks m = vector_masks(&block);
      high = vector_high_gather(high, &block);

      uint64_t quote = m.quote;
      if ((m.slash | escaped_carry) != 0) {
        if (ix->slash == VECTOR_NONE && m.slash != 0) {
          ix->slash = at + vector_lowest(m.slash);
        }
        quote &= ~vector_escaped(m.slash, &escaped_carry);
      }
      uint64_t within = vector_within_string(quote) ^ in_string;
      in_string = (uint64_t)((int64_t)within >> 63);
      uint64_t outside = ~within;
      uint64_t op = m.op & outside;
      uint64_t plain = outside & ~(m.op | m.space | quote);
      uint64_t starts = plain & ~(plain << 1 | scalar);
      scalar = plain >> 63;
      if (JSON_UNLIKELY(m.control != 0)) {
        wrong |= (m.control & within) | vector_inner(&block);
      }
      slot = vector_flatten(slot, (uint32_t)at, op | (quote & within) | starts);
    }
    at = stop;
    if (wrong != 0) return false;
    if (at == length) {
      if (in_string != 0) return false;
      *slot++ = (uint32_t)length;
      ix->ended = true;
    }
    if (!ix->trusted) {
      if (vector_high_any(high) || ix->utf8_open) {
        if (!vector_check_utf8(ix, at)) return false;
      } else {
        ix->utf8_at = at;
      }
    }
  } while (slot == ix->slots);
  ix->in_string = in_string;
  ix->scalar = scalar;
  ix->escaped = escaped_carry;
  ix->at = at;
  ix->count = (size_t)(slot - ix->slots);
  /* A token is two words at the most. */
  if (words + 2 * ix->count > tape->capacity &&
      json_tape_reserve(tape, words + 2 * ix->count) != LEAT_OK) {
    ix->no_room = true;
    return false;
  }
  return true;
}

/* The escapes of the string that ends at `close`, from ix->slash on, which moves
 * to the next backslash behind it. */
JSON_TARGET __attribute__((noinline))
static bool vector_check_escapes (struct vector_index *ix, size_t close) {
  const char *text = ix->text;
  size_t at = ix->slash;
  while (!ix->trusted && at < close) {
    do {
      if (json_escape(text, at, close, &at) != JSON_FINE) return false;
    } while (at < close && text[at] == '\\');
    at = vector_find_slash(text, at, close);
  }
  at = vector_find_slash(text, close, ix->at);
  ix->slash = at < ix->at ? at : VECTOR_NONE;
  return true;
}

/* The kind of the scalar text[at..end); above JSON_OBJECT where it is none. */
#define VECTOR_REFUSED ((unsigned)JSON_OBJECT + 1)
JSON_TARGET __attribute__((noinline))
static unsigned vector_long_number (const char *text, size_t at, size_t end) {
  enum json_kind kind;
  size_t stop;
  if (json_number(text, at, end, &stop, &kind) != JSON_FINE || stop != end) {
    return VECTOR_REFUSED;
  }
  return kind;
}

JSON_TARGET static inline unsigned vector_literal (const char *text, size_t at,
                                                   size_t end) {
  size_t n = end - at;
  if (n == 4) {
    if (memcmp(text + at, "true", 4) == 0) return JSON_TRUE;
    if (memcmp(text + at, "null", 4) == 0) return JSON_NULL;
  }
  if (n == 5 && memcmp(text + at, "false", 5) == 0) return JSON_FALSE;
  return VECTOR_REFUSED;
}

leat_code JSON_TARGET VECTOR_SCAN (struct json_tape *tape, const char *text,
                                   size_t length,
                                   const struct json_options *options,
                                   struct leat_error *error) {
  struct vector_index ix;
  const uint32_t *cursor, *limit;
  size_t at, next;
  size_t max_depth = options->max_depth;
  if (max_depth == 0) max_depth = JSON_DEFAULT_DEPTH;
  size_t depth = 0, open = 0, members = 0, count = 0;
  bool root_scalar = false;
  uint64_t *words;

  if (length > JSON_MAX_TEXT) goto refuse_early;
  ix.text = text;
  ix.length = length;
  ix.at = ix.utf8_at = 0;
  ix.in_string = ix.scalar = ix.escaped = 0;
  ix.trusted = options->trusted;
  ix.slash = VECTOR_NONE;
  ix.ended = ix.utf8_open = ix.no_room = false;
  if (length == 0 || !vector_fill(&ix, tape, 0)) goto refuse;
  cursor = ix.slots;
  limit = cursor + ix.count;
  words = tape->words;

#define VECTOR_NEXT(into)                                                     \
  do {                                                                        \
    if (JSON_UNLIKELY(cursor == limit)) {                                     \
      if (!vector_fill(&ix, tape, count)) goto refuse;                        \
      cursor = ix.slots;                                                      \
      limit = cursor + ix.count;                                              \
      words = tape->words;                                                    \
    }                                                                         \
    into = *cursor++;                                                         \
  } while (0)

/* The string that opens at `at`; `next` is the token behind it. */
#define VECTOR_STRING()                                                       \
  do {                                                                        \
    size_t close = next - 1;                                                  \
    while (JSON_UNLIKELY(text[close] != '"')) close--;                        \
    enum json_kind kind = JSON_STRING;                                        \
    if (JSON_UNLIKELY(ix.slash < close)) {                                    \
      kind = JSON_ESCAPED;                                                    \
      if (!vector_check_escapes(&ix, close)) goto refuse;                     \
    }                                                                         \
    words[count++] = json_word(at + 1, close - at - 1, kind);                 \
  } while (0)

/* Any other scalar. */
#define VECTOR_SCALAR()                                                       \
  do {                                                                        \
    size_t end = next;                                                        \
    while (JSON_UNLIKELY((unsigned char)text[end - 1] <= 0x20)) end--;        \
    unsigned kind;                                                            \
    if (text[at] >= 'A') {                                                    \
      kind = vector_literal(text, at, end);                                   \
    } else if (JSON_UNLIKELY(!vector_number(text + at, end - at, &kind))) {   \
      kind = vector_long_number(text, at, end);                               \
    }                                                                         \
    if (JSON_UNLIKELY(kind == VECTOR_REFUSED)) goto refuse;                   \
    words[count++] = json_word(at, end - at, (enum json_kind)kind);           \
  } while (0)

  VECTOR_NEXT(at);
  if (text[at] == '{') goto object;
  if (text[at] == '[') goto array;
  root_scalar = true;
  goto refuse;

object: /* text[at] is '{' */
  if (JSON_UNLIKELY(depth++ == max_depth)) goto refuse;
  words[open + 1] = members;
  words[count] = json_word(at, open, JSON_OBJECT);
  open = count;
  count += 2;
  members = 0;
  VECTOR_NEXT(at);
  if (text[at] == '}') goto close;
key:
  if (JSON_UNLIKELY(text[at] != '"')) goto refuse;
  VECTOR_NEXT(next);
  VECTOR_STRING();
  if (JSON_UNLIKELY(text[next] != ':')) goto refuse;
  members++;
  VECTOR_NEXT(at);
  if (text[at] == '"') {
    VECTOR_NEXT(next);
    VECTOR_STRING();
  } else {
    if (text[at] == '{') goto object;
    if (text[at] == '[') goto array;
    VECTOR_NEXT(next);
    VECTOR_SCALAR();
  }
after_member: /* `next` is the token behind a member */
  if (text[next] == ',') {
    VECTOR_NEXT(at);
    goto key;
  }
  at = next;
  if (JSON_LIKELY(text[at] == '}')) goto close;
  goto refuse;

array: /* text[at] is '[' */
  if (JSON_UNLIKELY(depth++ == max_depth)) goto refuse;
  words[open + 1] = members;
  words[count] = json_word(at, open, JSON_ARRAY);
  open = count;
  count += 2;
  members = 0;
  VECTOR_NEXT(at);
  if (text[at] == ']') goto close;
element:
  members++;
  if (text[at] == '"') {
    VECTOR_NEXT(next);
    VECTOR_STRING();
  } else {
    if (text[at] == '{') goto object;
    if (text[at] == '[') goto array;
    VECTOR_NEXT(next);
    VECTOR_SCALAR();
  }
after_element:
  if (text[next] == ',') {
    VECTOR_NEXT(at);
    goto element;
  }
  at = next;
  if (JSON_UNLIKELY(text[at] != ']')) goto refuse;

close: { /* text[at] closes what is open */
  uint64_t first = words[open];
  words[open] = (first & ~((uint64_t)(JSON_MAX_TEXT - 1) << 4)) | (uint64_t)count << 4;
  words[open + 1] = (uint64_t)(at + 1) << 32 | members;
  if (--depth > 0) {
    open = json_length(first);
    members = (size_t)words[open + 1];
    VECTOR_NEXT(next);
    if (json_kind_of(words[open]) == JSON_OBJECT) goto after_member;
    goto after_element;
  }
}
  VECTOR_NEXT(next);
  if (JSON_UNLIKELY(at >= length || next != length)) goto refuse;
  tape->count = count;
  return LEAT_OK;

refuse_early:
  ix.no_room = true;
refuse:; {
  leat_code code = json_scan_portable(tape, text, length, options, error);
#ifdef JSON_STRICT /* nothing is refused without a reason */
  if (code == LEAT_OK && !ix.no_room && !root_scalar) __builtin_trap();
#endif
  (void)root_scalar;
  return code;
}
}
