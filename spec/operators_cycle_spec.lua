-- SPDX-License-Identifier: MIT
-- cycle: what it runs again, what it holds, where it ends.
local leat = require "leat"
local helper = require "spec.support.helper"
local counting, here = helper.counting, helper.here

after_each(helper.nothing_left_open)

describe("cycle", function()
  it("gives the items n times, or without end", function()
    assert.yields({ 1, 2, 1, 2, 1, 2 }, leat.range(2):cycle(3))
    assert.yields({ 1, 2 }, leat.range(2):cycle(1))
    assert.yields({ 1, 2, 1, 2, 1 }, leat.range(2):cycle():take(5))
    assert.equal(helper.scaled(30000), leat.range(3):cycle():take(helper.scaled(30000)):count())
  end)

  it("of none never opens its source", function()
    local p, seen = counting(3)
    assert.yields({}, p:cycle(0))
    assert.equal(0, seen.opens)
  end)

  it("of nothing ends instead of spinning for ever", function()
    assert.yields({}, leat.empty():cycle())
    assert.yields({}, leat.range(3):filter(function() return false end):cycle())
    assert.yields({}, leat.from(pairs {}):cycle())
    assert.yields({}, leat.empty():cycle():cycle())
  end)

  it("ends when a later round gives nothing", function()
    local rounds = 0
    local p = leat.resource(function() rounds = rounds + 1 return { n = 3 - rounds } end,
      function(state)
        if state.n > 0 then
          state.n = state.n - 1
          return rounds
        end
      end)
    assert.yields({ 1, 1, 2 }, p:cycle())
  end)

  it("runs what can be read again afresh, each run closed before the next opens", function()
    local log = {}
    local p, seen = counting(2, "numbers", log)
    assert.yields({ 1, 2, 1, 2, 1, 2 }, p:cycle(3))
    assert.equal(3, seen.opens)
    assert.equal(3, seen.closes)
    assert.equal(9, seen.pulls)
    assert.equal("open numbers close numbers open numbers close numbers open numbers close numbers",
      table.concat(log, " "))
  end)

  it("calls the functions above it in each round", function()
    local calls = 0
    local p = leat.range(2):map(function(x) calls = calls + 1 return x * calls end)
    assert.yields({ 1, 4, 3, 8 }, p:cycle(2))
  end)

  it("holds the items of what can be read only once: iterators, generators, coroutines", function()
    local function twice(p) return p:cycle(2):concat " " end
    assert.equal("a b a b", twice(leat.from(("ab"):gmatch ".")))
    local g = leat.range(3):open()
    g:next()
    assert.equal("2 3 2 3", twice(g:map(function(x) return x end)))
    assert.equal("1 2 1 2", twice(leat.from(coroutine.create(function()
      coroutine.yield(1)
      coroutine.yield(2)
    end))))
    local file <close> = assert(io.open(helper.file "x\ny\n"))
    assert.equal("x y x y", twice(leat.read_lines(file)))
    assert.equal("1 2 1 2", twice((leat.range(2):tee(1))))
    assert.equal("1 2 1 2", leat.range(2):branch(twice))
  end)

  it("holds them wherever such a source stands above it", function()
    local function once() return leat.from(("ab"):gmatch ".") end
    local function as_text(p)
      return p:cycle(2):map(function(...) return table.concat({ ... }) end):concat " "
    end
    assert.equal("1 a b 1 a b", as_text(leat.range(1):chain(once())))
    assert.equal("1a 2b 1a 2b", as_text(leat.range(2):zip(once())))
    assert.equal("1a 1a", as_text(leat.chain({}, leat.zip({ 1 }, leat.from({}):chain(once())))))
    assert.equal("a b a b", as_text(once():through(function(up) leat.yield_from(up) end)))
    assert.equal("a b a b", as_text(leat.generator(function(up) leat.yield_from(up) end)(once())))
    assert.equal("a b a b a b a b", as_text(once():cycle(2)))
    local deep = once()
    for _ = 1, helper.scaled(20000) do deep = leat.chain({}, deep) end
    assert.equal("a b a b", as_text(deep))
  end)

  it("keeps tuples, false and null in both ways", function()
    for _, p in ipairs { leat.from { "a", false, leat.null }:enumerate(),
      leat.from(ipairs { "a", false, leat.null }) } do
      local got = {}
      p:cycle(2):each(function(...)
        got[#got + 1] = select("#", ...) .. tostring((select(2, ...)))
      end)
      assert.equal("2a 2false 2null 2a 2false 2null", table.concat(got, " "))
    end
  end)

  it("starts afresh with each run and nests", function()
    local p = leat.range(2):cycle(2)
    assert.equal(4, p:count())
    assert.equal(4, p:count())
    assert.yields({ 1, 2, 1, 2, 1, 2, 1, 2 }, p:cycle(2))
    assert.yields({ 1, 2, 2, 1, 2, 2 }, leat.range(2):chain { 2 }:cycle(2))
  end)

  it("asks for the first item of the next round only when it is wanted", function()
    local p, seen = counting(2)
    local g <close> = p:cycle():open()
    g:next()
    g:next()
    assert.equal(2, seen.pulls)
    assert.equal(1, (g:next()))
    assert.equal(4, seen.pulls)
    assert.equal(2, seen.opens)
    assert.equal(1, seen.closes)
  end)

  it("closes the round at hand when it is left in the middle", function()
    local p, seen = counting(2)
    p:cycle():take(3):drain()
    for x, round in p:cycle():zip(leat.count_from()):iter() do
      if x == 1 and round > 3 then break end
    end
    helper.failure(function() p:cycle():each(function() error "enough" end) end)
    local g = p:cycle():open()
    for _ = 1, 5 do g:next() end
    g:close()
    assert.equal(seen.opens, seen.closes)
    assert.is_true(seen.opens >= 8)
  end)

  it("raises what fails in a later round, after the items before it, and can be caught", function()
    local runs = 0
    local p = leat.resource(function() runs = runs + 1 return { 0 } end, function(state)
      state[1] = state[1] + 1
      if runs == 2 and state[1] == 2 then error("second round", 0) end
      if state[1] <= 2 then return state[1] end
    end)
    local got = {}
    local err = helper.failure(function() p:cycle():each(function(x) got[#got + 1] = x end) end)
    assert.equal("second round", err.cause)
    assert.same({ 1, 2, 1 }, got)
    runs = 0
    assert.yields({ 1, 2, 1, "caught" }, p:cycle():catch(function() return { "caught" } end))
  end)

  it("lets its rounds wait for a host", function()
    local p = leat.range(2):map(function(x) coroutine.yield() return x end):cycle(3)
    helper.schedule(function() assert.yields({ 1, 2, 1, 2, 1, 2 }, p) end,
      function() assert.equal(6, p:count()) end)
  end)

  it("refuses what is no number of rounds", function()
    local p = leat.range(3)
    assert.raises_at(here(), "cycle: n must be 0 or more, got -1", function() p:cycle(-1) end)
    assert.raises_at(here(), "cycle: n must be a whole number", function() p:cycle "2" end)
    assert.raises_at(here(), "cycle: at most 1 argument", function() p:cycle(1, 2) end)
  end)
end)
