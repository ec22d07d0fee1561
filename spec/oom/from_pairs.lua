return from(pairs { x = 1 }):count()
