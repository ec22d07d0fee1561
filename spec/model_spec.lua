-- SPDX-License-Identifier: MIT
-- Random chains against a naive model: operators of spec/laws/ one behind the other, with random
-- arguments, over random sources. Each chain is consumed in every way there is, and by every
-- terminal; the items, the error and the closing must agree with the models of its operators.
-- luacheck: ignore 512 (loops that break are what is tested)
local leat = require "leat"
local helper = require "spec.support.helper"
local laws = require "spec.support.laws"
local model = require "spec.support.model"
local show_list = model.show_list

after_each(helper.nothing_left_open)

-- Own generator, so that a seed means the same chain everywhere.
local function random_from(seed)
  local state = seed * 2654435761 % 4294967296
  return function(n)
    state = (state * 1664525 + 1013904223) % 4294967296
    return (state >> 16) % n + 1
  end
end

local function first(items, n) return table.move(items, 1, math.min(n, #items), 1, {}) end

local CAUSE <const> = "multiple of 7"

local function fragile(x)
  if x % 7 == 0 then error(CAUSE, 0) end
  return x
end

-- What is no operator by itself: stages that fail, and the places that a pipeline can be in.
local places = {
  {
    label = "fragile",
    numbers = true,
    build = function(p, fn) return p:map(fn(fragile)) end,
    model = function(pull, give) for x in pull do give(fragile(x)) end end,
  },
  {
    label = "delegate",
    build = function(p, fn)
      local wait = fn(function() end)
      return leat.generator(function()
        wait()
        leat.yield_from(p)
        wait()
      end)()
    end,
    model = model.identity,
  },
  {
    label = "body",
    build = function(p)
      return leat.generator(function()
        for a, b, c, d, e, f in p do leat.yield(model.parts(model.trimmed(a, b, c, d, e, f))) end
      end)()
    end,
    model = model.identity,
  },
  {
    label = "inside",
    build = function(p) return leat.once(1):flat_map(function() return p end) end,
    model = model.identity,
  },
}

local lines = laws.read()
local stages = places
for _, line in ipairs(lines.stage) do
  if line.chains ~= false then stages[#stages + 1] = line end
end

-- Is every item an integer?
local function integers(items)
  for _, x in ipairs(items) do if math.type(x) ~= "integer" then return false end end
  return true
end

-- Has an item more parts than the loops here have variables, or is it so large that sums of its
-- like overflow?
local function unwieldy(items)
  for _, x in ipairs(items) do
    if model.is_tuple(x) and x.n > 6 then return true end
    if type(x) == "number" and not (-1e9 <= x and x <= 1e9) then return true end
  end
end

-- Is there a table that is no list in it? It has no order, and is no list to flatten.
local function has_fields(x)
  if type(x) ~= "table" then return type(x) == "userdata" and x ~= leat.null end
  local count = model.is_tuple(x) and 1 or 0 -- its n
  for _, y in pairs(x) do
    if has_fields(y) then return true end
    count = count + 1
  end
  return count ~= (model.is_tuple(x) and x.n + 2 or #x)
end

local function some_have_fields(items)
  for _, x in ipairs(items) do if has_fields(x) then return true end end
end

-- What makes the items such that the line can take them, for pipelines and in the model, or nil.
-- An operator that takes all kinds may get them as they are.
local function adapter(line, items, as_they_are)
  if line.item then return function(...) return line.item(model.weigh(...)) end end
  if integers(items) then return nil end
  local choosy = line.numbers or line.texts == false or line.odd == false
    or line.tuples == false or type(line.tuples) == "function" or some_have_fields(items)
  if choosy or not as_they_are then return model.weigh end
end

-- fn of the lines, such that every function calls wait first.
local function waiting(wait)
  return function(f)
    return function(...)
      wait()
      return f(...)
    end
  end
end

-- The first items that a model gives, whether there are more, and the error.
local function given(pull, most)
  local items = {}
  while true do
    local ok, x = pcall(pull)
    if not ok then return items, false, x end
    if x == nil then return items, false end
    if #items == most then return items, true end
    items[#items + 1] = x
  end
end

local MOST <const>, FEWER <const> = 500, 50 -- a chain that gives more is cut

-- A chain of `length` operators: its text; build(), which makes the pipeline and a list of what
-- its sources saw; the items expected, and the error expected behind them.
local function chain(seed, length, wait)
  local random = random_from(seed)
  local text, steps = {}, {} -- steps: function(p, seen) return p end
  local items, err
  local function add(step) steps[#steps + 1] = step end
  local function map(f)
    for i, x in ipairs(items) do items[i] = model.call(f, x) end
    add(function(p) return p:map(f) end)
    text[#text + 1] = "map(...)"
  end
  local function cut(more)
    if not more then return end
    items, err = first(items, FEWER), nil
    add(function(p) return p:take(FEWER) end)
  end

  if random(3) == 1 then
    local k = random(5)
    local line = lines.source[random(#lines.source)]
    local more
    items, more, err = given(model.stream(function(_, give) line.model(give, k) end), MOST)
    add(function() return line.build(line.yields == false and laws.plain or waiting(wait), k) end)
    cut(more)
    text[1] = ("%s(%d)"):format(line.label, k)
  else
    local last = random(25) - 1
    items = {}
    for i = 1, last do items[i] = i end
    add(function(_, seen)
      local p, counts = helper.counting(last)
      seen[#seen + 1] = counts
      return p
    end)
    text[1] = "1.." .. last
  end

  for _ = 1, length do
    local line, k = stages[random(#stages)], random(5)
    local adapt = adapter(line, items, random(2) == 1)
    if adapt then map(adapt) end
    local source = model.source(function(i) return items[i] end, #items, err)
    local more
    items, more, err = given(laws.model(line, source, k), MOST)
    local fn = (line.calls_on_closing or line.yields == false) and laws.plain or waiting(wait)
    add(function(p, seen)
      local q
      if line.second then
        q, seen[#seen + 1] = laws.counting(line, { last = laws.SECOND, item = line.second })
      end
      return line.build(p, fn, k, q)
    end)
    cut(more)
    text[#text + 1] = ("%s(%d)"):format(line.label, k)
    if unwieldy(items) then map(model.weigh) end
  end

  return table.concat(text, " | "), function()
    local p, seen = nil, {}
    for _, step in ipairs(steps) do p = step(p, seen) end
    return p, seen
  end, items, err
end

local function closed(seen, text)
  for _, counts in ipairs(seen) do assert.equal(counts.opens, counts.closes, text) end
end

local function check(text, way, seen, items, cause, got, err)
  text = text .. " by " .. way
  assert.equal(show_list(items), show_list(got), text)
  assert.equal(cause, err and helper.cause(err) or nil, text .. ": " .. tostring(err))
  closed(seen, text)
end

local CHAINS <const> = helper.scaled(tonumber(os.getenv "LEAT_CHAINS") or 400)

describe("random chains", function()
  local function no_wait() end

  for _, way in ipairs(laws.ways) do
    it("give what the model says by " .. way, function()
      for seed = 1, CHAINS do
        local text, build, items, cause = chain(seed, 1 + seed % 7, no_wait)
        local p, seen = build()
        local got, err = laws.reads[way](p)
        check(text, way, seen, items, cause, got, err)
      end
    end)
  end

  it("give what the model says when left early, and close", function()
    for seed = 1, CHAINS do
      local text, build, items = chain(seed, 1 + seed % 7, no_wait)
      local wanted = seed % 5 + 1
      if #items >= wanted then
        local expected = show_list(first(items, wanted))
        for way, leave in pairs(laws.leaves) do
          local p, seen = build()
          assert.equal(expected, show_list((leave(p, wanted))), text .. " by " .. way)
          closed(seen, text .. " by " .. way)
        end
      end
    end
  end)

  it("give what the model says when every callback yields to a scheduler", function()
    for seed = 1, CHAINS do
      local tasks = {}
      for _, way in ipairs { "each", "loop", "iter", "next" } do
        tasks[#tasks + 1] = function()
          local text, build, items, cause = chain(seed, 1 + seed % 7, coroutine.yield)
          local p, seen = build()
          local got, err = laws.reads[way](p)
          check(text, way, seen, items, cause, got, err)
        end
      end
      helper.schedule(table.unpack(tasks))
    end
  end)

  it("are closed when they are dropped half-way", function()
    for seed = 1, CHAINS, 40 do
      local all = {}
      for i = seed, seed + 39 do
        local _, build, items = chain(i, 1 + i % 7, no_wait)
        if #items > 0 then
          local p, seen = build()
          p:open():next()
          table.move(seen, 1, #seen, #all + 1, all)
        end
      end
      collectgarbage()
      collectgarbage()
      closed(all)
    end
  end)

  it("skip failing items and no others", function()
    for seed = 1, CHAINS do
      local text, build, items, cause = chain(seed, 1 + seed % 4, no_wait)
      if not cause then
        local good = {}
        for _, x in ipairs(items) do
          x = model.call(model.weigh, x)
          if x % 7 ~= 0 then good[#good + 1] = x end
        end
        local p, seen = build()
        assert.same(good, p:map(model.weigh):map(fragile):on_error("skip"):collect(), text)
        closed(seen, text)
      end
    end
  end)

  it("answer what the model says in every terminal", function()
    for seed = 1, CHAINS do
      local text, build, items, cause = chain(seed, 1 + seed % 3, no_wait)
      local line, k = lines.terminal[seed % #lines.terminal + 1], seed % 5 + 1
      local p, seen = build()
      local adapt = adapter(line, items, seed % 2 == 1)
      if adapt then p = p:map(adapt) end
      local source = model.source(function(i)
        if adapt then return model.call(adapt, items[i]) end
        return items[i]
      end, #items, cause)
      local expected = table.pack(pcall(line.model, source, k))
      local got = table.pack(pcall(line.run, p, laws.plain, k))
      text = text .. " | " .. line.label
      assert.equal(expected[1], got[1], text .. ": " .. tostring(got[2]))
      if expected[1] then
        assert.equal(model.show(model.tuple(table.unpack(expected, 2, expected.n))),
          model.show(model.tuple(table.unpack(got, 2, got.n))), text)
      elseif expected[2] == cause then
        assert.equal(cause, helper.cause(got[2]), text)
      end
      closed(seen, text)
    end
  end)
end)
