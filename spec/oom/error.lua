local ok, err = pcall(function()
  return range(5):map(function(x) return x + nil end):sum()
end)
local text = tostring(err)
if text:find "not enough memory" then error(err, 0) end
return tostring(ok) .. #text
