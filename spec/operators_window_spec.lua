-- SPDX-License-Identifier: MIT
-- sliding_window and pairwise.
local leat = require "leat"
local helper = require "spec.support.helper"
local here = helper.here

after_each(helper.nothing_left_open)

describe("sliding_window", function()
  it("gives tables of n items in a row", function()
    assert.yields({ { 1, 2, 3 }, { 2, 3, 4 }, { 3, 4, 5 } }, leat.range(5):sliding_window(3))
    assert.yields({ { "a", "b" }, { "b", "c" } }, leat.from({ "a", "b", "c" }):sliding_window(2))
    assert.yields({ { 1 }, { 2 } }, leat.range(2):sliding_window(1))
    assert.yields({ { 1, 2 } }, leat.range(2):sliding_window(2))
  end)

  it("gives nothing when there are fewer than n", function()
    assert.yields({}, leat.range(2):sliding_window(3))
    assert.yields({}, leat.empty():sliding_window(1))
    assert.yields({}, leat.range(5):sliding_window(math.maxinteger))
    assert.yields({}, leat.range(5):sliding_window(math.maxinteger, math.maxinteger))
  end)

  it("begins each step items after the one before", function()
    assert.yields({ { 1, 2, 3 }, { 3, 4, 5 }, { 5, 6, 7 } }, leat.range(8):sliding_window(3, 2))
    assert.yields({ { 1, 2 }, { 3, 4 } }, leat.range(5):sliding_window(2, 2))
    assert.yields({ { 1, 2 }, { 5, 6 }, { 9, 10 } }, leat.range(11):sliding_window(2, 4))
    assert.yields({ { 1 }, { 4 }, { 7 } }, leat.range(8):sliding_window(1, 3))
    assert.yields({ { 1, 2 } }, leat.range(9):sliding_window(2, math.maxinteger))
  end)

  it("agrees with slices of a list for every size and step", function()
    for size = 1, 5 do
      for step = 1, 7 do
        local expected = {}
        for first = 1, 13 - size + 1, step do
          expected[#expected + 1] = leat.range(first, first + size - 1):collect()
        end
        assert.yields(expected, leat.range(13):sliding_window(size, step))
      end
    end
  end)

  it("makes a new table for each window", function()
    for _, step in ipairs { 1, 2, 3 } do
      local windows = leat.range(9):sliding_window(2, step):map(function(w)
        w[1] = "changed" -- what its user does to one touches no other
        return w
      end):collect()
      assert.equal(step + 2, windows[2][2])
      assert.is_false(rawequal(windows[1], windows[2]))
      assert.is_nil(getmetatable(windows[1]))
    end
  end)

  it("holds tuples as tables, and false and null as they are", function()
    assert.yields({ { { 1, "a" }, { 2, "b" } } },
      leat.from({ "a", "b" }):enumerate():sliding_window(2))
    assert.yields({ { false, leat.null }, { leat.null, 1 } },
      leat.from({ false, leat.null, 1 }):sliding_window(2))
    assert.yields({ { false, 1 } }, leat.from({ false, 1, leat.null }):sliding_window(2, 2))
  end)

  it("hands a window on as soon as it is complete", function()
    local p, seen = helper.counting()
    local g <close> = p:sliding_window(3, 2):open()
    assert.equal(0, seen.pulls)
    g:next()
    assert.equal(3, seen.pulls)
    g:next()
    assert.equal(5, seen.pulls)
  end)

  it("drops what fills no window when upstream ends or fails", function()
    local got = {}
    assert.raises("broken", function()
      helper.failing(4, "broken"):sliding_window(2, 3):each(function(w) got[#got + 1] = w end)
    end)
    assert.same({ { 1, 2 } }, got)
  end)

  it("holds n items, and lets go of those that have left the window", function()
    for _, step in ipairs { 1, 2, 5 } do
      local alive = setmetatable({}, { __mode = "k" })
      local most = 0
      helper.counting(300):map(function(i)
        local t = { i }
        alive[t] = true
        return t
      end):sliding_window(4, step):each(function()
        collectgarbage()
        local count = 0
        for _ in pairs(alive) do count = count + 1 end
        most = math.max(most, count)
      end)
      assert.is_true(most <= 8, most .. " items alive")
    end
  end)

  it("of lines, of a generator and of windows works the same", function()
    assert.yields({ { "a", "b" }, { "b", "" } },
      leat.read_lines(helper.file "a\nb\n\n"):sliding_window(2))
    local numbers = leat.generator(function(n) for i = 1, n do leat.yield(i) end end)
    assert.yields({ { 1, 2 }, { 2, 3 } }, numbers(3):sliding_window(2))
    assert.yields({ { { 1, 2 }, { 2, 3 } } }, leat.range(3):sliding_window(2):sliding_window(2))
  end)

  it("runs twice alike", function()
    local p = leat.range(4):sliding_window(3)
    assert.yields({ { 1, 2, 3 }, { 2, 3, 4 } }, p)
    assert.yields({ { 1, 2, 3 }, { 2, 3, 4 } }, p)
  end)

  it("shows its arguments", function()
    assert.equal("range(9) | sliding_window(3)", tostring(leat.range(9):sliding_window(3)))
    assert.equal("range(9) | sliding_window(3, 2)", tostring(leat.range(9):sliding_window(3, 2)))
  end)

  it("refuses a size or a step below 1 on the caller's line", function()
    assert.raises_at(here() + 1, "sliding_window: n must be 1 or more, got 0", function()
      leat.range(3):sliding_window(0)
    end)
    assert.raises_at(here() + 1, "sliding_window: step must be 1 or more, got 0", function()
      leat.range(3):sliding_window(2, 0)
    end)
    assert.raises_at(here() + 1, "sliding_window: n must be a whole number", function()
      leat.range(3):sliding_window()
    end)
    assert.raises_at(here() + 1, "sliding_window: step must be a whole number", function()
      leat.range(3):sliding_window(2, "1")
    end)
  end)
end)

describe("pairwise", function()
  it("gives each item with the one after it, as a tuple", function()
    assert.yields({ { 1, 2 }, { 2, 3 } }, leat.range(3):pairwise())
    assert.yields({ { "a", "b" } }, leat.from({ "a", "b" }):pairwise())
    local sums = {}
    leat.range(4):pairwise():each(function(a, b) sums[#sums + 1] = a + b end)
    assert.same({ 3, 5, 7 }, sums)
  end)

  it("gives nothing when there are fewer than two", function()
    assert.yields({}, leat.empty():pairwise())
    assert.yields({}, leat.once(1):pairwise())
  end)

  it("takes items of changing kinds, false and null among them", function()
    assert.yields({ { 1, "a" }, { "a", 2 }, { 2, 2.5 }, { 2.5, false }, { false, leat.null },
      { leat.null, 3 } }, leat.from({ 1, "a", 2, 2.5, false, leat.null, 3 }):pairwise())
  end)

  it("makes each tuple that comes one part, a table", function()
    assert.yields({ { { 1, "a" }, { 2, "b" } }, { { 2, "b" }, { 3, "c" } } },
      leat.from({ "a", "b", "c" }):enumerate():pairwise())
  end)

  it("of pairs pairs them again", function()
    assert.yields({ { { 1, 2 }, { 2, 3 } } }, leat.range(3):pairwise():pairwise())
  end)

  it("is lazy, and works on an endless source", function()
    local p, seen = helper.counting()
    assert.yields({ { 1, 2 }, { 2, 3 } }, p:pairwise():take(2))
    assert.equal(3, seen.pulls)
    assert.equal(1, seen.closes)
  end)

  it("of lines and of a generator works the same", function()
    assert.yields({ { "a", "b" }, { "b", "" } }, leat.read_lines(helper.file "a\nb\n\n"):pairwise())
    local numbers = leat.generator(function(n) for i = 1, n do leat.yield(i) end end)
    assert.yields({ { 1, 2 }, { 2, 3 } }, numbers(3):pairwise())
  end)

  it("takes no arguments", function()
    assert.raises_at(here() + 1, "pairwise: at most 0 arguments expected, got 1", function()
      leat.range(3):pairwise(2)
    end)
  end)
end)
