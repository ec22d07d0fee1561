-- tee_and_branch.lua - one pass over the data, several readers.
--   leat examples/tee_and_branch.lua
local requests = read_jsonl "examples/data/requests.jsonl"

-- branch: each function gets a pipeline of all items and ends it; the file is read once.
local count, slowest, failed = requests:branch(
  function(p) return p:count() end,
  function(p) return p:max "latency_ms" end,
  function(p) return p:filter(function(r) return r.status == "error" end):count() end)
print(("%d requests, %d failed, the slowest took %.1f ms"):format(count, failed, slowest))

-- tee: pipelines over one run that are read as you like. What one reader is ahead of the other is
-- held in memory; max_lag is how much you allow.
local today, tomorrow = from({ 12, 15, 11, 11, 18 }):tee(2, { max_lag = 1 })
for a, b in today:zip(tomorrow:drop(1)) do
  print(a, b, a < b and "warmer" or a > b and "colder" or "the same")
end

-- output
-- 60 requests, 19 failed, the slowest took 1899.7 ms
-- 12	15	warmer
-- 15	11	colder
-- 11	11	the same
-- 11	18	warmer
