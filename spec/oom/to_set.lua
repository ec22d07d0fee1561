local set = from({ { 1, "a" }, { 1, "a" }, "x", { b = { 2 } } }):to_set()
local n = 0
for _ in next, set do n = n + 1 end
return n
