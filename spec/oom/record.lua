local r = read_jsonl("spec/oom/records.jsonl"):first()
local names = {}
for k in pairs(r) do names[#names + 1] = k end
r.user.name = "Zoe"
r.tags[3] = { deep = true }
r.id = nil
local copy = leat.table(r)
return #names .. tostring(r) .. copy.user.name .. tostring(leat.has(r, "gone"))
