local _, err = pcall(function() return range(3):fliter(print) end)
if not tostring(err):find "fliter" then error(err, 0) end
return tostring(err)
