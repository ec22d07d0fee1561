return range(4):fold("", function(acc, x) return acc .. x end)
