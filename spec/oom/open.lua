local g <close> = generator(function()
  local sent = yield(1)
  local ok, thrown = pcall(function() yield(sent) end)
  if ok or thrown ~= "e" then error(thrown, 0) end
  yield "after"
end)():open()
local words = { g:status(), g:next(), g:send "x", g:throw "e", g:status(), g:peek() }
g:close()
return table.concat(words, " ") .. g:status()
