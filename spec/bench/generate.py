# SPDX-License-Identifier: MIT
"""generate.py - the records the benchmarks read, the same bytes on every machine.

  python3 generate.py plain|mixed|array COUNT PATH

plain: every record has the same keys in the same order, about 280 bytes.
array: the same as the elements of one JSON array.
mixed: shuffled key order, optional fields, escapes in strings, strings of 1-5 KB in one of 200.
Both have "status" (one in ten is "error") and, where the status is "error", "latency_ms".
"""
import json
import os
import random
import sys

NAMES = ["Ada Lovelace", "Grace Hopper", "Edsger Dijkstra", "Barbara Liskov", "Tony Hoare",
         "Niklaus Wirth", "Frances Allen", "Donald Knuth"]
CITIES = ["London", "New York", "Rotterdam", "Los Angeles", "Oxford", "Zurich", "Peru", "Stanford"]
PATHS = ["/", "/search", "/api/v1/orders", "/api/v1/users", "/checkout", "/export/report.csv"]
MESSAGES = ["request served from the cache of the edge node",
            "upstream answered after one retry",
            "session renewed for a returning visitor",
            "payload validated and written to the queue"]
ODD = ["tab\there \"quoted\" back\\slash", "line one\nline two", "caf\u00e9 na\u00efve \u20ac 5",
       "\u65e5\u672c\u8a9e \U0001f600", "/slashes/ & <tags>"]


def plain(count, write):
    rnd = random.Random(1)
    rand, pick = rnd.random, rnd.choice
    people = ['{"id":%d,"name":"%s","address":{"city":"%s","zip":"%05d"}}' % (
        i * 7919 % 100000, NAMES[i % 8], CITIES[i // 8 % 8], i * 31 % 99999) for i in range(997)]
    lists = [json.dumps([rnd.randrange(10000) for _ in range(rnd.randrange(2, 7))],
                        separators=(",", ":")) for _ in range(499)]
    for i in range(count):
        status = "error" if rand() < 0.1 else "ok"
        write('{"id":%d,"ts":"2025-03-%02dT%02d:%02d:%02d.%03dZ","status":"%s","latency_ms":%.3f,'
              '"host":"web-%03d","user":%s,"items":%s,"path":"%s","msg":"%s"}\n' % (
                  i, i // 86400000 % 28 + 1, i // 3600 % 24, i // 60 % 60, i % 60, i % 1000, status,
                  rand() * 400, i % 17, pick(people), pick(lists), pick(PATHS), pick(MESSAGES)))


def mixed(count, write):
    rnd = random.Random(2)
    rand, pick = rnd.random, rnd.choice
    texts = [json.dumps(pick(ODD) + " " + pick(MESSAGES), ensure_ascii=i % 2 == 0)
             for i in range(499)]
    long_texts = [json.dumps(" ".join(pick(ODD) for _ in range(rnd.randrange(50, 250))))
                  for _ in range(31)]
    people = ['{"name":%s,"id":%d,"address":{"zip":"%05d","city":"%s"}}' % (
        json.dumps(pick(NAMES) + pick(["", " \u00e9", "\n"])), i * 7919 % 100000, i * 31 % 99999,
        pick(CITIES)) for i in range(997)]
    lists = [json.dumps([pick(ODD) if rand() < 0.2 else rnd.randrange(10000)
                         for _ in range(rnd.randrange(0, 7))]) for _ in range(499)]
    orders = [rnd.sample(range(9), 9) for _ in range(211)]
    for i in range(count):
        error = rand() < 0.1
        fields = (
            '"id": %d' % i,
            '"ts":%.3f' % (1741000000 + i / 7),
            '"status":"%s"' % ("error" if error else "ok"),
            '"latency_ms":%.3f' % (rand() * 400) if error or rand() < 0.7 else None,
            '"user":%s' % pick(people) if rand() < 0.9 else '"user": null',
            '"items":%s' % pick(lists) if rand() < 0.7 else None,
            '"path":"%s"' % pick(PATHS),
            '"msg":%s' % (pick(texts) if rand() > 0.005 else pick(long_texts)),
            '"retry":%s' % pick(("true", "false")) if rand() < 0.3 else None,
        )
        write("{" + ",".join([f for f in map(fields.__getitem__, pick(orders)) if f]) + "}\n")


def array(count, write):
    separator = "["

    def write_element(line):
        nonlocal separator
        write(separator + line[:-1])
        separator = ",\n"

    plain(count, write_element)
    write("]\n")


def main():
    kind, count, path = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    with open(path + ".part", "w", encoding="utf-8", buffering=1 << 20) as out:
        {"plain": plain, "mixed": mixed, "array": array}[kind](count, out.write)
    os.rename(path + ".part", path)


main()
