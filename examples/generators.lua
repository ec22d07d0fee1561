-- generators.lua - a function that yields is a source; send talks back to it.
--   leat examples/generators.lua

-- generator(fn) gives a function; each call of it is a pipeline, and each use runs fn afresh.
local walk
walk = generator(function(tree, path)
  for name, child in entries(tree) do
    local here = path .. "/" .. name
    if type(child) == "table" then
      yield_from(walk(child, here)) -- any depth costs the same for each item
    else
      yield(here, child)
    end
  end
end)

local disk = { etc = { hosts = 120, ssh = { config = 300 } }, tmp = {}, vmlinuz = 9000 }
for path, size in walk(disk, "") do print(path, size) end
print("total", walk(disk, ""):map(function(_, size) return size end):sum())

-- yield returns what was sent; what the body returns comes after nil, now and ever after.
local mean = generator(function()
  local n, sum = 0, 0
  while true do
    local x = yield(n > 0 and sum / n or 0)
    if x == nil then return "mean of " .. n end -- next() sends nil
    n, sum = n + 1, sum + x
  end
end)

local g <close> = mean():open()
g:next()
print(g:send(10), g:send(20), g:send(60))
print(g:next())
print(g:next())

-- output
-- /etc/hosts	120
-- /etc/ssh/config	300
-- /vmlinuz	9000
-- total	9420
-- 10.0	15.0	30.0
-- nil	mean of 3
-- nil	mean of 3
