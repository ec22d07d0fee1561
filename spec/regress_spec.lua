-- SPDX-License-Identifier: MIT
-- Laws that were broken once: delegation, the functions a pipeline calls, values and their room.
-- (What is left half-way, closed from elsewhere or slow: regress_left_spec.lua.) Each spec is the
-- shortest script that broke its law.
local leat = require "leat"
local helper = require "spec.support.helper"
local generator, yield, yield_from = leat.generator, leat.yield, leat.yield_from

after_each(helper.nothing_left_open)

local numbers = generator(function(n) for i = 1, n do yield(i) end return "r" end)

local function open(fn, ...) return generator(fn)(...):open() end

-- A list whose elements from 4 on cannot be read; it says that it has five.
local function broken_list(message)
  return setmetatable({ 1, 2, 3 }, {
    __index = function() error(message, 0) end,
    __len = function() return 5 end,
  })
end

describe("what a delegation hands to the body", function()
  it("may be thousands of return values of a generator", function()
    local inner = generator(function()
      yield(1)
      return table.unpack({}, 1, 5000)
    end)
    local outer = generator(function() yield(select("#", yield_from(inner()))) end)
    assert.yields({ 1, 5000 }, outer())
  end)

  it("may be thousands of return values of a generator that has ended before", function()
    local ended = open(function() return table.unpack({}, 1, 5000) end)
    assert.is_nil((ended:next()))
    assert.yields({ 5000 }, generator(function() yield(select("#", yield_from(ended))) end)())
  end)
end)

describe("the upstream of through", function()
  it("may be delegated to, though it belongs to the run already", function()
    assert.yields({ 1, 2, 3 }, leat.range(3):through(function(up) yield_from(up) end))
  end)

  it("may be delegated to half-read, and has ended afterwards", function()
    local rest
    local p = leat.range(3):through(function(up)
      yield(up:next() * 10)
      yield_from(up)
      rest = up:next()
      yield "end"
    end)
    assert.yields({ 10, 2, 3, "end" }, p)
    assert.is_nil(rest)
  end)
end)

-- Another delegates to `g`: it has pulled the first item.
local function delegated()
  local g = numbers(4):open()
  local outer = open(function() yield("got " .. yield_from(g)) end)
  assert.equal(1, outer:next())
  return g, outer
end

describe("a generator that another one delegates to", function()
  local function reads_on(g, outer, read)
    local ok, err = pcall(read)
    local read_items = ok and err or 0
    if not ok then assert.matches("already executing", tostring(err)) end
    for i = 2 + read_items, 4 do assert.equal(i, outer:next()) end
    assert.equal("got r", outer:next())
    assert.is_nil((outer:next()))
    assert.equal("ended", g:status())
  end

  it("read by a pipeline is refused or loses no item", function()
    local g, outer = delegated()
    reads_on(g, outer, function() return #g:collect() end)
  end)

  it("read by zip is refused or loses no item", function()
    local g, outer = delegated()
    reads_on(g, outer, function()
      local items = leat.zip({ 1, 2, 3, 4 }, g):collect()
      assert.same({ { 1, 2 }, { 2, 3 }, { 3, 4 } }, items)
      return #items
    end)
  end)

  it("is not started again when it was read to its end by others", function()
    local g, outer = delegated()
    reads_on(g, outer, function()
      local n = 0
      while g:next() do n = n + 1 end
      return n
    end)
  end)

  it("is not started again when it was closed by others, nor are its arguments called", function()
    local called = 0
    local function argument() called = called + 1 end
    local g = open(function() yield(1) yield(2) end, argument)
    local outer = open(function()
      yield_from(g)
      yield "after"
    end)
    outer:next()
    local closed = pcall(g.close, g)
    assert.equal(closed and "after" or 2, outer:next())
    assert.equal(0, called)
    outer:close()
    g:close()
  end)

  it("in the middle of a chain is refused without closing anything", function()
    local c = numbers(4):open()
    local b = open(function() yield_from(c) end)
    local a = open(function() yield_from(b) end)
    assert.equal(1, a:next())
    local ok, got = pcall(b.next, b)
    if ok then assert.equal(2, got) else assert.matches("already executing", tostring(got)) end
    for i = ok and 3 or 2, 4 do assert.equal(i, a:next()) end
    assert.is_nil((a:next()))
  end)
end)

describe("yield_from", function()
  it("of a generator that stands in a yield_from itself reads its delegate first", function()
    local g = open(function()
      yield(yield_from(numbers(4)))
      return "gr"
    end)
    assert.equal(1, g:next())
    assert.yields({ 2, 3, 4, "r", "gr" }, generator(function() yield(yield_from(g)) end)())
  end)

  it("that take cut short leaves its delegate to the stages behind", function()
    local g = leat.range(9):open()
    local p = generator(function() yield_from(g) end)():take(1):flat_map(function() return g end)
    local ok, err = pcall(function() for _ in p:iter() do end end) -- luacheck: ignore 542
    if not ok then assert.matches("this generator has ended", tostring(err), 1, true) end
    assert.equal("ended", g:status())
  end)

  it("of a pipeline raises its function's error in the body, whoever drives", function()
    local function caught()
      return generator(function()
        local ok, err = pcall(yield_from, leat.range(3):map(function(x)
          if x == 2 then error("mine", 0) end
          return x
        end))
        yield(ok)
        yield(err) -- the very value that was raised, as error would
      end)()
    end
    assert.yields({ 1, false, "mine" }, caught())
    local items = {}
    for x in caught() do items[#items + 1] = x end
    assert.same({ 1, false, "mine" }, items)
    assert.equal(3, caught():count())
  end)

  it("whose error the body caught leaves no mark on a later error with an equal value", function()
    local function fail() error "boom" end
    local inner = generator(function() yield(1) fail() end)
    local outer = generator(function()
      pcall(yield_from, inner())
      yield(2)
    end)
    assert.yields({ 1, 2 }, outer())
    local err = helper.failure(function() leat.range(3):map(function() fail() end):drain() end)
    assert.matches("fail", err.traceback, 1, true)
  end)

  it("whose error the body caught does not keep the value alive", function()
    local weak = setmetatable({}, { __mode = "v" })
    do
      local inner = generator(function()
        local object = {}
        weak[1] = object
        error(object)
      end)
      generator(function()
        pcall(yield_from, inner())
        yield(2)
      end)():drain()
    end
    collectgarbage()
    collectgarbage()
    assert.is_nil(weak[1])
  end)
end)

describe("a stage that pulls the generator its own source delegates to", function()
  it("is refused", function()
    local g = leat.range(3):open()
    local p = generator(function() yield_from(g) end)():chain({ 1, 2 })
      :map(function(x) return x end):flat_map(function() return g end)
    assert.raises("already executing", function() p:collect() end)
  end)
end)

describe("the function that iter returns", function()
  it("refuses what is not its generator", function()
    local f = leat.range(3):iter()
    for _, wrong in ipairs { false, 1, "s", io.stdout, leat.range(2), {} } do
      assert.is_false((pcall(f, wrong)))
    end
    assert.is_false((pcall(f)))
    local next_item, run = leat.range(3):iter()
    assert.equal(1, next_item(run))
    run:close()
  end)
end)

describe("a list's own __index and __len", function()
  it("fail as items: catch sees it", function()
    assert.yields({ 1, 2, 3, 0 }, leat.from(broken_list "idx"):catch(function() return { 0 } end))
  end)

  it("fail in flat_map as in from", function()
    local p = leat.once(1):flat_map(function() return broken_list "idx" end)
    assert.yields({ 1, 2, 3, 0 }, p:catch(function() return { 0 } end))
    local lost = setmetatable({}, { __len = function() error("len", 0) end })
    p = leat.once(1):flat_map(function() return lost end)
    assert.yields({ 0 }, p:catch(function() return { 0 } end))
  end)

  it("raise an error object and close the run, also under next and a loop", function()
    local g = leat.from(broken_list "idx"):open()
    for i = 1, 3 do assert.equal(i, g:next()) end
    local err = helper.failure(g.next, g)
    assert.equal("idx", err.cause)
    assert.equal("ended", g:status())
    err = helper.failure(function()
      for _ in leat.from(broken_list "idx") do end -- luacheck: ignore 542
    end)
    assert.equal("idx", err.cause)
  end)

  it("may yield to the host", function()
    local list = setmetatable({}, {
      __index = function(_, i) return coroutine.yield("element", i) end,
      __len = function() return coroutine.yield "length" end,
    })
    local asked = 0
    local items
    local co = coroutine.create(function() items = leat.from(list):take(2):collect() end)
    local _, what, i = coroutine.resume(co)
    while coroutine.status(co) ~= "dead" do
      asked = asked + 1
      _, what, i = coroutine.resume(co, what == "length" and 2 or i * 10)
    end
    assert.same({ 10, 20 }, items)
    assert.is_true(asked >= 3)
  end)

  it("that fail leave nothing that refers to a run which is gone", function()
    local g = leat.from(broken_list "idx"):open()
    assert.yields({ 1 }, g:take(1))
    collectgarbage()
    collectgarbage()
    g:next()
    g:next()
    assert.is_false((pcall(g.next, g)))
    assert.equal("ended", g:status())
  end)
end)

describe("on_error", function()
  it("\"skip\" does not swallow the error of a close handler", function()
    local p = leat.resource(function() return { n = 0 } end, function(s)
      s.n = s.n + 1
      return s.n
    end, function() error("closing", 0) end)
    assert.raises("closing", function() p:take(1):on_error("skip"):collect() end)
    assert.raises("closing", function() p:take(3):map(function(x) return x end)
      :on_error("skip"):count() end)
  end)

  it("\"skip\" keeps the inputs of a zip in step", function()
    local function odd(x) if x == 2 then error "b" end return x end
    local one, two = { 1, 2, 3 }, leat.range(3):map(odd)
    for _, inputs in ipairs { { one, two, one }, { two, one, one }, { one, one, two } } do
      assert.yields({ { 1, 1, 1 }, { 3, 3, 3 } }, leat.zip(table.unpack(inputs)):on_error "skip")
    end
  end)

  it("\"skip\" skips the item of a function that yields where nobody listens", function()
    local p = numbers(4):map(function(x) yield(x) return x end):on_error "skip"
    assert.yields({}, p)
  end)
end)

describe("a function behind a generator", function()
  it("sees in its own pcall that it cannot yield, as one behind a range does", function()
    local function try(x) return tostring(pcall(coroutine.yield, x)) .. x end
    local function try_item(x) return tostring(pcall(yield, x)) .. x end
    local function may() return coroutine.isyieldable() end
    for _, fn in ipairs { try, try_item, may } do
      assert.same(leat.range(3):map(fn):collect(), numbers(3):map(fn):collect())
    end
    assert.yields({ "false1", "false2" }, numbers(2):map(try_item))
  end)
end)

describe("a pipeline as deep or as wide as one likes", function()
  it("fits the stack: a zip of 150 ranges", function()
    local inputs = {}
    for i = 1, 150 do inputs[i] = leat.range(20) end
    assert.equal(20, leat.range(20):zip(table.unpack(inputs)):count())
    assert.equal(20 * 21 // 2, leat.range(20):zip(table.unpack(inputs)):sum "_1")
  end)

  it("raises where no more C calls are left, and closes the body all the same", function()
    local closed = 0
    local g = open(function()
      local _ <close> = setmetatable({}, { __close = function() closed = closed + 1 end })
      for i = 1, 4 do yield(i) end
    end)
    g:next()
    local messages = {}
    local function deep() return setmetatable({}, { __index = deep }).x end
    xpcall(deep, function()
      messages[1] = tostring(select(2, pcall(function() return #numbers(4):collect() end)))
      messages[2] = tostring(select(2, pcall(function() return (g:next()) end)))
      return ""
    end)
    for _, message in ipairs(messages) do assert.is_nil(message:find("function: ", 1, true)) end
    g:close()
    assert.equal(1, closed)
  end)
end)

describe("flat_map over a live generator that has ended", function()
  it("is an error, as from it is, and never silently empty", function()
    local ended = numbers(1):open()
    ended:count()
    for _, p in ipairs { leat.once(1):flat_map(function() return ended end), leat.from(ended),
      leat.zip(ended, { 1 }), leat.chain(ended, { 1 }) } do
      assert.raises("this generator has ended, at ", function() p:collect() end)
    end
  end)
end)

describe("a last input that has a metatable", function()
  it("is an input like others, and its metatable stays as it was", function()
    local metatable = { __iter = function(self)
      local i = 0
      return function() i = i + 1 return self.items[i] end
    end }
    local object = setmetatable({ items = { 7, 8 } }, metatable)
    assert.yields({ { 1, 7 }, { 2, 8 } }, leat.range(2):zip(object))
    assert.yields({ 1, 7, 8 }, leat.range(1):chain(object))
    assert.yields({ { 1, 5 } }, leat.range(2):zip(leat.array { 5 }))
    assert.is_nil(metatable[1])
    assert.is_nil(getmetatable(leat.array {})[1])
  end)
end)
