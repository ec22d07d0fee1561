-- What fn returns is read in its place.
return range(6):through(function(upstream, by)
  return upstream:map(function(x) return x * by end)
end, 3):sum()
