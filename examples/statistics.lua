-- statistics.lua - mean and deviation of a stream while it goes by, in constant memory.
--   leat examples/statistics.lua

-- Welford's method: each number corrects the mean, and the sum of squares around it.
local function statistics(numbers)
  local n, mean, squares = 0, 0, 0
  for x in numbers do
    n = n + 1
    local delta = x - mean
    mean = mean + delta / n
    squares = squares + delta * (x - mean)
    yield(n, mean, math.sqrt(squares / n))
  end
end

local so_far = read_jsonl "examples/data/requests.jsonl"
  :map "latency_ms"
  :through(statistics)

for n, mean, deviation in so_far:filter(function(n) return n % 20 == 0 end) do
  print(("%d requests: mean %.1f ms, deviation %.1f ms"):format(n, mean, deviation))
end

-- first stops the stage, and the reading of the file, where the question is answered.
print("the mean passes 100 ms at request",
  (so_far:filter(function(_, mean) return mean > 100 end):first()))

-- output
-- 20 requests: mean 133.6 ms, deviation 162.9 ms
-- 40 requests: mean 176.9 ms, deviation 352.0 ms
-- 60 requests: mean 164.4 ms, deviation 337.3 ms
-- the mean passes 100 ms at request	4
