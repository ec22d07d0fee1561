return count_from():take(7):sum()
