-- SPDX-License-Identifier: MIT
-- batched, chunk_by, split_when, group_by and count_by.
local leat = require "leat"
local helper = require "spec.support.helper"
local here = helper.here

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

describe("batched and chunk_by of integers among other items", function()
  -- Runs of up to `most` integers, each followed by one item that is none.
  local function items(most)
    local list = {}
    for length = 0, most do
      for i = 1, length * length % (most + 1) do list[#list + 1] = i end
      list[#list + 1] = length % 3 == 0 and "text" or length % 3 == 1 and 0.5 or false
    end
    return list
  end

  it("hold all in their order, whatever the size", function()
    local list = items(60)
    for _, size in ipairs { 1, 2, 3, 7, 8, 9, 50, 1023, 1024, 1025, #list - 1, #list, #list + 1 } do
      local flat, n = {}, 0
      for batch in leat.from(list):batched(size) do
        assert.equal(math.min(size, #list - n), #batch)
        for i = 1, #batch do flat[n + i] = batch[i] end
        n = n + #batch
      end
      assert.same(list, flat)
    end
  end)

  it("are the same beside a debug hook, which sees none of it", function()
    local seen = 0
    debug.sethook(function()
      seen = seen + (debug.getinfo(2, "S").source == "=leat" and 1 or 0)
    end, "c")
    local ok, got = pcall(function() return leat.range(300):batched(100):collect() end)
    debug.sethook()
    assert.is_true(ok)
    assert.equal(0, seen)
    assert.same({ 201, 100 }, { got[3][1], #got[3] })
  end)

  it("begin anew behind each chunk, short or long", function()
    local n = 3000
    local lengths = { 1, 1500, 2, 1, 400, 1025, 71 }
    local wanted, ends, at = {}, {}, 0
    for i, length in ipairs(lengths) do
      wanted[i] = {}
      for k = 1, length do wanted[i][k] = (at + k) % 500 == 0 and "x" or at + k end
      at = at + length
      ends[i] = at
    end
    assert.equal(n, at)
    local function chunk_of(i)
      for c, last in ipairs(ends) do
        if i <= last then return c end
      end
    end
    local position = 0
    local p = leat.range(n):map(function(i) return i % 500 == 0 and "x" or i end)
    assert.same(wanted, p:chunk_by(function()
      position = position + 1
      return chunk_of(position)
    end):map(function(_, chunk) return chunk end):collect())
  end)
end)

describe("batched with max_weight", function()
  local function heavy(options, ...) return leat.from({ ... }):batched(nil, options) end
  local itself <const> = { max_weight = 10, weight = function(x) return x end }

  it("cuts a batch before the item that would take it past max_weight", function()
    assert.yields({ { 4, 6 }, { 1, 8 }, { 3 } }, heavy(itself, 4, 6, 1, 8, 3))
    assert.yields({ { 10 }, { 10 }, { 1 } }, heavy(itself, 10, 10, 1))
    assert.yields({ { 0, 0, 10, 0 }, { 1, 0 } }, heavy(itself, 0, 0, 10, 0, 1, 0))
    assert.yields({}, heavy(itself))
  end)

  it("cuts after n items, too", function()
    local ones = { max_weight = 3, weight = function(x) return x end }
    assert.yields({ { 1, 1 }, { 1, 2 }, { 3 }, { 1 } },
      leat.from({ 1, 1, 1, 2, 3, 1 }):batched(2, ones))
    assert.yields({ { 1 }, { 3 }, { 1 } }, leat.from({ 1, 3, 1 }):batched(1, ones))
    assert.yields({ { 1, 1 }, { 1 } }, leat.from({ 1, 1, 1 }):batched(2, {
      max_weight = math.huge, weight = function() return 1 end,
    }))
  end)

  it("weighs lines, tuples, floats and what a path finds", function()
    local lines = leat.read_lines(helper.file "aaa\nb\n\ncc\ndddd\n")
    assert.yields({ { "aaa", "b", "" }, { "cc" }, { "dddd" } },
      lines:batched(nil, { max_weight = 4, weight = string.len }))
    assert.yields({ { { 1, "aa" } }, { { 2, "bbb" } } },
      leat.from({ "aa", "bbb" }):enumerate():batched(9, {
        max_weight = 4, weight = function(_, s) return #s end,
      }))
    assert.yields({ { { w = 0.5 }, { w = 0.5 } }, { { w = 0.25 } } },
      heavy({ max_weight = 1, weight = "w" }, { w = 0.5 }, { w = 0.5 }, { w = 0.25 }))
  end)

  it("hands a batch on when the next item does not fit, not later", function()
    local p, seen = helper.counting()
    local g <close> = p:batched(nil, { max_weight = 2, weight = function() return 1 end }):open()
    g:next()
    assert.equal(3, seen.pulls)
    assert.same({ 3, 4 }, (g:next()))
    assert.equal(5, seen.pulls)
  end)

  it("fails at an item that is too heavy alone, and at weights that are none", function()
    local err = helper.failure(function() heavy(itself, 1, 11):drain() end)
    assert.equal("batched", err.stage)
    assert.equal(2, err.item)
    assert.matches("weighs 11, which is more than max_weight, 10", tostring(err))
    for _, weight in ipairs { -1, 0 / 0, "5", true } do
      assert.raises("must be a number of 0 or more", function()
        heavy({ max_weight = 1, weight = function() return weight end }, 1):drain()
      end)
    end
    assert.raises("got nil", function()
      heavy({ max_weight = 1, weight = function() end }, 1):drain()
    end)
  end)

  it("goes on with the batch at hand when on_error leaves an item out", function()
    assert.yields({ { 4, 5 }, { 2 } }, heavy(itself, 4, 11, 5, -1, 2):on_error "skip")
  end)

  it("lets its function wait", function()
    local got
    helper.schedule(function()
      got = leat.range(4):batched(nil, { max_weight = 4, weight = function(x)
        coroutine.yield()
        return x
      end }):collect()
    end)
    assert.same({ { 1, 2 }, { 3 }, { 4 } }, got)
  end)

  it("shows n if there is one, and runs twice alike", function()
    assert.equal("from() | batched", tostring(heavy(itself, 1)))
    local p = leat.from({ 9, 2 }):batched(5, itself)
    assert.equal("from() | batched(5)", tostring(p))
    assert.yields({ { 9 }, { 2 } }, p)
    assert.yields({ { 9 }, { 2 } }, p)
  end)

  it("refuses options that do not fit together, on the caller's line", function()
    local function refuses(line, text, options, n)
      assert.raises_at(line, text, function() leat.range(3):batched(n, options) end)
    end
    local line <const> = here() - 2
    refuses(line, "batched: max_weight needs weight", { max_weight = 3 })
    refuses(line, "batched: weight needs max_weight", { weight = "w" }, 3)
    refuses(line, "batched: weight must be a function or a path, got number",
      { max_weight = 3, weight = 4 })
    refuses(line, "batched: option max_weight must be a number above 0, got 0",
      { max_weight = 0, weight = "w" })
    refuses(line, "batched: option max_weight must be a number above 0, got",
      { max_weight = "12", weight = "w" })
    refuses(line, "tail can only be \"keep\"",
      { max_weight = 3, weight = "w", tail = "drop" }, 5)
    refuses(line, "batched: n must be 1 or more, got 0", { max_weight = 3, weight = "w" }, 0)
    refuses(line, "batched: n must be a whole number, got nil", { tail = "drop" })
  end)
end)

describe("chunk_by", function()
  it("gives neighbours of one key as (key, table)", function()
    local p = leat.from({ 1, 3, 2, 4, 5 }):chunk_by(function(x) return x % 2 end)
    assert.yields({ { 1, { 1, 3 } }, { 0, { 2, 4 } }, { 1, { 5 } } }, p)
    local text = {}
    p:each(function(key, items) text[#text + 1] = key .. ":" .. table.concat(items, ",") end)
    assert.equal("1:1,3 0:2,4 1:5", table.concat(text, " "))
  end)

  it("without a key takes the items themselves", function()
    assert.yields({ { "a", { "a", "a" } }, { "b", { "b" } }, { "a", { "a" } } },
      leat.from({ "a", "a", "b", "a" }):chunk_by())
    assert.yields({ { { 1, "x" }, { { 1, "x" }, { 1, "x" } } }, { { 2, "x" }, { { 2, "x" } } } },
      leat.zip({ 1, 1, 2 }, { "x", "x", "x" }):chunk_by())
    assert.yields({ { "", { "", "" } }, { "a", { "a" } } },
      leat.read_lines(helper.file "\n\na\n"):chunk_by())
  end)

  it("gives nothing for nothing, and one chunk for one item", function()
    assert.yields({}, leat.empty():chunk_by())
    assert.yields({ { 5, { 5 } } }, leat.once(5):chunk_by())
  end)

  it("hands out the first item's key", function()
    local key, items = leat.from({ 1.0, 1, 1 }):chunk_by():first()
    assert.equal("float", math.type(key))
    assert.same({ 1.0, 1, 1 }, items)
    local t = { 1 }
    assert.is_true(rawequal(t, (leat.from({ t, { 1.0 } }):chunk_by():first())))
    assert.equal(leat.null, (leat.range(2):chunk_by(function() end):first()))
    assert.is_false((leat.range(2):chunk_by(function() return false end):first()))
  end)

  it("is lazy: it sees one item of the next chunk, and works on an endless source", function()
    local p, seen = helper.counting()
    local g <close> = p:chunk_by(function(x) return x // 3 end):open()
    assert.equal(0, seen.pulls)
    assert.same({ 0, { 1, 2 } }, { g:next() })
    assert.equal(3, seen.pulls)
    assert.same({ 1, { 3, 4, 5 } }, { g:next() })
    assert.equal(6, seen.pulls)
  end)

  it("makes tables that are the user's", function()
    local tables = leat.range(4):chunk_by(function(x) return x // 2 end):map(function(_, t)
      t[1] = 0
      return t
    end):collect()
    assert.same({ { 0 }, { 0, 3 }, { 0 } }, tables)
  end)

  it("discards a chunk that may not be complete when upstream fails", function()
    local got = {}
    assert.raises("broken", function()
      helper.failing(4, "broken"):chunk_by(function(x) return x // 2 end)
        :each(function(key) got[#got + 1] = key end)
    end)
    assert.same({ 0, 1 }, got)
  end)

  it("leaves an item whose key fails out of its chunk", function()
    local p = leat.from({ 1, "x", 1, 2 }):chunk_by(function(x) return x + 0 end)
    assert.yields({ { 1, { 1, 1 } }, { 2, { 2 } } }, p:on_error "skip")
    local err = helper.failure(function() p:drain() end)
    assert.equal("chunk_by", err.stage)
    assert.equal(2, err.item)
  end)

  it("takes paths, records, long chunks, and functions that wait", function()
    local path = helper.file '{"k":"a","v":1}\n{"v":2,"k":"a"}\n{"v":3}\n'
    local keys, sizes = {}, {}
    leat.read_jsonl(path):chunk_by("k"):each(function(key, items)
      keys[#keys + 1], sizes[#sizes + 1] = key, #items
    end)
    assert.same({ { "a", leat.null }, { 2, 1 } }, { keys, sizes })
    local n = helper.scaled(100000)
    local _, all = leat.range(n):chunk_by(function() return "same" end):first()
    assert.equal(n, #all)
    helper.schedule(function()
      assert.yields({ { 0, { 1 } }, { 1, { 2, 3 } } }, leat.range(3):chunk_by(function(x)
        coroutine.yield()
        return x // 2
      end))
    end)
  end)
end)

describe("split_when", function()
  local function gap(a, b) return b ~= a + 1 end

  it("cuts between neighbours for which f is true", function()
    assert.yields({ { 1, 2, 3 }, { 7, 8 }, { 4 } }, leat.from({ 1, 2, 3, 7, 8, 4 }):split_when(gap))
    assert.yields({ { 1, 2, 3 } }, leat.range(3):split_when(function() end))
    assert.yields({ { 1 }, { 2 }, { 3 } }, leat.range(3):split_when(function() return 0 end))
    assert.yields({}, leat.empty():split_when(gap))
    assert.yields({ { 1 } }, leat.once(1):split_when(gap))
  end)

  it("asks f about each two neighbours once, in order", function()
    local asked = {}
    leat.range(4):split_when(function(...)
      asked[#asked + 1] = table.concat({ select("#", ...), ... }, " ")
      return select(2, ...) == 3
    end):drain()
    assert.same({ "2 1 2", "2 2 3", "2 3 4" }, asked)
  end)

  it("gives f a tuple as a table, and false and null as they are", function()
    local p = leat.from({ "a", "b", "c" }):enumerate():split_when(function(a, b)
      return a[2] == "b" and b[1] == 3
    end)
    assert.yields({ { { 1, "a" }, { 2, "b" } }, { { 3, "c" } } }, p)
    assert.yields({ { false, false }, { leat.null } },
      leat.from({ false, false, leat.null }):split_when(function(a, b) return a ~= b end))
  end)

  it("is lazy: it sees one item beyond the cut", function()
    local p, seen = helper.counting()
    local g <close> = p:split_when(function(_, x) return x % 3 == 0 end):open()
    assert.same({ 1, 2 }, (g:next()))
    assert.equal(3, seen.pulls)
    assert.same({ 3, 4, 5 }, (g:next()))
    assert.equal(6, seen.pulls)
  end)

  it("names stage and item when f fails; the item is left out", function()
    local p = leat.from({ 1, 2, "x", 3, 5 }):split_when(gap)
    local err = helper.failure(function() p:drain() end)
    assert.equal("split_when", err.stage)
    assert.equal(4, err.item)
    local q = leat.from({ 1, 2, {}, 3, 5 }):split_when(function(a, b) return b - a ~= 1 end)
    assert.yields({ { 1, 2, 3 }, { 5 } }, q:on_error "skip")
  end)

  it("lets f wait, inside a generator too", function()
    helper.schedule(function()
      local numbers = leat.generator(function() for i = 1, 4 do leat.yield(i) end end)
      assert.yields({ { 1, 2 }, { 3, 4 } }, numbers():split_when(function(a, b)
        coroutine.yield()
        return a == 2 and b == 3
      end))
    end)
  end)

  it("takes paths: a field of the item before", function()
    local items = { { last = true }, { last = false }, { last = true }, { last = false } }
    assert.yields({ { items[1] }, { items[2], items[3] }, { items[4] } },
      leat.from(items):split_when "_1.last")
  end)

  it("refuses what is no function on the caller's line", function()
    assert.raises_at(here(), "split_when: f must be", function() leat.range(3):split_when() end)
  end)
end)

describe("group_by", function()
  it("gives all items of one key as (key, table), in order of first appearance", function()
    local p = leat.from({ "fig", "apple", "kiwi", "date", "plum", "pea" }):group_by(string.len)
    assert.yields({ { 3, { "fig", "pea" } }, { 5, { "apple" } },
      { 4, { "kiwi", "date", "plum" } } }, p)
    assert.yields({}, leat.empty():group_by(string.len))
    assert.yields({ { 0, { 2 } } }, leat.once(2):group_by(function(x) return x % 2 end))
  end)

  it("takes equal contents for one key and hands out the first item's own", function()
    local a, b = { id = 1 }, { id = 1.0 }
    local key, items = leat.from({ a, b }):group_by("_"):first()
    assert.is_true(rawequal(a, key))
    assert.is_true(rawequal(a, items[1]) and rawequal(b, items[2]))
    assert.equal("float", math.type((leat.from({ 2.0, 2 }):group_by("_"):first())))
    local keys = leat.from({ true, "true", false, 1, "1", 0 / 0, -(0 / 0), leat.null, 1.5 })
      :group_by("_"):map(function(k) return tostring(k) end):collect()
    assert.equal(8, #keys)
    assert.equal("true true false 1 1", table.concat(keys, " ", 1, 5))
  end)

  it("puts items without a key under null", function()
    assert.yields({ { leat.null, { 1, 3 } }, { 0, { 2 } } }, leat.range(3):group_by(function(x)
      if x % 2 == 0 then return 0 end
    end))
    assert.yields({ { "NL", { { c = "NL" } } }, { leat.null, { {}, { c = leat.null } } } },
      leat.from({ { c = "NL" }, {}, { c = leat.null } }):group_by("c"))
  end)

  it("by several keys gives a list of them", function()
    local p = leat.range(8):group_by(function(x) return x % 2 end, function(x)
      return x > 4 and "big" or nil
    end)
    assert.yields({ { { 1, leat.null }, { 1, 3 } }, { { 0, leat.null }, { 2, 4 } },
      { { 1, "big" }, { 5, 7 } }, { { 0, "big" }, { 6, 8 } } }, p)
    assert.yields({ { { 1, 1 }, { { a = 1, b = { c = 1 } } } } },
      leat.from({ { a = 1, b = { c = 1 } } }):group_by("a", "b.c"))
  end)

  it("by several keys tells apart what would be one if they ran together", function()
    local items = {}
    for a = 1, 3 do
      for b = 1, 3 do
        for c = 1, 3 do items[#items + 1] = { a = a, b = ("x"):rep(b), c = c + 0.5, d = a } end
      end
    end
    assert.equal(27, leat.from(items):group_by("a", "b", "c"):count())
    assert.equal(27, leat.chain(items, items):group_by("a", "b", "c", "d"):count())
    assert.equal(9, leat.chain(items, items):group_by("c", "b"):count())
    assert.equal(3, leat.chain(items, items):group_by("a", "d"):count())
    local function ab(x) return x end
    assert.equal(2, leat.from({ "a", "ab" }):group_by(ab, function(x) return #x end):count())
    local many = {}
    for i = 1, 60 do many[i] = "_" end
    local key = leat.range(2):group_by(table.unpack(many)):first()
    assert.equal(60, #key)
  end)

  it("asks each key of each item once, in order, and lets them wait", function()
    local asked = {}
    local function key(name)
      return function(x)
        coroutine.yield()
        asked[#asked + 1] = name .. x
        return x
      end
    end
    helper.schedule(function() leat.range(2):group_by(key "a", key "b", key "c"):drain() end)
    assert.equal("a1 b1 c1 a2 b2 c2", table.concat(asked, " "))
  end)

  it("leaves an item out of which one of several keys fails", function()
    local function number(x) return x + 0 end
    local p = leat.from({ 1, "x", 1 }):group_by(function() return "k" end, number)
    assert.yields({ { { "k", 1 }, { 1, 1 } } }, p:on_error "skip")
    local err = helper.failure(function() p:drain() end)
    assert.equal("group_by", err.stage)
    assert.equal(2, err.item)
  end)

  it("closes its source before it gives the first group, and asks for no more", function()
    local p, seen = helper.counting(5)
    local g <close> = p:group_by(function(x) return x % 2 end):open()
    assert.same({ 1, { 1, 3, 5 } }, { g:next() })
    assert.equal(6, seen.pulls)
    assert.equal(1, seen.closes)
    assert.same({ 0, { 2, 4 } }, { g:next() })
    assert.is_nil((g:next()))
    assert.is_nil((g:next()))
  end)

  it("lets go of a group that has been handed on", function()
    local alive = setmetatable({}, { __mode = "k" })
    local p = leat.range(100):map(function(i)
      local t = { i % 10 }
      alive[t] = true
      return t
    end):group_by(function(t) return t[1] end)
    local g <close> = p:open()
    for _ = 1, 8 do g:next() end
    collectgarbage()
    collectgarbage()
    local count = 0
    for _ in pairs(alive) do count = count + 1 end
    assert.is_true(count <= 30, count .. " items alive")
  end)

  it("can be left early, and its groups can be taken from", function()
    local p = leat.range(10):group_by(function(x) return x % 3 end)
    assert.yields({ { 1, { 1, 4, 7, 10 } } }, p:take(1))
    assert.yields({ 4, 3, 3 }, p:map(function(_, items) return #items end))
    assert.yields({ { 4, { { 1, { 1, 4, 7, 10 } } } },
      { 3, { { 2, { 2, 5, 8 } }, { 0, { 3, 6, 9 } } } } },
      p:group_by(function(_, items) return #items end))
  end)

  it("gives nothing when upstream fails", function()
    local got = 0
    assert.raises("broken", function()
      helper.failing(4, "broken"):group_by(function(x) return x end):each(function() got = 1 end)
    end)
    assert.equal(0, got)
  end)

  it("of very many groups keeps them all, in order", function()
    local n = helper.scaled(30000)
    local p = leat.chain(leat.range(n), leat.range(n)):group_by(function(x) return "k" .. x end)
    local i = 0
    p:each(function(key, items)
      i = i + 1
      assert(key == "k" .. i and #items == 2 and items[1] == i)
    end)
    assert.equal(n, i)
  end)

  it("refuses what cannot be a key on the caller's line", function()
    assert.raises_at(here(), "group_by: key must be", function() leat.range(3):group_by() end)
    assert.raises_at(here() + 1, "group_by: key 2 must be a function or a path", function()
      leat.range(3):group_by("a", 2)
    end)
  end)
end)

describe("count_by", function()
  it("gives tuples (key, number of items), in order of first appearance", function()
    assert.yields({ { "b", 2 }, { "a", 1 } }, leat.from({ "b", "a", "b" }):count_by())
    assert.yields({ { 1, 2 }, { 0, 1 } }, leat.range(3):count_by(function(x) return x % 2 end))
    assert.yields({}, leat.empty():count_by())
  end)

  it("agrees with group_by for keys of every kind", function()
    local items = { 1, "1", 1.0, true, false, leat.null, true, 1.5, 1.5, { 1 }, { 1.0 }, { a = 2 },
      { a = 2 }, "", "x", "x", -0.0, 0, 2 ^ 53, math.mininteger, print, print, 0 / 0, 0 / 0 }
    local sizes = leat.from(items):group_by("_"):map(function(key, group)
      return { key, #group, math.type(key) }
    end):collect()
    local counts = leat.from(items):count_by():map(function(key, n)
      return { key, n, math.type(key) }
    end):collect()
    assert.equal(#sizes, #counts)
    for i, size in ipairs(sizes) do
      assert.is_true(rawequal(size[1], counts[i][1]) or size[1] ~= size[1])
      assert.same({ size[2], size[3] }, { counts[i][2], counts[i][3] })
    end
  end)

  it("keeps the sign of zero, and the first of equal keys", function()
    assert.equal("-0.0", tostring((leat.from({ -0.0, 0 }):count_by():first())))
    assert.equal("0.0", tostring((leat.from({ 0.0, 0, -0.0 }):count_by():first())))
    assert.equal("0", tostring((leat.from({ 0, -0.0 }):count_by():first())))
  end)

  it("counts tuples, lines of files, and what paths find", function()
    assert.yields({ { { 1, "a" }, 2 }, { { 1, "b" }, 1 } },
      leat.zip({ 1, 1, 1 }, { "a", "b", "a" }):count_by())
    assert.yields({ { "x", 2 }, { "", 1 } }, leat.read_lines(helper.file "x\n\nx\n"):count_by())
    assert.yields({ { "NL", 1 }, { leat.null, 2 } },
      leat.from({ { c = "NL" }, {}, {} }):count_by("c"))
  end)

  it("takes a line of a file and the same string for one key", function()
    local lines = leat.read_lines(helper.file "x\ny\nx\n")
    assert.yields({ { "x", 3 }, { "y", 2 } }, leat.chain(lines, { "x", "y" }):count_by())
    assert.yields({ { "y", 2 }, { "x", 3 } }, leat.chain({ "y", "x" }, lines):count_by())
  end)

  it("counts very many keys", function()
    local n = helper.scaled(30000)
    local p = leat.chain(leat.range(n), leat.range(n), leat.range(n // 2)):count_by()
    assert.equal(n, p:count())
    local total = 0
    p:each(function(key, count)
      assert(count == (key <= n // 2 and 3 or 2))
      total = total + count
    end)
    assert.equal(2 * n + n // 2, total)
  end)

  it("counts what a generator yields, and lets its key wait", function()
    local letters = leat.generator(function(s) for c in s:gmatch "." do leat.yield(c) end end)
    assert.yields({ { "l", 1 }, { "e", 2 }, { "a", 1 }, { "t", 1 } }, letters("leeat"):count_by())
    helper.schedule(function()
      assert.yields({ { "L", 1 }, { "E", 2 } }, letters("lee"):count_by(function(c)
        coroutine.yield()
        return c:upper()
      end))
    end)
  end)

  it("holds keys, not items", function()
    local alive = setmetatable({}, { __mode = "k" })
    local p, seen = helper.counting(2000)
    local most = 0
    p:map(function(i)
      local t = { i % 7 }
      alive[t] = true
      if i % 100 == 0 then
        collectgarbage()
        local count = 0
        for _ in pairs(alive) do count = count + 1 end
        most = math.max(most, count)
      end
      return t
    end):count_by(function(t) return t[1] end):drain()
    assert.equal(2001, seen.pulls)
    assert.is_true(most < 10, most .. " items alive")
  end)

  it("can be left early", function()
    assert.yields({ { 1, 1 }, { 2, 1 } }, leat.range(9):count_by():take(2))
  end)

  it("refuses what cannot be a key on the caller's line", function()
    assert.raises_at(here(), "count_by: key must be", function() leat.range(3):count_by(1) end)
  end)
end)
