-- jsonl_cjson.lua FILES...: the same as jsonl.lua, by hand over lua-cjson.
local decode = require "cjson".decode
local batches, items, check = 0, 0, 0
local function use(batch)
  batches, items, check = batches + 1, items + #batch, check + batch[#batch].id
end
local batch = {}
for _, path in ipairs(arg) do
  for line in io.lines(path) do
    local r = decode(line)
    if r.status == "error" and r.latency_ms > 100 then
      batch[#batch + 1] = r
      if #batch == 500 then
        use(batch)
        batch = {}
      end
    end
  end
end
if #batch > 0 then use(batch) end
print(("%d\t%d\t%d"):format(batches, items, check))
