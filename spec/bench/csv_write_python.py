# SPDX-License-Identifier: MIT
"""csv_write_python.py WRITER COLUMNS FILES...: the same as csv_write.lua, with json and csv. WRITER
is "writer" or "dict" (csv.DictWriter); nested values are written as JSON."""
import csv
import json
import sys

writer, columns, paths = sys.argv[1], sys.argv[2], sys.argv[3:]
sys.stdout.reconfigure(encoding="utf-8", newline="")


def records():
    for path in paths:
        with open(path, "rb") as file:
            for line in file:
                yield json.loads(line)


if writer == "writer":
    names = columns.split(",")
    rows = csv.writer(sys.stdout, lineterminator="\n")
    rows.writerow(names)
    for r in records():
        rows.writerow([r[name] for name in names])
elif columns != "all":
    rows = csv.DictWriter(sys.stdout, columns.split(","), extrasaction="ignore", lineterminator="\n")
    rows.writeheader()
    rows.writerows(records())
else:
    rows = None
    for r in records():
        for name, value in r.items():
            if isinstance(value, (dict, list)):
                r[name] = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
        if rows is None:
            rows = csv.DictWriter(sys.stdout, list(r), lineterminator="\n")
            rows.writeheader()
        rows.writerow(r)
