-- SPDX-License-Identifier: MIT
-- input.lua - what input() reads: each file by the ending of its name.
local leat = require "leat"

local input = {}

-- Ending -> name of the reader; .gz and .zst behind it make no difference. Others are JSONL.
local READERS <const> = {
  jsonl = "read_jsonl", ndjson = "read_jsonl", json = "read_json",
  csv = "read_csv", tsv = "read_tsv",
  txt = "read_lines", log = "read_lines",
}
local COMPRESSED <const> = { gz = true, zst = true }

-- (path) -> the name of its reader. "-", standard input, has no ending.
function input.reader_of(path)
  local name = path:match("[^/]*$"):lower()
  local stem, ending = name:match "^(.+)%.([^.]*)$"
  if COMPRESSED[ending] then ending = stem:match "^.+%.([^.]*)$" end
  return READERS[ending] or "read_jsonl"
end

-- What a reader has against the options, with the file that it is the reader of.
local function open(reader, list, options)
  local ok, p = pcall(leat[reader], list, options)
  if ok then return p end
  return nil, ("input, for '%s': %s"):format(list[1], p:gsub("^[^%s:]*:%d+: ", ""))
end

-- Raises on the line that called input(); of a tail call that is known to nobody.
local function fail(message)
  local caller = debug.getinfo(3, "S").short_src
  error(message, caller:find "^leat/" and 0 or 3)
end

-- (list of paths, options or nil) -> a pipeline of all their items, one file after another.
-- Options go to every reader, so that one that does not know them refuses. No paths: standard
-- input, as JSONL. Raises on its caller's line.
function input.read(paths, options)
  local inputs, i = {}, 1
  if options ~= nil and (type(options) ~= "table" or options[1] ~= nil) then
    fail(("input takes options, got %s; the files are those named on the command line, and "
      .. "read_lines(path) and the like read others"):format(type(options) == "table" and "a list"
      or "a " .. type(options)))
  end
  if #paths == 0 then paths = { "-" } end
  while i <= #paths do
    local reader, list = input.reader_of(paths[i]), {}
    repeat -- neighbours of one kind are one source
      list[#list + 1] = paths[i]
      i = i + 1
    until i > #paths or input.reader_of(paths[i]) ~= reader
    local p, message = open(reader, list, options)
    if not p then fail(message) end
    inputs[#inputs + 1] = p
  end
  return #inputs == 1 and inputs[1] or leat.chain(table.unpack(inputs))
end

return input
