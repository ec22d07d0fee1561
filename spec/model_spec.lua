-- SPDX-License-Identifier: MIT
-- Random chains against a naive model. An operator of the model takes what comes out above it, a
-- list of items and whether an error follows them, and says what comes out below. Each chain is
-- consumed in every way there is; the items, the error and the closing must agree.
-- luacheck: ignore 512 (loops that break are what is tested)
local leat = require "leat"
local helper = require "spec.support.helper"
local yield = leat.yield

after_each(helper.nothing_left_open)

-- Own generator, so that a seed means the same chain everywhere.
local function random_from(seed)
  local state = seed * 2654435761 % 4294967296
  return function(n)
    state = (state * 1664525 + 1013904223) % 4294967296
    return (state >> 16) % n + 1
  end
end

local function each(items, fn)
  local out = {}
  for _, x in ipairs(items) do fn(out, x) end
  return out
end

local function push(list, x) list[#list + 1] = x end

local function first(items, n) return table.move(items, 1, math.min(n, #items), 1, {}) end

-- Raises at multiples of 7; `wait` is called for each item.
local function fragile(wait)
  return function(x)
    wait()
    if x % 7 == 0 then error("multiple of 7", 0) end
    return x
  end
end

-- name: function(k, wait) that returns the real stage and the model's.
local operators = {
  map = function(k, wait)
    return function(p) return p:map(function(x) wait() return x + k end) end,
      function(items, err) return each(items, function(out, x) push(out, x + k) end), err end
  end,
  filter = function(k, wait)
    return function(p) return p:filter(function(x) wait() return x % (k + 1) ~= 0 end) end,
      function(items, err)
        return each(items, function(out, x) if x % (k + 1) ~= 0 then push(out, x) end end), err
      end
  end,
  reject = function(k)
    return function(p) return p:reject(function(x) return x % (k + 1) == 0 end) end,
      function(items, err)
        return each(items, function(out, x) if x % (k + 1) ~= 0 then push(out, x) end end), err
      end
  end,
  filter_map = function(k, wait)
    local function f(x) if x % 3 ~= 0 then return x * k end end
    return function(p) return p:filter_map(function(x) wait() return f(x) end) end,
      function(items, err) return each(items, function(out, x) push(out, f(x)) end), err end
  end,
  flat_list = function(k, wait)
    return function(p)
      return p:flat_map(function(x)
        wait()
        if x % 4 == 0 then return nil end
        return x % 4 == 1 and {} or { x, x + k }
      end)
    end, function(items, err)
      return each(items, function(out, x)
        if x % 4 > 1 then
          push(out, x)
          push(out, x + k)
        end
      end), err
    end
  end,
  flat_pipeline = function(k, wait)
    return function(p)
      return p:flat_map(function(x)
        return leat.range(x % 3):map(function(y) wait() return x + y end):take(k)
      end)
    end, function(items, err)
      return each(items, function(out, x)
        for y = 1, math.min(k, x % 3) do push(out, x + y) end
      end), err
    end
  end,
  enumerate = function()
    return function(p) return p:enumerate():map(function(i, x) return i + x end) end,
      function(items, err)
        local i = 0
        return each(items, function(out, x)
          i = i + 1
          push(out, i + x)
        end), err
      end
  end,
  take = function(k)
    return function(p) return p:take(2 * k) end,
      function(items, err) return first(items, 2 * k), err and #items < 2 * k end
  end,
  take_zero = function()
    return function(p) return p:take(0) end, function() return {}, false end
  end,
  drop = function(k)
    return function(p) return p:drop(k) end,
      function(items, err) return table.move(items, k + 1, math.max(#items, k), 1, {}), err end
  end,
  take_while = function(k, wait)
    return function(p) return p:take_while(function(x) wait() return x < 10 * k end) end,
      function(items, err)
        for i, x in ipairs(items) do if x >= 10 * k then return first(items, i - 1), false end end
        return items, err
      end
  end,
  chain = function(k)
    return function(p) return p:chain({ k, k + 1 }, leat.range(k)) end,
      function(items, err)
        if err then return items, err end
        items = first(items, #items)
        push(items, k)
        push(items, k + 1)
        for i = 1, k do push(items, i) end
        return items, false
      end
  end,
  chain_behind = function(k)
    return function(p) return leat.chain({ k }, p) end,
      function(items, err) return table.move(items, 1, #items, 2, { k }), err end
  end,
  zip_left = function(k)
    return function(p) return p:zip(leat.range(3 * k)):map(function(a, b) return a + b end) end,
      function(items, err)
        local i = 0
        return each(first(items, 3 * k), function(out, x)
          i = i + 1
          push(out, x + i)
        end), err and #items <= 3 * k
      end
  end,
  zip_right = function(k)
    return function(p) return leat.range(3 * k):zip(p):map(function(a, b) return a + b end) end,
      function(items, err)
        local i = 0
        return each(first(items, 3 * k), function(out, x)
          i = i + 1
          push(out, x + i)
        end), err and #items < 3 * k
      end
  end,
  batched = function(k)
    return function(p) return p:batched(k):flat_map(function(batch) return batch end) end,
      function(items, err)
        if err then return first(items, #items // k * k), err end
        return items, err
      end
  end,
  tap = function(_, wait)
    return function(p) return p:tap(wait) end, function(items, err) return items, err end
  end,
  through = function(_, wait)
    return function(p)
      return p:through(function(up)
        for x in up do
          yield(x)
          wait()
          yield(-x)
        end
      end)
    end, function(items, err)
      return each(items, function(out, x)
        push(out, x)
        push(out, -x)
      end), err
    end
  end,
  delegate = function(_, wait)
    return function(p)
      return leat.generator(function()
        wait()
        leat.yield_from(p)
        wait()
      end)()
    end, function(items, err) return items, err end
  end,
  body = function()
    return function(p) return leat.generator(function() for x in p do yield(x) end end)() end,
      function(items, err) return items, err end
  end,
  inside = function()
    return function(p) return leat.once(1):flat_map(function() return p end) end,
      function(items, err) return items, err end
  end,
  fragile = function(_, wait)
    return function(p) return p:map(fragile(wait)) end, function(items, err)
      for i, x in ipairs(items) do if x % 7 == 0 then return first(items, i - 1), true end end
      return items, err
    end
  end,
  skip = function(_, wait)
    return function(p) return p:map(fragile(wait)):on_error "skip" end, nil
  end,
  catch = function(k, wait)
    return function(p) return p:catch(function() wait() return { k, -k } end) end,
      function(items, err)
        if not err then return items, false end
        items = first(items, #items)
        push(items, k)
        push(items, -k)
        return items, false
      end
  end,
  finally = function()
    return function(p) return p:finally(function() end) end,
      function(items, err) return items, err end
  end,
}

local names = {}
for name in pairs(operators) do if name ~= "skip" then push(names, name) end end
table.sort(names)

-- A chain of `length` operators: its text, the pipeline, the source's counts, the expected items,
-- and whether an error follows them.
local function chain(seed, length, wait)
  local random = random_from(seed)
  local count = random(25) - 1
  local p, seen = helper.counting(count)
  local items, err, text = {}, false, { "1.." .. count }
  for i = 1, count do items[i] = i end
  for _ = 1, length do
    local name, k = names[random(#names)], random(5)
    local real, model = operators[name](k, wait)
    p = real(p)
    items, err = model(items, err)
    if #items > 2000 then
      p = p:take(100)
      items, err = first(items, 100), false
    end
    push(text, name .. "(" .. k .. ")")
  end
  return table.concat(text, " | "), p, seen, items, err
end

-- Ways to consume: each returns the items it got and the error.
local ways = {
  collect = function(p)
    local got = {}
    local ok, err = pcall(function() p:each(function(x) push(got, x) end) end)
    return got, not ok and err
  end,
  loop = function(p)
    local got = {}
    local ok, err = pcall(function() for x in p do push(got, x) end end)
    return got, not ok and err
  end,
  iter = function(p)
    local got = {}
    local ok, err = pcall(function() for x in p:iter() do push(got, x) end end)
    return got, not ok and err
  end,
  next = function(p)
    local got, g = {}, p:open()
    local ok, err = pcall(function()
      for x in g.next, g do push(got, x) end
    end)
    assert(g:next() == nil and g:status() == "ended")
    return got, not ok and err
  end,
  peek = function(p)
    local got, g = {}, p:open()
    local ok, err = pcall(function()
      while g:peek() ~= nil do push(got, (g:next())) end
    end)
    g:close()
    return got, not ok and err
  end,
}

local function check(text, way, seen, items, failed, got, err)
  assert.same(items, got, text .. " by " .. way)
  assert.equal(failed, err and true or false, text .. " by " .. way .. ": " .. tostring(err))
  if err then assert.equal("multiple of 7", helper.cause(err), text) end
  assert.equal(seen.opens, seen.closes, text .. " by " .. way)
end

local CHAINS <const> = helper.scaled(400)

describe("random chains", function()
  local function no_wait() end

  for way, consume in pairs(ways) do
    it("give what the model says by " .. way, function()
      for seed = 1, CHAINS do
        local text, p, seen, items, failed = chain(seed, 1 + seed % 7, no_wait)
        local got, err = consume(p)
        check(text, way, seen, items, failed, got, err)
      end
    end)
  end

  it("give what the model says when left early, and close", function()
    for seed = 1, CHAINS do
      local text, p, seen, items = chain(seed, 1 + seed % 7, no_wait)
      local wanted = seed % 5 + 1
      if #items >= wanted then
        assert.same(first(items, wanted), p:take(wanted):collect(), text)
        assert.equal(seen.opens, seen.closes, text)
        local got = {}
        for x in p:iter() do
          push(got, x)
          if #got == wanted then break end
        end
        assert.same(first(items, wanted), got, text)
        assert.equal(seen.opens, seen.closes, text)
        local g = p:open()
        for i = 1, wanted do assert.equal(items[i], (g:next()), text) end
        g:close()
        assert.equal(seen.opens, seen.closes, text)
      end
    end
  end)

  it("give what the model says when every callback yields to a scheduler", function()
    for seed = 1, CHAINS do
      local tasks = {}
      for _, way in ipairs { "collect", "loop", "iter", "next" } do
        tasks[#tasks + 1] = function()
          local text, p, seen, items, failed = chain(seed, 1 + seed % 7, coroutine.yield)
          local got, err = ways[way](p)
          check(text, way, seen, items, failed, got, err)
        end
      end
      helper.schedule(table.unpack(tasks))
    end
  end)

  it("are closed when they are dropped half-way", function()
    for seed = 1, CHAINS, 40 do
      local all = {}
      for i = seed, seed + 39 do
        local _, p, seen, items = chain(i, 1 + i % 7, no_wait)
        if #items > 0 then
          p:open():next()
          push(all, seen)
        end
      end
      collectgarbage()
      collectgarbage()
      for _, seen in ipairs(all) do assert.equal(seen.opens, seen.closes) end
    end
  end)

  it("skip failing items and no others", function()
    for seed = 1, CHAINS do
      local text, p, seen, items, failed = chain(seed, 1 + seed % 4, no_wait)
      if not failed then
        local good = each(items, function(out, x) if x % 7 ~= 0 then push(out, x) end end)
        assert.same(good, operators.skip(1, no_wait)(p):collect(), text)
        assert.equal(seen.opens, seen.closes, text)
      end
    end
  end)
end)
