return from { 1, { 2, { range(2), { "a" } } }, range(3), {} }:flatten(4):concat " "
