local g <close> = generator(function()
  local sent = yield(1)
  pcall(function() yield(sent) end)
  yield "after"
end)():open()
local words = { g:status(), g:next(), g:send "x", g:peek(), g:throw "e", g:status() }
g:close()
return words[1] .. words[3] .. g:status()
