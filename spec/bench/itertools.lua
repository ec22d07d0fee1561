-- itertools.lua CASE N: one operator over N items. Prints the answer, then the seconds it took.
-- The same work is in itertools_python.py and, where luafun has the operator, itertools_luafun.lua.
local case, n = arg[1], tonumber(arg[2]) // 1 | 0

-- A permutation of 0..n-1 that is in no order (n coprime to the factor).
local function scattered() return range(0, n - 1):map(function(i) return i * 7919 % n end):collect() end

local prepare = {
  chain_lists = function() return range(n):collect() end,
  unique = function() return range(0, n - 1):map(function(i) return i * 7919 % 1000 end):collect() end,
  sort = scattered,
  top = scattered,
  flat_map = function() return range(10):collect() end,
}
prepare.unique_all = scattered
prepare.sort_key = scattered
prepare.count_by = prepare.unique
prepare.group_by = prepare.unique

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
  unique_all = function(list) return from(list):unique():count() end,
  sort = function(list) return from(list):sort():first() end,
  sort_key = function(list) return from(list):sort(function(x) return -x end):first() end,
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
