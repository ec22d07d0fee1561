-- SPDX-License-Identifier: MIT
local leat = require "leat"
local model = require "spec.support.model"
local tuple, parts = model.tuple, model.parts

-- The parts of several items, one after another.
local function joined(...)
  local all = table.pack()
  for i = 1, select("#", ...) do
    local item = table.pack(parts((select(i, ...))))
    table.move(item, 1, item.n, all.n + 1, all)
    all.n = all.n + item.n
  end
  return tuple(table.unpack(all, 1, all.n))
end

local function chained(a, give, _, b)
  for x in a do give(x) end
  for x in b do give(x) end
end

local function zipped(a, give, _, b)
  while true do
    local x = a()
    if x == nil then return end
    local y = b()
    if y == nil then return end
    give(joined(x, y))
  end
end

local function tens(i) return 10 * i end

return {
  chain = {
    {
      second = tens,
      build = function(p, _, _, q) return p:chain(q) end,
      model = chained,
    },
    {
      title = "behind others",
      second = tens,
      build = function(p, _, k, q) return leat.chain({ k }, q, p) end,
      model = function(pull, give, k, other)
        give(k)
        chained(other, give, k, pull)
      end,
    },
  },
  zip = {
    {
      second = tens,
      build = function(p, _, _, q) return p:zip(q) end,
      model = zipped,
    },
    {
      title = "behind others",
      second = tens,
      build = function(p, _, _, q) return leat.zip(q, p) end,
      model = function(pull, give, k, other) zipped(other, give, k, pull) end,
    },
    {
      title = "with a list",
      build = function(p, _, k) return p:zip(leat.range(3 * k)) end,
      model = function(pull, give, k)
        zipped(pull, give, k, model.source(function(i) return i end, 3 * k))
      end,
    },
  },
}
