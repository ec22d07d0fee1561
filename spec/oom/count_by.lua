local function text(k, n) return tostring(k) .. n end
return range(50):count_by(function(x) return x % 40 end):map(text):concat(" ")
  .. from({ "a", true, "a", 1.5 }):count_by():map(text):concat(" ")
