return range(9):enumerate():last() + range(9):nth(3) + once(3):one()
