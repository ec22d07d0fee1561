-- through.lua - stages of your own: functions that read what is above them and yield.
--   leat examples/through.lua
local function parse(lines)
  for line in lines do
    local name, joined, state = line:match "^([^#;]+); (%d+)[-%d]*; (%l+)$"
    if name then yield({ name = name, joined = joined, state = state }) end
  end
end

local function active(members)
  for member in members do
    if member.state == "active" then yield(member) end
  end
end

-- What is given to `through` after the function comes after the stream.
local function format(members, pattern)
  for member in members do
    yield(pattern:format(member.name, member.joined))
  end
end

local report = read_lines "examples/data/members.txt"
  :through(parse)
  :through(active)
  :through(format, "%-16s since %d")

for line in report do print(line) end

-- No stage waits for the one above to end: the first line of the report takes two lines of input.
print(report:first())

-- output
-- Ada Lovelace     since 2019
-- Grace Hopper     since 2020
-- Edsger Dijkstra  since 2022
-- Barbara Liskov   since 2023
-- Ada Lovelace     since 2019
