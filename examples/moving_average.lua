-- moving_average.lua - send hands a value to a generator and returns its answer.
--   leat examples/moving_average.lua
local moving_average = generator(function(n)
  local window, sum = {}, 0
  local average
  while true do
    local x = yield(average) -- what was sent
    window[#window + 1] = x
    sum = sum + x
    if #window > n then sum = sum - table.remove(window, 1) end
    average = sum / #window
  end
end)

local smooth <close> = moving_average(3):open()
smooth:next() -- runs as far as the first yield, which waits for a value

for _, degrees in ipairs { 20, 23, 29, 26, 17, 20 } do
  print(("%d degrees, smoothed %.1f"):format(degrees, smooth:send(degrees)))
end

-- output
-- 20 degrees, smoothed 20.0
-- 23 degrees, smoothed 21.5
-- 29 degrees, smoothed 24.0
-- 26 degrees, smoothed 26.0
-- 17 degrees, smoothed 24.0
-- 20 degrees, smoothed 21.0
