-- embed.lua - in any Lua 5.4, leat is a module like others.
--   eval "$(make -s env)" && lua5.4 examples/embed.lua
local leat = require "leat"

-- A function that takes whatever can be iterated: a list, a pipeline, io.lines, an object with
-- __iter; and gives a pipeline, to be read by whoever knows nothing of leat.
local function numbered(source)
  return leat.from(source):enumerate():map(function(i, x) return ("%d: %s"):format(i, x) end)
end

for line in numbered { "list", "of", "words" } do print(line) end
print(numbered(leat.range(3)):concat "; ")
print(numbered(("split these words"):gmatch "%a+"):concat "; ")

local queue = setmetatable({ "x", "y" }, { __iter = function(self)
  return function() return table.remove(self, 1) end
end })
print(numbered(queue):concat "; ", #queue)

-- Every other yield belongs to the host: a callback may wait, and the pipeline waits with it.
local task = coroutine.wrap(function()
  return leat.range(2):map(function(n) return n * coroutine.yield("task needs " .. n) end):sum()
end)
print(task())
print(task(10))
print(task(100))

-- output
-- 1: list
-- 2: of
-- 3: words
-- 1: 1; 2: 2; 3: 3
-- 1: split; 2: these; 3: words
-- 1: x; 2: y	0
-- task needs 1
-- task needs 2
-- 210
