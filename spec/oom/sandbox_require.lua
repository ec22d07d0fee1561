-- A sandbox is opened; then what it has in place of Lua's own.
local co = coroutine.wrap(function(...) return select("#", coroutine.yield(...)) end)
local _, denied = pcall(io.open, "LICENSE")
if type(denied) ~= "table" or denied.code ~= "denied" then error(denied, 0) end
co(1)
return { co(1, 2), ("a1b22"):gsub("%d+", "x"), ("%5.1f"):format(2), table.concat({ 3, 2, 1 }, ","),
  range(3):map(tostring):concat "", assert(load "return 7")() }
