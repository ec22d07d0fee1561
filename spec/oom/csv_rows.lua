-- Rows that are only marked: read by name, filled for pairs, changed, kept; and lists.
local path <const> = "spec/oom/records.csv"
local named = read_csv(path, { columns = { "name", "ms", "ok" }, ragged = "keep", infer = true })
  :map(function(r)
    local name = r.name
    local all = {}
    for key, value in pairs(r) do all[#all + 1] = key .. tostring(value) end
    r.name = { name }
    return table.concat(all) .. r.name[1]
  end):concat()
local listed = read_csv(path, { header = false, ragged = "keep" }):collect()
return named .. listed[1][1] .. leat.json.encode(listed[2])
