local p = read_jsonl("spec/oom/records.jsonl"):select("id", "tags")
local function changed(r) r.tags = { 1, { 2 } } r.id = { r.id } return r end
return p:explode("tags"):map(tostring):concat " "
  .. p:map(changed):explode("tags"):map(tostring):concat " "
