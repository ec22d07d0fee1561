-- countdown.lua - a generator's body does not run before the first next, and then as far as yield.
--   leat examples/countdown.lua
local countdown = generator(function(n)
  print "    the body begins"
  while n > 0 do
    yield(n)
    print "    the body goes on"
    n = n - 1
  end
  return "lift-off"
end)

local pipeline = countdown(2):map(function(n) return n .. "..." end)
print "there is a pipeline"

local g <close> = pipeline:open()
print("there is a run of it:", g:status())
print("next:", g:next())
print("in between:", g:status())
print("next:", g:next())
print("next:", g:next())
print("at the end:", g:status())

-- output
-- there is a pipeline
-- there is a run of it:	new
--     the body begins
-- next:	2...
-- in between:	suspended
--     the body goes on
-- next:	1...
--     the body goes on
-- next:	nil	lift-off
-- at the end:	ended
