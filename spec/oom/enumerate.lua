return from { "a", "b" }:enumerate():map(function(i, x) return i .. x end):concat()
