-- many_logs.lua - the lines of many log files as one stream, one file open at a time.
--   leat examples/many_logs.lua
local lines = read_lines "examples/data/logs/*.log" -- sorted by name
print(lines:count() .. " lines")
for line in lines:filter(function(line) return line:find " 500$" end) do print(line) end

-- The same with the name of the file before each line: a generator says how.
local named_lines = generator(function(names)
  for _, name in ipairs(names) do
    for line in read_lines("examples/data/logs/" .. name .. ".log") do
      yield(name, line)
    end
  end
end)

for name, line in named_lines({ "web-1", "web-2", "worker-1" }):drop(4):take(3) do
  print(name, line)
end

-- output
-- 12 lines
-- 09:00:21 GET /cart 500
-- web-1	09:03:57 GET /cart 200
-- web-2	09:00:44 GET /search 200
-- web-2	09:00:56 GET /search 200
