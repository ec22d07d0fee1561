-- SPDX-License-Identifier: MIT
-- Every operator against every law. The list of operators is the core's own: one that is added
-- there fails here until it has a line in `stages`, `sources` or `terminals`.
-- luacheck: ignore 512 (loops that break are what is tested)
local leat = require "leat"
local core = require "leat.core"
local helper = require "spec.support.helper"
local counting, failing, yield = helper.counting, helper.failing, leat.yield

after_each(helper.nothing_left_open)

local function id(...) return ... end
local function yes() return true end

-- How each stage is put behind p, so that it passes what it can.
local stages = {
  map = function(p) return p:map(function(x) return x end) end,
  filter = function(p) return p:filter(yes) end,
  reject = function(p) return p:reject(function() return false end) end,
  filter_map = function(p) return p:filter_map(function(x) return x end) end,
  flat_map = function(p) return p:flat_map(function(x) return { x } end) end,
  enumerate = function(p) return p:enumerate() end,
  tap = function(p) return p:tap(id) end,
  through = function(p) return p:through(function(up) for x in up do yield(x) end end) end,
  take = function(p) return p:take(1000) end,
  drop = function(p) return p:drop(0) end,
  take_while = function(p) return p:take_while(yes) end,
  chain = function(p) return p:chain {} end,
  zip = function(p) return p:zip(leat.count_from()) end,
  batched = function(p) return p:batched(1) end,
  on_error = function(p) return p:on_error "raise" end,
  catch = function(p) return p:catch(function(err) error(err, 0) end) end,
  finally = function(p) return p:finally(id) end,
}

-- A pipeline of three items from each source.
local sources = {
  range = function() return leat.range(3) end,
  count_from = function() return leat.count_from():take(3) end,
  from = function() return leat.from { 1, 2, 3 } end,
  entries = function() return leat.entries { 1, 2, 3 } end,
  generator = function() return leat.generator(function() yield(1) yield(2) yield(3) end)() end,
  resource = function() return (counting(3)) end,
  once = function() return leat.once(1):chain({ 2 }, { 3 }) end,
  empty = function() return leat.empty():chain { 1, 2, 3 } end,
  read_lines = function() return leat.read_lines(helper.file "1\n2\n3\n") end,
  read_chunks = function()
    return leat.read_chunks { helper.file "1", helper.file "2", helper.file "3" }
  end,
  read_jsonl = function() return leat.read_jsonl(helper.file "1\n2\n3\n") end,
  chain = function() return leat.chain({ 1 }, leat.range(2, 3)) end,
  zip = function() return leat.zip({ 1, 2, 3 }, leat.count_from()) end,
}

local terminals = {
  collect = function(p) return p:collect() end,
  each = function(p) return p:each(id) end,
  drain = function(p) return p:drain() end,
  count = function(p) return p:count() end,
  sum = function(p) return p:sum() end,
  min = function(p) return p:min() end,
  max = function(p) return p:max() end,
  fold = function(p) return p:fold(0, function(_, x) return x end) end,
  first = function(p) return p:first() end,
  any = function(p) return p:any(function() return false end) end,
  concat = function(p) return p:concat() end,
  write_lines = function(p) return p:write_lines(helper.folder() .. "/out").items end,
  write_jsonl = function(p) return p:write_jsonl(helper.folder() .. "/out").items end,
}

-- Terminals that may answer before the end.
local early = { first = true, any = true }

describe("the specs", function()
  it("know every operator of the core", function()
    local tables = { source = { sources }, stage = { stages }, combine = { sources, stages },
      terminal = { terminals } }
    for _, operator in ipairs(core.operators()) do
      for _, known in ipairs(tables[operator.family] or {}) do
        assert.is_function(known[operator.name], operator.name .. " is not in laws_spec.lua")
      end
    end
  end)

  it("find a signature, what it holds and a line of help for each", function()
    for _, operator in ipairs(core.operators()) do
      if operator.family ~= "internal" then
        assert.matches("^" .. operator.name, operator.signature)
        assert.is_true(#operator.doc > 5, operator.name)
        assert.matches("^%w+%*?$", operator.holds)
      end
    end
  end)
end)

local function sorted(t)
  local names = {}
  for name in pairs(t) do names[#names + 1] = name end
  table.sort(names)
  local i = 0
  return function() i = i + 1 return names[i], t[names[i]] end
end

for name, build in sorted(stages) do
  describe("the stage " .. name, function()
    it("pulls nothing while it is built and shown, and shows its name", function()
      local p, seen = counting(3)
      local q = build(p)
      assert.matches(name, tostring(q), 1, true)
      assert.matches(name, q:explain(), 1, true)
      assert.equal(0, seen.opens)
    end)

    it("gives as many items as came, twice alike", function()
      local p = build(counting(5))
      assert.equal(5, p:count())
      assert.same(p:collect(), p:collect())
    end)

    it("passes false", function()
      local p = build(leat.from { false, 1, false })
      if name == "filter_map" or name == "map" then assert.yields({ false, 1, false }, p) end
      assert.equal(3, p:count())
    end)

    it("works on an endless source and pulls no more than is asked for", function()
      local p, seen = counting()
      assert.equal(7, build(p):take(7):count())
      assert.equal(7, seen.pulls)
      assert.equal(1, seen.closes)
    end)

    it("ends for good", function()
      local p, seen = counting(2)
      local g = build(p):open()
      g:next()
      g:next()
      for _ = 1, 3 do assert.is_nil((g:next())) end
      assert.equal(3, seen.pulls)
      assert.equal("ended", g:status())
    end)

    it("closes the source once at the end, on break, on close, on an error and when dropped",
      function()
        local p, seen = counting(3)
        build(p):drain()
        assert.equal(1, seen.closes)
        for _ in build(p):iter() do break end
        assert.equal(2, seen.closes)
        local g = build(p):open()
        g:next()
        g:close()
        g:close()
        assert.equal(3, seen.closes)
        assert.has_error(function() build(p):each(function() error "behind" end) end)
        assert.equal(4, seen.closes)
        build(p):open():next()
        for _ in build(p) do break end
        g = nil -- luacheck: ignore
        collectgarbage()
        collectgarbage()
        assert.equal(6, seen.closes)
        assert.equal(6, seen.opens)
      end)

    it("passes a failure of the source on after the items before it", function()
      local object = {}
      local p, seen = failing(2, object)
      local items = 0
      local err = helper.failure(function() build(p):each(function() items = items + 1 end) end)
      assert.is_true(rawequal(object, helper.cause(err)))
      assert.equal(2, items)
      assert.equal(1, seen.closes)
    end)

    it("lets a yield to the host pass, above and below it", function()
      local p = build(leat.range(3):map(function(x) coroutine.yield "above" return x end))
      local log = {}
      local co = coroutine.wrap(function()
        p:each(function() coroutine.yield "below" end)
        return "end"
      end)
      repeat log[#log + 1] = co() until log[#log] == "end"
      assert.same({ "above", "below", "above", "below", "above", "below", "end" }, log)
    end)

    it("works inside a generator's body, a delegation, a flat_map, a zip and a chain", function()
      local p = build(leat.range(3))
      local expected = p:count()
      assert.equal(expected, leat.generator(function() for x in p do yield(x) end end)():count())
      assert.equal(expected, leat.generator(function() leat.yield_from(p) end)():count())
      assert.equal(expected, leat.once(1):flat_map(function() return p end):count())
      assert.equal(expected, leat.zip(p, p):count())
      assert.equal(2 * expected, leat.chain(p, p):count())
      assert.equal(expected, build(build(leat.range(3))):count())
    end)

    it("works behind a live generator and leaves it open", function()
      local g = leat.range(9):open()
      assert.equal(2, build(g:take(2)):count())
      assert.equal(3, g:next())
      g:close()
    end)
  end)
end

for name, build in sorted(sources) do
  describe("the source " .. name, function()
    it("gives its items, twice alike, to a terminal, a loop and next", function()
      local p = build()
      local items = p:collect()
      assert.equal(3, #items)
      assert.same(items, p:collect())
      local n = 0
      for x in p do
        n = n + 1
        assert.is_not_nil(x)
      end
      assert.equal(3, n)
      local g = p:open()
      for _ = 1, 3 do assert.is_not_nil((g:next())) end
      for _ = 1, 3 do assert.is_nil((g:next())) end
    end)

    it("shows its name", function()
      assert.matches(name, tostring(build()), 1, true)
    end)

    it("can be left early in every way", function()
      local p = build()
      p:first()
      for _ in p:iter() do break end
      for _ in p do break end
      p:open():next()
      local g <close> = p:open()
      g:next()
      assert.has_error(function() p:each(function() error "left" end) end)
    end)

    it("can be read in two runs in turns", function()
      local p = build()
      local a, b = p:open(), p:open()
      for _ = 1, 3 do
        local x, y = table.pack(a:next()), table.pack(b:next())
        assert.same(x, y)
      end
      assert.is_nil((a:next()))
      assert.is_nil((b:next()))
    end)
  end)
end

for name, run in sorted(terminals) do
  describe("the terminal " .. name, function()
    it("opens and closes the source once, in each run", function()
      local p, seen = counting(3)
      run(p)
      run(p)
      assert.equal(2, seen.opens)
      assert.equal(2, seen.closes)
    end)

    it("works on nothing", function() run(leat.empty()) end)

    it("closes the source when it fails, and keeps the value that was raised", function()
      local object = {}
      local p, seen = failing(early[name] and 0 or 2, object)
      local err = helper.failure(run, p)
      assert.is_true(rawequal(object, helper.cause(err)))
      assert.equal(1, seen.closes)
    end)

    it("lets a yield to the host pass", function()
      local p = leat.range(3):map(function(x) coroutine.yield "host" return x end)
      local co = coroutine.create(run)
      local yields = 0
      local ok, word = coroutine.resume(co, p)
      while word == "host" and coroutine.status(co) == "suspended" do
        yields = yields + 1
        ok, word = coroutine.resume(co)
      end
      assert.is_true(ok, tostring(word))
      assert.equal("dead", coroutine.status(co))
      assert.equal(name == "first" and 1 or 3, yields)
    end)

    it("reads a live generator on", function()
      local g = leat.range(3):open()
      g:next()
      run(leat.from(g))
      g:close()
    end)
  end)
end
