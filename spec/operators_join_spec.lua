-- SPDX-License-Identifier: MIT
-- join, as a function and as a method.
-- luacheck: ignore 512 (loops that break are what is tested)
local leat = require "leat"
local helper = require "spec.support.helper"
local counting, null = helper.counting, leat.null

after_each(helper.nothing_left_open)

local function id(x) return x end

local users = {
  { id = 1, name = "Ada" }, { id = 2, name = "Grace" }, { id = 1, name = "Ada II" },
    { name = "nobody" },
}
local events = { { user = 1, n = 1 }, { user = 3, n = 2 }, { user = 2, n = 3 }, { n = 4 },
  { user = 1, n = 5 } }
local sides <const> = { left = "user", right = "id" }

-- "1-Ada 1-Ada II" of the tuples of a join.
local function text(p)
  return p:map(function(event,
    user) return event.n .. (user and "-" .. user.name or "") end):concat " "
end

local hows = {
  inner = "1-Ada 1-Ada II 3-Grace 5-Ada 5-Ada II",
  left = "1-Ada 1-Ada II 2 3-Grace 4 5-Ada 5-Ada II",
  semi = "1 3 5",
  anti = "2 4",
}

describe("join", function()
  it("gives each item with each partner, partners in the order of the other input", function()
    assert.equal(hows.inner, text(leat.from(events):join(users, sides)))
    assert.equal(hows.inner, text(leat.join(events, users, sides)))
    assert.equal(hows.inner, text(leat.join(events, leat.from(users), sides, { how = "inner" })))
  end)

  for how, expected in pairs(hows) do
    it("how = " .. how .. " is as documented, for tables, records and functions", function()
      local options = { how = how }
      assert.equal(expected, text(leat.from(events):join(users, sides, options)))
      assert.equal(expected, text(leat.from(events):join(users, {
        left = function(e) return e.user end,
        right = function(u) return u.id end,
      }, options)))
      assert.equal(expected, text(leat.from(events):join(users, {
        left = "user", right = function(u) return u.id or null end,
      }, options)))
      local function lines(list)
        return leat.read_jsonl(helper.file(leat.from(list):map(leat.json.encode):concat "\n"))
      end
      assert.equal(expected, text(lines(events):join(lines(users), sides, options)))
      assert.equal(expected, text(leat.from(events):join(lines(users), sides, options)))
      assert.equal(expected, text(lines(events):join(users, sides, options)))
    end)
  end

  it("takes one key for both", function()
    assert.yields({ { 2, 2 }, { 3, 3 } }, leat.range(3):join(leat.range(2, 9), id))
    assert.yields({ { 2, 2 }, { 3, 3 } }, leat.range(3):join(leat.range(2, 9), "_"))
    assert.yields({ { { k = 1, a = 1 }, { k = 1, b = 2 } } },
      leat.from({ { k = 1, a = 1 } }):join({ { k = 1, b = 2 } }, "k"))
  end)

  it("of nothing gives nothing, or the items alone", function()
    for how, expected in pairs { inner = {}, left = { 1, 2 }, semi = {}, anti = { 1, 2 } } do
      assert.yields(expected, leat.range(2):join({}, id, { how = how }))
      assert.yields({}, leat.empty():join(leat.range(3), id, { how = how }))
      assert.yields({}, leat.empty():join({}, "_", { how = how }))
    end
  end)

  it("never joins a key that is nil, null or missing, but false is a key", function()
    local items = { false, null, 1 }
    assert.yields({ { false, false }, { 1, 1 } }, leat.from(items):join(items, id))
    assert.yields({ null }, leat.from(items):join(items, id, { how = "anti" }))
    assert.yields({}, leat.range(3):join(leat.range(3), function() end))
    local p = leat.read_jsonl(helper.file '{"k":null}\n{}\n{"k":[]}\n{"k":{}}\n{"k":false}\n')
    assert.equal('{"k":[]} {"k":{}} {"k":false}',
      p:join(p, "k"):map(function(a, b) return a == b and tostring(a) or "?" end):concat " ")
  end)

  it("compares keys by content", function()
    local nan <const> = 0 / 0
    local function key(of) return function() return of end end
    local function joins(a, b)
      return leat.once(1):join({ 2 }, { left = key(a), right = key(b) }):count() == 1
    end
    for _, same in ipairs {
      { 1, 1 }, { 1, 1.0 }, { 0.0, -0.0 }, { 0.5, 0.5 }, { nan, nan }, { "a", "a" }, { "", "" },
        { true, true },
      { ("x"):rep(32), ("x"):rep(32) }, { ("x"):rep(33), ("x"):rep(33) },
        { ("x"):rep(300), ("x"):rep(300) },
      { math.mininteger, math.mininteger }, { 2 ^ 53, 1 << 53 }, { { 1, "a" }, { 1.0, "a" } },
        { { a = {} }, { a = {} } },
      { "a\0b", "a\0b" }, { "\xff" .. "nan", "\xff" .. "nan" }, { print, print },
    } do
      assert.is_true(joins(same[1], same[2]), tostring(same[1]))
      assert.is_true(joins(same[2], same[1]), tostring(same[1]))
    end
    for _, other in ipairs {
      { 1, 2 }, { 1, "1" }, { 1, 1.5 }, { 1, true }, { "a", "b" }, { "a", "a\0" }, { "", false },
        { {}, { 1 } },
      { ("x"):rep(33), ("x"):rep(32) .. "y" }, { ("x"):rep(32), ("x"):rep(33) },
      { ("x"):rep(32), ("x"):rep(31) .. "y" },
        { nan, "\xff" .. "nan" },
      { 2 ^ 63, math.maxinteger }, { 2 ^ 53 + 2, (1 << 53) + 1 }, { print, id },
        { { a = 1 }, { a = 2 } },
    } do
      assert.is_false(joins(other[1], other[2]), tostring(other[1]))
      assert.is_false(joins(other[2], other[1]), tostring(other[1]))
    end
  end)

  it("reads keys from records as from tables: escapes, numbers, nested and changed ones", function()
    local function line(json) return leat.read_jsonl(helper.file(json .. "\n")) end
    for _, case in ipairs {
      { '{"k":"a\\u0062"}', { k = "ab" } }, { '{"k":"ab"}', { k = "ab" } },
        { '{"k":1.0}', { k = 1 } },
      { '{"k":-0}', { k = 0 } }, { '{"k":1e3}', { k = 1000 } }, { '{"k":true}', { k = true } },
      { '{"k":[1,2]}', { k = { 1, 2 } } }, { '{"k":{"a":1}}', { k = { a = 1.0 } } },
      { '{"k":7,"k":8}', { k = 8 } },
        { '{"k":123456789012345678901}', { k = 123456789012345678901 } },
      { '{"\\u006b":5}', { k = 5 } }, { '{"k":"\\"quoted\\""}', { k = '"quoted"' } },
    } do
      assert.equal(1, line(case[1]):join({ case[2] }, "k"):count(), case[1])
      assert.equal(1, leat.from({ case[2] }):join(line(case[1]), "k"):count(), case[1])
      assert.equal(1, line(case[1]):join(line(case[1]), "k"):count(), case[1])
    end
    local deep = line '{"a":{"b":[{"c":"x"}]}}'
    assert.equal(1, deep:join({ "x" }, { left = "a.b[1].c", right = "_" }):count())
    assert.equal(0, deep:join({ "x" }, { left = "a.b.c", right = "_" }):count())
    assert.equal(0, deep:join({ "x" }, { left = "a.b[1].c.d", right = "_" }):count())
    local changed = line('{"k":1,"sub":{"k":1}}'):tap(function(r) r.k, r.sub.k = 2, nil end)
    assert.equal(1, changed:join({ 2 }, { left = "k", right = "_" }):count())
    assert.equal(0, changed:join({ 1 }, { left = "k", right = "_" }):count())
    assert.equal(0, changed:join({ 1 }, { left = "sub.k", right = "_" }):count())
  end)

  it("makes one tuple of the parts of both", function()
    local prices = leat.entries { apple = 3, pear = 5 }
    local colours = leat.entries { apple = "red", pear = "green", plum = "blue" }
    assert.yields({ { "apple", "red", "apple", 3 }, { "pear", "green", "pear", 5 } },
      colours:join(prices, function(name) return name end))
    assert.yields({ { "apple", "red", "apple", 3 }, { "pear", "green", "pear", 5 },
      { "plum", "blue" } },
      colours:join(prices, "_1", { how = "left" }))
    assert.yields({ { "plum", "blue" } }, colours:join(prices, "_1", { how = "anti" }))
    assert.yields({ { "red", "apple", "red" }, { "red", "apple", "red" } },
      leat.from({ "red" }):join(colours:chain(colours), { left = "_", right = "_2" }))
  end)

  it("follows another", function()
    local p = leat.range(3):join({ 1, 2, 2 }, id):join({ 2, 3 }, "_1")
    assert.yields({ { 2, 2, 2 }, { 2, 2, 2 } }, p)
    assert.yields({ { 2, 2, 2 }, { 2, 2, 2 } }, p)
    local cities = { { city = 9, name = "Oxford" } }
    local people = { { id = 1, city = 9 }, { id = 2, city = 8 } }
    assert.yields({ "Oxford" }, leat.from({ 1, 2, 3 }):join(people, { left = "_", right = "id" })
      :join(cities, { left = "_2.city", right = "city" }):map(function(_, _,
        city) return city.name end))
  end)

  it("has tuples, lines and generators on either side", function()
    local file = helper.file "a\nb\nc\n"
    assert.yields({ { "b", "b" }, { "b", "b" } },
      leat.read_lines(file):join({ "b", "x", "b" }, "_"))
    assert.yields({ { "x", "c", "c" } },
      leat.once("x"):zip(leat.once("c")):join(leat.read_lines(file),
      { left = "_2", right = id }))
    local numbers = leat.generator(function(n) for i = 1, n do leat.yield(i) end end)
    assert.yields({ { 2, 2 }, { 3, 3 } }, numbers(3):drop(1):join(numbers(5), id))
    assert.yields({ { 2, 2 }, { 3, 3 } }, numbers(3):join(numbers(5):drop(1), "_"))
    local live = numbers(4):open()
    live:next()
    assert.yields({ { 2, 2 }, { 4, 4 } }, leat.from({ 1, 2, 4 }):join(live, "_"))
    assert.raises("ended", function() leat.range(1):join(live, "_"):drain() end)
  end)

  it("gives each line of a file the partner of its own key, whatever lies between", function()
    local lines = { '{"k":"a"}', '{"k":1}', '{"k":', '{"k":"b"}', '"a"', '[]', '{"k":"a"', '',
      '{"n":1}', '{"k":"a\\u0062"}', 'null', '{"k":"a","k":"b"}', '{"k":{"k":"a"}}', '{"k":"a"}' }
    local partners = { "a", "b", "ab", 1, { k = "a" } }
    local path = helper.file(table.concat(lines, "\n"))
    local function joined(key)
      return leat.read_jsonl(path):join(partners, { left = key, right = "_" })
        :on_error("skip"):map(function(item, partner)
          return leat.json.encode(item) .. " " .. leat.json.encode(partner)
        end):collect()
    end
    local wanted = { '{"k":"a"} "a"', '{"k":1} 1', '{"k":"b"} "b"', '{"k":"a\\u0062"} "ab"',
      '{"k":"a","k":"b"} "b"', '{"k":{"k":"a"}} {"k":"a"}', '{"k":"a"} "a"' }
    assert.same(wanted, joined("k"))
    assert.same(wanted, joined(function(item) return type(item) ~= "string" and item.k or nil end))
  end)

  it("tells of a bad line of a file when it is its turn, and not before", function()
    local path = helper.file '{"k":1}\n\n{"k":2}\n{"k":\n{"k":3}\n'
    local p = leat.read_jsonl(path):join({ 1, 2, 3 }, { left = "k", right = "_" })
    local function key(item) return item.k end
    assert.yields({ 1, 2 }, p:map(key):take(2))
    local g = p:map(key):open()
    assert.equal(1, g:next())
    assert.equal(2, g:next())
    local err = helper.failure(g.next, g)
    assert.equal(4, err.line)
    assert.equal("read_jsonl", err.stage)
    assert.yields({ 1, 2, 3 }, p:map(key):on_error "skip")
    assert.yields({ 1, 2 }, leat.read_jsonl(path):join({ 1, 2, 3 }, { left = "k", right = "_" })
      :map(key):catch(function() return {} end))
  end)

  it("tells of a line that is too long when it is its turn, and not before", function()
    local path = helper.file('{"k":1}\n{"k":2,"long":"' .. ("x"):rep(50) .. '"}\n{"k":3}\n')
    local p = leat.read_jsonl(path, { max_record = 20 })
      :join({ 1, 2, 3 }, { left = "k", right = "_" }):map(function(item) return item.k end)
    assert.yields({ 1 }, p:take(1))
    local err = helper.failure(p.drain, p)
    assert.equal(2, err.line)
    assert.yields({ 1, 3 }, p:on_error "skip")
  end)

  it("gives the same in the same order with very many rows and partners", function()
    local n = helper.scaled(20000)
    local other = leat.range(n):map(function(i) return { k = "key " .. i % (n // 4),
      i = i } end):collect()
    local p = leat.range(n // 2):map(function(i) return { k = "key " .. i } end):join(other, "k")
    local count, last_left, last_right = 0, nil, 0
    for left, right in p do
      assert(left.k == right.k)
      if left ~= last_left then last_left, last_right = left, 0 end
      assert(right.i > last_right)
      last_right = right.i
      count = count + 1
    end
    local expected = 0
    for i = 1, n // 2 do if i < n // 4 then expected = expected + 4 end end
    assert.equal(expected, count)
    local keyed = leat.range(n):join(leat.range(n, 1, -1), id)
    assert.equal(n, keyed:filter(function(a, b) return a == b end):count())
  end)

  it("soon sees that a number is not among many", function()
    local n = helper.scaled(20000)
    for _, step in ipairs { 1, 8, 4096, 1 << 32 } do
      local other = leat.range(step, n * step, step)
      local p = leat.range(step, 9 * n * step, step):join(other, "_", { how = "semi" })
      assert.equal(n, p:count())
      local signed = leat.range(-n * step, n * step, step)
      assert.equal(n + 1, signed:join(other, "_", { how = "anti" }):count())
    end
  end)

  it("reads the other input whole before it asks for its first item, and once", function()
    local log = {}
    local left, left_seen = counting(3, "left", log)
    local right, right_seen = counting(2, "right", log)
    local g <close> = left:join(right, id):open()
    assert.same({}, log)
    assert.same({ 1, 1 }, { g:next() })
    assert.same({ "open right", "close right", "open left" }, log)
    assert.equal(3, right_seen.pulls)
    assert.equal(1, left_seen.pulls)
    assert.equal(1, g:count())
    assert.equal(1, left_seen.closes)
    assert.equal(1, right_seen.opens)
  end)

  it("does not open what it joins with nothing", function()
    local left, seen = counting()
    assert.equal(0, left:join({}, id):count())
    assert.equal(0, left:join(leat.range(3), function() return null end, { how = "semi" }):count())
    assert.equal(0, seen.opens)
  end)

  it("streams its items, endless ones too, and gives partners one by one", function()
    local left, seen = counting()
    local p = left:join({ 2, 2, 2, 3 }, id)
    assert.yields({ { 2, 2 }, { 2, 2 } }, p:take(2))
    assert.equal(2, seen.pulls)
    assert.yields({ { 2, 2 }, { 2, 2 }, { 2, 2 }, { 3, 3 } }, p:take(4))
    assert.equal(5, seen.pulls)
    assert.equal(2, seen.closes)
    assert.yields({ 1, 4, 5 }, left:join({ 2, 2, 3 }, id, { how = "anti" }):take(3))
  end)

  it("does not open what take(0) cuts off", function()
    local left, left_seen = counting()
    local right, right_seen = counting(3)
    assert.equal(0, left:join(right, id):take(0):count())
    assert.equal(0, right_seen.opens)
    assert.equal(0, left:take(0):join(right, id):count())
    assert.equal(0, left_seen.opens)
  end)

  it("works inside other stages, one join's other input in another", function()
    local inner = leat.range(4):join(leat.range(2, 9), id):map(id)
    assert.yields({ { 3, 3 } }, leat.from({ 1, 3 }):join(inner, id))
    assert.yields({ 2, 3, 4, 2, 3, 4 }, leat.range(2):flat_map(function() return inner end))
    assert.yields({ 2, 2, 3, 3, 4, 4 }, leat.merge_sorted(inner, inner))
    assert.yields({ { 2, 2, 1 }, { 3, 3, 2 } },
      leat.range(3):join(leat.range(2, 9), "_"):zip(leat.count_from()))
    assert.yields({ { 2, 2 }, { 3, 3 } }, leat.range(3):through(function(up)
      for x in up do leat.yield(x) end
    end):join(leat.range(2, 9), id))
  end)

  it("lets keys and inputs yield", function()
    local function wait(x) coroutine.yield() return x end
    local results = {}
    local function task(i)
      return function()
        results[i] = leat.range(3):map(wait):join(leat.from({ 3, 2, 3 }):map(wait),
          { left = wait, right = wait }, { how = "left" }):collect()
      end
    end
    assert.is_true(helper.schedule(task(1), task(2)) > 10)
    assert.same({ 1, { 2, 2 }, { 3, 3 }, { 3, 3 } }, results[1])
    assert.same(results[1], results[2])
  end)

  it("fails with its keys, naming itself, and closes both inputs", function()
    local object = {}
    local function bad(x) if x == 2 then error(object) end return x end
    for _, key in ipairs { { left = bad, right = id }, { left = id, right = bad } } do
      local left, left_seen = counting(3)
      local right, right_seen = counting(3)
      local p = left:join(right, key)
      local err = helper.failure(p.drain, p)
      assert.is_true(rawequal(object, err.cause))
      assert.equal("join", err.stage)
      assert.equal(2, err.stage_number)
      assert.equal(left_seen.opens, left_seen.closes)
      assert.equal(1, right_seen.closes)
      assert.yields({ { 1, 1 }, { 3, 3 } }, p:on_error "skip")
    end
  end)

  it("fails with its inputs, and goes on where catch says", function()
    local p = leat.range(3):join(helper.failing(2, "broken"), id)
    assert.raises("broken", p.drain, p)
    assert.yields({ "rest" }, p:catch(function() return { "rest" } end))
    p = helper.failing(2, "broken"):join({ 1, 2, 3 }, id)
    assert.yields({ { 1, 1 }, { 2, 2 }, "rest" }, p:catch(function() return { "rest" } end))
  end)

  it("leaves out items that fail above either side", function()
    local function odd(x) if x % 2 == 0 then error "even" end return x end
    assert.yields({ { 1, 1 }, { 3, 3 } },
      leat.range(4):join(leat.range(4):map(odd), id):on_error "skip")
    assert.yields({ { 1, 1 }, { 3, 3 } },
      leat.range(4):map(odd):join(leat.range(4), id):on_error "skip")
  end)

  it("fails for keys that have no content to compare", function()
    local deep = {}
    for _ = 1, 200 do deep = { deep } end
    local p = leat.range(2):join({ 1 }, function(x) return x == 2 and deep or x end)
    local err = helper.failure(p.drain, p)
    assert.equal("item", err.code)
    assert.equal("join", err.stage)
    assert.yields({ { 1, 1 } }, p:on_error "skip")
  end)

  it("is closed once when it is left", function()
    local left, left_seen = counting()
    local right, right_seen = counting(2)
    for _ in left:join(right, id):iter() do break end
    assert.equal(1, left_seen.closes)
    assert.equal(1, right_seen.closes)
  end)

  it("does not hold on to what semi and anti do not give", function()
    local alive = setmetatable({}, { __mode = "k" })
    local other = leat.range(50):map(function(i)
      local row = { i }
      alive[row] = true
      return row
    end)
    local g <close> = leat.range(3):join(other, { left = "_", right = "_[1]" },
      { how = "semi" }):open()
    assert.equal(1, g:next())
    collectgarbage()
    collectgarbage()
    local count = 0
    for _ in pairs(alive) do count = count + 1 end
    assert.is_true(count <= 1, count .. " rows are alive")
  end)

  it("refuses wrong use on the line that builds the chain", function()
    local p = leat.range(3)
    assert.raises_at(helper.here(), "join: other must be", function() p:join() end)
    assert.raises_at(helper.here(), "join: other must be", function() p:join(3, id) end)
    assert.raises_at(helper.here() + 1, "key must be a function or a path, got nothing",
      function() p:join({}) end)
    assert.raises_at(helper.here() + 1, "key must be a function or a path, got number",
      function() p:join({}, 3) end)
    assert.raises_at(helper.here(), "is no path", function() p:join({}, "a..b") end)
    assert.raises_at(helper.here(), "right must be", function() p:join({}, { left = "a" }) end)
    assert.raises_at(helper.here() + 1, "left must be",
      function() p:join({}, { right = "a", left = {} }) end)
    assert.raises_at(helper.here() + 1, "did you mean 'left'",
      function() p:join({}, { lfet = "a" }) end)
    assert.raises_at(helper.here() + 1, 'got "outer"',
      function() p:join({}, "a", { how = "outer" }) end)
    assert.raises_at(helper.here(), "how must be", function() p:join({}, "a", { how = 1 }) end)
    assert.raises_at(helper.here() + 1, "did you mean 'how'",
      function() p:join({}, "a", { hwo = "left" }) end)
    assert.raises_at(helper.here() + 1, "options must be a table",
      function() p:join({}, "a", "left") end)
    assert.raises_at(helper.here(), "at most 3", function() p:join({}, "a", {}, 1) end)
    assert.raises_at(helper.here(), "key must be", function() leat.join(p, {}) end)
  end)
end)
