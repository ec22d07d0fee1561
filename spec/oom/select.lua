return read_jsonl("spec/oom/records.jsonl"):select("user.name", "tags", "id")
  :map(tostring):concat " "
