return range(6):through(function(upstream, by)
  for x in upstream do yield(x * by) end
end, 3):sum()
