"""jsonl_json.py FILES...: the same as jsonl.lua, with json, generators and batches."""
import itertools
import json
import sys


def records(paths):
    for path in paths:
        with open(path, "rb") as file:
            for line in file:
                yield json.loads(line)


def batched(items, size):
    while batch := list(itertools.islice(items, size)):
        yield batch


count = items = check = 0
errors = (r for r in records(sys.argv[1:]) if r["status"] == "error" and r["latency_ms"] > 100)
for batch in batched(errors, 500):
    count, items, check = count + 1, items + len(batch), check + batch[-1]["id"]
print(count, items, check, sep="\t")
