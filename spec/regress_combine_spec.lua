-- SPDX-License-Identifier: MIT
-- Laws that operators of the vocabulary broke once. Each spec is the shortest script that broke
-- its law.
local leat = require "leat"
local helper = require "spec.support.helper"

after_each(helper.nothing_left_open)

local function bad(at)
  return function(x) if x == at then error "bad" end return x end
end

-- Numbers to n; `log` learns when it is closed.
local function closing(n, log)
  return leat.resource(function() return { 0 } end, function(s)
    s[1] = s[1] + 1
    if s[1] <= n then return s[1] end
  end, function() log[#log + 1] = "closed" end)
end

describe("a generator that is a range, once it is closed", function()
  it("gives nothing more to the terminal that has closed it", function()
    local g, seen = leat.range(9):open(), 0
    leat.from(g):each(function()
      seen = seen + 1
      g:close()
    end)
    assert.equal(1, seen)
  end)
end)

describe("zip whose upstream has ended", function()
  it("closes its other inputs before the stages below go on", function()
    for _, name in ipairs { "zip", "zip_longest" } do
      local log = {}
      local short = leat.range(2)
      short[name](short, closing(name == "zip" and 5 or 2, log)):chain { 0 }:each(function(x)
        if x == 0 then log[#log + 1] = "chain" end
      end)
      assert.same({ "closed", "chain" }, log)
    end
  end)
end)

describe("on_error", function()
  local steps = { { 1, 1 }, { 3, 3 }, { 4, 4 } }

  it("keeps the inputs of a zip in step when its function leaves an item out", function()
    assert.yields(steps, leat.range(4):map(bad(2)):zip(leat.range(4)):on_error(function() end))
  end)

  it("keeps the inputs of a zip in step when its function replaces an item", function()
    for _, name in ipairs { "zip", "zip_longest" } do
      local p = leat.range(4):map(bad(2))
      assert.yields({ { 1, 1 }, "two", { 3, 3 }, { 4, 4 } },
        p[name](p, leat.range(4)):on_error(function() return "two" end))
    end
  end)

  it("keeps a zip of a zip in step when an item fails in several inputs of the first", function()
    local p = leat.range(4):map(bad(2))
    assert.yields({ { 1, 1, 1 }, { 3, 3, 3 }, { 4, 4, 4 } },
      p:zip(p):zip(leat.range(4)):on_error "skip")
  end)

  it("lets a zip below miss nothing for an item that join or product would have held", function()
    local p = leat.range(3):map(bad(2))
    assert.yields({ { 1, 1, "a" }, { 3, 3, "b" } },
      leat.range(3):join(p, "_"):zip { "a", "b" }:on_error "skip")
    assert.yields({ { 0, 1, "a" }, { 0, 3, "b" } },
      leat.once(0):product(p):zip { "a", "b" }:on_error "skip")
  end)

  it("loses no tuple of zip_longest when an item fails in several inputs behind the end of the "
      .. "first", function()
    local p = leat.range(4):map(bad(2))
    assert.yields({ { 1, 1, 1 }, { leat.null, 3, 3 }, { leat.null, 4, 4 } },
      leat.once(1):zip_longest(p, p):on_error "skip")
  end)
end)

describe("an element that is nil", function()
  it("is counted among the items, whether the list is read in place or not", function()
    local holes, four = { 1, 2, nil, 4 }, leat.range(4)
    for _, p in ipairs { leat.from(holes), leat.chain({}, holes), leat.zip(four, holes) } do
      assert.equal(3, helper.failure(p.drain, p).item)
    end
    local p = leat.from(holes):map(bad(4)):on_error(function(e) return e.item end)
    assert.yields({ 1, 2, 3, 4 }, p)
  end)
end)
