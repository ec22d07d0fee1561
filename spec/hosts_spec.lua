-- SPDX-License-Identifier: MIT
-- Waiting under real event loops: cqueues, which yields to its controller, and luv, whose users
-- resume the waiting coroutine themselves. Overlap is asserted by the order of events.
-- luacheck: ignore 512 (loops that break are what is tested)
local leat = require "leat"
local helper = require "spec.support.helper"
local generator, yield = leat.generator, leat.yield

after_each(helper.nothing_left_open)

local has_cqueues, cqueues = pcall(require, "cqueues")
local has_luv, uv = pcall(require, "luv")

describe("under cqueues", function()
  if not has_cqueues then
    it("pipelines overlap", function() pending "lua-cqueues is not installed" end)
    return
  end

  -- Runs the functions as tasks; raises what one of them raised.
  local function loop(...)
    local cq = cqueues.new()
    for _, task in ipairs { ... } do cq:wrap(task) end
    local ok, err = cq:loop(20)
    if not ok then error(err, 0) end
    assert.equal(0, cq:count())
  end

  local function sleeping(log, name, seconds)
    return function(x)
      log[#log + 1] = name .. x .. " in"
      cqueues.sleep(seconds)
      log[#log + 1] = name .. x .. " out"
      return x
    end
  end

  local function position(log, event)
    for i, e in ipairs(log) do if e == event then return i end end
    error("no event " .. event)
  end

  it("two pipelines with sleeps in callbacks overlap", function()
    local log, results = {}, {}
    loop(function() results[1] = leat.range(3):map(sleeping(log, "a", 0.02)):collect() end,
      function() results[2] = leat.range(3):filter(sleeping(log, "b", 0.02)):collect() end)
    assert.same({ { 1, 2, 3 }, { 1, 2, 3 } }, results)
    assert.is_true(position(log, "b1 in") < position(log, "a1 out"))
    assert.is_true(position(log, "a1 in") < position(log, "b1 out"))
    assert.is_true(position(log, "b1 in") < position(log, "a3 out"))
  end)

  it("two generators with sleeps in their bodies overlap", function()
    local log, results = {}, {}
    local function task(i, name)
      local nap = sleeping(log, name, 0.02)
      return function()
        local list = {}
        for x in generator(function()
          for x = 1, 3 do yield(nap(x)) end
        end)() do list[#list + 1] = x end
        results[i] = list
      end
    end
    loop(task(1, "a"), task(2, "b"))
    assert.same({ { 1, 2, 3 }, { 1, 2, 3 } }, results)
    assert.is_true(position(log, "b1 in") < position(log, "a1 out"))
    assert.is_true(position(log, "a1 in") < position(log, "b1 out"))
  end)

  it("sleeps in nested bodies, zip, flat_map and yield_from come out in order", function()
    local function nap(x) cqueues.sleep(0.001) return x end
    local inner = generator(function(n) for i = 1, n do nap() yield(i) end return nap "r" end)
    local outer = generator(function() yield(leat.yield_from(inner(2))) end)
    local got
    loop(function()
      got = leat.zip(outer(), leat.range(9):map(nap), inner(2):flat_map(function(x)
        nap() return inner(x)
      end)):collect()
    end)
    assert.same({ { 1, 1, 1 }, { 2, 2, 1 }, { "r", 3, 2 } }, got)
  end)

  it("an error after a sleep reaches its own task, and break closes", function()
    local err
    local p, seen = helper.counting(9)
    loop(function()
      err = helper.failure(function()
        p:map(function(x)
          cqueues.sleep(0.001) if x == 2 then error("two", 0) end return x
        end):drain()
      end)
    end, function()
      for x in p:map(function(x)
        cqueues.sleep(0.001) return x
      end):iter() do if x == 2 then break end end
    end)
    assert.equal("two", helper.cause(err))
    assert.equal(2, seen.closes)
  end)

  it("a task left waiting when the controller is dropped is closed", function()
    local p, seen = helper.counting(9)
    do
      local cq = cqueues.new()
      cq:wrap(function() p:map(function(x) cqueues.sleep(1000) return x end):drain() end)
      cq:step(0)
      cq:close()
    end
    collectgarbage()
    collectgarbage()
    assert.equal(seen.opens, seen.closes)
  end)
end)

describe("under luv", function()
  if not has_luv then
    it("pipelines overlap", function() pending "lua-luv is not installed" end)
    return
  end

  local log

  -- As luv's users wait: whoever runs now is resumed by the timer itself.
  local function sleep(ms)
    local co = coroutine.running()
    local timer = uv.new_timer()
    timer:start(ms, 0, function()
      timer:close()
      local ok, err = coroutine.resume(co)
      if not ok then log[#log + 1] = "lost: " .. tostring(err) end
    end)
    coroutine.yield()
  end

  -- Runs the functions as coroutines under the loop until nothing waits; raises the first error.
  local function loop(...)
    log = {}
    local tasks, errors, ended = { ... }, {}, 0
    for _, fn in ipairs(tasks) do
      local co = coroutine.create(function()
        local ok, err = pcall(fn)
        if not ok then errors[#errors + 1] = err end
        ended = ended + 1
      end)
      assert(coroutine.resume(co))
    end
    uv.run()
    if errors[1] then error(errors[1], 0) end
    assert.same({}, log)
    assert.equal(#tasks, ended, "a task waits for ever")
  end

  local function nap(x) sleep(1) return x end

  it("sleeps in callbacks", function()
    local got
    loop(function()
      got = leat.range(3):map(nap):filter(nap):flat_map(function(x) return { nap(x) } end):collect()
    end)
    assert.same({ 1, 2, 3 }, got)
  end)

  it("sleeps in generator bodies, under terminals and under for", function()
    local body = generator(function(n)
      sleep(1)
      for i = 1, n do
        yield(i)
        sleep(1)
      end
    end)
    local sum, list = nil, {}
    loop(function()
      sum = body(3):sum()
      for x in body(2) do list[#list + 1] = x end
    end)
    assert.equal(6, sum)
    assert.same({ 1, 2 }, list)
  end)

  it("sleeps in the consumer's loop and in the body at once", function()
    local list = {}
    loop(function()
      for x in generator(function() for i = 1, 3 do sleep(1) yield(i) end end)():map(nap) do
        sleep(1)
        list[#list + 1] = x
      end
    end)
    assert.same({ 1, 2, 3 }, list)
  end)

  it("overlaps two pipelines", function()
    local events = {}
    local function task(name)
      return function()
        generator(function()
          for i = 1, 2 do
            events[#events + 1] = name .. i .. " in"
            sleep(20)
            yield(i)
          end
        end)():each(function(i) events[#events + 1] = name .. i .. " out" end)
      end
    end
    loop(task "a", task "b")
    assert.equal(8, #events)
    assert.same({ "a1 in", "b1 in" }, { events[1], events[2] })
  end)

  it("sleeps in nested bodies", function()
    local inner = generator(function(n) for i = 1, n do sleep(1) yield(i) end end)
    local outer = generator(function() for x in inner(3) do sleep(1) yield(x * 10) sleep(1) end end)
    local outermost = generator(function() for x in outer() do yield(x + 1) end end)
    local got
    loop(function() got = outermost():collect() end)
    assert.same({ 11, 21, 31 }, got)
  end)

  it("sleeps on both sides of zip", function()
    local side = generator(function(k) for i = 1, 3 do sleep(1) yield(i * k) end end)
    local got
    loop(function() got = leat.zip(side(1), side(10)):collect() end)
    assert.same({ { 1, 10 }, { 2, 20 }, { 3, 30 } }, got)
  end)

  it("sleeps below yield_from", function()
    local inner = generator(function() sleep(1) yield(1) sleep(1) yield(2) sleep(1) return "r" end)
    local outer = generator(function() sleep(1) yield(leat.yield_from(inner())) sleep(1) end)
    local got
    loop(function() got = outer():collect() end)
    assert.same({ 1, 2, "r" }, got)
  end)

  it("sleeps in through", function()
    local got
    loop(function()
      got = leat.range(3):map(nap):through(function(up)
        for x in up do sleep(1) yield(x) end
      end):collect()
    end)
    assert.same({ 1, 2, 3 }, got)
  end)

  it("sends values into a body that sleeps", function()
    local got = {}
    loop(function()
      local g <close> = generator(function()
        for i = 1, 3 do
          got[i] = yield(i)
          sleep(1)
        end
      end)():open()
      g:next()
      g:send "a"
      g:send "b"
    end)
    assert.same({ "a", "b" }, got)
  end)

  it("raises an error after a sleep in the consumer", function()
    local err
    local object = {}
    loop(function()
      err = helper.failure(function()
        generator(function() sleep(1) yield(1) sleep(1) error(object) end)():map(nap):drain()
      end)
    end)
    assert.equal(object, helper.cause(err))
  end)

  it("closes on break after sleeps", function()
    local closed = 0
    local p, seen = helper.counting(9)
    loop(function()
      local body = generator(function()
        local _ <close> = setmetatable({}, { __close = function() closed = closed + 1 end })
        for x in p do sleep(1) yield(x) end
      end)
      for x in body():iter() do
        sleep(1)
        if x == 2 then break end
      end
    end)
    assert.equal(1, closed)
    assert.equal(1, seen.closes)
  end)

  it("keeps a waiting consumer that only its sleeping body knows", function()
    local got
    loop(function()
      local function rest()
        sleep(1)
        collectgarbage()
        collectgarbage()
      end
      local inner = generator(function() rest() yield(1) rest() yield(2) rest() end)
      local outer = generator(function()
        for x in inner() do yield(x) end
        leat.yield_from(inner())
      end)
      got = outer():collect()
    end)
    assert.same({ 1, 2, 1, 2 }, got)
  end)

  it("keeps a consumer that its body has resumed and that now runs another body", function()
    local got = {}
    loop(function()
      generator(function() sleep(1) yield(1) end)():drain()
      local second = generator(function()
        for i = 1, 3 do
          collectgarbage()
          collectgarbage()
          local _ = coroutine.wrap(function() return ("x"):rep(100 + i) end)()
          yield(i)
        end
      end)
      for x in second() do got[#got + 1] = x end
      coroutine.wrap(collectgarbage)()
    end)
    assert.same({ 1, 2, 3 }, got)
  end)

  it("works for many small waits", function()
    local n = helper.scaled(500)
    local got
    loop(function()
      got = generator(function()
        for i = 1, n do if i % 10 == 0 then sleep(0) end yield(i) end
      end)():count()
    end)
    assert.equal(n, got)
  end)
end)
