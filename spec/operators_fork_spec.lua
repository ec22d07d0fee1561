-- SPDX-License-Identifier: MIT
-- tee, partition, branch: several readers over one run.
-- luacheck: ignore 512 (loops that break are what is tested)
local leat = require "leat"
local helper = require "spec.support.helper"
local counting, failing, here = helper.counting, helper.failing, helper.here

after_each(helper.nothing_left_open)

local function even(n) return n % 2 == 0 end

describe("tee", function()
  it("gives all items to each pipeline, in step or one after the other", function()
    local p, seen = counting(4)
    local a, b, c = p:tee(3)
    assert.equal(0, seen.opens)
    assert.yields({ 1, 2, 3, 4 }, a)
    assert.yields({ 1, 2, 3, 4 }, b)
    assert.equal(1, seen.closes) -- at its end
    assert.yields({ 1, 2, 3, 4 }, c)
    assert.equal(1, seen.opens)
    assert.equal(5, seen.pulls)
    local x, y = leat.range(5):tee(2)
    assert.yields({ { 1, 1 }, { 2, 2 }, { 3, 3 }, { 4, 4 }, { 5, 5 } }, x:zip(y))
  end)

  it("pulls an item when the first reader needs it, and once", function()
    local p, seen = counting()
    local a, b = p:tee(2)
    local g <close> = a:open()
    local h <close> = b:open()
    assert.equal(1, g:next())
    assert.equal(2, g:next())
    assert.equal(1, h:next())
    assert.equal(2, seen.pulls)
    assert.equal(2, h:next())
    assert.equal(3, h:next())
    assert.equal(3, seen.pulls)
    assert.equal(3, g:next())
    assert.equal(3, seen.pulls)
  end)

  it("keeps tuples, false and null as they are", function()
    local a, b = leat.from { false, leat.null, { 1, 2 } }:enumerate():tee(2)
    assert.yields({ { 1, false }, { 2, leat.null }, { 3, { 1, 2 } } }, a)
    assert.equal(3, b:map(function(i, ...)
      assert(select("#", ...) == 1)
      return i
    end):count())
  end)

  it("closes the shared run when the last reader is closed", function()
    local p, seen = counting(9)
    local a, b = p:tee(2)
    local g, h = a:open(), b:open()
    g:next()
    h:next()
    g:close()
    assert.equal(0, seen.closes)
    assert.equal(2, h:next())
    h:close()
    assert.equal(1, seen.closes)
  end)

  it("holds nothing for a reader that is closed", function()
    local p = leat.range(helper.scaled(1000)):map(function(n) return { n } end)
    local a, b = p:tee(2)
    assert.equal(1, b:first()[1])
    local seen = setmetatable({}, { __mode = "k" })
    a:each(function(t) seen[t] = true end)
    collectgarbage()
    assert.is_nil(next(seen))
  end)

  it("lets go of what all have read", function()
    local seen = setmetatable({}, { __mode = "k" })
    local a, b = leat.range(1000):map(function(n)
      local t = { n }
      seen[t] = true
      return t
    end):tee(2)
    a:zip(b):enumerate():each(function(i)
      if i % 100 == 0 then
        collectgarbage()
        local n = 0
        for _ in pairs(seen) do n = n + 1 end
        assert(n <= 3, n)
      end
    end)
  end)

  it("refuses more lag than max_lag, naming who is behind", function()
    local a, b = leat.count_from():tee(2, { max_lag = 10 })
    local g <close> = a:open()
    for i = 1, 10 do assert.equal(i, g:next()) end
    assert.raises("pipeline 2 of this tee is 10 items behind, which is its max_lag",
      function() g:next() end)
    assert.equal(1, b:first())
  end)

  it("gives pipelines that are read once, and say so", function()
    local a = leat.range(3):tee(1)
    assert.equal(6, a:sum())
    assert.raises("this source can be read only once; first read by sum", function() a:sum() end)
  end)

  it("fails for each reader when the shared run fails", function()
    local p, seen = failing(2, "broken")
    local a, b = p:tee(2)
    assert.raises("broken", function() a:drain() end)
    local items = {}
    assert.raises("the run that these pipelines share has failed in another one of them",
      function() b:each(function(x) items[#items + 1] = x end) end)
    assert.same({ 1, 2 }, items)
    assert.equal(1, seen.closes)
  end)

  it("stays in step: what fails above it is for an on_error above it", function()
    local function bad(n) if n == 2 then error "bad" end return n end
    local a, b = leat.range(4):map(bad):on_error("skip"):tee(2)
    assert.yields({ { 1, 1 }, { 3, 3 }, { 4, 4 } }, a:zip(b))
    a, b = leat.range(4):map(bad):tee(2)
    assert.raises("bad", function() a:zip(b):on_error("skip"):collect() end)
    a = leat.range(4):map(bad):tee(2)
    assert.yields({ 1, "gone" }, a:catch(function() return { "gone" } end))
  end)

  it("is closed when all of it is dropped half-way", function()
    local p, seen = counting()
    do
      local a = p:tee(2)
      a:open():next()
    end
    collectgarbage()
    collectgarbage()
    assert.equal(1, seen.closes)
  end)

  it("lets callbacks above and below it yield", function()
    local got = {}
    helper.schedule(function()
      local a, b = leat.range(3):map(function(n) coroutine.yield() return n end):tee(2)
      for x, y in a:zip(b):map(function(x, y) coroutine.yield() return { x, y } end) do
        got[#got + 1] = x[1] + x[2] + (y or 0)
      end
    end)
    assert.same({ 2, 4, 6 }, got)
  end)

  it("tells a second coroutine that pulls while the first waits", function()
    local a, b = leat.range(3):map(function(n) coroutine.yield "host" return n end):tee(2)
    local first = coroutine.create(function() return a:sum() end)
    assert.equal("host", select(2, coroutine.resume(first)))
    assert.raises("already executing", function() b:sum() end)
    coroutine.close(first)
  end)

  it("shows what is above it", function()
    local a, b = leat.range(3):enumerate():tee(2)
    assert.equal("range(3) | enumerate | tee", tostring(a))
    assert.equal("range(3) | enumerate | tee | take(1)", tostring(b:take(1)))
  end)

  it("holds nothing for a pipeline that nobody has any more", function()
    local forks = {
      [200000] = function(p) return p:tee(2) end,
      [100000] = function(p) return p:partition(function(x) return x % 2 == 0 end) end,
    }
    for count, fork in pairs(forks) do
      local mine = select(2, fork(leat.range(200000)))
      collectgarbage()
      local before, most, n = collectgarbage "count", 0, 0
      for _ in mine do
        n = n + 1
        if n % 10000 == 0 then
          collectgarbage()
          most = math.max(most, collectgarbage "count" - before)
        end
      end
      assert.equal(count, n)
      assert.is_true(most < 200, most) -- KB; a queue of all takes thousands
    end
    local a, b = leat.range(10000):tee(2)
    local c = b:map(function(x) return x end)
    b = nil -- luacheck: ignore 311
    collectgarbage()
    assert.equal(10000, a:count())
    assert.equal(10000, c:count())
    local live <close>, d = (function()
      local e, g = leat.range(20000):tee(2)
      return e:open(), g
    end)()
    assert.equal(1, live:next())
    collectgarbage()
    assert.equal(20000, d:count())
    assert.equal(19999, live:count())
  end)

  it("refuses wrong use on the caller's line", function()
    local p = leat.range(3)
    assert.raises_at(here(), "tee: n must be a whole number, got nothing", function() p:tee() end)
    assert.raises_at(here(), "tee: n must be 1 or more, got 0", function() p:tee(0) end)
    assert.raises_at(here() + 1, "tee: no option 'max_lab'; did you mean 'max_lag'?",
      function() p:tee(2, { max_lab = 1 }) end)
    assert.raises_at(here() + 1, "tee: option max_lag must be a whole number of 1 or more, got -1",
      function() p:tee(2, { max_lag = -1 }) end)
  end)
end)

describe("partition", function()
  it("gives two pipelines: what passes and what does not", function()
    local p, seen = counting(6)
    local yes, no = p:partition(even)
    assert.yields({ 1, 3, 5 }, no)
    assert.yields({ 2, 4, 6 }, yes)
    assert.equal(1, seen.opens)
    assert.equal(7, seen.pulls)
    assert.equal(1, seen.closes)
  end)

  it("calls pred once for each item", function()
    local calls = 0
    local yes, no = leat.range(10):partition(function(n) calls = calls + 1 return even(n) end)
    assert.equal(30, yes:sum())
    assert.equal(25, no:sum())
    assert.equal(10, calls)
  end)

  it("keeps tuples, and takes a path", function()
    local yes, no = leat.from { { ok = true }, { ok = false } }:enumerate():partition "ok"
    assert.yields({ { 1, { ok = true } } }, yes)
    assert.yields({ { 2, { ok = false } } }, no)
  end)

  it("pulls no more than is needed, also from an endless source", function()
    local p, seen = counting()
    local yes, no = p:partition(even)
    assert.equal(2, yes:first())
    assert.equal(2, seen.pulls)
    assert.equal(0, seen.closes)
    assert.yields({ 1, 3 }, no:take(2))
    assert.equal(3, seen.pulls)
    assert.equal(1, seen.closes)
  end)

  it("names itself when pred fails", function()
    local yes = leat.range(3):partition(function() error "oops" end)
    local err = helper.failure(yes.drain, yes)
    assert.equal("partition", err.stage)
    assert.equal(1, err.item)
  end)

  it("refuses wrong use on the caller's line", function()
    local p = leat.range(3)
    assert.raises_at(here() + 1, "partition: pred must be a function or a path, got nothing",
      function() p:partition() end)
    assert.raises_at(here() + 1, "partition: at most 1 argument expected, got 2",
      function() p:partition(even, 2) end)
  end)
end)

describe("branch", function()
  it("returns what each function returns, over one run", function()
    local p, seen = counting(10)
    local sum, evens, first, all = p:branch(
      function(q) return q:sum() end,
      function(q) return q:filter(even):collect() end,
      function(q) return q:first() end,
      function(q) return q:collect() end)
    assert.equal(55, sum)
    assert.same({ 2, 4, 6, 8, 10 }, evens)
    assert.equal(1, first)
    assert.equal(10, #all)
    assert.equal(1, seen.opens)
    assert.equal(11, seen.pulls)
    assert.equal(1, seen.closes)
  end)

  it("advances all in step, holding nothing", function()
    local order = {}
    leat.range(2):branch(
      function(q) q:each(function(n) order[#order + 1] = "a" .. n end) end,
      function(q) q:each(function(n) order[#order + 1] = "b" .. n end) end)
    assert.same({ "a1", "b1", "a2", "b2" }, order)
  end)

  it("stops when all have enough", function()
    local p, seen = counting()
    local a, b = p:branch(function(q) return q:take(2):sum() end,
      function(q) return q:take(3):sum() end)
    assert.equal(3, a)
    assert.equal(6, b)
    assert.equal(3, seen.pulls)
    assert.equal(1, seen.closes)
  end)

  it("works on nothing, with functions that read nothing, and nil results", function()
    assert.equal(0, leat.empty():branch(function(q) return q:count() end))
    local p, seen = counting(3)
    local results = table.pack(p:branch(function() end, function() return 7, 8 end))
    assert.same({ n = 2, nil, 7 }, results)
    assert.equal(1, seen.closes)
  end)

  it("gives tuples as tuples", function()
    assert.same({ "1a", "2b" }, (leat.from { "a", "b" }:enumerate():branch(function(q)
      return q:map(function(i, s) return i .. s end):collect()
    end)))
  end)

  it("raises the source's error in each function, and closes what they have open", function()
    local p, seen = failing(2, "broken")
    local inner, inner_seen = counting()
    local caught
    local err = helper.failure(p.branch, p,
      function(q)
        local ok, e = pcall(q.collect, q)
        caught = not ok and helper.cause(e)
      end,
      function(q) return q:zip(inner):collect() end)
    assert.equal("broken", helper.cause(err))
    assert.equal("broken", caught)
    assert.equal(1, seen.closes)
    assert.equal(1, inner_seen.closes)
  end)

  it("closes the others when one function fails", function()
    local p, seen = counting()
    local inner, inner_seen = counting()
    local err = helper.failure(p.branch, p,
      function(q) return q:zip(inner):collect() end,
      function(q) return q:map(function(n) if n == 3 then error "oops" end return n end):sum() end)
    assert.matches("oops", tostring(err))
    assert.equal("map", err.stage)
    assert.equal(1, seen.closes)
    assert.equal(1, inner_seen.closes)
  end)

  it("lets every callback wait for its host", function()
    local a, b
    local turns = helper.schedule(function()
      a, b = leat.range(3):map(function(n) coroutine.yield() return n end):branch(
        function(q) return q:map(function(n) coroutine.yield() return n * 2 end):sum() end,
        function(q)
          coroutine.yield()
          local n = q:count()
          coroutine.yield()
          return n
        end)
    end)
    assert.equal(12, a)
    assert.equal(3, b)
    assert.is_true(turns >= 8)
  end)

  it("closes its lanes when the coroutine that waits is closed", function()
    local p, seen = counting()
    local co = coroutine.create(function()
      p:branch(function(q) q:each(function() coroutine.yield "host" end) end,
        function(q) return q:sum() end)
    end)
    assert.equal("host", select(2, coroutine.resume(co)))
    assert.is_true(coroutine.close(co))
    co = nil -- luacheck: ignore
    collectgarbage()
    collectgarbage()
    assert.equal(1, seen.closes)
  end)

  it("may be nested", function()
    local a, b = leat.range(4):branch(
      function(q)
        return (select(2, q:branch(function(r) return r:sum() end,
          function(r) return r:count() end)))
      end,
      function(q) return q:max() end)
    assert.equal(4, a)
    assert.equal(4, b)
  end)

  it("says that the main program cannot wait", function()
    assert.raises("attempt to yield from outside a coroutine", function()
      leat.range(3):branch(function(q) coroutine.yield() return q:sum() end)
    end)
  end)

  it("gives a pipeline that is read once", function()
    assert.raises("this source can be read only once", function()
      leat.range(3):branch(function(q) return q:first(), q:first() end)
    end)
  end)

  it("refuses wrong use on the caller's line", function()
    local p = leat.range(3)
    assert.raises_at(here(), "branch: at least one function expected", function() p:branch() end)
    assert.raises_at(here() + 1, "branch: argument 2 must be a function of a pipeline, got string",
      function() p:branch(even, "sum") end)
  end)
end)
