return read_jsonl("spec/oom/records.jsonl")
  :filter(function(r) return r.user.name ~= "Bob" end)
  :map(function(r) return r.id + #r.tags end)
  :sum()
