return range(9):enumerate():take_last(3):count() + range(9):enumerate():drop_last(3):count()
