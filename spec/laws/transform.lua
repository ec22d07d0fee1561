-- SPDX-License-Identifier: MIT
local leat = require "leat"
local model = require "spec.support.model"
local number, tuple, parts, call = model.number, model.tuple, model.parts, model.call

-- The functions that are put into the operators, here and in the models.
local function plus(k) return function(x) return number(x) + k end end
local function keeps(k) return function(x) return number(x) % (k + 1) ~= 0 end end
local function filtered(x, k) return keeps(k)(x) end

-- Several items, one or none of each.
local function spread(k)
  return function(x)
    x = number(x)
    if x % 4 == 0 then return nil end
    return x % 4 == 1 and {} or { x, x + k }
  end
end

-- What unique leaves, and dedup, which forgets all keys but the last.
local function distinct(key, forgets)
  return function(pull, give)
    local known = {}
    for x in pull do
      local by = model.key(key(x))
      if not known[by] then
        if forgets then known = {} end
        known[by] = true
        give(x)
      end
    end
  end
end

local function half(x) return number(x) // 2 end

-- The elements of what is a list, `depth` levels deep.
local function flattened(x, depth, give)
  x = model.value(x)
  local is_list = type(x) == "table" and (#x > 0 or next(x) == nil)
  if not is_list or depth == 0 then return give(x) end
  for _, y in ipairs(x) do flattened(y, depth - 1, give) end
end

-- f in place of fold's function, on any items.
local function weighed(k)
  return function(sum, ...) return k * number(sum) + model.weigh(...) end
end

return {
  dedup = {
    { build = function(p) return p:dedup() end, model = distinct(model.value, true) },
    { title = "by key", build = function(p, fn) return p:dedup(fn(half)) end,
      model = distinct(half, true) },
  },
  unique = {
    { build = function(p) return p:unique() end, model = distinct(model.value) },
    { title = "by key", build = function(p, fn) return p:unique(fn(half)) end,
      model = distinct(half) },
  },
  map = {
    build = function(p, fn, k) return p:map(fn(plus(k))) end,
    model = function(pull, give, k) for x in pull do give(number(x) + k) end end,
  },
  filter = {
    build = function(p, fn, k) return p:filter(fn(keeps(k))) end,
    model = model.keeping(filtered),
  },
  reject = {
    build = function(p, fn, k)
      return p:reject(fn(function(x) return not filtered(x, k) end))
    end,
    model = model.keeping(filtered),
  },
  filter_map = {
    build = function(p, fn, k)
      return p:filter_map(fn(function(x)
        if number(x) == 1 then return false end
        if filtered(x, k) then return number(x) * k end
      end))
    end,
    model = function(pull, give, k)
      for x in pull do
        if number(x) == 1 then
          give(false)
        elseif filtered(x, k) then
          give(number(x) * k)
        end
      end
    end,
  },
  flat_map = {
    {
      build = function(p, fn, k) return p:flat_map(fn(spread(k))) end,
      model = function(pull, give, k)
        for x in pull do
          for _, y in ipairs(spread(k)(x) or {}) do give(y) end
        end
      end,
    },
    {
      title = "of pipelines",
      build = function(p, fn, k)
        return p:flat_map(fn(function(x)
          x = number(x)
          return leat.range(x % 3):map(fn(plus(x))):take(k)
        end))
      end,
      model = function(pull, give, k)
        for x in pull do
          x = number(x)
          for y = 1, math.min(k, x % 3) do give(x + y) end
        end
      end,
    },
  },
  enumerate = {
    build = function(p, _, k) return p:enumerate(k) end,
    model = function(pull, give, k)
      for x in pull do
        give(tuple(k, parts(x)))
        k = k + 1
      end
    end,
  },
  flatten = {
    {
      build = function(p) return p:flatten() end,
      model = function(pull, give) for x in pull do flattened(x, 1, give) end end,
    },
    {
      title = "deeply",
      item = function(i) return i % 3 == 0 and i or { i, {}, { -i, { "deep" } } } end,
      build = function(p, _, k) return p:flatten(k) end,
      model = function(pull, give, k) for x in pull do flattened(x, k, give) end end,
    },
    {
      title = "of pipelines",
      build = function(p, _, k)
        return p:map(function(x) return leat.range(number(x) % 3):batched(k) end):flatten(k)
      end,
      model = function(pull, give, k)
        for x in pull do
          if k == 1 then
            for y = 1, number(x) % 3 do give { y } end
          else
            for y = 1, number(x) % 3 do give(y) end
          end
        end
      end,
    },
  },
  scan = {
    {
      build = function(p, fn, k) return p:scan(fn(weighed(k))) end,
      model = function(pull, give, k)
        local sum = pull()
        if sum == nil then return end
        sum = model.value(sum)
        give(sum)
        for x in pull do
          sum = weighed(k)(sum, parts(x))
          give(sum)
        end
      end,
    },
    {
      title = "from a first value",
      build = function(p, fn, k) return p:scan(k, fn(weighed(k))) end,
      model = function(pull, give, k)
        local sum = k
        give(sum)
        for x in pull do
          sum = weighed(k)(sum, parts(x))
          give(sum)
        end
      end,
    },
  },
  intersperse = {
    build = function(p, _, k) return p:intersperse(k) end,
    model = function(pull, give, k)
      local first = true
      for x in pull do
        if not first then give(k) end
        first = false
        give(x)
      end
    end,
  },
  tap = {
    build = function(p, fn) return p:tap(fn(function() return "ignored" end)) end,
    model = model.identity,
  },
  through = {
    skips = false,
    build = function(p, fn, k)
      return p:through(fn(function(up, n)
        for x in up do
          leat.yield(x)
          if number(x) % 2 == 0 then leat.yield(n, x) end
        end
      end), k)
    end,
    model = function(pull, give, k)
      for x in pull do
        x = (parts(x))
        give(x)
        if call(number, x) % 2 == 0 then give(tuple(k, x)) end
      end
    end,
  },
}
