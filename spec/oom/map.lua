return range(4):map(function(x) return { x } end):map(function(t) return t[1] end):sum()
