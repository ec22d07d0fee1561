local lines = read_lines { "spec/oom/lines.gz", "spec/oom/lines.zst" }:concat ","
local latin1 = read_csv("spec/oom/latin1.csv", { encoding = "latin-1" }):first()
return { lines, latin1.a }
