local _, err = pcall(read_jsonl, "nowhere", { header = true })
if not tostring(err):find "options: records" then error(err, 0) end
return tostring(err)
