return range(9):filter_map(function(x) return x > 5 and x .. "" or nil end):concat()
