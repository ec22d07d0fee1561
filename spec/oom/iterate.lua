return iterate(function(s) return s .. "x" end, ""):take(5):concat ","
