return range(9):enumerate():min_by(function(i) return "key " .. i % 4 end)
  + range(9):max_by(function(x) return { x % 4, "x" } end)
