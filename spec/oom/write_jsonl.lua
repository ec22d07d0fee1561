return read_jsonl("spec/oom/records.jsonl")
  :map(function(r) r.seen = { 1, { a = "\n" } } return r end)
  :write_jsonl("build/oom/records.jsonl").items
