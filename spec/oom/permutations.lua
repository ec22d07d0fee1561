return from { 1, 2,
  "three" }:permutations():map(function(...) return table.concat { ... } end):concat " "
