-- SPDX-License-Identifier: MIT
-- Laws that were broken once: runs that are left half-way, read, resumed or closed from elsewhere
-- while they run, and loops that cost more the more of them there are. Each spec is the shortest
-- script that broke its law.
local leat = require "leat"
local core = require "leat.core"
local helper = require "spec.support.helper"
local generator, yield, yield_from = leat.generator, leat.yield, leat.yield_from

after_each(helper.nothing_left_open)

local function open(fn, ...) return generator(fn)(...):open() end

local function closer(fn) return setmetatable({}, { __close = fn }) end

-- Resumes co, which must not fail.
local function resume(co, ...)
  local results = table.pack(coroutine.resume(co, ...))
  if not results[1] then error(results[2], 0) end
  return table.unpack(results, 2, results.n)
end

-- Each way to read a live generator.
local readers = {
  next = function(g) g:next() end,
  ["for"] = function(g) for _ in g do end end,
  map = function(g) g:map(tostring):drain() end,
  zip = function(g) leat.zip({ 1 }, g):drain() end,
  yield_from = function(g) generator(function() yield_from(g) end)():drain() end,
}

for name, read in pairs(readers) do
  describe("a generator whose body waits for its host under " .. name, function()
    local closed

    -- The reading coroutine is closed, so nobody will ever answer.
    local function left()
      closed = 0
      local g = open(function()
        local _ <close> = closer(function() closed = closed + 1 end)
        while true do
          coroutine.yield "host"
          yield(1)
        end
      end)
      local reader = coroutine.create(read)
      assert.equal("host", resume(reader, g))
      assert.is_true(coroutine.close(reader))
      return g
    end

    it("has ended when its reader was closed, and says so", function()
      local g = left()
      assert.equal("ended", g:status())
      assert.is_nil((g:next()))
      assert.equal(1, closed)
    end)

    it("can be closed when its reader was closed", function()
      local g = left()
      g:close()
      assert.equal(1, closed)
      do
        local _ <close> = left()
      end
      assert.equal(1, closed)
    end)

    it("is no empty source when its reader was closed", function()
      local g = left()
      assert.raises("this generator has ended", function() g:map(tostring):collect() end)
      assert.equal(1, closed)
    end)

    it("delegates nothing when its reader was closed", function()
      local g = left()
      local outer = open(function()
        yield(pcall(yield_from, g))
        yield "after"
      end)
      outer:next()
      pcall(g.collect, g)
      assert.equal("after", outer:next())
      assert.is_nil((outer:next()))
      assert.equal(1, closed)
    end)
  end)
end

describe("a delegate whose outermost reader was closed while it waited for its host", function()
  it("is closed with that reader when it is asked for", function()
    local closed = 0
    local g = open(function()
      local _ <close> = closer(function() closed = closed + 1 end)
      coroutine.yield "host"
    end)
    local reader = coroutine.create(function()
      generator(function() yield_from(g) end)():drain()
    end)
    assert.equal("host", resume(reader))
    assert.is_true(coroutine.close(reader))
    assert.is_nil((g:next()))
    assert.equal(1, closed)
  end)
end)

describe("a <close> variable that fails when its body is closed inside an xpcall", function()
  it("is reported, with its error unless this release of Lua loses it", function()
    local g = open(function()
      local _ <close> = closer(function() error "boom" end)
      xpcall(function() yield(1) end, tostring)
    end)
    g:next()
    local message = tostring(helper.failure(g.close, g))
    assert.is_truthy(message:find "boom" or message:find "a <close> variable failed", message)
  end)
end)

describe("a body that its host resumes itself", function()
  it("yields for the body around it, not for its own pipeline", function()
    for _, method in ipairs { "each", "map" } do
      local waiting
      local inner = generator(function() yield(1) yield(2) end)
      local outer = generator(function()
        local p = inner()
        p = p[method](p, function(x)
          waiting = coroutine.running()
          coroutine.yield()
          yield(x * 10)
          yield_from { x * 100 }
          return x
        end)
        if method == "map" then p:drain() end
      end)
      local items
      coroutine.wrap(function() items = outer():collect() end)()
      while waiting do
        local co = waiting
        waiting = nil
        resume(co)
      end
      assert.same({ 10, 100, 20, 200 }, items)
    end
  end)

  it("gives its items to whoever reads now, not to who read before", function()
    local body
    local g = open(function()
      yield(1)
      body = coroutine.running()
      coroutine.yield()
      for i = 2, 4 do yield(i) end
    end)
    local got = {}
    local reader = coroutine.create(function()
      for x in g do
        got[#got + 1] = x
        if x == 2 then break end
      end
      g:map(function(x) return x * 10 end):each(function(x) got[#got + 1] = x end)
    end)
    resume(reader)
    resume(body)
    while coroutine.status(reader) ~= "dead" do resume(reader) end
    assert.same({ 1, 2, 30, 40 }, got)
  end)

  it("may close the coroutine that reads it, and is told when it yields", function()
    local body, reader, message
    local closed = 0
    local p = generator(function()
      local _ <close> = closer(function() closed = closed + 1 end)
      yield(1)
      body = coroutine.running()
      coroutine.yield()
      coroutine.close(reader)
      reader = nil
      collectgarbage()
      message = select(2, pcall(yield, 2))
    end)()
    reader = coroutine.create(function() for _ in p:iter() do end end)
    resume(reader)
    pcall(coroutine.resume, body)
    assert.matches("closed", tostring(message))
    assert.equal(1, closed)
  end)

  it("where nobody waits, or closes, is told apart from a failing body", function()
    for _, meddle in ipairs { coroutine.resume, coroutine.close } do
      local body
      local g = open(function()
        body = coroutine.running()
        yield(1)
        yield(2)
      end)
      g:next()
      meddle(body)
      assert.raises("resumed or closed from outside", g.next, g)
      assert.equal("ended", g:status())
    end
  end)
end)

describe("a run that is closed", function()
  it("while another coroutine reads its escaped upstream tells that one", function()
    local up
    local waiting = leat.range(5):map(function(x)
      coroutine.yield "host"
      return x
    end)
    local g = generator(function() yield_from(waiting) end)():enumerate():through(function(u)
      up = u
      yield(0)
    end):open()
    assert.equal(0, g:next())
    local reader = coroutine.create(function() up:next() end)
    assert.equal("host", resume(reader))
    g:close()
    local ok, err = coroutine.resume(reader)
    assert.is_false(ok)
    assert.matches("the generator was closed while it waited", tostring(err), 1, true)
    assert.equal("ended", up:status())
  end)

  -- What an upstream may be, whose function closes the run around it.
  local upstreams = {
    map = function(close)
      return leat.range(5):map(function(x) close() return x end):enumerate()
    end,
    generator = function(close)
      return generator(function() for i = 1, 3 do close() yield(i) end end)()
    end,
    ["map behind a generator"] = function(close)
      return generator(function() for i = 1, 3 do close() yield(i) end end)():map(tostring)
    end,
    ["tap of a delegate"] = function(close)
      return generator(function() for _ = 1, 3 do yield_from(leat.range(2):tap(close)) end end)()
    end,
  }
  for name, upstream in pairs(upstreams) do
    it("from inside its escaped upstream, a " .. name .. ", ends both", function()
      local up, g
      local source = upstream(function() if g then pcall(g.close, g) end end)
      g = source:through(function(u)
        up = u
        yield(0)
      end):open()
      g:next()
      pcall(up.next, up)
      assert.is_nil((up:next()))
      assert.equal("ended", up:status())
      assert.equal("ended", g:status())
    end)
  end

  it("has ended for its own close handlers too: they read nothing more", function()
    local up
    local seen = {}
    local source = generator(function()
      local _ <close> = closer(function()
        seen[#seen + 1] = tostring(up:next())
        seen[#seen + 1] = tostring(pcall(function() for _ in up do end end))
        local reader = coroutine.wrap(function() return (up:next()) end)
        seen[#seen + 1] = tostring(reader())
      end)
      for i = 1, 5 do yield(i) end
    end)
    local g = source():enumerate():through(function(u)
      up = u
      yield((u:next()))
      yield(2)
    end):open()
    assert.equal(1, g:next())
    g:close()
    assert.same({ "nil", "false", "nil" }, seen)
    assert.equal("ended", up:status())
  end)
end)

describe("a loop left by break in another coroutine", function()
  it("is closed when that coroutine is collected, though the pipeline lives on", function()
    local p, seen = helper.counting()
    for _ = 1, 100 do
      coroutine.wrap(function() for x in p do if x == 2 then break end end end)()
    end
    collectgarbage()
    collectgarbage()
    assert.equal(100, seen.opens)
    assert.equal(0, seen.now)
  end)

  it("may be dropped in its middle and is closed", function()
    local p, seen = helper.counting()
    local before = core.open_count()
    for _ = 1, 100 do
      coroutine.wrap(function() for _ in p do coroutine.yield() end end)()
    end
    collectgarbage()
    collectgarbage()
    assert.equal(0, seen.now)
    assert.equal(before, core.open_count())
  end)
end)

describe("a loop in a finaliser", function()
  -- Failed under a Lua that collects whenever a stack grows (ltests.h), seldom elsewhere.
  it("works at any time, also while a body is started", function()
    local p = leat.range(3)
    local sum, bad = 0, 0
    local again
    local function finaliser()
      local ok = pcall(function() for x in p do sum = sum + x end end)
      if not ok then bad = bad + 1 end
      if again then again() end
    end
    again = function() setmetatable({}, { __gc = finaliser }) end
    again()
    local total = 0
    for _ = 1, helper.scaled(20000) do
      total = total + generator(function() yield(1) for x in p do yield(x) end end)():sum()
    end
    again = nil
    collectgarbage()
    assert.equal(helper.scaled(20000) * 7, total)
    assert.equal(0, bad)
    assert.is_true(sum > 0)
  end)
end)

-- The shortest of several times, in seconds of the processor.
local function shortest(fn)
  local best = math.huge
  for _ = 1, 7 do
    local start = os.clock()
    fn()
    best = math.min(best, os.clock() - start)
  end
  return best
end

-- Under a tool that slows all down, times tell nothing.
local untimed <const> = helper.scaled(1000) < 1000

describe("an item of a loop", function()
  it("costs the same however many coroutines loop over the pipeline", function()
    if untimed then return pending "nothing is timed here" end
    local rounds = 20000
    local function seconds(n)
      local p = leat.count_from()
      local tasks = {}
      for i = 1, n do
        tasks[i] = coroutine.wrap(function() for _ in p do coroutine.yield() end end)
        tasks[i]()
      end
      return shortest(function() for i = 1, rounds do tasks[i % n + 1]() end end)
    end
    assert.is_true(seconds(2000) < 8 * seconds(20) + 0.02)
  end)

  it("costs the same however deep the body's functions are that run the loop", function()
    if untimed then return pending "nothing is timed here" end
    local items = 20000
    local function seconds(depth)
      return shortest(function()
        local g = generator(function()
          local function deeper(n)
            if n > 0 then
              deeper(n - 1)
              return
            end
            for _ in leat.range(items) do end
            yield(1)
          end
          deeper(depth)
        end)
        g():drain()
      end)
    end
    assert.is_true(seconds(150) < 8 * seconds(1) + 0.02)
  end)
end)
