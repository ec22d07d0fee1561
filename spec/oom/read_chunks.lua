return read_chunks("spec/oom/read_lines.lua"):map(function(s) return #s end):sum()
