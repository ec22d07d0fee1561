-- SPDX-License-Identifier: MIT
-- man.lua - writes the page of the manual, leat.1, on standard output:
--   leat src/cli/man.lua VERSION
--
-- What --help knows, too, comes from where --help takes it: core/operators.h and, in lua/leat/,
-- usage.lua, options.lua, vocabulary.lua, help.lua. The rest is said here, in the macros of man(7).
local core = require "leat.core"
local help = require "leat.help"
local options = require "leat.options"
local usage = require "leat.usage"
local vocabulary = require "leat.vocabulary"

local VERSION <const> = arg[1]
local DATE <const> = "2026-11-21" -- when the text below was last changed

-- Text as roff prints it: nothing in it is a request, and quotes stay what they are in code.
local GLYPHS <const> = { ["\\"] = "\\e", ["'"] = "\\(aq", ["`"] = "\\(ga", ["^"] = "\\(ha",
  ["~"] = "\\(ti", ["-"] = "\\-" }
local function plain(text) return (text:gsub("[\\'`^~]", GLYPHS):gsub("^%.", "\\&.")) end
local function code(text) return (text:gsub("[\\'`^~-]", GLYPHS):gsub("^%.", "\\&.")) end
local function bold(text) return "\\fB" .. code(text) .. "\\fP" end
local function italic(text) return "\\fI" .. code(text) .. "\\fP" end

-- What is typed as it stands is bold, what stands for something else is slanted.
local function signature(text)
  local rest, shown = text, {}
  local function take(pattern, style)
    local piece, after = rest:match("^(" .. pattern .. ")()")
    if not piece then return false end
    shown[#shown + 1], rest = style(piece), rest:sub(after)
    return true
  end
  if rest:find "^for " then take("for x in ", code) end
  take("[%w_.:]*", bold)
  while rest ~= "" do
    if rest:find "^ | " then
      take(" | ", code)
      take("[%w_.:]*", bold)
    elseif not (take('"[^"]*"', bold) or take("true%f[%W]", bold) or take("[%a_][%w_]* =", code)
      or take("[%a_][%w_]*", italic)) then
      take(".", code)
    end
  end
  return table.concat(shown)
end

local lines = {}
local WIDTH <const> = 78 -- of the source: mandoc complains of lines longer than 80

-- Puts requests as they are, and text in lines of WIDTH, none of which looks like a request.
local function put(...)
  for _, line in ipairs { ... } do
    while not line:find "^%." and #line > WIDTH do
      local head = line:sub(1, WIDTH):match "^(.*%S) +" or line:match "^(%S+) "
      if not head then break end
      lines[#lines + 1] = head
      line = line:sub(#head + 1):gsub("^ +", ""):gsub("^%.", "\\&.")
    end
    local heads = line == ".PP" and lines[#lines]:find "^%.S[HS] " -- which make a paragraph, too
    if not heads then lines[#lines + 1] = line end
  end
end

-- Rows { tag, text }, all texts as far in.
local function put_rows(rows, style)
  for _, row in ipairs(rows) do
    put(".TP 12", style(row[1]), (plain(row[#row]):gsub("%.?$", ".", 1)))
  end
end

-- An example in one line and what it prints. It may be broken at blanks, behind ( and before
-- methods.
local function put_example(example)
  if not example then return end
  local result = example[2] == "" and "" or " \\(-> " .. code(example[2])
  local marked = example[1]:gsub("%):", ")\0:"):gsub("%((%a)", "(\0%1")
  put(".br", "\\f(CR" .. code(marked):gsub("%z", "\\:") .. "\\fP" .. result)
end

local shown_options = {} -- options table -> the operator under which it was shown

local function put_options(op)
  local list = options[op.name]
  if not list then return end
  if shown_options[list] then
    put(".br", "Options: those of " .. bold(shown_options[list]) .. ".")
    return
  end
  shown_options[list] = op.name
  put_rows(list, bold)
end

local function put_operator(op)
  local holds = op.holds ~= "1" and "; holds " .. usage.holds[op.holds] or ""
  put(".PP", signature(op.signature), ".RS", plain(op.doc .. holds) .. ".")
  put_example(help[op.name])
  put_options(op)
  put ".RE"
end

local function put_operators()
  for _, family in ipairs(usage.families) do
    put(".SS " .. family[2])
    for _, op in ipairs(core.operators()) do
      if op.family == family[1] then put_operator(op) end
    end
  end
end

local function put_vocabulary()
  for _, chapter in ipairs(vocabulary) do
    put(".SS " .. chapter.heading)
    for _, entry in ipairs(chapter) do
      put(".PP", signature(entry.signature), ".RS", plain(entry.doc) .. ".")
      put_example(entry.example)
      put ".RE"
    end
  end
end

-- Words in capitals stand for something else, and options for themselves.
local function usage_line(text)
  local shown = {}
  for blank, word in text:gmatch "(%s*)(%S+)" do
    local style = word:find "^%-" and bold or code
    local before, name, after = word:match "^(%W*)(%u%u+)(.*)$"
    shown[#shown + 1] = blank
      .. (name and code(before) .. italic(name) .. code(after) or style(word))
  end
  return table.concat(shown)
end

local function put_synopsis()
  for i, row in ipairs(usage.synopsis) do
    if i > 1 then put ".br" end
    put((bold "leat" .. " " .. usage_line(row[1])):match "^(.-) *$")
  end
end

-- The frame. A line of the form @name is what the function of that name puts.
local FRAME <const> = [[
.SH NAME
leat \- lazy data pipelines: sources, operators and writers, chained in Lua
.SH SYNOPSIS
@synopsis
.SH DESCRIPTION
@about
.PP
A \fIpipeline\fP is a recipe.
Building it opens, reads and calls nothing; each loop over it and each method
that runs it is a run of its own.
.PP
An \fIitem\fP is one value or a \fItuple\fP of several, which spread as loop
variables and as arguments of functions.
.B nil
is never an item;
.B null
stands for it.
.PP
A \fIrecord\fP is an item out of a file of JSON or CSV: to a script a table, of
which a field is read when it is touched.
.SH OPTIONS
@options
.SH ARGUMENTS OF OPERATORS
@arguments
.PP
A path finds nil where there is nothing, and does not fail.
Where another input is meant
.RB ( chain ", " zip ", " join ", " flat_map )
anything that
.B from
takes will do.
.SH OPERATORS
They are in scope in scripts and in
.BR \-e ,
and functions of the module that
.B require \(dqleat\(dq
gives in any other Lua 5.4.
Examples are followed by what
.B leat \-e
prints, with blanks between the lines.
@operators
.SH OTHER NAMES
@vocabulary
.SH EXIT STATUS
@exit_codes
.SH ENVIRONMENT
@environment
.SH FILES
@files
.SH EXAMPLES
@examples
.PP
A script, in a file
.IR job.lua :
.PP
.RS 4
.EX
local slow = read_jsonl(arg[1])
  :filter(function(r) return r.ms > 100 end)
for batch in slow:batched(500) do
  print(#batch, batch[1].user.name)
end
.EE
.RE
.SH DIAGNOSTICS
A message names the file with line and column, what was expected, and the stage
that failed:
.PP
.RS 4
leat: bad.jsonl:2:8: expected a value after \(aq:\(aq, got \(aq}\(aq
(in read_jsonl, stage 1, at item 2)
.RE
.PP
A mistake in a script is reported on the line that builds the pipeline, with the
nearest name there is.
.SH NOTES
Keys are equal by content, and groups come in the order in which their keys
first came.
What draws lots draws the same in each run, unless a seed is given.
.PP
Input is checked in full, also where nothing of it is touched: JSON and UTF\-8.
.PP
What holds
.I all
holds its input in memory; nothing is spilled to disk.
.PP
C programs embed leat with
.IR leat.h ,
which explains itself;
.B pkg\-config leat
tells where it is.
.SH SEE ALSO
.BR lua (1),
.BR jq (1)
]]

local parts = {
  synopsis = put_synopsis,
  about = function() put(plain(usage.about)) end,
  options = function() put_rows(usage.options, usage_line) end,
  arguments = function() put_rows(usage.arguments, italic) end,
  operators = put_operators,
  vocabulary = put_vocabulary,
  exit_codes = function() put_rows(usage.exit_codes, bold) end,
  environment = function() put_rows(usage.environment, bold) end,
  files = function() put_rows(usage.files, italic) end,
  examples = function()
    for _, example in ipairs(usage.examples) do
      put(".PP", plain(example[2]:gsub("^%l", string.upper)) .. ":", ".RS 4",
        "\\f(CR" .. code(example[1]) .. "\\fP", ".RE")
    end
  end,
}

put('.\\" Made by src/cli/man.lua.',
  ('.TH LEAT 1 %s "leat %s" "User Commands"'):format(DATE, VERSION), ".ad l", ".nh")
for line in FRAME:gmatch "[^\n]+" do
  local part = line:match "^@(.*)"
  if part then parts[part]() else lines[#lines + 1] = line end
end
io.write(table.concat(lines, "\n"), "\n")
