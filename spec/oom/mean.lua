return range(9):mean() + range(9):mean(function(x) return x / 2 end)
