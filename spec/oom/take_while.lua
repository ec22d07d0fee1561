return count_from():take_while(function(x) return x < 5 end):sum()
