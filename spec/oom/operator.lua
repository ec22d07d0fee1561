-- It may be there, though not all of it went well when it was made.
if not pcall(function() return range(1).twice_each end) then
  leat.operator("twice_each", function(up) for x in up do yield(x) yield(x) end end)
end
return range(3):twice_each():sum()
