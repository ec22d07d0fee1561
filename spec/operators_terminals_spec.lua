-- SPDX-License-Identifier: MIT
-- What ends a pipeline with values: collect, count, sum, min, fold, first, any, to_map and their
-- like. (Sinks: sinks_spec; laws of all operators: laws_spec; the order of items:
-- operators_order_spec.)
local leat = require "leat"
local helper = require "spec.support.helper"

after_each(helper.nothing_left_open)

local function negate(x) return -x end

describe("collect", function()
  it("returns a plain list of the items", function()
    assert.same({ 1, 2, 3 }, leat.range(3):collect())
    assert.same({}, leat.empty():collect())
    assert.is_nil(getmetatable(leat.range(1):collect()))
  end)

  it("makes tables of tuples and keeps false and null", function()
    assert.same({ { 1, "a" } }, leat.from({ "a" }):enumerate():collect())
    assert.same({ false, leat.null }, leat.from({ false, leat.null }):collect())
  end)

  it("returns a new list each time", function()
    local p = leat.range(2)
    assert.is_false(rawequal(p:collect(), p:collect()))
  end)

  it("returns many items", function()
    local n = helper.scaled(300000)
    local list = leat.range(n):collect()
    assert.equal(n, #list)
    assert.equal(n, list[n])
  end)
end)

describe("each and drain", function()
  it("run to the end and return nothing", function()
    local seen = {}
    assert.equal(0, select("#", leat.range(3):each(function(x)
      seen[#seen + 1] = x return "ignored"
    end)))
    assert.same({ 1, 2, 3 }, seen)
    local p, counts = helper.counting(3)
    assert.equal(0, select("#", p:drain()))
    assert.equal(4, counts.pulls)
  end)

  it("spread tuples over fn", function()
    local seen = {}
    leat.from({ "a", "b" }):enumerate():each(function(i, s) seen[#seen + 1] = i .. s end)
    assert.same({ "1a", "2b" }, seen)
  end)
end)

describe("count", function()
  it("counts the items, tuples as one", function()
    assert.equal(3, leat.range(3):count())
    assert.equal(0, leat.empty():count())
    assert.equal(2, leat.from({ false, leat.null }):count())
    assert.equal(2, leat.from({ "a", "b" }):enumerate():count())
    assert.equal("integer", math.type(leat.range(3):count()))
  end)
end)

describe("sum", function()
  it("adds the items, or f(item)", function()
    assert.equal(6, leat.range(3):sum())
    assert.equal(-6, leat.range(3):sum(negate))
    assert.equal(0, leat.empty():sum())
    assert.equal("integer", math.type(leat.range(3):sum()))
    assert.equal(33, leat.from({ 10, 20 }):enumerate():sum(function(i, x) return i + x end))
  end)

  it("of floats, or with one float, is a float", function()
    assert.equal(2.5, leat.from({ 1, 1.5 }):sum())
    assert.equal("float", math.type(leat.from({ 1, 1.0 }):sum()))
    assert.equal(math.huge, leat.from({ math.huge, 1 }):sum())
  end)

  it("of integers is exact while it fits and becomes a float beyond", function()
    local most = math.maxinteger
    assert.equal(most, leat.from({ most - 1, 1 }):sum())
    assert.equal("integer", math.type(leat.from({ most - 1, 1 }):sum()))
    local beyond = leat.from({ most, 1 }):sum()
    assert.equal("float", math.type(beyond))
    assert.equal(2.0 ^ 63, beyond)
    assert.equal(-2.0 ^ 63 * 2, leat.from({ math.mininteger, math.mininteger }):sum())
  end)

  it("refuses what is not a number, with the item", function()
    local err = helper.failure(function() leat.from({ 1, "2" }):sum() end)
    assert.equal("sum", err.stage)
    assert.equal(2, err.item)
    assert.has_error(function() leat.range(2):sum(function() end) end)
  end)
end)

describe("min and max", function()
  it("return the least and the greatest item, or of f(item)", function()
    local p = leat.from { 3, 1, 2 }
    assert.equal(1, p:min())
    assert.equal(3, p:max())
    assert.equal(-3, p:min(negate))
    assert.equal(-1, p:max(negate))
    assert.is_nil(leat.empty():min())
    assert.is_nil(leat.empty():max())
    assert.is_nil(leat.empty():max(negate))
  end)

  it("compare integers with floats exactly and keep their type", function()
    assert.equal("integer", math.type(leat.from({ 2, 2.5 }):min()))
    assert.equal(2.5, leat.from({ 2, 2.5 }):max())
    assert.equal(math.maxinteger, leat.from({ math.maxinteger - 1, math.maxinteger }):max())
    assert.equal(2.0 ^ 63, leat.from({ math.maxinteger, 2.0 ^ 63 }):max())
  end)

  it("compare strings by bytes", function()
    local p = leat.from { "b", "a", "B", "ab" }
    assert.equal("B", p:min())
    assert.equal("b", p:max())
  end)

  it("of one item return it", function()
    assert.equal(7, leat.once(7):min())
    assert.equal("x", leat.once("x"):max())
  end)

  it("refuse what has no order, with the item", function()
    local err = helper.failure(function() leat.from({ 1, print }):min() end)
    assert.equal("min", err.stage)
    assert.equal(2, err.item)
  end)

  it("pass over null, NaN and what f has not", function()
    local p = leat.from { leat.null, 2, 0 / 0, 1 }
    assert.equal(1, p:min())
    assert.equal(2, p:max())
    assert.is_nil(leat.from({ leat.null, 0 / 0 }):min())
    assert.equal(5, leat.from({ { a = 5 }, {} }):max "a")
    assert.equal(5, leat.from({ {}, { a = 5 } }):min "a")
  end)

  it("compare tuples part by part, and return all parts of one", function()
    local p = leat.zip({ 2, 1, 1 }, { "a", "c", "b" })
    assert.same({ 1, "b" }, { p:min() })
    assert.same({ 2, "a" }, { p:max() })
  end)

  it("return the first of equal ones", function()
    local a, b = { 1 }, { 1 }
    assert.is_true(rawequal(a, leat.from({ a, b }):min()))
    assert.is_true(rawequal(a, leat.from({ a, b }):max()))
    assert.equal("integer", math.type(leat.from({ 1, 1.0 }):max()))
  end)

  it("keep strings that the collector would take", function()
    local p = leat.range(200):map(function(i)
      if i % 20 == 0 then collectgarbage() end
      return ("a text that is not interned, since it is long %03d"):format((i * 77) % 200)
    end)
    assert.matches("199$", p:max())
    assert.matches("000$", p:min())
    assert.same({ p:min(), p:max() }, { p:minmax() })
    assert.equal(50, leat.range(200):max_by(function(i)
      if i % 20 == 0 then collectgarbage() end
      return { ("x"):rep(50), i <= 50 and i or 0 }
    end))
  end)
end)

describe("minmax", function()
  it("returns two values", function()
    assert.same({ 1, 3, n = 2 }, table.pack(leat.from({ 3, 1, 2 }):minmax()))
    assert.same({ -3, -1 }, { leat.range(3):minmax(negate) })
    assert.same({ n = 2 }, table.pack(leat.empty():minmax()))
    assert.same({ n = 2 }, table.pack(leat.from({ leat.null }):minmax()))
    assert.same({ 7, 7 }, { leat.once(7):minmax() })
    assert.same({ false, "a" }, { leat.from({ "a", false, 1 }):minmax() })
    assert.same({ { 1, "x" }, { 2, "x" } }, { leat.from({ "x", "x" }):enumerate():minmax() })
  end)
end)

describe("min_by and max_by", function()
  it("return the first item with the least or the greatest key, all its parts", function()
    local p = leat.from { "bb", "a", "cc", "d" }
    local function length(s) return #s end
    assert.equal("a", p:min_by(length))
    assert.equal("bb", p:max_by(length))
    assert.same({ 3, "cc" }, { p:enumerate():max_by(function(_, s) return s:byte() * #s end) })
    assert.same({ name = "x", n = 2 }, leat.from({ { n = 1 }, { name = "x", n = 2 } }):max_by "n")
    assert.is_nil(leat.empty():min_by(length))
  end)

  it("pass over items without a key", function()
    assert.equal(2, leat.range(3):min_by(function(x) if x > 1 then return x end end))
    assert.is_nil(leat.range(3):max_by(function() return leat.null end))
  end)

  it("need a key", function()
    assert.raises_at(helper.here(), "min_by: key must be a", function() leat.range(3):min_by() end)
    assert.raises_at(helper.here(), "max_by: at most", function() leat.range(3):max_by("a", 2) end)
  end)
end)

describe("mean", function()
  it("is the mean of the items, or of f(item), and nil of nothing", function()
    assert.equal(2.0, leat.range(3):mean())
    assert.equal("float", math.type(leat.range(3):mean()))
    assert.equal(-2.0, leat.range(3):mean(negate))
    assert.equal(1.5, leat.from({ { ms = 1 }, { ms = 2 } }):mean "ms")
    assert.is_nil(leat.empty():mean())
    assert.equal(16.5, leat.from({ 10, 20 }):enumerate():mean(function(i, x) return i + x end))
  end)

  it("is not led astray by the order of the items", function()
    assert.equal(0.5, leat.from({ 1e16, 1, -1e16, 1 }):mean())
    assert.equal(0.1, leat.range(1000):mean(function() return 0.1 end))
    assert.equal(2.0 ^ 63, leat.from({ math.maxinteger, math.maxinteger }):mean())
    assert.equal(math.huge, leat.from({ math.huge, 1 }):mean())
  end)

  it("refuses what is not a number, with the item", function()
    local err = helper.failure(function() leat.from({ 1, "2" }):mean() end)
    assert.same({ "mean", 2 }, { err.stage, err.item })
    assert.matches("cannot add a string; mean adds numbers", tostring(err), 1, true)
  end)
end)

describe("fold", function()
  it("folds from init", function()
    assert.equal(16, leat.range(3):fold(10, function(acc, x) return acc + x end))
    assert.equal("0123", leat.range(3):fold("0", function(acc, x) return acc .. x end))
    assert.equal("start", leat.empty():fold("start", error))
  end)

  it("without init starts with the first item and is nil on nothing", function()
    assert.equal(6, leat.range(3):fold(math.max) + 3)
    assert.equal("abc", leat.from({ "a", "b", "c" }):fold(function(acc, x) return acc .. x end))
    assert.equal("only", leat.once("only"):fold(error))
    assert.is_nil(leat.empty():fold(error))
  end)

  it("may have false or nil in the accumulator", function()
    assert.equal(false, leat.range(3):fold(true, function() return false end))
    assert.is_nil(leat.range(3):fold(0, function() return nil end))
    assert.equal("nil3", leat.range(3):fold(0, function(acc, x)
      if x == 3 then return tostring(acc) .. x end
    end))
  end)

  it("spreads tuples behind the accumulator", function()
    assert.equal(33, leat.from({ 10, 20 }):enumerate():fold(0, function(acc, i, x)
      return acc + i + x
    end))
  end)

  it("works left to right", function()
    assert.equal(((1 - 2) - 3) - 4, leat.range(4):fold(function(a, b) return a - b end))
  end)
end)

describe("first", function()
  it("returns the first item with all its parts, or nil", function()
    assert.equal(1, leat.range(3):first())
    assert.equal(false, leat.from({ false, true }):first())
    assert.same({ 1, "a", n = 2 }, table.pack(leat.from({ "a" }):enumerate():first()))
    assert.is_nil(leat.empty():first())
    assert.equal(1, leat.count_from():first())
  end)
end)

describe("last, nth and one", function()
  it("return an item with all its parts, or nil", function()
    local p = leat.from { "a", "b", "c" }
    assert.equal("c", p:last())
    assert.equal("b", p:nth(2))
    assert.equal("a", p:take(1):one())
    assert.same({ 3, "c", n = 2 }, table.pack(p:enumerate():last()))
    assert.same({ 2, "b", n = 2 }, table.pack(p:enumerate():nth(2)))
    assert.same({ 1, "a", n = 2 }, table.pack(p:enumerate():take(1):one()))
    assert.equal(false, leat.from({ 1, false }):last())
    assert.equal(false, leat.from({ 1, false }):nth(2))
    assert.equal(leat.null, leat.once(leat.null):one())
    assert.is_nil(leat.empty():last())
    assert.is_nil(leat.range(3):nth(4))
    assert.equal("b", leat.read_lines(helper.file "a\nb"):last())
  end)

  it("nth pulls no more than n, and takes a place from 1 on", function()
    local p, seen = helper.counting()
    assert.equal(3, p:nth(3))
    assert.same({ 3, 1 }, { seen.pulls, seen.closes })
    assert.raises_at(helper.here(), "nth: n must be 1 or more", function() p:nth(0) end)
    assert.raises_at(helper.here(), "nth: n must be a whole", function() p:nth() end)
  end)

  it("one raises on none and on several, and then pulls no more", function()
    local p, seen = helper.counting()
    assert.raises("there is no item; one() wants", function() leat.empty():one() end)
    assert.raises("there is more than one item; one() wants", function() p:one() end)
    assert.same({ 2, 1 }, { seen.pulls, seen.closes })
  end)
end)

describe("find and find_index", function()
  it("return the first item for which pred holds, and its place", function()
    local p = leat.from { "a", "bb", "cc" }
    local function long(s) return #s > 1 end
    assert.equal("bb", p:find(long))
    assert.equal(2, p:find_index(long))
    assert.is_nil(p:find(function() return false end))
    assert.is_nil(p:find_index(function() return nil end))
    assert.same({ 2, "bb" }, { p:enumerate():find(function(_, s) return long(s) end) })
    assert.equal(false, leat.from({ 1, false }):find(function(x) return not x end))
    assert.same({ ok = 1 }, leat.from({ {}, { ok = 1 } }):find "ok")
    assert.equal("b", leat.read_lines(helper.file "a\nb"):find(function(s) return s == "b" end))
  end)

  it("pull no more than they need", function()
    local p, seen = helper.counting()
    assert.equal(3, p:find(function(x) return x == 3 end))
    assert.equal(4, p:find_index(function(x) return x == 4 end))
    assert.same({ 7, 2 }, { seen.pulls, seen.closes })
  end)

  it("find items of generators, also where pred yields", function()
    local numbers = leat.generator(function() for i = 1, 9 do leat.yield(i, -i) end end)
    assert.same({ 4, -4 }, { numbers():find(function(x) return x == 4 end) })
    local got
    helper.schedule(function()
      got = { numbers():find(function(x) coroutine.yield() return x == 4 end) }
    end)
    assert.same({ 4, -4 }, got)
  end)

  it("need a predicate", function()
    assert.raises_at(helper.here(), "find: pred must be a", function() leat.range(3):find() end)
    assert.raises_at(helper.here(), "pred must be a", function() leat.range(3):find_index(1) end)
  end)
end)

describe("all and none", function()
  it("say whether pred holds for every item, or for none", function()
    local function small(x) return x < 3 end
    assert.is_true(leat.range(2):all(small))
    assert.is_false(leat.range(3):all(small))
    assert.is_false(leat.range(3):none(small))
    assert.is_true(leat.range(3, 4):none(small))
    assert.is_true(leat.from({ "a" }):enumerate():all(function(i, s) return i == 1 and s end))
  end)

  it("without pred look at the items themselves", function()
    assert.is_true(leat.from({ 1, "", leat.null }):all())
    assert.is_false(leat.from({ 1, false }):all())
    assert.is_true(leat.from({ false, false }):none())
    assert.is_false(leat.from({ false, 0 }):none())
  end)

  it("of nothing are true, and any is false", function()
    assert.same({ true, true, false }, { leat.empty():all(), leat.empty():none(),
      leat.empty():any() })
    assert.is_true(leat.empty():all(error))
  end)

  it("stop at the first item that decides", function()
    local p, seen = helper.counting()
    assert.is_false(p:all(function(x) return x < 3 end))
    assert.is_false(p:none(function(x) return x == 4 end))
    assert.is_false(p:none())
    assert.same({ 3 + 4 + 1, 3 }, { seen.pulls, seen.closes })
  end)
end)

describe("to_map", function()
  it("is a table of values at keys, of which the last wins", function()
    local people = leat.from { { name = "a", n = 1 }, { name = "b", n = 2 }, { name = "a", n = 3 } }
    assert.same({ a = 3, b = 2 }, people:to_map("name", "n"))
    assert.same({ a = 1, b = 2 }, leat.entries({ a = 1, b = 2 }):to_map("_1", "_2"))
    assert.same({}, leat.empty():to_map("a", "b"))
    assert.same({ [false] = false, [true] = true },
      leat.from({ false, true }):to_map(function(x) return x end, function(x) return x end))
    assert.is_nil(getmetatable(people:to_map("name", "n")))
  end)

  it("has one entry for keys that are equal by content, under the first of them", function()
    local a, b = { 1, { x = 2 } }, { 1, { x = 2.0 } }
    local map = leat.from({ a, b }):to_map(function(t) return t end, "_[1]")
    assert.equal(1, map[a])
    assert.is_nil(map[b])
    assert.same({ [1] = 1.0 }, leat.from({ 1, 1.0 }):to_map("_", "_"))
    local file = helper.file '{"k":{"a":1,"b":2},"n":1}\n{"k":{"b":2,"a":1},"n":2}\n'
    local records = leat.read_jsonl(file):to_map("k", "n")
    local key, n = next(records)
    assert.same({ 1, 2 }, { key.a, n })
    assert.is_nil(next(records, key))
  end)

  it("refuses nil and NaN for a key, nil for a value, with the item", function()
    local function try(key, value)
      return helper.failure(function()
        leat.range(3):to_map(function(x) return x == 2 and key or x ~= 2 and x or nil end,
          function(x) return x ~= 2 and x or value end)
      end)
    end
    for text, err in pairs { ["the key is nil"] = try(nil, 1), ["the key is NaN"] = try(0 / 0, 1),
      ["the value is nil"] = try(1, nil) } do
      assert.matches(text, tostring(err), 1, true)
      assert.same({ "to_map", 2, "item" }, { err.stage, err.item, err.code })
    end
  end)

  it("takes null for a key and a value", function()
    local map = leat.once(leat.null):to_map(function(x) return x end, function(x) return x end)
    assert.equal(leat.null, map[leat.null])
  end)

  it("lets key and value yield, and tells where one failed", function()
    local got
    helper.schedule(function()
      got = leat.from({ "a", "b" }):enumerate():to_map(
        function(_, s) coroutine.yield() return s end, function(i) coroutine.yield() return i end)
    end)
    assert.same({ a = 1, b = 2 }, got)
    local err = helper.failure(function()
      leat.range(3):to_map("_", function(x) return x == 2 and error "two" or x end)
    end)
    assert.same({ "to_map", 2 }, { err.stage, err.item })
  end)

  it("needs both", function()
    local p = leat.range(3)
    assert.raises_at(helper.here(), "to_map: key must be a function or", function() p:to_map() end)
    assert.raises_at(helper.here(), "to_map: value must be a", function() p:to_map "a" end)
    assert.raises_at(helper.here(), "value must be a", function() p:to_map("a", 1) end)
    assert.raises_at(helper.here(), "at most 2 arguments", function() p:to_map("a", "b", 3) end)
  end)
end)

describe("to_set", function()
  it("is a table with true at each item, or at its key", function()
    assert.same({ a = true, b = true }, leat.from({ "a", "b", "a" }):to_set())
    assert.same({ [0] = true, [1] = true }, leat.range(9):to_set(function(x) return x % 2 end))
    assert.same({ a = true }, leat.from({ { n = "a" } }):to_set "n")
    assert.same({}, leat.empty():to_set())
    assert.same({ [false] = true }, leat.from({ false }):to_set())
    assert.same({ a = true, b = true }, leat.read_lines(helper.file "a\nb\na\n"):to_set())
  end)

  it("has items that are equal by content once", function()
    local a = { 1, 2 }
    local set = leat.from({ a, { 1, 2 }, { 2, 1 } }):to_set()
    assert.is_true(set[a])
    local n = 0
    for _ in pairs(set) do n = n + 1 end
    assert.equal(2, n)
    n = 0
    for key in pairs(leat.zip({ 1, 1, 2 }, { 2, 2, 1 }):to_set()) do
      n = n + 1
      assert.equal(2, #key)
    end
    assert.equal(2, n)
  end)

  it("refuses nil and NaN, with the item", function()
    local err = helper.failure(function() leat.from({ 1, 0 / 0 }):to_set() end)
    assert.same({ "to_set", 2 }, { err.stage, err.item })
    assert.raises("the key is nil", function() leat.from({ {} }):to_set "a" end)
  end)
end)

describe("any", function()
  it("says whether pred holds for some item", function()
    assert.is_true(leat.range(3):any(function(x) return x == 2 end))
    assert.is_falsy(leat.range(3):any(function(x) return x == 9 end))
    assert.is_true(leat.range(3):any(function() return "truthy" end))
    assert.is_true(leat.count_from():any(function(x) return x > 5 end))
    assert.is_true(leat.from({ "a" }):enumerate():any(function(i, s)
      return i == 1 and s == "a"
    end))
  end)

  it("without pred says whether some item is true", function()
    assert.is_true(leat.from({ false, 1 }):any())
    assert.is_falsy(leat.from({ false, false }):any())
    assert.is_falsy(leat.empty():any())
    assert.is_falsy(leat.empty():any(error))
  end)
end)

describe("concat", function()
  it("joins strings and numbers", function()
    assert.equal("a1b", leat.from({ "a", 1, "b" }):concat())
    assert.equal("a, b", leat.from({ "a", "b" }):concat ", ")
    assert.equal("a", leat.from({ "a" }):concat ", ")
    assert.equal(",,", leat.from({ "", "", "" }):concat ",")
    assert.is_nil(leat.empty():concat ",")
  end)

  it("refuses other items, with their number", function()
    local err = helper.failure(function() leat.from({ "a", {} }):concat() end)
    assert.equal("concat", err.stage)
    assert.equal(2, err.item)
  end)

  it("joins long texts with any bytes", function()
    local n = helper.scaled(100000)
    local text = leat.range(n):map(function() return "\0\xff" end):concat "\n"
    assert.equal(3 * n - 1, #text)
  end)
end)

describe("a terminal on an endless source", function()
  it("works behind take", function()
    local p = leat.count_from()
    assert.equal(5050, p:take(100):sum())
    assert.equal(100, p:take(100):max())
    assert.equal("1 2", p:take(2):concat " ")
  end)
end)
