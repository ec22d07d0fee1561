-- SPDX-License-Identifier: MIT
-- manual.lua - what is known of a name: `leat --help NAME` and the REPL's :help.
--
-- Operators are in core/operators.h with their examples in help.lua and their options in
-- options.lua; all other names are in vocabulary.lua.
local core = require "leat.core"
local help = require "leat.help"
local options = require "leat.options"
local usage = require "leat.usage"
local vocabulary = require "leat.vocabulary"

local manual = {}

-- The entry of a name: { name, signature, doc, holds (of operators), options, example }, or nil.
-- `json.decode` is `leat.json.decode`, too.
function manual.entry(name)
  name = name:gsub("^leat%.", ""):gsub("^%a:", "")
  for _, op in ipairs(core.operators()) do
    if op.name == name then
      op.example, op.options = help[name], options[name]
      return op
    end
  end
  for _, group in ipairs(vocabulary) do
    for _, entry in ipairs(group) do
      if entry.name == name then return entry end
    end
  end
end

local WIDTH <const> = 80

-- A text in lines of WIDTH from `column` on, the first of them behind `line`.
function manual.wrapped(line, column, text)
  local lines = {}
  if line:find "%S" and #line + 2 > column then
    lines[1], line = line, ""
  end
  line = line .. (" "):rep(column - #line)
  local empty = true
  for word in text:gmatch "%S+" do
    if not empty and #line + 1 + #word > WIDTH then
      lines[#lines + 1] = line
      line, empty = (" "):rep(column), true
    end
    line = line .. (empty and "" or " ") .. word
    empty = false
  end
  lines[#lines + 1] = line
  return table.concat(lines, "\n")
end

-- An entry as text: what it is called with, what it does and holds, its options, an example.
function manual.text(entry)
  local lines = { entry.signature, "  " .. entry.doc }
  if entry.holds then
    lines[#lines + 1] = "  holds " .. (usage.holds[entry.holds] or entry.holds)
  end
  if entry.options then
    lines[#lines + 1] = "\n  options"
    for _, option in ipairs(entry.options) do
      lines[#lines + 1] = manual.wrapped("    " .. option[1], 16, option[3])
    end
  end
  lines[#lines + 1] = "\n  " .. entry.example[1]
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
