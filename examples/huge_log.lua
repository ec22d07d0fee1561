-- huge_log.lua - the errors in a log of any size: one line is in memory at a time.
--   leat examples/huge_log.lua [LOG]
local path = arg[1] or "examples/data/shop.log"

local errors = read_lines(path)
  :filter(function(line) return line:find(" ERROR ", 1, true) end)

-- take reads no further than the second error, however long the file.
for line in errors:take(2) do print(line) end

print(errors:count() .. " of " .. read_lines(path):count() .. " lines are errors")

-- output
-- 2025-03-04T09:02:19Z ERROR db: connection refused by 10.0.0.7
-- 2025-03-04T09:05:28Z ERROR payment: timeout after 3000 ms
-- 5 of 46 lines are errors
