return from({ 1, 1, "a", "a", 2.5, {}, {}, false }):dedup():count()
  + range(9):dedup(function(x) return "key " .. x // 3 end):sum()
