-- SPDX-License-Identifier: MIT
-- chain and zip, each as a function and as a method.
local leat = require "leat"
local helper = require "spec.support.helper"
local counting = helper.counting

after_each(helper.nothing_left_open)

describe("chain", function()
  it("gives the items of each input, one input after another", function()
    assert.yields({ 1, 2, "a", "b" }, leat.chain(leat.range(2), { "a", "b" }))
    assert.yields({ 1, 2, "a", "b" }, leat.range(2):chain { "a", "b" })
    assert.yields({ 1, 2, 3 }, leat.range(1):chain({ 2 }, { 3 }))
    assert.yields({ 1 }, leat.chain { 1 })
    assert.yields({ 1 }, leat.range(1):chain())
    assert.yields({}, leat.chain({}, leat.empty(), {}))
  end)

  it("takes whatever from takes", function()
    local live = leat.range(3):open()
    live:next()
    assert.yields({ 1, 2, 3, "x", "y", "c" }, leat.chain({ 1 }, live, string.gmatch("xy", "%a"),
      coroutine.create(function() coroutine.yield "c" end)))
  end)

  it("of itself gives its items twice", function()
    local p = leat.range(2)
    assert.yields({ 1, 2, 1, 2 }, p:chain(p))
    assert.yields({ 1, 2, 1, 2, 1, 2 }, leat.chain(p, p, p))
  end)

  it("of chains keeps the order", function()
    assert.yields({ 1, 2, 3, 4 }, leat.chain(leat.chain({ 1 }, { 2 }), leat.chain({ 3 }, { 4 })))
    assert.yields({ 1, 2, 3, 4 }, leat.chain({ 1 }, leat.chain({ 2 }, leat.chain({ 3 }, { 4 }))))
  end)

  it("opens an input only when it is reached", function()
    local p, seen = counting(3)
    assert.yields({ "a", "b" }, leat.chain({ "a", "b" }, p):take(2))
    assert.equal(0, seen.opens)
  end)

  it("lets stages above and below count over all inputs", function()
    assert.yields({ { 1, 1 }, { 2, 2 }, { 3, "x" } }, leat.range(2):chain({ "x" }):enumerate())
    assert.yields({ 10, "x" }, leat.range(2):map(function(x)
      return x * 10
    end):take(1):chain { "x" })
    assert.yields({ { 1, 2 }, { 3, 4 } }, leat.range(3):chain({ 4 }):batched(2))
  end)

  it("passes tuples", function()
    local p = leat.entries({ k = "v" }):chain(leat.once("x"):enumerate())
    assert.yields({ { "k", "v" }, { 1, "x" } }, p)
  end)

  it("stops at a failing input after the items before it", function()
    local items = {}
    assert.raises("broken", function()
      leat.chain({ 1 }, helper.failing(1, "broken"), { 3 }):each(function(x)
        items[#items + 1] = x
      end)
    end)
    assert.same({ 1, 1 }, items)
  end)

  it("refuses what from refuses, naming the argument", function()
    assert.raises_at(helper.here(), "chain", function() leat.chain({ 1 }, 5) end)
  end)
end)

describe("zip", function()
  it("gives tuples of one item from each input until the shortest ends", function()
    assert.yields({ { 1, "a" }, { 2, "b" } }, leat.zip(leat.range(9), { "a", "b" }))
    assert.yields({ { 1, "a" }, { 2, "b" } }, leat.range(2):zip { "a", "b", "c" })
    assert.yields({ { 1, "a", true } }, leat.range(9):zip({ "a", "b" }, { true }))
    assert.yields({}, leat.zip({}, { 1 }))
    assert.yields({}, leat.zip({ 1 }, {}))
  end)

  it("keeps false and null", function()
    assert.yields({ { false, leat.null } }, leat.zip({ false }, { leat.null }))
  end)

  it("keeps all parts of tuples", function()
    assert.same({ "k", "v", 1 }, { leat.entries({ k = "v" }):zip({ 1 }):first() })
    assert.same({ 7, 1, "x", 8 }, { leat.zip({ 7 }, leat.once("x"):enumerate(), { 8 }):first() })
  end)

  it("of itself pairs two runs", function()
    local p = leat.range(2)
    assert.yields({ { 1, 1 }, { 2, 2 } }, p:zip(p))
  end)

  it("of one live generator with itself pairs neighbours", function()
    local g = leat.range(4):open()
    assert.yields({ { 1, 2 }, { 3, 4 } }, leat.zip(g, g))
  end)

  it("pulls from left to right and not past the first end", function()
    local a, a_seen = counting(2)
    local b, b_seen = counting()
    assert.yields({ { 1, 1 }, { 2, 2 } }, a:zip(b))
    assert.equal(3, a_seen.pulls)
    assert.equal(2, b_seen.pulls)
    assert.equal(1, b_seen.closes)
    assert.yields({ { 1, 1 }, { 2, 2 } }, b:zip(a))
    assert.equal(5, b_seen.pulls)
  end)

  it("closes all inputs when one fails", function()
    local a, seen = counting()
    assert.raises("broken", function() leat.zip(a, helper.failing(1, "broken"), a):drain() end)
    assert.equal(2, seen.opens)
    assert.equal(2, seen.closes)
  end)

  it("with strict raises when the lengths differ, whichever is shorter", function()
    local strict = { strict = true }
    assert.yields({ { 1, "a" } }, leat.zip({ 1 }, { "a" }, strict))
    assert.yields({ { 1, "a" } }, leat.once(1):zip({ "a" }, strict))
    assert.yields({}, leat.zip({}, {}, strict))
    assert.raises("zip", function() leat.zip({ 1, 2 }, { "a" }, strict):drain() end)
    assert.raises("zip", function() leat.zip({ 1 }, { "a", "b" }, strict):drain() end)
    assert.raises("zip", function() leat.zip({ 1 }, { "a" }, { true, false }, strict):drain() end)
    assert.raises("zip", function() leat.zip({}, {}, { 1 }, strict):drain() end)
  end)

  it("with strict gives the items before it raises", function()
    local items = {}
    pcall(function()
      leat.zip({ 1, 2 }, { 1 }, { strict = true }):each(function(x) items[#items + 1] = x end)
    end)
    assert.same({ 1 }, items)
  end)

  it("takes a last list for an input, not for options", function()
    assert.yields({ { 1, 2 } }, leat.zip({ 1 }, { 2 }))
    assert.yields({}, leat.zip({ 1 }, {}))
  end)

  it("of many inputs works", function()
    local inputs = {}
    for i = 1, 200 do inputs[i] = { i, -i } end
    local tuple = leat.zip(table.unpack(inputs)):collect()
    assert.equal(2, #tuple)
    assert.equal(200, #tuple[1])
    assert.equal(-200, tuple[2][200])
  end)
end)
