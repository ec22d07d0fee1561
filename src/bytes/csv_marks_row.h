/* SPDX-License-Identifier: MIT
 * csv_marks_row.h - marking a row, for one kind of processor: who includes this defines
 *
 *   MARKS_NAME     the function's name
 *   MARKS_TARGET   its attributes
 *   marks_block    what a block of 64 bytes has: struct csv_block of csv_block.h
 *
 * Which bytes are between quotes is told by the parity of the quotes before them, as simdjson does
 * (Langdale and Lemire 2019, "Parsing gigabytes of JSON per second").
 */

/* Bit i: the number of bits up to and with i is odd. */
MARKS_TARGET static inline uint64_t parities (uint64_t bits) {
  for (int shift = 1; shift < 64; shift *= 2) bits ^= bits << shift;
  return bits;
}

MARKS_TARGET bool MARKS_NAME (struct csv_marks *marks, const struct csv_signs *signs,
                              const char *text, size_t length) {
  uint64_t inside = 0;  /* all bits: the block begins between quotes */
  uint64_t starts = 1;  /* bit 0: a field begins with the block */
  uint64_t closed = 0;  /* bit 0: the byte before the block is a closing quote */
  bool not_ascii = false;
  size_t count = 0;
  for (size_t k = 0; k < CSV_MARKS && 64 * k < length; k++) {
    const struct csv_block b = marks_block(text + 64 * k, signs);
    uint64_t ends = b.line_ends, delimiters = b.delimiters;
    not_ascii |= b.not_ascii;
    if ((b.quotes | inside | closed) != 0) {
      uint64_t within = parities(b.quotes) ^ inside;
      delimiters &= ~within;
      ends &= ~within;
      /* Without the bytes behind the row. */
      uint64_t row = ends != 0 ? ends ^ (ends - 1) : UINT64_MAX;
      uint64_t opening = b.quotes & within & row, closing = b.quotes & ~within & row;
      if (((closing << 1 | closed) & row & ~(delimiters | ends)) != 0 ||
          (opening & ~(delimiters << 1 | starts)) != 0 || (b.line_ends & within & row) != 0)
        return false;
      inside = within >> 63 != 0 ? UINT64_MAX : 0;
      closed = closing >> 63;
    }
    if (ends != 0) {
      size_t end = 64 * k + (size_t)__builtin_ctzll(ends);
      delimiters &= ends ^ (ends - 1);
      marks->ends[k] = delimiters;
      marks->count = count + (size_t)__builtin_popcountll(delimiters);
      marks->end = end;
      marks->not_ascii = not_ascii;
      return end < length;
    }
    marks->ends[k] = delimiters;
    count += (size_t)__builtin_popcountll(delimiters);
    starts = delimiters >> 63;
  }
  return false;
}
