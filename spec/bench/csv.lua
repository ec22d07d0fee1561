-- csv.lua FILES...: the sum of one column.
print(read_csv(arg, { types = { bytes = "number" } }):sum(function(r) return r.bytes end))
