local p = from { { a = { b = { 1, 2 } } }, { a = { b = { 3 } } } }
assert(p:map("a.b[-1]"):sum() == 5)
assert(p:flat_map("a.b"):count() == 3)
assert(leat.memory().now > 0)
return true
