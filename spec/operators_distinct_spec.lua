-- SPDX-License-Identifier: MIT
-- dedup and unique.
local leat = require "leat"
local helper = require "spec.support.helper"
local here = helper.here

after_each(helper.nothing_left_open)

local NAN <const> = 0 / 0

describe("dedup", function()
  it("leaves out items that equal the one before", function()
    assert.yields({ 1, 2, 3, 1 }, leat.from({ 1, 1, 2, 3, 3, 3, 1 }):dedup())
    assert.yields({ "a", "b", "a" }, leat.from({ "a", "a", "b", "a" }):dedup())
    assert.yields({ 7 }, leat.from({ 7 }):dedup())
    assert.yields({}, leat.empty():dedup())
  end)

  it("compares with the item before in the source, not with the last that passed", function()
    local p = leat.from({ 1, 2, 3, 11, 12 }):dedup(function(x) return x // 10 end)
    assert.yields({ 1, 11 }, p)
  end)

  it("passes the first of equal items as it came", function()
    assert.equal("float", math.type(leat.from({ 1.0, 1 }):dedup():first()))
    local t = { id = 1 }
    assert.is_true(rawequal(t, leat.from({ t, { id = 1 } }):dedup():first()))
    assert.equal(1, leat.from({ t, { id = 1 } }):dedup():count())
  end)

  it("tells apart what only looks alike", function()
    assert.yields({ 1, "1", true, 1.5, "1.5", false, leat.null, "", 0 },
      leat.from({ 1, "1", true, 1.5, "1.5", false, leat.null, "", 0 }):dedup())
    local bits = string.unpack("<i8", string.pack("<d", 1.5))
    assert.yields({ 1.5, bits, 1.5 }, leat.from({ 1.5, bits, 1.5 }):dedup())
    assert.yields({ "ab", "a", "ab" }, leat.from({ "ab", "a", "ab" }):dedup())
    assert.yields({ "a\0b", "a\0c" }, leat.from({ "a\0b", "a\0c" }):dedup())
  end)

  it("goes on comparing when kinds of items change and come back", function()
    assert.yields({ 1, "a", 1, "a", {}, "a" },
      leat.from({ 1, 1, "a", "a", 1, "a", "a", {}, {}, "a" }):dedup())
  end)

  it("takes NaN for NaN, 0 for -0.0, 1 for 1.0", function()
    assert.equal(1, leat.from({ NAN, -NAN, NAN }):dedup():count())
    assert.equal(1, leat.from({ 0, -0.0, 0.0 }):dedup():count())
    assert.equal(1, leat.from({ 1, 1.0 }):dedup():count())
    assert.equal(2, leat.from({ math.maxinteger, 2.0 ^ 63 }):dedup():count())
    assert.equal(1, leat.from({ 2.5, 2.5 }):dedup():count())
    assert.equal(1, leat.from({ math.huge, math.huge }):dedup():count())
  end)

  it("compares long strings by their bytes", function()
    local long = ("x"):rep(5000)
    assert.equal(2, leat.from({ long, long .. "", ("x"):rep(4999) .. "y" }):dedup():count())
  end)

  it("compares the lines of a file, empty ones too", function()
    local path = helper.file "a\na\n\n\nb\na\n"
    assert.yields({ "a", "", "b", "a" }, leat.read_lines(path):dedup())
    assert.yields({ "a" }, leat.read_lines(helper.file "\n\na\na\n"):dedup():drop(1))
  end)

  it("compares records by content, whatever the order of their fields", function()
    local path = helper.file '{"a":1,"b":[1,2]}\n{"b":[1,2],"a":1.0}\n{"a":2}\n{"a":2}\n'
    assert.equal(2, leat.read_jsonl(path):dedup():count())
  end)

  it("compares tuples by their parts and passes them as tuples", function()
    local p = leat.zip({ 1, 1, 1, 2 }, { "a", "a", "b", "b" }):dedup()
    local got = {}
    p:each(function(...) got[#got + 1] = { ... } end)
    assert.same({ { 1, "a" }, { 1, "b" }, { 2, "b" } }, got)
    assert.equal(1, leat.from({ 5, 5 }):enumerate():dedup(function(_, x) return x end):count())
  end)

  it("takes a path for the key; a missing one is null", function()
    local items = { { u = { id = 1 } }, { u = { id = 1 } }, { u = {} }, {}, { u = { id = 2 } } }
    assert.equal(3, leat.from(items):dedup("u.id"):count())
    assert.equal(1, leat.from({ 1, 2 }):dedup(function() end):count())
  end)

  it("asks the key of each item once", function()
    local calls = 0
    leat.range(5):dedup(function(x)
      calls = calls + 1
      return x
    end):drain()
    assert.equal(5, calls)
  end)

  it("inside a generator's yield does the same", function()
    local g = leat.generator(function()
      for _, x in ipairs { 1, 1, "a", "a", 2, { 1 }, { 1 } } do leat.yield(x) end
    end)
    assert.yields({ 1, "a", 2, { 1 } }, g():dedup())
    assert.yields({ 1, "a", 2, { 1 } }, g():dedup(function(x) return x end))
  end)

  it("on_error leaves out an item whose key fails, and compares with the one before it", function()
    local p = leat.from({ 1, "x", 1, 2 }):dedup(function(x) return x + 0 end):on_error "skip"
    assert.yields({ 1, 2 }, p)
  end)

  it("refuses what cannot be a key on the caller's line", function()
    assert.raises_at(here(), "dedup: key must be", function() leat.range(3):dedup(42) end)
    assert.raises_at(here() + 1, "dedup: at most 1 argument", function()
      leat.range(3):dedup("a", "b")
    end)
  end)
end)

describe("unique", function()
  it("leaves the first of each key", function()
    assert.yields({ 3, 1, 2 }, leat.from({ 3, 1, 3, 2, 1, 3 }):unique())
    assert.yields({ "b", "a" }, leat.from({ "b", "a", "b" }):unique())
    assert.yields({ "apple", "fig" }, leat.from({ "apple", "fig", "grape" }):unique(string.len))
    assert.yields({}, leat.empty():unique())
  end)

  it("knows each key among very many of every kind", function()
    local n = helper.scaled(20000)
    local function keys(i)
      local kind = i % 6
      if kind == 0 then return i * 0x9E3779B97F4A7C15 end
      if kind == 1 then return "key " .. i end
      if kind == 2 then return i + 0.25 end
      if kind == 3 then return { i, { i } } end
      if kind == 4 then return ("long "):rep(20) .. i end
      return i
    end
    local p = leat.chain(leat.range(n), leat.range(n)):map(keys)
    assert.equal(n, p:unique():count())
    local seen = {}
    p:unique():take(n):each(function(x) seen[type(x)] = (seen[type(x)] or 0) + 1 end)
    assert.equal((n + 3) // 6, seen.table)
  end)

  it("knows dense and sparse integers, negative ones, and multiples of powers of two", function()
    local n = helper.scaled(10000)
    for _, factor in ipairs { 1, -1, 8, 64, 1 << 20, 1 << 32, 1 << 50, 3 } do
      local p = leat.range(n):map(function(i) return i * factor end)
      assert.equal(n, leat.chain(p, p):unique():count(), tostring(factor))
    end
    assert.yields({ math.mininteger, math.maxinteger, 0, -1 },
      leat.from({ math.mininteger, math.maxinteger, 0, -1, math.maxinteger, math.mininteger })
        :unique())
  end)

  it("takes equal contents for one key, and tells apart what only looks alike", function()
    assert.yields({ 1, "1", true, false, leat.null, 1.5 },
      leat.from({ 1, "1", true, 1.0, false, leat.null, true, 1.5, leat.null, "1", false, 1.5 })
        :unique())
    assert.equal(1, leat.from({ NAN, -NAN }):unique():count())
    assert.equal(2, leat.from({ 0, -0.0, 0x8000000000000000 }):unique():count())
    assert.equal(2, leat.from({ {}, { 1 }, {}, { 1.0 } }):unique():count())
    local f = function() end
    assert.equal(2, leat.from({ f, print, f }):unique():count())
  end)

  it("takes strings of every length, and bytes of every value", function()
    local texts = {}
    for length = 0, 70 do
      for _, byte in ipairs { "\0", "a", "\xff" } do texts[#texts + 1] = byte:rep(length) end
    end
    assert.equal(3 * 71 - 2, leat.chain(texts, texts):unique():count())
    local path = helper.file(table.concat(texts, "\n") .. "\n")
    local lines = leat.read_lines(path)
    assert.equal(lines:unique():count(), leat.from(lines:collect()):unique():count())
  end)

  it("takes a line of a file and the same string for one key", function()
    local lines = leat.read_lines(helper.file "x\ny\nx\n")
    assert.yields({ "x", "y" }, leat.chain(lines, { "x" }, lines):unique())
    assert.yields({ "x", "y" }, leat.chain({ "x" }, lines):unique())
  end)

  it("passes tuples as tuples", function()
    local got = {}
    leat.zip({ 1, 1, 2 }, { "a", "a", "a" }):unique()
      :each(function(a, b) got[#got + 1] = a .. b end)
    assert.same({ "1a", "2a" }, got)
    assert.yields({ { 1, "a" } }, leat.zip({ 1, 2 }, { "a", "a" }):unique "_2")
  end)

  it("is lazy, and works on an endless source", function()
    local p, seen = helper.counting()
    assert.yields({ 1, 2, 3 }, p:unique():take(3))
    assert.equal(3, seen.pulls)
    assert.yields({ 1, 10 }, leat.count_from():unique(function(x) return x // 10 end):take(2))
  end)

  it("starts afresh in each run", function()
    local p = leat.from({ 1, 1, 2 }):unique()
    assert.yields({ 1, 2 }, p)
    assert.yields({ 1, 2 }, p)
    local a, b = p:open(), p:open()
    assert.equal(1, a:next())
    assert.equal(1, b:next())
    a:close()
    b:close()
  end)

  it("does not hold the items it has passed", function()
    local alive = setmetatable({}, { __mode = "k" })
    local p = leat.range(2000):map(function(i)
      local t = { id = i % 100 }
      alive[t] = true
      return t
    end):unique "id"
    local most = 0
    p:each(function()
      collectgarbage()
      local count = 0
      for _ in pairs(alive) do count = count + 1 end
      most = math.max(most, count)
    end)
    assert.is_true(most < 10, most .. " items alive")
  end)

  it("names stage and item of a key that fails, or cannot be one", function()
    local err = helper.failure(function()
      leat.range(5):unique(function(x) if x == 3 then error "no key" end return x end):drain()
    end)
    assert.equal("unique", err.stage)
    assert.equal(3, err.item)
    local deep = {}
    for _ = 1, 200 do deep = { deep } end
    err = helper.failure(function() leat.from({ 1, deep }):unique():drain() end)
    assert.equal("unique", err.stage)
    assert.equal(2, err.item)
    assert.yields({ 1, 2 }, leat.from({ 1, deep, 2, 1 }):unique():on_error "skip")
  end)

  it("refuses a table that is a huge tree of few tables", function()
    local function doubled(levels)
      local t = { 1 }
      for _ = 1, levels do t = { t, t } end
      return t
    end
    assert.equal(2, leat.from({ doubled(10), doubled(11), doubled(10) }):unique():count())
    if helper.scaled(8) < 8 then return end -- a sanitizer takes its time over 128 MB
    local err = helper.failure(function() leat.once(doubled(60)):unique():drain() end)
    assert.equal("item", err.code)
    assert.matches("longer than 128 MB", err.message, 1, true)
  end)

  it("lets its key wait", function()
    local got
    helper.schedule(function()
      got = leat.range(6):unique(function(x)
        coroutine.yield()
        return x % 3
      end):collect()
    end)
    assert.same({ 1, 2, 3 }, got)
  end)

  it("refuses what cannot be a key on the caller's line", function()
    assert.raises_at(here(), "unique: key must be", function() leat.range(3):unique {} end)
    assert.raises_at(here(), "unique: key:", function() leat.range(3):unique "a..b" end)
  end)
end)
