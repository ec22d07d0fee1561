-- range.lua N: numbers through two Lua callbacks.
print(range(tonumber(arg[1]))
  :filter(function(x) return x % 2 == 0 end)
  :map(function(x) return x * 2 end)
  :sum())
