return range(4)
  :flat_map(function(x) return x % 2 == 0 and { x, x } or range(x) end)
  :sum()
