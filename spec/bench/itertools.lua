-- itertools.lua CASE N: one operator over N items. Prints the answer, then the seconds it took.
-- The same work is in itertools_python.py and, where luafun has the operator, in
-- itertools_luafun.lua.
local case, n = arg[1], tonumber(arg[2]) // 1 | 0

-- n numbers below `limit` in no order.
local function scattered(limit)
  return range(0, n - 1):map(function(i) return i * 2654435761 % 4294967296 % limit end):collect()
end

local prepare = {
  unique = function() return scattered(n) end,
  sort = function() return scattered(n) end,
  top = function() return scattered(n) end,
  count_by = function() return scattered(1000) end,
  group_by = function() return scattered(1000) end,
  flat_map = function() return range(10):collect() end,
}

local function same(x) return x end

local cases = {
  batched = function() return range(n):batched(100):count() end,
  chunk_by = function() return range(n):chunk_by(function(i) return i // 10 end):count() end,
  enumerate = function() return range(n):enumerate():count() end,
  zip = function() return range(n):zip(range(n)):count() end,
  chain = function() return chain(range(n // 2), range(n // 2)):count() end,
  flat_map = function(list)
    return range(n // 10):flat_map(function() return list end):count()
  end,
  sliding_window = function() return range(n):sliding_window(3):count() end,
  pairwise = function() return range(n):pairwise():count() end,
  unique = function(list) return from(list):unique():count() end,
  sort = function(list) return from(list):sort(function(x) return -x end):first() end,
  group_by = function(list) return from(list):group_by(same):count() end,
  count_by = function(list) return from(list):count_by(same):count() end,
  tee = function()
    local a, b = range(n):tee(2)
    return a:zip(b):count()
  end,
  top = function(list) return from(list):top(10):sum() end,
  product = function()
    return range(n // 1000):product(range(100), range(10)):count()
  end,
}

local data = prepare[case] and prepare[case]()
local start = os.clock()
print(cases[case](data))
print(os.clock() - start)
