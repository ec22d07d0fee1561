return type(range(3):drain())
