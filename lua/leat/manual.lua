-- SPDX-License-Identifier: MIT
-- manual.lua - what is known of a name: `leat --help NAME` and the REPL's :help.
--
-- Operators are in core/operators.h with their examples in help.lua and their options in
-- options.lua; all other names are in vocabulary.lua.
local core = require "leat.core"
local help = require "leat.help"
local vocabulary = require "leat.vocabulary"

local manual = {}

-- The entry of a name: { name, signature, doc, holds (of operators), options, example }, or nil.
-- `json.decode` is `leat.json.decode`, too.
function manual.entry(name)
  name = name:gsub("^leat%.", ""):gsub("^%a:", "")
  for _, op in ipairs(core.operators()) do
    if op.name == name then
      local ok, options = pcall(require, "leat.options")
      op.example, op.options = help[name], ok and options[name] or nil
      return op
    end
  end
  for _, group in ipairs(vocabulary) do
    for _, entry in ipairs(group) do
      if entry.name == name then return entry end
    end
  end
end

-- What explain and the tables mean by `holds`.
local HOLDS <const> = {
  ["1"] = "constant memory",
  n = "as many items as its argument says",
  group = "the items of one group",
  keys = "one entry for each key",
  lag = "the items between its fastest and its slowest reader",
  all = "all items",
}

-- An entry as text: what it is called with, what it does and holds, its options, an example.
function manual.text(entry)
  local lines = { entry.signature, "  " .. entry.doc }
  if entry.holds then lines[#lines + 1] = "  holds " .. (HOLDS[entry.holds] or entry.holds) end
  if entry.options then
    lines[#lines + 1] = ""
    for _, option in ipairs(entry.options) do
      lines[#lines + 1] = ("  %-12s %s"):format(option[1], option[3])
    end
  end
  lines[#lines + 1] = ""
  lines[#lines + 1] = "  " .. entry.example[1]
  lines[#lines + 1] = "  --> " .. entry.example[2]
  return table.concat(lines, "\n") .. "\n"
end

-- Why there is no entry of this name.
function manual.unknown(name)
  local nearest = core.nearest(name, manual.names())
  return ("no operator '%s'%s"):format(name,
    nearest and ("; did you mean '%s'?"):format(nearest) or "")
end

-- All names, sorted.
function manual.names()
  local names = {}
  for _, op in ipairs(core.operators()) do names[#names + 1] = op.name end
  for _, group in ipairs(vocabulary) do
    for _, entry in ipairs(group) do names[#names + 1] = entry.name end
  end
  table.sort(names)
  return names
end

return manual
