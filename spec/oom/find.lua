return tostring(range(9):find(function(x) return x > 3 end))
  .. tostring(range(9):find_index("_")) .. tostring(range(9):all()) .. tostring(range(9):none("_"))
