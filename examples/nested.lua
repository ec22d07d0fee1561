-- nested.lua - lists in lists, at any depth, as one stream: yield_from.
--   leat examples/nested.lua
local flat
flat = generator(function(list)
  for _, item in ipairs(list) do
    if type(item) == "table" then
      yield_from(flat(item))
    else
      yield(item)
    end
  end
end)

print(flat { 1, { 2, { 3, { 4 } }, 5 }, {}, { { 6 } } }:concat " ")

-- An item costs the same from 5,000 levels down as from the first.
local deep = { "the bottom" }
for _ = 1, 5000 do deep = { deep } end
print(flat(deep):first())

-- output
-- 1 2 3 4 5 6
-- the bottom
