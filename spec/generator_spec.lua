-- SPDX-License-Identifier: MIT
-- Generators: p:open() gives a live run with the protocol of PEP 342; as in PEP 479 an error
-- never looks like an end.
-- luacheck: ignore 512 (loops that break are what is tested)
local leat = require "leat"
local helper = require "spec.support.helper"
local yield, generator = leat.yield, leat.generator
local cause, failure = helper.cause, helper.failure

after_each(helper.nothing_left_open)

local function open(fn, ...)
  return generator(fn)(...):open()
end

local EXECUTING <const> = "generator already executing"

describe("next", function()
  it("returns the items one by one, with all parts of a tuple", function()
    local g = open(function() yield(1) yield("a", "b", 3) yield(false) end)
    assert.equal(1, g:next())
    assert.same({ "a", "b", 3, n = 3 }, table.pack(g:next()))
    assert.equal(false, g:next())
    assert.is_nil(g:next())
  end)

  it("keeps a nil that is not the first part of a tuple", function()
    local g = open(function() yield(1, nil, 3) yield(1, nil) end)
    assert.same({ 1, nil, 3, n = 3 }, table.pack(g:next()))
    assert.same({ 1, nil, n = 2 }, table.pack(g:next()))
    g:close()
  end)

  it("returns nil and the body's return values at the end and ever after", function()
    local g = open(function() yield(1) return "done", 7 end)
    assert.equal(1, g:next())
    for _ = 1, 3 do assert.same({ nil, "done", 7, n = 3 }, table.pack(g:next())) end
    assert.same({ nil, "done", 7, n = 3 }, table.pack(g:send(nil)))
    assert.same({ nil, "done", 7, n = 3 }, table.pack(g:send "late"))
  end)

  it("runs the body only when it is asked to", function()
    local steps = {}
    local g = open(function()
      steps[#steps + 1] = "a" yield(1)
      steps[#steps + 1] = "b" yield(2)
      steps[#steps + 1] = "c"
    end)
    assert.same({}, steps)
    g:next()
    assert.same({ "a" }, steps)
    g:next()
    assert.same({ "a", "b" }, steps)
    g:next()
    assert.same({ "a", "b", "c" }, steps)
    g:next()
    assert.same({ "a", "b", "c" }, steps)
  end)

  it("works on any pipeline", function()
    local g = leat.range(3):map(function(x) return x * x end):open()
    assert.equal(1, g:next())
    assert.equal(4, g:next())
    assert.equal(9, g:next())
    assert.is_nil(g:next())
    assert.is_nil(g:next())
  end)

  it("on two generators of one pipeline moves them apart", function()
    local p = generator(function(n) for i = 1, n do yield(i) end end)(3)
    local a, b <close> = p:open(), p:open()
    assert.equal(1, a:next())
    assert.equal(2, a:next())
    assert.equal(1, b:next())
    assert.equal(3, a:next())
    assert.is_nil(a:next())
    assert.equal(2, b:next())
  end)
end)

describe("yield", function()
  it("without a value yields null", function()
    assert.yields({ leat.null, leat.null }, generator(function() yield() yield() end)())
  end)

  it("refuses nil as the first part of a tuple", function()
    assert.raises("nil", function()
      generator(function() yield(nil, 1) end)():collect()
    end)
  end)

  it("returns what was sent, nothing but nil after next", function()
    local got = {}
    local g = open(function()
      for i = 1, 3 do got[i] = table.pack(yield(i)) end
    end)
    g:next()
    g:send "a"
    g:send(false)
    g:next()
    assert.equal("a", got[1][1])
    assert.equal(false, got[2][1])
    assert.is_nil(got[3][1])
  end)

  it("works through several Lua functions and pcall", function()
    local function leaf(x) yield(x) end
    local function branch(x)
      leaf(x)
      pcall(leaf, x + 1)
      select(2, pcall(pcall, leaf, x + 2))
    end
    assert.yields({ 1, 2, 3, 10, 11, 12 }, generator(function() branch(1) branch(10) end)())
  end)

  it("works in a metamethod and in an iterator of the body", function()
    local box = setmetatable({}, { __index = function(_, k) yield(k) return k .. "!" end })
    assert.yields({ "a", "a!" }, generator(function() yield(box.a) end)())
  end)

  it("outside a generator is refused", function()
    assert.raises("generator", function() yield(1) end)
    assert.raises("generator", coroutine.wrap(function() yield(1) end))
  end)

  it("in a coroutine made by the body is refused there", function()
    local g = open(function()
      local inner = coroutine.create(function() yield "from inside" end)
      local ok, err = coroutine.resume(inner)
      yield(ok, tostring(err))
    end)
    local ok, err = g:next()
    assert.equal(false, ok)
    assert.matches("generator", err)
    g:close()
  end)

  it("refused in a C function leaves the generator usable", function()
    local g = open(function()
      local ok = pcall(table.sort, { 3, 2, 1 }, function(a, b) yield "bad" return a < b end)
      yield(ok)
      coroutine.yield "to the host"
      yield(2)
    end)
    local host = coroutine.wrap(function()
      local first = g:next()
      local second = g:next()
      return "returned", first, second
    end)
    assert.equal("to the host", host())
    assert.same({ "returned", false, 2 }, { host() })
    g:close()
  end)

  it("in a callback of a terminal that the body runs yields items of the body", function()
    local g = generator(function()
      leat.range(3):each(function(x) yield(x * 10) end)
    end)
    assert.yields({ 10, 20, 30 }, g())
  end)

  it("in a body that loops over another generator yields in the right place", function()
    local inner = generator(function() yield(1) yield(2) end)
    local outer = generator(function()
      for x in inner() do
        yield("before", x)
        yield("after", x)
      end
    end)
    assert.yields({ { "before", 1 }, { "after", 1 }, { "before", 2 }, { "after", 2 } }, outer())
  end)
end)

describe("send", function()
  it("answers with the next item", function()
    local g = open(function()
      local total = 0
      while true do total = total + (yield(total) or 0) end
    end)
    assert.equal(0, g:next())
    assert.equal(5, g:send(5))
    assert.equal(12, g:send(7))
    assert.equal(12, g:next())
    g:close()
  end)

  it("of a value to a fresh generator is refused and does not close it", function()
    local got
    local g = open(function() got = yield(1) yield(2) end)
    assert.raises("send", function() g:send "early" end)
    assert.equal("new", g:status())
    assert.equal(1, g:next())
    assert.equal(2, g:send "now")
    assert.equal("now", got)
    g:close()
  end)

  it("of nil starts a fresh generator", function()
    local g = open(function() yield(1) end)
    assert.equal(1, g:send(nil))
    g:close()
  end)

  it("into a generator that then ends returns nil and its return values", function()
    local g = open(function() return "got", (yield(1)) end)
    g:next()
    assert.same({ nil, "got", "x", n = 3 }, table.pack(g:send "x"))
  end)

  it("to a run whose last stage is not a generator is refused", function()
    local g = leat.range(3):open()
    g:next()
    assert.raises("send", function() g:send(1) end)
    g:close()
    local h = generator(function() yield(1) yield(2) end)():map(function(x) return x end):open()
    h:next()
    assert.raises("send", function() h:send(1) end)
    h:close()
  end)
end)

describe("throw", function()
  it("raises in the body, which may catch it and go on", function()
    local g = open(function()
      while true do
        local ok, err = pcall(yield, "waiting")
        if not ok then yield("caught", err) end
      end
    end)
    assert.equal("waiting", g:next())
    assert.same({ "caught", "ouch" }, { g:throw "ouch" })
    assert.equal("waiting", g:next())
    local object = {}
    assert.equal(object, select(2, g:throw(object)))
    g:close()
  end)

  it("raises in the caller when the body does not catch it, and ends the generator", function()
    local g = open(function() yield(1) yield(2) end)
    g:next()
    local object = {}
    assert.equal(object, cause(failure(g.throw, g, object)))
    assert.equal("ended", g:status())
    assert.is_nil(g:next())
  end)

  it("into a fresh generator raises without running the body and ends it", function()
    local ran = false
    local g = open(function() ran = true yield(1) end)
    assert.equal("early", cause(failure(g.throw, g, "early")))
    assert.is_false(ran)
    assert.equal("ended", g:status())
    assert.is_nil(g:next())
  end)

  it("into an ended generator raises", function()
    local g = open(function() yield(1) return "done" end)
    g:next()
    g:next()
    assert.equal("late", cause(failure(g.throw, g, "late")))
    assert.same({ nil, "done" }, { g:next() })
  end)

  it("gives what the body raises instead", function()
    local g = open(function()
      local _, err = pcall(yield, 1)
      error("instead of " .. err, 0)
    end)
    g:next()
    assert.equal("instead of this", cause(failure(g.throw, g, "this")))
  end)

  it("at which the body returns gives the end", function()
    local g = open(function()
      pcall(yield, 1)
      return "quiet"
    end)
    g:next()
    assert.same({ nil, "quiet", n = 2 }, table.pack(g:throw "x"))
    assert.equal("ended", g:status())
  end)

  it("runs the body's pending close variables", function()
    local heard
    local g = open(function()
      local _ <close> = setmetatable({}, { __close = function(_, err) heard = err end })
      yield(1)
    end)
    g:next()
    pcall(g.throw, g, "boom")
    assert.equal("boom", cause(heard))
  end)

  it("into a run whose last stage is not a generator is refused, as send is", function()
    local p, seen = helper.counting(3)
    local g = p:open()
    g:next()
    assert.raises("throw", g.throw, g, "boom")
    assert.equal(0, seen.closes)
    assert.equal(2, g:next())
    g:close()
  end)
end)

describe("peek", function()
  it("shows the next item and leaves it there", function()
    local g = open(function() yield(1) yield("a", "b") end)
    assert.equal(1, g:peek())
    assert.equal(1, g:peek())
    assert.equal(1, g:next())
    assert.same({ "a", "b" }, { g:peek() })
    assert.same({ "a", "b" }, { g:next() })
    assert.is_nil(g:peek())
    assert.is_nil(g:next())
  end)

  it("is seen by a loop and by a pipeline", function()
    local g = leat.range(4):open()
    assert.equal(1, g:peek())
    assert.yields({ 1 }, leat.from(g):take(1))
    assert.equal(2, g:peek())
    local items = {}
    for x in g do items[#items + 1] = x end
    assert.same({ 2, 3, 4 }, items)
  end)

  it("pulls once only", function()
    local p, seen = helper.counting(3)
    local g <close> = p:open()
    g:peek()
    g:peek()
    assert.equal(1, seen.pulls)
    g:next()
    assert.equal(1, seen.pulls)
  end)
end)

describe("status", function()
  it("is new, suspended, running or ended", function()
    local g, inside
    g = open(function()
      inside = g:status()
      yield(1)
    end)
    assert.equal("new", g:status())
    g:next()
    assert.equal("running", inside)
    assert.equal("suspended", g:status())
    g:next()
    assert.equal("ended", g:status())
  end)

  it("is ended after close and after an error", function()
    local g = open(function() yield(1) end)
    g:close()
    assert.equal("ended", g:status())
    g = open(function() error "boom" end)
    pcall(g.next, g)
    assert.equal("ended", g:status())
  end)
end)

describe("close", function()
  it("does not run the body of a fresh generator", function()
    local ran = false
    local g = open(function() ran = true yield(1) end)
    g:close()
    assert.is_false(ran)
    assert.is_nil(g:next())
    assert.is_false(ran)
  end)

  it("runs the pending close variables, last opened first, exactly once", function()
    local log = {}
    local function closer(name)
      return setmetatable({}, { __close = function() log[#log + 1] = name end })
    end
    local g = open(function()
      local _ <close> = closer "outer"
      local _ <close> = closer "inner"
      yield(1)
      yield(2)
    end)
    g:next()
    g:close()
    assert.same({ "inner", "outer" }, log)
    g:close()
    assert.same({ "inner", "outer" }, log)
    assert.is_nil(g:next())
  end)

  it("cannot be swallowed by the body's pcall", function()
    local after = false
    local g = open(function()
      while true do pcall(yield, 1) after = true end
    end)
    g:next()
    g:close()
    assert.is_false(after)
    assert.equal("ended", g:status())
  end)

  it("raises the error of a close variable, once", function()
    local g = open(function()
      local _ <close> = setmetatable({}, { __close = function() error("in close", 0) end })
      yield(1)
    end)
    g:next()
    assert.raises("in close", g.close, g)
    assert.equal("ended", g:status())
    g:close()
  end)

  it("may be called by a close variable of the script", function()
    local log = {}
    do
      local g <close> = open(function()
        local _ <close> = setmetatable({}, { __close = function() log[#log + 1] = "closed" end })
        yield(1)
      end)
      g:next()
    end
    assert.same({ "closed" }, log)
  end)

  it("from inside the body is refused", function()
    local g
    g = open(function()
      yield(select(2, pcall(g.close, g)))
      yield "still here"
    end)
    assert.matches(EXECUTING, tostring(g:next()))
    assert.equal("still here", g:next())
    g:close()
  end)

  it("of an ended generator keeps its return values", function()
    local g = open(function() return "done" end)
    g:next()
    g:close()
    assert.same({ nil, "done" }, { g:next() })
  end)

  it("happens when an unfinished generator is collected", function()
    local closed = 0
    do
      local g = open(function()
        local _ <close> = setmetatable({}, { __close = function() closed = closed + 1 end })
        yield(1)
      end)
      g:next()
      g = nil -- luacheck: ignore
    end
    collectgarbage()
    collectgarbage()
    assert.equal(1, closed)
  end)
end)

describe("an error in a body", function()
  it("is raised by next with the value as cause, and ends the generator", function()
    for _, value in ipairs { "text", {}, 42, false, leat.null } do
      local g = open(function() yield(1) error(value, 0) end)
      assert.equal(1, g:next())
      local err = failure(g.next, g)
      assert.is_true(rawequal(err.cause, value))
      assert.equal("ended", g:status())
      assert.is_nil(g:next())
    end
  end)

  it("without a value is an error, not an end", function()
    local g = open(function() yield(1) error() end)
    g:next()
    assert.is_false(pcall(g.next, g))
    assert.has_error(function() generator(function() error() end)():collect() end)
  end)

  it("that came out of an ended inner generator is an error of the outer one", function()
    local outer = generator(function()
      local g = open(function() error("inner failed", 0) end)
      yield(g:next())
    end)
    assert.raises("inner failed", function() outer():collect() end)
  end)

  it("runs pending close variables before it reaches the caller", function()
    local log = {}
    local g = open(function()
      local _ <close> = setmetatable({}, { __close = function() log[#log + 1] = "closed" end })
      error "boom"
    end)
    pcall(g.next, g)
    assert.same({ "closed" }, log)
  end)
end)

describe("a running generator", function()
  it("refuses next, send, throw and peek from its own body", function()
    for _, method in ipairs { "next", "send", "throw", "peek" } do
      local g
      g = open(function() yield(select(2, pcall(g[method], g, "x"))) end)
      assert.matches(EXECUTING, tostring(g:next()))
      g:close()
    end
  end)

  it("refuses a loop over it and delegating to it from its own body", function()
    local g
    g = open(function()
      yield(select(2, pcall(function() for _ in g do break end end)))
      yield(select(2, pcall(leat.yield_from, g)))
    end)
    assert.matches(EXECUTING, tostring(g:next()))
    assert.matches(EXECUTING, tostring(g:next()))
    g:close()
  end)
end)

describe("reading on from a live generator", function()
  it("by a loop left by break leaves the rest", function()
    local g = leat.range(6):open()
    for x in g do if x == 2 then break end end
    assert.equal("suspended", g:status())
    assert.equal(3, g:next())
    local rest = {}
    for x in g do rest[#rest + 1] = x end
    assert.same({ 4, 5, 6 }, rest)
    assert.equal("ended", g:status())
  end)

  it("by a pipeline method takes what it needs and closes nothing", function()
    local p, seen = helper.counting(9)
    local g = p:open()
    assert.yields({ 1, 2 }, g:take(2))
    assert.equal(0, seen.closes)
    assert.equal(3, g:next())
    assert.yields({ 40, 50 }, g:map(function(x) return x * 10 end):take(2))
    assert.equal(6, g:first())
    g:close()
    assert.equal(1, seen.closes)
  end)

  it("is left open by an error behind it", function()
    local g = leat.range(3):open()
    assert.has_error(function() g:each(error) end)
    assert.equal("suspended", g:status())
    assert.equal(2, g:next())
    g:close()
  end)

  it("raises when it has ended and names where", function()
    local g = leat.range(2):open()
    assert.equal(2, g:count()) local line = helper.here()
    local place = "generator_spec.lua:" .. line
    assert.raises(place, function() g:collect() end)
    assert.raises(place, function() g:map(tostring):first() end)
    assert.raises(place, function() for _ in g do break end end)
  end)

  it("raises when it was closed and names where", function()
    local g = leat.range(2):open()
    g:close() local line = helper.here()
    assert.raises("generator_spec.lua:" .. line, function() g:collect() end)
  end)
end)
