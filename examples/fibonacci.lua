-- fibonacci.lua - a sequence without end, of which take asks for what it needs.
--   leat examples/fibonacci.lua
local fibonacci = generator(function()
  local a, b = 0, 1
  while true do
    yield(a)
    a, b = b, a + b
  end
end)

print(fibonacci():take(12):concat " ")

local even = fibonacci():filter(function(n) return n % 2 == 0 end)
print(even:take(5):concat " ")
print(even:take_while(function(n) return n < 4000000 end):sum())

-- output
-- 0 1 1 2 3 5 8 13 21 34 55 89
-- 0 2 8 34 144
-- 4613732
