return range(50):sample_fraction(0.5):sample_fraction(0.5, 7):concat " "
