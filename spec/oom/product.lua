return product({ "a", 1 }, range(20), entries({ b = 1, c = 2 }),
  range(2):map(function(x) return x end))
  :map(function(...) return table.concat { ... } end)
  :concat " "
