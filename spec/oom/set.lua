return read_jsonl("spec/oom/records.jsonl"):set {
  id = function(r) return { r.id } end,
  text = function() return '"quoted"' end,
  name = "user.name",
  n = 1.5,
}:map(tostring):concat " "
