return range(5):scan("", function(a, x) return a .. x end):concat " "
