local _, err = pcall(read_jsonl, "nowhere", { encoding = "utf8" })
if not tostring(err):find 'got "utf8"; did you mean "utf%-8"' then error(err, 0) end
return tostring(err)
