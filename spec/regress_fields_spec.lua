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

describe("a record's array that shrinks while it is read", function()
  local r
  local function grow(array)
    r = array
    for i = #r + 1, 200 do r[i] = i end
  end
  local function shrink() for i = #r, 2, -1 do r[i] = nil end end

  it("has no element behind its last one, in flatten and flat_map", function()
    for _, line in ipairs { "[1]", "[1,2,3]", '[{"a":1},{"b":2}]' } do
      local p = leat.read_jsonl(helper.file(line .. "\n")):tap(grow)
      for _, q in ipairs { p:flatten(), p:flat_map "_" } do
        assert.raises("element 2 of the list of 200 is nil", function() q:tap(shrink):drain() end)
      end
    end
  end)

  it("ends where it is a source", function()
    local p = leat.read_jsonl(helper.file "[1,2]\n"):tap(grow):flat_map(leat.from)
    assert.equal(1, p:tap(shrink):count())
  end)
end)

describe("sum, mean and concat", function()
  it("take no tuple for its first part", function()
    local p = leat.entries { a = 1, b = 2 }:enumerate()
    for _, name in ipairs { "sum", "mean" } do
      assert.raises("cannot add a tuple; " .. name .. " adds numbers, as " .. name .. '("_2") does',
        function() p[name](p) end)
    end
    assert.raises("cannot join a tuple; concat joins", function() p:concat() end)
    assert.equal(3, p:sum "_3")
  end)

  it("say how to leave out what has no number", function()
    local p = leat.read_jsonl(helper.file '{"ms":1}\n{"ms":null}\n')
    assert.raises("cannot add nil; sum adds numbers, and filter_map(f):sum() leaves out",
      function() p:sum "ms" end)
    assert.raises("cannot add null; mean adds numbers, and filter_map(f):mean()",
      function() p:pluck("ms"):mean() end)
    assert.equal(1, p:filter_map("ms"):sum())
  end)
end)

describe("a message", function()
  local here = helper.here

  it("calls a record, a pipeline, a generator and null by these names", function()
    local r, p <const> = record '{"a":1}', leat.range(3)
    assert.raises_at(here(), "take: n must be a whole number, got record", function() p:take(r) end)
    assert.raises_at(here(), "path, got pipeline", function() p:map(p) end)
    assert.raises_at(here(), "cannot iterate null", function() leat.from(leat.null) end)
    assert.raises("cannot add a record", function() leat.once(r):sum() end)
    assert.raises("this item is a generator", function() leat.once(p:open()):pluck("x"):drain() end)
    assert.raises_at(here(), "leat.table(record) makes one", function() leat.entries(r) end)
  end)

  it("names an operator's arguments as its signature does", function()
    local p = leat.range(3)
    for _, name in ipairs { "take", "drop", "take_last", "drop_last", "batched",
      "sliding_window" } do
      assert.raises(name .. ": n must be a whole number, got nothing", function() p[name](p) end)
    end
  end)

  it("guesses no name of which nothing but a letter or two is alike", function()
    for _, name in ipairs { "len", "rev", "skip", "head", "limit" } do
      local err = helper.failure(function() local p = leat.range(3) return p[name](p) end)
      assert.is_nil(tostring(err):find("did you mean", 1, true), name)
    end
    assert.raises("did you mean 'unique'?", function() return leat.range(3).uniq end)
  end)

  it("tells a map by a path that finds nothing of pluck", function()
    assert.raises("map found nothing at its path, and nil is no item; use filter_map",
      function() leat.from { { a = 1 }, {} }:map("a"):drain() end)
  end)
end)
