-- closing.lua - who opens closes: once, and as early as it can be known.
--   leat examples/closing.lua
local function counter(name)
  return resource(
    function() print("  open " .. name) return { n = 0 } end,
    function(state) state.n = state.n + 1 return state.n end,
    function() print("  close " .. name) end)
end

print "take closes what is above it before it hands on its last item"
counter "a":take(2):each(function(n) print("  got " .. n) end)

print "so does an error"
local _, err = pcall(function() counter "b":each(function() error("enough", 0) end) end)
print("  caught " .. err.cause)

print "break: a plain for is closed when its loop starts again, or when collected"
for n in counter "c" do if n == 2 then break end end
collectgarbage()

print "break: iter() closes at once"
for n in counter "d":iter() do if n == 2 then break end end
print "after the loop"

print "a generator: <close> or close()"
do
  local g <close> = counter "e":open()
  g:take(2):drain() -- a pipeline on a live generator never closes it
  print("  third: " .. g:next())
end

-- output
-- take closes what is above it before it hands on its last item
--   open a
--   got 1
--   close a
--   got 2
-- so does an error
--   open b
--   close b
--   caught enough
-- break: a plain for is closed when its loop starts again, or when collected
--   open c
--   close c
-- break: iter() closes at once
--   open d
--   close d
-- after the loop
-- a generator: <close> or close()
--   open e
--   third: 3
--   close e
