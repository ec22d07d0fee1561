return from(coroutine.create(function()
  for i = 1, 4 do coroutine.yield(i) end
end)):sum()
