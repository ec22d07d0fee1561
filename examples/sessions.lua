-- sessions.lua - visits become sessions: a new one begins after half an hour of silence.
--   leat examples/sessions.lua
local SILENCE <const> = 30 * 60 -- seconds

local sessions = read_jsonl "examples/data/visits.jsonl"
  :split_when(function(before, visit) return visit.time - before.time > SILENCE end)

-- Each session is a table of visits, held until its last has come.
for number, visits in sessions:enumerate() do
  local first, last = visits[1], visits[#visits]
  print(("session %d: %d pages in %3d s, from %s to %s"):format(
    number, #visits, last.time - first.time, first.page, last.page))
end

-- output
-- session 1: 4 pages in 140 s, from / to /cart
-- session 2: 2 pages in  70 s, from / to /orders
-- session 3: 5 pages in 160 s, from /item/17 to /orders
