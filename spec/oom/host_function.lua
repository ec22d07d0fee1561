-- A function of the host's, and what it says of wrong arguments.
assert(range(3):map(function(n) return host_add(n, 1) end):sum() == 9)
local _, err = pcall(host_add, 1, "x")
if not tostring(err):find "_2" then error(err, 0) end
return host_add(20, 22)
