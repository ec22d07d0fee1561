-- The second pipeline is nobody's: what waits for it is let go of after a while.
local a = range(1100):tee(2)
collectgarbage()
return a:count()
