-- join.lua USERS EVENTS: each event with its user, by the id of the user.
local users, events = read_jsonl(arg[1]), read_jsonl(arg[2])
local count, plans = 0, 0
for _, user in events:join(users, { left = "user.id", right = "id" }) do
  count, plans = count + 1, plans + user.plan
end
print(count, plans)
