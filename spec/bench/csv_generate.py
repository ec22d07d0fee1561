# SPDX-License-Identifier: MIT
"""csv_generate.py COUNT PATH - a CSV file of ten columns, about 90 bytes a row, the same bytes on
every machine. One row in three has a field in quotes with a delimiter inside."""
import random
import sys

AGENTS = ["curl/8.1", '"Mozilla/5.0 (X11, Linux)"', "python-requests/2.31"]
PATHS = ["/", "/login", "/search", "/api/v1/orders", "/export/report.csv"]


def main():
    count, path = int(sys.argv[1]), sys.argv[2]
    rnd = random.Random(4)
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write("id,ts,status,ms,host,user,path,bytes,agent,msg\n")
        for i in range(count):
            file.write("%d,2025-03-%02dT%02d:%02d:%02dZ,%s,%.3f,web-%03d,u%07d,%s,%d,%s,%s\n" % (
                i, i // 86400 % 28 + 1, i // 3600 % 24, i // 60 % 60, i % 60,
                "error" if rnd.random() < 0.1 else "ok", rnd.random() * 500, i % 40,
                rnd.randrange(100000), rnd.choice(PATHS), rnd.randrange(100000),
                AGENTS[i % 3], "request served"))


main()
