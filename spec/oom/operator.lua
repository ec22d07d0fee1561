leat.operator("twice_each", function(up) for x in up do yield(x) yield(x) end end)
return range(3):twice_each():sum()
