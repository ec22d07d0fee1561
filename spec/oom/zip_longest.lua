return zip_longest(range(3):map(function(x) return "l" .. x end), { "a" }, count_from(7):take(5),
  { fill = "-" })
  :map(function(a, b, c) return a .. b .. c end)
  :concat()
