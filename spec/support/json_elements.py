# SPDX-License-Identifier: MIT
"""json_elements.py FOLDER: a line of JSON for each file in it, as Python's json module reads it:
{"path", "elements"}, of a file that is no array the one value."""
import json
import os
import sys

for name in sorted(os.listdir(sys.argv[1])):
    path = os.path.join(sys.argv[1], name)
    with open(path, encoding="utf-8") as file:
        value = json.load(file)
    print(json.dumps({"path": path, "elements": value if isinstance(value, list) else [value]}))
