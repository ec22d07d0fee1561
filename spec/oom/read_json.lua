return read_json("spec/oom/records.json", { path = "data.rows" })
  :filter(function(r) return r.user.name ~= "Bob" end)
  :map(function(r) return r.id + #r.tags end)
  :sum()
