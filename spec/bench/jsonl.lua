-- jsonl.lua MODE FILES...: filter on two fields, in batches; MODE is lazy or table.
local mode = table.remove(arg, 1)
local batches, items, check = 0, 0, 0
for batch in read_jsonl(arg, { records = mode })
  :filter(function(r) return r.status == "error" and r.latency_ms > 100 end)
  :batched(500)
do
  batches, items, check = batches + 1, items + #batch, check + batch[#batch].id
end
print(batches, items, check)
