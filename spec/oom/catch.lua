return range(5)
  :map(function(x) if x == 3 then error "three" end return x end)
  :catch(function(err)
    if not tostring(err):find "three" then error(err, 0) end
    return { 10, 20 }
  end)
  :sum()
