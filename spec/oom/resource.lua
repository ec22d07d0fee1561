local closed = 0
local total = resource(
  function() return { n = 0 } end,
  function(state)
    state.n = state.n + 1
    if state.n < 5 then return state.n end
  end,
  function() closed = closed + 1 end):sum()
return total + closed
