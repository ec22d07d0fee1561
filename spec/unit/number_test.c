/* SPDX-License-Identifier: MIT
 * number_test.c - number.c against the C library, shared data and exact halves.
 *
 *   number_test            runs the tests
 *   number_test bench      prints nanoseconds per number
 *
 * Run in the project's folder; shared data is found by LEAT_DATA, else in
 * ../shared/data. The C library's strtod and snprintf are the oracle here (the
 * program stays in the C locale); number.c itself does not use them.
 */
#define _POSIX_C_SOURCE 200809L

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../src/bytes/number.h"
#include "unit.h"

static unsigned long passed, failed;

static void check (bool ok, const char *what, const char *detail) {
  if (ok) {
    passed++;
  } else if (failed++ < 20) {
    fprintf(stderr, "FAILED: %s: %.200s\n", what, detail);
  }
}

static uint64_t bits_of (double d) {
  uint64_t bits;
  memcpy(&bits, &d, sizeof bits);
  return bits;
}

static double double_of (uint64_t bits) {
  double d;
  memcpy(&d, &bits, sizeof d);
  return d;
}

static bool is_finite (double d) { return (bits_of(d) >> 52 & 0x7ff) != 0x7ff; }

/* Copies the text to a block of just its size, so that ASan sees overreads. */
static bool read_double (const char *text, double *value) {
  size_t length = strlen(text);
  char *copy = malloc(length);
  if (copy == NULL) exit(2);
  memcpy(copy, text, length);
  bool ok = number_read_double(copy, length, value);
  free(copy);
  return ok;
}

static bool read_integer (const char *text, int64_t *value) {
  size_t length = strlen(text);
  char *copy = malloc(length);
  if (copy == NULL) exit(2);
  memcpy(copy, text, length);
  bool ok = number_read_integer(copy, length, value);
  free(copy);
  return ok;
}

static const char *write_double (double value) {
  static char text[NUMBER_MAX_TEXT + 1];
  text[number_write_double(value, text)] = '\0';
  return text;
}

/* What strtod says, as this interface says it. */
static void check_read (const char *text) {
  double got = 4.25, expected = strtod(text, NULL);
  bool ok = read_double(text, &got);
  if (is_finite(expected)) {
    check(ok && bits_of(got) == bits_of(expected), "reads as strtod does", text);
  } else {
    check(!ok && bits_of(got) == bits_of(4.25), "refuses what is too large", text);
  }
}

static void check_bits (const char *text, uint64_t bits) {
  double got = 4.25;
  bool ok = read_double(text, &got);
  if (is_finite(double_of(bits))) {
    check(ok && bits_of(got) == bits, "reads as the bits given", text);
  } else {
    check(!ok, "refuses what is too large", text);
  }
}

static void check_written (double value, const char *expected) {
  check(strcmp(write_double(value), expected) == 0, expected, write_double(value));
}

/* {=====================  Reading  ===================== */

static bool is_json_number (const char *p) {
  if (*p == '-') p++;
  if (*p == '0') p++;
  else if (*p >= '1' && *p <= '9') while (*p >= '0' && *p <= '9') p++;
  else return false;
  if (*p == '.') {
    if (*++p < '0' || *p > '9') return false;
    while (*p >= '0' && *p <= '9') p++;
  }
  if (*p == 'e' || *p == 'E') {
    p++;
    if (*p == '-' || *p == '+') p++;
    if (*p < '0' || *p > '9') return false;
    while (*p >= '0' && *p <= '9') p++;
  }
  return *p == '\0';
}

/* Calls f(line) for each line of a file of the shared data. */
static void each_line (const char *name, void (*f)(char *line)) {
  static char line[4096];
  char path[1024];
  const char *data = getenv("LEAT_DATA");
  snprintf(path, sizeof path, "%s/json-numbers/%s", data ? data : "../shared/data", name);
  FILE *file = fopen(path, "r");
  if (file == NULL) {
    printf("skipped: no %s (set LEAT_DATA)\n", path);
    return;
  }
  while (fgets(line, sizeof line, file) != NULL) {
    line[strcspn(line, "\r\n")] = '\0';
    f(line);
  }
  fclose(file);
}

/* binary16 binary32 binary64 decimal */
static void test_line_with_bits (char *line) {
  uint64_t bits;
  char text[4096];
  if (sscanf(line, "%*s %*s %" SCNx64 " %4095s", &bits, text) != 2) return;
  if (is_json_number(text)) check_bits(text, bits);
}

static void test_plain_line (char *line) {
  if (is_json_number(line)) check_read(line);
}

static void test_reading_listed (void) {
  static const char *const texts[] = {
    "0", "-0", "0.0", "-0.0", "0e999999999999999999999", "-0e-99999999999999999999", "1", "-1",
    "0.1", "0.3", "1e22", "1e23", "8.5e22", "9007199254740992", "9007199254740993",
    "9007199254740993.0", "9007199254740993.00000000000000000000000000000000001",
    "9007199254740994.9999999999999999999999999999999999", "4503599627370496.5",
    "4503599627370497.5", "4503599627370497.50000000000000000000001", "123456789012345678",
    "1234567890123456789", "12345678901234567890", "123456789012345678901234567890",
    "9223372036854775807", "9223372036854775808", "18446744073709551615",
    "18446744073709551616", "0.000000000000000000000000000000000000000012345",
    "1.7976931348623157e308", "1.7976931348623158e308", "1.797693134862315807e308",
    "1.7976931348623159e308", "1e308", "1e309", "9.99e308", "1e400", "-1e400", "1e4000000000",
    "1e99999999999999999999999", "1e-99999999999999999999999", "4.9406564584124654e-324",
    "4.9406564584124653e-324", "2.4703282292062327e-324", "2.4703282292062328e-324",
    "2.5e-324", "2e-324", "1e-323", "1e-324", "1e-342", "1e-343", "9999999999999999999e-342",
    "9999999999999999999e-343", "99999999999999999999e-343", "2.2250738585072014e-308",
    "2.2250738585072011e-308", "2.225073858507201e-308",
    "2.22507385850720113605740979670913197593481954635164564e-308", "1E5", "1e+5", "1.5E-3",
    "100000000000000000000000000e-26",
    "1e-5", "6.631236871469758276785396630275967e-239", "1.0000000000000000000000000000001"};
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) check_read(texts[i]);
}

/* Zeros of any number, before and behind, change nothing. */
static void test_reading_long (void) {
  static char text[200100];
  double value;
  int zeros = 100000;
  memset(text, '0', sizeof text);
  text[0] = '1';
  snprintf(text + 1 + zeros, 30, "e-%d", zeros);
  check(read_double(text, &value) && value == 1, "1000...e-100000", text);
  memset(text, '0', sizeof text);
  text[1] = '.';
  snprintf(text + 2 + zeros, 30, "15e%d", zeros + 1);
  check(read_double(text, &value) && value == 1.5, "0.000...15e100001", text + zeros);
  memset(text, '0', sizeof text);
  memcpy(text, "0.5", 3);
  text[200000] = '\0';
  check(read_double(text, &value) && value == 0.5, "0.5000...", text);
  for (int length = 20; length <= 1500; length++) { /* nines and random digits */
    memset(text, '9', (size_t)length);
    text[1] = '.';
    text[length] = '\0';
    check_read(text);
    for (int i = 2; i < length; i++) text[i] = (char)('0' + random_bits() % 10);
    snprintf(text + length, 30, "e%d", (int)(random_bits() % 640) - 325);
    check_read(text);
  }
}

#define WHOLE 310
#define FRACTION 1080
/* (a + b) / 2 of two neighbours, in full: WHOLE digits, '.', FRACTION digits. */
static void write_half (char *text, double a, double b) {
  char other[WHOLE + FRACTION + 8];
  int carry = 0;
  snprintf(text, WHOLE + FRACTION + 8, "%0*.*f", WHOLE + 1 + FRACTION, FRACTION, a);
  snprintf(other, sizeof other, "%0*.*f", WHOLE + 1 + FRACTION, FRACTION, b);
  for (int i = WHOLE + FRACTION; i >= 0; i--) {
    if (text[i] == '.') continue;
    carry += text[i] - '0' + other[i] - '0';
    text[i] = (char)('0' + carry % 10);
    carry /= 10;
  }
  for (int i = 0; i <= WHOLE + FRACTION; i++) { /* the sum fits in 310 digits */
    if (text[i] == '.') continue;
    carry = carry * 10 + text[i] - '0';
    text[i] = (char)('0' + carry / 2);
    carry %= 2;
  }
}

static void test_half_above (uint64_t bits) {
  char text[WHOLE + FRACTION + 8];
  double low = double_of(bits), high = double_of(bits + 1);
  write_half(text, low, high);
  size_t end = strlen(text);
  while (text[end - 1] == '0') end--;
  if (text[end - 1] == '.') { /* a whole number */
    text[end] = '0';
    end++;
  }
  text[end] = '\0';
  check_bits(text, bits + (bits & 1));
  strcpy(text + end, "1");
  check_bits(text, bits + 1);
  size_t i = end - 1;
  while (text[i] == '0' || text[i] == '.') {
    if (text[i] == '0') text[i] = '9';
    i--;
  }
  text[i]--;
  strcpy(text + end, "9");
  check_bits(text, bits);
}

static void test_reading_halves (void) {
  for (int i = 0; i < 3000; i++) {
    uint64_t bits = random_bits() >> 1;
    if (!is_finite(double_of(bits + 1))) continue;
    test_half_above(bits);
    test_half_above(bits >> 11 | UINT64_C(0x4100) << 48 >> (i % 12)); /* many exponents */
    test_half_above(random_bits() >> (12 + i % 50));                  /* subnormal */
    test_half_above((random_bits() % 54 + 1023) << 52 | random_bits() >> 12);
  }
  for (uint64_t bits = 0; bits < 64; bits++) test_half_above(bits);
  test_half_above((UINT64_C(1) << 52) - 1); /* the largest subnormal */
  for (uint64_t e = 1; e < 2047; e++) {     /* around each power of two */
    test_half_above(e << 52);
    test_half_above((e << 52) - 1);
  }
  /* the half between the largest double and 2^1024 is the least that is refused */
  check_bits("179769313486231580793728971405303415079934132710037826936173778980444968292764"
             "750946649017977587207096330286416692887910946555547851940402630657488671505820"
             "681908902000708383676273854845817711531764475730270069855571366959622842914819"
             "860834936475292719074168444365510704342711559699508093042880177904174497792",
             UINT64_C(0x7ff) << 52);
  check_bits("179769313486231580793728971405303415079934132710037826936173778980444968292764"
             "750946649017977587207096330286416692887910946555547851940402630657488671505820"
             "681908902000708383676273854845817711531764475730270069855571366959622842914819"
             "860834936475292719074168444365510704342711559699508093042880177904174497791.99"
             "9",
             UINT64_C(0x7fefffffffffffff));
}

/* Decimals as people write them: digits with a point anywhere. */
static void test_reading_random (void) {
  char text[64];
  for (int i = 0; i < 300000; i++) {
    snprintf(text, sizeof text, "%s%" PRIu64 ".%0*" PRIu64, i & 1 ? "-" : "",
             random_bits() >> (random_bits() % 64), i % 13 + 1,
             random_bits() % 1000000 * (random_bits() % 2 ? 1 : 1000000));
    check_read(text);
    snprintf(text, sizeof text, "%" PRIu64 "e%d", random_bits() >> (random_bits() % 64),
             (int)(random_bits() % 700) - 370);
    check_read(text);
    snprintf(text, sizeof text, "%" PRIu64 "e%d", random_bits() % 1000, (int)(i % 60) - 30);
    check_read(text);
  }
}

/* }==================================================== */

/* {=====================  Writing  ===================== */

static int count_digits (const char *text) {
  int count = 0, zeros = 0;
  for (; *text != '\0' && *text != 'e'; text++) {
    if (*text < '0' || *text > '9') continue;
    zeros = *text == '0' ? zeros + 1 : 0;
    if (count > 0 || *text != '0') count++;
  }
  return count - zeros;
}

/* Reads back as itself, as a float; no decimal of fewer digits does; and it is
 * the nearest of as many digits (where that nearest one reads back at all). */
static void test_writing_one (double value) {
  char text[NUMBER_MAX_TEXT + 1], other[64];
  double back;
  size_t length = number_write_double(value, text);
  text[length] = '\0';
  check(length <= 25, "is short", text);
  check(bits_of(strtod(text, NULL)) == bits_of(value), "strtod reads it back", text);
  check(read_double(text, &back) && bits_of(back) == bits_of(value), "is read back", text);
  check(is_json_number(text) && strpbrk(text, ".e") != NULL, "is a JSON float", text);
  int digits = count_digits(text);
  if (digits == 0) return;
  if (digits > 1) {
    snprintf(other, sizeof other, "%.*e", digits - 2, value);
    check(strtod(other, NULL) != value, "is shortest", text);
  }
  snprintf(other, sizeof other, "%.*e", digits - 1, value);
  if (strtod(other, NULL) == value) {
    /* equal as decimals: the same digits, the same point */
    char a[64], b[64];
    snprintf(a, sizeof a, "%.30e", strtod(other, NULL));
    snprintf(b, sizeof b, "%.30e", strtod(text, NULL));
    const char *p = text, *q = other;
    while (*p == '-' || *p == '0' || *p == '.') p++;
    while (*q == '-' || *q == '0' || *q == '.') q++;
    bool same = strcmp(a, b) == 0;
    for (int i = 0; i < digits; i++) {
      if (*p == '.') p++;
      if (*q == '.') q++;
      same = same && *p++ == *q++;
    }
    check(same, "is the nearest of its length", text);
  }
}

static void test_writing (void) {
  check_written(0.0, "0.0");
  check_written(-0.0, "-0.0");
  check_written(1.0, "1.0");
  check_written(-1500.0, "-1500.0");
  check_written(0.1, "0.1");
  check_written(0.3, "0.3");
  check_written(0.1 + 0.2, "0.30000000000000004");
  check_written(123456.789, "123456.789");
  check_written(0.0001, "0.0001");
  check_written(0.00012345, "0.00012345");
  check_written(0.00009999, "9.999e-5");
  check_written(0.00001, "1e-5");
  check_written(1.5e-7, "1.5e-7");
  check_written(-1.5e-7, "-1.5e-7");
  check_written(1e15, "1000000000000000.0");
  check_written(9999999999999998.0, "9999999999999998.0");
  check_written(1e16, "1e16");
  check_written(12345678901234567000.0, "1.2345678901234567e19");
  check_written(9007199254740992.0, "9007199254740992.0");
  check_written(9007199254740993.5, "9007199254740994.0");
  check_written(1e22, "1e22");
  check_written(1e23, "1e23");
  check_written(1e100, "1e100");
  check_written(5e-324, "5e-324");
  check_written(1e-323, "1e-323");
  check_written(2.2250738585072014e-308, "2.2250738585072014e-308");
  check_written(2.225073858507201e-308, "2.225073858507201e-308");
  check_written(1.7976931348623157e308, "1.7976931348623157e308");
  check_written(-1.7976931348623157e308, "-1.7976931348623157e308");
  check_written(5.684341886080802e-14, "5.684341886080802e-14"); /* 2^-44 */
  check_written(9.5367431640625e-07, "9.5367431640625e-7");
  check_written(4.35, "4.35");
  check_written(2e-44, "2e-44");
  check_written(-9223372036854775808.0, "-9.223372036854776e18");
  for (int i = 0; i < 200000; i++) {
    uint64_t bits = random_bits();
    if (is_finite(double_of(bits))) test_writing_one(double_of(bits));
    test_writing_one((double)(int64_t)(bits % 2000000) / (i % 2 ? 1000 : 64));
    test_writing_one((double)(int64_t)(bits % 2000000000000000) / (i % 2 ? 1000 : -3000));
  }
  for (int i = 0; i < 20000; i++) {
    uint64_t bits = random_bits();
    test_writing_one((double)(int64_t)bits);
    test_writing_one((double)(bits >> (bits % 64)));
    test_writing_one(double_of(bits >> (12 + i % 52))); /* subnormal */
  }
  for (uint64_t e = 0; e < 2047; e++) { /* the powers of two and their neighbours */
    for (uint64_t d = 0; d < 5; d++) test_writing_one(double_of((e << 52) + d));
    for (uint64_t d = 1; e > 0 && d < 5; d++) test_writing_one(double_of((e << 52) - d));
  }
  for (int e = -324; e <= 308; e++) {
    char text[32];
    for (int digit = 1; digit < 10; digit++) {
      snprintf(text, sizeof text, "%de%d", digit, e);
      double value = strtod(text, NULL);
      if (!is_finite(value)) continue;
      test_writing_one(value);
      if (value != 0) test_writing_one(double_of(bits_of(value) - 1));
    }
  }
}

/* }==================================================== */

/* {=====================  Integers  ===================== */

static void check_integer (int64_t value) {
  char expected[32], text[NUMBER_MAX_TEXT + 1];
  int64_t back = 0;
  snprintf(expected, sizeof expected, "%" PRId64, value);
  text[number_write_integer(value, text)] = '\0';
  check(strcmp(text, expected) == 0, expected, text);
  check(read_integer(text, &back) && back == value, "integer is read back", text);
}

static void test_integers (void) {
  static const char *const refused[] = {
    "9223372036854775808", "-9223372036854775809", "9999999999999999999",
    "-9999999999999999999", "18446744073709551615", "18446744073709551616",
    "18446744073709551617", "-18446744073709551617", "10000000000000000000",
    "100000000000000000000", "123456789012345678901234567890123456789"};
  int64_t value = 42;
  for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
    check(!read_integer(refused[i], &value) && value == 42, "refused", refused[i]);
  }
  check(read_integer("-0", &value) && value == 0, "-0", "");
  for (int shift = 0; shift < 64; shift++) {
    for (int d = -2; d <= 2; d++) {
      uint64_t near = (UINT64_C(1) << shift) + (uint64_t)d;
      memcpy(&value, &near, sizeof value);
      check_integer(value);
    }
  }
  for (int64_t power = 1, i = 0; i < 19; i++, power *= i < 19 ? 10 : 1) {
    for (int64_t d = -1; d <= 1; d++) {
      check_integer(power + d);
      check_integer(-power + d);
    }
  }
  for (int64_t i = 0; i < 200; i++) {
    check_integer(INT64_MAX - i);
    check_integer(INT64_MIN + i);
  }
  for (int i = 0; i < 100000; i++) {
    uint64_t bits = random_bits() >> random_bits() % 64;
    memcpy(&value, &bits, sizeof value);
    check_integer(value);
    check_integer(-(value >> 1));
  }
}

/* }===================================================== */

/* The committed table is what its script prints. */
static void test_table (void) {
  FILE *file = fopen("src/bytes/number_table.inc", "r");
  FILE *script = popen("lua5.4 src/bytes/number_table.lua 2>/dev/null", "r");
  int a = 0, b = script ? getc(script) : EOF;
  bool same = true;
  if (file == NULL || b == EOF) {
    printf("skipped: the table of powers (needs lua5.4, in the project's folder)\n");
  } else {
    while ((a = getc(file)) == b && a != EOF) b = getc(script);
    same = a == b;
    while (b != EOF) b = getc(script); /* lets the script end */
    check(same, "number_table.inc is as its script makes it", "");
  }
  if (file != NULL) fclose(file);
  if (script != NULL) pclose(script);
}

/* {=====================  Speed  ===================== */

#define BENCH 100000

static double seconds (void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void bench (const char *what, double (*make)(int i), const char *format, bool integer) {
  static char texts[BENCH][40];
  static double values[BENCH];
  double read = 1e9, libc_read = 1e9, write = 1e9, libc_write = 1e9, sum = 0;
  for (int i = 0; i < BENCH; i++) {
    values[i] = make(i);
    if (format) snprintf(texts[i], sizeof texts[i], format, values[i]);
    else strcpy(texts[i], write_double(values[i]));
  }
  for (int round = 0; round < 7; round++) {
    char out[64];
    double start = seconds(), value = 0;
    int64_t whole = 0;
    for (int i = 0; i < BENCH; i++) {
      if (integer) number_read_integer(texts[i], strlen(texts[i]), &whole);
      else number_read_double(texts[i], strlen(texts[i]), &value);
      sum += value + (double)whole;
    }
    double end = seconds();
    if (end - start < read) read = end - start;
    start = seconds();
    for (int i = 0; i < BENCH; i++) {
      sum += integer ? (double)strtoll(texts[i], NULL, 10) : strtod(texts[i], NULL);
    }
    end = seconds();
    if (end - start < libc_read) libc_read = end - start;
    start = seconds();
    for (int i = 0; i < BENCH; i++) {
      if (integer) sum += (double)number_write_integer((int64_t)values[i], out);
      else sum += (double)number_write_double(values[i], out);
    }
    end = seconds();
    if (end - start < write) write = end - start;
    start = seconds();
    for (int i = 0; i < BENCH; i++) {
      if (integer) sum += snprintf(out, sizeof out, "%" PRId64, (int64_t)values[i]);
      else sum += snprintf(out, sizeof out, "%.17g", values[i]);
    }
    end = seconds();
    if (end - start < libc_write) libc_write = end - start;
  }
  printf("%-22s read %6.1f ns (libc %6.1f)   write %6.1f ns (libc %6.1f)%s\n", what,
         read / BENCH * 1e9, libc_read / BENCH * 1e9, write / BENCH * 1e9,
         libc_write / BENCH * 1e9, sum == 0.125 ? "!" : "");
}

static double make_price (int i) { return (double)(random_bits() % 100000 + (i == 0)) / 100; }
static double make_unit (int i) {
  return (double)(random_bits() >> 11) / 9007199254740992.0 * (i >= 0);
}
static double make_bits (int i) {
  double d = double_of(random_bits() >> 1);
  return is_finite(d) ? d : i;
}
static double make_id (int i) { return (double)(random_bits() >> (11 + i % 40)); }

/* }================================================== */

int main (int argc, char **argv) {
  if (argc > 1 && strcmp(argv[1], "bench") == 0) {
    bench("prices (123.45)", make_price, NULL, false);
    bench("0..1, shortest", make_unit, NULL, false);
    bench("any double, shortest", make_bits, NULL, false);
    bench("any double, 17 digits", make_bits, "%.16e", false);
    bench("any double, 25 digits", make_bits, "%.24e", false);
    bench("integers", make_id, "%.0f", true);
    return 0;
  }
  test_reading_listed();
  test_reading_long();
  test_reading_halves();
  test_reading_random();
  each_line("more-test-cases.txt", test_line_with_bits);
  each_line("tencent-rapidjson.txt", test_line_with_bits);
  each_line("yyjson/int.txt", test_plain_line);
  each_line("yyjson/int(big).txt", test_plain_line);
  each_line("yyjson/real_2.txt", test_plain_line);
  each_line("yyjson/real_6.txt", test_plain_line);
  test_writing();
  test_integers();
  test_table();
  printf("%lu passed, %lu failed\n", passed, failed);
  return failed > 0;
}
