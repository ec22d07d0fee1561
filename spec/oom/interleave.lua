return interleave(range(3), { "a", "b" }, range(2):map(function(x) return "m" .. x end)):concat()
