-- SPDX-License-Identifier: MIT
-- leat.operator: stages of one's own under names of their own. Operators stay for good, so each
-- test uses names that no other has.
-- luacheck: ignore 143 (methods that luacheck does not know)
local leat = require "leat"
local helper = require "spec.support.helper"
local yield, here = leat.yield, helper.here

after_each(helper.nothing_left_open)

describe("operator", function()
  it("adds through(fn) as a method of pipelines and generators", function()
    leat.operator("every_nth", function(up, n)
      local i = 0
      for x in up do
        i = i + 1
        if i % n == 0 then yield(x) end
      end
    end)
    assert.yields({ 3, 6, 9 }, leat.range(10):every_nth(3))
    assert.yields({ 4, 8 }, leat.range(10):every_nth(2):every_nth(2))
    local g <close> = leat.range(10):open()
    g:next()
    assert.yields({ 3, 5 }, g:every_nth(2):take(2))
    assert.equal(7, g:next() + 1)
  end)

  it("keeps its state to one run, takes any arguments, and yields tuples", function()
    leat.operator("labelled", function(up, ...)
      local labels, i = table.pack(...), 0
      for x in up do
        i = i % labels.n + 1
        yield(labels[i] or leat.null, x)
      end
    end)
    assert.equal("a=1 null=2 b=3", leat.range(3):labelled("a", nil, "b"):map(function(label, x)
      return tostring(label) .. "=" .. x
    end):concat " ")
    local p = leat.range(3):labelled("x", "y")
    assert.yields({ { "x", 1 }, { "y", 2 }, { "x", 3 } }, p)
    assert.yields({ { "x", 1 }, { "y", 2 }, { "x", 3 } }, p)
    assert.yields({}, leat.empty():labelled "x")
  end)

  it("shows its name in pipelines, plans and errors", function()
    leat.operator("halved", function(up)
      for x in up do
        if x % 2 == 1 then error("odd", 0) end
        yield(x // 2)
      end
    end)
    local p = leat.range(3):halved():take(9)
    assert.equal("range(3) | halved | take(9)", tostring(p))
    assert.matches("2  halved    holds 1", p:explain(), 1, true)
    local err = helper.failure(p.drain, p)
    assert.equal("halved", err.stage)
    assert.equal("odd", err.cause)
    assert.matches("halved", err.pipeline, 1, true)
  end)

  it("closes what is above it, as through does", function()
    leat.operator("first_two", function(up)
      yield(up:next())
      yield(up:next())
    end)
    local p, seen = helper.counting()
    assert.yields({ 1, 2 }, p:first_two())
    assert.equal(1, p:first_two():first())
    assert.equal(2, seen.closes)
    assert.equal(2, seen.opens)
  end)

  it("may wait for a host", function()
    leat.operator("slowly", function(up)
      for x in up do
        coroutine.yield()
        yield(x)
      end
    end)
    helper.schedule(function() assert.yields({ 1, 2 }, leat.range(2):slowly()) end)
  end)

  it("is found when its name is misspelt", function()
    leat.operator("deduplicated", function(up) leat.yield_from(up) end)
    assert.raises_at(here() + 1, "did you mean 'deduplicated'?", function()
      leat.range(1):dedupicated()
    end)
    local p = leat.range(1):open()
    assert.raises("did you mean 'deduplicated'?", function() p:deduplicatde() end)
    p:close()
  end)

  it("says so when it is called with a dot", function()
    leat.operator("dotted", function(up) leat.yield_from(up) end)
    assert.raises_at(here() + 1, "dotted: expected a pipeline before it", function()
      leat.range(1).dotted()
    end)
  end)

  it("refuses names that are taken, by itself, sources and generators too", function()
    leat.operator("taken_once", print)
    for _, name in ipairs { "taken_once", "map", "range", "open", "explain", "next", "close",
      "chain" } do
      assert.raises_at(here() + 1, "operator: there is one called '" .. name, function()
        leat.operator(name, print)
      end)
    end
  end)

  it("refuses names that cannot be written behind a colon", function()
    for _, name in ipairs { "", "a b", "1st", "a-b", "end", "function", "__index", "gr\u{fc}n",
      "a\0b" } do
      assert.raises_at(here() + 1, "cannot be written as a method's name", function()
        leat.operator(name, print)
      end)
    end
  end)

  it("refuses what is no name and what is no function", function()
    assert.raises_at(here() + 1, "operator: name must be a string, got number", function()
      leat.operator(1, print)
    end)
    assert.raises_at(here() + 1, "operator: fn must be a function, got nil", function()
      leat.operator "no_function"
    end)
    assert.raises("no operator 'no_function'", function() leat.range(1):no_function() end)
  end)
end)
