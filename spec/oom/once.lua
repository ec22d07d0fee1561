return once { 1 }:count()
