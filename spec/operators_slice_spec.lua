-- SPDX-License-Identifier: MIT
-- take, drop, take_while.
local leat = require "leat"
local helper = require "spec.support.helper"
local counting = helper.counting

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
