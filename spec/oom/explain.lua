local p = range(3):map(tostring):batched(2) return #p:explain() > 0 and tostring(p)
