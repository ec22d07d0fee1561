local seen = {}
range(3):tap(function(x) seen[#seen + 1] = x end):drain()
return #seen
