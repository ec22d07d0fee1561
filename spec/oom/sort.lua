local names = from { "b", "a", "long enough to be a string of its own, not interned", "ab" }
names = names:sort(desc "_")
local pairs = range(20):enumerate():sort("_1", desc(function(_, x) return x % 3 end))
local lists = from({ { 2 }, { 1, "x\0y" }, {}, { { false } }, 3, "s" }):sort()
return names:concat(" ") .. pairs:count() .. json.encode(lists:collect())
