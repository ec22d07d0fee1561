-- SPDX-License-Identifier: MIT
-- yield_from: items, send, throw and close pass through to the delegate (PEP 380).
-- luacheck: ignore 512 (loops that break are what is tested)
local leat = require "leat"
local helper = require "spec.support.helper"
local yield, yield_from, generator = leat.yield, leat.yield_from, leat.generator
local cause, failure = helper.cause, helper.failure

after_each(helper.nothing_left_open)

local function open(fn, ...)
  return generator(fn)(...):open()
end

describe("yield_from", function()
  it("yields the delegate's items and returns its return values", function()
    local inner = generator(function(n)
      for i = 1, n do yield(i) end
      return "inner", n
    end)
    local outer = generator(function()
      yield "start"
      local a, b = yield_from(inner(2))
      yield("returned", a, b)
      return "outer"
    end)
    assert.yields({ "start", 1, 2, { "returned", "inner", 2 } }, outer())
    local g = outer():open()
    for _ = 1, 4 do g:next() end
    assert.same({ nil, "outer" }, { g:next() })
  end)

  it("takes a list, a pipeline, a live generator, an iterator and a coroutine", function()
    local live = leat.range(9):open()
    live:next()
    local p = generator(function()
      yield_from { "a", "b" }
      yield_from(leat.range(2):map(function(x) return x * 10 end))
      yield_from(live:take(2))
      yield_from(leat.from(string.gmatch("xy", "%a")))
      yield_from(coroutine.create(function() coroutine.yield "co" end))
      yield_from(leat.entries { k = "v" })
      yield_from {}
    end)
    assert.yields({ "a", "b", 10, 20, 2, 3, "x", "y", "co", { "k", "v" } }, p())
    live:close()
  end)

  it("of what cannot be iterated raises in the body", function()
    assert.raises("yield_from", function() generator(function() yield_from(42) end)():collect() end)
    assert.raises("yield_from", function() generator(function() yield_from() end)():collect() end)
  end)

  it("outside a generator is refused", function()
    assert.raises("generator", function() yield_from { 1 } end)
  end)

  it("of an empty delegate yields nothing and returns at once", function()
    assert.yields({ "after" }, generator(function()
      yield_from(leat.empty())
      yield "after"
    end)())
  end)

  it("to an ended generator returns its return values", function()
    local done = open(function() return "result" end)
    done:next()
    assert.yields({ "result" }, generator(function() yield(yield_from(done)) end)())
  end)

  it("reads a live generator on", function()
    local live = leat.range(4):open()
    live:next()
    local g = open(function() yield_from(live) end)
    assert.equal(2, g:next())
    assert.equal(3, g:next())
    assert.equal(4, g:next())
    assert.is_nil(g:next())
    assert.is_nil(live:next())
  end)

  it("two levels down yields in order, before and after", function()
    local log = {}
    local function level(n)
      return generator(function()
        log[#log + 1] = "start " .. n
        yield("a" .. n)
        if n < 3 then yield_from(level(n + 1)()) end
        yield("b" .. n)
        log[#log + 1] = "end " .. n
      end)
    end
    assert.yields({ "a1", "a2", "a3", "b3", "b2", "b1" }, level(1)())
    assert.same({ "start 1", "start 2", "start 3", "end 3", "end 2", "end 1" }, log)
  end)

  it("to stages over a generator runs the stages", function()
    local numbers = generator(function() for i = 1, 4 do yield(i) end return "lost" end)
    local p = generator(function()
      yield_from(numbers():filter(function(x) return x % 2 == 0 end):enumerate())
    end)
    assert.yields({ { 1, 2 }, { 2, 4 } }, p())
  end)

  it("walks a tree", function()
    local walk
    walk = generator(function(tree)
      for _, node in ipairs(tree) do
        if type(node) == "table" then yield_from(walk(node)) else yield(node) end
      end
    end)
    assert.yields({ 1, 2, 3, 4, 5, 6 }, walk { 1, { 2, { 3, {}, { 4 } } }, 5, { { { 6 } } } })
  end)

  it("moves the Towers of Hanoi", function()
    local hanoi
    hanoi = generator(function(n, from, to, via)
      if n == 0 then return end
      yield_from(hanoi(n - 1, from, via, to))
      yield(from .. to)
      yield_from(hanoi(n - 1, via, to, from))
    end)
    assert.equal("ac ab cb ac ba bc ac", hanoi(3, "a", "c", "b"):concat " ")
    assert.equal(1023, hanoi(10, "a", "c", "b"):count())
  end)
end)

describe("send through yield_from", function()
  it("reaches the innermost generator", function()
    local got = {}
    local inner = generator(function()
      for i = 1, 3 do got[i] = yield(i) or "nothing" end
      return "end"
    end)
    local middle = generator(function() return yield_from(inner()) end)
    local g = open(function() yield("back", yield_from(middle())) end)
    assert.equal(1, g:next())
    assert.equal(2, g:send "a")
    assert.equal(3, g:next())
    assert.same({ "back", "end" }, { g:send "c" })
    assert.same({ "a", "nothing", "c" }, got)
    g:close()
  end)

  it("goes to the outer body again once the delegate has ended", function()
    local g = open(function()
      yield_from { 1 }
      yield("sent", (yield(2)))
    end)
    g:next()
    g:next()
    assert.same({ "sent", "x" }, { g:send "x" })
    g:close()
  end)

  it("into a delegated pipeline raises at the yield_from, where it may be caught", function()
    local g = open(function()
      local ok, err = pcall(yield_from, leat.range(3))
      yield("caught", ok, tostring(err))
    end)
    assert.equal(1, g:next())
    local word, ok, err = g:send "value"
    assert.equal("caught", word)
    assert.equal(false, ok)
    assert.matches("send", err)
    g:close()
  end)

  it("into a delegated pipeline that nobody catches ends the generator", function()
    local p, seen = helper.counting(5)
    local g = open(function() yield_from(p) end)
    g:next()
    assert.raises("send", function() g:send(1) end)
    assert.equal("ended", g:status())
    assert.equal(1, seen.closes)
  end)
end)

describe("throw through yield_from", function()
  it("may be caught by the innermost generator", function()
    local inner = generator(function()
      local ok, err = pcall(yield, 1)
      yield("inner caught", ok, err)
      return "r"
    end)
    local g = open(function() yield("outer", yield_from(inner())) end)
    g:next()
    assert.same({ "inner caught", false, "e" }, { g:throw "e" })
    assert.same({ "outer", "r" }, { g:next() })
    g:close()
  end)

  it("may be caught by the outer one, with the value itself", function()
    local object = {}
    local inner = generator(function() yield(1) end)
    local g = open(function()
      local ok, err = pcall(yield_from, inner())
      yield("outer caught", ok, cause(err))
    end)
    g:next()
    local word, ok, err = g:throw(object)
    assert.equal("outer caught", word)
    assert.equal(false, ok)
    assert.equal(object, err)
    g:close()
  end)

  it("that nobody catches ends all of them and closes the inner before the outer", function()
    local log = {}
    local function closer(name)
      return setmetatable({}, { __close = function() log[#log + 1] = name end })
    end
    local inner = generator(function() local _ <close> = closer "inner" yield(1) end)
    local g = open(function() local _ <close> = closer "outer" yield_from(inner()) end)
    g:next()
    assert.equal("e", cause(failure(g.throw, g, "e")))
    assert.same({ "inner", "outer" }, log)
    assert.equal("ended", g:status())
  end)

  it("into a delegated pipeline closes it and raises at the yield_from", function()
    local p, seen = helper.counting(5)
    local g = open(function()
      local ok, err = pcall(yield_from, p)
      yield("caught", ok, cause(err), seen.closes)
    end)
    g:next()
    assert.same({ "caught", false, "e", 1 }, { g:throw "e" })
    g:close()
  end)
end)

describe("an error through yield_from", function()
  it("may be caught at the yield_from, with its cause", function()
    local object = {}
    local inner = generator(function() yield(1) error(object) end)
    local p = generator(function()
      local ok, err = pcall(yield_from, inner())
      yield(ok, cause(err) == object)
    end)
    assert.yields({ 1, { false, true } }, p())
  end)

  it("that nobody catches carries the value raised to the consumer", function()
    local object = {}
    local inner = generator(function() yield(1) error(object) end)
    local middle = generator(function() yield_from(inner()) end)
    local err = failure(function() generator(function() yield_from(middle()) end)():collect() end)
    assert.equal(object, err.cause)
  end)

  it("in a stage of a delegated pipeline names the stage", function()
    local p = generator(function()
      yield_from(leat.range(3):map(function(x) if x == 2 then error "two" end return x end))
    end)
    local err = failure(function() p():collect() end)
    assert.matches("two", tostring(err))
    assert.matches("map", tostring(err))
  end)
end)

describe("close through yield_from", function()
  it("closes the inner before the outer, each once", function()
    local log = {}
    local function closer(name)
      return setmetatable({}, { __close = function() log[#log + 1] = name end })
    end
    local inner = generator(function()
      local _ <close> = closer "inner"
      yield_from(helper.counting(9, "source", log))
    end)
    local middle = generator(function() local _ <close> = closer "middle" yield_from(inner()) end)
    local g = open(function() local _ <close> = closer "outer" yield_from(middle()) end)
    g:next()
    g:close()
    assert.same({ "open source", "close source", "inner", "middle", "outer" }, log)
    g:close()
    assert.equal(5, #log)
  end)

  it("closes a live generator it was given, but not one below a pipeline", function()
    local given, below = leat.range(9):open(), leat.range(9):open()
    local g = open(function() yield_from(given) end)
    g:next()
    g:close()
    assert.equal("ended", given:status())
    g = open(function() yield_from(below:take(5)) end)
    g:next()
    g:close()
    assert.equal(2, below:next())
    below:close()
  end)

  it("of a delegate from outside is refused or ends the delegation", function()
    local live = leat.range(9):open()
    local g = open(function()
      yield_from(live)
      yield "after"
    end)
    assert.equal(1, g:next())
    local ok, err = pcall(live.close, live)
    if ok then
      assert.equal("after", g:next())
    else
      assert.matches("already executing", tostring(err))
      assert.equal(2, g:next())
    end
    g:close()
    live:close()
  end)
end)

describe("a shared delegate", function()
  it("that runs already is refused", function()
    local shared
    shared = open(function()
      yield(select(2, pcall(yield_from, shared)))
    end)
    assert.matches("generator already executing", tostring(shared:next()))
    shared:close()
  end)

  it("serves two generators in turns or is refused to the second, and loses no item", function()
    local live = leat.range(4):open()
    local each = generator(function() yield_from(live) end)
    local a, b = each():open(), each():open()
    assert.equal(1, a:next())
    local ok, item = pcall(b.next, b)
    if ok then assert.equal(2, item) else assert.matches("already executing", tostring(item)) end
    assert.equal(ok and 3 or 2, a:next())
    a:close()
    b:close()
    live:close()
  end)

  it("cannot make a circle", function()
    local a, b
    a = open(function() yield "a" yield_from(b) end)
    b = open(function() yield "b" yield_from(a) end)
    a:next()
    b:next()
    assert.raises("already executing", function() a:next() end)
    a:close()
    b:close()
  end)
end)
