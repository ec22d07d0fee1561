return #range(9):enumerate():collect()
