return entries { b = 2, a = 1, c = 3 }:map(function(k, v) return k .. v end):concat()
