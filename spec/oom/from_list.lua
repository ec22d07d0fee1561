return from { "a", "b", false }:count()
