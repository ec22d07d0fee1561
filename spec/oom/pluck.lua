return read_jsonl("spec/oom/records.jsonl"):pluck("user.name"):map(tostring):concat " "
