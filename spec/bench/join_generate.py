# SPDX-License-Identifier: MIT
"""join_generate.py - what the benchmark of join reads, the same bytes on every machine.

  python3 join_generate.py USERS EVENTS USERS_PATH EVENTS_PATH

Users are about 130 bytes, in shuffled order of their ids. Events are as those of generate.py
plain, about 280 bytes; each names a user, one in ten one that does not exist.
"""
import json
import os
import random
import sys

CITIES = ["London", "New York", "Rotterdam", "Los Angeles", "Oxford", "Zurich", "Peru", "Stanford"]
PATHS = ["/", "/search", "/api/v1/orders", "/api/v1/users", "/checkout", "/export/report.csv"]
MESSAGES = ["request served from the cache of the edge node",
            "upstream answered after one retry",
            "session renewed for a returning visitor",
            "payload validated and written to the queue"]


def users(count, write):
    rnd = random.Random(1)
    ids = list(range(count))
    rnd.shuffle(ids)
    for i in ids:
        write('{"id":"u%07d","name":"user %d","address":{"city":"%s","zip":"%05d"},"plan":%d,'
              '"mail":"user%d@example.org"}\n' % (i, i, CITIES[i % 8], i * 31 % 99999, i % 5, i))


def events(count, write, known):
    rnd = random.Random(2)
    rand, pick = rnd.random, rnd.choice
    lists = [json.dumps([rnd.randrange(10000) for _ in range(rnd.randrange(2, 7))],
                        separators=(",", ":")) for _ in range(499)]
    for i in range(count):
        write('{"id":%d,"ts":"2025-03-%02dT%02d:%02d:%02d.%03dZ","status":"%s","latency_ms":%.3f,'
              '"host":"web-%03d","user":{"id":"u%07d","agent":"Mozilla/5.0 (X11; Linux x86_64)"},'
              '"items":%s,"path":"%s","msg":"%s"}\n' % (
                  i, i // 86400000 % 28 + 1, i // 3600 % 24, i // 60 % 60, i % 60, i % 1000,
                  "error" if rand() < 0.1 else "ok", rand() * 400, i % 17,
                  int(rand() * known / 0.9), pick(lists), pick(PATHS), pick(MESSAGES)))


def main():
    known, count, users_path, events_path = int(sys.argv[1]), int(sys.argv[2]), *sys.argv[3:5]
    for path, make in (users_path, lambda write: users(known, write)), \
            (events_path, lambda write: events(count, write, known)):
        with open(path + ".part", "w", encoding="utf-8", buffering=1 << 20) as out:
            make(out.write)
        os.rename(path + ".part", path)


main()
