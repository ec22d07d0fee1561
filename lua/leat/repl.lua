-- SPDX-License-Identifier: MIT
-- repl.lua - `leat` at a terminal: what is entered is run at once, and its value shown.
--
-- repl(host, env) returns the exit code when the session ends. An entry is Lua, or a command that
-- begins with a colon. Each runs protected, by host.call: an error or Ctrl-C ends it, not the
-- session. Global names are of the session; local variables of an entry become global at its
-- end, or the next entry would not know them.
local core = require "leat.core"
local caret = require "leat.caret"
local complete = require "leat.complete"
local display = require "leat.display"
local entry = require "leat.entry"
local history = require "leat.history"
local manual = require "leat.manual"
local report = require "leat.report"
local visible = require "leat.visible"

local ROWS <const> = 10 -- of a pipeline, unless its last operator says how many
local MOST_ROWS <const> = 1000

local MOST_LOCALS <const> = 150 -- of a saved session; Lua allows 200, some of which are its own

local HEADER <const> = "-- A session of leat, saved by :save; `leat FILE` runs it.\n"

-- The key of the function that keeps local variables, which no script can name by itself.
local KEEP <const> = " keep"

-- One session: what its functions share.
--   host, env     see cli.lua
--   editor        the terminal's line
--   paint         of display.painter
--   entries       texts by name, "(entry 3)", for errors from a function of an earlier one
--   worked        list of what :save writes: { text, names of the local variables }
--   locals        names of the local variables that the last entry has left
--   seen          field names of the records shown
local Session = {}
Session.__index = Session

---------------------------------------------------------------------------------------- out

local function say(...)
  local ok, message = io.stdout:write(...)
  if not ok then error("cannot write to standard output: " .. message, 0) end
end

function Session:note(text) say(self.paint("dim", text), "\n") end

-- A message that nothing failed for but what was typed.
function Session:refuse(text)
  io.stdout:flush()
  io.stderr:write(self.paint_errors("error", "error:"), " ", visible(text, true), "\n")
end

-- The line of an entry that failed, and the place in it.
function Session:show_place(line, number, column, of_many)
  if not line or not line:find "%S" then return end
  local before = line:sub(1, (column or 1) - 1)
  local used = self.host.width((before:gsub("\t", "  ")))
  local margin = of_many and ("%4d | "):format(number) or "  "
  local text = line:gsub("\t", "  "):gsub("[%z\1-\31\127]", "?")
  -- a long line is shown around the place
  local room = math.max(20, self.host.size() - #margin)
  if self.host.width(text) > room then
    local from = 1
    if used > room - 10 then
      local _, bytes = self.host.width(text, used - room // 2)
      from, used = bytes + 1, used - self.host.width(text:sub(1, bytes))
    end
    local _, bytes = self.host.width(text:sub(from), room - 2)
    text = text:sub(from, from + bytes - 1)
  end
  io.stderr:write(margin, text, "\n")
  if column then
    io.stderr:write((" "):rep(#margin + used), self.paint_errors("error", "^"), "\n")
  end
end

-- What report.describe has made of an error.
function Session:show_failure(failure)
  io.stdout:flush()
  if self.host.stopped() == "interrupt" then
    io.stderr:write(self.paint_errors("error", "interrupted"), "\n")
    return
  end
  local text, name = failure.text, self.name
  local line, number, column
  for _, candidate in ipairs { text:match "^(.-):%d+: " or name, name } do
    local entered = self.entries[candidate]
    if entered and not line then
      line, number, column = caret.of_error(entered, candidate, text, failure.traceback)
      name = candidate
    end
  end
  -- Who reads has a place, or is the REPL.
  text = text:gsub("first read by %l+( ?a?t?)", function(at)
    if at ~= " at" then return "first read when it was shown" .. at end
  end)
  if line and name == self.name and name:find "^%(entry" then
    text = text:gsub("^%(entry %d+%):%d+: ", "")
  end
  io.stderr:write(self.paint_errors("error", "error:"), " ", visible(text, true), "\n")
  self:show_place(line, number, column, (self.entries[name] or ""):find "\n")
  local shown = ("%s:%d:"):format(name, number or 0)
  for _, frame in ipairs(report.other_frames(failure.frames, shown)) do
    io.stderr:write(self.paint_errors("dim", "  at " .. visible(frame, true)), "\n")
  end
end

---------------------------------------------------------------------------------------- values

-- How many items of a pipeline are shown.
local function rows_wanted(stream, host)
  local op, n = tostring(stream):match "([%a_]+)%((%d+)[^|]*%)$"
  if op == "take" or op == "take_last" or op == "top" or op == "bottom" or op == "sample" then
    return math.min(math.tointeger(n) or MOST_ROWS, MOST_ROWS), true
  end
  local _, rows = host.size()
  return math.max(1, math.min(ROWS, rows - 6)), false
end

-- Pulls items one after another until there are `wanted`, calling the run's own errors back
-- to the caller as a value: what came before one is shown before it.
local function read_items(run, wanted)
  local items, failed = {}, nil
  local function pull()
    while #items < wanted do
      local item = table.pack(run:next())
      if item[1] == nil then return end
      items[#items + 1] = item
    end
  end
  local ok, err = xpcall(pull, report.describe)
  if not ok then failed = err end
  return items, failed
end

-- The first items of a pipeline, as a table. `it` becomes the pipeline; where that can be read only
-- once, what is left of it, or if nothing is, what it was before.
function Session:show_pipeline(pipeline)
  local before = rawget(self.env, "it")
  rawset(self.env, "it", pipeline)
  local once = core.read_once(pipeline)
  local wanted, asked = rows_wanted(pipeline, self.host)
  local run = pipeline:open()
  local closing <close> = setmetatable({}, { __close = function()
    if self.env.it ~= run then run:close() end
  end})
  local items, failed = read_items(run, wanted)
  for _, item in ipairs(items) do
    for i = 1, item.n do complete.see(self.seen, item[i]) end
  end
  if #items > 0 then
    local lines, left_out = display.table(items, self.host.size(), self.host, self.paint)
    say(table.concat(lines, "\n"), "\n")
    if #left_out > 0 then
      self:note(("%d column%s not shown: %s"):format(#left_out, #left_out == 1 and "" or "s",
        display.fitted(table.concat(left_out, ", "), 300, self.host)))
    end
    io.stdout:flush() -- what comes next may take its time
  end
  if failed then error(failed, 0) end
  local more = #items == wanted and not asked and run:peek() ~= nil
  if once and more then
    rawset(self.env, "it", run)
    self:note(("… more; this source can be read only once: `it` is what comes after these %d")
      :format(#items))
  elseif once and #items > 0 then
    rawset(self.env, "it", before)
    self:note "taken from a source that can be read only once"
  elseif more then
    self:note "… more, `it:take(50)`"
  elseif #items == 0 then
    self:note "no items"
  end
  return closing
end

function Session:show(...)
  for i = 1, select("#", ...) do
    local value = (select(i, ...))
    local kind = display.stream(value)
    if kind == "pipeline" then
      self:show_pipeline(value)
    elseif kind == "generator" then
      rawset(self.env, "it", value)
      say(tostring(value), "\n")
      self:note(("a generator, %s: `next()` and `take(10)` take items from it"):format(
        value:status()))
    else
      complete.see(self.seen, value)
      say(display.value(value, self.host.size(), self.host, self.paint), "\n")
    end
  end
end

---------------------------------------------------------------------------------------- running

-- A text as a chunk, and whether it is an expression; or nil, message.
function Session:compile(text, name)
  local chunk = load(report.VALUE_OF .. text, "=" .. name, "t", self.env)
  if chunk then return chunk, true end
  -- the local variables of a chunk that ends without return are kept; a constant would be none
  local variables = text:gsub("^(%s*local%s+[%w_]+%s*)<const>", "%1       ")
  chunk = load(variables .. "\n;_ENV[' keep']()", "=" .. name, "t", self.env)
  if chunk then return chunk, false end
  local message
  chunk, message = load(text, "=" .. name, "t", self.env)
  return chunk, chunk and false or message
end

-- What a chunk calls at its end: its local variables become global.
function Session:keeper()
  return function()
    local i = 1
    while true do
      local name, value = debug.getlocal(2, i)
      if not name then return end
      if name:find "^[%a_]" then
        rawset(self.env, name, value)
        self.locals[#self.locals + 1] = name
      end
      i = i + 1
    end
  end
end

-- Runs a chunk and shows what it returns; what that is, as { n = ... }.
function Session:run_chunk(chunk)
  local values = table.pack(chunk())
  if values[1] ~= nil then
    rawset(self.env, "_", values[1])
  end
  self.values = values
  self:show(table.unpack(values, 1, values.n))
end

-- Calls fn(...) protected; true when it has ended well.
function Session:protected(fn, ...)
  local ok, failure = self.host.call(report.describe, fn, ...)
  if not ok then self:show_failure(failure) end
  return ok
end

-- A text as one entry; `file` is where it comes from, if it was not typed. Returns whether it
-- worked.
function Session:run(text, file)
  self.count = self.count + 1
  self.name = ("(entry %d)"):format(self.count)
  if file then -- what Lua makes of a path that is long
    self.name = debug.getinfo(load("", "@" .. file, "t"), "S").short_src
  end
  self.entries[self.name] = text
  local chunk, expression = self:compile(text, self.name)
  if not chunk then
    self:show_syntax(text, expression)
    return false
  end
  self.values, self.locals = nil, {}
  local start = self.host.clock()
  local ok = self:protected(self.run_chunk, self, chunk)
  self.seconds = self.host.clock() - start
  io.stdout:flush()
  if ok or self.values then self:remember(text, expression) end
  self:hint(text, expression, ok)
  return ok
end

function Session:show_syntax(text, message)
  local line, column = caret.of_syntax(text, message)
  local number = tonumber(message:match ":(%d+): ")
  self:refuse(self.name:find "^%(entry" and message:gsub("^.-:%d+: ", "") or message)
  self:show_place(line, number, column, text:find "\n")
end

-- A name that stands alone and is nil is often a slip.
function Session:hint(text, expression, ok)
  local name = ok and expression and text:match "^%s*([%a_][%w_]*)%s*$"
  local is_word = name == "nil" or name == "true" or name == "false"
  if not name or is_word or self.env[name] ~= nil then return end
  local nearest = report.nearest(name)
  self:note(("there is no variable '%s'%s"):format(name,
    nearest and ("; did you mean '%s'?"):format(nearest) or ""))
end

---------------------------------------------------------------------------------------- commands

-- What :save writes of an entry: an expression gives its value a name, as it did in the session.
function Session:remember(text, expression)
  local values = self.values or { n = 0 }
  if not expression or values.n == 0 and load(text, "=?", "t") then
    if not load(text .. "\nlocal _", "=?", "t") then -- it ends in a return
      text = "_ = (function()\n" .. text .. "\nend)()"
    end
    self.worked[#self.worked + 1] = { text, self.locals }
    return
  end
  local value = values[1]
  local kind = type(value)
  if display.stream(value) then
    text = "it = " .. text .. "\n_ = it"
  elseif value == nil then
    text = "do local _ = " .. text .. "\nend"
  elseif kind == "string" or kind == "number" or kind == "boolean" then
    text = "_ = " .. text .. "\nprint(_)"
  else
    text = "_ = " .. text
  end
  self.worked[#self.worked + 1] = { text, {} }
end

-- What worked, as a script. A function may have 200 local variables; where there are more, those of
-- each entry become global behind it, as they did in the session.
function Session:script()
  local lines, count = { HEADER }, 0
  for _, entered in ipairs(self.worked) do count = count + #entered[2] end
  for _, entered in ipairs(self.worked) do
    local text, names = entered[1], table.concat(entered[2], ", ")
    if count > MOST_LOCALS and names ~= "" then
      text = ("do\n%s\n%s = %s\nend"):format(text, (names:gsub("[%w_]+", "_ENV.%0")), names)
    end
    lines[#lines + 1] = text .. "\n"
  end
  return table.concat(lines)
end

local commands = {}

-- A path as a shell would have it.
local function with_home(path)
  local home = os.getenv "HOME"
  return home and path:find "^~/" and home .. path:sub(2) or path
end

-- What is said of names that a session gives, and of Ctrl-C and its like.
local OF_SESSION <const> = {
  _ = "_\n  the value that the last entry had",
  it = [[
it
  the last pipeline that was shown, to go on with: it:filter(...), it:take(50). Where its
  source can be read only once, what was left of it.]],
}

-- The help of a name as text, or nil.
function Session:help_of(name)
  local command = commands[name:match "^:(%a+)$"]
  if command then
    return (":%s %s"):format(name:sub(2), command[1]):gsub(" $", "") .. "\n  " .. command[2]
      .. (command[4] and "\n" .. command[4] or "") .. "\n"
  end
  if OF_SESSION[name] then return OF_SESSION[name] .. "\n" end
  local text = manual.help(name)
  if text then return text end
  local value = self.env[name]
  if value ~= nil then
    return ("%s\n  a variable of this session: %s\n"):format(name,
      display.fitted(visible(tostring(value)), 300, self.host))
  end
  if commands[name] then return self:help_of(":" .. name) end
end

commands.help = { "[NAME]", "what a name means, with an example; or this", function(self, rest)
  if rest == "" then return self:overview() end
  local text = self:help_of(rest)
  if not text then return self:refuse(manual.unknown(rest)) end
  say(text)
end }

commands.load = { "FILE", "runs a file as if it were entered", function(self, rest)
  if rest == "" then return self:refuse ":load needs the name of a file" end
  local path = with_home(rest)
  local file, reason = io.open(path, "rb")
  if not file then return self:refuse("cannot open " .. reason) end
  local text
  text, reason = file:read "a"
  file:close()
  if not text then return self:refuse(("cannot read %s: %s"):format(rest, reason)) end
  text = text:gsub("^#[^\n]*", "")
  self:run(text, path)
end, [[
  Its local variables are of the session afterwards. The whole file is one entry.]] }

commands.save = { "FILE", "writes what was entered, and worked, as a script", function(self, rest)
  if rest == "" then return self:refuse ":save needs the name of a file" end
  rest = with_home(rest)
  local old = io.open(rest, "rb")
  if old then
    local ours = old:read(#HEADER) == HEADER
    old:close()
    if not ours then
      return self:refuse(("%s is there already, and not made by :save; choose another name")
        :format(rest))
    end
  end
  local file, reason = io.open(rest, "wb")
  if not file then return self:refuse("cannot write " .. reason) end
  local ok, failed = file:write(self:script())
  local closed, failed_later = file:close()
  if not (ok and closed) then
    return self:refuse(("cannot write %s: %s"):format(rest, failed or failed_later))
  end
  self:note(("%d entr%s in %s"):format(#self.worked, #self.worked == 1 and "y" or "ies", rest))
end, [[
  `leat FILE` runs it, :load FILE brings the session back. A file that is there already is
  replaced only if :save has made it.]] }

commands.time = { "[CODE]", "how long the last entry took, or CODE takes", function(self, rest)
  if rest ~= "" then self:run(rest) end
  if not self.seconds then return self:refuse "nothing has been run yet" end
  local seconds = self.seconds
  self:note(seconds < 1 and ("%.3f ms"):format(seconds * 1000) or ("%.3f s"):format(seconds))
end }

commands.quit = { "", "ends the session, as Ctrl-D does", function(self) self.over = true end }

local ORDER <const> = { "help", "load", "save", "time", "quit" }

-- What :help says without a name.
function Session:overview()
  say [[
An entry is an expression or statements of Lua. A pipeline shows its first items,
other values are shown as they are.

  _      the last value, it the last pipeline: it:filter(...), it:take(50)
  Tab    completes names, methods, fields, options, and files in strings
  Up     earlier entries, Ctrl-R searches them
  Ctrl-C stops what runs, be it inside pcall; where nothing can stop it (a C
         module), a second one ends the session

]]
  for _, name in ipairs(ORDER) do
    say(("  %-12s %s\n"):format(":" .. name .. " " .. commands[name][1], commands[name][2]))
  end
  say "\nNames that have help\n\n"
  local columns = self.host.size()
  local line = " "
  for _, name in ipairs(self.help_names) do
    if #line + 1 + #name > columns and line ~= " " then
      say(line, "\n")
      line = " "
    end
    line = line .. " " .. name
  end
  say(line, "\n")
end

function Session:run_command(text)
  local name, rest = text:match "^:([%w_]*)%s*(.-)%s*$"
  local command = commands[name]
  if command then return self:protected(command[3], self, rest) end
  if text:find "^:[%a_][%w_]*%s*[%({\"']" then
    return self:refuse(("an entry begins with a value: `it%s` goes on with the last pipeline")
      :format(text:match "^:[%w_]*" .. "(...)"))
  end
  local nearest = core.nearest(name, ORDER)
  self:refuse(("there is no command ':%s'%s"):format(name,
    nearest and ("; did you mean ':%s'?"):format(nearest) or "; `:help` lists them"))
end

---------------------------------------------------------------------------------------- entering

-- The next text to run, see entry.read.
function Session:read()
  return entry.read(self.editor, self.prompt_colour, function(text) self.before = text end)
end

function Session:loop()
  while not self.over do
    local ok, text = self.host.call(report.describe, self.read, self)
    if not ok then
      self:refuse(text.text)
    elseif text == nil then
      return
    elseif text:find "%S" then
      text = text:gsub("%s+$", "")
      self.editor:add(text)
      if self.history then
        local added, reason = history.add(self.host, self.history, text)
        if not added then
          self.history = nil
          self:refuse("the history is not kept: " .. reason)
        end
      end
      if text:find "^:" then self:run_command(text) else self:run(text) end
    end
  end
end

-- Runs a session. host: of src/cli/main.c; env: the _ENV of what is entered.
return function(host, env)
  local session = setmetatable({
    host = host, env = env, entries = {}, worked = {}, count = 0, name = "", before = "",
    seen = complete.memory(),
    paint = display.painter(host.coloured(1)),
    paint_errors = display.painter(host.coloured(2)),
    prompt_colour = host.coloured(1) and "\27[1m" or nil,
    commands = ORDER,
    history = history.path(),
  }, Session)
  -- a metatable of its own keeps the function out of sight of pairs
  local outer = getmetatable(env).__index
  local hidden = setmetatable({ [KEEP] = session:keeper() }, { __index = outer })
  setmetatable(env, { __index = hidden })
  session.help_names = manual.names()
  local helped = manual.names_of_lua()
  table.move(session.help_names, 1, #session.help_names, #helped + 1, helped)
  table.move({ "it", "_" }, 1, 2, #helped + 1, helped)
  for _, name in ipairs(ORDER) do helped[#helped + 1] = ":" .. name end
  session.helped = helped
  session.editor = host.editor(function(text)
    return complete.at(session.before .. text, session, host)
  end)
  if session.history then
    for _, text in ipairs(history.load(host, session.history)) do session.editor:add(text) end
  end
  say("leat ", host.version, "  ", session.paint("dim", ":help for help, Ctrl-D to leave"),
    "\n")
  session:loop()
  return 0
end
