local map = range(20):to_map(function(x) return "key " .. x end, function(x) return { x } end)
return json.encode(map)
