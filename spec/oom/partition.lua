local yes, no = range(6):partition(function(n) return n % 2 == 0 end)
assert(yes:sum() == 12)
assert(no:sum() == 9)
return true
