-- SPDX-License-Identifier: MIT
-- A pipeline is a recipe: building opens, reads and calls nothing, and every use is a fresh run.
-- luacheck: ignore 512 (loops that break are what is tested)
local leat = require "leat"
local helper = require "spec.support.helper"
local counting, here = helper.counting, helper.here

local function even(x) return x % 2 == 0 end
local function double(x) return x * 2 end

after_each(helper.nothing_left_open)

describe("building a pipeline", function()
  it("opens, reads and calls nothing, nor do tostring and explain", function()
    local source, seen = counting(5)
    local function never() error "a callback was called while building" end
    local p = source:map(never):filter(never):reject(never):filter_map(never):flat_map(never)
      :enumerate():through(never):take(3):drop(1):take_while(never)
      :chain(source):zip(source):batched(2):tap(never):on_error(never):catch(never):finally(never)
    assert.is_string(tostring(p))
    assert.is_string(p:explain())
    assert.equal(0, seen.opens)
    assert.equal(0, seen.pulls)
  end)

  it("does not run a generator's body", function()
    local ran = false
    local numbers = leat.generator(function() ran = true leat.yield(1) end)
    local p = numbers():map(double)
    assert.is_false(ran)
    assert.yields({ 2 }, p)
    assert.is_true(ran)
  end)

  it("leaves the pipeline it starts from as it was", function()
    local base = leat.range(6)
    local evens, firsts = base:filter(even), base:take(2)
    assert.yields({ 2, 4, 6 }, evens)
    assert.yields({ 1, 2 }, firsts)
    assert.yields({ 1, 2, 3, 4, 5, 6 }, base)
    assert.yields({ 4, 8, 12 }, evens:map(double))
    assert.yields({ 2, 4, 6 }, evens)
  end)

  it("refuses assignment to a pipeline", function()
    local p = leat.range(3)
    assert.has_error(function() p.name = "mine" end)
    assert.yields({ 1, 2, 3 }, p)
  end)

  it("suggests the nearest operator for a misspelt one, on the caller's line", function()
    local p, guess = leat.range(3), "no operator 'fliter'; did you mean 'filter'?"
    assert.raises_at(here(), guess, function() p:fliter(even) end)
    assert.raises_at(here(), "did you mean 'collect'?", function() return p:colect() end)
    assert.raises_at(here(), "no operator 'xyzzy_nothing'", function() p:xyzzy_nothing() end)
  end)

  it("offers no guess when nothing is near", function()
    local err = helper.failure(function() leat.range(3):xyzzy_nothing_like_it() end)
    assert.is_nil(tostring(err):find("did you mean", 1, true))
  end)

  it("says so when an operator is called with a dot instead of a colon", function()
    assert.raises_at(here(), "map", function() leat.range(3).map(double) end)
  end)
end)

describe("a run", function()
  it("starts afresh with every use of the same pipeline", function()
    local p, seen = counting(5)
    assert.equal(5, p:count())
    assert.equal(15, p:sum())
    assert.yields({ 1, 2, 3 }, p:take(3))
    local items = {}
    for x in p do items[#items + 1] = x end
    assert.same({ 1, 2, 3, 4, 5 }, items)
    assert.equal(4, seen.opens)
    assert.equal(4, seen.closes)
  end)

  it("of a generator calls the body afresh with the same arguments", function()
    local countdown = leat.generator(function(n)
      while n > 0 do leat.yield(n) n = n - 1 end
    end)
    local p = countdown(3)
    assert.yields({ 3, 2, 1 }, p)
    assert.yields({ 3, 2, 1 }, p)
    assert.yields({ 2, 1 }, countdown(2))
  end)

  it("keeps its stages' state to itself", function()
    local p = leat.range(5):drop(1):take(3):enumerate():batched(2)
    assert.yields({ { { 1, 2 }, { 2, 3 } }, { { 3, 4 } } }, p)
    assert.yields({ { { 1, 2 }, { 2, 3 } }, { { 3, 4 } } }, p)
  end)

  it("of a pipeline may go on inside a callback of another run of it", function()
    local p = leat.range(3)
    assert.yields({ 6, 12, 18 }, p:map(function(x) return x * p:sum() end))
    local q
    local depth = 0
    q = leat.range(2):map(function(x)
      depth = depth + 1
      local inner = depth < 3 and q:sum() or 0
      depth = depth - 1
      return x + inner
    end)
    assert.equal(21, q:sum())
  end)
end)

describe("a source that can be read only once", function()
  local function once_read(make)
    local p = make()
    assert.equal(2, p:count()) local line = here()
    local err = tostring(helper.failure(function() return p:collect() end))
    assert.matches("this source can be read only once", err, 1, true)
    assert.matches("first read by count at", err, 1, true)
    assert.matches("pipeline_spec.lua:" .. line, err, 1, true)
  end

  it("names its first reader when it is a coroutine", function()
    once_read(function()
      return leat.from(coroutine.create(function() coroutine.yield(1) coroutine.yield(2) end))
    end)
  end)

  it("names its first reader when it is a Lua iterator", function()
    once_read(function() return leat.from(string.gmatch("a b", "%a")) end)
    once_read(function() return leat.from(io.lines(helper.file "a\nb\n")) end)
  end)

  it("is refused also when the first read ended early, and through stages", function()
    local p = leat.from(string.gmatch("abc", "%a"))
    assert.equal("a", p:first())
    assert.raises("read only once; first read by first", function()
      p:map(string.upper):collect()
    end)
  end)

  it("is not used up by building on it", function()
    local p = leat.from(string.gmatch("abc", "%a"))
    local q = p:map(string.upper)
    assert.is_string(tostring(p) .. p:explain())
    assert.yields({ "A", "B", "C" }, q)
  end)
end)

describe("tostring", function()
  it("shows the source, the operators in order and their simple arguments", function()
    local text = tostring(leat.range(1, 9):filter(even):batched(500))
    assert.matches("^range%(1, 9%).*filter.*batched%(500%)", text)
  end)

  it("shows a path as it was written", function()
    local text = tostring(leat.read_lines("no such file.txt"):take(2))
    assert.matches('read_lines("no such file.txt")', text, 1, true)
    assert.matches("take(2)", text, 1, true)
  end)

  it("of a very long chain stays readable", function()
    local p = leat.range(3)
    for _ = 1, 1000 do p = p:drop(0) end
    assert.is_string(tostring(p))
  end)
end)

describe("explain", function()
  it("names each stage in order and what it holds in memory", function()
    local text = leat.range(9):filter(even):batched(500):explain()
    assert.matches("range.*\n.*filter.*\n.*batched", text)
    assert.matches("hold", text)
    assert.matches("500", text)
  end)
end)

describe("laziness", function()
  -- name, build(source), the number of items asked for, the pulls that may need
  local cases = {
    { "map", function(s) return s:map(double) end, 3, 3 },
    { "filter", function(s) return s:filter(even) end, 2, 4 },
    { "reject", function(s) return s:reject(even) end, 2, 3 },
    { "filter_map", function(s)
      return s:filter_map(function(x) return even(x) and x or nil end)
    end, 2, 4 },
    { "flat_map", function(s) return s:flat_map(function(x) return { x, x } end) end, 3, 2 },
    { "enumerate", function(s) return s:enumerate() end, 3, 3 },
    { "take", function(s) return s:take(5) end, 3, 3 },
    { "drop", function(s) return s:drop(2) end, 3, 5 },
    { "take_while", function(s) return s:take_while(function(x) return x < 9 end) end, 3, 3 },
    { "chain", function(s) return s:chain { 7 } end, 3, 3 },
    { "chain behind", function(s) return leat.chain({ 7, 8 }, s) end, 3, 1 },
    { "chain not reached", function(s) return leat.chain({ 7, 8, 9 }, s) end, 3, 0 },
    { "zip", function(s) return s:zip(leat.range(9)) end, 3, 3 },
    { "zip behind", function(s) return leat.range(9):zip(s) end, 3, 3 },
    { "batched", function(s) return s:batched(2) end, 2, 4 },
    { "tap", function(s) return s:tap(function() end) end, 3, 3 },
    { "through", function(s)
      return s:through(function(up) for x in up do leat.yield(x) end end)
    end, 3, 3 },
    { "on_error", function(s) return s:on_error "skip" end, 3, 3 },
    { "catch", function(s) return s:catch(function() end) end, 3, 3 },
    { "finally", function(s) return s:finally(function() end) end, 3, 3 },
    { "from", function(s) return leat.from(s) end, 3, 3 },
  }

  for _, case in ipairs(cases) do
    local name, build, wanted, pulls = table.unpack(case)
    it("of " .. name .. " pulls what is asked for and no more from an endless source", function()
      local source, seen = counting()
      local g <close> = build(source):open()
      assert.equal(0, seen.pulls)
      for _ = 1, wanted do assert.is_not_nil((g:next())) end
      assert.equal(pulls, seen.pulls)
      g:close()
      assert.equal(pulls, seen.pulls)
      assert.equal(seen.opens, seen.closes)
    end)

    it("of " .. name .. " behind take is the same, and the source is closed", function()
      local source, seen = counting()
      assert.equal(wanted, build(source):take(wanted):count())
      assert.equal(pulls, seen.pulls)
      assert.equal(seen.opens, seen.closes)
    end)
  end

  it("of open starts nothing before the first next", function()
    local source, seen = counting()
    local g <close> = source:map(double):open()
    assert.equal("new", g:status())
    assert.equal(0, seen.opens)
    assert.equal(2, g:next())
    assert.equal(1, seen.opens)
  end)

  it("of first, any and find-like terminals stops at the answer", function()
    local source, seen = counting()
    assert.equal(1, source:first())
    assert.equal(1, seen.pulls)
    assert.is_true(source:any(function(x) return x == 4 end))
    assert.equal(5, seen.pulls)
    assert.equal(2, seen.closes)
  end)

  it("of take(0) pulls nothing", function()
    local source, seen = counting()
    assert.yields({}, source:take(0))
    assert.equal(0, seen.pulls)
  end)

  it("hands each item through all stages before the next is pulled", function()
    local log = {}
    local function note(name)
      return function(x) log[#log + 1] = name .. x end
    end
    leat.range(2):tap(note "a"):tap(note "b"):each(note "c")
    assert.same({ "a1", "b1", "c1", "a2", "b2", "c2" }, log)
  end)
end)
