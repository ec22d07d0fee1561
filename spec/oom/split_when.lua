return range(12):split_when(function(a, b) return a % 5 == 0 and b end)
  :map(function(items) return #items end):concat(" ")
