-- SPDX-License-Identifier: MIT
-- The stages behind a generator may run inside its yield, on the body's own thread. Nothing of
-- that may be seen: not by the body, not by the callbacks, not by the consumer.
local leat = require "leat"
local helper = require "spec.support.helper"
local generator, yield = leat.generator, leat.yield

after_each(helper.nothing_left_open)

local numbers = generator(function(n) for i = 1, n do yield(i) end return "end" end)

-- Each way to put a callback behind a generator.
local stages = {
  map = function(p, f) return p:map(f) end,
  filter = function(p, f) return p:filter(f) end,
  reject = function(p, f) return p:reject(f) end,
  filter_map = function(p, f) return p:filter_map(f) end,
  flat_map = function(p, f) return p:flat_map(function(x) return { f(x) } end) end,
  tap = function(p, f) return p:tap(f) end,
  take_while = function(p, f) return p:take_while(f) end,
  each = function(p, f) return p:each(f) end,
  fold = function(p, f) return p:fold(0, function(_, x) return f(x) end) end,
  any = function(p, f) return p:any(f) end,
}

local function drain(p)
  if type(p) == "userdata" then p:drain() end
end

for name, build in pairs(stages) do
  describe("the function of " .. name .. " behind a generator", function()
    it("fails past the body: its pcall around yield does not catch that", function()
      local object, caught, closed = {}, false, 0
      local p = generator(function()
        local _ <close> = setmetatable({}, { __close = function() closed = closed + 1 end })
        for i = 1, 3 do if not pcall(yield, i) then caught = true end end
      end)()
      local err = helper.failure(function()
        drain(build(p, function(x) if x == 2 then error(object) end return name ~= "any" end))
      end)
      assert.is_true(rawequal(object, err.cause))
      assert.equal(name, err.stage)
      assert.equal(2, err.item)
      assert.is_false(caught)
      assert.equal(1, closed)
    end)

    it("cannot yield items when no body is around the consumer", function()
      local messages = {}
      local seen = 0
      local ok = pcall(function()
        drain(build(numbers(3), function()
          seen = seen + 1
          local done, err = pcall(yield, "smuggled")
          messages[#messages + 1] = done and "smuggled" or tostring(err)
          return name ~= "any"
        end))
      end)
      assert.is_true(ok)
      assert.equal(3, seen)
      for _, message in ipairs(messages) do assert.matches("yield", message) end
    end)

    it("yields items of the body that consumes", function()
      local outer = generator(function()
        drain(build(numbers(3), function(x)
          yield(x * 10)
          return name ~= "any"
        end))
      end)
      assert.yields({ 10, 20, 30 }, outer())
    end)

    it("gets what is sent to the body that consumes", function()
      local got = {}
      local g = generator(function()
        drain(build(numbers(3), function(x)
          got[#got + 1] = yield(x)
          return name ~= "any"
        end))
      end)():open()
      g:next()
      g:send "a"
      g:send "b"
      g:send "c"
      assert.same({ "a", "b", "c" }, got)
      g:close()
    end)

    it("may yield to the host, with the values and the answer", function()
      local co = coroutine.wrap(function()
        local answers = {}
        drain(build(numbers(2), function(x)
          answers[#answers + 1] = coroutine.yield("host", x)
          return name ~= "any"
        end))
        return "done", table.unpack(answers)
      end)
      assert.same({ "host", 1 }, { co() })
      assert.same({ "host", 2 }, { co "first" })
      assert.same({ "done", "first", "second" }, { co "second" })
    end)

    it("is told in the main program that it cannot yield to a host", function()
      if coroutine.isyieldable() then return pending "the specs run in a coroutine" end
      local ok, err = pcall(function()
        drain(build(numbers(2), function() coroutine.yield(1) return true end))
      end)
      assert.is_false(ok)
      assert.matches("attempt to yield", tostring(err))
    end)

    it("may run pipelines and generators of its own", function()
      local sums = {}
      drain(build(numbers(3), function(x)
        local total = 0
        for y in numbers(x) do total = total + y end
        sums[#sums + 1] = total + numbers(x):map(function(y) return y end):sum()
        return name ~= "any"
      end))
      assert.same({ 2, 6, 12 }, sums)
    end)

    it("may collect garbage and sort", function()
      local n = 0
      drain(build(numbers(3), function()
        collectgarbage()
        table.sort({ 3, 2, 1 }, function(a, b) n = n + 1 return a < b end)
        return name ~= "any"
      end))
      assert.is_true(n > 0)
    end)
  end)
end

describe("a body whose consumers run inside its yield", function()
  it("does not run on before the consumer asks for the next item", function()
    local log = {}
    local p = generator(function()
      for i = 1, 2 do
        log[#log + 1] = "before " .. i
        yield(i)
        log[#log + 1] = "after " .. i
      end
    end)():filter(function(x) log[#log + 1] = "filter " .. x return true end)
    for x in p do log[#log + 1] = "loop " .. x end
    assert.same({ "before 1", "filter 1", "loop 1", "after 1", "before 2", "filter 2", "loop 2",
      "after 2" }, log)
  end)

  it("is closed by take without running on, and its return values are lost, not given", function()
    local after = false
    local p = generator(function() yield(1) after = true return "r" end)():map(tostring):take(1)
    local g = p:open()
    assert.equal("1", g:next())
    assert.equal(1, select("#", g:next()))
    assert.is_false(after)
  end)

  it("may be pulled by the callback behind it when it is a live generator", function()
    local live = numbers(4):open()
    assert.yields({ 3, 7 }, leat.from(live):map(function(x) return x + live:next() end))
  end)

  it("cannot be pulled or closed by the callback that is part of the same run", function()
    for _, method in ipairs { "next", "close", "peek" } do
      local g
      g = numbers(3):map(function(x)
        local ok, err = pcall(g[method], g)
        assert(not ok and tostring(err):find "already executing", tostring(err))
        return x
      end):open()
      assert.same({ 1, 2, 3 }, { (g:next()), (g:next()), (g:next()) })
      assert.is_nil((g:next()))
    end
  end)

  it("keeps its debug name and its traceback in its own errors", function()
    local function culprit() error "own" end
    local p = generator(function() yield(1) culprit() end)():map(function(x) return x end)
    local err = helper.failure(function() p:drain() end)
    assert.matches("culprit", err.traceback, 1, true)
    assert.equal("generator", err.stage)
  end)

  it("shows a callback's traceback with the callback in it", function()
    local function culprit() error "mine" end
    local err = helper.failure(function() numbers(3):map(function() culprit() end):drain() end)
    assert.matches("culprit", err.traceback, 1, true)
    assert.equal("map", err.stage)
  end)

  it("passes items that on_error left out, replaced and caught", function()
    local function odd(x) if x % 2 == 0 then error("even", 0) end return x end
    assert.yields({ 1, 3, 5 }, numbers(5):map(odd):on_error "skip")
    assert.yields({ 1, -1, 3 }, numbers(3):map(odd):on_error(function() return -1 end))
    assert.yields({ 1, 8 }, numbers(5):map(odd):catch(function() return { 8 } end))
  end)

  it("leaves the thread of the callbacks alone when it ends by an error", function()
    local object = {}
    local threads = {}
    pcall(function()
      numbers(2):map(function(x)
        threads[#threads + 1] = coroutine.running()
        if x == 2 then error(object) end
        return x
      end):drain()
    end)
    assert.equal(3, numbers(2):sum())
  end)

  it("works 10,000 times over without growing", function()
    local function used()
      collectgarbage()
      collectgarbage()
      return collectgarbage "count"
    end
    local function run(n)
      for _ = 1, n do
        numbers(3):map(function(x) return x end):sum()
        pcall(function() numbers(3):map(error):drain() end)
        numbers(3):filter(function() return true end):first()
      end
      return used()
    end
    local few = run(200)
    assert.is_true(run(helper.scaled(10000)) < few + 200)
  end)

  it("may be nested: a generator whose source is a stage behind a generator, 50 deep", function()
    local p = numbers(4)
    for _ = 1, 50 do
      local above = p:map(function(x) return x + 1 end)
      p = generator(function() for x in above do yield(x) end end)()
    end
    assert.yields({ 51, 52, 53, 54 }, p)
    p = numbers(4)
    for _ = 1, helper.scaled(2000) do
      local above = p:map(function(x) return x + 1 end)
      p = generator(function() leat.yield_from(above) end)()
    end
    local ok, items = pcall(p.collect, p)
    if ok then
      assert.equal(4, #items)
    else
      assert.matches("overflow", tostring(items))
    end
  end)
end)
