-- A source of the host's: several runs, one of them left in the middle.
local p = host_items(4)
assert(p:take(2):count() == 2)
assert(p:map(function(r) return r.list[1] end):sum() == 6)
return p:map("_1.id"):concat ","
