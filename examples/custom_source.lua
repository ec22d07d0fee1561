-- custom_source.lua - sources of your own: __iter for objects, resource for what must be closed.
--   leat examples/custom_source.lua

-- An object with __iter is taken wherever a list is. It is called for each run, and returns
-- what a generic `for` takes.
local Stack = {}
Stack.__index = Stack
Stack.__iter = function(self)
  local i = #self + 1
  return function()
    i = i - 1
    if i > 0 then return self[i] end
  end
end

local plates = setmetatable({ "blue", "white", "red" }, Stack)
print(from(plates):concat " ")
print(range(2):zip(plates):map(function(n, plate) return n .. " " .. plate end):concat ", ")

-- resource(open, next, close): nothing is open until the first item is asked for, and it is
-- closed once, whoever stops reading.
local function output_of(command)
  return resource(
    function()
      print("  open: " .. command)
      return assert(io.popen(command))
    end,
    function(pipe) return pipe:read "l" end,
    function(pipe)
      print "  close"
      pipe:close()
    end)
end

local logs = output_of "ls examples/data/logs"
for name in logs do print(name) end
print("the first", logs:first())

-- output
-- red white blue
-- 1 red, 2 white
--   open: ls examples/data/logs
-- web-1.log
-- web-2.log
-- worker-1.log
--   close
--   open: ls examples/data/logs
--   close
-- the first	web-1.log
