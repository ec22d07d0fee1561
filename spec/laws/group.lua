-- SPDX-License-Identifier: MIT
local model = require "spec.support.model"
local leat = require "leat"
local value, number, tuple = model.value, model.number, model.tuple

local function weight(x) return number(x) % 3 end

local function third(x) return (number(x) - 1) // 3 end
local function or_nil(x) return number(x) % 4 ~= 0 and number(x) % 4 or nil end

-- Tables of neighbours, begun anew where cut(table, item) is true; an item that does is in the
-- new one.
local function cut_where(cut, wrap)
  return function(pull, give, k)
    local group
    for x in pull do
      if group and cut(group, x, k) then
        give(wrap(group))
        group = nil
      end
      group = group or { first = x }
      group[#group + 1] = value(x)
    end
    if group then give(wrap(group)) end
  end
end

local function plain(group) return table.move(group, 1, #group, 1, {}) end

local function chunks(key)
  return cut_where(function(group, x)
    return model.key(key(group.first)) ~= model.key(key(x))
  end, function(group) return tuple(key(group.first), plain(group)) end)
end

-- Tuples (key, table) in order of first appearance.
local function groups(key, finish)
  return function(pull, give, k)
    local known, order = {}, {}
    for x in pull do
      local by = key(x, k)
      local text = model.key(by)
      if not known[text] then
        known[text] = { by = by }
        order[#order + 1] = known[text]
      end
      table.insert(known[text], value(x))
    end
    for _, group in ipairs(order) do give(tuple(group.by, finish(plain(group)))) end
  end
end

local function number_of(group) return #group end

return {
  batched = {
    {
      build = function(p, _, k) return p:batched(k) end,
      model = function(pull, give, k)
        local batch = {}
        for x in pull do
          batch[#batch + 1] = value(x)
          if #batch == k then
            give(batch)
            batch = {}
          end
        end
        if #batch > 0 then give(batch) end
      end,
    },
    {
      title = "by weight",
      build = function(p, fn) return p:batched(nil, { max_weight = 3, weight = fn(weight) }) end,
      model = cut_where(function(group, x)
        local sum = weight(x)
        for _, y in ipairs(group) do sum = sum + weight(y) end
        return sum > 3
      end, plain),
    },
    {
      title = "by size and weight",
      build = function(p, fn, k)
        return p:batched(k, { max_weight = 3, weight = fn(weight) })
      end,
      model = function(pull, give, k)
        local batch, sum = {}, 0
        for x in pull do
          if sum + weight(x) > 3 then
            give(batch)
            batch, sum = {}, 0
          end
          batch[#batch + 1], sum = value(x), sum + weight(x)
          if #batch == k then
            give(batch)
            batch, sum = {}, 0
          end
        end
        if #batch > 0 then give(batch) end
      end,
    },
  },
  sliding_window = {
    {
      build = function(p, _, k) return p:sliding_window(k) end,
      model = function(pull, give, k)
        local last = {}
        for x in pull do
          last[#last + 1] = value(x)
          if #last > k then table.remove(last, 1) end
          if #last == k then give(plain(last)) end
        end
      end,
    },
    {
      title = "overlapping by one",
      build = function(p, _, k) return p:sliding_window(k + 2, k + 1) end,
      model = function(pull, give, k)
        local last = {}
        for x in pull do
          last[#last + 1] = value(x)
          if #last == k + 2 then
            give(plain(last))
            last = { last[k + 2] }
          end
        end
      end,
    },
    {
      title = "with gaps",
      build = function(p, _, k) return p:sliding_window(k, k + 1) end,
      model = function(pull, give, k)
        local last, left = {}, 0
        for x in pull do
          if left > 0 then
            left = left - 1
          else
            last[#last + 1] = value(x)
            if #last == k then
              give(last)
              last, left = {}, 1
            end
          end
        end
      end,
    },
  },
  pairwise = {
    build = function(p) return p:pairwise() end,
    model = function(pull, give)
      local before = pull()
      if before == nil then return end
      for x in pull do
        give(tuple(value(before), value(x)))
        before = x
      end
    end,
  },
  chunk_by = {
    { build = function(p) return p:chunk_by() end, model = chunks(value),
      group = function() return 1 end },
    { title = "by key", build = function(p, fn) return p:chunk_by(fn(third)) end,
      model = chunks(third), group = function() return 6 end },
  },
  split_when = {
    build = function(p, fn)
      return p:split_when(fn(function(a, b) return third(a) ~= third(b) end))
    end,
    model = cut_where(function(group, x) return third(group[#group]) ~= third(x) end, plain),
    group = function() return 6 end,
  },
  group_by = {
    { build = function(p, fn) return p:group_by(fn(third)) end, model = groups(third, plain) },
    { title = "by several keys",
      build = function(p, fn) return p:group_by(fn(or_nil), fn(third), "_1") end,
      model = groups(function(x)
        return { or_nil(x) or leat.null, third(x), (model.parts(x)) }
      end, plain) },
  },
  count_by = {
    { build = function(p) return p:count_by() end, model = groups(value, number_of) },
    { title = "by key", build = function(p, fn) return p:count_by(fn(or_nil)) end,
      model = groups(function(x) return or_nil(x) or leat.null end, number_of) },
  },
}
