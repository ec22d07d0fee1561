local ended = 0
local total = range(3):finally(function() ended = ended + 1 end):sum()
return total + ended
