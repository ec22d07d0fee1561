-- SPDX-License-Identifier: MIT
-- Any callback, generator body or iterator may yield to a scheduler outside: the yield passes
-- through every stage untouched.
-- luacheck: ignore 512 (loops that break are what is tested)
local leat = require "leat"
local helper = require "spec.support.helper"
local generator, yield = leat.generator, leat.yield

after_each(helper.nothing_left_open)

local function wait(...) return coroutine.yield("wait", ...) end

-- Runs fn in a coroutine, answers each "wait" and returns how many there were and fn's results.
local function drive(fn)
  local co = coroutine.create(fn)
  local waits = 0
  local result = table.pack(coroutine.resume(co))
  while coroutine.status(co) ~= "dead" do
    assert(result[2] == "wait", "a yield that is not the host's came out: " .. tostring(result[2]))
    waits = waits + 1
    result = table.pack(coroutine.resume(co, "answer " .. waits))
  end
  if not result[1] then error(result[2], 0) end
  return waits, table.unpack(result, 2, result.n)
end

describe("a callback that yields to the host", function()
  local upstream = { 1, 2, 3, 4 }
  local function waiting(fn)
    return function(...)
      wait(...)
      return fn(...)
    end
  end
  local function id(x) return x end
  -- name, build(p), expected items, number of waits over 1, 2, 3, 4
  local stages = {
    { "map", function(p)
      return p:map(waiting(function(x) return x * 2 end))
    end, { 2, 4, 6, 8 }, 4 },
    { "filter", function(p)
      return p:filter(waiting(function(x) return x > 2 end))
    end, { 3, 4 }, 4 },
    { "reject", function(p)
      return p:reject(waiting(function(x) return x > 2 end))
    end, { 1, 2 }, 4 },
    { "filter_map", function(p)
      return p:filter_map(waiting(function(x) return x > 2 and x * 2 or nil end))
    end, { 6, 8 }, 4 },
    { "flat_map", function(p) return p:flat_map(waiting(function(x) return { x, -x } end)) end,
      { 1, -1, 2, -2, 3, -3, 4, -4 }, 4 },
    { "the pipeline inside flat_map", function(p)
      return p:flat_map(function(x) return leat.from({ x, -x }):map(waiting(id)) end)
    end, { 1, -1, 2, -2, 3, -3, 4, -4 }, 8 },
    { "tap", function(p) return p:tap(waiting(id)) end, { 1, 2, 3, 4 }, 4 },
    { "take_while", function(p)
      return p:take_while(waiting(function(x) return x < 3 end))
    end, { 1, 2 }, 3 },
    { "through", function(p)
      return p:through(function(up) for x in up do wait() yield(x) wait() end end)
    end, { 1, 2, 3, 4 }, 8 },
    { "a map in front of through", function(p)
      return p:map(waiting(id)):through(function(up) for x in up do yield(x) end end)
    end, { 1, 2, 3, 4 }, 4 },
    { "a map in front of batched", function(p)
      return p:map(waiting(id)):batched(3)
    end, { { 1, 2, 3 }, { 4 } }, 4 },
    { "both sides of zip", function(p)
      return p:map(waiting(id)):zip(leat.from(upstream):map(waiting(id)))
    end, { { 1, 1 }, { 2, 2 }, { 3, 3 }, { 4, 4 } }, 8 },
    { "a chained part", function(p)
      return leat.chain({ 0 }, p:map(waiting(id)))
    end, { 0, 1, 2, 3, 4 }, 4 },
    { "catch", function(p)
      return p:map(function(x) if x == 3 then error "three" end return x end)
        :catch(function() wait() return { "rest" } end)
    end, { 1, 2, "rest" }, 1 },
    { "on_error", function(p)
      return p:map(function(x) if x == 3 then error "three" end return x end)
        :on_error(function() wait() return "replaced" end)
    end, { 1, 2, "replaced", 4 }, 1 },
    { "a map whose failures are skipped", function(p)
      return p:map(function(x) wait() if x == 3 then error "three" end return x end):on_error "skip"
    end, { 1, 2, 4 }, 4 },
  }
  for _, stage in ipairs(stages) do
    local name, build, expected, waits = table.unpack(stage)
    it("in " .. name .. " under a terminal gives the same items", function()
      local counted, items = drive(function() return build(leat.from(upstream)):collect() end)
      assert.same(expected, items)
      assert.equal(waits, counted)
    end)

    it("in " .. name .. " under a for loop gives the same items", function()
      local counted, items = drive(function()
        local list = {}
        for a, b in build(leat.from(upstream)) do list[#list + 1] = b == nil and a or { a, b } end
        return list
      end)
      assert.same(expected, items)
      assert.equal(waits, counted)
    end)

    it("in " .. name .. " inside a generator's body gives the same items", function()
      local p = generator(function()
        for a, b in build(leat.from(upstream)) do
          if b == nil then yield(a) else yield(a, b) end
        end
      end)()
      local counted, items = drive(function() return p:collect() end)
      assert.same(expected, items)
      assert.equal(waits, counted)
    end)

    it("in " .. name .. " through next and yield_from gives the same items", function()
      local counted, items = drive(function()
        local list = {}
        local g = generator(function() leat.yield_from(build(leat.from(upstream))) end)():open()
        while true do
          local a, b = g:next()
          if a == nil then return list end
          list[#list + 1] = b == nil and a or { a, b }
        end
      end)
      assert.same(expected, items)
      assert.equal(waits, counted)
    end)
  end

  local terminals = {
    { "each", function(p, f) p:each(f) return "none" end, "none" },
    { "fold", function(p, f) return p:fold(0, function(a, x) f(x) return a + x end) end, 10 },
    { "fold without a start", function(p, f)
      return p:fold(function(a, x) f(x) return a + x end)
    end, 10 },
    { "sum", function(p, f) return p:sum(f) end, 10 },
    { "min", function(p, f) return p:min(f) end, 1 },
    { "max", function(p, f) return p:max(f) end, 4 },
    { "any", function(p, f) return p:any(function(x) return f(x) == 3 end) end, true },
  }
  for _, terminal in ipairs(terminals) do
    it("in " .. terminal[1] .. " gives the same answer", function()
      local waits, answer = drive(function()
        return terminal[2](leat.from(upstream), waiting(id))
      end)
      assert.equal(terminal[3], answer)
      assert.is_true(waits >= 3)
    end)
  end

  it("gets what the host answers", function()
    local _, items = drive(function()
      return leat.range(3):map(function() return select(1, wait()) end):collect()
    end)
    assert.same({ "answer 1", "answer 2", "answer 3" }, items)
  end)

  it("hands the host all values it yields", function()
    local co = coroutine.wrap(function()
      leat.range(1):map(function() coroutine.yield(1, nil, "three", nil) return 0 end):drain()
    end)
    assert.same({ 1, nil, "three", nil, n = 4 }, table.pack(co()))
    co()
  end)
end)

describe("a source that yields to the host", function()
  it("may be a resource's open and next", function()
    local closed = 0
    local p = leat.resource(function() wait() return { n = 0 } end, function(s)
      wait()
      s.n = s.n + 1
      if s.n <= 2 then return s.n end
    end, function() closed = closed + 1 end)
    local waits, items = drive(function() return p:collect() end)
    assert.same({ 1, 2 }, items)
    assert.equal(4, waits)
    assert.equal(1, closed)
  end)

  it("may be a Lua iterator", function()
    local n = 0
    local waits, items = drive(function()
      return leat.from(function() wait() n = n + 1 if n <= 3 then return n end end):collect()
    end)
    assert.same({ 1, 2, 3 }, items)
    assert.equal(4, waits)
  end)

  it("may be an object with __iter", function()
    local object = setmetatable({}, { __iter = function()
      wait()
      return function(_, i) wait() if i < 2 then return i + 1 end end, nil, 0
    end })
    local waits, items = drive(function() return leat.from(object):collect() end)
    assert.same({ 1, 2 }, items)
    assert.equal(4, waits)
  end)

  it("may be a generator's body, where items and host yields do not mix", function()
    local p = generator(function()
      for i = 1, 3 do
        local answer = wait(i)
        yield(answer)
      end
      wait()
    end)()
    local waits, items = drive(function() return p:map(string.upper):collect() end)
    assert.same({ "ANSWER 1", "ANSWER 2", "ANSWER 3" }, items)
    assert.equal(4, waits)
  end)

  it("may be a generator inside a generator inside a callback", function()
    local inner = generator(function(x) wait() yield(x) wait() yield(x + 1) end)
    local outer = generator(function(x)
      wait() for y in inner(x) do yield(y) end leat.yield_from(inner(x * 10))
    end)
    local waits, sums = drive(function()
      return leat.range(2):map(function(x) return outer(x):sum() end):collect()
    end)
    assert.same({ 1 + 2 + 10 + 11, 2 + 3 + 20 + 21 }, sums)
    assert.equal(10, waits)
  end)

  it("may be a generator driven by send", function()
    local got = {}
    local g = generator(function()
      for i = 1, 2 do
        got[#got + 1] = yield(i)
        got[#got + 1] = wait()
      end
    end)():open()
    drive(function()
      g:next()
      g:send "a"
      g:send "b"
    end)
    assert.same({ "a", "answer 1", "b", "answer 2" }, got)
  end)
end)

describe("two pipelines under a scheduler", function()
  it("overlap, each keeping its own order", function()
    local log = {}
    local function task(name)
      return function()
        leat.range(3):map(function(x) coroutine.yield() return x end)
          :each(function(x) log[#log + 1] = name .. x end)
      end
    end
    helper.schedule(task "b", task "a")
    assert.same({ "a1", "b1", "a2", "b2", "a3", "b3" }, log)
  end)

  it("may share one live generator in turns", function()
    local g, taken = leat.range(6):open(), {}
    local function task()
      for x in g do
        taken[#taken + 1] = x
        coroutine.yield()
      end
    end
    local function guarded()
      local ok, err = pcall(task)
      if not ok then assert.matches("ended", tostring(err)) end
    end
    helper.schedule(guarded, guarded)
    assert.same({ 1, 2, 3, 4, 5, 6 }, taken)
  end)

  it("cannot pull at the same time from one generator whose callback waits", function()
    local g = leat.range(6):map(function(x) coroutine.yield() return x end):open()
    local refused
    helper.schedule( -- the last one runs first
      function()
        local ok, err = pcall(g.next, g)
        if not ok then refused = tostring(err) end
      end,
      function() for _ = 1, 3 do g:next() end end)
    assert.matches("already executing", refused)
    g:close()
  end)

  it("raise an error that comes after a wait where it belongs", function()
    local object = {}
    local err = helper.failure(function()
      drive(function()
        leat.range(3):map(function(x) wait() if x == 2 then error(object) end return x end):drain()
      end)
    end)
    assert.equal(object, err.cause)
    assert.equal("map", err.stage)
    assert.equal(2, err.item)
  end)

  it("leave pcall in the task working across waits", function()
    drive(function()
      local ok, err = pcall(function()
        leat.range(3):map(function(x)
          wait() if x == 2 then error("two", 0) end return x
        end):drain()
      end)
      assert(not ok and helper.cause(err) == "two")
      assert(leat.range(2):map(function(x) wait() return x end):sum() == 3)
    end)
  end)
end)

describe("a callback that yields where nobody can resume it", function()
  it("in the main chunk gets Lua's own error, with the stage", function()
    if coroutine.isyieldable() then return pending "the specs run in a coroutine" end
    local err = helper.failure(function()
      leat.range(3):map(function() return coroutine.yield(1) end):collect()
    end)
    assert.matches("attempt to yield from outside a coroutine", tostring(err), 1, true)
    assert.equal("map", err.stage)
  end)

  it("in a generator's body run from the main chunk ends that generator with an error", function()
    if coroutine.isyieldable() then return pending "the specs run in a coroutine" end
    local closed = 0
    local g = generator(function()
      local _ <close> = setmetatable({}, { __close = function() closed = closed + 1 end })
      yield(1)
      coroutine.yield "nobody"
    end)():open()
    assert.equal(1, g:next())
    assert.raises("attempt to yield from outside a coroutine", g.next, g)
    assert.equal(1, closed)
    assert.equal("ended", g:status())
  end)

  it("under a C function gets Lua's own error", function()
    local message
    coroutine.wrap(function()
      table.sort({ 3, 1, 2 }, function(a, b)
        local ok, err = pcall(function()
          leat.range(1):map(function() coroutine.yield() return 1 end):drain()
        end)
        if not ok then message = tostring(err) end
        return a < b
      end)
    end)()
    assert.matches("attempt to yield across a C-call boundary", message, 1, true)
  end)
end)
