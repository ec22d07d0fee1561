-- SPDX-License-Identifier: MIT
-- Every operator against every law: the core's own list of operators times kinds of sources times
-- ways to consume. What each operator is and must give is a line in spec/laws/ (the fields of a
-- line: spec/support/laws.lua); an operator of the core that has none fails here.
-- luacheck: ignore 512 (loops that break are what is tested)
local leat = require "leat"
local core = require "leat.core"
local helper = require "spec.support.helper"
local laws = require "spec.support.laws"
local model = require "spec.support.model"
local show_list, item_of = model.show_list, laws.item_of

after_each(helper.nothing_left_open)

local lines, missing, strangers = laws.read()

local K <const> = 2    -- the argument of most lines
local LAST <const> = 9 -- items of a source: one digit each, so that text has the same order
local lasts = laws.some { LAST, 0, 1 }

-- The same items, in the words of the laws.
local function same(expected, got, ...)
  local text = table.concat({ ... }, ", ")
  assert.equal(show_list(expected), show_list(got), text)
end

local function collect_garbage()
  collectgarbage()
  collectgarbage()
end

-- Runs fn in a coroutine; how often it yielded.
local function resumed(fn)
  local co = coroutine.create(fn)
  local yields = 0
  while true do
    local ok, err = coroutine.resume(co)
    if not ok then error(err, 0) end
    if coroutine.status(co) == "dead" then return yields end
    yields = yields + 1
  end
end

local function closed(seen, ...)
  assert.equal(seen.opens, seen.closes, table.concat({ "closed once", ... }, ", "))
end

-- Of two sources that were both open when the run was left, the one opened last closes first.
local function inner_first(log, ...)
  local open = {}
  for _, entry in ipairs(log) do
    local what, name = entry:match "(%a+) (%a+)"
    if what == "open" then
      open[#open + 1] = name
    else
      assert.equal(open[#open], name, table.concat({ "inner before outer", ... }, ", "))
      open[#open] = nil
    end
  end
end

-- law(sentence, fn) is a test of its own. In brief, those of a line are one test: each test costs
-- memory, which every collection of the stress flavour goes through.
local several = {}
local function law(sentence, fn)
  if not laws.brief then return it(sentence, fn) end
  several[#several + 1] = { sentence, fn }
end

-- Ends a line's laws.
local function keeps_laws()
  local list = several
  several = {}
  if #list == 0 then return end
  it("keeps all laws", function()
    for _, entry in ipairs(list) do
      local ok, err = pcall(entry[2])
      if not ok then
        err = type(err) == "table" and err.message or err
        error(("%s: %s"):format(entry[1], tostring(err)), 0)
      end
      helper.nothing_left_open()
    end
  end)
end

describe("the laws", function()
  it("know every operator of the core, and no other", function()
    assert.same({}, missing, "add these to a file of spec/laws/")
    assert.is_nil((next(strangers)))
  end)

  it("find a signature, what it holds and a line of help for each", function()
    for _, operator in ipairs(core.operators()) do
      if operator.family ~= "internal" then
        assert.matches("^" .. operator.name, operator.signature)
        assert.is_true(#operator.doc > 5 and not operator.doc:find "%.$", operator.name)
        assert.matches("^%w+%*?$", operator.holds)
      end
    end
  end)
end)

---------------------------------------------------------------------------------------- stages

-- The name of the stage that the error names by its number.
local function stage_of(err)
  local names = {}
  for name in err.pipeline:gmatch "[%w_]+" do names[#names + 1] = name end
  return names[err.stage_number]
end

-- Does the error speak of the run that the counted source is part of?
local function is_of(err) return err.pipeline:match "^resource" end

-- How many items of the source may be alive while the operator runs, or nil: all.
local function may_hold(line, k)
  local holds = line.operator.holds:gsub("%*", "")
  if holds == "all" then return nil end
  local most = ({ ["1"] = 0, n = k, keys = 10, lag = line.lag })[holds]
  if line.group then most = line.group(k) end
  return assert(most, holds) + 6 -- what the driver and the consumer have in hand
end

-- Feeds many items; checks now and then how many of them are alive, and that what the operator
-- makes of them does not add up either.
local OFTEN <const> = laws.brief and 5 or math.max(10, helper.scaled(100))
local ENOUGH <const> = 12 -- bytes for an item: a slot of a table has 16
local function holds_what_it_says(line, k, run)
  local most = may_hold(line, k)
  if not most then return end
  local item = line.item or function(i) return { i } end
  local alive, seen, first, last = setmetatable({}, { __mode = "k" }), 0, nil, nil
  run(laws.counting(line, {
    last = 3 * OFTEN + 5,
    item = line.operator.holds:find "keys" and function(i) return item(i % 10) end or item,
    spy = function(x, i)
      local kind = type(x)
      if kind == "table" or kind == "userdata" then alive[x] = true end
      if i % OFTEN ~= 0 then return end
      collectgarbage()
      last = collectgarbage "count"
      first = first or last
      local count = 0
      for _ in pairs(alive) do count = count + 1 end
      seen = math.max(seen, count)
    end,
  }), k)
  assert.is_true(seen <= most, ("%d items alive, %s allowed"):format(seen, most))
  if not last or most == math.huge or OFTEN < 100 then return end
  local growth = (last - first) * 1024 / (2 * OFTEN)
  assert.is_true(growth <= ENOUGH, ("grew by %.1f bytes with each item"):format(growth))
end

for _, line in ipairs(lines.stage) do
  local name, once = line.name, line.once

  describe("the stage " .. line.label, function()
    law("does nothing while it is built, shown and opened, and shows its name", function()
      local p, seen, second, fn = laws.counted(line, { last = 3, k = K })
      assert.truthy(tostring(p):find(name, 1, true))
      assert.truthy(p:explain():find(name, 1, true))
      assert.equal("new", p:open():status())
      if not once then p:open():close() end
      assert.equal(0, seen.opens + second.opens + (line.calls_ahead and 0 or fn.calls))
    end)

    law("gives what the model says, of every kind of source, read in every way, and ends for good",
      function()
        local function check(kind, last, way, k)
          local expected = laws.expected(line, k, kind.item(line), last)
          local p = laws.behind(line, kind.build(line, last), k)
          same(expected, laws.reads[way](p), kind.name, last, "by " .. way)
          if way == "each" and not once and not kind.once then
            same(expected, laws.reads[way](p), kind.name, last, "again")
          end
        end
        for _, kind in ipairs(laws.kinds) do
          if not kind.fits or kind.fits(line) then
            for i, way in ipairs(laws.ways) do check(kind, LAST, way, i < 3 and i or K) end
            for last = 0, laws.brief and -1 or 1 do
              check(kind, last, "each", K)
              check(kind, last, "next", K)
            end
          end
        end
      end)

    law("pulls what the model pulls, item by item, and closes both sources once", function()
      for _, last in ipairs(lasts) do
        for _, way in ipairs(laws.ways) do
          local p, seen, second = laws.counted(line, { last = last, k = K })
          local expected, _, pulls = laws.expected(line, K, item_of(line), last)
          same(expected, laws.reads[way](p), last, way)
          assert.same(pulls[#pulls], { seen.pulls, second.pulls }, "pulls at the end by " .. way)
          closed(seen)
          closed(second)
          assert.is_true(seen.opens <= 1 and second.opens <= 1)
        end
      end
      local p, seen, second = laws.counted(line, { last = LAST, k = K })
      local expected, _, pulls = laws.expected(line, K, item_of(line), LAST)
      local g <close> = p:open()
      for i in ipairs(expected) do
        g:next()
        assert.same(pulls[i], { seen.pulls, second.pulls }, "pulls for item " .. i)
      end
    end)

    law("can be left at any item, works on an endless source, closes inner before outer", function()
      local endless = laws.gives_early(line, K)
      local last = not endless and LAST or nil
      for _, way in ipairs(laws.leave_ways) do
        for _, wanted in ipairs(laws.some { 2, 1, 5 }) do
          local log = {}
          local p, seen, second = laws.counted(line, { last = last, k = K, log = log })
          local expected, _, pulls = laws.expected(line, K, item_of(line), last, nil, wanted)
          if #expected == wanted then
            local got, err = laws.leaves[way](p, wanted)
            same(expected, got, way, wanted)
            assert.same(pulls[wanted], { seen.pulls, second.pulls }, way .. " at item " .. wanted)
            if err then assert.equal("each", stage_of(err)) end
            if err and is_of(err) then
              assert.equal(seen.items, err.item or 0, "item number")
            end
            closed(seen, way, wanted)
            closed(second, way, wanted)
            if pulls[wanted][1] <= (last or math.huge) and pulls[wanted][2] <= 4 then
              inner_first(log, way, wanted)
            end
          end
        end
      end
    end)

    law("closes what it has open when it is dropped", function()
      local all = {}
      for _, wanted in ipairs(laws.some { 2, 1 }) do
        local p, seen, second = laws.counted(line, { last = LAST, k = K })
        local g = p:open()
        for _ = 1, wanted do g:next() end
        local q, seen_loop, second_loop = laws.counted(line, { last = LAST, k = K })
        for _ in q do break end
        table.move({ seen, second, seen_loop, second_loop }, 1, 4, #all + 1, all)
      end
      collect_garbage()
      for _, seen in ipairs(all) do closed(seen) end
    end)

    law("passes the very error of its source on, after the items before it", function()
      for _, good in ipairs(laws.some { 4, 0, 1, 5 }) do
        for _, way in ipairs(laws.ways) do
          local object = { "cause" }
          local p, seen, second = laws.counted(line, { last = good, cause = object, k = K })
          local expected, cause = laws.expected(line, K, item_of(line), good, object)
          local got, err = laws.reads[way](p)
          same(expected, got, good, way)
          if cause ~= nil then
            assert.is_true(rawequal(object, err and err.cause), good .. " by " .. way)
            assert.equal("resource", err.stage)
            assert.equal("callback", err.code)
            assert.equal(good, err.item or 0)
          else
            assert.is_nil(err)
          end
          closed(seen)
          closed(second)
        end
      end
    end)

    law("passes the error of a stage above it on", function()
      local object = { "cause" }
      local item, calls = item_of(line), 0
      local p = leat.range(LAST):map(function(i)
        calls = calls + 1
        if i == 4 then error(object) end
        return item(i)
      end)
      local expected, cause = laws.expected(line, K, item, 3, object)
      local got, err = laws.reads.each(laws.behind(line, p, K))
      -- on_error "skip" takes it: what its own spec tests
      if cause ~= nil and err ~= nil then
        same(expected, got)
        assert.is_true(rawequal(object, err.cause))
        assert.equal("map", err.stage)
        assert.equal(2, err.stage_number)
        assert.equal(4, err.item)
      end
    end)

    law("works on as if they had not been when items above it fail and are left out", function()
      if line.skips == false then return end
      local item = item_of(line)
      local function bad(i) return i % 4 == 2 end
      local good = {}
      for i = 1, LAST do if not bad(i) then good[#good + 1] = item(i) end end
      local expected = laws.expected(line, K, function(i) return good[i] end, #good)
      for _, way in ipairs(laws.ways) do
        local p = leat.range(LAST):map(function(i)
          if bad(i) then error "a bad item" end
          return item(i)
        end)
        p = laws.behind(line, p, K):on_error "skip"
        same(expected, laws.reads[way](p), way)
      end
    end)

    law("fails with the very error of its function, naming itself and the item", function()
      for _, way in ipairs(laws.ways) do
        for _, at in ipairs(laws.some { 2, 1, 3 }) do
          local object = { "own" }
          local p, seen, second, fn = laws.counted(line, { last = LAST, k = K })
          if not fn.used or line.calls_on_failure or line.calls_on_closing then return end
          fn.raise_at, fn.raised = at, object
          local _, err = laws.reads[way](p)
          if fn.calls >= at then
            assert.is_true(rawequal(object, err and err.cause), way)
            assert.equal(at, fn.calls)
            assert.equal(err.stage, stage_of(err))
            if is_of(err) then
              assert.equal(name, err.stage)
              assert.equal(seen.items, err.item or 0)
            end
          end
          closed(seen, way)
          closed(second, way)
        end
      end
    end)

    law("lets its source, its functions and its consumer yield to a scheduler", function()
      local expected = laws.expected(line, K, item_of(line), 5)
      local tasks = {}
      for _, way in ipairs(laws.ways) do
        tasks[#tasks + 1] = function()
          local p, seen, second, fn = laws.counted(line,
            { last = 5, k = K, wait = coroutine.yield })
          if not line.calls_on_closing then fn.wait = coroutine.yield end
          same(expected, laws.reads[way](p:tap(coroutine.yield)), way)
          closed(seen)
          closed(second)
        end
      end
      helper.schedule(table.unpack(tasks))
      assert.is_true(resumed(tasks[1]) > 0 or #expected == 0)
    end)

    law("can be read in two runs in turns", function()
      if once then return end
      local p, seen, second = laws.counted(line, { last = 5, k = K })
      local expected = laws.expected(line, K, item_of(line), 5)
      local a <close> = p:open()
      local b <close> = p:open()
      for i = 1, #expected + 1 do
        local x, y = model.tuple(a:next()), model.tuple(b:next())
        assert.equal(model.show(expected[i]), model.show(x))
        assert.equal(model.show(expected[i]), model.show(y))
      end
      closed(seen)
      closed(second)
      assert.is_true(seen.opens == 2 or seen.pulls == 0)
    end)

    law("works in a body, a delegation, a flat_map, a zip, a chain, and behind itself", function()
      local function pipeline() return laws.behind(line, laws.kinds[1].build(line, 5), K) end
      local expected = laws.expected(line, K, item_of(line), 5)
      local function gives(p, ...) same(expected, laws.reads.each(p), ...) end
      gives(leat.generator(function()
        for a, b, c, d in pipeline() do leat.yield(model.parts(model.trimmed(a, b, c, d))) end
      end)(), "body")
      gives(leat.generator(function() leat.yield_from(pipeline()) end)(), "delegation")
      gives(leat.once(1):flat_map(function() return pipeline() end), "flat_map")
      gives(leat.zip(pipeline()), "zip")
      gives(leat.chain(pipeline()), "chain")
      gives(leat.chain({}, pipeline()), "chain")
      gives(pipeline():catch(function() end):finally(function() end):on_error "skip", "policies")
      if not line.item and not line.numbers and line.itself ~= false then
        local inner = laws.expected(line, K, item_of(line), 5)
        local twice = laws.expected(line, K, function(i) return inner[i] end, #inner)
        same(twice, laws.reads.each(laws.behind(line, pipeline(), K)), "behind itself")
      end
    end)

    law("reads a live generator on, and leaves it open", function()
      local g = laws.kinds[2].build(line, LAST):open()
      g:next()
      local function item(i) return item_of(line)(i + 1) end
      local expected = laws.expected(line, K, item, 2)
      same(expected, laws.reads.each(laws.behind(line, g:take(2), K)))
      assert.is_not_nil((g:next()))
      g:close()
    end)

    law("holds what it says", function()
      holds_what_it_says(line, K, function(p)
        for _ in laws.behind(line, p, K) do end -- luacheck: ignore 542
      end)
    end)
    keeps_laws()
  end)
end

---------------------------------------------------------------------------------------- sources

for _, line in ipairs(lines.source) do
  local once, MOST <const> = line.once, 6

  -- The first items that the model gives, and whether it ends with them.
  local function expected(k)
    local items = {}
    local pull = model.stream(function(_, give) line.model(give, k) end)
    while #items < MOST do
      local x = pull()
      if x == nil then return items, true end
      items[#items + 1] = x
    end
    return items, false
  end

  describe("the source " .. line.label, function()
    local function build(k)
      local fn, state = laws.instrument()
      return line.build(fn, k or K), state
    end
    local function whole(p) return (select(2, expected(K))) and p or p:take(MOST) end

    law("does nothing while it is built, shown and opened, and shows its name", function()
      local p, fn = build()
      assert.truthy(tostring(p):find(line.name, 1, true))
      assert.truthy(p:explain():find(line.name, 1, true))
      assert.equal("new", p:open():status())
      if not once then p:open():close() end
      assert.equal(0, line.calls_ahead and 0 or fn.calls)
    end)

    law("gives what the model says, read in every way, and ends for good", function()
      for k = 1, 3 do
        local items, ends = expected(k)
        for _, way in ipairs(laws.ways) do
          local p = build(k)
          if not ends then p = p:take(MOST) end
          same(items, laws.reads[way](p), way)
          if not once then same(items, laws.reads[way](p), "again", way) end
        end
      end
    end)

    law("says so when it can be read only once", function()
      if not once or once == "live" then return end
      local p = build()
      p:first()
      assert.raises("only once", p.first, p)
    end)

    law("can be left early in every way", function()
      local items = expected(K)
      for _, way in ipairs(laws.leave_ways) do
        for _, wanted in ipairs(laws.some { 2, 1 }) do
          local p = build()
          if #items >= wanted then
            same(table.move(items, 1, wanted, 1, {}), (laws.leaves[way](p, wanted)), way)
          end
        end
      end
      for _ in build() do break end
      build():open():next()
    end)

    law("can be read in two runs in turns", function()
      if once then return end
      local p = build()
      local items, ends = expected(K)
      local a <close> = p:open()
      local b <close> = p:open()
      for i = 1, #items + (ends and 1 or 0) do
        local x, y = model.tuple(a:next()), model.tuple(b:next())
        assert.equal(model.show(items[i]), model.show(x))
        assert.equal(model.show(items[i]), model.show(y))
      end
    end)

    law("fails with the very error of its function", function()
      for _, way in ipairs(laws.ways) do
        for _, at in ipairs(laws.some { 2, 1, 3 }) do
          local p, fn = build()
          local object = { "own" }
          fn.raise_at, fn.raised = at, object
          local _, err = laws.reads[way](whole(p))
          if fn.calls >= at then
            assert.is_true(rawequal(object, err and err.cause), way)
            assert.equal(line.name, err.stage)
            assert.equal(1, err.stage_number)
          end
        end
      end
    end)

    law("lets its functions and its consumer yield to a scheduler", function()
      local tasks, items = {}, expected(K)
      for _, way in ipairs(laws.ways) do
        tasks[#tasks + 1] = function()
          local p, fn = build()
          if line.yields ~= false then fn.wait = coroutine.yield end
          same(items, laws.reads[way](whole(p):tap(coroutine.yield)), way)
        end
      end
      helper.schedule(table.unpack(tasks))
    end)

    law("works in a body, a delegation, a flat_map, a zip and a chain", function()
      local items = expected(K)
      local function gives(p, ...) same(items, laws.reads.each(p), ...) end
      gives(leat.generator(function()
        for a, b, c in whole(build()) do leat.yield(model.parts(model.trimmed(a, b, c))) end
      end)(), "body")
      gives(leat.generator(function() leat.yield_from(whole(build())) end)(), "delegation")
      gives(leat.once(1):flat_map(function() return whole(build()) end), "flat_map")
      gives(leat.zip(whole(build())), "zip")
      gives(leat.chain({}, whole(build())), "chain")
    end)

    law("gives the same to the other operators as a list would", function()
      local items = expected(K)
      for at = laws.brief and #line.label % 9 + 1 or 1, #lines.stage, laws.brief and 9 or 1 do
        local stage = lines.stage[at]
        if not (stage.item or stage.numbers or stage.odd == false or stage.texts == false) then
          local list = laws.expected(stage, K, function(i) return items[i] end, #items)
          same(list, laws.reads.each(laws.behind(stage, whole(build()), K)), stage.label)
        end
      end
    end)
    keeps_laws()
  end)
end

---------------------------------------------------------------------------------------- terminals

for _, line in ipairs(lines.terminal) do
  -- What the model answers, as text, and the error.
  local function expected(k, item, last, cause)
    local source, seen = model.source(item, last, cause)
    local answer = table.pack(pcall(line.model, source, k))
    if not answer[1] then return nil, answer[2], seen end
    return model.show(model.tuple(table.unpack(answer, 2, answer.n))), nil, seen
  end

  local function answer(p, k, fn)
    return model.show(model.tuple(line.run(p, fn or laws.plain, k)))
  end

  describe("the terminal " .. line.label, function()
    law("answers what the model says, of every kind of source", function()
      for _, kind in ipairs(laws.kinds) do
        for _, last in ipairs(lasts) do
          if not kind.fits or kind.fits(line) then
            for k = laws.brief and 2 or 1, 2 do
              local p = kind.build(line, last)
              local text, err = expected(k, kind.item(line), last)
              if err == nil then
                assert.equal(text, answer(p, k), kind.name .. ", " .. last)
                if not kind.once and not laws.brief then
                  assert.equal(text, answer(p, k), kind.name .. ", again")
                end
              else
                assert.has_error(function() answer(p, k) end)
              end
            end
          end
        end
      end
    end)

    law("pulls what the model pulls, and opens and closes the source once, in each run", function()
      for _, last in ipairs(lasts) do
        local p, seen = laws.counting(line, { last = last })
        local _, _, wanted = expected(K, item_of(line), last)
        for run = 1, 2 do
          pcall(line.run, p, laws.plain, K)
          assert.equal(run * wanted.pulls, seen.pulls, "pulls of " .. last)
          assert.same({ run, run }, { seen.opens, seen.closes })
        end
      end
    end)

    law("closes the source when it fails, and keeps the value that was raised", function()
      for _, good in ipairs(laws.some { 3, 0, 1, 2, 4, 5 }) do
        local object = { "cause" }
        local p, seen = laws.counting(line, { last = good, cause = object })
        local text, cause = expected(K, item_of(line), good, object)
        if cause == nil then
          assert.equal(text, answer(p, K))
        else
          local err = helper.failure(line.run, p, laws.plain, K)
          if rawequal(cause, object) then
            assert.is_true(rawequal(object, err.cause))
            assert.equal("resource", err.stage)
            assert.equal(good, err.item or 0)
          end
        end
        closed(seen)
      end
    end)

    law("fails with the very error of its function, naming itself and the item", function()
      for _, at in ipairs(laws.some { 2, 1, 3 }) do
        local object = { "own" }
        local p, seen = laws.counting(line, { last = LAST })
        local fn, state = laws.instrument()
        state.raise_at, state.raised = at, object
        local ok, err = pcall(line.run, p, fn, K)
        if state.calls >= at then
          assert.is_false(ok)
          assert.is_true(rawequal(object, err.cause))
          assert.equal(line.name, err.stage)
          assert.equal(2, err.stage_number)
          assert.equal(seen.items, err.item or 0)
        end
        closed(seen)
      end
    end)

    law("lets its source and its functions yield to a scheduler", function()
      local function task()
        local p, seen = laws.counting(line, { last = 5, wait = coroutine.yield })
        local fn, state = laws.instrument()
        state.wait = coroutine.yield
        local text, err = expected(K, item_of(line), 5)
        if err == nil then
          assert.equal(text, answer(p, K, fn))
        else
          assert.has_error(function() answer(p, K, fn) end)
        end
        closed(seen)
      end
      assert.is_true(resumed(task) > 0)
      helper.schedule(task, task, task)
    end)

    law("runs in a body and in another terminal's function", function()
      local text = expected(K, item_of(line), 5)
      if not text then return end
      local function run() return answer(laws.kinds[1].build(line, 5), K) end
      assert.equal(text, leat.generator(function() leat.yield(run()) end)():first())
      assert.equal(text, leat.once(1):map(run):first())
    end)

    law("reads a live generator on, and leaves it open", function()
      local g = laws.kinds[2].build(line, LAST):open()
      g:next()
      pcall(line.run, g:take(2), laws.plain, K)
      assert.equal("suspended", g:status())
      assert.is_not_nil((g:next()))
      pcall(line.run, g, laws.plain, K)
      g:close()
    end)

    law("holds what it says", function()
      if line.numbers then return end
      holds_what_it_says(line, K, function(p) pcall(line.run, p, laws.plain, K) end)
    end)
    keeps_laws()
  end)
end
