-- jsonl.lua - records in, records out: filter, change, write.
--   leat examples/jsonl.lua [requests.jsonl]
local path = arg[1] or "examples/data/requests.jsonl"

local timeouts = read_jsonl(path)
  :filter(function(r) return r.error == "timeout" end)

-- A changed record keeps its order, and the exact text of what was not changed.
local first = timeouts:first()
first.user.name = first.user.name:upper()
first.seconds = first.latency_ms / 1000
print(first.user, first.seconds)

-- New tables are written with their keys sorted.
local out = os.tmpname()
local done = timeouts
  :map(function(r) return { id = r.id, who = r.user.name, tags = r.tags or leat.array {} } end)
  :write_jsonl(out)
print(done.items .. " items, " .. done.bytes .. " bytes")

for line in read_lines(out):take(3) do print(line) end
os.remove(out)

-- output
-- {"name":"EDSGER","country":"NL"}	0.1071
-- 6 items, 204 bytes
-- {"id":2,"tags":[],"who":"Edsger"}
-- {"id":5,"tags":[],"who":"Tony"}
-- {"id":28,"tags":[],"who":"Tony"}
