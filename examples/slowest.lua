-- slowest.lua - the three slowest requests of each endpoint.
--   leat examples/slowest.lua [requests.jsonl]
local path = arg[1] or "examples/data/requests.jsonl"

-- Groups come in the order in which their keys were first seen.
for route, requests in read_jsonl(path):group_by "route" do
  print(("%s, %d requests"):format(route, #requests))
  for r in from(requests):top(3, "latency_ms") do
    print(("  %7.1f ms  #%-2d  %s"):format(r.latency_ms, r.id, r.user.name))
  end
end

-- output
-- /search, 7 requests
--     151.7 ms  #39  Linus
--      54.2 ms  #32  Linus
--      38.6 ms  #51  Edsger
-- /checkout, 14 requests
--     247.3 ms  #7   Grace
--     231.5 ms  #10  Linus
--     215.8 ms  #4   Grace
-- /export, 7 requests
--    1899.7 ms  #34  Edsger
--    1279.0 ms  #59  Tony
--    1245.9 ms  #25  Edsger
-- /, 6 requests
--       9.1 ms  #21  Edsger
--       7.1 ms  #56  Linus
--       4.6 ms  #8   Linus
-- /api/users, 14 requests
--      53.9 ms  #53  Edsger
--      39.7 ms  #29  Tony
--      39.4 ms  #52  Grace
-- /api/orders, 12 requests
--      94.7 ms  #23  Grace
--      72.9 ms  #47  Niklaus
--      70.8 ms  #14  Grace
