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
 * 2. vector_walk walks the slots through the grammar and writes the tape. Where
 *    a string or a number ends follows from the token behind it: between them
 *    there can be nothing but white space. So no step waits for the bytes of
 *    the one before.
 *
 * Measured (records of 330 bytes and 46 words, gcc 12, Xeon of 2023): one pass
 * over the grammar with SSE2 or AVX2 only to find the end of each string takes
 * 302 ns; this takes 146 with AVX-512, 187 with AVX2 (84 of them in stage 1), 245
 * with SSE2; the portable scanner 417.
 *
 * The last slot is the length of the text. The byte there does not belong to the
 * text and may look like anything; VECTOR_CHECK says why that does not matter.
 *
 * Whatever is wrong, the reference finds out again and words it.
 *
 * The includer defines JSON_TARGET (an attribute for every function), VECTOR_SCAN
 * (the name of the scanner), VECTOR_SPLIT (that of its json_split), VECTOR_UTF8
 * (its utf8_valid_prefix) and
 *   struct vector_block    64 bytes in registers, and their
 *   vector_load, vector_load_tail (missing bytes read as spaces)
 *   vector_masks, vector_marks   what json_bits.h says of them
 *   vector_inner           mask of control characters but \t \n \r
 *   vector_high_*          gathers bytes above 0x7f
 *   vector_within_string   prefix XOR of the quotes
 *   vector_count, vector_lowest   number of bits; the lowest (0: anything <= 64)
 *   vector_flatten         if VECTOR_OWN_FLATTEN is defined
 *   vector_number          a short number without exponent
 *   vector_find_slash      the next backslash
 */
#include <string.h>

#include "json_bits.h"
#include "utf8.h"

#define VECTOR_WINDOW 4096
#define VECTOR_NONE SIZE_MAX
/* A walk takes at most so many slots from one check to the next... */
#define VECTOR_AHEAD 6
/* ...so these are there before a window's own, and as many behind the last; the
 * rest is for slots being written in groups. */
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
  const uint32_t *end;  /* behind the last slot */
  const uint32_t *safe; /* with the cursor there or before, a walk may go on */
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

#ifndef VECTOR_OWN_FLATTEN
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
#endif

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

/* Moves the slots from `cursor` on to the front and appends those of the next
 * window. False: there are no more tokens, or the text is refused. `words` are on
 * the tape. */
JSON_TARGET __attribute__((noinline))
static bool vector_fill (struct vector_index *ix, struct json_tape *tape,
                         const uint32_t *cursor, size_t words) {
  if (ix->ended) return false;
  uint32_t *slot = ix->slots;
  while (cursor < ix->end) *slot++ = *cursor++; /* fewer than VECTOR_AHEAD */
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
      for (int i = 0; i <= VECTOR_AHEAD; i++) slot[i] = (uint32_t)length;
      slot++;
      ix->ended = true;
    }
    if (!ix->trusted) {
      if (vector_high_any(high) || ix->utf8_open) {
        if (!vector_check_utf8(ix, at)) return false;
      } else {
        ix->utf8_at = at;
      }
    }
  } while (slot - ix->slots < VECTOR_AHEAD && !ix->ended);
  ix->in_string = in_string;
  ix->scalar = scalar;
  ix->escaped = escaped_carry;
  ix->at = at;
  ix->end = slot;
  ix->safe = ix->ended ? slot - 1 : slot - VECTOR_AHEAD;
  words += 2 * (size_t)(slot - ix->slots); /* a token is two at the most */
  if (words > tape->capacity && json_tape_reserve(tape, words) != LEAT_OK) {
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

/* Where the walk goes on in the next window. */
enum vector_place { VECTOR_ROOT, VECTOR_KEY, VECTOR_ELEMENT, VECTOR_BEHIND };

enum vector_outcome { VECTOR_DONE, VECTOR_MORE, VECTOR_NO };

/* The state of stage 2 between two windows. */
struct vector_walk {
  enum vector_place place;
  const uint32_t *cursor; /* the next slot */
  size_t at;              /* the token taken last */
  size_t count;           /* words on the tape */
  size_t open;            /* first word of the innermost open container */
  size_t members;         /* of it, so far; those of its parents are kept in
                             their second words, and its parent in its first */
  size_t depth, max_depth;
};

#define VECTOR_TAKE(into) into = *cursor++

/* Every key, every element and whatever is behind a container comes by here. So
 * that not every token has to ask whether there is a slot (with this, state in a
 * struct between windows and no call inside the loop: 187 ns instead of 207), as
 * many as can be taken before the next check are there. At the end of the text
 * `safe` is the last slot, the one that is no token: nothing that was taken from
 * it or from behind it gets past here. */
#define VECTOR_CHECK(where)                                                   \
  do {                                                                        \
    if (JSON_UNLIKELY(cursor > safe)) {                                       \
      w->place = where;                                                       \
      goto more;                                                              \
    }                                                                         \
  } while (0)

/* The string that opens at `at`; `next` is the token behind it. */
#define VECTOR_STRING()                                                       \
  do {                                                                        \
    size_t close = next - 1;                                                  \
    while (JSON_UNLIKELY(text[close] != '"')) close--;                        \
    *out++ = json_word(at + 1, close - at - 1, JSON_STRING);                  \
    if (JSON_UNLIKELY(ix->slash < close)) {                                   \
      out[-1] += JSON_ESCAPED - JSON_STRING;                                  \
      if (!vector_check_escapes(ix, close)) return VECTOR_NO;                 \
    }                                                                         \
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
    if (JSON_UNLIKELY(kind == VECTOR_REFUSED)) return VECTOR_NO;              \
    *out++ = json_word(at, end - at, (enum json_kind)kind);                   \
  } while (0)

/* The container that opens at `at`; takes the token behind its bracket. */
#define VECTOR_OPEN(kind)                                                     \
  do {                                                                        \
    if (JSON_UNLIKELY(depth++ == w->max_depth)) return VECTOR_NO;             \
    open[1] = members;                                                        \
    out[0] = json_word(at, (size_t)(open - words), kind);                     \
    open = out;                                                               \
    out += 2;                                                                 \
    members = 0;                                                              \
    VECTOR_TAKE(at);                                                          \
  } while (0)

JSON_TARGET __attribute__((noinline))
static enum vector_outcome vector_walk (struct vector_walk *w,
                                        struct vector_index *ix,
                                        uint64_t *words) {
  const char *text = ix->text;
  const uint32_t *cursor = w->cursor, *safe = ix->safe;
  uint64_t *out = words + w->count, *open = words + w->open;
  size_t at = w->at, next, members = w->members, depth = w->depth;

  switch (w->place) {
    case VECTOR_ROOT: break;
    case VECTOR_KEY: goto key;
    case VECTOR_ELEMENT: goto element;
    case VECTOR_BEHIND: goto behind;
  }
  VECTOR_TAKE(at);
  if (text[at] == '{') goto object;
  if (text[at] == '[') goto array;
  return VECTOR_NO; /* a scalar: left to the reference */

object:
  VECTOR_OPEN(JSON_OBJECT);
  if (text[at] == '}') goto close;
key:
  VECTOR_CHECK(VECTOR_KEY);
  if (JSON_UNLIKELY(text[at] != '"')) return VECTOR_NO;
  VECTOR_TAKE(next);
  VECTOR_STRING();
  if (JSON_UNLIKELY(text[next] != ':')) return VECTOR_NO;
  members++;
  VECTOR_TAKE(at);
  if (text[at] == '"') {
    VECTOR_TAKE(next);
    VECTOR_STRING();
  } else {
    if (text[at] == '{') goto object;
    if (text[at] == '[') goto array;
    VECTOR_TAKE(next);
    VECTOR_SCALAR();
  }
after_member: /* `next` is the token behind it */
  if (text[next] == ',') {
    VECTOR_TAKE(at);
    goto key;
  }
  at = next;
  if (JSON_LIKELY(text[at] == '}')) goto close;
  return VECTOR_NO;

array:
  VECTOR_OPEN(JSON_ARRAY);
  if (text[at] == ']') goto close;
element:
  VECTOR_CHECK(VECTOR_ELEMENT);
  members++;
  if (text[at] == '"') {
    VECTOR_TAKE(next);
    VECTOR_STRING();
  } else {
    if (text[at] == '{') goto object;
    if (text[at] == '[') goto array;
    VECTOR_TAKE(next);
    VECTOR_SCALAR();
  }
after_element:
  if (text[next] == ',') {
    VECTOR_TAKE(at);
    goto element;
  }
  at = next;
  if (JSON_UNLIKELY(text[at] != ']')) return VECTOR_NO;

close: { /* text[at] closes what is open */
  uint64_t first = open[0];
  open[0] = json_word(json_at(first), (size_t)(out - words), json_kind_of(first));
  open[1] = (uint64_t)(at + 1) << 32 | members;
  open = words + json_length(first);
  members = (size_t)open[1];
  depth--;
}
behind:
  VECTOR_CHECK(VECTOR_BEHIND);
  VECTOR_TAKE(next);
  if (JSON_LIKELY(depth > 0)) {
    if (json_kind_of(*open) == JSON_OBJECT) goto after_member;
    goto after_element;
  }
  w->count = (size_t)(out - words);
  return next == ix->length ? VECTOR_DONE : VECTOR_NO;

more:
  w->cursor = cursor;
  w->at = at;
  w->count = (size_t)(out - words);
  w->open = (size_t)(open - words);
  w->members = members;
  w->depth = depth;
  return VECTOR_MORE;
}

#ifdef JSON_STRICT
/* The reference accepts a text that was refused: had the vectors a reason? */
JSON_TARGET static bool vector_may_refuse (const struct vector_index *ix) {
  size_t at = 0;
  if (ix->no_room) return true;
  while (at < ix->length && (unsigned char)ix->text[at] <= 0x20) at++;
  return ix->text[at] != '{' && ix->text[at] != '[';
}
#endif

JSON_TARGET leat_code VECTOR_SCAN (struct json_tape *tape, const char *text,
                                   size_t length,
                                   const struct json_options *options,
                                   struct leat_error *error) {
  struct vector_index ix;
  struct vector_walk w;
  enum vector_outcome outcome = VECTOR_NO;

  if (length == 0 || length > JSON_MAX_TEXT) {
    return json_scan_portable(tape, text, length, options, error);
  }
  ix.text = text;
  ix.length = length;
  ix.at = ix.utf8_at = 0;
  ix.in_string = ix.scalar = ix.escaped = 0;
  ix.slash = VECTOR_NONE;
  ix.trusted = options->trusted;
  ix.ended = ix.utf8_open = ix.no_room = false;
  ix.end = ix.slots;
  w.place = VECTOR_ROOT;
  w.cursor = ix.slots;
  w.at = w.count = w.open = w.members = w.depth = 0;
  w.max_depth = options->max_depth;
  if (w.max_depth == 0) w.max_depth = JSON_DEFAULT_DEPTH;

  while (vector_fill(&ix, tape, w.cursor, w.count)) {
    w.cursor = ix.slots;
    outcome = vector_walk(&w, &ix, tape->words);
    if (outcome != VECTOR_MORE) break;
  }
  if (JSON_LIKELY(outcome == VECTOR_DONE)) {
    tape->count = w.count;
    return LEAT_OK;
  }
  leat_code code = json_scan_portable(tape, text, length, options, error);
#ifdef JSON_STRICT
  if (code == LEAT_OK && !vector_may_refuse(&ix)) __builtin_trap();
#endif
  return code;
}

/* ---- json_split: the same masks, no slots ---- */

/* Where the value ends among 64 bytes of which `open` and `close` are the brackets
 * outside of strings, as a mask of one bit; 0: not here, and *depth is what is
 * open behind them. */
JSON_TARGET static inline uint64_t vector_last_close (uint64_t open, uint64_t close,
                                                      size_t *depth) {
  size_t closes = vector_count(close);
  if (JSON_UNLIKELY(closes >= *depth)) {
    size_t closed = 0;
    for (uint64_t rest = close; rest != 0; rest &= rest - 1) {
      uint64_t bit = rest & (~rest + 1);
      if (*depth + vector_count(open & (bit - 1)) == ++closed) return bit;
    }
  }
  *depth += vector_count(open);
  *depth -= closes;
  return 0;
}

JSON_TARGET size_t VECTOR_SPLIT (struct json_split *s, const char *text, size_t length) {
  size_t depth = s->depth, at = s->seen;
  uint64_t in_string = s->in_string, escaped_carry = s->escaped;
  if (at == 0 && length > 0 && text[0] != '"') at = depth = 1; /* the bracket that is to close */
  for (; at < length; at += 64) {
    size_t left = length - at;
    struct vector_block block =
        JSON_LIKELY(left >= 64) ? vector_load(text + at) : vector_load_tail(text + at, left);
    struct vector_marks m = vector_marks(&block);
    if (JSON_UNLIKELY((m.slash | escaped_carry) != 0)) {
      uint64_t escaped = vector_escaped(m.slash, &escaped_carry);
      m.quote &= ~escaped;
      if (left < 64) escaped_carry = escaped >> left & 1;
    }
    uint64_t within = vector_within_string(m.quote) ^ in_string, end;
    in_string = (uint64_t)((int64_t)within >> 63);
    if (JSON_LIKELY(depth > 0))
      end = vector_last_close(m.open & ~within, m.close & ~within, &depth);
    else end = m.quote & ~within; /* closing quotes */
    end &= ~end + 1;
    m.newline &= end - 1; /* all of them where there is no end */
    if (JSON_UNLIKELY(m.newline != 0)) {
      s->newlines += vector_count(m.newline);
      s->line = at + 64 - (size_t)__builtin_clzll(m.newline);
    }
    if (end != 0) return at + vector_lowest(end) + 1;
  }
  s->depth = depth;
  s->in_string = in_string;
  s->escaped = escaped_carry;
  s->seen = length;
  return 0;
}
