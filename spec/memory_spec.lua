-- SPDX-License-Identifier: MIT
local leat = require "leat"
local helper = require "spec.support.helper"

after_each(helper.nothing_left_open)

describe("leat.memory", function()
  it("says how many bytes are allocated, and the most there were", function()
    collectgarbage()
    local before = leat.memory { reset = true }
    local list = leat.range(helper.scaled(100000)):collect()
    local during = leat.memory()
    assert.is_true(during.now - before.now >= 8 * #list)
    assert.is_true(during.peak >= during.now)
    list = nil -- luacheck: ignore
    collectgarbage()
    local after = leat.memory()
    assert.is_true(after.now < during.now)
    assert.is_true(after.peak >= during.peak)
  end)

  it("begins the peak anew when it is told to", function()
    leat.range(helper.scaled(100000)):collect()
    collectgarbage()
    collectgarbage()
    local high = leat.memory { reset = true }
    leat.range(10):collect()
    assert.is_true(leat.memory().peak < high.peak)
  end)

  it("counts what a reader holds outside Lua's own values", function()
    local path = helper.file(("x"):rep(1 << 20) .. "\n")
    collectgarbage()
    local before = leat.memory { reset = true }.now
    leat.read_lines(path):drain()
    assert.is_true(leat.memory().peak - before >= 1 << 20)
  end)

  it("agrees with Lua about Lua's memory", function()
    collectgarbage()
    collectgarbage()
    local list = leat.range(1000):collect()
    local a, lua = leat.memory().now, collectgarbage "count" * 1024
    assert.is_true(math.abs(a - lua) < 4 << 20, a .. " " .. lua .. " " .. #list)
  end)
end)
