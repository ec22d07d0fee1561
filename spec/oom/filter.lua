return range(9):filter(function(x) return x % 2 == 0 end):sum()
