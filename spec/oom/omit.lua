return read_jsonl("spec/oom/records.jsonl"):map(function(r) r.new = { a = { 1 } } return r end)
  :omit("id", "user.name", "new.a"):map(tostring):concat " "
