-- SPDX-License-Identifier: MIT
-- Paths where f, pred or key is meant.
local leat = require "leat"
local helper = require "spec.support.helper"
local from = leat.from

after_each(helper.nothing_left_open)

local function records(text) return leat.read_jsonl(helper.file(text)) end

describe("a path", function()
  it("finds fields of records and of tables alike", function()
    assert.yields({ "Ada", "Alan" }, records '{"user":{"name":"Ada"}}\n{"user":{"name":"Alan"}}\n'
      :map "user.name")
    assert.yields({ 1, 2 }, from { { a = { b = 1 } }, { a = { b = 2 } } }:map "a.b")
  end)

  it("counts elements from 1, and from the end with a minus", function()
    local p = records '{"items":[1,[2,3]]}\n'
    assert.equal(1, p:map("items[1]"):first())
    assert.equal(3, p:map("items[-1][-1]"):first())
    assert.equal(3, p:map(" items [ 2 ] [2] "):first())
    assert.equal(2, from { { 1, 2 } }:map("_[-1]"):first())
  end)

  it("names fields that are no words in quotes, with Lua's escapes", function()
    local p = from { { ["x y"] = { ["end"] = 5 }, ['"'] = 6, ["\n\u{e4}"] = 7 } }
    assert.equal(5, p:map([[_["x y"]['end'] ]]):first())
    assert.equal(6, p:map([[_["\""] ]]):first())
    assert.equal(7, p:map([[_["\x0a\u{e4}"] ]]):first())
  end)

  it("means the last part of a tuple, or the one it numbers", function()
    local p = from { { id = "a" }, { id = "b" } }:enumerate()
    assert.yields({ "a", "b" }, p:map "id")
    assert.yields({ 1, 2 }, p:map "_1")
    assert.yields({ "a", "b" }, p:map "_2.id")
    assert.yields({ 7, 8 }, from { 7, 8 }:map "_")
  end)

  it("finds nil where there is nothing, and never raises", function()
    local p = from { 1, "x", true, {}, { a = 1 }, { a = { b = leat.null } }, leat.null }
    assert.yields({}, p:filter_map "a.b")
    assert.yields({}, p:filter_map "_[3]")
    assert.yields({}, p:filter_map "_[-3]")
    assert.yields({}, p:filter_map "_3")
    assert.yields({}, records '{"a":null}\n{"a":{"b":null}}\n{"a":[1]}\n[]\n':filter_map "a.b")
    assert.equal(2, records '{"ok":true}\n{"ok":false}\n{"ok":null}\n{"ok":0}\n{}\n':filter("ok")
      :count())
  end)

  it("touches no metamethod", function()
    local trap = setmetatable({}, { __index = function() error "touched" end })
    assert.yields({}, from { { trap } }:flat_map(function(t) return t end):filter_map "a")
  end)

  it("stands for f, pred and key of every operator, but not for fn", function()
    local p = from { { n = 1, list = { 5, 6 } }, { n = 3, list = { 7 } } }
    assert.equal(4, p:sum "n")
    assert.equal(3, p:max "n")
    assert.yields({ 5, 6, 7 }, p:flat_map "list")
    assert.is_true(p:any "list[2]")
    assert.raises("tap: fn must be a function, got string", function() p:tap "n" end)
  end)

  it("is refused when it is none, with the place and why", function()
    for text, why in pairs {
      [""] = "expected a name at column 1",
      ["a..b"] = "expected a name after '.' at column 3",
      ["a > 3"] = "unexpected '>' at column 3",
      ["a b"] = "unexpected 'b' at column 3",
      ["a.end"] = [['end' is a word of the language; write ["end"] at column 2]],
      ["a[0]"] = "positions begin with 1 at column 2",
      ["a[1.5]"] = "expected a whole number or a quoted name, then ']', at column 3",
      ["a[\"x]"] = "expected a whole number or a quoted name, then ']', at column 3",
      ["_0"] = "there is no part _0",
      ["1"] = "expected a name at column 1",
    } do
      local line = helper.here() + 1
      assert.raises_at(line, why, function() leat.range(1):map(text) end)
    end
  end)

  it("may be as long as one likes", function()
    local path = "a" .. (".a"):rep(10000)
    assert.is_nil(from { { a = 1 } }:filter_map(path):first())
  end)
end)
