#!/usr/bin/env leat
-- run.lua - what leat is for, in one page: a JSONL file filtered, batched and reported.
--   leat examples/run.lua [requests.jsonl]
local path = arg[1] or "examples/data/requests.jsonl"

-- A recipe: nothing is opened or read until something asks for items.
local slow_errors = read_jsonl(path)
  :filter(function(r) return r.status == "error" and r.latency_ms > 50 end)

print(("%d requests, of which these failed slowly:\n"):format(read_jsonl(path):count()))

-- The same recipe again and again: every `for` and every terminal is a run of its own.
for batch in slow_errors:batched(4) do
  print(("a batch of %d"):format(#batch))
  for _, r in ipairs(batch) do
    print(("  #%-3d %-12s %7.1f ms  %-18s %s"):format(
      r.id, r.route, r.latency_ms, r.error, r.user.name))
  end
end

local by_team = slow_errors:fold({}, function(seen, r)
  local team = seen[r.team] or { failed = 0, worst = 0 }
  team.failed, team.worst = team.failed + 1, math.max(team.worst, r.latency_ms)
  seen[r.team] = team
  return seen
end)

print "\nteam   failed     worst"
for team, seen in entries(by_team) do
  print(("%-6s %6d %6.1f ms"):format(team, seen.failed, seen.worst))
end
