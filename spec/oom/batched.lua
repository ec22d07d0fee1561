return range(7):batched(3):map(function(t) return #t .. t[1] end):concat(" ")
