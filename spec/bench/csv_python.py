# SPDX-License-Identifier: MIT
"""csv_python.py reader|dict FILES...: the sum of one column, by csv.reader or csv.DictReader."""
import csv
import sys


def main():
    total = 0
    for path in sys.argv[2:]:
        with open(path, encoding="utf-8", newline="") as file:
            if sys.argv[1] == "dict":
                for row in csv.DictReader(file):
                    total += int(row["bytes"])
            else:
                rows = csv.reader(file)
                column = next(rows).index("bytes")
                for row in rows:
                    total += int(row[column])
    print(total)


main()
