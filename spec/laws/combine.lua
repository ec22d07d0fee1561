-- SPDX-License-Identifier: MIT
local leat = require "leat"
local model = require "spec.support.model"
local number, tuple, parts = model.number, model.tuple, model.parts

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

local function numbers(last) return (model.source(function(i) return i end, last)) end

-- As many parts as the item has, or had: x each.
local function filled(x, width)
  local list = {}
  for i = 1, width do list[i] = x end
  return tuple(table.unpack(list, 1, width))
end

local function zipped_longest(fill)
  return function(a, give, _, b)
    local pulls, widths = { a, b }, { 1, 1 }
    while true do
      local items, came = {}, false
      for i, pull in ipairs(pulls) do
        local x = pull()
        if x ~= nil then
          came = true
          widths[i] = select("#", parts(x))
        else
          x = filled(fill, widths[i])
        end
        items[i] = x
      end
      if not came then return end
      give(joined(table.unpack(items)))
    end
  end
end

local function interleaved(a, give, _, b)
  local live = { a, b }
  while #live > 0 do
    local i = 1
    while i <= #live do
      local x = live[i]()
      if x == nil then
        table.remove(live, i)
      else
        give(x)
        i = i + 1
      end
    end
  end
end

local function merged(key)
  return function(a, give, _, b)
    local function head(pull)
      local x = pull()
      if x == nil then return nil end
      return { x, key(x) }
    end
    local first, second = head(a), head(b)
    while first or second do
      if not second or first and model.compare(first[2], second[2]) <= 0 then
        give(first[1])
        first = head(a)
      else
        give(second[1])
        second = head(b)
      end
    end
  end
end

-- All choices of n of the items, in the order of their positions: in any order, or as they come.
local function chosen(in_any_order)
  return function(pull, give, k)
    local items, n = model.all(pull), math.min(k, 2)
    local taken, picked = {}, {}
    local function choose(depth, from)
      if depth > n then return give(joined(table.unpack(picked, 1, n))) end
      for i = in_any_order and 1 or from, #items do
        if not taken[i] then
          taken[i], picked[depth] = true, items[i]
          choose(depth + 1, i + 1)
          taken[i] = nil
        end
      end
    end
    choose(1, 1)
  end
end

local function key_of(x) return number(x) % 3 end

-- 0, 1, 0, 1: two partners for each of two keys of three.
local function partners(i) return (i + 1) % 2 end

local function joined_by_key(how)
  return function(pull, give, _, other)
    local rows = {}
    for y in other do
      local key = key_of(parts(y))
      rows[key] = rows[key] or {}
      table.insert(rows[key], y)
    end
    for x in pull do
      local found = rows[key_of(parts(x))]
      if how == "semi" or how == "anti" then
        if (found ~= nil) == (how == "semi") then give(x) end
      else
        for _, y in ipairs(found or {}) do give(joined(x, y)) end
        if not found and how == "left" then give(x) end
      end
    end
  end
end

local function joining(how)
  return {
    title = how,
    second = partners,
    calls_ahead = true,
    build = function(p, fn, _, q) return p:join(q, fn(key_of), { how = how }) end,
    model = joined_by_key(how),
  }
end

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
      skips = false,
      build = function(p, _, _, q) return p:zip(q) end,
      model = zipped,
    },
    {
      title = "behind others",
      skips = false,
      second = tens,
      build = function(p, _, _, q) return leat.zip(q, p) end,
      model = function(pull, give, k, other) zipped(other, give, k, pull) end,
    },
    {
      title = "with a list",
      skips = false,
      build = function(p, _, k) return p:zip(leat.range(3 * k)) end,
      model = function(pull, give, k)
        zipped(pull, give, k, model.source(function(i) return i end, 3 * k))
      end,
    },
  },
  zip_longest = {
    {
      second = tens,
      skips = false,
      build = function(p, _, _, q) return p:zip_longest(q) end,
      model = zipped_longest(leat.null),
    },
    {
      title = "behind others",
      skips = false,
      build = function(p, _, k) return leat.zip_longest(leat.range(k), p, { fill = false }) end,
      model = function(pull, give, k) zipped_longest(false)(numbers(k), give, k, pull) end,
    },
  },
  interleave = {
    {
      second = tens,
      build = function(p, _, _, q) return p:interleave(q) end,
      model = interleaved,
    },
    {
      title = "behind others",
      build = function(p, _, k) return leat.interleave(leat.range(k), p) end,
      model = function(pull, give, k) interleaved(numbers(k), give, k, pull) end,
    },
  },
  merge_sorted = {
    {
      second = tens,
      build = function(p, _, _, q) return p:merge_sorted(q) end,
      model = merged(function(x) return x end),
    },
    {
      title = "by a key",
      build = function(p, fn, k)
        return leat.merge_sorted(leat.range(k), p, { key = fn(number) })
      end,
      model = function(pull, give, k)
        merged(function(x) return model.call(number, x) end)(numbers(k), give, k, pull)
      end,
    },
  },
  product = {
    {
      second = tens,
      build = function(p, _, k, q) return p:product(q, leat.range(k)) end,
      model = function(pull, give, k, other)
        local held
        for x in pull do
          held = held or model.all(other)
          for _, y in ipairs(held) do
            for i = 1, k do give(joined(x, y, i)) end
          end
        end
      end,
    },
    {
      title = "behind others",
      build = function(p, _, k) return leat.product(leat.range(k), p) end,
      model = function(pull, give, k)
        local held = model.all(pull)
        for i = 1, k do
          for _, y in ipairs(held) do give(joined(i, y)) end
        end
      end,
    },
  },
  permutations = {
    build = function(p, _, k) return p:permutations(math.min(k, 2)) end,
    model = chosen(true),
  },
  combinations = {
    build = function(p, _, k) return p:combinations(math.min(k, 2)) end,
    model = chosen(false),
  },
  join = {
    joining "inner", joining "left", joining "semi", joining "anti",
    {
      title = "as the other",
      calls_ahead = true,
      build = function(p, fn, k) return leat.range(k):join(p, fn(key_of)) end,
      model = function(pull, give, k) joined_by_key "inner"(numbers(k), give, k, pull) end,
    },
  },
}
