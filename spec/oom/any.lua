return tostring(range(4):any(function(x) return x > 3 end))
