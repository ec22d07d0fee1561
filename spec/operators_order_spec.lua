-- SPDX-License-Identifier: MIT
-- sort, top, bottom, reverse, desc, and the order of items. (Laws of all operators: laws_spec.)
local leat = require "leat"
local helper = require "spec.support.helper"
local model = require "spec.support.model"
local desc, null = leat.desc, leat.null
local nan <const> = 0 / 0

after_each(helper.nothing_left_open)

local function first(x) return x end
local function length(s) return #s end

-- Numbers that are the same each time.
local function numbers(seed)
  return function(n)
    seed = (seed * 1664525 + 1013904223) % 4294967296
    return (seed >> 12) % n
  end
end

-- The list as table.sort has it, but stable.
local function sorted(list, before)
  local places = {}
  for i = 1, #list do places[i] = i end
  table.sort(places, function(a, b)
    if before(list[a], list[b]) then return true end
    if before(list[b], list[a]) then return false end
    return a < b
  end)
  for i, place in ipairs(places) do places[i] = list[place] end
  return places
end

local function less(a, b) return a < b end

-- Values of each kind, in order.
local ladder <const> = {
  false, true, -math.huge, math.mininteger, -1.5, -1, 0, 0.5, 1, 2 ^ 53, (1 << 53) + 1,
  math.maxinteger - 1, math.maxinteger, 2.0 ^ 63, math.huge,
  "", "\0", "\0\0", "A", "a", "a\0", "a\0b", "aa", "ab", "b", "\xff",
  {}, { false }, { 1 }, { 1, 1 }, { 1, "a" }, { 1, {} }, { 1, { 5 } }, { 1, null }, { 2 }, { "" },
  { "a" }, { "a", 0 }, { "a\0" }, { "a\0", 0 }, { "a\0\0" }, { "ab" }, { {} }, { { 1 }, 2 },
  { null },
}

local function shuffled(list, seed)
  local draw, copy = numbers(seed), table.move(list, 1, #list, 1, {})
  for i = #copy, 2, -1 do
    local j = draw(i) + 1
    copy[i], copy[j] = copy[j], copy[i]
  end
  return copy
end

describe("the order of items", function()
  it("is false, true, numbers, strings by bytes, lists by elements", function()
    for seed = 1, 20 do assert.yields(ladder, leat.from(shuffled(ladder, seed)):sort()) end
  end)

  it("is turned round by desc, but for null, NaN and what is missing, which stay last", function()
    local items, expected = table.move(ladder, 1, #ladder, 1, {}), {}
    for i = #ladder, 1, -1 do
      if type(ladder[i]) ~= "table" then expected[#expected + 1] = ladder[i] end
    end
    items = leat.from(items):reject(function(x) return type(x) == "table" end)
    assert.yields(expected, items:sort(desc(first)))
    local function missing(x) return x ~= 0 and x or nil end
    assert.yields({ 2, 1, 0 }, leat.from({ 0, 1, 2 }):sort(desc(missing)))
    assert.yields({ 1, 2, 0 }, leat.from({ 0, 1, 2 }):sort(missing))
    assert.yields({ 2, 1, null }, leat.from({ null, 1, 2 }):sort(desc(first)))
    assert.yields({ "b", "a", 1, null }, leat.from({ null, 1, "b", "a" }):sort(desc "_"))
    local last = leat.from({ nan, 1, null, 2 }):sort(desc(first)):collect()
    assert.same({ 2, 1 }, { last[1], last[2] })
    assert.is_true(last[3] ~= last[3] and last[4] == null)
  end)

  it("has null last inside lists, too, whichever way", function()
    local lists = { { 1, null }, { 1 }, { 1, 2 }, { null, 1 } }
    assert.yields({ { 1 }, { 1, 2 }, { 1, null }, { null, 1 } }, leat.from(lists):sort())
    assert.yields({ { 1, 2 }, { 1, null }, { 1 }, { null, 1 } }, leat.from(lists):sort(desc(first)))
  end)

  it("compares integers with floats exactly", function()
    local big = 1 << 53
    local items = { big + 1, 2.0 ^ 53, big, big + 2, 2.0 ^ 53 + 2, big + 3 }
    local expected = { 2.0 ^ 53, big, big + 1, big + 2, 2.0 ^ 53 + 2, big + 3 }
    local function kinds(list)
      for i, x in ipairs(list) do list[i] = math.type(x) .. " " .. x - big end
      return list
    end
    assert.same(kinds(table.move(expected, 1, 6, 1, {})), kinds(leat.from(items):sort():collect()))
    assert.equal(math.maxinteger - 1,
      leat.from({ math.maxinteger, math.maxinteger - 1, 2.0 ^ 63 }):min())
    assert.equal(math.maxinteger, leat.from({ 2.0 ^ 63, math.maxinteger }):bottom(1):first())
    assert.yields({ math.maxinteger, math.maxinteger - 1, math.maxinteger - 2 },
      leat.range(math.maxinteger - 2, math.maxinteger):sort(desc(first)))
    assert.yields({ math.mininteger, math.mininteger + 1 },
      leat.from({ math.mininteger + 1, math.mininteger }):sort())
  end)

  it("takes 0.0 for -0.0, and gives each back as it was", function()
    local items = leat.from({ 0.0, -0.0, 0 }):sort():collect()
    assert.equal("0.0 -0.0 0", table.concat({ tostring(items[1]), tostring(items[2]),
      tostring(items[3]) }, " "))
  end)

  it("compares arrays of records as lists, and lists with tuples", function()
    local path = helper.file "[2,1]\n[1,[2]]\n[1]\n[]\n[1,null]\n"
    local texts = leat.read_jsonl(path):sort():map(tostring):collect()
    assert.same({ "[]", "[1]", "[1,[2]]", "[1,null]", "[2,1]" }, texts)
    local mixed = leat.from({ { 1, 3 } }):chain(leat.from({ 2 }):enumerate()):sort():collect()
    assert.same({ { 1, 2 }, { 1, 3 } }, mixed)
  end)

  it("has no place for records, other tables and functions", function()
    local record = leat.read_jsonl(helper.file '{"a":1}\n')
    assert.raises("a record has no order; sort compares", function() record:sort():drain() end)
    for value, name in pairs { [{ a = 1 }] = "a table that is no list", [print] = "a function",
      [{ 1, { a = 1 } }] = "a table that is no list in a list" } do
      assert.raises(name .. " has no order", function() leat.from({ value }):sort():drain() end)
      assert.raises("the key is " .. name .. ", which has no order; top takes", function()
        leat.from({ value }):top(1, first):drain()
      end)
      assert.raises(name, function() leat.from({ value }):max() end)
      assert.raises(name, function() leat.from({ value }):bottom(1):drain() end)
      assert.raises(name, function() leat.from({ value }):minmax() end)
      assert.raises(name, function() leat.from({ value }):min_by(first) end)
    end
  end)

  it("looks into lists to a depth of 100", function()
    local deep, loop = { 1 }, {}
    for _ = 1, 99 do deep = { deep } end
    assert.equal(1, leat.from({ deep }):sort():count())
    loop[1] = loop
    for _, list in ipairs { { deep }, loop } do
      assert.raises("a list nested deeper than 100 levels has no order", function()
        leat.from({ list }):sort():drain()
      end)
    end
  end)

  it("is the same for sort, top, bottom, min and max", function()
    for seed = 1, 10 do
      local items = shuffled(ladder, seed)
      assert.yields({ ladder[1], ladder[2], ladder[3] }, leat.from(items):bottom(3))
      assert.same(leat.from(items):sort(desc(first)):collect(),
        leat.from(items):top(#items):collect())
      assert.equal(false, leat.from(items):min())
      assert.same({ { 1 }, 2 }, leat.from(items):max()) -- { null } is last this way, too
      for i = 2, #items do
        local a, b = items[i - 1], items[i]
        if model.compare(a, b) > 0 then a, b = b, a end
        assert.equal(a, leat.from({ b, a }):min_by(first))
      end
    end
  end)
end)

describe("sort", function()
  it("sorts the items", function()
    assert.yields({ 1, 2, 3 }, leat.from({ 3, 1, 2 }):sort())
    assert.yields({ "a", "b" }, leat.from({ "b", "a" }):sort())
    assert.yields({}, leat.empty():sort())
    assert.yields({ 7 }, leat.once(7):sort())
    assert.yields({ 1, 1, 1 }, leat.from({ 1, 1, 1 }):sort())
    assert.yields({ "a", "b", "c" }, leat.read_lines(helper.file "b\nc\na\n"):sort())
  end)

  it("sorts by keys: functions and paths", function()
    local people = { { name = "Tony", n = 2 }, { name = "Ada", n = 2 }, { name = "Bob", n = 1 } }
    local function names(p) return p:map("name"):concat " " end
    assert.equal("Ada Bob Tony", names(leat.from(people):sort "name"))
    assert.equal("Tony Bob Ada", names(leat.from(people):sort(desc "name")))
    assert.equal("Bob Tony Ada", names(leat.from(people):sort "n"))
    assert.equal("Bob Ada Tony", names(leat.from(people):sort("n", "name")))
    assert.equal("Tony Ada Bob", names(leat.from(people):sort(desc "n", desc "name")))
    assert.equal("Bob Tony Ada", names(leat.from(people):sort("n", desc "name")))
    assert.equal("Ada Tony Bob", names(leat.from(people):sort(desc "n", function(p)
      return p.name
    end)))
    assert.yields({ "c", "bb", "aaa" }, leat.from({ "aaa", "bb", "c" }):sort(length))
  end)

  it("takes any number of keys, and callable objects", function()
    local keys = {}
    for i = 1, 20 do keys[i] = function(x) return x[i] end end
    local items = {}
    for i = 1, 20 do
      items[i] = {}
      for k = 1, 20 do items[i][k] = k < i and 0 or 1 end
    end
    local expected = {}
    for i = 20, 1, -1 do expected[#expected + 1] = items[i] end
    assert.yields(expected, leat.from(items):sort(table.unpack(keys)))
    local callable = setmetatable({}, { __call = function(_, x) return -x end })
    assert.yields({ 2, 1 }, leat.from({ 1, 2 }):sort(callable))
    assert.yields({ 1, 2 }, leat.from({ 1, 2 }):sort(desc(callable)))
  end)

  it("leaves items with equal keys as they came, also descending", function()
    local items = leat.range(100):map(function(i) return { key = i % 3, i = i } end):collect()
    for _, key in ipairs { "key", desc "key" } do
      local before
      for x in leat.from(items):sort(key) do
        assert.is_true(not before or before.key ~= x.key or before.i < x.i)
        before = x
      end
    end
  end)

  it("sorts tuples part by part, and gives them back as tuples", function()
    local pairs_ = leat.zip({ 2, 1, 1, 2 }, { "a", "b", "a", false })
    assert.yields({ { 1, "a" }, { 1, "b" }, { 2, false }, { 2, "a" } }, pairs_:sort())
    assert.yields({ { 2, false }, { 2, "a" }, { 1, "a" }, { 1, "b" } }, pairs_:sort(function(_, b)
      return b
    end))
    for number, text in leat.zip({ 1 }, { "a" }):sort() do
      assert.same({ 1, "a" }, { number, text })
    end
    local generator = leat.generator(function()
      leat.yield(1, nil, 3)
      leat.yield(1, 2)
      leat.yield(1, nil)
      leat.yield(1)
    end)
    local sizes = generator():sort():map(function(...) return select("#", ...) end)
    assert.equal("1 2 2 3", sizes:concat " ")
  end)

  it("keeps tables as the very tables they are", function()
    local a, b = { 2 }, { 1 }
    local items = leat.from({ a, b }):sort():collect()
    assert.is_true(rawequal(items[1], b) and rawequal(items[2], a))
  end)

  it("sorts whatever order the data are in", function()
    for _, n in ipairs { 2, 3, 23, 24, 25, 49, 100, helper.scaled(1000), helper.scaled(5000) } do
      local draw = numbers(n)
      local shapes = {
        rising = function(i) return i end,
        falling = function(i) return -i end,
        random = function() return draw(1 << 20) - (1 << 19) end,
        few = function() return draw(4) end,
        pipe = function(i) return math.min(i, n - i) end,
        saw = function(i) return i % 17 end,
        ["almost rising"] = function(i) return i % 20 == 0 and draw(n) or i end,
        ["two runs"] = function(i) return i <= n // 3 and i * 3 or i end,
        ["rising, then little"] = function(i) return i < n and i or n // 2 end,
        floats = function() return draw(1000) / 8 - 60 end,
        mixed = function(i) return i % 2 == 0 and draw(100) or draw(100) / 1.0 end,
        large = function() return math.maxinteger - draw(3000) end,
      }
      for name, shape in pairs(shapes) do
        local list = {}
        for i = 1, n do list[i] = shape(i) end
        local expected = sorted(list, less)
        local got = leat.from(list):sort():collect()
        for i = 1, n do
          if got[i] ~= expected[i] or math.type(got[i]) ~= math.type(expected[i]) then
            error(("%s, %d: item %d is %s, not %s"):format(name, n, i, got[i], expected[i]))
          end
        end
        got = leat.from(list):sort(desc(first)):collect()
        expected = sorted(list, function(a, b) return a > b end)
        for i = 1, n do if got[i] ~= expected[i] then error(name .. ", descending") end end
      end
    end
  end)

  it("sorts strings that begin alike, that are alike, and that have zeros in them", function()
    local draw = numbers(7)
    local n = helper.scaled(2000)
    local shapes = {
      dates = function() return ("2024-%02d-%02dT00:00"):format(draw(12) + 1, draw(28) + 1) end,
      paths = function() return "/usr/share/" .. ("x"):rep(draw(30)) .. draw(3) end,
      zeros = function() return ("\0"):rep(draw(20)) .. (draw(2) == 0 and "a" or "") end,
      words = function() return (" "):rep(draw(3)) .. string.char(draw(256), draw(256)) end,
      alike = function() return "the same long text for each of them, nothing else" end,
      two = function() return "a text longer than eight bytes " .. draw(2) end,
      long = function() return ("ab"):rep(50 + draw(3)) .. draw(100) end,
    }
    for name, shape in pairs(shapes) do
      local list = {}
      for i = 1, n do list[i] = shape() end
      local expected = sorted(list, less)
      assert.same(expected, leat.from(list):sort():collect(), name)
      assert.same(sorted(list, function(a, b) return a > b end),
        leat.from(list):sort(desc(first)):collect(), name)
      local lists = leat.from(list):map(function(s) return { s, 1 } end):sort()
      assert.same(expected, lists:map("_[1]"):collect(), name)
      assert.same(expected, leat.from(list):sort(first, length):collect(), name)
    end
  end)

  it("pulls nothing before it is asked for an item, then everything; closes once", function()
    local p, seen = helper.counting(5)
    local g = p:sort(desc(first)):open()
    assert.equal(0, seen.pulls)
    assert.equal(5, g:next())
    assert.equal(6, seen.pulls)
    assert.equal(1, seen.closes)
    g:close()
    assert.equal(1, seen.closes)
    assert.equal(5, p:sort(desc(first)):first())
    assert.equal(2, seen.closes)
  end)

  it("asks for each key once, when the item comes", function()
    local calls = {}
    local p = leat.from({ 2, 1 }):sort(
      function(x) calls[#calls + 1] = "a" .. x return 0 end,
      function(x) calls[#calls + 1] = "b" .. x return x end)
    assert.yields({ 1, 2 }, p)
    assert.same({ "a2", "b2", "a1", "b1" }, calls)
  end)

  it("lets its keys yield to the host", function()
    local got = {}
    local function slow(x) coroutine.yield() return -x end
    helper.schedule(
      function() got.one = leat.range(3):sort(slow):collect() end,
      function() got.two = leat.range(3):enumerate():sort(slow, slow):collect() end,
      function()
        got.body = leat.generator(function() for i = 1, 3 do leat.yield(i) end end)()
          :sort(slow):collect()
      end)
    assert.same({ one = { 3, 2, 1 }, two = { { 3, 3 }, { 2, 2 }, { 1, 1 } }, body = { 3, 2, 1 } },
      got)
  end)

  it("tells where a key failed, and closes once", function()
    local p, seen = helper.counting(5)
    local object = {}
    for _, keys in ipairs { { 1 }, { 1, 2 } } do
      for i in ipairs(keys) do
        keys[i] = function(x) if x == 3 and i == #keys then error(object) end return x end
      end
      local err = helper.failure(function() p:sort(table.unpack(keys)):drain() end)
      assert.equal("sort", err.stage)
      assert.equal(3, err.item)
      assert.is_true(rawequal(object, err.cause))
    end
    assert.equal(2, seen.closes)
  end)

  it("leaves out what has no order, or no key, with on_error", function()
    local function key(x) if x == 2 then error "no" end return x ~= 3 and -x or { a = x } end
    warn "@off"
    assert.yields({ 1, 2 }, leat.from({ 2, print, 1, { a = 1 } }):sort():on_error "skip")
    assert.yields({ 4, 1 }, leat.range(4):sort(key):on_error "skip")
    assert.yields({ 4, 1 }, leat.range(4):sort(key, first):on_error(function() end))
    assert.yields({ 4, 1 }, leat.range(4):top(2, function(x)
      if x > 1 and x < 4 then error "no" end
      return x
    end):on_error "skip")
    warn "@on"
  end)

  it("gives what is below it time: errors and breaks there do no harm", function()
    local p, seen = helper.counting(5)
    local sorted_ = p:sort(desc(first))
    for x in sorted_:iter() do if x == 4 then break end end
    assert.has_error(function() sorted_:each(function(x) if x == 3 then error "three" end end) end)
    assert.yields({ 5, 4 }, sorted_:take(2))
    assert.yields({ { 5, 4 }, { 3, 2 }, { 1 } }, sorted_:batched(2))
    assert.yields({ 5, 5, 4, 4, 3, 3, 2, 2, 1, 1 }, sorted_:flat_map(function(x)
      return { x, x }
    end))
    assert.yields({ 1, 2, 3, 4, 5 }, sorted_:sort())
    assert.equal(6, seen.opens)
    assert.equal(6, seen.closes)
  end)

  it("can be run again and in two runs at once", function()
    local p = leat.from({ 2, 3, 1 }):sort()
    local a, b = p:open(), p:open()
    for i = 1, 3 do
      assert.equal(i, a:next())
      assert.equal(i, b:next())
    end
    assert.yields({ 1, 2, 3 }, p)
    assert.yields({ 1, 2, 3 }, p)
  end)

  it("sorts many", function()
    local n = helper.scaled(200000)
    local draw = numbers(1)
    local list = {}
    for i = 1, n do list[i] = { key = draw(1 << 30), name = "n" .. draw(1000) } end
    local before = -1
    for x in leat.from(list):sort "key" do
      assert(before <= x.key)
      before = x.key
    end
    before = ""
    for x in leat.from(list):sort "name" do
      assert(before <= x.name)
      before = x.name
    end
  end)

  it("is refused on its line with what is no key", function()
    local p = leat.range(3)
    assert.raises_at(helper.here() + 1, "sort: key must be a function or a path, got number",
      function() p:sort(1) end)
    assert.raises_at(helper.here() + 1, "sort: key must be a function or a path, got nil",
      function() p:sort(nil) end)
    assert.raises_at(helper.here() + 1, "sort: key must be a function or a path, got table",
      function() p:sort("a", {}) end)
    assert.raises_at(helper.here(), "sort: key: 'a['", function() p:sort "a[" end)
    assert.raises_at(helper.here(), "sort: key: 'a['", function() p:sort(desc "a[") end)
    assert.raises_at(helper.here(), "desc stands before a key", function() p:sort(desc) end)
    local many = {}
    for i = 1, 64 do many[i] = "a" end
    assert.raises_at(helper.here() + 1, "sort: at most 63 keys expected, got 64",
      function() p:sort(table.unpack(many)) end)
  end)
end)

describe("desc", function()
  it("takes a function or a path, and nothing else", function()
    for _, value in ipairs { 1, false, {} } do
      assert.raises("desc: key must be a function or a path, got " .. type(value), desc, value)
    end
    assert.raises("desc: key must be a function or a path, got desc", desc, desc "a")
    assert.raises("got nothing", function() desc() end)
  end)

  it("can be used in several places", function()
    local down = desc(first)
    assert.yields({ 3, 2, 1 }, leat.range(3):sort(down))
    assert.yields({ 1 }, leat.range(3):top(1, down))
    assert.yields({ 3 }, leat.range(3):bottom(1, down))
  end)
end)

describe("top and bottom", function()
  it("give the greatest, greatest first, and the least, least first", function()
    local p = leat.from { 3, 1, 4, 1, 5, 9, 2, 6 }
    assert.yields({ 9, 6, 5 }, p:top(3))
    assert.yields({ 1, 1, 2 }, p:bottom(3))
    assert.yields({ 9, 6, 5, 4, 3, 2, 1, 1 }, p:top(100))
    assert.yields({ 9 }, p:top(1))
    assert.yields({}, leat.empty():top(3))
    assert.yields({ "b", "a" }, leat.read_lines(helper.file "a\nb\nA\n"):top(2))
  end)

  it("are what sort and take give, ties first come first", function()
    local draw = numbers(3)
    local items, all = {}, math.max(40, helper.scaled(300))
    for i = 1, all do items[i] = { a = draw(10), s = "text " .. draw(5), i = i } end
    for _, n in ipairs { 1, 2, 7, 16, 17, all // 2, all - 1, all, all + 1 } do
      local p = leat.from(items)
      assert.same(p:sort(desc "a"):take(n):collect(), p:top(n, "a"):collect())
      assert.same(p:sort("a"):take(n):collect(), p:bottom(n, "a"):collect())
      assert.same(p:sort("s"):take(n):collect(), p:top(n, desc "s"):collect())
      assert.same(p:sort("s", desc "a"):take(n):collect(), p:bottom(n, "s", desc "a"):collect())
      assert.same(p:sort(desc "s", "a"):take(n):collect(), p:top(n, "s", desc "a"):collect())
    end
  end)

  it("of nothing pull nothing", function()
    local p, seen = helper.counting()
    assert.yields({}, p:top(0))
    assert.yields({}, p:bottom(0, first))
    assert.yields({}, p:take(0):top(3))
    assert.equal(0, seen.pulls)
  end)

  it("keep tuples, false and null; null comes last", function()
    assert.yields({ { 3, "c" }, { 2, "b" } }, leat.from({ "a", "b", "c" }):enumerate():top(2))
    assert.yields({ true, false, null }, leat.from({ null, false, true }):top(3))
    assert.yields({ false, true }, leat.from({ null, true, false }):bottom(2))
    assert.yields({ 1, null }, leat.from({ null, 1 }):top(5))
  end)

  it("let their keys yield, and tell where one failed", function()
    local got
    helper.schedule(function()
      got = leat.range(5):top(2, function(x) coroutine.yield() return x % 3 end):collect()
    end)
    assert.same({ 2, 5 }, got)
    local err = helper.failure(function()
      leat.range(5):bottom(2, function(x) return x == 4 and error "four" or x end):drain()
    end)
    assert.same({ "bottom", 4 }, { err.stage, err.item })
  end)

  it("hold no more than n items, and their keys", function()
    local alive = setmetatable({}, { __mode = "k" })
    local most = 0
    leat.range(helper.scaled(2000)):map(function(i)
      local item = { i * 7919 % 1009 }
      alive[item] = true
      if i % 100 == 0 then
        collectgarbage()
        local count = 0
        for _ in pairs(alive) do count = count + 1 end
        most = math.max(most, count)
      end
      return item
    end):top(5, "_[1]"):drain()
    assert.is_true(most <= 5 + 20, most)
  end)

  it("are shown with n, and are refused on their line without", function()
    assert.equal("range(3) | top(2)", tostring(leat.range(3):top(2, "a")))
    assert.raises_at(helper.here() + 1, "top: n must be a whole number, got nothing",
      function() leat.range(3):top() end)
    assert.raises_at(helper.here() + 1, "bottom: n must be 0 or more, got -1",
      function() leat.range(3):bottom(-1) end)
    assert.raises_at(helper.here() + 1, 'top: n must be a whole number, got "ms"',
      function() leat.range(3):top("ms", 3) end)
    assert.raises_at(helper.here() + 1, "top: key must be a function or a path, got boolean",
      function() leat.range(3):top(3, true) end)
  end)
end)

describe("reverse", function()
  it("turns the items round", function()
    assert.yields({ 3, 2, 1 }, leat.range(3):reverse())
    assert.yields({}, leat.empty():reverse())
    assert.yields({ null, false, "a" }, leat.from({ "a", false, null }):reverse())
    assert.yields({ { 2, "b" }, { 1, "a" } }, leat.from({ "a", "b" }):enumerate():reverse())
    assert.yields({ 1, 2, 3 }, leat.range(3):reverse():reverse())
    assert.yields({ "b", "a" }, leat.read_lines(helper.file "a\nb\n"):reverse())
  end)

  it("pulls everything for its first item, and takes no arguments", function()
    local p, seen = helper.counting(4)
    assert.equal(4, p:reverse():first())
    assert.same({ 5, 1 }, { seen.pulls, seen.closes })
    assert.raises_at(helper.here() + 1, "reverse: at most 0 arguments expected, got 1",
      function() p:reverse(1) end)
  end)
end)
