return read_tsv("spec/oom/records.tsv", { columns = { "a", "b", "a" }, ragged = "pad" })
  :map(function(r) return leat.json.encode(r) end):concat()
