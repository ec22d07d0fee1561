/* SPDX-License-Identifier: MIT
 * csv_marks.c - marking rows with what every processor has, and the choice of the best way.
 */
#include "csv_block.h"

#define MARKS_NAME csv_mark_base
#define MARKS_TARGET
#define marks_block csv_block_at

static bool csv_mark_base (struct csv_marks *marks, const struct csv_signs *signs,
                           const char *text, size_t length);

#include "csv_marks_row.h"

size_t csv_markers (struct csv_marker_entry list[3]) {
  size_t n = 0;
#if defined(__x86_64__) && defined(__GNUC__)
  bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
              __builtin_cpu_supports("popcnt");
  bool avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw");
  list[n++] = (struct csv_marker_entry){"avx512", csv_mark_avx512, avx512};
  list[n++] = (struct csv_marker_entry){"avx2", csv_mark_avx2, avx2};
#endif
  list[n++] = (struct csv_marker_entry){"base", csv_mark_base, true};
  return n;
}

csv_marker csv_marker_best (void) {
  struct csv_marker_entry list[3];
  size_t count = csv_markers(list), i = 0;
  while (i + 1 < count && !list[i].usable) i++; /* the last one always is */
  return list[i].mark;
}
