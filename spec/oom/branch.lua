local sum, n, first = range(6):branch(function(p) return p:sum() end,
  function(p) return p:filter(function(x) return x > 3 end):count() end,
  function(p) return p:first() end)
assert(sum == 21 and n == 3 and first == 1)
return true
