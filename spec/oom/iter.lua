local total = 0
for x in range(9):map(function(x) return x end):iter() do
  total = total + x
  if x == 5 then break end
end
for x in range(2) do
  for y in range(2) do total = total + x * y end
end
return total
