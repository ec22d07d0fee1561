-- SPDX-License-Identifier: MIT
-- The sources that need no file: range, count_from, from, entries, generator, resource, iterate,
-- unfold, repeatedly, duplicate, once, empty.
local leat = require "leat"
local helper = require "spec.support.helper"
local here = helper.here

after_each(helper.nothing_left_open)

describe("range", function()
  it("counts like the numeric for, both ends included", function()
    assert.yields({ 1, 2, 3 }, leat.range(3))
    assert.yields({ 2, 3, 4, 5 }, leat.range(2, 5))
    assert.yields({ 5, 3, 1 }, leat.range(5, 1, -2))
    assert.yields({ 5, 3, 1 }, leat.range(5, 0, -2))
    assert.yields({ -2, -1, 0 }, leat.range(-2, 0))
    assert.yields({ 7 }, leat.range(7, 7))
  end)

  it("is empty where the numeric for is", function()
    assert.yields({}, leat.range(0))
    assert.yields({}, leat.range(-3))
    assert.yields({}, leat.range(3, 1))
    assert.yields({}, leat.range(1, 3, -1))
  end)

  it("keeps integers integers and floats floats", function()
    for x in leat.range(1, 3) do assert.equal("integer", math.type(x)) end
    for x in leat.range(1, 3.7) do assert.equal("integer", math.type(x)) end
    for x in leat.range(1.0, 3) do assert.equal("float", math.type(x)) end
    for x in leat.range(1, 2, 0.5) do assert.equal("float", math.type(x)) end
    assert.yields({ 0.0, 0.25, 0.5, 0.75, 1.0 }, leat.range(0, 1, 0.25))
    assert.equal(11, leat.range(0, 1, 0.1):count())
    assert.yields({ 1, 2, 3 }, leat.range(1, 3.7))
  end)

  it("does not wrap around at the ends of the integers", function()
    local most, least = math.maxinteger, math.mininteger
    assert.yields({ most - 1, most }, leat.range(most - 1, most))
    assert.yields({ most - 5, most }, leat.range(most - 5, most, 5))
    assert.yields({ most - 5 }, leat.range(most - 5, most, 7))
    assert.yields({ least + 1, least }, leat.range(least + 1, least, -1))
    assert.yields({ least, -1, most - 1 }, leat.range(least, most, most):take(3))
    assert.yields({ 1, 2 }, leat.range(1, math.huge):take(2))
    assert.yields({}, leat.range(1, -math.huge))
  end)

  it("agrees with the numeric for on many arguments", function()
    local values = { -7, -2, 0, 1, 3, 10, 2.5, -0.5, 7.0 }
    for _, first in ipairs(values) do
      for _, last in ipairs(values) do
        for _, step in ipairs { 1, 2, -1, -3, 0.5, -2.0 } do
          local expected = {}
          for x = first, last, step do expected[#expected + 1] = x end
          local got = leat.range(first, last, step):collect()
          assert.same(expected, got)
          for i, x in ipairs(expected) do assert.equal(math.type(x), math.type(got[i])) end
        end
      end
    end
  end)

  it("refuses step 0, missing and wrong arguments on the caller's line", function()
    assert.raises_at(here(), "step", function() leat.range(1, 2, 0) end)
    assert.raises_at(here(), "step", function() leat.range(1, 2, 0.0) end)
    assert.raises_at(here(), "range", function() leat.range {} end)
    assert.raises_at(here(), "range", function() leat.range("1", "2") end)
  end)
end)

describe("count_from", function()
  it("counts without end from 1, from anywhere, by any step", function()
    assert.yields({ 1, 2, 3 }, leat.count_from():take(3))
    assert.yields({ 5, 6 }, leat.count_from(5):take(2))
    assert.yields({ 10, 7, 4 }, leat.count_from(10, -3):take(3))
    assert.yields({ 0.5, 1.0, 1.5 }, leat.count_from(0.5, 0.5):take(3))
    assert.yields({ 4, 4, 4 }, leat.count_from(4, 0):take(3))
  end)

  it("keeps integers integers", function()
    assert.equal("integer", math.type(leat.count_from(2, 3):drop(5):first()))
  end)

  it("never wraps around silently", function()
    local ok, items = pcall(function()
      return leat.count_from(math.maxinteger):take(2):collect()
    end)
    if ok then assert.is_true(items[2] > items[1]) end
  end)
end)

describe("from", function()
  it("gives the elements of a list, false among them", function()
    assert.yields({ 1, "two", false, 4.5 }, leat.from { 1, "two", false, 4.5 })
    assert.yields({}, leat.from {})
  end)

  it("reads a list when it is run, each time", function()
    local list = { 1, 2 }
    local p = leat.from(list)
    assert.yields({ 1, 2 }, p)
    list[3] = 3
    assert.yields({ 1, 2, 3 }, p)
  end)

  it("reads a list that grows meanwhile, and says so when it shrinks", function()
    local list = { 1, 2, 3 }
    leat.from(list):each(function(x) if x == 3 then list[#list + 1] = 0 end end)
    assert.equal(4, #list)
    list = { 1, 2, 3, 4 }
    assert.raises("nil", function() leat.from(list):each(function() list[#list] = nil end) end)
  end)

  it("respects a list's own __index and __len", function()
    local proxy = setmetatable({}, { __len = function()
      return 3
    end, __index = function(_, i) return i * 10 end })
    assert.yields({ 10, 20, 30 }, leat.from(proxy))
  end)

  it("refuses a table with keys but no elements and names entries", function()
    assert.raises_at(here(), "entries", function() leat.from { a = 1 } end)
  end)

  it("gives a pipeline back as it is", function()
    assert.yields({ 1, 2 }, leat.from(leat.range(2)))
    local p = leat.from(leat.range(2))
    assert.equal(2, p:count())
    assert.equal(2, p:count())
  end)

  it("reads a generator on", function()
    local g = leat.range(3):open()
    g:next()
    assert.yields({ 2, 3 }, leat.from(g))
  end)

  it("gives every yield of a coroutine, tuples too, but not its results", function()
    local co = coroutine.create(function(...)
      assert(select("#", ...) == 0)
      coroutine.yield(1)
      coroutine.yield("a", "b")
      return "result"
    end)
    assert.yields({ 1, { "a", "b" } }, leat.from(co))
  end)

  it("raises the error of a coroutine", function()
    local object = {}
    local co = coroutine.create(function() coroutine.yield(1) error(object) end)
    assert.equal(object, helper.cause(helper.failure(function() leat.from(co):drain() end)))
  end)

  it("refuses a dead coroutine when it is run", function()
    local co = coroutine.create(function() end)
    coroutine.resume(co)
    assert.has_error(function() leat.from(co):drain() end)
  end)

  it("takes what pairs, ipairs, next, gmatch and io.lines return", function()
    assert.yields({ { "k", "v" } }, leat.from(pairs { k = "v" }))
    assert.yields({ { 1, "a" }, { 2, "b" } }, leat.from(ipairs { "a", "b" }))
    assert.yields({ { "k", "v" } }, leat.from(next, { k = "v" }))
    assert.yields({ "a", "b" }, leat.from(string.gmatch("a b", "%a")))
    assert.yields({ { "k", "1" }, { "l", "2" } }, leat.from(string.gmatch("k=1 l=2", "(%a)=(%d)")))
    assert.yields({ "one", "two" }, leat.from(io.lines(helper.file "one\ntwo\n")))
  end)

  it("closes the fourth value of a generic for", function()
    local closed = 0
    local function iterator()
      local n = 0
      return function() n = n + 1 return n end, nil, nil,
        setmetatable({}, { __close = function() closed = closed + 1 end })
    end
    assert.yields({ 1, 2 }, leat.from(iterator()):take(2))
    assert.equal(1, closed)
  end)

  it("takes a function that returns items", function()
    local n = 0
    assert.yields({ 1, 2 }, leat.from(function() n = n + 1 if n <= 2 then return n end end))
  end)

  it("calls __iter for each run of an object that has it", function()
    local calls = 0
    local object = setmetatable({ 9, 8 }, { __iter = function(self)
      calls = calls + 1
      return ipairs(self)
    end })
    local p = leat.from(object)
    assert.equal(0, calls)
    assert.yields({ { 1, 9 }, { 2, 8 } }, p)
    assert.yields({ { 1, 9 }, { 2, 8 } }, p)
    assert.equal(2, calls)
  end)

  it("refuses strings, numbers, booleans, null and nil on the caller's line", function()
    assert.raises_at(here(), "from", function() leat.from "abc" end)
    assert.raises_at(here(), "from", function() leat.from(12) end)
    assert.raises_at(here(), "from", function() leat.from(true) end)
    assert.raises_at(here(), "from", function() leat.from(leat.null) end)
    assert.raises_at(here(), "from", function() leat.from(nil) end)
  end)

  it("raises the error of a Lua iterator with the value itself", function()
    local object = {}
    local err = helper.failure(function() leat.from(function() error(object) end):drain() end)
    assert.equal(object, err.cause)
  end)
end)

describe("entries", function()
  it("gives (key, value) with the keys sorted", function()
    assert.yields({ { "a", 1 }, { "b", 2 }, { "c", 3 } }, leat.entries { c = 3, a = 1, b = 2 })
    assert.yields({ { 1, "x" }, { 2, "y" }, { "k", "z" } }, leat.entries { "x", "y", k = "z" })
    assert.yields({}, leat.entries {})
  end)

  it("sorts numbers by value and strings by bytes", function()
    local keys = {}
    local t = { [10] = 1, [2] = 1, [-1.5] = 1, Z = 1, a = 1, [""] = 1 }
    for k in leat.entries(t) do keys[#keys + 1] = k end
    assert.same({ -1.5, 2, 10, "", "Z", "a" }, keys)
  end)

  it("keeps false values and starts afresh with each run", function()
    local t = { a = false }
    local p = leat.entries(t)
    assert.yields({ { "a", false } }, p)
    t.b = true
    assert.yields({ { "a", false }, { "b", true } }, p)
  end)

  it("gives tables as keys somewhere without failing on the rest", function()
    local ok, items = pcall(function() return leat.entries({ [{}] = 1, a = 2 }):count() end)
    if ok then assert.equal(2, items) end
  end)
end)

describe("generator", function()
  it("gives a function whose calls are pipelines with those arguments", function()
    local pair = leat.generator(function(...)
      leat.yield(select("#", ...)) for _, x in ipairs { ... } do leat.yield(x) end
    end)
    assert.yields({ 2, "a", "b" }, pair("a", "b"))
    assert.yields({ 0 }, pair())
    assert.yields({ 3 }, pair(nil, nil, nil))
  end)

  it("has all methods of a pipeline, in native stages and with callbacks", function()
    local numbers = leat.generator(function(n) for i = 1, n do leat.yield(i) end end)
    assert.equal(10, numbers(4):sum())
    assert.equal(4, numbers(4):count())
    assert.yields({ { 1, 2 }, { 3, 4 }, { 5 } }, numbers(5):batched(2))
    assert.yields({ 3, 4 }, numbers(9):drop(2):take(2))
    assert.yields({ { 1, 2 }, { 2, 4 } }, numbers(4):filter(function(x)
      return x % 2 == 0
    end):enumerate())
    assert.equal("1-2-3", numbers(3):concat "-")
    assert.equal(3, numbers(3):max())
  end)

  it("that yields nothing is empty", function()
    assert.yields({}, leat.generator(function() end)())
    assert.is_nil(leat.generator(function() end)():first())
  end)
end)

describe("resource", function()
  it("opens, gives items until nil and closes", function()
    local log = {}
    local p = leat.resource(
      function() log[#log + 1] = "open" return { 3, 2, 1 } end,
      function(list) return table.remove(list) end,
      function() log[#log + 1] = "close" end)
    assert.yields({ 1, 2, 3 }, p)
    assert.yields({ 1, 2, 3 }, p)
    assert.same({ "open", "close", "open", "close" }, log)
  end)

  it("goes on past false", function()
    assert.yields({ false, true }, leat.resource(function()
      return { true, false }
    end, table.remove, function() end))
  end)

  it("is not asked again after its end", function()
    local calls = 0
    local g = leat.resource(function()
      return 0
    end, function() calls = calls + 1 end, function() end):open()
    for _ = 1, 3 do assert.is_nil(g:next()) end
    assert.equal(1, calls)
  end)

  it("reports failures of open and next with the value itself", function()
    local object = {}
    local function raise() error(object) end
    local function nothing() end
    assert.equal(object, helper.failure(function()
      leat.resource(raise, nothing, nothing):drain()
    end).cause)
    assert.equal(object, helper.failure(function()
      leat.resource(nothing, raise, nothing):drain()
    end).cause)
  end)
end)

describe("iterate", function()
  it("gives x, f(x), f(f(x)) and so on until f returns nil", function()
    assert.yields({ 1, 2, 4, 8 }, leat.iterate(function(x) return 2 * x end, 1):take(4))
    assert.yields({ 3, 2, 1 }, leat.iterate(function(x) if x > 1 then return x - 1 end end, 3))
    assert.yields({ false, true }, leat.iterate(function(x) if not x then return true end end,
      false))
    assert.yields({ leat.null }, leat.iterate(function() end, leat.null))
  end)

  it("walks up a chain of tables by a path", function()
    local leaf = { name = "leaf", parent = { name = "twig", parent = { name = "root" } } }
    assert.equal("leaf twig root", leat.iterate("parent", leaf):map("name"):concat " ")
  end)

  it("keeps the first result of f, and calls it only for the item that is asked for", function()
    local calls = 0
    local p = leat.iterate(function(s) calls = calls + 1 return s:gsub("a", "b", 1) end, "aa")
    assert.equal(1, select("#", p:drop(1):first()))
    calls = 0
    assert.yields({ "aa", "ba" }, p:take(2))
    assert.equal(1, calls)
    assert.equal("aa", p:first())
    assert.equal(1, calls)
  end)

  it("starts afresh with each run, and ends for good", function()
    local p = leat.iterate(function(x) if x < 2 then return x + 1 end end, 1)
    assert.equal(2, p:count())
    local g = p:open()
    for _ = 1, 2 do g:next() end
    for _ = 1, 3 do assert.is_nil((g:next())) end
  end)

  it("refuses a missing function and nil to begin with", function()
    assert.raises_at(here() + 1, "iterate: f must be a function or a path", function()
      leat.iterate(1, 2)
    end)
    assert.raises_at(here(), "iterate: x is nil", function() leat.iterate(print) end)
  end)
end)

describe("unfold", function()
  it("gives the first result of fn and passes the second on, until the first is nil", function()
    local function fibonacci(s)
      return s[1], { s[2], s[1] + s[2] }
    end
    assert.yields({ 0, 1, 1, 2, 3, 5, 8 }, leat.unfold(fibonacci, { 0, 1 }):take(7))
    assert.yields({ "3", "2", "1" }, leat.unfold(function(n)
      if n > 0 then return tostring(n), n - 1 end
    end, 3))
    assert.yields({ false, false }, leat.unfold(function(n) if n > 0 then return false,
      n - 1 end end, 2))
  end)

  it("pages through what names its next page", function()
    local pages = { first = { { 1, 2 }, "second" }, second = { { 3 }, nil } }
    local function fetch(cursor)
      local page = cursor and pages[cursor]
      if page then return page[1], page[2] end
    end
    assert.yields({ 1, 2, 3 }, leat.unfold(fetch, "first"):flatten())
  end)

  it("may have no seed and no next state", function()
    local states = {}
    assert.yields({ 1, 1 }, leat.unfold(function(s)
      states[#states + 1] = s == nil
      return 1
    end):take(2))
    assert.same({ true, true }, states)
  end)

  it("has no more than two results", function()
    assert.equal(1, select("#", leat.unfold(function() return 1, 2, 3 end):first()))
  end)

  it("refuses what is no function, a path too", function()
    assert.raises_at(here() + 1, "unfold: fn must be a function, got string", function()
      leat.unfold("a", 1)
    end)
  end)
end)

describe("repeatedly", function()
  it("gives what fn returns, until nil or n times", function()
    local n = 0
    local function count() n = n + 1 if n <= 3 then return n end end
    assert.yields({ 1, 2, 3 }, leat.repeatedly(count))
    assert.yields({ "x", "x" }, leat.repeatedly(function() return "x" end, 2))
    assert.yields({}, leat.repeatedly(error, 0))
    assert.yields({ false, false }, leat.repeatedly(function() return false end):take(2))
  end)

  it("takes several results for a tuple, and none for the end", function()
    assert.same({ 1, "a" }, { leat.repeatedly(function() return 1, "a" end):first() })
    assert.yields({}, leat.repeatedly(function() end))
  end)

  it("gives fn no arguments, and calls it once for each item", function()
    local calls = 0
    local p = leat.repeatedly(function(...) calls = calls + 1 return select("#", ...) end)
    assert.yields({ 0, 0, 0 }, p:take(3))
    assert.equal(3, calls)
  end)

  it("can be run again, where a Lua iterator cannot", function()
    local p = leat.repeatedly(function() return 7 end, 2)
    assert.equal(14, p:sum())
    assert.equal(14, p:sum())
  end)

  it("refuses what is no function and no number", function()
    assert.raises_at(here(), "repeatedly: fn must be a function", function() leat.repeatedly {} end)
    assert.raises_at(here() + 1, "repeatedly: n must be 0 or more", function()
      leat.repeatedly(print, -1)
    end)
  end)
end)

describe("duplicate", function()
  it("gives x again and again, or n times", function()
    assert.yields({ "x", "x", "x" }, leat.duplicate("x", 3))
    assert.yields({ 7, 7 }, leat.duplicate(7):take(2))
    assert.yields({}, leat.duplicate("x", 0))
    assert.yields({ false, false }, leat.duplicate(false, 2))
    assert.yields({ leat.null }, leat.duplicate(leat.null, 1))
  end)

  it("gives the very same table, not copies", function()
    local t = {}
    for x in leat.duplicate(t, 2) do assert.equal(t, x) end
  end)

  it("refuses nil, and what is no number", function()
    assert.raises_at(here(), "duplicate: x is nil", function() leat.duplicate(nil, 3) end)
    assert.raises_at(here() + 1, "duplicate: n must be a whole number", function()
      leat.duplicate(1, "3")
    end)
  end)
end)

describe("once and empty", function()
  it("give one item and none", function()
    assert.yields({ "x" }, leat.once "x")
    assert.yields({ false }, leat.once(false))
    assert.yields({ leat.null }, leat.once(leat.null))
    assert.yields({ { 1, 2 } }, leat.once { 1, 2 })
    assert.yields({}, leat.empty())
  end)

  it("refuse nil, where null is meant", function()
    assert.raises_at(here(), "once", function() leat.once(nil) end)
  end)
end)
