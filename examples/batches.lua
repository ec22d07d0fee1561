-- batches.lua - the main job: read, filter, and hand over in batches.
--   leat examples/batches.lua
local db = { rows = 0 }
function db:insert_many(rows) -- stands for a real one, which takes many rows at once
  self.rows = self.rows + #rows
  print(("insert %2d rows, ids %d to %d"):format(#rows, rows[1].id, rows[#rows].id))
end

local slow = read_jsonl "examples/data/requests.jsonl"
  :filter(function(r) return r.latency_ms > 50 end)

for batch in slow:batched(10) do
  db:insert_many(batch)
end

-- The same chain again, as a pipeline of batches; an incomplete last one is left out.
local full = slow:batched(10, { tail = "drop" }):count()
print(db.rows .. " rows; " .. full .. " full batches")

-- output
-- insert 10 rows, ids 2 to 14
-- insert 10 rows, ids 15 to 34
-- insert 10 rows, ids 35 to 59
-- insert  1 rows, ids 60 to 60
-- 31 rows; 3 full batches
