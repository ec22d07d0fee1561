-- count_to.lua - a first generator: its squares, their sum, and how few of its items any takes.
--   leat examples/count_to.lua
local count_to = generator(function(n)
  for i = 1, n do yield(i) end
end)

for n in count_to(3) do print(n) end

local function square(n) return n * n end
local squares = count_to(5):map(square)
print("squares", squares:concat " ")
print("sum", squares:sum())
print("max", squares:max())

-- any stops at the first item that answers the question; the rest is never made.
local made = 0
local million = count_to(1000000):tap(function() made = made + 1 end)
print("any above 20", million:map(square):any(function(n) return n > 20 end))
print(made .. " of 1000000 items were made")

-- output
-- 1
-- 2
-- 3
-- squares	1 4 9 16 25
-- sum	55
-- max	25
-- any above 20	true
-- 5 of 1000000 items were made
