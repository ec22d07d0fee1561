return from({ 1, "2", 3.5, "4" }):pairwise():map(function(a, b) return a .. b end):concat(" ")
