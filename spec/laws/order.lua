-- SPDX-License-Identifier: MIT
local leat = require "leat"
local model = require "spec.support.model"
local random = require "spec.support.random"
local number, all, parts = model.number, model.all, model.parts

-- The items in order: by keys, a list of { key function, whether it descends }; equal ones as they
-- came. Each key function is called once for each item, when it comes.
local function ordered(pull, keys)
  local list = {}
  for x in pull do
    local entry = { item = x, place = #list }
    for i, key in ipairs(keys) do entry[i] = key[1](x) end
    list[#list + 1] = entry
  end
  table.sort(list, function(a, b)
    for i, key in ipairs(keys) do
      local order = model.compare(a[i], b[i], key[2])
      if order ~= 0 then return order < 0 end
    end
    return a.place < b.place
  end)
  return list
end

local function giving(keys, most)
  return function(pull, give, k)
    local list = ordered(pull, keys)
    for i = 1, math.min(#list, most and k or #list) do give(list[i].item) end
  end
end

local function itself(x) return x end
local function key_of(x) return number(x) % 3 end
local function other(x) return -number(x) end

-- For functions of an item, which is a tuple's parts.
local function called(f) return function(x) return f((parts(x))) end end

local function shuffled(pull, give, k, most)
  local draw, held = random.new(k, 0), {}
  for x in pull do
    if #held < most then
      held[#held + 1] = x
    else
      local at = draw.below(#held) + 1
      give(held[at])
      held[at] = x
    end
  end
  while #held > 0 do
    local at = draw.below(#held) + 1
    give(held[at])
    held[at] = held[#held]
    held[#held] = nil
  end
end

return {
  sort = {
    { build = function(p) return p:sort() end, model = giving { { itself } } },
    {
      title = "by a key",
      build = function(p, fn) return p:sort(fn(key_of)) end,
      model = giving { { called(key_of) } },
    },
    {
      title = "descending",
      build = function(p, fn) return p:sort(leat.desc(fn(key_of))) end,
      model = giving { { called(key_of), true } },
    },
    {
      title = "by two keys",
      build = function(p, fn) return p:sort(leat.desc(fn(key_of)), fn(other)) end,
      model = giving { { called(key_of), true }, { called(other) } },
    },
  },
  top = {
    { build = function(p, _, k) return p:top(k) end, model = giving({ { itself, true } }, true) },
    {
      title = "by a key",
      build = function(p, fn, k) return p:top(k, fn(key_of)) end,
      model = giving({ { called(key_of), true } }, true),
    },
    {
      title = "by two keys",
      build = function(p, fn, k) return p:top(k, leat.desc(fn(key_of)), fn(other)) end,
      model = giving({ { called(key_of) }, { called(other), true } }, true),
    },
  },
  bottom = {
    { build = function(p, _, k) return p:bottom(k) end, model = giving({ { itself } }, true) },
    {
      title = "by a key",
      build = function(p, fn, k) return p:bottom(k, fn(key_of)) end,
      model = giving({ { called(key_of) } }, true),
    },
  },
  reverse = {
    build = function(p) return p:reverse() end,
    model = function(pull, give)
      local items = all(pull)
      for i = #items, 1, -1 do give(items[i]) end
    end,
  },
  -- What draws behind another that draws has a stream of its own.
  sample = {
    chains = false,
    itself = false,
    build = function(p, _, k) return p:sample(k, k) end,
    model = function(pull, give, k)
      local draw, held, count = random.new(k, 0), {}, 0
      for x in pull do
        local at = count < k and count or draw.below(count + 1)
        if at < k then held[at + 1] = { item = x, place = count } end
        count = count + 1
      end
      table.sort(held, function(a, b) return a.place < b.place end)
      for _, entry in ipairs(held) do give(entry.item) end
    end,
  },
  sample_fraction = {
    chains = false,
    itself = false,
    build = function(p, _, k) return p:sample_fraction(0.5, k) end,
    model = function(pull, give, k)
      local draw = random.new(k, 0)
      for x in pull do if draw.fraction() < 0.5 then give(x) end end
    end,
  },
  shuffle = {
    {
      title = "within a buffer",
      chains = false,
      itself = false,
      build = function(p, _, k) return p:shuffle(k, k) end,
      model = function(pull, give, k) shuffled(pull, give, k, k) end,
    },
  },
}
