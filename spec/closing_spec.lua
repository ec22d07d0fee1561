-- SPDX-License-Identifier: MIT
-- Who opens closes: a run closes what it opened, exactly once, inner before outer, whatever
-- ends it.
-- luacheck: ignore 512 (loops that break are what is tested)
local leat = require "leat"
local helper = require "spec.support.helper"
local generator, yield = leat.generator, leat.yield
local counting, failing = helper.counting, helper.failing
local failure, cause = helper.failure, helper.cause

after_each(helper.nothing_left_open)

local function boom() error("boom", 0) end

-- A closing variable that notes its name in log.
local function noting(log, name)
  return setmetatable({}, { __close = function() log[#log + 1] = name end })
end

describe("the source is opened once and closed once", function()
  local endings = {
    ["exhaustion"] = function(p) p:drain() end,
    ["collect"] = function(p) p:collect() end,
    ["take"] = function(p) p:take(2):drain() end,
    ["take of all there is"] = function(p) p:take(5):drain() end,
    ["take of more than there is"] = function(p) p:take(9):drain() end,
    ["first"] = function(p) p:first() end,
    ["any"] = function(p) p:any(function(x) return x == 3 end) end,
    ["take_while"] = function(p) p:take_while(function(x) return x < 3 end):drain() end,
    ["the short side of a zip"] = function(p) leat.zip({ 1, 2 }, p):drain() end,
    ["the short side of a zip in front"] = function(p) p:zip({ 1, 2 }):drain() end,
    ["the short side of a strict zip"] = function(p)
      pcall(function() p:zip({ 1 }, { strict = true }):drain() end)
    end,
    ["an error in a map"] = function(p) pcall(function() p:map(boom):drain() end) end,
    ["an error in a filter"] = function(p) pcall(function() p:filter(boom):drain() end) end,
    ["an error in flat_map"] = function(p) pcall(function() p:flat_map(boom):drain() end) end,
    ["an error in tap"] = function(p) pcall(function() p:tap(boom):drain() end) end,
    ["an error in through"] = function(p)
      pcall(function() p:through(function(up) for _ in up do boom() end end):drain() end)
    end,
    ["an error in each"] = function(p) pcall(function() p:each(boom) end) end,
    ["an error in fold"] = function(p) pcall(function() p:fold(0, boom) end) end,
    ["an error in sum"] = function(p) pcall(function() p:sum(boom) end) end,
    ["an error in any"] = function(p) pcall(function() p:any(boom) end) end,
    ["an error behind batched"] = function(p) pcall(function() p:batched(2):each(boom) end) end,
    ["an error in the other side of a zip"] = function(p)
      pcall(function() p:zip((failing(1, "x"))):drain() end)
    end,
    ["an error in a chained part"] = function(p)
      pcall(function() p:chain((failing(1, "x"))):drain() end)
    end,
    ["iter and break"] = function(p) for _ in p:iter() do break end end,
    ["iter and an error"] = function(p) pcall(function() for _ in p:iter() do boom() end end) end,
    ["close of a generator"] = function(p) local g = p:open() g:next() g:close() end,
    ["close twice"] = function(p) local g = p:open() g:next() g:close() g:close() end,
    ["close after the end"] = function(p) local g = p:open() while g:next() do end g:close() end,
    ["a close variable"] = function(p) local g <close> = p:open() g:next() end,
    ["a throw"] = function(p) local g = p:open() g:next() pcall(g.throw, g, "x") end,
    ["a generator left to the collector"] = function(p) p:open():next() end,
    ["a loop left to the collector"] = function(p) for _ in p:drop(0) do break end end,
    ["the inside of flat_map"] = function(p)
      leat.once(1):flat_map(function() return p end):drain()
    end,
    ["the inside of flat_map cut short"] = function(p)
      leat.once(1):flat_map(function() return p end):take(2):drain()
    end,
    ["the first part of a chain cut short"] = function(p) p:chain({ 1 }):take(2):drain() end,
    ["the last part of a chain"] = function(p) leat.chain({ 1 }, p):drain() end,
    ["yield_from"] = function(p) generator(function() leat.yield_from(p) end)():drain() end,
    ["yield_from cut short"] = function(p)
      generator(function() leat.yield_from(p) end)():take(2):drain()
    end,
    ["a loop in a generator's body"] = function(p)
      generator(function() for x in p do yield(x) end end)():take(2):drain()
    end,
    ["a loop in a generator's body that breaks"] = function(p)
      generator(function() for x in p do yield(x) break end yield "more" end)():drain()
    end,
    ["catch"] = function(p) p:map(boom):catch(function() end):drain() end,
    ["catch with another stream"] = function(p)
      p:map(boom):catch(function() return { 1 } end):drain()
    end,
    ["on_error"] = function(p) p:map(boom):on_error("skip"):drain() end,
    ["finally"] = function(p) p:finally(function() end):take(1):drain() end,
    ["an error in finally"] = function(p) pcall(function() p:finally(boom):drain() end) end,
    ["through that stops early"] = function(p)
      p:through(function(up) for x in up do yield(x) return end end):drain()
    end,
    ["through cut short"] = function(p)
      p:through(function(up) for x in up do yield(x) end end):take(1):drain()
    end,
  }
  local names = {}
  for name in pairs(endings) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    it("by " .. name, function()
      local p, seen = counting(5)
      endings[name](p)
      collectgarbage()
      collectgarbage()
      assert.equal(1, seen.opens)
      assert.equal(1, seen.closes)
    end)
  end
end)

describe("the moment of closing", function()
  it("by take is before the last item is handed on", function()
    local p, seen = counting()
    local g = p:take(2):open()
    g:next()
    assert.equal(0, seen.closes)
    assert.equal(2, g:next())
    assert.equal(1, seen.closes)
    assert.equal(2, seen.pulls)
    assert.is_nil(g:next())
  end)

  it("by take is before the stages behind it see the last item", function()
    local p, seen = counting()
    local at
    p:take(2):map(function(x) at = seen.closes return x end):drain()
    assert.equal(1, at)
  end)

  it("by exhaustion is before the end is reported", function()
    local p, seen = counting(1)
    local g = p:open()
    g:next()
    assert.equal(0, seen.closes)
    assert.is_nil(g:next())
    assert.equal(1, seen.closes)
  end)

  it("by an error is before the error reaches the caller", function()
    local p, seen = counting(3)
    local closes_at
    local ok = xpcall(function() p:map(boom):drain() end, function(e) return e end)
    closes_at = seen.closes
    assert.is_false(ok)
    assert.equal(1, closes_at)
  end)

  it("of a chained part is before the next part opens", function()
    local log = {}
    local a, b = counting(1, "a", log), counting(1, "b", log)
    a:chain(b):drain()
    assert.same({ "open a", "close a", "open b", "close b" }, log)
  end)

  it("of an inner pipeline of flat_map is before the next one opens", function()
    local log = {}
    leat.from { "a", "b" }:flat_map(function(name) return (counting(1, name, log)) end):drain()
    assert.same({ "open a", "close a", "open b", "close b" }, log)
  end)

  it("never comes for what was never opened", function()
    local p, seen = counting(3)
    local g = p:open()
    g:close()
    leat.chain({ 1, 2 }, p):take(1):drain()
    leat.range(3):take(0):zip(p):drain()
    assert.equal(seen.opens, seen.closes)
    assert.is_true(seen.opens <= 1)
  end)
end)

describe("the order of closing", function()
  it("is inner before outer in flat_map", function()
    local log = {}
    local outer = counting(2, "outer", log)
    outer:flat_map(function() return (counting(9, "inner", log)) end):take(3):drain()
    assert.same({ "open outer", "open inner", "close inner", "close outer" }, log)
  end)

  it("is inner before outer, three deep", function()
    local log = {}
    counting(2, "a", log):flat_map(function()
      return (counting(2, "b", log)):flat_map(function() return (counting(2, "c", log)) end)
    end):first()
    assert.same({ "open a", "open b", "open c", "close c", "close b", "close a" }, log)
  end)

  it("is last opened first in zip", function()
    local log = {}
    leat.zip(counting(2, "a", log), counting(2, "b", log), (counting(2, "c", log))):first()
    assert.same({ "open a", "open b", "open c", "close c", "close b", "close a" }, log)
  end)

  it("puts the run a body loops over before the body's own variables", function()
    local log = {}
    local g = generator(function()
      local _ <close> = noting(log, "body")
      for x in counting(9, "source", log):iter() do yield(x) end
    end)():open()
    g:next()
    g:close()
    assert.same({ "open source", "close source", "body" }, log)
  end)

  it("puts the source before the variables of the body that reads it in through", function()
    local log = {}
    counting(9, "source", log):through(function(up)
      local _ <close> = noting(log, "through")
      for x in up do yield(x) end
    end):first()
    assert.same({ "open source", "close source", "through" }, log)
  end)
end)

describe("a plain loop inside a generator's body", function()
  it("belongs to the generator and is closed with it", function()
    local p, seen = counting(9)
    collectgarbage "stop"
    local g = generator(function() for x in p do yield(x) end end)():open()
    g:next()
    assert.equal(1, seen.now)
    g:close()
    assert.equal(0, seen.now)
    collectgarbage "restart"
  end)

  it("is closed when the body ends although it broke out", function()
    local p, seen = counting(9)
    collectgarbage "stop"
    generator(function() for _ in p do break end yield(1) end)():drain()
    assert.equal(0, seen.now)
    collectgarbage "restart"
  end)

  it("is closed when the body fails", function()
    local p, seen = counting(9)
    collectgarbage "stop"
    pcall(function() generator(function() for x in p do yield(x) boom() end end)():drain() end)
    assert.equal(0, seen.now)
    collectgarbage "restart"
  end)
end)

describe("an error in a close handler", function()
  local function closing_with(what, items)
    return leat.resource(function() return { n = 0 } end, function(s)
      s.n = s.n + 1
      return s.n <= (items or 3) and s.n or nil
    end, function() error(what, 0) end)
  end

  it("is raised when nothing else failed", function()
    assert.equal("no close", cause(failure(function() closing_with("no close"):drain() end)))
    assert.equal("no close", cause(failure(function() closing_with("no close"):first() end)))
    assert.equal("no close", cause(failure(function()
      closing_with("no close"):take(1):drain()
    end)))
    local g = closing_with("no close"):open()
    g:next()
    assert.equal("no close", cause(failure(g.close, g)))
    g:close()
  end)

  it("does not hide the error that came first", function()
    local err = failure(function() closing_with("no close"):map(boom):drain() end)
    assert.equal("boom", cause(err))
  end)

  it("does not keep the others from being closed, and the first one wins", function()
    local log = {}
    local err = failure(function()
      local a, b = counting(3, "a", log), counting(3, "b", log)
      leat.zip(a, closing_with "first", b, closing_with "second"):first()
    end)
    assert.equal("second", cause(err)) -- the last opened is closed first
    assert.same({ "open a", "open b", "close b", "close a" }, log)
  end)

  it("leaves the generator ended", function()
    local g = closing_with("no close", 1):open()
    g:next()
    pcall(g.next, g)
    assert.equal("ended", g:status())
    assert.is_nil(g:next())
  end)

  it("does not reach a program that only drops the generator", function()
    closing_with("no close"):open():next()
    collectgarbage()
    collectgarbage()
  end)

  it("in a body's close variable runs the others too", function()
    local log = {}
    local g = generator(function()
      local _ <close> = noting(log, "outer")
      local _ <close> = setmetatable({}, { __close = boom })
      local _ <close> = noting(log, "inner")
      yield(1)
    end)():open()
    g:next()
    assert.raises("boom", g.close, g)
    assert.same({ "inner", "outer" }, log)
  end)
end)

describe("an open that fails", function()
  it("is raised, and close is not called for it", function()
    local closes = 0
    local p = leat.resource(boom, function() return 1 end, function() closes = closes + 1 end)
    assert.equal("boom", cause(failure(function() p:drain() end)))
    assert.equal(0, closes)
  end)

  it("closes what was opened before", function()
    local p, seen = counting(3)
    local bad = leat.resource(boom, function() return 1 end, function() end)
    assert.raises("boom", function() p:zip(bad):drain() end)
    assert.raises("boom", function() p:chain(bad):drain() end)
    assert.raises("boom", function() p:flat_map(function() return bad end):drain() end)
    assert.equal(seen.opens, seen.closes)
  end)
end)

describe("a close handler", function()
  it("gets the state that open returned", function()
    local state, got = {}, nil
    leat.resource(function() return state end, function() end, function(s) got = s end):drain()
    assert.equal(state, got)
  end)

  it("cannot yield", function()
    local p = leat.resource(function() return 0 end, function() return 1 end,
      function() coroutine.yield "from close" end)
    local co = coroutine.create(function() p:first() end)
    local ok, err = coroutine.resume(co)
    assert.is_false(ok)
    assert.matches("yield", tostring(err))
  end)

  it("that pulls from or closes its own run gets a clear error and no second close", function()
    local g
    local closes, messages = 0, {}
    local p = leat.resource(function() return 0 end, function() return 1 end, function()
      closes = closes + 1
      messages[1] = tostring((select(2, pcall(g.next, g))))
      messages[2] = tostring((select(2, pcall(g.close, g))) or nil)
    end)
    g = p:open()
    g:next()
    g:close()
    assert.equal(1, closes)
    for i = 1, 2 do
      if messages[i] ~= "nil" then assert.matches("already executing", messages[i]) end
    end
    assert.equal("ended", g:status())
    assert.is_nil(g:next())
  end)

  it("may run another pipeline", function()
    local sum
    leat.resource(function()
      return 0
    end, function() end, function() sum = leat.range(4):sum() end):drain()
    assert.equal(10, sum)
  end)
end)

describe("a callback that meddles with its own run", function()
  it("is told that it executes already when it pulls, peeks or closes", function()
    for _, method in ipairs { "next", "peek", "close" } do
      local p, seen = counting(3)
      local g
      g = p:map(function() return g[method](g) or 0 end):open()
      local err = failure(g.next, g)
      assert.matches("already executing", tostring(err))
      assert.equal(1, seen.closes)
      assert.is_nil(g:next())
    end
  end)

  it("is told so also by a loop and by a terminal over it", function()
    local g
    g = leat.range(3):map(function() return g:count() end):open()
    assert.raises("already executing", g.next, g)
    g = leat.range(3):map(function(x) for y in g do return y end return x end):open()
    assert.raises("already executing", g.next, g)
  end)

  it("may catch that and go on", function()
    local g
    g = leat.range(2):map(function(x) return (pcall(g.next, g)) and "pulled" or x end):open()
    assert.equal(1, g:next())
    assert.equal(2, g:next())
    assert.is_nil(g:next())
  end)
end)

describe("finally", function()
  local function record()
    local calls = {}
    return calls, function(err) calls[#calls + 1] = err == nil and "nil" or cause(err) end
  end

  it("is called once, with nil, when the items end or are enough", function()
    local calls, note = record()
    leat.range(3):finally(note):drain()
    leat.range(3):finally(note):first()
    leat.range(3):finally(note):take(1):drain()
    for _ in leat.range(3):finally(note):iter() do break end
    local g = leat.range(3):finally(note):open()
    g:next()
    g:close()
    assert.same({ "nil", "nil", "nil", "nil", "nil" }, calls)
  end)

  it("is called once with the error above it", function()
    local calls, note = record()
    assert.raises("boom", function() leat.range(3):map(boom):finally(note):drain() end)
    assert.same({ "boom" }, calls)
  end)

  it("is called once when the failure is below it", function()
    local calls, note = record()
    assert.raises("boom", function() leat.range(3):finally(note):map(boom):drain() end)
    assert.equal(1, #calls)
  end)

  it("that fails is raised, unless something failed before", function()
    assert.raises("in finally", function()
      leat.range(3):finally(function() error("in finally", 0) end):drain()
    end)
    assert.raises("boom", function()
      leat.range(3):map(boom):finally(function() error("in finally", 0) end):drain()
    end)
  end)

  it("may stand several times in a chain, each called once", function()
    local log = {}
    leat.range(3):finally(function() log[#log + 1] = "upper" end):map(tostring)
      :finally(function() log[#log + 1] = "lower" end):first()
    table.sort(log)
    assert.same({ "lower", "upper" }, log)
  end)
end)

describe("runs left to the collector", function()
  it("are each closed once, whatever the order of collection", function()
    local opens, closes = 0, 0
    do
      local kept = {}
      for i = 1, 200 do
        local p, seen = counting(9)
        local g = p:flat_map(function() return (counting(3)) end):open()
        g:next()
        kept[i] = g
        local inner = generator(function()
          local _ <close> = setmetatable({}, { __close = function() closes = closes + 1 end })
          opens = opens + 1
          for x in g do yield(x) end
        end)():open()
        inner:next()
        kept[-i] = inner
        assert.equal(g, kept[i])
        assert.equal(1, seen.opens)
      end
    end
    collectgarbage()
    collectgarbage()
    assert.equal(200, opens)
    assert.equal(200, closes)
  end)

  it("in a dropped coroutine are closed too", function()
    local p, seen = counting(9)
    do
      local co = coroutine.wrap(function() for x in p:drop(0) do coroutine.yield(x) end end)
      assert.equal(1, co())
    end
    collectgarbage()
    collectgarbage()
    assert.equal(1, seen.closes)
  end)

  it("in a closed coroutine are closed at once with iter", function()
    local p, seen = counting(9)
    local co = coroutine.create(function() for x in p:iter() do coroutine.yield(x) end end)
    coroutine.resume(co)
    assert.is_true(coroutine.close(co))
    assert.equal(1, seen.closes)
  end)

  it("whose callback waits for the host are closed with the coroutine", function()
    local p, seen = counting(9)
    local co = coroutine.create(function()
      for _ in p:map(function(x) coroutine.yield "wait" return x end):iter() do end
    end)
    local _, word = coroutine.resume(co)
    assert.equal("wait", word)
    assert.is_true(coroutine.close(co))
    assert.equal(1, seen.closes)
  end)
end)
