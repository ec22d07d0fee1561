return json.encode(range(40):enumerate():bottom(20):collect())
  .. range(40):bottom(20, function(x) return "key " .. x % 7 end):concat(" ")
