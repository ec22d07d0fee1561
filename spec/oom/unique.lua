local function key(i)
  i = i % 50
  return i % 4 == 0 and i or i % 4 == 1 and "key " .. i or i % 4 == 2 and { i } or i % 8 == 3
end
return range(100):unique(key):sum() + range(99):unique():count()
