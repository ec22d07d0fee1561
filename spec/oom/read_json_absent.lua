return read_json({ "spec/oom/records.json", "spec/oom/records.jsonl" }, { path = '_["x y"][2]' })
  :on_error(function(err) return err.message end)
  :concat()
