-- range_closures.lua N: the same as range.lua, with iterators written by hand as closures.
local function range(last)
  local i = 0
  return function()
    if i < last then
      i = i + 1
      return i
    end
  end
end

local function filter(upstream, pred)
  return function()
    while true do
      local x = upstream()
      if x == nil then return nil end
      if pred(x) then return x end
    end
  end
end

local function map(upstream, f)
  return function()
    local x = upstream()
    if x ~= nil then return f(x) end
  end
end

local function sum(upstream)
  local total = 0
  for x in upstream do total = total + x end
  return total
end

print(sum(map(filter(range(math.tointeger(tonumber(arg[1]))),
  function(x) return x % 2 == 0 end),
  function(x) return x * 2 end)))
