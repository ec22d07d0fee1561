return merge_sorted({ "a", "d" }, entries({ b = 1, c = 2 }),
  range(2):map(function(x) return "e" .. x end), { key = "_1" })
  :map(function(a, b) return a .. (b or "") end)
  :concat()
