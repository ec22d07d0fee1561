-- SPDX-License-Identifier: MIT
-- map, filter, reject, filter_map, flat_map, flatten, enumerate, scan, tap, intersperse, through.
-- luacheck: ignore 512 (loops that break are what is tested)
local leat = require "leat"
local helper = require "spec.support.helper"
local yield, here = leat.yield, helper.here

after_each(helper.nothing_left_open)

local function even(x) return x % 2 == 0 end

describe("map", function()
  it("puts f(item) in each item's place", function()
    assert.yields({ 1, 4, 9 }, leat.range(3):map(function(x) return x * x end))
    assert.yields({}, leat.empty():map(error))
  end)

  it("keeps exactly the first result", function()
    assert.yields({ "b-b", "c" }, leat.from({ "a-a", "c" }):map(function(s)
      return s:gsub("a", "b")
    end))
    assert.equal(1, select("#", leat.once(1):map(function() return 1, 2, 3 end):first()))
  end)

  it("spreads a tuple over the arguments and passes nothing more", function()
    assert.yields({ "1a", "2b" }, leat.from({ "a", "b" }):enumerate():map(function(i, s)
      return i .. s
    end))
    assert.yields({ 1, 1 }, leat.range(2):map(function(...) return select("#", ...) end))
    assert.yields({ 2 }, leat.once("x"):enumerate():map(function(...) return select("#", ...) end))
  end)

  it("may return false, null and tables", function()
    local t = {}
    assert.yields({ false, leat.null }, leat.from({ false, leat.null }):map(function(x)
      return x
    end))
    assert.equal(t, leat.once(1):map(function() return t end):first())
  end)

  it("takes C functions and callable tables", function()
    assert.yields({ "1", "2" }, leat.range(2):map(tostring))
    assert.yields({ 3, 6 }, leat.range(2):map(setmetatable({}, { __call = function(_, x)
      return x * 3
    end })))
  end)

  it("calls f once per item, in order", function()
    local calls = {}
    leat.range(4):map(function(x) calls[#calls + 1] = x return x end):filter(even):drain()
    assert.same({ 1, 2, 3, 4 }, calls)
  end)
end)

describe("filter and reject", function()
  it("keep and drop the items for which pred is true", function()
    assert.yields({ 2, 4 }, leat.range(5):filter(even))
    assert.yields({ 1, 3, 5 }, leat.range(5):reject(even))
  end)

  it("together give every item once", function()
    local p = leat.range(100)
    assert.equal(100, p:filter(even):count() + p:reject(even):count())
  end)

  it("count everything but false and nil as true", function()
    local answers = { 0, "", {}, false, nil }
    local function answer(i) return answers[i] end
    assert.yields({ 1, 2, 3 }, leat.range(5):filter(answer))
    assert.yields({ 4, 5 }, leat.range(5):reject(answer))
    assert.yields({}, leat.range(2):filter(function() end))
  end)

  it("keep an item that is false", function()
    assert.yields({ false, false }, leat.from({ false, 1, false }):filter(function(x)
      return not x
    end))
    assert.yields({ false }, leat.from({ 1, false }):reject(function(x) return x end))
  end)

  it("see and keep all parts of a tuple", function()
    local p = leat.from({ "a", "b", "c" }):enumerate()
    assert.yields({ { 2, "b" } }, p:filter(function(i, s) return i == 2 and s == "b" end))
    assert.yields({ { 1, "a" }, { 3, "c" } }, p:reject(function(_, s) return s == "b" end))
  end)

  it("pass millions of dropped items without keeping them", function()
    assert.equal(0, leat.range(helper.scaled(1000000)):filter(function() return false end):count())
  end)
end)

describe("filter_map", function()
  it("drops the items for which f returns nil, and only those", function()
    assert.yields({ 20, 40 }, leat.range(5):filter_map(function(x)
      return even(x) and x * 10 or nil
    end))
    assert.yields({ false, true }, leat.range(2):filter_map(even))
    assert.yields({}, leat.range(2):filter_map(function() end))
    assert.yields({ leat.null }, leat.once(1):filter_map(function() return leat.null end))
  end)

  it("keeps exactly the first result", function()
    assert.yields({ "x" }, leat.once("y"):filter_map(function() return "x", "rest" end))
    assert.yields({}, leat.once("y"):filter_map(function() return nil, "message" end))
  end)

  it("spreads tuples", function()
    assert.yields({ "b" }, leat.from({ "a", "b" }):enumerate():filter_map(function(i, s)
      if i == 2 then return s end
    end))
  end)
end)

describe("flat_map", function()
  it("gives the items of each list in turn", function()
    assert.yields({ 1, -1, 2, -2 }, leat.range(2):flat_map(function(x) return { x, -x } end))
    assert.yields({ 1, 2, 2, 3, 3, 3 }, leat.range(3):flat_map(function(x)
      local list = {}
      for i = 1, x do list[i] = x end
      return list
    end))
  end)

  it("gives the items of pipelines and generators", function()
    local count = leat.generator(function(n) for i = 1, n do yield(i) end end)
    assert.yields({ 1, 1, 2, 1, 2, 3 }, leat.range(3):flat_map(function(n)
      return leat.range(n)
    end))
    assert.yields({ 1, 1, 2 }, leat.range(2):flat_map(count))
    assert.yields({ 10, 20 }, leat.range(2):flat_map(function(n)
      return leat.once(n):map(function(x) return x * 10 end)
    end))
    assert.yields({ "a", "b", "c" }, leat.from({ "a b", "c" }):flat_map(function(s)
      return leat.from(s:gmatch "%a")
    end))
  end)

  it("takes nil as no items, and empty lists", function()
    assert.yields({ 2, 4 }, leat.range(4):flat_map(function(x)
      if even(x) then return { x } end
    end))
    assert.yields({}, leat.range(4):flat_map(function() return {} end))
    assert.yields({ 3 }, leat.range(3):flat_map(function(x)
      return x == 3 and { x } or leat.empty()
    end))
  end)

  it("refuses a scalar as an item error", function()
    for _, scalar in ipairs { 1, "text", true } do
      local err = helper.failure(function()
        leat.range(2):flat_map(function() return scalar end):drain()
      end)
      assert.equal("flat_map", err.stage)
      assert.equal(1, err.item)
      assert.matches("flat_map", tostring(err))
    end
    assert.yields({ 2 }, leat.range(2):flat_map(function(x)
      return x == 1 and "no" or { x }
    end):on_error "skip")
  end)

  it("gives the tuples of inner pipelines as tuples, and spreads tuples over f", function()
    assert.yields({ { "k", 1 } }, leat.once { k = 1 }:flat_map(leat.entries))
    assert.yields({ 1, "a", 2, "b" }, leat.from({ "a", "b" }):enumerate():flat_map(function(i, s)
      return { i, s }
    end))
  end)

  it("calls f for the next item only when the list is used up", function()
    local calls = 0
    local g <close> = leat.range(9):flat_map(function(x)
      calls = calls + 1 return { x, x }
    end):open()
    g:next()
    g:next()
    assert.equal(1, calls)
    g:next()
    assert.equal(2, calls)
  end)

  it("reads a live generator on and does not close it", function()
    local live = leat.range(9):open()
    assert.yields({ 1, 2 }, leat.once(0):flat_map(function() return live end):take(2))
    assert.equal(3, live:next())
    live:close()
  end)

  it("runs endless inner pipelines as far as asked", function()
    assert.yields({ 1, 2, 3 }, leat.once(1):flat_map(leat.count_from):take(3))
  end)
end)

describe("enumerate", function()
  it("gives (number, item) from 1 or from start", function()
    assert.yields({ { 1, "a" }, { 2, "b" } }, leat.from({ "a", "b" }):enumerate())
    assert.yields({ { 0, "a" }, { 1, "b" } }, leat.from({ "a", "b" }):enumerate(0))
    assert.yields({ { -1, "a" } }, leat.from({ "a" }):enumerate(-1))
    assert.yields({}, leat.empty():enumerate())
  end)

  it("puts the number in front of a tuple's parts", function()
    assert.same({ 1, "k", "v" }, { leat.entries({ k = "v" }):enumerate():first() })
    assert.same({ 5, 1, "x" }, { leat.once("x"):enumerate():enumerate(5):first() })
  end)

  it("starts afresh with each run", function()
    local p = leat.from({ "a" }):enumerate()
    assert.equal(1, (p:first()))
    assert.equal(1, (p:first()))
  end)
end)

describe("flatten", function()
  it("gives the elements of lists, and other items as they are", function()
    assert.yields({ 1, 2, 3, "ab", false, leat.null }, leat.from { 1, { 2, 3 }, "ab", false, {},
      leat.null }:flatten())
    assert.yields({}, leat.empty():flatten())
    assert.yields({ { 1 }, false, leat.null }, leat.from { { { 1 }, false, leat.null } }:flatten())
  end)

  it("opens as many levels as it is told", function()
    local nested = leat.from { 1, { 2, { 3, { 4, {} } } } }
    assert.yields({ 1, { 2, { 3, { 4, {} } } } }, nested:flatten(0))
    assert.yields({ 1, 2, { 3, { 4, {} } } }, nested:flatten(1))
    assert.yields({ 1, 2, 3, { 4, {} } }, nested:flatten(2))
    assert.yields({ 1, 2, 3, 4 }, nested:flatten(9))
    assert.yields({ 1, 2, 3, 4 }, nested:flatten(math.maxinteger))
  end)

  it("opens pipelines, generators, coroutines and objects with __iter", function()
    local numbers = leat.generator(function() yield(1) yield { 2, 3 } end)
    assert.yields({ 1, 2, 3 }, leat.once(numbers()):flatten(2))
    assert.yields({ 1, { 2, 3 } }, leat.once(numbers()):flatten())
    assert.yields({ 1, 1, 2, 1, 2, 3 }, leat.range(3):map(function(n)
      return { leat.range(n):map(function(x) return { x } end) }
    end):flatten(5))
    assert.yields({ 5 }, leat.once(coroutine.create(function() coroutine.yield(5) end)):flatten())
    local object = setmetatable({}, { __iter = function() return ipairs { "a" } end })
    assert.yields({ { 1, "a" } }, leat.once(object):flatten())
    assert.yields({ 1, "a" }, leat.once(object):flatten(2))
  end)

  it("opens records' arrays, with null elements, but no objects", function()
    local p = leat.read_jsonl(helper.file '[1,[2,null]]\n{"a":[3]}\n[]\n"s"\n')
    assert.equal('1 [2,null] {"a":[3]} s', p:flatten():map(tostring):concat " ")
    assert.equal('1 2 null {"a":[3]} s', p:flatten(2):map(tostring):concat " ")
  end)

  it("leaves tables with fields, objects and functions alone", function()
    local class = { __index = { method = print } }
    local object, record = setmetatable({}, class), { name = "x" }
    assert.same({ object, record, print }, leat.from { object, record, print }:flatten(3):collect())
  end)

  it("takes a tuple for the list that it is in a table", function()
    assert.yields({ 1, "a", 2, "b" }, leat.from({ "a", "b" }):enumerate():flatten())
    assert.yields({ 1, "a", 2, "b" }, leat.from(leat.from({ "a", "b" }):enumerate():collect())
      :flatten())
    local with_nil = leat.generator(function() yield(1, nil, 3) end)()
    assert.yields({ 1, leat.null, 3 }, with_nil:flatten())
  end)

  it("asks for no more than is wanted, on endless lists too", function()
    local p, seen = helper.counting()
    assert.yields({ 1, 1, 2, 2, 3 }, p:map(function(x) return { x, x } end):flatten():take(5))
    assert.equal(3, seen.pulls)
    assert.yields({ 1, 2 }, leat.once(leat.count_from()):flatten():take(2))
    assert.equal(1, seen.closes)
  end)

  it("closes what it has opened, inner before outer, each once", function()
    local log = {}
    local outer = helper.counting(2, "outer", log)
    local p = outer:map(function() return { (helper.counting(3, "inner", log)) } end):flatten(2)
    p:take(4):drain()
    assert.equal("open outer open inner close inner open inner close inner close outer",
      table.concat(log, " "))
  end)

  it("reads a live generator on and does not close it; an ended one is an error", function()
    local g <close> = leat.range(4):open()
    assert.yields({ 1, 2 }, leat.once(g):flatten():take(2))
    assert.equal(3, g:next())
    g:next()
    g:next()
    assert.raises("this generator has ended", function() leat.once(g):flatten():drain() end)
  end)

  it("says which element is nil, and goes on behind it when that is left out", function()
    local p = leat.once({ 1, nil, 3 }):flatten()
    assert.raises("element 2 of the list of 3 is nil", p.drain, p)
    assert.yields({ 1, 3 }, p:on_error "skip")
  end)

  it("says so when a list contains itself", function()
    local t = { 1 }
    t[2] = t
    assert.raises("nested deeper than 1000 levels", function()
      leat.once(t):flatten(5000):drain()
    end)
    assert.equal(4, leat.once(t):flatten(3):count())
  end)

  it("nests as deep as it says", function()
    local t = { "deep" }
    for _ = 1, 999 do t = { t } end
    assert.equal("deep", leat.once(t):flatten(1000):first())
  end)

  it("lets what it opens wait for a host", function()
    local function slow() return leat.range(2):map(function(x) coroutine.yield() return x end) end
    helper.schedule(function()
      assert.yields({ 1, 2, 1, 2 }, leat.from { slow(), { slow() } }:flatten(2))
    end)
  end)

  it("works inside a generator's yield", function()
    local lists = leat.generator(function() yield { 1, 2 } yield(3) yield { { 4 } } end)
    assert.yields({ 1, 2, 3, { 4 } }, lists():flatten())
    assert.equal(6, lists():flatten():take(3):sum())
  end)

  it("refuses a negative depth", function()
    local p = leat.range(1)
    assert.raises_at(here(), "flatten: depth must be 0 or more", function() p:flatten(-1) end)
    assert.raises_at(here(), "flatten: at most 1 argument", function() p:flatten(1, 2) end)
  end)
end)

describe("scan", function()
  local function add(a, b) return a + b end

  it("gives each state of a fold; init comes out first", function()
    assert.yields({ 1, 3, 6, 10 }, leat.range(4):scan(add))
    assert.yields({ 100, 101, 103 }, leat.range(2):scan(100, add))
    assert.yields({ 3, 4, 4, 9, 9 }, leat.from({ 3, 4, 1, 9, 5 }):scan(math.max))
    assert.yields({ "", "a", "ab" }, leat.from({ "a", "b" }):scan("", function(a, b) return a
      .. b end))
  end)

  it("of nothing gives nothing, or init", function()
    assert.yields({}, leat.empty():scan(add))
    assert.yields({ 7 }, leat.empty():scan(7, add))
    assert.yields({ false }, leat.empty():scan(false, add))
  end)

  it("ends with what fold returns", function()
    local p = leat.from({ "a", "b" }):enumerate()
    local function join(a, i, s)
      if type(a) == "table" then a = a[1] .. a[2] end
      return a .. i .. s
    end
    assert.equal(p:fold(join), p:scan(join):take_last(1):first())
    assert.equal(p:fold("x", join), p:scan("x", join):take_last(1):first())
    assert.yields({ { 1, "a" }, "1a2b" }, p:scan(join))
  end)

  it("gives init before anything is pulled", function()
    local p, seen = helper.counting()
    local g <close> = p:scan(0, add):open()
    assert.equal(0, (g:next()))
    assert.equal(0, seen.opens)
    assert.equal(1, (g:next()))
    assert.equal(1, seen.pulls)
  end)

  it("stands behind scans, behind take(0) and before it", function()
    assert.yields({ 5, 15, 26, 39 }, leat.range(9):scan(10, add):scan(5, add):take(4))
    assert.yields({ 5 }, leat.range(3):take(0):scan(5, add))
    assert.yields({}, leat.range(3):scan(5, add):take(0))
    assert.yields({}, leat.range(3):scan(5, add):slice(2, 1):take(4))
    assert.yields({ 0, 5, 10, 16, 22 }, leat.range(9):scan(5, add):flat_map(function(x)
      return { x, x }
    end):scan(0, add):take(5))
  end)

  it("keeps false, refuses nil", function()
    assert.yields({ 1, false, false }, leat.range(3):scan(function() return false end))
    assert.raises("the function of scan returned nil", function()
      leat.range(3):scan(function() end):drain()
    end)
  end)

  it("stops with an endless source and starts afresh with each run", function()
    local p = leat.count_from():scan(add):take(3)
    assert.yields({ 1, 3, 6 }, p)
    assert.yields({ 1, 3, 6 }, p)
  end)

  it("keeps its state when an item is left out, and says where it failed", function()
    local p = leat.range(4):scan(function(a, b)
      if b == 3 then error("three", 0) end
      return a + b
    end)
    local err = helper.failure(p.drain, p)
    assert.equal("scan", err.stage)
    assert.equal(3, err.item)
    assert.yields({ 1, 3, 7 }, p:on_error "skip")
  end)

  it("may wait in f", function()
    helper.schedule(function()
      assert.yields({ 0, 1, 3 }, leat.range(2):scan(0, function(a, b)
        coroutine.yield()
        return a + b
      end))
    end)
  end)

  it("refuses a missing function and nil to begin with", function()
    local p = leat.range(1)
    assert.raises_at(here() + 1, "scan: f must be a function or a path, got nothing", function()
      p:scan()
    end)
    assert.raises_at(here(), "scan: init is nil", function() p:scan(nil, add) end)
    assert.raises_at(here(), "scan: at most 2 arguments", function() p:scan(1, add, 3) end)
  end)
end)

describe("intersperse", function()
  it("puts x between the items, and nowhere else", function()
    assert.yields({ 1, "-", 2, "-", 3 }, leat.range(3):intersperse "-")
    assert.yields({ 1 }, leat.range(1):intersperse "-")
    assert.yields({}, leat.empty():intersperse "-")
    assert.yields({ false, false, false }, leat.from { false, false }:intersperse(false))
  end)

  it("keeps tuples and text", function()
    assert.yields({ { 1, "a" }, 0, { 2, "b" } }, leat.from({ "a", "b" }):enumerate():intersperse(0))
    assert.equal("one, two, three",
      leat.read_lines(helper.file "one\ntwo\nthree\n"):intersperse(", "):concat())
  end)

  it("waits for the next item before it gives x", function()
    local p, seen = helper.counting(3)
    local g <close> = p:intersperse(0):open()
    assert.equal(1, (g:next()))
    assert.equal(1, seen.pulls)
    assert.equal(0, (g:next()))
    assert.equal(2, seen.pulls)
    assert.equal(2, (g:next()))
    assert.equal(2, seen.pulls)
  end)

  it("works behind take's last item, in a generator's yield, and twice", function()
    assert.yields({ 1, 0, 2 }, leat.count_from():take(2):intersperse(0))
    local numbers = leat.generator(function() for i = 1, 3 do yield(i) end end)
    assert.yields({ 1, 0, 2, 0, 3 }, numbers():intersperse(0))
    assert.yields({ 1, 9, 0, 9, 2 }, numbers():intersperse(0):intersperse(9):take(5))
  end)

  it("refuses nil", function()
    assert.raises_at(here(), "intersperse: x is nil", function() leat.range(1):intersperse() end)
  end)
end)

describe("tap", function()
  it("calls fn with each item and passes the item on, whatever fn returns", function()
    local seen = {}
    assert.yields({ 1, 2 }, leat.range(2):tap(function(x) seen[#seen + 1] = x return "ignored" end))
    assert.same({ 1, 2 }, seen)
    assert.yields({ 1 }, leat.range(1):tap(function() return nil end))
  end)

  it("sees all parts of a tuple and passes them on", function()
    local seen
    assert.yields({ { 1, "a" } }, leat.from({ "a" }):enumerate():tap(function(...)
      seen = { ... }
    end))
    assert.same({ 1, "a" }, seen)
  end)
end)

describe("through", function()
  it("is a stage of one's own: it gives what fn(upstream, ...) yields", function()
    local function every(up, n)
      local i = 0
      for x in up do
        i = i + 1
        if i % n == 0 then yield(x) end
      end
    end
    assert.yields({ 3, 6, 9 }, leat.range(10):through(every, 3))
  end)

  it("keeps its state to one run", function()
    local function running_sum(up)
      local sum = 0
      for x in up do sum = sum + x yield(sum) end
    end
    local p = leat.range(4):through(running_sum)
    assert.yields({ 1, 3, 6, 10 }, p)
    assert.yields({ 1, 3, 6, 10 }, p)
    assert.yields({ 1, 3 }, p:take(2))
  end)

  it("may yield more, fewer and other items, and go on after the end", function()
    local function frame(up)
      yield "begin"
      for x in up do if even(x) then yield(x, x) end end
      yield "end"
    end
    assert.yields({ "begin", { 2, 2 }, "end" }, leat.range(3):through(frame))
    assert.yields({ "begin", "end" }, leat.empty():through(frame))
  end)

  it("may pull by hand, use operators on upstream and delegate", function()
    assert.yields({ 1, 20, 30 }, leat.range(3):through(function(up)
      yield(up:next())
      leat.yield_from(up:map(function(x) return x * 10 end))
    end))
  end)

  it("gives the items of a pipeline or a generator that fn returns", function()
    local function odd_tenfold(up)
      return up:reject(even):map(function(x) return x * 10 end)
    end
    local p = leat.range(5):through(odd_tenfold)
    assert.yields({ 10, 30, 50 }, p)
    assert.yields({ 10, 30, 50 }, p)
    assert.yields({ 10 }, p:take(1))
    assert.yields({ 100, 300, 500 }, p:map(function(x) return x end)
      :through(function(up) return up:map(function(x) return x end) end):through(function(up)
        return up:reject(function() return false end)
      end):map(function(x) return x * 10 end))
    assert.yields({ 1, 2 }, leat.range(2):through(function(up) return up end))
    assert.yields({ 2, 3 }, leat.range(3):through(function(up)
      up:next()
      return leat.generator(function() leat.yield_from(up) end)():open()
    end))
    assert.yields({ "begin", 1, 2 }, leat.range(2):through(function(up)
      yield "begin"
      return up
    end))
    assert.yields({ 1, 2 }, leat.range(2):through(leat.generator(function(up)
      for x in up do yield(x) end
    end)))
    local g <close> = leat.range(1):through(function(up) return up:take(1), 5 end):open()
    assert.is_nil((g:next())) -- two values are no pipeline
  end)

  it("closes and fails as one with the pipeline that fn returns", function()
    local p, seen = helper.counting(9)
    assert.yields({ 1, 2 }, p:through(function(up) return up:take(2) end))
    assert.equal(1, p:through(function(up) return up:filter(even) end):first() - 1)
    assert.equal(seen.opens, seen.closes)
    local q = leat.range(3):through(function(up)
      return up:map(function(x) if x == 2 then error("two", 0) end return x end)
    end)
    local err = helper.failure(q.drain, q)
    assert.equal("two", err.cause)
    assert.yields({ 1, "two" }, q:catch(function(e) return { e.cause } end))
  end)

  it("waits with its host in the pipeline that fn returns", function()
    local task = coroutine.wrap(function()
      return leat.range(2):through(function(up) return up:map(coroutine.yield) end):sum()
    end)
    assert.equal(1, task())
    assert.equal(2, task(10))
    assert.equal(30, task(20))
  end)

  it("sees tuples", function()
    assert.yields({ "1a" }, leat.from({ "a" }):enumerate():through(function(up)
      for i, s in up do yield(i .. s) end
    end))
  end)

  it("may stand in the middle and several times", function()
    local function double(up) for x in up do yield(x) yield(x) end end
    assert.yields({ 2, 2, 2, 2, 3, 3, 3, 3 },
      leat.range(2):through(double):map(function(x) return x + 1 end):through(double))
  end)

  it("raises an upstream failure at the loop, where it can be caught", function()
    local p = leat.range(3):map(function(x) if x == 2 then error("two", 0) end return x end)
      :through(function(up)
        local ok, err = pcall(function() for x in up do yield(x) end end)
        yield(ok, helper.cause(err))
      end)
    assert.yields({ 1, { false, "two" } }, p)
  end)
end)
