return range(5):min() + range(5):max(function(x) return -x end)
