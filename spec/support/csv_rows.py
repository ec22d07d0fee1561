# SPDX-License-Identifier: MIT
"""csv_rows.py FOLDER: a line of JSON for each file in it that is UTF-8, as Python's csv module reads
it: {"path", "rows"}, without blank rows; no rows where it refuses the file."""
import csv
import json
import os
import sys

csv.field_size_limit(1 << 30)
for folder, _, names in sorted(os.walk(sys.argv[1])):
    for name in sorted(names):
        path = os.path.join(folder, name)
        with open(path, newline="", encoding="utf-8-sig") as file:
            try:
                rows = [row for row in csv.reader(file, strict=True) if row]
            except UnicodeDecodeError:
                continue
            except csv.Error:
                rows = None
        print(json.dumps({"path": path, "rows": rows}))
