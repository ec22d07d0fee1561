-- SPDX-License-Identifier: MIT
-- model.lua - what the naive models of operators are written with (spec/laws/*.lua).
--
-- A model is a function that pulls items and gives items, one at a time, in a coroutine:
--
--   model = function(pull, give, k) for x in pull do if number(x) > k then give(x) end end end
--
-- so it also says how much of its source an item needs, what comes out before an error, and
-- what works on an endless source. pull() returns nil at the end, and raises what the source
-- raises. A tuple is one value there, made by tuple(a, b); a single value stands for itself.
local leat = require "leat"

local model = {}

---------------------------------------------------------------------------------------- items

local Tuple <const> = {}

-- The item of these parts.
function model.tuple(...)
  if select("#", ...) == 1 then return (...) end
  return setmetatable({ n = select("#", ...), ... }, Tuple)
end

-- The item of what loop variables hold: those that are nil behind it are no parts.
function model.trimmed(...)
  local n = select("#", ...)
  while n > 1 and select(n, ...) == nil do n = n - 1 end
  return model.tuple(table.unpack({ ... }, 1, n))
end

function model.is_tuple(item) return getmetatable(item) == Tuple end

-- The parts of an item.
function model.parts(item)
  if getmetatable(item) == Tuple then return table.unpack(item, 1, item.n) end
  return item
end

-- The item as one value: a tuple is a list, as in the tables that collect and batched make.
function model.value(item)
  if getmetatable(item) ~= Tuple then return item end
  return table.move(item, 1, item.n, 1, {})
end

-- f(item) as operators call it.
function model.call(f, item) return f(model.parts(item)) end

-- The number in any value, or in the first part of a tuple: what the functions of the lines work
-- with, so that every kind of item will do.
function model.number(x)
  local kind = type(x)
  if kind == "number" then return x end
  if kind == "string" then return tonumber(x) or #x end
  if kind == "table" then return model.number(x[1] or x.id) end
  if kind == "userdata" and x ~= leat.null then return model.number(leat.table(x)) end
  return 0
end

local show

local function show_table(t)
  local parts, list = {}, #t
  for i = 1, list do parts[i] = show(t[i]) end
  local named = {}
  for name, value in pairs(t) do
    if not (math.type(name) == "integer" and name >= 1 and name <= list) then
      named[#named + 1] = "[" .. show(name) .. "] = " .. show(value)
    end
  end
  table.sort(named)
  return "{" .. table.concat(table.move(named, 1, #named, #parts + 1, parts), ", ") .. "}"
end

-- An item as text: equal texts are what the laws call the same item (1 and 1.0 are not).
function show(item)
  local kind = type(item)
  if kind == "string" then return ("%q"):format(item) end
  if kind == "userdata" then -- a record
    item = leat.table(item)
    kind = type(item)
  end
  if kind ~= "table" then return item == leat.null and "null" or tostring(item) end
  if getmetatable(item) ~= Tuple then return show_table(item) end
  local parts = {}
  for i = 1, item.n do parts[i] = show(item[i]) end
  return "(" .. table.concat(parts, ", ") .. ")"
end
model.show = show

function model.show_list(items)
  local texts = {}
  for i, item in ipairs(items) do texts[i] = show(item) end
  return table.concat(texts, " ")
end

-- A text that is equal for items that are equal by content: 1 and 1.0 are.
function model.key(item)
  return (show(item):gsub("(%d)%.0%f[^%d]", "%1"))
end

-- The order of items: false, true, numbers, strings; missing, null and NaN last; lists and
-- tuples by elements.
local function rank(x)
  if x == nil or x == leat.null or x ~= x then return 9 end
  local ranks = { boolean = 1, number = 2, string = 3, table = 4 }
  return ranks[type(x)]
end

-- Negative, 0 or positive. Descending turns the order round, but for what is last.
function model.compare(a, b, descending)
  local sign, left, right = descending and -1 or 1, rank(a), rank(b)
  if left == 9 or right == 9 then return left - right end
  if left ~= right then return sign * (left - right) end
  if a == b then return 0 end
  if left == 1 then return a and sign or -sign end
  if left ~= 4 then return a < b and -sign or sign end
  local m, n = a.n or #a, b.n or #b
  for i = 1, math.min(m, n) do
    local order = model.compare(a[i], b[i], descending)
    if order ~= 0 then return order end
  end
  return sign * (m - n)
end

-- An integer made of all that is in the values; a small one is itself.
function model.weigh(...)
  local sum, only = select("#", ...), (...)
  if sum == 1 and math.type(only) == "integer" and -1e9 <= only and only <= 1e9 then return only end
  for i = 1, sum do
    local x = (select(i, ...))
    local text = math.tointeger(x) and ("%d"):format(x) or show(x)
    for at = 1, #text do sum = (sum * 31 + text:byte(at)) % 1009 end
  end
  return sum
end

---------------------------------------------------------------------------------------- streams

-- The pull function of a model; `...` are its further arguments.
function model.stream(fn, pull, ...)
  local co = coroutine.create(fn)
  local rest = table.pack(...)
  local started, ended = false, false
  return function()
    if ended then return nil end
    local ok, item
    if started then
      ok, item = coroutine.resume(co)
    else
      started = true
      ok, item = coroutine.resume(co, pull, coroutine.yield, table.unpack(rest, 1, rest.n))
    end
    if coroutine.status(co) == "suspended" then
      assert(item ~= nil, "a model gave nil")
      return item
    end
    ended = true
    if not ok then error(item, 0) end
    return nil
  end
end

-- item(1), item(2), ... item(last), without end when there is no last; raises `cause` after the
-- last when there is one. The table counts: pulls, the one that ends it included, and items.
function model.source(item, last, cause)
  local seen = { pulls = 0, items = 0 }
  local ended = false
  return function()
    if ended then return nil end
    seen.pulls = seen.pulls + 1
    if seen.items == last then
      ended = true
      if cause ~= nil then error(cause, 0) end
      return nil
    end
    seen.items = seen.items + 1
    return item(seen.items)
  end, seen
end

-- The elements of a list.
function model.list(items)
  return (model.source(function(i) return items[i] end, #items))
end

-- What is left of a stream, as a list.
function model.all(pull)
  local items = {}
  for x in pull do items[#items + 1] = x end
  return items
end

-- Models of stages that only leave out items: those for which keep(item) is true stay.
function model.keeping(keep)
  return function(pull, give, k)
    for x in pull do if keep(x, k) then give(x) end end
  end
end

function model.identity(pull, give)
  for x in pull do give(x) end
end

return model
