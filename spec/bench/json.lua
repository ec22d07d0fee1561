-- json.lua FILES...: the sum of a field over the elements of JSON arrays.
print(("%.3f"):format(read_json(arg):sum(function(r) return r.latency_ms end)))
