local function add(list) return list[1] + #list end
return range(7):sliding_window(3):map(add):sum() .. range(9):sliding_window(2, 3):map(add):sum()
