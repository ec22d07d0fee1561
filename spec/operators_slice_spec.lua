-- SPDX-License-Identifier: MIT
-- take, drop, take_while, drop_while, take_until, slice, step_by, take_last, drop_last.
local leat = require "leat"
local helper = require "spec.support.helper"
local counting, here = helper.counting, helper.here

after_each(helper.nothing_left_open)

describe("take", function()
  it("gives the first n items, or all when there are fewer", function()
    assert.yields({ 1, 2 }, leat.range(5):take(2))
    assert.yields({ 1, 2, 3 }, leat.range(3):take(3))
    assert.yields({ 1, 2, 3 }, leat.range(3):take(10))
    assert.yields({}, leat.range(3):take(0))
    assert.yields({}, leat.empty():take(3))
  end)

  it("takes the largest integer and a float with an integer value", function()
    assert.equal(3, leat.range(3):take(math.maxinteger):count())
    assert.yields({ 1, 2 }, leat.range(3):take(2.0))
  end)

  it("does not touch the item after the last", function()
    local p = helper.failing(2, "too far")
    assert.yields({ 1, 2 }, p:take(2))
  end)

  it("of a take takes the smaller", function()
    local p, seen = counting()
    assert.yields({ 1, 2 }, p:take(2):take(5))
    assert.yields({ 1, 2 }, p:take(5):take(2))
    assert.equal(4, seen.pulls)
  end)

  it("passes tuples", function()
    assert.yields({ { 1, "a" } }, leat.from({ "a", "b" }):enumerate():take(1))
  end)

  it("starts afresh with each run", function()
    local p = leat.range(9):take(2)
    assert.equal(2, p:count())
    assert.equal(2, p:count())
  end)
end)

describe("drop", function()
  it("gives all but the first n items", function()
    assert.yields({ 3, 4 }, leat.range(4):drop(2))
    assert.yields({}, leat.range(4):drop(4))
    assert.yields({}, leat.range(4):drop(9))
    assert.yields({ 1, 2 }, leat.range(2):drop(0))
    assert.yields({}, leat.range(2):drop(math.maxinteger))
  end)

  it("with take cuts a window", function()
    assert.yields({ 4, 5 }, leat.count_from():drop(3):take(2))
    assert.yields({ 3 }, leat.range(9):take(3):drop(2))
  end)

  it("drops tuples whole, and starts afresh with each run", function()
    local p = leat.from({ "a", "b" }):enumerate():drop(1)
    assert.yields({ { 2, "b" } }, p)
    assert.yields({ { 2, "b" } }, p)
  end)
end)

describe("take_while", function()
  local function below(n) return function(x) return x < n end end

  it("gives the items before the first for which pred is false", function()
    assert.yields({ 1, 2 }, leat.range(9):take_while(below(3)))
    assert.yields({}, leat.range(9):take_while(below(0)))
    assert.yields({ 1, 2, 3 }, leat.range(3):take_while(below(9)))
    assert.yields({ 1, 2 }, leat.from({ 1, 2, 9, 1, 2 }):take_while(below(3)))
  end)

  it("closes the source at that item and asks no more", function()
    local p, seen = counting()
    local g = p:take_while(below(3)):open()
    g:next()
    g:next()
    assert.equal(0, seen.closes)
    assert.is_nil(g:next())
    assert.equal(3, seen.pulls)
    assert.equal(1, seen.closes)
    assert.is_nil(g:next())
    assert.equal(3, seen.pulls)
  end)

  it("sees and passes tuples", function()
    assert.yields({ { 1, "a" } }, leat.from({ "a", "b" }):enumerate():take_while(function(_, s)
      return s == "a"
    end))
  end)

  it("counts nil as false", function()
    assert.yields({}, leat.range(3):take_while(function() end))
  end)
end)

describe("drop_while", function()
  local function below(n) return function(x) return x < n end end

  it("gives all from the first item for which pred is false, whatever follows", function()
    assert.yields({ 3, 1, 4 }, leat.from({ 1, 2, 3, 1, 4 }):drop_while(below(3)))
    assert.yields({}, leat.range(3):drop_while(below(9)))
    assert.yields({ 1, 2 }, leat.range(2):drop_while(below(0)))
    assert.yields({}, leat.empty():drop_while(error))
  end)

  it("asks pred no more once it was false, afresh in each run", function()
    local calls = 0
    local p = leat.range(6):drop_while(function(x) calls = calls + 1 return x < 3 end)
    assert.yields({ 3, 4, 5, 6 }, p)
    assert.equal(3, calls)
    assert.equal(4, p:count())
    assert.equal(6, calls)
  end)

  it("counts nil as false, and takes a path", function()
    assert.yields({ 1, 2 }, leat.range(2):drop_while(function() end))
    assert.yields({ { { n = 5 } } }, leat.from({ { old = true }, { n = 5 } }):drop_while "old"
      :batched(9))
  end)

  it("sees and passes tuples, out of a generator too, where pred may wait", function()
    local words = leat.generator(function()
      for _, s in ipairs { "a", "b", "c" } do leat.yield(s, s) end
    end)
    assert.yields({ { "b", "b" }, { "c", "c" } }, words():drop_while(function(_, s)
      return s == "a"
    end))
    helper.schedule(function()
      assert.yields({ 3 }, leat.generator(function() leat.yield_from(leat.range(3)) end)()
        :drop_while(function(x) coroutine.yield() return x < 3 end))
    end)
  end)

  it("says where pred failed, and goes on dropping when that item is left out", function()
    local function fussy(x)
      if x == 2 then error("two", 0) end
      return x < 3
    end
    local err = helper.failure(function() leat.range(5):drop_while(fussy):drain() end)
    assert.equal("drop_while", err.stage)
    assert.equal(2, err.item)
    assert.yields({ 3, 4, 5 }, leat.range(5):drop_while(fussy):on_error "skip")
  end)

  it("is one of many in a long chain", function()
    local p = leat.range(20)
    for i = 1, 15 do p = p:drop_while(below(i)) end
    assert.equal(6, p:count())
  end)
end)

describe("take_until", function()
  it("gives the items up to and with the first for which pred is true", function()
    assert.yields({ 1, 2, 3 }, leat.range(9):take_until(function(x) return x == 3 end))
    assert.yields({ 1 }, leat.range(9):take_until(function() return true end))
    assert.yields({ 1, 2 }, leat.range(2):take_until(function() return false end))
    assert.yields({}, leat.empty():take_until(error))
  end)

  it("closes the source before the last item is handed on, and asks no more", function()
    local p, seen = counting()
    local g = p:take_until(function(x) return x == 2 end):open()
    g:next()
    assert.equal(0, seen.closes)
    assert.equal(2, (g:next()))
    assert.equal(1, seen.closes)
    assert.is_nil((g:next()))
    assert.equal(2, seen.pulls)
  end)

  it("sees and passes tuples, and text that closing must not take away", function()
    assert.yields({ { 1, "a" }, { 2, "b" } }, leat.from({ "a", "b", "c" }):enumerate()
      :take_until(function(_, s) return s == "b" end))
    local lines = leat.read_lines(helper.file "one\ntwo\nthree\n")
    assert.yields({ "one", "two" }, lines:take_until(function(s) return s == "two" end))
  end)

  it("ends a generator where pred stops it", function()
    local ended = false
    local numbers = leat.generator(function()
      local guard <close> = setmetatable({}, { __close = function() ended = true end })
      for i = 1, math.huge do leat.yield(i) end
      return guard
    end)
    assert.yields({ 1, 2, 3 }, numbers():take_until(function(x) return x == 3 end))
    assert.is_true(ended)
  end)
end)

describe("slice", function()
  it("counts from 1, both ends included, as string.sub does", function()
    assert.yields({ 2, 3, 4 }, leat.range(9):slice(2, 4))
    assert.yields({ 8, 9 }, leat.range(9):slice(8))
    assert.yields({ 8, 9 }, leat.range(9):slice(8, 20))
    assert.yields({ 3 }, leat.range(9):slice(3, 3))
    assert.yields({}, leat.range(9):slice(10))
    assert.yields({}, leat.range(9):slice(4, 3))
    assert.yields({}, leat.range(9):slice(1, 0))
  end)

  it("agrees with string.sub and the numeric for on many arguments", function()
    local text = "abcdefgh"
    for first = 1, 10 do
      for last = 0, 10 do
        local p = leat.from(text:gmatch "."):slice(first, last)
        assert.equal(text:sub(first, last), p:concat() or "")
        for step = 1, 4 do
          local expected = {}
          for i = first, math.min(last, 8), step do expected[#expected + 1] = i end
          assert.yields(expected, leat.range(8):slice(first, last, step))
        end
      end
    end
  end)

  it("takes steps, also without a last, and the largest integers", function()
    assert.yields({ 2, 5, 8 }, leat.range(9):slice(2, nil, 3))
    assert.yields({ 1 }, leat.range(9):slice(1, math.maxinteger, math.maxinteger))
    assert.yields({ 1, 2, 3 }, leat.range(3):slice(1, math.maxinteger))
    assert.yields({}, leat.range(3):slice(math.maxinteger))
  end)

  it("closes the source once the last item is reached, before it is handed on", function()
    for _, case in ipairs { { 2, 3, 1, 3 }, { 2, 9, 5, 7 }, { 2, 6, 5, 2 } } do
      local p, seen = counting()
      local g = p:slice(case[1], case[2], case[3]):open()
      local last
      for x in g do
        last = x
        if x == case[4] then assert.equal(1, seen.closes) end
      end
      assert.equal(case[4], last)
      assert.equal(case[4], seen.pulls)
    end
  end)

  it("of nothing never opens its source", function()
    local p, seen = counting()
    assert.equal(0, p:slice(5, 4):count())
    assert.equal(0, p:slice(5, 4):take_last(3):count())
    assert.equal(0, seen.opens)
  end)

  it("shows what it was given", function()
    assert.equal("range(9) | slice(2, 8, 3)", tostring(leat.range(9):slice(2, 8, 3)))
    assert.equal("range(9) | slice(2)", tostring(leat.range(9):slice(2)))
  end)

  it("refuses positions from the end, step 0 and what is no integer", function()
    local p = leat.range(3)
    assert.raises_at(here(), "slice: first must be 1 or more, got -2", function() p:slice(-2) end)
    assert.raises_at(here(), "slice: first must be 1 or more, got 0", function() p:slice(0, 2) end)
    assert.raises_at(here(), "slice: last must be 0 or more", function() p:slice(1, -1) end)
    assert.raises_at(here(), "slice: step must be 1 or more", function() p:slice(1, 2, 0) end)
    assert.raises_at(here(), "slice: first must be a whole number", function() p:slice() end)
    assert.raises_at(here(), "slice: at most 3 arguments", function() p:slice(1, 2, 3, 4) end)
  end)
end)

describe("step_by", function()
  it("gives the first item and every n-th after it", function()
    assert.yields({ 1, 4, 7 }, leat.range(9):step_by(3))
    assert.yields({ 1, 2, 3 }, leat.range(3):step_by(1))
    assert.yields({ 1 }, leat.range(3):step_by(math.maxinteger))
    assert.yields({}, leat.empty():step_by(2))
    assert.yields({ { 1, "a" }, { 3, "c" } }, leat.from({ "a", "b", "c" }):enumerate():step_by(2))
  end)

  it("gives an item when it comes, not when the next one is known", function()
    local p, seen = counting()
    assert.yields({ 1, 4 }, p:step_by(3):take(2))
    assert.equal(4, seen.pulls)
  end)

  it("refuses 0", function()
    assert.raises_at(here() + 1, "step_by: n must be 1 or more", function()
      leat.range(3):step_by(0)
    end)
  end)
end)

describe("take_last and drop_last", function()
  it("split a stream in two, as drop and take do", function()
    for n = 0, 6 do
      local p = leat.range(4)
      local parts = p:drop_last(n):collect()
      for x in p:take_last(n) do parts[#parts + 1] = x end
      assert.same({ 1, 2, 3, 4 }, parts)
      assert.equal(math.min(n, 4), p:take_last(n):count())
    end
  end)

  it("keep false, null and tuples as they are", function()
    local odd = leat.from { 1, false, leat.null, 2 }
    assert.yields({ false, leat.null, 2 }, odd:take_last(3))
    assert.yields({ 1, false, leat.null }, odd:drop_last(1))
    local pairs_ = leat.from({ "a", "b", "c" }):enumerate()
    assert.same({ 3, "c" }, { pairs_:take_last(1):first() })
    assert.same({ 1, "a" }, { pairs_:drop_last(2):first() })
    local with_nil = leat.generator(function() leat.yield(1, nil, nil) end)()
    assert.equal(3, select("#", with_nil:take_last(1):first()))
    assert.yields({ { 1, 2 } }, leat.once({ 1, 2 }):take_last(1)) -- a table is no tuple
  end)

  it("take a number larger than any stream", function()
    assert.yields({ 1, 2 }, leat.range(2):take_last(math.maxinteger))
    assert.yields({}, leat.range(2):drop_last(math.maxinteger))
  end)

  it("take_last sees all, drop_last gives an item as soon as n more are there", function()
    local p, seen = counting(5)
    assert.yields({ 4 }, p:take_last(2):take(1))
    assert.equal(6, seen.pulls)
    assert.equal(1, seen.closes)
    p, seen = counting()
    assert.equal(1, p:drop_last(3):first())
    assert.equal(4, seen.pulls)
  end)

  it("take_last(0) never opens its source", function()
    local p, seen = counting(3)
    assert.yields({}, p:take_last(0))
    assert.equal(0, seen.opens)
  end)

  it("give nothing of what came before a failure that they would still hold", function()
    local got = {}
    local p = helper.failing(4, "broken")
    local err = helper.failure(function()
      p:drop_last(2):each(function(x) got[#got + 1] = x end)
    end)
    assert.equal("broken", err.cause)
    assert.same({ 1, 2 }, got)
    assert.raises("broken", function() p:take_last(2):drain() end)
  end)

  it("read text that is gone when it is given", function()
    local lines = leat.read_lines(helper.file "one\ntwo\nthree\nfour\n")
    assert.yields({ "three", "four" }, lines:take_last(2))
    assert.yields({ "one", "two" }, lines:drop_last(2))
  end)

  it("do not keep what they have handed on", function()
    local alive = setmetatable({}, { __mode = "k" })
    local p = leat.range(50):map(function(i) local t = { i } alive[t] = true return t end)
    for _ in p:take_last(40) do -- luacheck: ignore 512
      break
    end
    local g <close> = p:take_last(40):open()
    for _ = 1, 40 do g:next() end
    collectgarbage()
    collectgarbage()
    local count = 0
    for _ in pairs(alive) do count = count + 1 end
    assert.is_true(count <= 41 + 2, count) -- the loop that was left keeps its own
  end)

  it("refuse a negative number", function()
    local p = leat.range(3)
    assert.raises_at(here(), "take_last: n must be 0 or more", function() p:take_last(-1) end)
    assert.raises_at(here(), "drop_last: n must be a whole", function() p:drop_last() end)
  end)
end)
