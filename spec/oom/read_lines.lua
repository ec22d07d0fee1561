return read_lines("spec/oom/read_lines.lua"):count()
