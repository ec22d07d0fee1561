-- SPDX-License-Identifier: MIT
-- Nothing recurses: long chains, deep delegation and deep nesting use the heap, not the C stack.
local leat = require "leat"
local helper = require "spec.support.helper"
local generator, yield, yield_from = leat.generator, leat.yield, leat.yield_from
local scaled = helper.scaled

after_each(helper.nothing_left_open)

local DEEP <const> = scaled(100000)

local function inc(x) return x + 1 end

describe("a chain of 100,000 stages", function()
  it("of drop, take and tap runs", function()
    local p = leat.range(3)
    local calls = 0
    for i = 1, DEEP do
      local k = i % 4
      if k == 0 then p = p:take(5)
      elseif k == 1 then p = p:drop(0)
      elseif k == 2 then p = p:take_while(function() return true end)
      else p = p:tap(function() calls = calls + 1 end) end
    end
    assert.equal(6, p:sum())
    assert.is_true(calls >= 3 * (DEEP // 4))
  end)

  it("of map with a callback runs in a terminal, a loop and a generator", function()
    local p = leat.range(2)
    for _ = 1, DEEP do p = p:map(inc) end
    assert.equal(3 + 2 * DEEP, p:sum())
    local n = 0
    for x in p do n = n + x end
    assert.equal(3 + 2 * DEEP, n)
    local g = p:open()
    assert.equal(1 + DEEP, g:next())
    g:close()
  end)

  it("of filter drops at the far end", function()
    local p = leat.range(2)
    for _ = 1, DEEP do p = p:filter(function(x) return x == 2 end) end
    assert.yields({ 2 }, p)
  end)

  it("of batched(1) or enumerate runs", function()
    local p, q = leat.range(2), leat.range(2)
    for _ = 1, 1000 do p = p:batched(1) end
    assert.equal(2, p:count())
    for _ = 1, 100 do q = q:enumerate() end
    assert.equal(101, select("#", q:first()))
  end)

  it("of chains runs, each part once", function()
    local p = leat.empty()
    for i = 1, DEEP do p = p:chain { i } end
    assert.equal(DEEP * (DEEP + 1) // 2, p:sum())
    assert.equal(1, p:first())
  end)

  it("of chains in front runs", function()
    local p = leat.empty()
    for i = 1, scaled(20000) do p = leat.chain({ i }, p) end
    assert.equal(scaled(20000), p:count())
  end)

  it("with an error at the source closes it and names the stage", function()
    local source, seen = helper.failing(1, "deep failure")
    local p = source
    for _ = 1, DEEP do p = p:drop(0) end
    assert.raises("deep failure", function() p:drain() end)
    assert.equal(1, seen.closes)
  end)

  it("can be shown, explained and collected", function()
    local p = leat.range(2)
    for _ = 1, DEEP do p = p:drop(0) end
    assert.is_string(tostring(p))
    assert.is_string(p:explain())
    p = nil -- luacheck: ignore
    collectgarbage()
  end)
end)

describe("100,000 nested yield_from", function()
  local nest
  nest = generator(function(n)
    if n == 0 then
      yield "deep"
      yield "deeper"
      return "result"
    end
    return yield_from(nest(n - 1))
  end)

  it("pass items, the end and the result through", function()
    local g = nest(DEEP):open()
    assert.equal("deep", g:next())
    assert.equal("deeper", g:next())
    assert.same({ nil, "result" }, { g:next() })
  end)

  it("close from the inside out", function()
    local order, closed = {}, 0
    local closing
    closing = generator(function(n)
      local _ <close> = setmetatable({}, { __close = function()
        closed = closed + 1
        if n % (DEEP // 5) == 0 then order[#order + 1] = n end
      end })
      if n == 0 then yield(0) else yield_from(closing(n - 1)) end
    end)
    local g = closing(DEEP):open()
    assert.equal(0, g:next())
    g:close()
    assert.equal(DEEP + 1, closed)
    local sorted = table.move(order, 1, #order, 1, {})
    table.sort(sorted)
    assert.same(sorted, order)
  end)

  it("pass an error to the consumer, with its cause", function()
    local object = {}
    local failing
    failing = generator(function(n)
      if n == 0 then yield(0) error(object) end
      yield_from(failing(n - 1))
    end)
    local g = failing(DEEP):open()
    g:next()
    assert.equal(object, helper.cause(helper.failure(g.next, g)))
    assert.equal("ended", g:status())
  end)

  it("take send and throw at the innermost", function()
    local echo
    echo = generator(function(n)
      if n > 0 then return yield_from(echo(n - 1)) end
      local x = select(2, pcall(yield, "ready"))
      while true do x = select(2, pcall(yield, x)) end
    end)
    local g = echo(DEEP):open()
    g:next()
    assert.equal("hello", g:send "hello")
    assert.equal("ouch", g:throw "ouch")
    g:close()
  end)

  it("may be dropped and collected", function()
    local g = nest(DEEP):open()
    g:next()
    g = nil -- luacheck: ignore
    collectgarbage()
    collectgarbage()
  end)

  it("cost the same per item at any depth", function()
    local many
    many = generator(function(n, items)
      if n > 0 then return yield_from(many(n - 1, items)) end
      for i = 1, items do yield(i) end
    end)
    local items = scaled(200000)
    local function seconds(depth)
      local g = many(depth, items):open()
      g:next()
      local start = os.clock()
      local n = 1
      while g:next() do n = n + 1 end
      assert.equal(items, n)
      return os.clock() - start
    end
    assert.is_true(seconds(scaled(1000)) < 20 * seconds(1) + 0.1)
  end)
end)

describe("a recursive generator", function()
  it("flattens a tree 10,000 levels deep", function()
    local tree, depth = { 0 }, scaled(10000)
    for i = 1, depth do tree = { i, tree, -i } end
    local walk
    walk = generator(function(node)
      for _, x in ipairs(node) do
        if type(x) == "table" then yield_from(walk(x)) else yield(x) end
      end
    end)
    assert.equal(2 * depth + 1, walk(tree):count())
    assert.equal(0, walk(tree):sum())
  end)

  it("that loops and yields by hand works 40 deep", function()
    local deep
    deep = generator(function(n)
      yield(n)
      if n > 0 then for x in deep(n - 1) do yield(x) end end
    end)
    assert.equal(41, deep(40):count())
  end)

  it("that loops and yields by hand works far deeper or names yield_from", function()
    local deep
    deep = generator(function(n)
      yield(n)
      if n > 0 then for x in deep(n - 1) do yield(x) end end
    end)
    local ok, err = pcall(function() assert(deep(scaled(5000)):count() == scaled(5000) + 1) end)
    if not ok then assert.matches("yield_from", tostring(err)) end
  end)

  it("of callbacks that run terminals works 40 deep and fails cleanly at 5,000", function()
    local function nest(n)
      if n == 0 then return 1 end
      return leat.once(n - 1):map(nest):sum()
    end
    assert.equal(1, nest(40))
    local ok, err = pcall(nest, 5000)
    if not ok then assert.matches("overflow", tostring(err)) end
  end)
end)

describe("nested pipelines", function()
  it("by flat_map 10,000 deep run", function()
    local depth = scaled(10000)
    local function down(n)
      if n == 0 then return { "bottom" } end
      return leat.once(n - 1):flat_map(down)
    end
    assert.yields({ "bottom" }, down(depth))
  end)

  it("by flat_map 10,000 deep close when cut short, and report an error", function()
    local depth = scaled(10000)
    local p, seen = helper.counting(3)
    local function down(n)
      if n == 0 then return p end
      return leat.once(n - 1):flat_map(down)
    end
    assert.equal(1, down(depth):first())
    assert.equal(1, seen.closes)
    local function fail(n)
      if n == 0 then error("at the bottom", 0) end
      return leat.once(n - 1):flat_map(fail)
    end
    assert.raises("at the bottom", function() fail(depth):drain() end)
  end)

  it("by zip 10,000 deep run", function()
    local p = leat.range(2)
    for _ = 1, scaled(10000) do p = leat.zip(p):map(function(x) return x end) end
    assert.yields({ 1, 2 }, p)
  end)

  it("that are empty are passed over by the million in a row", function()
    local n = helper.slow and 10000000 or scaled(1000000)
    assert.equal(0, leat.range(n):flat_map(function() return leat.empty() end):count())
    assert.equal(0, leat.range(scaled(300000)):flat_map(function() return {} end):count())
    assert.equal(1, leat.range(scaled(300000)):flat_map(function() end):chain({ 1 }):count())
  end)

  it("that share one empty recipe use no more memory for more of them", function()
    local nothing = leat.empty()
    local function peak(n)
      collectgarbage()
      leat.range(n):flat_map(function() return nothing end):drain()
      local used = collectgarbage "count"
      collectgarbage()
      return used
    end
    local few = peak(scaled(50000))
    assert.is_true(peak(scaled(500000)) < 4 * few + 4000)
  end)
end)

describe("nested closing", function()
  it("of 20,000 generators, each held by the next one's variable, closes each once", function()
    local count, closed = scaled(20000), 0
    local holder = generator(function(previous)
      local _ <close> = setmetatable({}, { __close = function()
        closed = closed + 1
        if previous then previous:close() end
      end })
      yield(1)
    end)
    local g
    for _ = 1, count do
      g = holder(g):open()
      g:next()
    end
    g:close()
    assert.equal(count, closed)
  end)

  it("of 20,000 generators, each held by the next one's body, works when collected", function()
    local count, closed = scaled(20000), 0
    do
      local holder = generator(function(previous)
        local _ <close> = setmetatable({}, { __close = function() closed = closed + 1 end })
        local _ <close> = previous
        yield(1)
      end)
      local g
      for _ = 1, count do
        g = holder(g):open()
        g:next()
      end
      g = nil -- luacheck: ignore
    end
    collectgarbage()
    collectgarbage()
    assert.equal(count, closed)
  end)
end)

describe("memory", function()
  it("does not grow with the number of items in stages that hold one", function()
    local function used_after(n)
      leat.range(n):map(inc):filter(function(x)
        return x % 2 == 0
      end):enumerate():zip(leat.count_from())
        :take_while(function() return true end):drain()
      collectgarbage()
      return collectgarbage "count"
    end
    local few = used_after(1000)
    assert.is_true(used_after(scaled(300000)) < few + 200)
  end)

  it("of many small runs is given back", function()
    local function run(n)
      for i = 1, n do leat.range(3):map(inc):filter(function(x) return x > i % 3 end):sum() end
      collectgarbage()
      collectgarbage() -- what the first one finalised
      return collectgarbage "count"
    end
    local few = run(1000)
    assert.is_true(run(scaled(50000)) < few + 200)
  end)
end)
