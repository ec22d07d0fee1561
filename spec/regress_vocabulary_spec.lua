-- SPDX-License-Identifier: MIT
-- Laws that the vocabulary's sources and stages broke once. Each spec is the shortest script that
-- broke its law.
local leat = require "leat"
local helper = require "spec.support.helper"

after_each(helper.nothing_left_open)

-- The record that a line of JSON is.
local function record(line)
  return leat.read_jsonl(helper.file(line .. "\n")):first()
end

local function json(p)
  return p:map(tostring):concat "\n"
end

describe("explode of a record", function()
  it("puts them where the path leads, though what was assigned there is elsewhere, too", function()
    local r = record '{"b":{"tags":[1,2]},"x":0}'
    r.x = r.b
    assert.equal('{"b":{"tags":[1,2]},"x":{"tags":1}}\n{"b":{"tags":[1,2]},"x":{"tags":2}}',
      json(leat.once(r):explode "x.tags"))
  end)

  it("reads a list that was assigned from outside the record", function()
    local r = record '{"a":{"x":0},"b":{"tags":[1,{"c":[2]}]}}'
    r.a.x = r.b
    assert.equal('{"x":{"tags":1}}\n{"x":{"tags":{"c":[2]}}}',
      json(leat.once(r.a):explode "x.tags"))
  end)

  it("does not copy the list for each of its elements, however it was changed", function()
    local n = helper.scaled(100000)
    local line = '{"id":1,"list":[' .. leat.range(n):concat "," .. '],"o":{"a":[[0]]}}'
    local element, list = record(line), record(line)
    element.list[1] = 1
    list.list = leat.range(n):collect()
    local before = os.clock()
    assert.equal(n * (n + 1) // 2, leat.once(element):explode("list"):sum "list")
    assert.equal(n * (n + 1) // 2, leat.once(list):explode("list"):sum "list")
    assert.is_true(os.clock() - before < 5)
    assert.equal([=[{"id":1,"list":1,"o":{"a":[[0]]}}]=],
      tostring(leat.once(element):explode("list"):first()))
  end)
end)
