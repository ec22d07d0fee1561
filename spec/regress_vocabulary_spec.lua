-- SPDX-License-Identifier: MIT
-- Laws of the vocabulary that were broken once. Each spec is the shortest script that broke its
-- law; what wrote beyond the room there is on the stack shows under valgrind only.
local leat = require "leat"
local helper = require "spec.support.helper"
local from, range, generator, yield = leat.from, leat.range, leat.generator, leat.yield

after_each(helper.nothing_left_open)

local function raises(pattern, fn)
  assert.matches(pattern, tostring(helper.failure(fn)))
end

describe("a generator of numbers", function()
  it("gives no more to who reads on when it has been closed", function()
    local numbers = range(5):open()
    local reader, pairs_of = from(numbers):open(), range(9):zip(numbers):open()
    assert.equal(1, reader:next())
    assert.same({ 1, 2 }, { pairs_of:next() })
    numbers:close()
    assert.is_nil((reader:next()))
    assert.is_nil((pairs_of:next()))
  end)
end)

describe("peek", function()
  it("keeps every part of a tuple, nil ones, too", function()
    local tuples = generator(function()
      yield(1, nil)
      yield(1, nil, nil, nil, nil, nil, 7, nil, nil)
      yield(1, nil, 3, nil)
    end)
    local g = tuples():open()
    for _, count in ipairs { 2, 9 } do
      assert.equal(count, select("#", g:peek()))
      assert.equal(count, select("#", g:peek()))
      assert.equal(count, select("#", g:next()))
    end
    g:peek()
    assert.yields({ 4 }, g:map(function(...) return select("#", ...) end))
  end)
end)

describe("a list with many holes", function()
  it("takes no room for those that on_error leaves out", function()
    local holes <const> = helper.scaled(100000)
    local list = load("return {" .. ("1,"):rep(holes) .. "}")()
    for i = 2, holes - 1 do list[i] = nil end
    collectgarbage()
    local before = leat.memory({ reset = true }).now
    assert.equal(holes, from(list):on_error(function() return 0 end):count())
    assert.is_true(leat.memory().peak - before < 8e6)
  end)
end)

describe("chunk_by", function()
  it("leaves the nil parts of its items as they are", function()
    local g = generator(function() yield(1, nil, 3) yield(1, nil, 3) end)
    local key, chunk = g():chunk_by():first()
    assert.same({ 1, leat.null, 3 }, key)
    assert.same({ { 1, nil, 3 }, { 1, nil, 3 } }, chunk)
  end)
end)

describe("the pipeline of a branch", function()
  it("is refused in a coroutine of the function's own, which would get its mark", function()
    raises("function 2 of branch reads its pipeline in a coroutine of its own", function()
      range(3):branch(function(p) return p:sum() end,
        function(p) return coroutine.wrap(function() return p:sum() end)() end)
    end)
  end)

  it("is read through a coroutine that hands on what it yields", function()
    assert.equal(6, range(3):branch(function(p)
      local inner = coroutine.create(function() return p:sum() end)
      local results = table.pack(coroutine.resume(inner))
      while coroutine.status(inner) ~= "dead" do
        results = table.pack(coroutine.resume(inner,
          coroutine.yield(table.unpack(results, 2, results.n))))
      end
      return results[2]
    end))
  end)

  it("is refused when the branch is over", function()
    local kept
    range(3):branch(function(p) kept = p end)
    raises("only by the function it was given to", function() kept:sum() end)
  end)
end)

describe("a path", function()
  it("has no position beyond the integers", function()
    raises("no list is that long", function()
      range(1):pluck "_[99999999999999999999]"
    end)
  end)

  it("has no character beyond Unicode, however many digits tell of it", function()
    raises("is no path", function() range(1):pluck [=[_["\u{FFFFFFFFFFFFFFFF}"]]=] end)
    raises("is no path", function() range(1):pluck [=[_["\u{10000000000000041}"]]=] end)
    assert.equal(5, from { { A = 5 } }:pluck([=[_["\u{00000000000000000041}"]]=]):first())
  end)
end)

describe("leat.testing", function()
  it("blames the line that gives it what it cannot use", function()
    raises("regress_vocabulary_spec.lua:%d+: assert_yields: from: cannot iterate number",
      function() leat.testing.assert_yields({ 1 }, 5) end)
    raises("regress_vocabulary_spec.lua:%d+: assert_closed: fn must be a function",
      function() leat.testing.assert_closed(5) end)
  end)
end)

describe("leat.memory", function()
  it("counts on when the module is loaded again and the first one is collected", function()
    local script = helper.file([[
      package.path = "./lua/?.lua;./lua/?/init.lua;" .. package.path
      require "leat".memory()
      for name in pairs(package.loaded) do
        if name:find "^leat" then package.loaded[name] = nil end
      end
      local again = require "leat"
      again.memory()
      for _ = 1, 5 do collectgarbage() end
      local before, kept = again.memory().now, {}
      for i = 1, 10000 do kept[i] = { i } end
      os.exit(again.memory().now - before > 10000)]])
    local interpreter = os.getenv "LEAT_FLAVOUR" == "asan" and os.getenv "LEAT_BIN"
      or os.getenv "LUA" or "lua5.4"
    assert.is_true(os.execute(("'%s' '%s'"):format(interpreter, script)))
  end)
end)

describe("the room on the stack", function()
  it("is enough for an item that passes through a thousand runs around one another", function()
    local function nested(wrap)
      local p = range(4)
      for _ = 1, helper.scaled(1000) do
        local above = wrap(p)
        p = generator(function() leat.yield_from(above) end)()
      end
      return p
    end
    assert.equal(4, nested(function(p) return p:batched(1) end):count())
    assert.yields({ 1, 2, 3, 4 }, nested(function(p)
      return p:enumerate():map(function(_, n) return n end)
    end))
  end)

  it("is enough behind a function that returns thousands of values", function()
    local function many() return 1, table.unpack({}, 1, 5000) end
    local function count(...) return select("#", ...) end
    assert.yields({ 5002, 5002 }, leat.resource(many, many, many):take(2):enumerate():map(count))
    assert.yields({ 1, 1 }, range(2):map(error):on_error(many):pairwise():cycle(2):map(function()
      return 1
    end))
    assert.equal(5001, generator(function() return many() end)():through(function(up)
      yield((select("#", leat.yield_from(up))))
    end):first())
  end)
end)
