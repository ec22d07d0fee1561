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

-- The section of Lua's reference manual that has a library.
local SECTIONS <const> = { coroutine = "6.2", package = "6.3", string = "6.4", utf8 = "6.5",
  table = "6.6", math = "6.7", io = "6.8", os = "6.9", debug = "6.10" }
local BASE <const> = "6.1"

-- A name of a table's, such as "decode" of json: those that begin so in `names`, without it.
local function fields_of(library, names)
  local fields = {}
  for _, name in ipairs(names) do
    fields[#fields + 1] = name:match("^" .. library .. "%.(.+)")
  end
  return fields
end

local function text_of_names(line, fields)
  return line .. "\n" .. manual.wrapped("", 2, table.concat(fields, ", ")) .. "\n"
end

-- What is to be said of a name that is Lua's: a function, or a library.
local function text_of_lua(name)
  local library, field = name:match "^([%a_][%w_]*)%.([%a_][%w_]*)$"
  local value = rawget(_G, library or name)
  if library then
    if not SECTIONS[library] or rawget(value, field) == nil then return nil end
    return ("%s\n  of Lua 5.4: section %s of its reference manual\n"):format(name,
      SECTIONS[library])
  elseif SECTIONS[name] then
    local fields = {}
    for key in next, value do fields[#fields + 1] = key end
    table.sort(fields)
    return text_of_names(("%s\n  a library of Lua 5.4: section %s of its reference manual")
      :format(name, SECTIONS[name]), fields)
  elseif name == "arg" then
    return "arg\n  a list of the arguments of the command line\n"
  elseif value ~= nil then
    return ("%s\n  of Lua 5.4: section %s of its reference manual\n"):format(name,
      name == "require" and SECTIONS.package or BASE)
  end
end

-- Tables of leat, and what is in them besides.
local TABLES <const> = {
  json = "JSON text from values, and values from JSON text",
  testing = "what tests of pipelines use; leat.testing",
  leat = "the module: all that is in scope at the prompt and in scripts of `leat`, as a table",
}

-- The help of a name, be it leat's or Lua's, as text; or nil.
function manual.help(name)
  local entry, lua = manual.entry(name), text_of_lua(name)
  if entry then -- `table` is Lua's, and leat.table
    return manual.text(entry) .. (lua and "\n" .. lua or "")
  end
  local short = name:gsub("^leat%.", "")
  local about = TABLES[short]
  if about then
    return text_of_names(("%s\n  %s"):format(name, about), name == "leat" and manual.names()
      or fields_of(short, manual.names()))
  end
  return lua
end

-- Why there is no help of this name.
function manual.unknown(name)
  local nearest = core.nearest(name, manual.names())
  return ("there is no help on '%s'%s"):format(name,
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

-- What else has help: tables, and what is Lua's.
function manual.names_of_lua()
  local names = { "json", "leat", "testing" }
  for name, value in next, _G do
    names[#names + 1] = name
    if SECTIONS[name] then
      for field in next, value do names[#names + 1] = name .. "." .. field end
    end
  end
  return names
end

return manual
