local p = read_jsonl("spec/oom/records.jsonl"):select("id", "tags")
local function changed(r) r.tags = { 1, { 2 } } r.id = { r.id } return r end
local function added(r) if #r.tags > 0 then r.tags[#r.tags + 1] = { 3 } end return r end
return p:explode("tags"):map(tostring):concat " "
  .. p:map(changed):explode("tags"):map(tostring):concat " "
  .. p:map(added):explode("tags"):map(tostring):concat " "
