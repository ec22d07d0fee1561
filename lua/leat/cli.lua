-- SPDX-License-Identifier: MIT
-- cli.lua - what the command line of `leat` means.
--
-- main(args, host) runs one command and returns the exit code; host is what src/cli/main.c gives:
-- terminal(fd), slow(fd), stopped(), print, version. Scripts run in an _ENV of their own that
-- holds the vocabulary and reads on from _G, so that nothing is written to _G but `arg` and
-- `print`; a name that Lua has already (`table`) stays Lua's and is reached as leat.table.
local leat = require "leat"
local core = require "leat.core"
local input = require "leat.input"
local report = require "leat.report"
local usage = require "leat.usage"
local visible = require "leat.visible"

local DONE <const>, FAILED <const>, USAGE <const>, SKIPPED <const>, INTERRUPTED <const> =
  0, 1, 2, 3, 130

---------------------------------------------------------------------------------------- errors

-- What went wrong with standard output, told apart from what a script raised.
local function write(...)
  local ok, message = io.stdout:write(...)
  if not ok then error("cannot write to standard output: " .. message, 0) end
end

local function report_failure(host, failure)
  local dim, normal = "", ""
  if host.coloured(2) then dim, normal = "\27[2m", "\27[0m" end
  io.stdout:flush()
  io.stderr:write("leat: ", visible(failure.text, true), "\n")
  for _, frame in ipairs(failure.frames or {}) do
    io.stderr:write(dim, "  at ", visible(frame, true), normal, "\n")
  end
end

------------------------------------------------------------------------------- printing results

-- As one line of JSON; what has none is an error without a place in this file.
local function json_of(value)
  local ok, text = pcall(leat.json.encode, value)
  if not ok then error((tostring(text):gsub("^leat%.json%.encode: ", "")), 0) end
  return text
end

-- The one line an item or a value is printed as.
local function line_of(value)
  if type(value) == "string" then return value end
  return json_of(value)
end

-- Prints the items of a pipeline or of what is left of a generator. While a slow input is read,
-- every line leaves at once.
local function print_items(stream, scope)
  local run <close> = stream.open and stream:open() or stream
  local function put(...)
    if (...) == nil then return false end
    if select("#", ...) == 1 then
      write(line_of(...), "\n")
    else
      local tuple = table.pack(...)
      for i = 1, tuple.n do
        if tuple[i] == nil then tuple[i] = leat.null end
      end
      tuple.n = nil
      write(json_of(leat.array(tuple)), "\n")
    end
    if scope.slow then io.stdout:flush() end
    return true
  end
  while put(run:next()) do end
end

local function is_stream(value)
  local metatable = debug.getmetatable(value)
  local name = type(value) == "userdata" and metatable and metatable.__name
  return name == "leat.pipeline" or name == "leat.generator"
end

-- What a sink returns that has written to standard output: it would stand behind the rows.
local function is_of_output(value)
  local metatable = type(value) == "table" and debug.getmetatable(value)
  return metatable and metatable.__name == "leat.to_output"
end

local function print_results(scope, ...)
  local values, streams = table.pack(...), false
  if values.n == 1 and is_of_output(values[1]) then return end
  for i = 1, values.n do streams = streams or is_stream(values[i]) end
  if values.n == 0 or values.n == 1 and values[1] == nil then return end
  local words = {}
  for i = 1, values.n do
    if is_stream(values[i]) then
      print_items(values[i], scope)
    else
      -- what JSON cannot say (a function, an infinity) is printed as Lua would
      local ok, text = pcall(line_of, values[i])
      if values[i] == nil or not ok then text = tostring(values[i]) end
      if streams then write(text, "\n") else words[i] = text end
    end
  end
  if not streams then write(table.concat(words, "\t"), "\n") end
end

------------------------------------------------------------------------------------- the command

-- The _ENV of scripts, and in `scope` what printing must know.
local function new_environment(host, files, scope)
  local env = {}
  for name, value in pairs(leat) do
    if _G[name] == nil then env[name] = value end
  end
  env.leat = leat
  -- The files on the command line, or standard input.
  function env.input(options)
    if #files == 0 then scope.slow = host.slow(0) end
    return input.read(files, options)
  end
  return setmetatable(env, { __index = _G })
end

-- An expression as well as statements. The message of the second reading is the one to show: in
-- the first, "return" stands before what was typed.
local function load_code(code, env)
  local chunk = load(report.VALUE_OF .. code, "=(command line)", "t", env)
  if chunk then return chunk end
  return load(code, "=(command line)", "t", env)
end

-- The usage in short: what is printed beside an error, too.
local function usage_text()
  local lines = {}
  for i, row in ipairs(usage.synopsis) do
    lines[i] = ((i == 1 and "usage: leat " or "       leat ") .. ("%-30s"):format(row[1])
      .. (row[2] or "")):gsub(" +$", "")
  end
  return table.concat(lines, "\n") .. "\n"
end

-- The manual is loaded when it is asked for.
local function manual() return require "leat.manual" end

local function write_wrapped(line, column, text)
  write(manual().wrapped(line, column, text), "\n")
end

local function write_rows(rows, column)
  for _, row in ipairs(rows) do write_wrapped("  " .. row[1], column, row[2]) end
end

-- An operator's lines in --help.
local function write_operator(op)
  local holds = op.holds ~= "1" and (" (holds %s)"):format(op.holds) or ""
  write_wrapped("  " .. op.signature, 30, op.doc .. holds)
end

local function print_help()
  write(usage_text(), "\n")
  write_wrapped("", 0, usage.about)
  write "\n"
  write_rows(usage.options, 15)
  write "\nArguments\n"
  write_rows(usage.arguments, 15)
  write "\nExamples\n"
  for _, example in ipairs(usage.examples) do write("  ", example[1], "\n") end
  write "\nExit codes\n"
  write_rows(usage.exit_codes, 7)
  for _, family in ipairs(usage.families) do
    write("\n", family[2], "\n")
    for _, op in ipairs(core.operators()) do
      if op.family == family[1] then write_operator(op) end
    end
  end
  for _, group in ipairs(require "leat.vocabulary") do
    write("\n", group.heading, "\n")
    for _, entry in ipairs(group) do write_wrapped("  " .. entry.signature, 30, entry.doc) end
  end
end

-- args -> { kind, text, first = index of the first argument that is the script's } or nil, message
local function parse_command(args, host)
  local first = args[1]
  if first == nil then
    return { kind = host.terminal(0) and "repl" or "stdin", first = 1 }
  elseif first == "--help" or first == "-h" then
    if not args[2] then return { kind = "help" } end
    local text = manual().help(args[2])
    if not text then return nil, manual().unknown(args[2]) end
    return { kind = "help", text = text }
  elseif first == "--version" then
    return { kind = "version" }
  elseif first == "-e" then
    if not args[2] then return nil, "-e needs code after it" end
    return { kind = "code", text = args[2], first = args[3] == "--" and 4 or 3 }
  elseif first == "-" then
    return { kind = "stdin", first = 2 }
  elseif first:sub(1, 1) == ":" then
    return { kind = "code", text = "input()" .. first, first = args[2] == "--" and 3 or 2 }
  elseif first == "--" then
    if not args[2] then return nil, "no script is named after --" end
    return { kind = "script", text = args[2], first = 3 }
  elseif first:sub(1, 1) == "-" then
    return nil, ("there is no option '%s'"):format(first)
  end
  return { kind = "script", text = first, first = 2 }
end

-- The same, with `quiet`: no progress line.
local function parse(args, host)
  local quiet = args[1] == "--quiet"
  if quiet then table.move(args, 2, #args + 1, 1) end
  local command, problem = parse_command(args, host)
  if command then command.quiet = quiet end
  return command, problem
end

-- Runs a loaded chunk; what `-e` returns is printed, what a script returns is not.
local function run(chunk, files, print_scope)
  if print_scope then
    print_results(print_scope, chunk(table.unpack(files)))
  else
    chunk(table.unpack(files))
  end
end

local function main(args, host)
  local command, problem = parse(args, host)
  if not command then
    io.stderr:write("leat: ", visible(problem, true), "\n", usage_text())
    return USAGE
  end
  local kind = command.kind
  if kind == "help" then
    if command.text then write(command.text) else print_help() end
    return DONE
  end
  if kind == "version" then write("leat ", host.version, " (", _VERSION, ")\n") return DONE end

  if not command.quiet then host.show_progress() end
  local files = table.move(args, command.first, #args, 1, {})
  _G.print = host.print
  _G.arg = table.move(files, 1, #files, 1, {
    [-1] = args[0],
    [0] = kind == "script" and command.text or kind == "code" and "-e" or "-",
  })
  local scope = { slow = false }
  local env = new_environment(host, files, scope)
  if kind == "repl" then
    host.begin_session()
    return require "leat.repl"(host, env)
  end

  local chunk, message
  if kind == "code" then
    chunk, message = load_code(command.text, env)
  elseif kind == "stdin" then
    chunk, message = loadfile(nil, "bt", env)
  else
    local file, reason = io.open(command.text, "rb")
    if not file then
      io.stderr:write("leat: cannot open the script ", visible(reason), "\n")
      return USAGE
    end
    file:close()
    chunk, message = loadfile(command.text, "bt", env)
  end
  if not chunk then
    io.stderr:write("leat: ", visible(message, true), "\n")
    return FAILED
  end

  local ok, failure = host.call(report.describe, run, chunk, files,
    kind == "code" and scope)
  if ok then
    return core.skipped() > 0 and SKIPPED or DONE
  end
  local stopped = host.stopped()
  if stopped == "interrupt" then
    io.stdout:flush()
    io.stderr:write "leat: interrupted\n"
    return INTERRUPTED
  elseif stopped == "pipe" then
    return DONE
  end
  report_failure(host, failure)
  return FAILED
end

return main
