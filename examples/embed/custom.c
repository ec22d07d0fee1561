/* SPDX-License-Identifier: MIT
 * custom.c - a source and a sink of the program's own, a function, and a limit of memory.
 *
 * The source gives what lies in the program's memory, the sink puts records into it. The script
 * between them is what a user may change. One that needs too much memory ends in an error; the
 * handle can be used on.
 *
 *   cc -std=c11 custom.c $(pkg-config --cflags --libs leat) -o custom
 *   ./custom
 */
#include <inttypes.h>
#include <leat.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- what the program has --- */

static const struct account {
  const char *owner;
  int64_t cents;
} accounts[] = { { "Ada", 12000 }, { "Bob", -350 }, { "Cleo", 990 }, { "Dan", -7 } };

enum { ACCOUNTS = sizeof accounts / sizeof *accounts };

/* --- source: accounts() --- */

struct reading {
  size_t next;
};

static leat_code accounts_open (void *ud, leat_item *arguments, void **cursor,
                                leat_builder *result) {
  (void)ud, (void)arguments;
  *cursor = calloc(1, sizeof (struct reading));
  return *cursor != NULL ? LEAT_OK : leat_fail(result, LEAT_E_MEMORY, "no memory for a cursor");
}

static leat_code accounts_next (void *cursor, leat_builder *item) {
  struct reading *r = cursor;
  if (r->next == ACCOUNTS) return LEAT_END;
  const struct account *a = &accounts[r->next++];
  leat_begin_record(item);
  leat_add_field(item, "owner");
  leat_add_string(item, a->owner, strlen(a->owner));
  leat_add_field(item, "cents");
  leat_add_int(item, a->cents);
  return leat_end(item);
}

/* --- sink: remind(subject) --- */

struct letters {
  char subject[40];
  int count;
};

static leat_code letters_open (void *ud, leat_item *arguments, void **cursor,
                               leat_builder *result) {
  struct letters *letters = ud;
  const char *subject;
  leat_code code = leat_get_string(arguments, "_1", &subject, NULL);
  if (code != LEAT_OK) return code;
  if (strlen(subject) >= sizeof letters->subject)
    return leat_fail(result, LEAT_E_USE, "the subject '%s' is too long", subject);
  strcpy(letters->subject, subject);
  letters->count = 0;
  *cursor = letters;
  return LEAT_OK;
}

static leat_code letters_write (void *cursor, leat_item *item, leat_builder *result) {
  struct letters *letters = cursor;
  const char *owner, *sum;
  leat_code code;
  (void)result;
  if ((code = leat_get_string(item, "owner", &owner, NULL)) != LEAT_OK ||
      (code = leat_get_string(item, "sum", &sum, NULL)) != LEAT_OK)
    return code; /* its message is that of the call that failed */
  printf("%s: dear %s, you owe us %s.\n", letters->subject, owner, sum);
  letters->count++;
  return LEAT_OK;
}

static leat_code letters_close (void *cursor, bool failed, leat_builder *result) {
  const struct letters *letters = cursor;
  if (failed) printf("stopped after %d letters\n", letters->count);
  return leat_add_int(result, letters->count); /* what the script's call returns */
}

/* --- function: in_euros(cents) --- */

static leat_code in_euros (void *ud, leat_item *arguments, leat_builder *result) {
  int64_t cents;
  char text[40];
  (void)ud;
  leat_code code = leat_get_int(arguments, "_1", &cents);
  if (code != LEAT_OK) return code;
  int length = snprintf(text, sizeof text, "%.2f euros", (double)cents / 100);
  return leat_add_string(result, text, (size_t)length);
}

/* --- the scripts of its users --- */

static void run (leat *handle, const char *name, const char *script) {
  leat_code code = leat_load(handle, script, strlen(script), name);
  if (code == LEAT_OK) printf("%s: done\n", name);
  else printf("%s: %s: %s\n", name, leat_code_name(code), leat_error(handle)->text);
}

int main (void) {
  leat *handle;
  struct letters letters;
  const leat_options options = { .size = sizeof options, .memory_limit = 4 << 20 };
  const leat_source source = {
    .size = sizeof source, .open = accounts_open, .next = accounts_next, .close = free
  };
  const leat_sink sink = {
    .size = sizeof sink, .ud = &letters, .open = letters_open, .write = letters_write,
    .close = letters_close
  };
  if (leat_open(&handle, &options) != LEAT_OK) return 3;
  if (leat_register_source(handle, "accounts", &source) != LEAT_OK ||
      leat_register_sink(handle, "remind", &sink) != LEAT_OK ||
      leat_register_function(handle, "in_euros", in_euros, NULL, NULL) != LEAT_OK) {
    printf("%s\n", leat_error(handle)->text);
    return 3;
  }
  run(handle, "reminder",
      "sent = accounts():filter(function(a) return a.cents < 0 end)\n"
      "  :map(function(a) return {owner = a.owner, sum = in_euros(-a.cents)} end)\n"
      "  :remind('Reminder')\n");
  run(handle, "mistake", "accounts():remind('Reminder')\n");
  run(handle, "hoarder", "accounts():cycle():collect()\n");
  run(handle, "still here", "assert(sent == 2)\n");
  leat_close(handle);
  return 0;
}

/* output of ./custom
Reminder: dear Bob, you owe us 3.50 euros.
Reminder: dear Dan, you owe us 0.07 euros.
reminder: done
stopped after 0 letters
mistake: item: remind: expected 'sum' to be a string, but it is missing (in remind, stage 2, at item 1)
hoarder: memory: not enough memory: the memory limit of 4 MiB is reached
still here: done
*/
