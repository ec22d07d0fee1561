-- Two pipelines over one run, one ahead of the other, with tuples.
local a, b = range(6):enumerate():tee(2, { max_lag = 10 })
assert(a:count() == 6)
assert(b:map(function(_, n) return n end):sum() == 21)
return true
