return range(4):map(tostring):first()
