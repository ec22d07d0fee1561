return read_jsonl("spec/oom/records.jsonl", { records = "table" })
  :map(function(r) return r.user.name .. #r.tags end)
  :concat()
