return range(5)
  :map(function(x) if x % 2 == 0 then error "even" end return x end)
  :on_error(function(err)
    if not tostring(err):find "even" then error(err, 0) end
    return 100
  end)
  :sum()
