-- itertools_luafun.lua CASE N: the cases of itertools.lua that luafun has, under LuaJIT.
local found, fun = pcall(require, "fun")
local case, n = arg[1], math.floor(tonumber(arg[2]))

local cases = found and {
  enumerate = function() return fun.enumerate(fun.range(n)):length() end,
  zip = function() return fun.zip(fun.range(n), fun.range(n)):length() end,
  chain = function()
    local half = math.floor(n / 2)
    return fun.chain(fun.range(half), fun.range(half)):length()
  end,
} or {}

if not cases[case] then
  print(found and "no operator" or "no luafun")
  return
end
local start = os.clock()
print(cases[case]())
print(os.clock() - start)
