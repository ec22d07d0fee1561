return count_from(5, 5):take(3):sum()
