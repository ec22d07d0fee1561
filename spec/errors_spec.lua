-- SPDX-License-Identifier: MIT
-- Errors: one object with the place, the stage and the very value raised; on_error, catch, and how
-- far they reach. (finally is in closing_spec.)
local leat = require "leat"
local helper = require "spec.support.helper"
local here, cause, failure = helper.here, helper.cause, helper.failure
local generator, yield = leat.generator, leat.yield

after_each(helper.nothing_left_open)

local function fails_at(n, what)
  return function(x)
    if x == n then error(what or "failed at " .. n, 0) end
    return x
  end
end

describe("an error object", function()
  it("carries message, stage, item number, traceback and the value raised", function()
    local object = { "mine" }
    local function culprit(x) if x == 2 then error(object) end return x end
    local err = failure(function() leat.range(3):map(culprit):drain() end)
    assert.is_true(rawequal(object, err.cause))
    assert.equal("map", err.stage)
    assert.equal(2, err.item)
    assert.is_string(err.message)
    assert.matches("errors_spec.lua:%d+", err.traceback)
    assert.matches("stack traceback", err.traceback)
  end)

  it("counts items at the source, also behind stages that drop some", function()
    local err = failure(function()
      leat.range(10):filter(function(x) return x % 3 == 0 end):map(fails_at(6)):drain()
    end)
    assert.equal(6, err.item)
    assert.equal("map", err.stage)
  end)

  it("numbers the stages in the order of the chain", function()
    local function number(p) return failure(function() p:drain() end).stage_number end
    local first = number(leat.range(3):map(fails_at(1)):map(tostring))
    local second = number(leat.range(3):map(function(x) return x end):map(fails_at(1)))
    assert.equal("integer", math.type(first))
    assert.equal(1, second - first)
  end)

  it("reads as one message with the place, the stage and the item", function()
    local line
    local err = failure(function()
      leat.range(3):map(function(x)
        line = here() if x == 2 then error "boom" end
        return x
      end):drain()
    end)
    local text = tostring(err)
    assert.matches("errors_spec.lua:" .. line .. ": boom", text, 1, true)
    assert.matches("map", text, 1, true)
    assert.matches("2", text, 1, true)
    assert.is_nil(text:find("\n", 1, true), "the traceback is not part of it")
  end)

  it("keeps a string cause as it was raised", function()
    local err = failure(function() leat.range(1):map(fails_at(1, "plain")):drain() end)
    assert.equal("plain", err.cause)
    assert.matches("plain", tostring(err), 1, true)
  end)

  it("shows a cause that has a __tostring by it", function()
    local object = setmetatable({}, { __tostring = function() return "I am the cause" end })
    local err = failure(function() leat.range(1):map(fails_at(1, object)):drain() end)
    assert.matches("I am the cause", tostring(err), 1, true)
  end)

  it("survives a __tostring that fails", function()
    local object = setmetatable({}, { __tostring = function() error "no text" end })
    local err = failure(function() leat.range(1):map(fails_at(1, object)):drain() end)
    assert.is_true(rawequal(object, err.cause))
    pcall(tostring, err)
  end)

  it("is wrapped once, by the stage nearest to the failure", function()
    local object = {}
    local err = failure(function()
      leat.range(2):map(function()
        return leat.range(5):filter(function(x)
          if x == 4 then error(object) end return true
        end):count()
      end):batched(2):each(print)
    end)
    assert.is_true(rawequal(object, err.cause))
    assert.equal("filter", err.stage)
    assert.equal(4, err.item)
  end)

  it("raised again in another stage stays itself", function()
    local first = failure(function() leat.range(3):map(fails_at(2)):drain() end)
    local second = failure(function() leat.range(1):tap(function() error(first) end):drain() end)
    assert.is_true(rawequal(first, second))
    assert.equal("map", second.stage)
  end)

  it("names the terminal whose callback failed", function()
    for name, run in pairs {
      each = function(p, f) p:each(f) end,
      fold = function(p, f) p:fold(0, f) end,
      sum = function(p, f) p:sum(f) end,
      min = function(p, f) p:min(f) end,
      max = function(p, f) p:max(f) end,
      any = function(p, f) p:any(f) end,
    } do
      local err = failure(run, leat.range(3), function() error("boom", 0) end)
      assert.equal("boom", err.cause)
      assert.equal(name, err.stage)
      assert.equal(1, err.item)
    end
  end)

  it("of a generator's body has the body's traceback", function()
    local function deep_in_the_body() error "boom" end
    local p = generator(function() yield(1) deep_in_the_body() end)()
    local err = failure(function() p:drain() end)
    assert.matches("deep_in_the_body", err.traceback, 1, true)
    assert.matches("generator", tostring(err), 1, true)
  end)

  it("of a coroutine used as a source has the coroutine's traceback", function()
    local function deep_in_the_coroutine() error "boom" end
    local co = coroutine.create(function() coroutine.yield(1) deep_in_the_coroutine() end)
    local err = failure(function() leat.from(co):drain() end)
    assert.matches("boom", tostring(err))
    assert.matches("deep_in_the_coroutine", err.traceback, 1, true)
  end)

  it("is raised by next and by a loop as by a terminal", function()
    local p = leat.range(3):map(fails_at(2, "two"))
    local g = p:open()
    assert.equal(1, g:next())
    assert.equal("two", failure(g.next, g).cause)
    assert.equal("two", failure(function() for _ in p do end end).cause)
    assert.equal("two", failure(function() for _ in p:iter() do end end).cause)
    assert.equal("two", failure(p.collect, p).cause)
  end)

  it("ends the run for good: an error never looks like an end, nor an end like an error", function()
    local g = leat.range(3):map(fails_at(2)):open()
    assert.equal(1, g:next())
    assert.is_false(pcall(g.next, g))
    assert.equal("ended", g:status())
    assert.equal(0, select("#", g:next()) - 1)
    assert.is_nil(g:next())
  end)

  it("comes after the items before it", function()
    local items = {}
    assert.has_error(function()
      leat.range(3):map(fails_at(3)):each(function(x) items[#items + 1] = x end)
    end)
    assert.same({ 1, 2 }, items)
  end)

  it("in a zip's or chain's part names the stage of that part", function()
    local bad = leat.range(3):filter(fails_at(2))
    assert.equal("filter", failure(function() leat.range(3):zip(bad):drain() end).stage)
    assert.equal("filter", failure(function() leat.once(0):chain(bad):drain() end).stage)
    assert.equal("filter", failure(function()
      leat.once(0):flat_map(function() return bad end):drain()
    end).stage)
  end)

  it("of an error without a value is an error still", function()
    local ok = pcall(function() leat.range(3):map(function() error() end):drain() end)
    assert.is_false(ok)
  end)
end)

describe("an item that is nil", function()
  it("from map is an error that names filter_map", function()
    local err = failure(function()
      leat.range(3):map(function(x) if x ~= 2 then return x end end):collect()
    end)
    assert.matches("filter_map", tostring(err), 1, true)
    assert.equal("map", err.stage)
    assert.equal(2, err.item)
  end)

  it("is not made of a callback without results either", function()
    assert.raises("filter_map", function() leat.range(1):map(function() end):collect() end)
  end)
end)

describe("wrong use", function()
  it("is refused while building, on the caller's line, naming the operator", function()
    local p = leat.range(3)
    assert.raises_at(here(), "map", function() p:map() end)
    assert.raises_at(here(), "map", function() p:map(42) end)
    assert.raises_at(here(), "filter", function() p:filter({}) end)
    assert.raises_at(here(), "reject", function() p:reject(nil) end)
    assert.raises_at(here(), "filter_map", function() p:filter_map(true) end)
    assert.raises_at(here(), "flat_map", function() p:flat_map(1) end)
    assert.raises_at(here(), "tap", function() p:tap "x" end)
    assert.raises_at(here(), "through", function() p:through(7) end)
    assert.raises_at(here(), "take_while", function() p:take_while() end)
    assert.raises_at(here(), "enumerate", function() p:enumerate "one" end)
    assert.raises_at(here(), "take", function() p:take() end)
    assert.raises_at(here(), "take", function() p:take(-1) end)
    assert.raises_at(here(), "take", function() p:take(1.5) end)
    assert.raises_at(here(), "take", function() p:take "many" end)
    assert.raises_at(here(), "drop", function() p:drop(-1) end)
    assert.raises_at(here(), "batched", function() p:batched(0) end)
    assert.raises_at(here(), "batched", function() p:batched() end)
    assert.raises_at(here(), "batched", function() p:batched(2.5) end)
    assert.raises_at(here(), "zip", function() p:zip(5) end)
    assert.raises_at(here(), "chain", function() p:chain(5) end)
    assert.raises_at(here(), "on_error", function() p:on_error "ignore" end)
    assert.raises_at(here(), "on_error", function() p:on_error() end)
    assert.raises_at(here(), "catch", function() p:catch "x" end)
    assert.raises_at(here(), "finally", function() p:finally() end)
    assert.raises_at(here(), "each", function() p:each() end)
    assert.raises_at(here(), "fold", function() p:fold() end)
    assert.raises_at(here(), "sum", function() p:sum(1) end)
    assert.raises_at(here(), "any", function() p:any {} end)
    assert.raises_at(here(), "concat", function() p:concat {} end)
    assert.raises_at(here(), "write_lines", function() p:write_lines() end)
    assert.raises_at(here(), "write_jsonl", function() p:write_jsonl(7) end)
  end)

  it("of a source is refused on the caller's line", function()
    assert.raises_at(here(), "range", function() leat.range() end)
    assert.raises_at(here(), "range", function() leat.range "3" end)
    assert.raises_at(here(), "range", function() leat.range(1, 3, 0) end)
    assert.raises_at(here(), "count_from", function() leat.count_from "a" end)
    assert.raises_at(here(), "from", function() leat.from() end)
    assert.raises_at(here(), "from", function() leat.from(42) end)
    assert.raises_at(here(), "from", function() leat.from "text" end)
    assert.raises_at(here(), "entries", function() leat.entries(3) end)
    assert.raises_at(here(), "generator", function() leat.generator {} end)
    assert.raises_at(here(), "resource", function() leat.resource(print) end)
    assert.raises_at(here(), "resource", function() leat.resource(print, print, "x") end)
    assert.raises_at(here(), "once", function() leat.once() end)
    assert.raises_at(here(), "read_lines", function() leat.read_lines() end)
    assert.raises_at(here(), "read_chunks", function() leat.read_chunks(true) end)
    assert.raises_at(here(), "read_jsonl", function() leat.read_jsonl {} end)
  end)

  it("in an option names the option and the nearest one", function()
    local p = leat.range(3)
    assert.raises_at(here(), "tail", function() p:batched(2, { tial = "drop" }) end)
    assert.raises_at(here(), "tail", function() p:batched(2, { tail = "dorp" }) end)
    assert.raises_at(here(), "strict", function() p:zip({ 1 }, { strcit = true }) end)
    assert.raises_at(here(), "records", function() leat.read_jsonl("x", { record = "table" }) end)
    assert.raises_at(here(), "records", function() leat.read_jsonl("x", { records = "tables" }) end)
  end)

  it("gives the value that was refused", function()
    assert.raises("-1", function() leat.range(3):take(-1) end)
    assert.raises("ignore", function() leat.range(3):on_error "ignore" end)
  end)
end)

describe("on_error", function()
  it("\"skip\" drops the items that fail above it", function()
    assert.yields({ 1, 3 }, leat.range(3):map(fails_at(2)):on_error "skip")
    assert.yields({ 1, 3 }, leat.range(3):filter(fails_at(2)):on_error "skip")
    assert.yields({ 1, 3 }, leat.range(3):tap(fails_at(2)):on_error "skip")
    assert.yields({ 1, 3 }, leat.range(3):filter_map(fails_at(2)):on_error "skip")
    assert.yields({ 1, 3 }, leat.range(3):flat_map(function(x)
      return { fails_at(2)(x) }
    end):on_error "skip")
  end)

  it("\"skip\" drops an item whose map returned nil", function()
    assert.yields({ 1, 3 }, leat.range(3):map(function(x)
      if x ~= 2 then return x end
    end):on_error "skip")
  end)

  it("\"skip\" may drop all, the first and the last", function()
    assert.yields({}, leat.range(3):map(error):on_error "skip")
    assert.yields({ 2, 3 }, leat.range(3):map(fails_at(1)):on_error "skip")
    assert.yields({ 1, 2 }, leat.range(3):map(fails_at(3)):on_error "skip")
  end)

  it("\"raise\" raises, also above another policy", function()
    assert.raises("failed at 2", function()
      leat.range(3):map(fails_at(2)):on_error("raise"):collect()
    end)
    assert.raises("failed at 2", function()
      leat.range(3):map(fails_at(2)):on_error("raise"):map(tostring):on_error("skip"):collect()
    end)
  end)

  it("with a function puts its value in the item's place, or drops the item for nil", function()
    local p = leat.range(4):map(function(x) if x % 2 == 0 then error(x, 0) end return x end)
    assert.yields({ 1, -2, 3, -4 }, p:on_error(function(err) return -err.cause end))
    assert.yields({ 1, 3, -4 }, p:on_error(function(err) if err.cause == 4 then return -4 end end))
  end)

  it("with a function gets the error object", function()
    local got
    leat.range(3):map(fails_at(2)):on_error(function(err) got = err end):drain()
    assert.equal("failed at 2", got.cause)
    assert.equal("map", got.stage)
    assert.equal(2, got.item)
  end)

  it("with a function that fails raises that", function()
    assert.raises("the handler", function()
      leat.range(3):map(fails_at(2)):on_error(function() error("the handler", 0) end):collect()
    end)
  end)

  it("says nothing about what is below it", function()
    assert.raises("failed at 2", function()
      leat.range(3):on_error("skip"):map(fails_at(2)):collect()
    end)
    assert.raises("failed at 2", function() leat.range(3):on_error("skip"):each(fails_at(2)) end)
  end)

  it("reaches up to the next of the same name", function()
    local p = leat.range(4):map(fails_at(1)):on_error(function() return "upper" end)
      :map(fails_at(3)):on_error(function() return "lower" end)
    assert.yields({ "upper", 2, "lower", 4 }, p)
  end)

  it("puts the replacement in at its own place, not through the stages above", function()
    local p = leat.range(3):map(fails_at(2)):map(function(x) return x * 10 end)
      :on_error(function() return "as is" end)
    assert.yields({ 10, "as is", 30 }, p)
  end)

  it("does not count a dropped item where stages above count", function()
    assert.yields({ 1, 3, 4 }, leat.range(9):map(fails_at(2)):take(3):on_error "skip")
  end)

  it("never skips a source's failure", function()
    assert.raises("no source", function()
      helper.failing(2, "no source"):on_error("skip"):collect()
    end)
    assert.raises("missing.txt", function()
      leat.read_lines("missing.txt"):on_error("skip"):collect()
    end)
    local body = generator(function() yield(1) error("body failed", 0) end)
    assert.raises("body failed", function() body():on_error("skip"):collect() end)
  end)

  it("covers the pipelines inside flat_map that came from above", function()
    local p = leat.range(2):flat_map(function(x) return leat.from({ x, -x }):map(fails_at(-1)) end)
    assert.yields({ 1, 2, -2 }, p:on_error "skip")
  end)
end)

describe("catch", function()
  it("ends the items where the failure was when fn returns nothing", function()
    assert.yields({ 1 }, leat.range(3):map(fails_at(2)):catch(function() end))
  end)

  it("goes on with the list or pipeline that fn returns", function()
    local p = leat.range(3):map(fails_at(2))
    assert.yields({ 1, 8, 9 }, p:catch(function() return { 8, 9 } end))
    assert.yields({ 1, 10, 20 }, p:catch(function() return leat.range(10, 20, 10) end))
    assert.yields({ 1 }, p:catch(function() return {} end))
  end)

  it("gets the error object", function()
    local got
    leat.range(3):map(fails_at(2)):catch(function(err) got = err end):drain()
    assert.equal("failed at 2", got.cause)
    assert.equal("map", got.stage)
  end)

  it("is not called when nothing fails", function()
    assert.yields({ 1, 2 }, leat.range(2):catch(function() error "called" end))
  end)

  it("sees only what fails above it", function()
    assert.raises("failed at 2", function()
      leat.range(3):catch(function() return { 0 } end):map(fails_at(2)):collect()
    end)
    assert.raises("failed at 2", function()
      leat.range(3):catch(function() return { 0 } end):each(fails_at(2))
    end)
  end)

  it("passes on what fn raises", function()
    assert.raises("worse", function()
      leat.range(3):map(fails_at(2)):catch(function() error("worse", 0) end):collect()
    end)
    local object = {}
    local err = failure(function()
      leat.range(3):map(fails_at(2, object)):catch(function(e) error(e) end):collect()
    end)
    assert.is_true(rawequal(object, err.cause))
  end)

  it("catches a source's failure, a missing file and a failing body", function()
    assert.yields({ 1, 2, "end" }, helper.failing(2, "no source"):catch(function()
      return { "end" }
    end))
    assert.yields({ "none" }, leat.read_lines("missing.txt"):catch(function()
      return { "none" }
    end))
    assert.yields({ 1, "end" }, generator(function()
      yield(1) error "x"
    end)():catch(function() return { "end" } end))
  end)

  it("does not see the failure of what it goes on with", function()
    local calls = 0
    assert.raises("failed at 2", function()
      leat.range(3):map(fails_at(1)):catch(function()
        calls = calls + 1
        return leat.range(3):map(fails_at(2))
      end):collect()
    end)
    assert.equal(1, calls)
  end)

  it("closes what is above before fn is called", function()
    local p, seen = helper.counting(3)
    local closes
    p:map(fails_at(2)):catch(function() closes = seen.closes end):drain()
    assert.equal(1, closes)
  end)

  it("may stand twice: the upper one first, the lower one for its handler", function()
    local p = leat.range(3):map(fails_at(2)):catch(function() error("again", 0) end)
      :catch(function(err) return { cause(err) } end)
    assert.yields({ 1, "again" }, p)
  end)

  it("comes into force in a later run again", function()
    local p = leat.range(3):map(fails_at(2)):catch(function() return { 9 } end)
    assert.yields({ 1, 9 }, p)
    assert.yields({ 1, 9 }, p)
  end)

  it("refuses a scalar to go on with", function()
    assert.raises("catch", function()
      leat.range(3):map(fails_at(2)):catch(function() return 42 end):collect()
    end)
  end)

  it("leaves items that were skipped above it alone", function()
    assert.yields({ 1, 3 }, leat.range(3):map(fails_at(2)):on_error("skip"):catch(function()
      return { 0 }
    end))
  end)

  it("lets stages behind it finish their batch", function()
    assert.yields({ { 1, 2 } }, leat.range(5):map(fails_at(3)):catch(function() end):batched(4))
  end)
end)
