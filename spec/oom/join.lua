local function key(i) return i % 2 == 0 and "a key that is long " .. i or i end
local other = range(20):map(function(i) return { id = key(i), n = i } end):chain { { id = true } }
return read_jsonl("spec/oom/records.jsonl")
  :zip(count_from(17))
  :join(other, { left = "_2", right = "id" }, { how = "left" })
  :join({ { 18 }, { 19 }, { 19 } }, { left = "_2", right = function(x) return x[1] end })
  :map(function(_, i, row) return i .. ":" .. (row.n or row[1]) end)
  :concat " "
