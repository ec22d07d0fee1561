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

static const struct json_scanner json_portable_only[] = {
    {"portable", true, json_scan_portable},
};

size_t json_scanners (const struct json_scanner **list) {
  *list = json_portable_only;
  return 1;
}

leat_code json_scan (struct json_tape *tape, const char *text, size_t length,
                     const struct json_options *options,
                     struct leat_error *error) {
  return json_scan_portable(tape, text, length, options, error);
}
