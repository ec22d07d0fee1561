-- Rows that are only marked: read by name, filled for pairs, changed, kept; and lists.
local named = read_csv("spec/oom/records.csv", { columns = { "name", "ms", "ok" }, ragged = "keep" })
  :map(function(r)
    local name = r.name
    local all = {}
    for key, value in pairs(r) do all[#all + 1] = key .. value end
    r.name = { name }
    return table.concat(all) .. r.name[1]
  end):concat()
local listed = read_csv("spec/oom/records.csv", { header = false, ragged = "keep" }):collect()
return named .. listed[1][1] .. leat.json.encode(listed[2])
