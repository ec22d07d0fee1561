-- SPDX-License-Identifier: MIT
-- terminal.lua - leat at a pseudo-terminal, as a person has it.
local leat = require "leat"
local helper = require "spec.support.helper"
local lfs = require "lfs"

local terminal = {}

local BIN <const> = (function()
  local path = os.getenv "LEAT_BIN" or "build/leat"
  return path:sub(1, 1) == "/" and path or lfs.currentdir() .. "/" .. path
end)()

terminal.BIN = BIN

-- Why there is none to be had, or nil.
terminal.missing = not os.execute "python3 -c 'import pty; pty.openpty()' 2>/dev/null"
  and "there are no pseudo-terminals (/dev/ptmx and /dev/pts), or no python3" or nil

-- The text without what the terminal is told beside it.
function terminal.plain(text)
  return (text:gsub("\27%[[%d;?]*[%a]", ""):gsub("\27[=>]", ""):gsub("\r", ""))
end

local function quote(s) return "'" .. s:gsub("'", "'\\''") .. "'" end

-- Runs leat with `steps` (see terminal.py). options: columns (80), rows (24), arguments (a list),
-- env (a table; HOME and the folder it runs in are a new one unless given), folder, seconds (20).
-- Returns what came in each step (and at the end), and the exit code.
function terminal.run(steps, options)
  options = options or {}
  local folder = options.folder or helper.folder()
  local env = { "TERM=xterm", "HOME=" .. folder, "NO_COLOR=1" }
  for name, value in pairs(options.env or {}) do env[#env + 1] = name .. "=" .. value end
  local command = { "env", "-u", "LEAT_HISTORY", "-u", "XDG_STATE_HOME", "-C", folder }
  if options.coloured then
    command[#command + 1] = "-u"
    command[#command + 1] = "NO_COLOR"
    table.remove(env, 3)
  end
  table.move(env, 1, #env, #command + 1, command)
  command[#command + 1] = BIN
  table.move(options.arguments or {}, 1, #(options.arguments or {}), #command + 1, command)
  local job = helper.file(leat.json.encode {
    command = leat.array(command), steps = leat.array(steps), seconds = options.seconds or 20,
    columns = options.columns or 80, rows = options.rows or 24,
  })
  local pipe = assert(io.popen(("timeout -k 2 60 python3 spec/support/terminal.py < %s"):format(
    quote(job))))
  local answer = pipe:read "a"
  pipe:close()
  local ok, result = pcall(leat.json.decode, answer)
  assert(ok, "terminal.py: " .. answer)
  if result.late then
    error(("waited in vain for %s; what came: %s"):format(result.late,
      terminal.plain(table.concat(result.parts, "\n--\n"))), 2)
  end
  return result.parts, result.code
end

-- What says that leat waits for an entry.
terminal.PROMPT = [[\x1b\[\?2004h.*(leat>|    >) ]]

-- A session: enters lines one after another -> what each printed, the exit code. Ends with :quit.
-- A line { keys = text } is sent as it is, and its prompt not waited for unless `wait` says what.
function terminal.session(lines, options)
  local steps, places = { { wait = terminal.PROMPT } }, {}
  for i, line in ipairs(lines) do
    if type(line) == "table" then
      steps[#steps + 1] = { type = line.keys, wait = line.wait, pause = line.pause,
        resize = line.resize and leat.array(line.resize) }
    else
      steps[#steps + 1] = { type = line .. "\r", wait = "\r\n.*" .. terminal.PROMPT }
    end
    places[i] = #steps
  end
  steps[#steps + 1] = { type = ":quit\r" }
  local parts, code = terminal.run(steps, options)
  local printed = {}
  for i, place in ipairs(places) do
    local text = terminal.plain(parts[place])
    -- without the echo of the line, and the next prompt
    if type(lines[i]) == "string" then
      text = text:gsub("^.-\n", "", 1):gsub("leat> $", ""):gsub("    > $", "")
    end
    printed[i] = text
  end
  return printed, code
end

return terminal
