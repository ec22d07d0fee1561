-- generator_wrap.lua CASE N: the same as generator.lua, as loops over coroutine.wrap.
local n = math.tointeger(tonumber(arg[2]))

local function numbers()
  local yield = coroutine.yield
  return coroutine.wrap(function()
    for i = 1, n do yield(i) end
  end)
end

local cases = {}

function cases.sum()
  local total = 0
  for x in numbers() do total = total + x end
  return total
end

function cases.take()
  local total, left = 0, n - 1
  for x in numbers() do
    total, left = total + x, left - 1
    if left == 0 then break end
  end
  return total
end

function cases.count()
  local count = 0
  for _ in numbers() do count = count + 1 end
  return count
end

function cases.batched()
  local count, batch, size = 0, {}, 0 -- luacheck: ignore batch
  for x in numbers() do
    size = size + 1
    batch[size] = x
    if size == 500 then
      count, batch, size = count + 1, {}, 0
    end
  end
  return size > 0 and count + 1 or count
end

function cases.map()
  local function f(x) return x + 1 end
  local total = 0
  for x in numbers() do total = total + f(x) end
  return total
end

print(cases[arg[1]]())
