local held = from(ipairs { "a", "b" }):cycle(3):count()
return held + range(3):map(function(x) return x end):cycle(3):sum()
