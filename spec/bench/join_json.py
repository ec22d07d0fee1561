"""join_json.py USERS EVENTS: the same as join.lua, with json and a dict."""
import json
import sys

users = {}
with open(sys.argv[1], "rb") as file:
    for line in file:
        user = json.loads(line)
        users.setdefault(user["id"], []).append(user)

count = plans = 0
with open(sys.argv[2], "rb") as file:
    for line in file:
        event = json.loads(line)
        for user in users.get(event["user"]["id"], ()):
            count, plans = count + 1, plans + user["plan"]
print(count, plans, sep="\t")
