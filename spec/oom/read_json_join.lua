-- The source reads ahead of the join, which knows an item before it comes.
local other = range(20):map(function(i) return { id = i, n = -i } end)
return read_json("spec/oom/records.json"):join(other, "id", { how = "left" }):count()
