return range(7):batched(nil, { max_weight = 9, weight = function(x) return x end })
  :map(function(t) return #t .. t[1] end):concat(" ")
