local squares = generator(function(n)
  for i = 1, n do yield(i * i) end
end)
return squares(5):map(function(x) return x + 1 end):sum()
