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

/* What this processor has; each level includes those below it. */
enum json_level { JSON_BASE, JSON_AVX2, JSON_AVX512, JSON_LEVELS };

static enum json_level json_level (void) {
#if JSON_X86
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("bmi") ||
      !__builtin_cpu_supports("popcnt") || !__builtin_cpu_supports("pclmul")) {
    return JSON_BASE;
  }
  if (!__builtin_cpu_supports("avx512f") ||
      !__builtin_cpu_supports("avx512bw") ||
      !__builtin_cpu_supports("avx512vbmi2")) {
    return JSON_AVX2;
  }
  return JSON_AVX512;
#else
  return JSON_BASE;
#endif
}

#if JSON_X86
#define JSON_LIST(level)                                                      \
  {{"avx512", (level) >= JSON_AVX512, json_scan_avx512, json_split_avx512},                      \
   {"avx2", (level) >= JSON_AVX2, json_scan_avx2, json_split_avx2},                            \
   {"sse2", true, json_scan_sse2, json_split_sse2},                                            \
   {"portable", true, json_scan_portable, json_split_portable}}
#define JSON_LIST_LENGTH 4
#elif JSON_NEON
#define JSON_LIST(level)                                                                      \
  {{"neon", true, json_scan_neon, json_split_neon},                                           \
   {"portable", true, json_scan_portable, json_split_portable}}
#define JSON_LIST_LENGTH 2
#else
#define JSON_LIST(level) {{"portable", true, json_scan_portable, json_split_portable}}
#define JSON_LIST_LENGTH 1
#endif

size_t json_scanners (const struct json_scanner **list) {
  static const struct json_scanner lists[JSON_LEVELS][JSON_LIST_LENGTH] = {
      JSON_LIST(JSON_BASE), JSON_LIST(JSON_AVX2), JSON_LIST(JSON_AVX512)};
  *list = lists[json_level()];
  return JSON_LIST_LENGTH;
}

leat_code json_scan (struct json_tape *tape, const char *text, size_t length,
                     const struct json_options *options,
                     struct leat_error *error) {
#if JSON_X86
  switch (json_level()) {
    case JSON_AVX512:
      return json_scan_avx512(tape, text, length, options, error);
    case JSON_AVX2: return json_scan_avx2(tape, text, length, options, error);
    default: return json_scan_sse2(tape, text, length, options, error);
  }
#elif JSON_NEON
  return json_scan_neon(tape, text, length, options, error);
#else
  return json_scan_portable(tape, text, length, options, error);
#endif
}

size_t json_split (struct json_split *s, const char *text, size_t length) {
#if JSON_X86
  switch (json_level()) {
    case JSON_AVX512: return json_split_avx512(s, text, length);
    case JSON_AVX2: return json_split_avx2(s, text, length);
    default: return json_split_sse2(s, text, length);
  }
#elif JSON_NEON
  return json_split_neon(s, text, length);
#else
  return json_split_portable(s, text, length);
#endif
}
