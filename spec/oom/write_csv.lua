-- SPDX-License-Identifier: MIT
return read_csv("spec/oom/records.csv", { ragged = "pad", comment = "#" })
  :on_error("skip")
  :chain({ { id = 1, name = 'q" \n', ok = { 1 } } })
  :map(function(r) r.ms = nil return r end)
  :write_csv("build/oom/rows.csv", { ragged = "cut", null = "NA" }).items
  .. read_jsonl("spec/oom/records.jsonl")
    :write_csv("build/oom/rows.csv.gz", { ragged = "cut" }).items
