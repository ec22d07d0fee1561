-- SPDX-License-Identifier: MIT
-- sample, sample_fraction, shuffle. Which lots a seed stands for is in spec/laws/order.lua, drawn
-- by a generator written a second time.
local leat = require "leat"
local helper = require "spec.support.helper"

after_each(helper.nothing_left_open)

local N <const> = 10

-- How often each of 1..N is what pick(p, seed) gives first, over many seeds.
local function counts(pick, runs)
  local found = {}
  for i = 1, N do found[i] = 0 end
  for seed = 1, runs do
    for _, x in ipairs(pick(leat.range(N), seed)) do found[x] = found[x] + 1 end
  end
  return found
end

-- Is each within five standard deviations of what is expected?
local function assert_even(found, runs, p)
  local deviation = math.sqrt(runs * p * (1 - p))
  for i, count in ipairs(found) do
    assert.is_true(math.abs(count - runs * p) < 5 * deviation, i .. ": " .. count)
  end
end

-- The items of a pipeline in order, as text.
local function sorted(p) return p:sort():concat " " end

describe("sample", function()
  it("gives n items, in the order they came", function()
    local items = leat.range(100):sample(10):collect()
    assert.equal(10, #items)
    for i = 2, 10 do assert.is_true(items[i - 1] < items[i]) end
    assert.yields({ 1, 2, 3 }, leat.range(3):sample(5))
    assert.yields({ 1, 2, 3 }, leat.range(3):sample(3))
    assert.yields({}, leat.empty():sample(3))
    assert.yields({ 7 }, leat.once(7):sample(1))
  end)

  it("chooses each item as likely as the others", function()
    local runs = helper.scaled(3000)
    assert_even(counts(function(p, seed) return p:sample(3, seed):collect() end, runs), runs, 0.3)
  end)

  it("gives the same in each run, and with the same seed", function()
    local p = leat.range(1000):sample(10)
    assert.same(p:collect(), p:collect())
    assert.same(p:collect(), leat.range(1000):sample(10):collect())
    assert.same(leat.range(1000):sample(10, 5):collect(), leat.range(1000):sample(10, 5):collect())
    assert.not_same(p:collect(), leat.range(1000):sample(10, 5):collect())
    assert.not_same(p:collect(), leat.range(1000):sample(10, math.mininteger):collect())
  end)

  it("keeps tuples, false and null", function()
    assert.yields({ { 1, "a" }, { 2, "b" } }, leat.from({ "a", "b" }):enumerate():sample(2))
    assert.yields({ false, leat.null }, leat.from({ false, leat.null }):sample(2))
    assert.yields({ "a", "b" }, leat.read_lines(helper.file "a\nb\n"):sample(2))
    for i, x in leat.range(50):enumerate(0):sample(5) do assert.equal(i + 1, x) end
  end)

  it("holds no more than n items", function()
    local alive, most = setmetatable({}, { __mode = "k" }), 0
    leat.range(helper.scaled(2000)):map(function(i)
      local item = { i }
      alive[item] = true
      if i % 100 == 0 then
        collectgarbage()
        local count = 0
        for _ in pairs(alive) do count = count + 1 end
        most = math.max(most, count)
      end
      return item
    end):sample(5):drain()
    assert.is_true(most <= 5 + 10, most)
  end)

  it("pulls everything for its first item and closes once; of nothing it pulls nothing", function()
    local p, seen = helper.counting(20)
    p:sample(2):first()
    assert.same({ 21, 1 }, { seen.pulls, seen.closes })
    assert.yields({}, p:sample(0))
    assert.equal(21, seen.pulls)
    assert.yields({}, leat.count_from():sample(0))
  end)

  it("is refused on its line with what is no size or seed", function()
    local p = leat.range(3)
    assert.raises_at(helper.here(), "sample: n must be a whole", function() p:sample() end)
    assert.raises_at(helper.here(), "sample: n must be 0 or more", function() p:sample(-1) end)
    assert.raises_at(helper.here(), "sample: seed must be a whole", function() p:sample(1, "x") end)
    assert.raises_at(helper.here(), "sample: at most 2 arguments", function() p:sample(1, 2, 3) end)
  end)
end)

describe("sample_fraction", function()
  it("passes about that part of the items", function()
    local n = helper.scaled(20000)
    for _, p in ipairs { 0.01, 0.3, 0.5, 0.9 } do
      local count = leat.range(n):sample_fraction(p):count()
      assert.is_true(math.abs(count - n * p) < 5 * math.sqrt(n * p * (1 - p)), count)
    end
    assert.equal(n, leat.range(n):sample_fraction(1):count())
    assert.equal(0, leat.range(n):sample_fraction(0):count())
  end)

  it("draws for each item by itself", function()
    local runs = helper.scaled(3000)
    local found = counts(function(p, seed) return p:sample_fraction(0.2, seed):collect() end, runs)
    assert_even(found, runs, 0.2)
  end)

  it("works on an endless source and keeps tuples", function()
    local p, seen = helper.counting()
    local items = p:sample_fraction(0.5):take(3):collect()
    assert.equal(items[3], seen.pulls)
    for i, x in leat.range(50):enumerate(0):sample_fraction(0.5) do assert.equal(i + 1, x) end
  end)

  it("of a sample draws other lots than the first", function()
    local n = helper.scaled(20000)
    local count = leat.range(n):sample_fraction(0.5):sample_fraction(0.5):count()
    assert.is_true(math.abs(count - n / 4) < 5 * math.sqrt(n * 3 / 16), count)
    count = leat.range(n):sample_fraction(0.5, 7):map(tostring):sample_fraction(0.5, 7):count()
    assert.is_true(math.abs(count - n / 4) < 5 * math.sqrt(n * 3 / 16), count)
  end)

  it("draws the same lots whatever other stages there are", function()
    local p = leat.range(100)
    local items = p:sample_fraction(0.2):collect()
    assert.yields(items, p:tap(function() end):filter "_":sample_fraction(0.2))
    assert.yields(items, leat.range(3):sample(1):chain(p):drop(1):sample_fraction(1)
      :flat_map(function() return {} end):chain(p:sample_fraction(0.2)))
  end)

  it("is refused on its line with what is no probability", function()
    local p = leat.range(3)
    for value, got in pairs { [2] = "2", [-0.5] = "-0.5", [1.001] = "1.001" } do
      local function wrong() p:sample_fraction(value) end
      assert.raises_at(helper.here() - 1, "p must be from 0 to 1, got " .. got, wrong)
    end
    assert.raises("p must be from 0 to 1, got", function() p:sample_fraction(0 / 0) end)
    assert.raises("sample_fraction: p must be a number from 0 to 1, got nothing", function()
      p:sample_fraction()
    end)
    assert.raises("sample_fraction: p must be a number from 0 to 1, got string", function()
      p:sample_fraction "0.5"
    end)
    assert.equal("range(3) | sample_fraction(0.25)", tostring(p:sample_fraction(0.25, 3)))
  end)
end)

describe("shuffle", function()
  it("gives all items in another order", function()
    local p = leat.range(100)
    assert.equal(p:concat " ", sorted(p:shuffle()))
    assert.not_same(p:collect(), p:shuffle():collect())
    assert.same(p:shuffle():collect(), p:shuffle():collect())
    assert.not_same(p:shuffle():collect(), p:shuffle(nil, 1):collect())
    assert.yields({}, leat.empty():shuffle())
    assert.yields({ 1 }, leat.once(1):shuffle())
  end)

  it("puts each item in each place as likely as in the others", function()
    local runs = helper.scaled(3000)
    for place = 1, N, 3 do
      local found = counts(function(p, seed) return { p:shuffle(nil, seed):nth(place) } end, runs)
      assert_even(found, runs, 1 / N)
    end
  end)

  it("with a buffer gives none more than that much too early, and pulls no more", function()
    local p, seen = helper.counting()
    local g = p:shuffle(5):open()
    for i = 1, 50 do
      assert.is_true(g:next() <= i + 4)
      assert.equal(i + 5, seen.pulls)
    end
    g:close()
    assert.equal(leat.range(100):concat " ", sorted(leat.range(100):shuffle(7)))
    assert.yields({ 1, 2, 3 }, leat.range(3):shuffle(1))
    assert.equal("1 2 3", sorted(leat.range(3):shuffle(100)))
  end)

  it("with a buffer of all items shuffles as without", function()
    assert.same(leat.range(9):shuffle():collect(), leat.range(9):shuffle(9):collect())
  end)

  it("keeps tuples, false and null", function()
    for i, x in leat.range(50):enumerate(0):shuffle() do assert.equal(i + 1, x) end
    for i, x in leat.range(50):enumerate(0):shuffle(3) do assert.equal(i + 1, x) end
    assert.equal(2, leat.from({ false, leat.null }):shuffle():filter(function(x)
      return x == false or x == leat.null
    end):count())
  end)

  it("is refused on its line with what is no size or seed", function()
    local p = leat.range(3)
    assert.raises_at(helper.here(), "shuffle: buffer must be 1 or", function() p:shuffle(0) end)
    assert.raises_at(helper.here(), "shuffle: buffer must be a wh", function() p:shuffle {} end)
    assert.raises_at(helper.here(), "shuffle: seed must be", function() p:shuffle(nil, 1.5) end)
    assert.equal("range(3) | shuffle | shuffle(5)", tostring(p:shuffle(nil, 3):shuffle(5)))
  end)
end)
