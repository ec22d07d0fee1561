local _, err = pcall(function() return range(3):fliter(print) end)
if tostring(err):find "not enough memory" then error(err, 0) end
return tostring(err)
