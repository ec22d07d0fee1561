-- SPDX-License-Identifier: MIT
-- helper.lua - what every spec shares: sources that count what is done to them, sources that
-- fail, a ten-line scheduler, temporary files, and the assertions `yields` and `raises_at`.
--
-- A spec file says `after_each(helper.nothing_left_open)` once at its top: that removes the
-- temporary files, and fails when a run or a resource is still open after a garbage collection.
local core = require "leat.core"
local testing = require "leat.testing"
local lfs = require "lfs"
local luassert = require "luassert"
local say = require "say"

local helper = {}

-- LEAT_SCALE divides the heavy sizes (the suite also runs under sanitizers, about 5 times slower);
-- LEAT_SLOW=1 adds the few cases that take seconds or hundreds of megabytes.
local SCALE <const> = math.max(1, tonumber(os.getenv "LEAT_SCALE") or 1)
helper.slow = os.getenv "LEAT_SLOW" == "1"

function helper.scaled(n)
  return math.max(1, n // SCALE | 0)
end

-- The number of the line that calls it.
function helper.here()
  return debug.getinfo(2, "l").currentline
end

---------------------------------------------------------------------------------------- sources

-- As leat.testing has them: pipelines of 1..last and of 1..good, and tables that count what they
-- suffered.
helper.counting, helper.failing = testing.counting, testing.failing

-- The value that was raised: what an error object carries as cause, else the value itself.
function helper.cause(err)
  local kind = type(err)
  if kind == "table" or kind == "userdata" then
    local ok, cause = pcall(function() return err.cause end)
    if ok and cause ~= nil then return cause end
  end
  return err
end

-- Calls fn, which must fail, and returns what it raised.
function helper.failure(fn, ...)
  local ok, err = pcall(fn, ...)
  if ok then error("no error was raised", 2) end
  return err
end

---------------------------------------------------------------------------------------- scheduler

-- Runs each function in a coroutine of its own, in turns, until all have ended. An error in one
-- is raised here. Returns how often a task was resumed.
function helper.schedule(...)
  local tasks, turns = {}, 0
  for i, fn in ipairs { ... } do tasks[i] = coroutine.create(fn) end
  while #tasks > 0 do
    for i = #tasks, 1, -1 do
      turns = turns + 1
      local ok, err = coroutine.resume(tasks[i])
      if not ok then error(err, 0) end
      if coroutine.status(tasks[i]) == "dead" then table.remove(tasks, i) end
    end
  end
  return turns
end

---------------------------------------------------------------------------------------- files

local temporary = {}

local function remove_tree(path)
  if lfs.symlinkattributes(path, "mode") == "directory" then
    for name in lfs.dir(path) do
      if name ~= "." and name ~= ".." then remove_tree(path .. "/" .. name) end
    end
    lfs.rmdir(path)
  else
    os.remove(path)
  end
end

-- A new empty folder, removed after the test.
function helper.folder()
  local path = os.tmpname()
  os.remove(path)
  assert(lfs.mkdir(path))
  temporary[#temporary + 1] = path
  return path
end

function helper.write(path, text)
  local file <close> = assert(io.open(path, "wb"))
  assert(file:write(text))
  return path
end

function helper.read(path)
  local file <close> = assert(io.open(path, "rb"))
  return file:read "a"
end

-- A new file that holds text, removed after the test.
function helper.file(text, name)
  return helper.write(helper.folder() .. "/" .. (name or "data"), text)
end

-- The names in a folder, sorted.
function helper.names(folder)
  local names = {}
  for name in lfs.dir(folder) do
    if name ~= "." and name ~= ".." then names[#names + 1] = name end
  end
  table.sort(names)
  return names
end

-- The shared data sets, or nil: a spec that needs them is pending without.
function helper.data(name)
  local path = (os.getenv "LEAT_DATA" or "../shared/data") .. "/" .. name
  return lfs.attributes(path) and path
end

---------------------------------------------------------------------------------------- closing

-- What earlier tests left open is theirs, not this one's.
local left_before = 0

function helper.nothing_left_open()
  for _, path in ipairs(temporary) do remove_tree(path) end
  temporary = {}
  collectgarbage "restart" -- a failed test may have left it stopped
  if core.open_count() == left_before then return end -- two collections cost a test's time again
  local closed, message = pcall(testing.assert_closed)
  local open = core.open_count()
  local leaked = open - left_before
  left_before = open
  if leaked > 0 and not closed then
    error(("after this test, %d more than before: %s"):format(leaked, message), 0)
  end
end

---------------------------------------------------------------------------------------- assertions

-- assert.yields({ 1, 2, { "a", "b" } }, pipeline): leat.testing's, as an assertion of luassert.
local function yields(_, arguments)
  local ok, message = pcall(testing.assert_yields, arguments[1], arguments[2])
  arguments[1], arguments.n = message, 1
  return ok
end

say:set("assertion.yields.positive", "Expected other items.\n%s")
luassert:register("assertion", "yields", yields, "assertion.yields.positive")

-- assert.raises_at(line, text, fn): fn raises, and the message blames `line` of the file that fn
-- is written in and contains text (plain, or as a pattern).
local function raises_at(_, arguments)
  local line, text, fn = arguments[1], arguments[2], arguments[3]
  local place = debug.getinfo(fn, "S").short_src .. ":" .. line .. ":"
  local ok, err = pcall(fn)
  local message = ok and "(no error)" or tostring(err)
  arguments[1], arguments[2] = message, place .. " ... " .. text
  arguments.n = 2
  return not ok and message:find(place, 1, true) ~= nil
    and (message:find(text, 1, true) or message:find(text)) ~= nil
end

say:set("assertion.raises_at.positive", "Expected another error.\nRaised:\n%s\nExpected:\n%s")
luassert:register("assertion", "raises_at", raises_at, "assertion.raises_at.positive")

-- assert.raises(text, fn, ...): fn raises, and tostring of what it raised contains text.
local function raises(_, arguments)
  local text, fn = arguments[1], arguments[2]
  local ok, err = pcall(fn, table.unpack(arguments, 3, arguments.n))
  local message = ok and "(no error)" or tostring(err)
  arguments[1], arguments[2] = message, text
  arguments.n = 2
  return not ok and (message:find(text, 1, true) or message:find(text)) ~= nil
end

say:set("assertion.raises.positive", "Expected another error.\nRaised:\n%s\nExpected:\n%s")
luassert:register("assertion", "raises", raises, "assertion.raises.positive")

return helper
