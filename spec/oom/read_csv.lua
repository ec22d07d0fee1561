return read_csv("spec/oom/records.csv", {
  types = { ms = "number", ok = "boolean" },
  null = { "NA" },
  comment = "#",
  ragged = "keep",
}):map(function(r)
  r.extra = { r.ms }
  return leat.json.encode(r) .. tostring(leat.table(r).name)
end):concat()
