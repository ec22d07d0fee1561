local items = from { "b", "a long string, longer than those that are interned", { 1 } }
local least, greatest = items:minmax()
return least .. json.encode(greatest)
