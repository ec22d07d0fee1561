/* SPDX-License-Identifier: MIT
 * json.c - the tape's memory, and the choice of a scanner.
 */
#include "json_private.h"

void json_tape_free (struct json_tape *tape) {
  if (tape->words != NULL) {
    memory_free(tape->memory, tape->words, tape->capacity * sizeof *tape->words);
  }
  tape->words = NULL;
  tape->count = tape->capacity = 0;
}

leat_code json_tape_reserve (struct json_tape *tape, size_t words) {
  if (words <= tape->capacity) return LEAT_OK;
  if (words > JSON_MAX_WORDS) return LEAT_E_SIZE;
  size_t capacity = tape->capacity < 32 ? 64 : tape->capacity * 2;
  if (capacity < words) capacity = words;
  if (capacity > SIZE_MAX / sizeof(uint64_t)) return LEAT_E_MEMORY;
  uint64_t *grown = memory_resize(tape->memory, tape->words,
                                  tape->capacity * sizeof *tape->words,
                                  capacity * sizeof *tape->words);
  if (grown == NULL) return LEAT_E_MEMORY;
  tape->words = grown;
  tape->capacity = capacity;
  return LEAT_OK;
}

static bool json_has_avx2 (void) {
#if JSON_X86
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
         __builtin_cpu_supports("popcnt") && __builtin_cpu_supports("pclmul");
#else
  return false;
#endif
}

size_t json_scanners (const struct json_scanner **list) {
  /* Best first. */
  static const struct json_scanner with_avx2[] = {
#if JSON_X86
      {"avx2", true, json_scan_avx2},
      {"sse2", true, json_scan_sse2},
#endif
#if JSON_NEON
      {"neon", true, json_scan_neon},
#endif
      {"portable", true, json_scan_portable},
  };
  static const struct json_scanner without_avx2[] = {
#if JSON_X86
      {"avx2", false, json_scan_avx2},
      {"sse2", true, json_scan_sse2},
#endif
#if JSON_NEON
      {"neon", true, json_scan_neon},
#endif
      {"portable", true, json_scan_portable},
  };
  *list = json_has_avx2() ? with_avx2 : without_avx2;
  return sizeof with_avx2 / sizeof *with_avx2;
}

leat_code json_scan (struct json_tape *tape, const char *text, size_t length,
                     const struct json_options *options,
                     struct leat_error *error) {
#if JSON_X86
  if (json_has_avx2()) {
    return json_scan_avx2(tape, text, length, options, error);
  }
  return json_scan_sse2(tape, text, length, options, error);
#elif JSON_NEON
  return json_scan_neon(tape, text, length, options, error);
#else
  return json_scan_portable(tape, text, length, options, error);
#endif
}
