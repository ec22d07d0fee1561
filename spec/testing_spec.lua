-- SPDX-License-Identifier: MIT
-- leat.testing: what the tests of pipelines are written with, this one's among them.
local leat = require "leat"
local helper = require "spec.support.helper"
local testing = leat.testing

after_each(helper.nothing_left_open)

describe("leat.testing", function()
  it("is loaded when it is asked for, and is no name that scripts have in scope", function()
    assert.equal(require "leat.testing", testing)
    for name in pairs(leat) do assert.not_equal("testing", name) end
    assert.is_nil(leat.nothing)
  end)
end)

describe("counting", function()
  it("gives 1..last, or numbers without end, and counts in all runs", function()
    local p, seen = testing.counting(3)
    assert.same({ opens = 0, pulls = 0, closes = 0, now = 0 }, seen)
    assert.same({ 1, 2, 3 }, p:collect())
    assert.same({ opens = 1, pulls = 4, closes = 1, now = 0 }, seen)
    local g = p:open()
    g:next()
    assert.same({ opens = 2, pulls = 5, closes = 1, now = 1 }, seen)
    g:close()
    assert.same({ 1, 2 }, testing.counting():take(2):collect())
  end)

  it("notes in a log when it is opened and closed", function()
    local log = {}
    local a, b = testing.counting(9, "a", log), testing.counting(1, "b", log)
    leat.zip(a, b):drain()
    assert.same({ "open a", "open b", "close b", "close a" }, log)
  end)
end)

describe("failing", function()
  it("gives what is good and then raises the very cause", function()
    local object = {}
    local p, seen = testing.failing(2, object)
    local got = {}
    local err = helper.failure(p.each, p, function(x) got[#got + 1] = x end)
    assert.same({ 1, 2 }, got)
    assert.is_true(rawequal(object, err.cause))
    assert.same({ opens = 1, pulls = 3, closes = 1, now = 0 }, seen)
  end)

  it("fails at once, with words, when nothing else is said", function()
    local p = testing.failing()
    assert.raises("the source fails", p.drain, p)
  end)
end)

describe("a virtual clock", function()
  it("stands still, begins at 0 or where it is told to, and is advanced by hand", function()
    local clock = testing.clock()
    assert.equal(0, clock:now())
    clock:advance(2.5)
    assert.equal(2.5, clock:now())
    assert.equal(100, testing.clock(100):now())
  end)

  it("jumps from sleeper to sleeper, in order of time", function()
    local clock, log = testing.clock(), {}
    local function task(name, ...)
      local naps = { ... }
      return function()
        for _, seconds in ipairs(naps) do
          clock:sleep(seconds)
          log[#log + 1] = name .. clock:now()
        end
      end
    end
    local began = os.time()
    clock:run(task("a", 10, 10, 1000), task("b", 15), task("c", 3, 3, 3))
    assert.same({ "c3", "c6", "c9", "a10", "b15", "a20", "a1020" }, log)
    assert.is_true(os.time() - began < 100)
    assert.equal(1020, clock:now())
  end)

  it("wakes those of one time in the order in which they fell asleep", function()
    local clock, log = testing.clock(), {}
    local tasks = {}
    for i = 1, 5 do
      tasks[i] = function()
        clock:sleep(1)
        log[#log + 1] = i
        clock:sleep(0)
        log[#log + 1] = -i
      end
    end
    clock:run(table.unpack(tasks))
    assert.same({ 1, 2, 3, 4, 5, -1, -2, -3, -4, -5 }, log)
  end)

  it("passes through pipelines, generators and delegations that sleep", function()
    local clock = testing.clock()
    local ticks = leat.generator(function(n)
      for i = 1, n do
        clock:sleep(60)
        leat.yield(i)
      end
    end)
    local both = leat.generator(function() leat.yield_from(ticks(2)) leat.yield_from(ticks(1)) end)
    local times = {}
    local got = clock:run(
      function() return both():map(function(i) clock:sleep(1) return i end):collect() end,
      function() for _ in ticks(3) do times[#times + 1] = clock:now() end end)
    assert.same({ 1, 2, 1 }, got)
    assert.same({ 60, 120, 180 }, times)
    assert.equal(183, clock:now())
  end)

  it("lets tasks that wait for others by yielding go on, and does not hang on them", function()
    local clock, done = testing.clock(), false
    local waited = clock:run(function()
      while not done do coroutine.yield "not yet" end
      return clock:now(), nil, "all results"
    end, function()
      clock:sleep(5)
      done = true
    end)
    assert.equal(5, waited)
    assert.same({ n = 3, 5, nil, "all results" }, table.pack(clock:run(function()
      return clock:now(), nil, "all results"
    end)))
    assert.is_nil(clock:run())
  end)

  it("advanced in a task, wakes who should have woken by then, the earliest first", function()
    local clock, log = testing.clock(), {}
    clock:run(function() clock:sleep(3) log[#log + 1] = "3 at " .. clock:now() end,
      function() clock:sleep(2) log[#log + 1] = "2 at " .. clock:now() end,
      function() clock:advance(10) end)
    assert.same({ "2 at 10", "3 at 10" }, log)
  end)

  it("raises the error of a task as it is, after closing the others", function()
    local clock, object, closed = testing.clock(), {}, 0
    local guard = setmetatable({}, { __close = function() closed = closed + 1 end })
    local function sleeper()
      local _ <close> = guard
      clock:sleep(9)
    end
    local function waiter()
      local _ <close> = guard
      while true do coroutine.yield() end
    end
    local err = helper.failure(function()
      clock:run(sleeper, waiter, function() clock:sleep(1) error(object) end)
    end)
    assert.is_true(rawequal(object, err))
    assert.equal(2, closed)
    assert.equal(1, clock:run(function() return clock:now() end)) -- and can run again
  end)

  it("refuses what makes no sense on the caller's line", function()
    local clock = testing.clock()
    assert.raises_at(helper.here() + 1, "nobody runs the clock here", function()
      clock:sleep(1)
    end)
    assert.raises_at(helper.here() + 1, "sleep: seconds must be a number, got soon", function()
      clock:sleep "soon"
    end)
    assert.raises_at(helper.here() + 1, "advance: seconds must be a number of 0 or more", function()
      clock:advance(-1)
    end)
    assert.raises_at(helper.here() + 1, "run: argument 1 must be a function, got table", function()
      clock:run({})
    end)
    assert.raises("the clock runs already", clock.run, clock, function()
      clock:run(function() end)
    end)
  end)
end)

describe("assert_closed", function()
  it("is content when all is closed, and collects what nobody holds any more", function()
    testing.assert_closed()
    testing.counting(3):open():next()
    testing.assert_closed()
    assert.same({ "a", nil, 3 }, { testing.assert_closed(function() return "a", nil, 3 end) })
  end)

  it("names the run and the source that are open, on the caller's line", function()
    local p = testing.counting(3, "orders")
    local g = p:take(2):open()
    g:next()
    assert.raises_at(helper.here() + 2, "1 run is still open: 'orders' (opens = 1, closes = 0); "
      .. "generator of resource() | take(2), suspended", function()
        testing.assert_closed()
      end)
    g:close()
    testing.assert_closed()
  end)

  it("finds a run wherever it is held", function()
    local places = {
      ["a table's key"] = function(g) return { [{ { [g] = true } }] = 1 } end,
      ["an upvalue"] = function(g) return function() return g end end,
      ["a local of a coroutine"] = function(g)
        local co = coroutine.create(function(...)
          local held = ...
          coroutine.yield()
          return held
        end)
        coroutine.resume(co, g)
        return co
      end,
      ["a metatable"] = function(g) return setmetatable({}, { __index = { g } }) end,
    }
    for place, put in pairs(places) do
      local g = leat.range(7):filter(function() return true end):open()
      g:next()
      local holder = put(g)
      g = nil -- luacheck: ignore
      local err = helper.failure(testing.assert_closed)
      assert.truthy(err:find("generator of range(7) | filter, suspended", 1, true), place)
      assert.is_not_nil(holder)
      holder = nil -- luacheck: ignore
      testing.assert_closed()
    end
  end)

  it("of a function, complains of what that has left open alone", function()
    local g = leat.range(3):open()
    g:next()
    testing.assert_closed(function() leat.range(3):count() end)
    local kept
    assert.raises_at(helper.here() + 1, "1 run is still open", function()
      testing.assert_closed(function() kept = leat.range(4):open() kept:next() end)
    end)
    kept:close()
    g:close()
  end)

  it("raises what the function raises", function()
    local object = {}
    assert.is_true(rawequal(object,
      helper.failure(testing.assert_closed, function() error(object) end)))
  end)
end)

describe("assert_yields", function()
  local yields = testing.assert_yields

  -- What it says of the two.
  local function message(...)
    local text = helper.failure(yields, ...)
    return (text:gsub("^[^:]*:%d+: ", ""))
  end

  it("compares by content: numbers, tables, records, NaN, null", function()
    yields({}, leat.empty())
    yields({ 1, 2.0, "x", false, leat.null }, leat.from { 1.0, 2, "x", false, leat.null })
    yields({ 0 / 0 }, leat.once(0 / 0))
    yields({ { a = { 1, { b = "c" } } } }, leat.from { { a = { 1, { b = "c" } } } })
    local path = helper.file '{"id": 1, "tags": ["a", null], "user": {"name": "Ada"}}\n[1, 2]\n'
    yields({ { user = { name = "Ada" }, id = 1, tags = { "a", leat.null } }, { 1, 2 } },
      leat.read_jsonl(path))
    local cycle = {}
    cycle.self = cycle
    local other = { self = cycle }
    yields({ other }, leat.once(cycle))
  end)

  it("takes a tuple as a list, and all that from takes", function()
    yields({ { 1, "a" }, { 2, "b" } }, leat.from { "a", "b" }:enumerate())
    yields({ 1, 2 }, { 1, 2 })
    yields({ "x", "y" }, ("xy"):gmatch ".")
    local g = leat.range(3):open()
    g:next()
    yields({ 2, 3 }, g)
  end)

  it("shows the first item that differs, as JSON, and where", function()
    assert.equal("item 2: expected 2, got 3", message({ 1, 2 }, { 1, 3 }))
    assert.equal('item 1: expected "1", got 1', message({ "1" }, { 1 }))
    assert.equal('item 1: expected {"a":[1,2]}, got {"a":[1,3]} (at a[2]: expected 2, got 3)',
      message({ { a = { 1, 2 } } }, leat.from { { a = { 1, 3 } } }))
    assert.equal('item 1: expected {"a b":1}, got {} (at ["a b"]: expected 1, got nil)',
      message({ { ["a b"] = 1 } }, { {} }))
    assert.equal('item 1: expected [1], got [1,2] (at [2]: expected nil, got 2)',
      message({ { 1 } }, leat.zip({ 1 }, { 2 })))
    assert.equal("item 1: expected null, got false", message({ leat.null }, { false }))
    assert.matches("^item 1: expected 1, got function: ", message({ 1 }, { print }))
  end)

  it("says when items are missing or too many, also when they never end", function()
    assert.equal("item 3: expected 3, got the end",
      message({ 1, 2, 3 }, leat.range(2)))
    assert.equal("item 3: expected the end, got 3", message({ 1, 2 }, leat.count_from()))
    assert.equal("item 1: expected the end, got false", message({}, { false }))
  end)

  it("blames the caller's line, and raises an error of the pipeline as it is", function()
    assert.raises_at(helper.here() + 1, "item 1", function()
      yields({ 1 }, { 2 })
    end)
    local object = {}
    assert.is_true(rawequal(object,
      helper.cause(helper.failure(yields, { 1, 2 }, (testing.failing(1, object))))))
    assert.raises_at(helper.here() + 1, "expected must be a list of items, got nil", function()
      yields(nil, leat.range(3))
    end)
  end)
end)
