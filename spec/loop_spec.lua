-- SPDX-License-Identifier: MIT
-- `for x in p`: every live loop has a run of its own; `p:iter()` closes at once.
-- luacheck: ignore 512 (loops that break are what is tested)
local leat = require "leat"
local helper = require "spec.support.helper"
local counting = helper.counting

after_each(helper.nothing_left_open)

local function gather(p)
  local items = {}
  for x in p do items[#items + 1] = x end
  return items
end

describe("a for loop over a pipeline", function()
  it("visits the items in order and ends", function()
    assert.same({ 1, 2, 3 }, gather(leat.range(3)))
    assert.same({}, gather(leat.empty()))
  end)

  it("spreads tuples over its variables", function()
    local seen = {}
    for i, letter, flag in leat.from({ "a", "b" }):enumerate():zip { true, false } do
      seen[#seen + 1] = i .. letter .. tostring(flag)
    end
    assert.same({ "1atrue", "2bfalse" }, seen)
  end)

  it("goes on past an item that is false or null", function()
    assert.same({ false, leat.null, 1 }, gather(leat.from { false, leat.null, 1 }))
  end)

  it("may assign to its own variable", function()
    local n = 0
    for x in leat.range(3) do
      n = n + x
      x = nil -- luacheck: ignore
    end
    assert.equal(6, n)
  end)

  it("closes the source at the end", function()
    local p, seen = counting(3)
    gather(p)
    assert.equal(1, seen.opens)
    assert.equal(1, seen.closes)
  end)

  it("passes an error of its own body on untouched", function()
    local mine = {}
    local err = helper.failure(function()
      for _ in leat.range(3) do error(mine) end
    end)
    assert.equal(mine, err)
  end)

  it("raises a stage's error as an error object", function()
    local mine = {}
    local err = helper.failure(function()
      for _ in leat.range(3):map(function() error(mine) end) do end
    end)
    assert.equal(mine, err.cause)
    assert.equal("map", err.stage)
  end)
end)

describe("nested loops over one pipeline", function()
  it("each have a run of their own", function()
    local p, pairs_seen = leat.range(3), {}
    for a in p do
      for b in p do pairs_seen[#pairs_seen + 1] = a .. b end
    end
    assert.same({ "11", "12", "13", "21", "22", "23", "31", "32", "33" }, pairs_seen)
  end)

  it("may be three deep", function()
    local p, n = leat.range(4), 0
    for _ in p do for _ in p do for _ in p do n = n + 1 end end end
    assert.equal(64, n)
  end)

  it("end also when the inner one breaks each time and the items are equal", function()
    local p, outer = leat.from { 1, 1, 1 }, 0
    for _ in p do
      outer = outer + 1
      for _ in p do break end
      if outer > 3 then break end
    end
    assert.equal(3, outer)
  end)

  it("close the inner run that was left by break when the same loop starts again", function()
    local p, seen = counting(3)
    for _ in p do
      for _ in p do break end
      assert.is_true(seen.now <= 2, "at most the outer and one broken inner run are open")
    end
    collectgarbage()
    collectgarbage()
    assert.equal(4, seen.opens)
    assert.is_true(seen.closes >= 3, "only the last one may wait for its frame to end")
  end)

  it("may be inside a recursive function", function()
    local p, count = leat.range(2), 0
    local function visit(depth)
      if depth == 0 then count = count + 1 return end
      for _ in p do visit(depth - 1) end
    end
    visit(6)
    assert.equal(64, count)
  end)

  it("may break inside a recursive function", function()
    local p, log = leat.range(3), {}
    local function visit(depth)
      for x in p do
        log[#log + 1] = depth .. ":" .. x
        if x == 2 then break end
        if depth < 3 then visit(depth + 1) end
      end
    end
    visit(1)
    assert.same({ "1:1", "2:1", "3:1", "3:2", "2:2", "1:2" }, log)
  end)

  it("may run in two coroutines in turns", function()
    local p, log = leat.range(3), {}
    local function task(name)
      return function()
        for x in p do
          log[#log + 1] = name .. x
          coroutine.yield()
        end
      end
    end
    helper.schedule(task "b", task "a")
    assert.same({ "a1", "b1", "a2", "b2", "a3", "b3" }, log)
  end)

  it("may follow each other in one function", function()
    local p = leat.range(3)
    assert.same({ 1, 2, 3 }, gather(p))
    for _ in p do break end
    assert.same({ 1, 2, 3 }, gather(p))
    local n = 0
    for x in p do n = n + x end
    for x in p do n = n + x end
    assert.equal(12, n)
  end)
end)

describe("a loop left by break", function()
  it("starts afresh the next time", function()
    local p, firsts = leat.range(3), {}
    for _ = 1, 3 do
      for x in p do firsts[#firsts + 1] = x break end
    end
    assert.same({ 1, 1, 1 }, firsts)
  end)

  it("is closed when the same loop starts again", function()
    local p, seen = counting(3)
    collectgarbage "stop"
    for _ = 1, 5 do
      for _ in p do break end
      assert.equal(1, seen.now)
    end
    collectgarbage "restart"
  end)

  it("is closed when its function is gone and another loop starts", function()
    local p, seen = counting(3)
    collectgarbage "stop"
    local function leave() for _ in p do return end end
    leave()
    assert.equal(1, seen.now)
    for _ in p do
      assert.equal(1, seen.now)
      break
    end
    collectgarbage "restart"
  end)

  it("is closed when it is collected", function()
    local seen
    do
      local p
      p, seen = counting(3)
      for _ in p do break end
      p = nil -- luacheck: ignore
    end
    collectgarbage()
    collectgarbage()
    assert.equal(1, seen.closes)
  end)

  it("by an error is closed when it is collected", function()
    local seen
    pcall(function()
      local p
      p, seen = counting(3)
      for _ in p do error "left" end
    end)
    collectgarbage()
    collectgarbage()
    assert.equal(1, seen.closes)
  end)
end)

describe("p:iter()", function()
  it("returns the four values of the generic for", function()
    local values = table.pack(leat.range(3):iter())
    assert.equal(4, values.n)
    local n = 0
    for x in leat.range(3):iter() do n = n + x end
    assert.equal(6, n)
  end)

  it("closes at once on break", function()
    local p, seen = counting(3)
    for x in p:iter() do if x == 2 then break end end
    assert.equal(1, seen.closes)
  end)

  it("closes at once on an error in the loop", function()
    local p, seen = counting(3)
    local err = helper.failure(function()
      for _ in p:iter() do error("mine", 0) end
    end)
    assert.equal("mine", err)
    assert.equal(1, seen.closes)
  end)

  it("closes at once on return and on goto out of the loop", function()
    local p, seen = counting(3)
    local function leave() for x in p:iter() do return x end end
    assert.equal(1, leave())
    assert.equal(1, seen.closes)
    for _ in p:iter() do goto out end
    ::out::
    assert.equal(2, seen.closes)
  end)

  it("closes once when the loop runs to the end", function()
    local p, seen = counting(3)
    for _ in p:iter() do end
    assert.equal(1, seen.closes)
  end)

  it("starts a run of its own at each call", function()
    local p, log = leat.range(2), {}
    for a in p:iter() do for b in p:iter() do log[#log + 1] = a .. b end end
    assert.same({ "11", "12", "21", "22" }, log)
  end)

  it("raises the error of a close handler when the loop was left by break", function()
    local p = leat.resource(function() return 0 end, function() return 1 end,
      function() error("close failed", 0) end)
    assert.raises("close failed", function()
      for _ in p:iter() do break end
    end)
  end)

  it("lets the loop's own error win over the close handler's", function()
    local p = leat.resource(function() return 0 end, function() return 1 end,
      function() error("close failed", 0) end)
    assert.raises("mine", function()
      for _ in p:iter() do error("mine", 0) end
    end)
  end)
end)
