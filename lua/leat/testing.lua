-- SPDX-License-Identifier: MIT
-- testing.lua - for tests of pipelines: sources that count and fail, a virtual clock, assertions.
--
-- Reached as `leat.testing`. It knows no test framework: assertions raise, on the caller's line.
--
--   local testing = leat.testing
--   local orders, seen = testing.counting(3)
--   testing.assert_yields({ 2, 4, 6 }, orders:map(function(n) return 2 * n end))
--   testing.assert_closed()
--   assert(seen.opens == 1 and seen.closes == 1)
local leat = require "leat"
local core = require "leat.core"

local error, ipairs, next, pairs, pcall, select, setmetatable, tostring, type =
  error, ipairs, next, pairs, pcall, select, setmetatable, tostring, type
local rawequal, rawget, getmetatable = rawequal, rawget, getmetatable
local collectgarbage, coroutine, debug, math, table =
  collectgarbage, coroutine, debug, math, table
_ENV = nil -- no globals below this line

local testing = {}

---------------------------------------------------------------------------------------- sources

-- The `seen` of every source that is still around, for assert_closed; values are their names.
local sources = setmetatable({}, { __mode = "k" })

-- A source that counts. step(state) gives its items or raises.
local function counted(name, log, step)
  local seen = { opens = 0, pulls = 0, closes = 0, now = 0 }
  sources[seen] = name or "source"
  local function note(what)
    if log then log[#log + 1] = what .. " " .. (name or "source") end
  end
  local function open()
    seen.opens, seen.now = seen.opens + 1, seen.now + 1
    note "open"
    return { n = 0 }
  end
  local function pull(state)
    seen.pulls = seen.pulls + 1
    return step(state)
  end
  local function close(state)
    seen.closes, seen.now = seen.closes + 1, seen.now - 1
    if state.closed then error("the source '" .. (name or "source") .. "' was closed twice") end
    state.closed = true
    note "close"
  end
  return leat.resource(open, pull, close), seen
end

-- testing.counting([last[, name[, log]]]): a pipeline of 1, 2, ... last (without end if there is
-- no last), and a table that counts what it suffered, in all its runs:
--   opens, closes
--   pulls   how often an item was asked for, at its end, too
--   now     runs that are open at the moment
-- The list `log`, if there is one, hears "open name" and "close name".
function testing.counting(last, name, log)
  return counted(name, log, function(state)
    if state.n == last then return nil end
    state.n = state.n + 1
    return state.n
  end)
end

-- testing.failing([good[, cause]]): a pipeline of 1, 2, ... good that then fails: it raises
-- `cause`, any value. The table beside it counts as that of `counting`.
function testing.failing(good, cause)
  if cause == nil then cause = "the source fails" end
  return counted("failing source", nil, function(state)
    if state.n >= (good or 0) then error(cause, 0) end
    state.n = state.n + 1
    return state.n
  end)
end

---------------------------------------------------------------------------------------- the clock

local Clock <const> = { __name = "leat.clock" }
Clock.__index = Clock

-- What a sleeping task yields before the time at which it is to wake; any other yield lets the
-- other tasks go on.
local SLEEP <const> = {}

-- testing.clock([now = 0]): a clock whose time passes only when all who watch it sleep.
function testing.clock(now)
  return setmetatable({ time = now or 0, running = false }, Clock)
end

-- clock:now(): its time, in seconds.
function Clock:now() return self.time end

-- clock:sleep(seconds): in a task of clock:run, a function of a pipeline or a generator's body:
-- lets the other tasks go on until that time has passed. Returns nothing.
function Clock:sleep(seconds)
  if type(seconds) ~= "number" or seconds ~= seconds then
    error("sleep: seconds must be a number, got " .. tostring(seconds), 2)
  end
  if not self.running or not coroutine.isyieldable() then
    error("sleep: nobody runs the clock here; call it in a function given to clock:run", 2)
  end
  coroutine.yield(SLEEP, self.time + math.max(0, seconds))
end

-- clock:advance(seconds): time that passes while nobody sleeps. Who should have woken by then
-- does so at the next turn.
function Clock:advance(seconds)
  if type(seconds) ~= "number" or seconds ~= seconds or seconds < 0 then
    error("advance: seconds must be a number of 0 or more, got " .. tostring(seconds), 2)
  end
  self.time = self.time + seconds
end

-- The sleeper to wake next: the earliest, and of equals the one that fell asleep first.
local function earliest(sleepers)
  local at = 1
  for i = 2, #sleepers do
    if sleepers[i].wakes < sleepers[at].wakes then at = i end
  end
  return at
end

-- Moves the sleepers whose time has come to the end of `ready`, the earliest first.
local function wake(sleepers, ready, now)
  while #sleepers > 0 do
    local at = earliest(sleepers)
    if sleepers[at].wakes > now then return end
    ready[#ready + 1] = table.remove(sleepers, at)
  end
end

-- Closes the tasks that an error leaves behind; what their closing raises is lost.
local function abandon(...)
  for _, tasks in ipairs { ... } do
    for _, task in ipairs(tasks) do
      if coroutine.status(task.co) == "suspended" then coroutine.close(task.co) end
    end
  end
end

-- Resumes every task of `ready` once. Returns those that want to go on at once, and whether any
-- of them did more than that: slept, ended or began.
local function round(ready, sleepers)
  local again, moved = {}, false
  for i, task in ipairs(ready) do
    moved = moved or not task.began
    task.began = true
    local results = table.pack(coroutine.resume(task.co))
    if not results[1] then
      abandon(again, table.move(ready, i + 1, #ready, 1, {}), sleepers)
      error(results[2], 0)
    end
    if coroutine.status(task.co) == "dead" then
      task.results, moved = results, true
    elseif rawequal(results[2], SLEEP) then
      task.wakes, moved = results[3], true
      sleepers[#sleepers + 1] = task
    else
      again[#again + 1] = task
    end
  end
  return again, moved
end

-- clock:run(fn, ...): runs each function as a coroutine, in turns, until all have ended. When all
-- that are left sleep (or wait by yielding for one that does), the clock jumps to the time of
-- the first to wake. An error of one ends all and is raised as it is. Returns what fn returned.
function Clock:run(...)
  if self.running then error("run: the clock runs already", 2) end
  local ready, sleepers = {}, {}
  for i = 1, select("#", ...) do
    local fn = select(i, ...)
    if type(fn) ~= "function" then
      error(("run: argument %d must be a function, got %s"):format(i, type(fn)), 2)
    end
    ready[i] = { co = coroutine.create(fn) }
  end
  local first = ready[1]
  self.running = true
  local _ <close> = setmetatable({}, { __close = function() self.running = false end })
  while #ready + #sleepers > 0 do
    local moved
    ready, moved = round(ready, sleepers)
    if not moved and #sleepers > 0 then
      self.time = math.max(self.time, sleepers[earliest(sleepers)].wakes)
    end
    wake(sleepers, ready, self.time)
  end
  if first then return table.unpack(first.results, 2, first.results.n) end
end

---------------------------------------------------------------------------------------- closing

-- Calls visit(value) for everything that a Lua value leads to.
local function walk(root, visit)
  local known, waiting = { [root] = true }, { root }
  local function add(value)
    local kind = type(value)
    if (kind == "table" or kind == "function" or kind == "userdata" or kind == "thread")
      and not known[value] then
      known[value] = true
      waiting[#waiting + 1] = value
    end
  end
  local function frames(thread)
    local level = thread and 0 or 1
    while true do
      local info = thread and debug.getinfo(thread, level, "f") or
        not thread and debug.getinfo(level, "f")
      if not info then return end
      add(info.func)
      for i = 1, math.huge do
        local name, value
        if thread then name, value = debug.getlocal(thread, level, i)
        else name, value = debug.getlocal(level, i) end
        if not name then break end
        add(value)
      end
      level = level + 1
    end
  end
  frames(nil)
  while #waiting > 0 do
    local value = table.remove(waiting)
    local kind = type(value)
    visit(value)
    add(debug.getmetatable(value))
    if kind == "table" then
      for name, x in next, value do
        add(name)
        add(x)
      end
    elseif kind == "function" then
      local i = 1
      while true do
        local name, x = debug.getupvalue(value, i)
        if not name then break end
        add(x)
        i = i + 1
      end
    elseif kind == "userdata" then
      local i = 1
      while true do
        local x, there = debug.getuservalue(value, i)
        if not there then break end
        add(x)
        i = i + 1
      end
    elseif value ~= coroutine.running() then
      frames(value)
    end
  end
end

-- What is open, in words, as far as Lua can reach it.
local function open_names()
  local names = {}
  for seen, name in pairs(sources) do
    if seen.now > 0 then
      names[#names + 1] = ("'%s' (opens = %d, closes = %d)"):format(name, seen.opens, seen.closes)
    end
  end
  if debug then
    walk(debug.getregistry(), function(value)
      if type(value) ~= "userdata" or getmetatable(value) ~= "leat.generator" then return end
      local ok, status = pcall(function() return value:status() end)
      if ok and status ~= "new" and status ~= "ended" then
        names[#names + 1] = ("%s, %s"):format(tostring(value), status)
      end
    end)
  end
  table.sort(names)
  return names
end

local NAMED <const> = 8

-- Raises at `level` unless no more than `before` runs are open after a collection.
local function check_closed(before, level)
  collectgarbage()
  collectgarbage() -- the first may only have run the finalisers that let go of others
  local open = core.open_count() - before
  if open <= 0 then return end
  local names = open_names()
  if #names > NAMED then names = table.move(names, 1, NAMED, 1, {}, "...") end
  error(("%d run%s still open%s"):format(open, open == 1 and " is" or "s are",
    #names > 0 and ": " .. table.concat(names, "; ") or ""), level + 1)
end

-- testing.assert_closed([fn]): raises when, after a garbage collection, a run is still open (and
-- with it what it reads: a file, a resource), and names what is. With a function: calls it, and
-- raises when it has left more open than there was before. Returns what fn returned.
function testing.assert_closed(fn)
  if fn ~= nil and type(fn) ~= "function" then
    error("assert_closed: fn must be a function, got " .. type(fn), 2)
  end
  local before, results = 0, { n = 0 }
  if fn then before, results = core.open_count(), table.pack(fn()) end
  check_closed(before, 2)
  return table.unpack(results, 1, results.n)
end

---------------------------------------------------------------------------------------- items

-- A record as a table; any other value as it is.
local function plain(value)
  return type(value) == "userdata" and leat.table(value) or value
end

local function text_of(value)
  local ok, text = pcall(leat.json.encode, value)
  if not ok or value == nil then
    text = type(value) == "string" and ("%q"):format(value) or tostring(value)
  end
  return #text <= 400 and text or text:sub(1, 400) .. "..."
end

-- The names of two tables, those of `b` that `a` lacks behind those of `a`; the same order always.
local function names_of(a, b)
  local names = {}
  for name in next, a do names[#names + 1] = name end
  for name in next, b do if rawget(a, name) == nil then names[#names + 1] = name end end
  table.sort(names, function(x, y)
    if type(x) == "number" and type(y) == "number" then return x < y end
    return type(x) .. tostring(x) < type(y) .. tostring(y)
  end)
  return names
end

local function step_to(path, name)
  if type(name) == "string" and name:find "^[%a_][%w_]*$" then
    return path == "" and name or path .. "." .. name
  end
  return ("%s[%s]"):format(path, type(name) == "string" and ("%q"):format(name) or tostring(name))
end

-- Where two values differ by content: the path, and what is found there. nil: they are equal.
-- `pairs_seen` are the pairs of tables that are compared already, for cycles.
local function difference(a, b, path, pairs_seen)
  a, b = plain(a), plain(b)
  if rawequal(a, b) or a ~= a and b ~= b then return nil end
  if type(a) ~= "table" or type(b) ~= "table" then
    if a == b and type(a) == type(b) then return nil end
    return path, a, b
  end
  if pairs_seen[a] and pairs_seen[a][b] then return nil end
  pairs_seen[a] = pairs_seen[a] or {}
  pairs_seen[a][b] = true
  for _, name in ipairs(names_of(a, b)) do
    local where, x, y = difference(rawget(a, name), rawget(b, name), step_to(path, name),
      pairs_seen)
    if where then return where, x, y end
  end
end

-- testing.assert_yields(expected, pipeline): raises unless the pipeline (anything that `from`
-- takes) gives these items and no more. Items are compared by content: records and tables by
-- fields, a tuple as the list of its parts. It asks for one item more than expected, so an
-- endless pipeline fails, too. The message shows the first item that differs.
function testing.assert_yields(expected, pipeline)
  if type(expected) ~= "table" then
    error("assert_yields: expected must be a list of items, got " .. type(expected), 2)
  end
  local ok, given = pcall(leat.from, pipeline)
  if not ok then error("assert_yields: " .. given, 2) end
  local items = given:take(#expected + 1):collect()
  for i = 1, math.max(#expected, #items) do
    local a, b = expected[i], items[i]
    if i > #items then
      error(("item %d: expected %s, got the end"):format(i, text_of(a)), 2)
    elseif i > #expected then
      error(("item %d: expected the end, got %s"):format(i, text_of(b)), 2)
    end
    local where, x, y = difference(a, b, "", {})
    if where then
      error(("item %d: expected %s, got %s%s"):format(i, text_of(a), text_of(b),
        where == "" and "" or (" (at %s: expected %s, got %s)"):format(where, text_of(x),
          text_of(y))), 2)
    end
  end
end

return testing
