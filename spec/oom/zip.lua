return zip(range(3), { "a", "b", "c" }, count_from(7))
  :map(function(a, b, c) return a .. b .. c end)
  :concat()
