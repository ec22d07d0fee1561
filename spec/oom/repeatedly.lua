return repeatedly(function() return "a", { 1 } end, 4):count()
