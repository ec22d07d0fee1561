-- csv_write.lua COLUMNS FILES...: JSONL as CSV on standard output; COLUMNS are names with commas
-- between, or "all".
local names, columns = table.remove(arg, 1), {}
for name in names:gmatch "[^,]+" do columns[#columns + 1] = name end
if names == "all" then columns = nil end
read_jsonl(arg):write_csv("-", { columns = columns, ragged = columns and "cut" })
