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

-- (list of paths, options or nil) -> a pipeline of all their items, one file after another.
-- Options go to every reader, so that one that does not know them refuses. No paths: standard
-- input, as JSONL.
function input.read(paths, options)
  local inputs, i = {}, 1
  if #paths == 0 then return leat.read_jsonl("-", options) end
  while i <= #paths do
    local reader, list = input.reader_of(paths[i]), {}
    repeat -- neighbours of one kind are one source
      list[#list + 1] = paths[i]
      i = i + 1
    until i > #paths or input.reader_of(paths[i]) ~= reader
    inputs[#inputs + 1] = leat[reader](list, options)
  end
  return #inputs == 1 and inputs[1] or leat.chain(table.unpack(inputs))
end

return input
