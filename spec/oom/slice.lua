return range(20):slice(2, 14, 3):sum() + range(9):step_by(4):sum()
  + range(9):drop_while(function(x) return x < 4 end)
    :take_until(function(x) return x == 6 end):sum()
