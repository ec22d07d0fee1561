local p = read_jsonl("spec/oom/records.jsonl")
local function changed(r) r.more = { b = { c = 1 }, a = 2 } return r end
return p:flat_fields():map(tostring):concat " "
  .. p:map(changed):flat_fields("/"):map(tostring):concat " "
