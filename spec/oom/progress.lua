return range(3):progress():sum()
