return range(20):chunk_by(function(x) return "k" .. x // 6 end)
  :map(function(key, items) return key .. #items end):concat(" ")
