local function odd(x) return x % 2 == 1 end
local function size(x) return x > 7 and "big" or nil end
local function text(k, t) return k .. #t end
return range(30):group_by(function(x) return x % 9 end):map(text):concat()
  .. range(12):group_by(odd, size):map(function(k, t) return tostring(k[1]) .. #t end):concat()
