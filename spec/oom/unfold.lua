return unfold(function(n) if n < 5 then return { n }, n + 1 end end, 1):count()
