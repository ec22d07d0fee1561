-- SPDX-License-Identifier: MIT
-- batched.
local leat = require "leat"
local helper = require "spec.support.helper"

after_each(helper.nothing_left_open)

describe("batched", function()
  it("gives tables of n items, the last with what is left", function()
    assert.yields({ { 1, 2 }, { 3, 4 }, { 5 } }, leat.range(5):batched(2))
    assert.yields({ { 1, 2 }, { 3, 4 } }, leat.range(4):batched(2))
    assert.yields({ { 1 }, { 2 } }, leat.range(2):batched(1))
    assert.yields({ { 1, 2 } }, leat.range(2):batched(100))
    assert.yields({}, leat.empty():batched(2))
  end)

  it("keeps, drops or refuses a short last batch as tail says", function()
    assert.yields({ { 1, 2 }, { 3 } }, leat.range(3):batched(2, { tail = "keep" }))
    assert.yields({ { 1, 2 } }, leat.range(3):batched(2, { tail = "drop" }))
    assert.yields({}, leat.range(1):batched(2, { tail = "drop" }))
    assert.yields({ { 1, 2 } }, leat.range(2):batched(2, { tail = "error" }))
    assert.yields({}, leat.empty():batched(2, { tail = "error" }))
    local err = helper.failure(function()
      leat.range(3):batched(2, { tail = "error" }):collect()
    end)
    assert.equal("batched", err.stage)
    assert.matches("1", tostring(err))
  end)

  it("with tail = \"error\" gives the full batches first", function()
    local batches = 0
    pcall(function()
      leat.range(5):batched(2, { tail = "error" }):each(function() batches = batches + 1 end)
    end)
    assert.equal(2, batches)
  end)

  it("makes a new table for each batch", function()
    local a, b = table.unpack(leat.range(4):batched(2):collect())
    assert.is_false(rawequal(a, b))
    assert.is_nil(getmetatable(a))
  end)

  it("holds tuples as tables, and false and null as they are", function()
    assert.yields({ { { 1, "a" }, { 2, "b" } } }, leat.from({ "a", "b" }):enumerate():batched(2))
    assert.yields({ { false, leat.null } }, leat.from({ false, leat.null }):batched(2))
  end)

  it("discards a batch that is not full when upstream fails", function()
    local got = {}
    assert.raises("broken", function()
      helper.failing(3, "broken"):batched(2):each(function(b) got[#got + 1] = b end)
    end)
    assert.same({ { 1, 2 } }, got)
  end)

  it("hands a batch on as soon as it is full", function()
    local p, seen = helper.counting()
    local g <close> = p:batched(3):open()
    g:next()
    assert.equal(3, seen.pulls)
  end)

  it("of batches nests", function()
    assert.yields({ { { 1, 2 }, { 3, 4 } }, { { 5 } } }, leat.range(5):batched(2):batched(2))
  end)

  it("does not set memory aside for a size that is never reached", function()
    assert.yields({ { 1, 2 } }, leat.range(2):batched(math.maxinteger))
    assert.yields({ { 1, 2 } }, leat.range(2):batched(1 << 40))
  end)

  it("behind a generator and behind filter gives the same", function()
    local numbers = leat.generator(function(n) for i = 1, n do leat.yield(i) end end)
    assert.yields({ { 1, 2 }, { 3 } }, numbers(3):batched(2))
    assert.yields({ { 2, 4 }, { 6 } }, leat.range(7):filter(function(x)
      return x % 2 == 0
    end):batched(2))
  end)

  it("of a large size holds all its items", function()
    local n = helper.scaled(200000)
    local batches = leat.range(n + 1):batched(n):collect()
    assert.equal(n, #batches[1])
    assert.same({ n + 1 }, batches[2])
    assert.equal(n, batches[1][n])
  end)
end)
