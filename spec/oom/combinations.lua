return range(20):chain(entries { a = 1 }):combinations(2)
  :map(function(...) return table.concat { ... } end)
  :drop(180):concat " "
