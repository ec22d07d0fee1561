return read_jsonl("spec/oom/records.jsonl")
  :map(function(r) if r.user then r.user.age = 1 end return r end)
  :rename { id = "nr", user = "who" }:map(tostring):concat " "
