-- SPDX-License-Identifier: MIT
-- chain, zip, zip_longest, interleave, merge_sorted, product (each as a function and as a method),
-- permutations, combinations.
local leat = require "leat"
local helper = require "spec.support.helper"
local counting, null = helper.counting, leat.null

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

  it("with strict counts what on_error has left out", function()
    local function bad(x) if x == 2 then error("two", 0) end return x end
    local strict = { strict = true }
    assert.yields({ { 1, 1 }, { 3, 3 } }, leat.zip(leat.range(3):map(bad), leat.range(3), strict)
      :on_error "skip")
    assert.yields({ { 1, 1 } }, leat.zip(leat.range(2):map(bad), leat.range(2), strict)
      :on_error "skip")
    for i, other in ipairs { leat.range(1), leat.empty(), leat.range(3), leat.from { 7 } } do
      assert.raises(i == 3 and "input 1 ended before input 2" or "input 2 ended before input 1",
        function() leat.zip(leat.range(2):map(bad), other, strict):on_error("skip"):drain() end)
    end
    assert.raises("input 3 ended before input 1", function()
      leat.zip(leat.range(2), leat.range(2):map(bad), leat.range(1), strict):on_error("skip")
        :drain()
    end)
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

-- Lists, ranges and count_from are read in place, without a run of their own.
describe("an input that is read in place", function()
  local maximum <const> = math.maxinteger

  -- The same input, but with a run.
  local function run(input) return leat.from(input):map(function(x) return x end) end

  it("gives what it gives with a run of its own", function()
    local inputs = {
      {}, { 1 }, { "a", false, null }, leat.range(0), leat.range(3), leat.range(5, 1, -2),
      leat.range(1, 2, 0.5), leat.count_from(7):take(3), leat.range(maximum - 1, maximum),
      leat.range(math.mininteger, math.mininteger + 1), setmetatable({ "m" }, {}),
    }
    for _, a in ipairs(inputs) do
      for _, b in ipairs(inputs) do
        for _, name in ipairs { "chain", "zip", "zip_longest", "interleave", "product" } do
          local op = leat[name]
          local expected = op(run(a), run(b), run(a)):collect()
          assert.yields(expected, op(a, b, a))
          assert.yields(expected, op(run(a), b, run(a)))
          assert.yields(expected, op(a, run(b), a))
        end
      end
    end
  end)

  it("counts past the integers", function()
    local p = leat.zip({ "a", "b", "c", "d" }, leat.count_from(maximum - 1))
    assert.yields({ { "a", maximum - 1 }, { "b", maximum }, { "c", 2.0 ^ 63 }, { "d", 2.0 ^ 63 } },
      p)
    assert.yields({ maximum, 2.0 ^ 63 }, leat.chain({}, leat.count_from(maximum)):take(2))
  end)

  it("fails at an element that is nil as it does with a run of its own", function()
    local holes = { 1, 2, nil, 4 }
    for _, name in ipairs { "chain", "zip", "zip_longest", "interleave", "merge_sorted",
      "product" } do
      local p = leat[name]({ 1, 2, 3, 4 }, holes)
      local err = helper.failure(p.drain, p)
      assert.matches("element 3 of the list of 4 is nil", err.message)
      assert.equal("from", err.stage)
      assert.equal(1, err.stage_number)
      assert.equal("item", err.code)
    end
    assert.yields({ { 1, 1 }, { 2, 2 }, { 4, 4 } }, leat.zip({ 1, 2, 3, 4 }, holes):on_error "skip")
    assert.yields({ 1, 2, 4 }, leat.chain({}, holes):on_error "skip")
    assert.yields({ { 1, 1 }, { 2, 2 }, "?", { 4, 4 } },
      leat.zip({ 1, 2, 3, 4 }, holes):on_error(function() return "?" end))
  end)

  it("is measured when it is reached", function()
    local list = { 1 }
    local p = leat.chain(leat.range(2):tap(function(x) list[x + 1] = x * 10 end), list)
    assert.yields({ 1, 2, 1, 10, 20 }, p)
  end)

  it("may have elements of its metatable's making", function()
    local list = setmetatable({}, {
      __len = function() return 3 end,
      __index = function(_, i) return i * i end,
    })
    assert.yields({ { 1, 1 }, { 2, 4 }, { 3, 9 } }, leat.zip(leat.count_from(), list))
    assert.yields({ 1, 4, 9 }, leat.chain({}, list))
  end)

  it("stays in step when some are, and some are not", function()
    local p, seen = counting()
    assert.yields({ { 1, 1, "a", 5 }, { 2, 2, "b", 6 } },
      leat.zip(leat.range(9), p, { "a", "b" }, leat.range(5, 9)))
    assert.equal(3, seen.pulls)
  end)
end)

describe("zip", function()
  it("leaves out, with on_error, one item of each input for one that failed", function()
    local function odd(x) if x % 2 == 0 then error "even" end return x end
    local function bad(at) return function(x) if x == at then error "bad" end return x end end
    assert.yields({ { 1, 1, 1 }, { 3, 3, 3 } },
      leat.zip(leat.range(4):map(odd), leat.range(4), leat.range(4):map(odd)):on_error "skip")
    assert.yields({ { 1, 1, 1 }, { 4, 4, 4 } },
      leat.zip(leat.range(4):map(bad(3)), leat.range(4):map(bad(2)), leat.range(4)):on_error "skip")
    assert.yields({ { 1, 1, 1 }, { 4, 4, 4 }, { 5, 5, 5 } },
      leat.zip(leat.range(5):map(bad(3)), leat.range(5):map(bad(2)),
        leat.range(5):map(bad(2))):on_error "skip")
    assert.yields({ { 1, 1 }, { 3, 3 } },
      leat.zip(leat.range(3):map(bad(2)), leat.range(3), { strict = true }):on_error "skip")
    assert.yields({ { 1, 1, 1 }, { 2, 2, 2 } }, leat.zip(leat.range(3),
      leat.range(3):map(bad(3)), leat.range(3), { strict = true }):on_error "skip")
  end)

  it("lets the functions of its inputs yield", function()
    local function wait(x) coroutine.yield() return x end
    local p = leat.zip(leat.range(3):map(wait), { "a", "b", "c" }, leat.range(9):map(wait))
    local items
    helper.schedule(function() items = p:collect() end, function() p:drain() end)
    assert.same({ { 1, "a", 1 }, { 2, "b", 2 }, { 3, "c", 3 } }, items)
  end)
end)

describe("zip_longest", function()
  it("goes on until all inputs have ended, with null for what is missing", function()
    assert.yields({ { 1, "a", 7 }, { 2, null, 8 }, { 3, null, null } },
      leat.zip_longest({ 1, 2, 3 }, { "a" }, { 7, 8 }))
    assert.yields({ { 1, "a" }, { null, "b" } }, leat.once(1):zip_longest { "a", "b" })
    assert.yields({ { null, 1 }, { null, 2 } }, leat.zip_longest({}, { 1, 2 }))
    assert.yields({ { 1, null }, { 2, null } }, leat.zip_longest({ 1, 2 }, {}))
    assert.yields({}, leat.zip_longest({}, {}, {}))
    assert.yields({ 1, 2 }, leat.zip_longest { 1, 2 })
  end)

  it("fills with what fill says", function()
    assert.yields({ { 1, 1 }, { 0, 2 } }, leat.zip_longest({ 1 }, { 1, 2 }, { fill = 0 }))
    assert.yields({ { 1, 1 }, { false, 2 } }, leat.zip_longest({ 1 }, { 1, 2 }, { fill = false }))
    local t = {}
    assert.equal(t, select(2, leat.zip_longest({ 1 }, {}, { fill = t }):first()))
    local fill = leat.zip_longest({ 1 }, { 1, 2 }, { fill = "x" })
    assert.yields({ { 1, 1 }, { "x", 2 } }, fill)
    assert.yields({ { 1, 1 }, { "x", 2 } }, fill)
  end)

  it("fills as many parts as the last item of the input had", function()
    assert.yields({ { "a", 1, "x" }, { "b", 2, null }, }, leat.entries({ a = 1, b = 2 })
      :zip_longest { "x" })
    assert.yields({ { "x", "a", 1 }, { "y", null, null } },
      leat.zip_longest({ "x", "y" }, leat.entries { a = 1 }))
    assert.yields({ { "a", 1, "x" }, { null, null, "y" } },
      leat.entries({ a = 1 }):zip_longest { "x", "y" })
    assert.yields({ { null, "x" } }, leat.entries({}):zip_longest { "x" })
  end)

  it("keeps false, null, and nil in the later parts of a tuple", function()
    assert.yields({ { false, null }, { null, false } },
      leat.zip_longest({ false, null }, { null, false }))
    local p = leat.generator(function() leat.yield("a", nil, "c") end)()
    local parts = table.pack(p:zip_longest({ 1 }):first())
    assert.same({ "a", nil, "c", 1, n = 4 }, parts)
  end)

  it("asks an input that has ended no more", function()
    local a, a_seen = counting(1)
    local b, b_seen = counting(3)
    assert.equal(3, a:zip_longest(b):count())
    assert.equal(2, a_seen.pulls)
    assert.equal(4, b_seen.pulls)
    assert.equal(1, a_seen.closes)
    assert.equal(1, b_seen.closes)
    assert.equal(2, a:zip_longest(b):take(2):count())
    assert.equal(6, b_seen.pulls)
    assert.equal(2, b_seen.closes)
  end)

  it("works on endless inputs", function()
    assert.yields({ { 1, "a" }, { 2, null } }, leat.count_from():zip_longest({ "a" }):take(2))
    assert.yields({ { "a", 1 }, { null, 2 } },
      leat.from({ "a" }):zip_longest(leat.count_from()):take(2))
  end)

  it("stays in step when on_error leaves items out", function()
    local function bad(at) return function(x) if x == at then error "bad" end return x end end
    assert.yields({ { 1, 1 }, { 3, 3 }, { null, 4 } },
      leat.range(3):map(bad(2)):zip_longest({ 1, 2, 3, 4 }):on_error "skip")
    assert.yields({ { 1, 1 }, { 3, null }, { 4, null } },
      leat.range(4):map(bad(2)):zip_longest({ 1 }):on_error "skip")
    assert.yields({ { 1, 1, 1 }, { null, 3, 3 } },
      leat.zip_longest({ 1 }, leat.range(3):map(bad(2)), leat.range(3)):on_error "skip")
  end)

  it("lets its inputs yield, and closes them when one fails", function()
    local function wait(x) coroutine.yield() return x end
    local items
    helper.schedule(function()
      items = leat.range(1):map(wait):zip_longest(leat.range(2):map(wait)):collect()
    end)
    assert.same({ { 1, 1 }, { null, 2 } }, items)
    local a, seen = counting()
    local p = a:zip_longest((helper.failing(2, "broken")))
    assert.raises("broken", p.drain, p)
    assert.equal(1, seen.closes)
  end)

  it("refuses options it does not know", function()
    assert.raises_at(helper.here() + 1, "did you mean 'fill'",
      function() leat.zip_longest({}, { fil = 1 }) end)
    assert.raises_at(helper.here() + 1, "zip_longest: input 2",
      function() leat.range(3):zip_longest(5) end)
  end)
end)

describe("interleave", function()
  it("gives an item of each input in turn, until all have ended", function()
    assert.yields({ 1, "a", 10, 2, "b", 3 }, leat.interleave({ 1, 2, 3 }, { "a", "b" }, { 10 }))
    assert.yields({ "a", 1, 2, 3 }, leat.from({ "a" }):interleave(leat.range(3)))
    assert.yields({ 1, 2 }, leat.interleave({}, { 1, 2 }, {}))
    assert.yields({ 1, 2 }, leat.interleave { 1, 2 })
    assert.yields({}, leat.interleave({}, {}))
  end)

  it("passes false, null and tuples as they are", function()
    assert.yields({ false, null, { "k", 1 } },
      leat.interleave({ false }, { null }, leat.entries { k = 1 }))
    assert.equal(2, select("#", leat.interleave({}, leat.entries { k = 1 }):first()))
  end)

  it("pulls no more than it gives", function()
    local a, a_seen = counting()
    local b, b_seen = counting(1)
    local p = a:interleave(b)
    assert.equal(0, a_seen.opens + b_seen.opens)
    assert.yields({ 1 }, p:take(1))
    assert.equal(0, b_seen.opens)
    assert.yields({ 1, 1, 2, 3, 4 }, p:take(5))
    assert.equal(2, b_seen.pulls)
    assert.equal(1, b_seen.closes)
    assert.equal(5, a_seen.pulls)
  end)

  it("of one live generator with itself gives its items in order", function()
    local g = leat.range(5):open()
    assert.yields({ 1, 2, 3, 4, 5 }, leat.interleave(g, g))
  end)

  it("runs stages above it that hold items, and can be in another", function()
    assert.yields({ 1, "a", 1, "b", 2 }, leat.range(2):flat_map(function(x)
      return { x, x < 2 and x or nil }
    end):interleave { "a", "b" })
    assert.yields({ 1, 3, 2, 4 }, leat.interleave(leat.interleave({ 1 }, { 2 }),
      leat.interleave({ 3 }, { 4 })))
    assert.yields({ 1, 5, 3, 2, 4 }, leat.from({ 1, 2 }):interleave({ 3, 4 }):interleave { 5 }
      :map(function(x) return x end))
  end)

  it("leaves out items that fail, and fails with its inputs", function()
    local function odd(x) if x % 2 == 0 then error "even" end return x end
    assert.yields({ 1, 1, 3, 3 },
      leat.range(3):map(odd):interleave(leat.range(3):map(odd)):on_error "skip")
    local a, seen = counting()
    local p = a:interleave((helper.failing(1, "broken")))
    assert.raises("broken", p.drain, p)
    assert.equal(1, seen.closes)
  end)

  it("lets its inputs yield, inside a generator too", function()
    local function wait(x) coroutine.yield() return x end
    local body = leat.generator(function() for i = 1, 3 do leat.yield(i) end end)
    local items
    helper.schedule(function()
      items = body():interleave(leat.range(2):map(wait)):collect()
    end)
    assert.same({ 1, 1, 2, 2, 3 }, items)
  end)

  it("takes no options", function()
    assert.raises_at(helper.here() + 1, "no option",
      function() leat.interleave({}, { strict = true }) end)
  end)
end)

describe("merge_sorted", function()
  it("makes one of inputs that are in order", function()
    assert.yields({ 1, 2, 2, 3, 5, 8, 9 }, leat.merge_sorted({ 1, 5, 9 }, { 2, 3 }, { 2, 8 }))
    assert.yields({ "a", "b", "c" }, leat.from({ "a", "c" }):merge_sorted { "b" })
    assert.yields({ 1, 2 }, leat.merge_sorted({}, { 1, 2 }, {}))
    assert.yields({ 1, 2 }, leat.merge_sorted { 1, 2 })
    assert.yields({}, leat.merge_sorted({}, {}))
  end)

  it("of many inputs is their sorted sum", function()
    for inputs = 1, 17 do
      local all, expected = {}, {}
      for i = 1, inputs do
        all[i] = {}
        for k = 0, i * 7 % 5 + 3 do all[i][k + 1] = k * (i % 4 + 1) + i % 3 end
        table.move(all[i], 1, #all[i], #expected + 1, expected)
      end
      table.sort(expected)
      assert.yields(expected, leat.merge_sorted(table.unpack(all)))
    end
  end)

  it("has the order of false, true, numbers, strings; null and NaN last", function()
    local nan <const> = 0 / 0
    local items = leat.merge_sorted({ false, 1, "a", null }, { true, 1.5, nan },
      { 1, 2.0, "B" }):collect()
    assert.equal("false true 1 1 1.5 2.0 B a null", table.concat(leat.from(items):map(tostring)
      :take(9):collect(), " "))
    assert.is_true(items[10] ~= items[10])
    assert.yields({ 2 ^ 53, 2 ^ 53 | 0, 9007199254740993 },
      leat.merge_sorted({ 9007199254740993 }, { 2 ^ 53 }, { 2 ^ 53 | 0 }))
  end)

  it("gives equal items by the number of their input", function()
    local p = leat.merge_sorted(
      leat.from({ 1, 1, 2 }):map(function(x) return { x, "a" } end),
      leat.from({ 1, 2, 2 }):map(function(x) return { x, "b" } end),
      leat.from({ 1 }):map(function(x) return { x, "c" } end),
      { key = function(t) return t[1] end })
    assert.equal("1a 1a 1b 1c 2a 2b 2b", p:map(function(t) return t[1] .. t[2] end):concat " ")
  end)

  it("merges by a key, a function or a path, which may be more than one part long", function()
    assert.yields({ 5, 4, 3, 1 },
      leat.merge_sorted({ 5, 3 }, { 4, 1 }, { key = function(x) return -x end }))
    assert.yields({ { n = 1 }, { n = 2 }, {} },
      leat.merge_sorted({ { n = 2 } }, { { n = 1 }, {} }, { key = "n" }))
    assert.yields({ { "a", 3 }, { "b", 2 }, { "c", 5 } },
      leat.merge_sorted(leat.entries { a = 3, c = 5 }, leat.entries { b = 2 },
        { key = function(k) return k end }))
    assert.yields({ { "b", 2 }, { "a", 3 }, { "c", 5 } },
      leat.merge_sorted(leat.entries { a = 3, c = 5 }, leat.entries { b = 2 }, { key = "_2" }))
  end)

  it("compares tuples and lists element by element", function()
    assert.yields({ { "a", 1 }, { "a", 2 }, { "b", 0 } },
      leat.zip({ "a", "b" }, { 1, 0 }):merge_sorted(leat.once("a"):zip { 2 }))
    assert.yields({ { 1 }, { 1, 2 }, { 3 } }, leat.merge_sorted({ { 1, 2 } }, { { 1 }, { 3 } }))
  end)

  it("merges descending inputs by desc(key), null and NaN last all the same", function()
    assert.yields({ 9, 6, 5, 1, null },
      leat.merge_sorted({ 9, 5, 1 }, { 6, null }, { key = leat.desc "_" }))
    local p = leat.from({ 3, 1, 2 }):sort(leat.desc "_")
    assert.yields({ 3, 3, 2, 2, 1, 1 },
      p:merge_sorted(p, { key = leat.desc(function(x) return x end) }))
    assert.yields({ "b", "a", "" },
      leat.merge_sorted({ "a", "" }, { "b" }, { key = leat.desc "_" }))
  end)

  it("gives tuples, records and lines as they came", function()
    local p = leat.merge_sorted(leat.entries { a = 1, b = 2 }, leat.entries { ab = 3 },
      { key = "_1" })
    assert.yields({ { "a", 1 }, { "ab", 3 }, { "b", 2 } }, p)
    assert.equal(2, select("#", p:first()))
    local one, two = helper.file "a\nc\nd\n", helper.file "b\nd\n"
    assert.yields({ "a", "b", "c", "d", "d" },
      leat.read_lines(one):merge_sorted(leat.read_lines(two)))
    assert.equal('{"t":1} {"t":2} {"t":3}', leat.read_jsonl(helper.file '{"t":1}\n{"t":3}\n')
      :merge_sorted(leat.read_jsonl(helper.file '{"t":2}\n'),
        { key = "t" }):map(tostring):concat " ")
  end)

  it("does not look whether an input is in order", function()
    assert.yields({ 2, 3, 1, 4, 9 }, leat.merge_sorted({ 3, 1, 9 }, { 2 }, { 4 }))
  end)

  it("asks each input for one item ahead, no more, and works on endless ones", function()
    local a, a_seen = counting()
    local b, b_seen = counting()
    local p = a:merge_sorted(b)
    assert.yields({ 1 }, p:take(1))
    assert.equal(1, a_seen.pulls)
    assert.equal(1, b_seen.pulls)
    assert.yields({ 1, 1, 2 }, p:take(3))
    assert.equal(3, a_seen.pulls)
    assert.equal(3, b_seen.pulls)
    assert.equal(2, a_seen.closes)
    assert.equal(2, b_seen.closes)
  end)

  it("calls the key once for each item", function()
    local calls = 0
    leat.merge_sorted({ 1, 3, 5 }, { 2, 4 },
      { key = function(x) calls = calls + 1 return x end }):drain()
    assert.equal(5, calls)
  end)

  it("fails for items without an order, and with its key", function()
    local p = leat.merge_sorted({ 1, 2 }, { 1, print })
    local err = helper.failure(p.drain, p)
    assert.equal("merge_sorted", err.stage)
    assert.equal("item", err.code)
    assert.yields({ 1, 1, 2 }, p:on_error "skip")
    p = leat.merge_sorted({ 1, 2, 3 }, { 1, 2, 3 }, { key = function(x)
      if x == 2 then error "two" end
      return x
    end })
    assert.raises("two", p.drain, p)
    assert.yields({ 1, 1, 3, 3 }, p:on_error "skip")
  end)

  it("lets key and inputs yield", function()
    local function wait(x) coroutine.yield() return x end
    local items
    helper.schedule(function()
      items = leat.from({ 1, 4 }):map(wait):merge_sorted({ 2 }, leat.from({ 3 }):map(wait),
        { key = wait }):collect()
    end)
    assert.same({ 1, 2, 3, 4 }, items)
  end)

  it("closes all inputs when one fails", function()
    local a, seen = counting()
    local p = a:merge_sorted(helper.failing(2, "broken"), a)
    assert.raises("broken", p.drain, p)
    assert.equal(2, seen.closes)
  end)

  it("refuses what is no key on the line that builds the chain", function()
    assert.raises_at(helper.here() + 1, "key must be",
      function() leat.merge_sorted({}, { key = 3 }) end)
    assert.raises_at(helper.here() + 1, "did you mean 'key'",
      function() leat.merge_sorted({}, { kye = "a" }) end)
    assert.raises_at(helper.here() + 1, "is no path",
      function() leat.merge_sorted({}, { key = "a..b" }) end)
    assert.raises_at(helper.here(), "input 2", function() leat.range(3):merge_sorted(true) end)
  end)
end)

describe("product", function()
  it("gives each combination of items, the last input changing fastest", function()
    assert.yields({ { 1, "a" }, { 1, "b" }, { 2, "a" }, { 2, "b" } },
      leat.product({ 1, 2 }, { "a", "b" }))
    assert.yields({ { 1, 1, 1 }, { 1, 1, 2 }, { 1, 2, 1 }, { 1, 2, 2 } },
      leat.once(1):product({ 1, 2 }, { 1, 2 }))
    assert.equal(24, leat.product(leat.range(4), leat.range(3), leat.range(2)):count())
    assert.yields({ 1, 2 }, leat.product { 1, 2 })
  end)

  it("is empty when an input is", function()
    assert.yields({}, leat.product({}, { 1 }))
    assert.yields({}, leat.product({ 1 }, {}))
    assert.yields({}, leat.product({ 1 }, { 1 }, {}, { 2 }))
  end)

  it("of itself gives pairs", function()
    local p = leat.range(2)
    assert.yields({ { 1, 1 }, { 1, 2 }, { 2, 1 }, { 2, 2 } }, p:product(p))
  end)

  it("spreads tuples, keeps false and null", function()
    assert.yields({ { "k", 1, false }, { "k", 1, null } },
      leat.entries({ k = 1 }):product { false, null })
    assert.yields({ { 1, "a", 2, 3 }, { 1, "b", 4, 3 } },
      leat.product({ 1 }, leat.entries { a = 2, b = 4 }, { 3 }))
    local mixed = leat.generator(function()
      leat.yield(1)
      leat.yield "x"
      leat.yield(2, 3)
      leat.yield(4)
    end)
    assert.yields({ { 0, 1 }, { 0, "x" }, { 0, 2, 3 }, { 0, 4 } }, leat.product({ 0 }, mixed()))
  end)

  it("reads all inputs but the first once, and not before the first has an item", function()
    local a, a_seen = counting(0)
    local b, b_seen = counting(2)
    assert.yields({}, a:product(b))
    assert.equal(0, b_seen.opens)
    assert.yields({ { 1, 1 }, { 1, 2 }, { 2, 1 }, { 2, 2 } }, b:product(b))
    assert.equal(2, b_seen.opens)
    assert.equal(6, b_seen.pulls)
    assert.equal(2, a_seen.pulls + b_seen.closes - 1)
  end)

  it("streams the first input", function()
    local a, seen = counting()
    assert.yields({ { 1, "a" }, { 1, "b" }, { 2, "a" } }, a:product({ "a", "b" }):take(3))
    assert.equal(2, seen.pulls)
    assert.equal(1, seen.closes)
  end)

  it("of very many combinations gives the first at once", function()
    local inputs = {}
    for i = 1, 60 do inputs[i] = { 0, 1 } end
    local p = leat.product(table.unpack(inputs))
    assert.equal(60, select("#", p:first()))
    local last = table.pack(p:drop(5):first())
    assert.same({ 1, 0, 1 }, { last[58], last[59], last[60] })
  end)

  it("lets its inputs yield, and fails with them", function()
    local function wait(x) coroutine.yield() return x end
    local count
    helper.schedule(function()
      count = leat.range(2):map(wait):product(leat.range(3):map(wait)):count()
    end)
    assert.equal(6, count)
    local a, seen = counting()
    local p = a:product({ 1 }, (helper.failing(1, "broken")))
    assert.raises("broken", p.drain, p)
    assert.equal(1, seen.closes)
    local function odd(x) if x % 2 == 0 then error "even" end return x end
    assert.yields({ { 1, 1 }, { 1, 3 }, { 3, 1 }, { 3, 3 } },
      leat.range(3):map(odd):product(leat.range(3):map(odd)):on_error "skip")
  end)

  it("takes no options", function()
    assert.raises_at(helper.here() + 1, "no option",
      function() leat.product({}, { ["repeat"] = 2 }) end)
  end)
end)

describe("permutations and combinations", function()
  local function text(p) return p:map(function(...) return table.concat { ... } end):concat " " end

  it("give tuples of n items in the order of their positions", function()
    local abc = leat.from { "a", "b", "c" }
    assert.equal("abc acb bac bca cab cba", text(abc:permutations()))
    assert.equal("ab ac ba bc ca cb", text(abc:permutations(2)))
    assert.equal("a b c", text(abc:permutations(1)))
    assert.equal("a b c", text(abc:combinations(1)))
    assert.equal("ab ac bc", text(abc:combinations(2)))
    assert.equal("abc", text(abc:combinations(3)))
    assert.equal("123 124 134 234", text(leat.range(4):combinations(3)))
    assert.equal("12 13 14 21 23 24 31 32 34 41 42 43", text(leat.range(4):permutations(2)))
  end)

  it("tell items apart by position, not by value", function()
    assert.equal("aa aa", text(leat.from({ "a", "a" }):permutations()))
    assert.equal("aa ab ab", text(leat.from({ "a", "a", "b" }):combinations(2)))
  end)

  it("are as many as they must be", function()
    for items = 1, 6 do
      local permutations, combinations = 1, 1
      for n = 1, items do
        permutations = permutations * (items - n + 1)
        combinations = combinations * (items - n + 1) // n
        assert.equal(permutations, leat.range(items):permutations(n):count())
        assert.equal(combinations, leat.range(items):combinations(n):count())
      end
      assert.equal(permutations, leat.range(items):permutations():count())
    end
  end)

  it("come in ascending order of ascending items", function()
    for _, p in ipairs { leat.range(5):permutations(3), leat.range(7):combinations(4) } do
      local last = ""
      p:each(function(...)
        local this = table.concat { ... }
        assert.is_true(last < this)
        last = this
      end)
    end
  end)

  it("are nothing when there are fewer items than n, or none", function()
    assert.yields({}, leat.range(2):combinations(3))
    assert.yields({}, leat.range(2):permutations(3))
    assert.yields({}, leat.empty():permutations())
    assert.yields({}, leat.empty():combinations(1))
    assert.yields({}, leat.range(2):combinations(math.maxinteger))
  end)

  it("keep false and null, and spread tuples", function()
    assert.yields({ { false, null } }, leat.from({ false, null }):combinations(2))
    assert.yields({ { "a", 1, "b", 2 }, { "b", 2, "a", 1 } },
      leat.entries({ a = 1, b = 2 }):permutations())
    local p = leat.generator(function() leat.yield(1) leat.yield(2, 3) leat.yield "x" end)()
    assert.yields({ { 1, 2, 3 }, { 1, "x" }, { 2, 3, "x" } }, p:combinations(2))
  end)

  it("read all before the first, once, and nothing before the first pull", function()
    local p, seen = counting(4)
    local g <close> = p:combinations(2):open()
    assert.equal(0, seen.opens)
    g:next()
    assert.equal(5, seen.pulls)
    assert.equal(1, seen.closes)
    assert.equal(5, g:count())
  end)

  it("run again, from a generator too, and give the first of very many at once", function()
    local p = leat.generator(function() for i = 1, 3 do leat.yield(i) end end)():permutations(2)
    assert.equal(6, p:count())
    assert.equal(6, p:count())
    assert.equal(30, select("#", leat.range(30):permutations():first()))
    assert.equal(200, select("#", leat.range(1000):combinations(200):first()))
  end)

  it("fail with what is above them, or leave that out", function()
    local function odd(x) if x % 2 == 0 then error "even" end return x end
    assert.raises("even", function() leat.range(3):map(odd):combinations(2):drain() end)
    assert.yields({ { 1, 3 } }, leat.range(3):map(odd):combinations(2):on_error "skip")
  end)

  it("refuse what is no number of items on the line that builds the chain", function()
    assert.raises_at(helper.here() + 1, "n must be 1 or more",
      function() leat.range(3):combinations(0) end)
    assert.raises_at(helper.here(), "got nothing", function() leat.range(3):combinations() end)
    assert.raises_at(helper.here(), "whole number", function() leat.range(3):permutations "2" end)
    assert.raises_at(helper.here(), "at most 1", function() leat.range(3):permutations(1, 2) end)
  end)
end)
