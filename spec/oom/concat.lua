return from { "a", 1, 2.5 }:concat ", "
