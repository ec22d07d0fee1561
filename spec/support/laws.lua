-- SPDX-License-Identifier: MIT
-- luacheck: ignore 512 (loops that break are what is tested)
-- laws.lua - what laws_spec and model_spec share: the lines of spec/laws, instrumented
-- functions, kinds of sources, and ways to read a pipeline.
--
-- A line says how an operator is used and what must come out (spec/support/model.lua):
--
--   build   the operator behind p:       function(p, fn, k, q) return pipeline end
--           of a source:                 function(fn, k) return pipeline end
--   run     of a terminal instead:       function(p, fn, k) return results end
--   model   the same, naively:           function(pull, give, k, pull_second) ... end
--           of a source:                 function(give, k) ... end
--           of a terminal:               function(pull, k) return results end
--
-- `fn` is put around every function of the user: fn(function(x) ... end). So the laws count its
-- calls, have it yield and raise. k is 1 to 5, for whatever argument there is.
-- An operator with several faces has a list of lines instead of one. Further fields, all optional:
--
--   title       what tells this line from the operator's others
--   item        function(i): the i-th item to feed it with, when a number will not do
--   numbers     true: numbers only (no tuples, strings, false, null)
--   tuples      false: no tuples;  function(i): the i-th tuple
--   texts       false: no strings
--   odd         false: neither false nor null
--   second      function(i): the items of a second input, which build gets as q
--   once        true: what build returns can be read only once; "live": reading goes on
--   yields      false: its functions cannot yield to the host
--   calls_on_failure, calls_on_closing
--               its functions are not called while items pass, but then
--   skips       false: an item that fails above it, and is left out below it, leaves a trace: it
--               is a border of on_error, or keeps its inputs in step
--   chains      false: its model is wrong where stages above it fail
--   itself      false: its model is wrong behind one of its kind
--   group       of holds = "group": function(k) how many items may be alive
--   calls_ahead true: its functions may be called before its first item is asked for
local core = require "leat.core"
local leat = require "leat"
local helper = require "spec.support.helper"
local model = require "spec.support.model"

local laws = {}

-- Where each pull costs a garbage collection (stress) or is valgrind's, a few of many alike stand
-- for all.
laws.brief = helper.scaled(100) < 10
function laws.some(list) return laws.brief and { list[1] } or list end

---------------------------------------------------------------------------------------- lines

local FOLDER <const> = "spec/laws/"

-- name -> list of lines. Each line gets `name`, `operator` (what the core says of it), `label`.
local function read_lines()
  local known = {}
  for _, file in ipairs(helper.names(FOLDER)) do
    for name, lines in pairs(dofile(FOLDER .. file)) do
      assert(not known[name], name .. " has lines in two files of " .. FOLDER)
      known[name] = lines.model and { lines } or lines
    end
  end
  return known
end

-- Lists of lines in the order of the core's list, by family: source, stage (with combine),
-- terminal; and the names of operators that have none.
function laws.read()
  local known, missing = read_lines(), {}
  local families = { source = {}, stage = {}, combine = {}, fork = {}, terminal = {} }
  for _, operator in ipairs(core.operators()) do
    local lines = known[operator.name]
    known[operator.name] = nil
    if not lines and families[operator.family] then missing[#missing + 1] = operator.name end
    for _, line in ipairs(lines or {}) do
      line.name, line.operator = operator.name, operator
      line.label = operator.name .. (line.title and ", " .. line.title or "")
      local family = line.run and "terminal" or families[operator.family] and operator.family
      table.insert(families[family or "stage"], line)
    end
  end
  for _, name in ipairs { "combine", "fork" } do
    table.move(families[name], 1, #families[name], #families.stage + 1, families.stage)
  end
  return families, missing, known
end

---------------------------------------------------------------------------------------- functions

-- `fn` of the lines. The table counts `calls`; it does what its fields say at the time of a call:
-- wait() is called, and at call number raise_at `raised` is raised.
function laws.instrument()
  local state = { calls = 0, used = false }
  return function(f)
    state.used = true
    return function(...)
      state.calls = state.calls + 1
      if state.wait then state.wait() end
      if state.raise_at == state.calls then error(state.raised, 0) end
      return f(...)
    end
  end, state
end

-- A function that does nothing, and `fn` that leaves functions as they are.
function laws.plain(f) return f end

---------------------------------------------------------------------------------------- sources

local function item_of(line) return line.item or function(i) return i end end

local function second_of(line) return line.second end

local function tuple_of(line)
  if type(line.tuples) == "function" then return line.tuples end
  return function(i) return model.tuple(item_of(line)(i), -i) end
end

local function list_of(item, last)
  local list = {}
  for i = 1, last do list[i] = item(i) end
  return list
end

local function odd(i)
  local values = { false, 1, false, leat.null, true, 2 }
  return values[(i - 1) % #values + 1]
end

-- Kinds of sources: build(line, last) gives a pipeline of `last` items, item(line) the function
-- that says which. `once`: can be read only once. `fits`: for which lines.
laws.kinds = {
  { name = "a list", brief = true, item = item_of,
    build = function(line, last) return leat.from(list_of(item_of(line), last)) end },
  { name = "a range", brief = true, item = item_of,
    build = function(line, last)
      return line.item and leat.range(last):map(line.item) or leat.range(last)
    end },
  { name = "a Lua iterator", item = item_of, once = true,
    build = function(line, last)
      local i = 0
      return leat.from(function()
        i = i + 1
        if i <= last then return item_of(line)(i) end
      end)
    end },
  { name = "a generator", brief = true, item = item_of,
    build = function(line, last)
      return leat.generator(function()
        for i = 1, last do leat.yield(item_of(line)(i)) end
      end)()
    end },
  { name = "a delegate", item = item_of,
    build = function(line, last)
      local inner = leat.generator(function()
        for i = 2, last do leat.yield(item_of(line)(i)) end
      end)
      return leat.generator(function()
        if last > 0 then leat.yield(item_of(line)(1)) end
        leat.yield_from(inner())
      end)()
    end },
  { name = "tuples", brief = true, item = tuple_of,
    fits = function(line) return not line.numbers and line.tuples ~= false end,
    build = function(line, last)
      return leat.generator(function()
        for i = 1, last do leat.yield(model.parts(tuple_of(line)(i))) end
      end)()
    end },
  { name = "tuples of an iterator", item = tuple_of, once = true,
    fits = function(line) return not line.numbers and line.tuples ~= false end,
    build = function(line, last)
      local i = 0
      return leat.from(function()
        i = i + 1
        if i <= last then return model.parts(tuple_of(line)(i)) end
      end)
    end },
  { name = "lines of a file", item = function() return tostring end,
    fits = function(line) return not (line.numbers or line.item or line.texts == false) end,
    build = function(_, last)
      return leat.read_lines(helper.file(table.concat(list_of(tostring, last), "\n")))
    end },
  { name = "false and null", item = function() return odd end,
    fits = function(line) return not (line.numbers or line.item or line.odd == false) end,
    build = function(_, last) return leat.from(list_of(odd, last)) end },
}

-- Pipelines whose source counts (helper.counting), of the line's items; `settings`: last, log,
-- name, item, wait (called in each pull), cause (raised at the end), spy (hears each item).
function laws.counting(line, settings)
  local seen = { opens = 0, pulls = 0, closes = 0, items = 0 }
  local item = settings.item or item_of(line)
  local function note(what)
    if settings.log then table.insert(settings.log, what .. " " .. (settings.name or "first")) end
  end
  return leat.resource(
    function()
      seen.opens = seen.opens + 1
      note "open"
      return { n = 0 }
    end,
    function(state)
      seen.pulls = seen.pulls + 1
      if settings.wait then settings.wait() end
      if state.n == settings.last then
        if settings.cause ~= nil then error(settings.cause, 0) end
        return nil
      end
      state.n, seen.items = state.n + 1, seen.items + 1
      local x = item(state.n)
      if settings.spy then settings.spy(x, state.n) end
      return model.parts(x)
    end,
    function(state)
      if state.closed then error "the state was closed twice" end
      state.closed = true
      seen.closes = seen.closes + 1
      note "close"
    end), seen
end

local SECOND <const> = 4 -- items of a second input
laws.SECOND = SECOND

-- The operator of the line between counted sources: the pipeline, what the first source saw, what
-- the second did, and the state of its functions. `settings` as of counting, and k.
function laws.counted(line, settings)
  local fn, state = laws.instrument()
  local p, seen = laws.counting(line, settings)
  local q, seen_second
  if line.second then
    q, seen_second = laws.counting(line,
      { last = SECOND, log = settings.log, name = "second", item = second_of(line),
        wait = settings.wait })
  end
  seen_second = seen_second or { opens = 0, pulls = 0, closes = 0 }
  return line.build(p, fn, settings.k, q), seen, seen_second, state
end

-- The operator of the line behind p.
function laws.behind(line, p, k, fn)
  local q = line.second and leat.range(SECOND):map(second_of(line))
  return line.build(p, fn or laws.plain, k, q)
end

-- Puts the line's model behind a pull function.
function laws.model(line, pull, k)
  local second, seen
  if line.second then second, seen = model.source(second_of(line), SECOND) end
  return model.stream(line.model, pull, k, second), seen or { pulls = 0 }
end

-- What the model gives for `last` items (cause: raised after them): the list, what follows as an
-- error, and for each item how much had been pulled from the first and the second source; the
-- last entries are at the end. At most `most` items.
function laws.expected(line, k, item, last, cause, most)
  local source, seen = model.source(item, last, cause)
  local pull, second = laws.model(line, source, k)
  local items, pulls, err = {}, {}, nil
  while not most or #items < most do
    local ok, x = pcall(pull)
    pulls[#pulls + 1] = { seen.pulls, second.pulls }
    if not ok then err = x end
    if not ok or x == nil then break end
    items[#items + 1] = x
  end
  return items, err, pulls
end

-- Does it give an item before it has seen all? Then it is asked to work on an endless source.
local FAR <const> = 300
function laws.gives_early(line, k)
  local _, _, pulls = laws.expected(line, k, item_of(line), FAR, nil, 1)
  return pulls[1][1] <= FAR
end

laws.item_of = item_of

---------------------------------------------------------------------------------------- reading

-- Each returns the items (tuples marked) and the error.
laws.reads = {
  each = function(p)
    local got = {}
    local ok, err = pcall(p.each, p, function(...) got[#got + 1] = model.tuple(...) end)
    return got, not ok and err or nil
  end,
  loop = function(p)
    local got = {}
    local ok, err = pcall(function()
      for a, b, c, d, e, f in p do got[#got + 1] = model.trimmed(a, b, c, d, e, f) end
    end)
    return got, not ok and err or nil
  end,
  iter = function(p)
    local got = {}
    local ok, err = pcall(function()
      for a, b, c, d, e, f in p:iter() do got[#got + 1] = model.trimmed(a, b, c, d, e, f) end
    end)
    return got, not ok and err or nil
  end,
  next = function(p)
    local got, g = {}, p:open()
    local ok, err = pcall(function()
      local function add(...)
        if (...) == nil then return false end
        got[#got + 1] = model.tuple(...)
        return true
      end
      while add(g:next()) do end -- luacheck: ignore 542
    end)
    for _ = 1, 3 do assert((g:next()) == nil, "an item after the end") end
    assert(g:status() == "ended")
    return got, not ok and err or nil
  end,
  peek = function(p)
    local got, g = {}, p:open()
    local ok, err = pcall(function()
      while (g:peek()) ~= nil do
        local seen = model.show(model.tuple(g:peek()))
        got[#got + 1] = model.tuple(g:next())
        assert(model.show(got[#got]) == seen, "peek and next differ")
      end
    end)
    g:close()
    return got, not ok and err or nil
  end,
}

-- A terminal, and what reads item by item.
laws.ways = { "each", "loop", "iter", "next", "peek" }

-- Ways to leave a pipeline when `wanted` items have come: each returns them.
laws.leaves = {
  take = function(p, wanted) return (laws.reads.each(p:take(wanted))) end,
  iter = function(p, wanted)
    local got = {}
    for a, b, c, d, e, f in p:iter() do
      got[#got + 1] = model.trimmed(a, b, c, d, e, f)
      if #got == wanted then break end
    end
    return got
  end,
  close = function(p, wanted)
    local got, g = {}, p:open()
    for i = 1, wanted do got[i] = model.tuple(g:next()) end
    g:close()
    g:close()
    assert((g:next()) == nil, "an item after the end")
    return got
  end,
  error = function(p, wanted)
    local got, object = {}, {}
    local err = helper.failure(function()
      p:each(function(...)
        got[#got + 1] = model.tuple(...)
        if #got == wanted then error(object) end
      end)
    end)
    assert(rawequal(object, err.cause) and err.stage == "each" and err.code == "callback")
    return got, err
  end,
}
laws.leave_ways = { "take", "iter", "close", "error" }

if laws.brief then
  laws.ways = { "each", "next" }
  local kinds = laws.kinds
  laws.kinds = {}
  for _, kind in ipairs(kinds) do
    if kind.brief then laws.kinds[#laws.kinds + 1] = kind end
  end
end

return laws
