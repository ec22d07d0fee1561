return range(9):reject(function(x) return x % 2 == 0 end):sum()
