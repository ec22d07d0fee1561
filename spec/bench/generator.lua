-- generator.lua CASE N: native stages over a generator written in Lua.
local n = math.tointeger(tonumber(arg[2]))

local numbers = generator(function()
  for i = 1, n do yield(i) end
end)

local cases = {
  sum = function() return numbers():sum() end,
  take = function() return numbers():take(n - 1):sum() end,
  count = function() return numbers():count() end,
  batched = function() return numbers():batched(500):count() end,
  map = function() return numbers():map(function(x) return x + 1 end):sum() end,
}
print(cases[arg[1]]())
