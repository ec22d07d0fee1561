-- A sink of the host's, at the end of a run and of one that fails.
local ok, err = pcall(function()
  return range(3):map(function(n) if n == 2 then error "no" end return n end):host_put()
end)
if ok or not tostring(err):find "no" then error(err, 0) end
return host_items(3):host_put("name")
