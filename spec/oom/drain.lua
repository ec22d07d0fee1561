return select("#", range(3):drain())
