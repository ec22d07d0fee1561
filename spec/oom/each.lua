local total = 0
range(3):each(function(x) total = total + x end)
return total
