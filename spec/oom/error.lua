local ok, err = pcall(function()
  return range(5):map(function(x) return x + nil end):sum()
end)
local text = tostring(err)
if not text:find "arithmetic" then error(err, 0) end
return tostring(ok) .. #text
