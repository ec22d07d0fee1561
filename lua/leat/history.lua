-- SPDX-License-Identifier: MIT
-- history.lua - what was entered in earlier sessions: a file with an entry on each line.
--
-- A line end within an entry is written \n, a backslash \\. Each entry is appended when it is made,
-- by one write, so that sessions side by side and one that is killed lose nothing. The file is
-- shortened at the beginning of a session.

local history = {}

local ENTRIES <const> = 1000 -- kept when the file is shortened, which is when it has twice as many
local LONGEST <const> = 10000 -- bytes; a longer entry is remembered in its session only

-- Where the file is, or nil where there is no home. LEAT_HISTORY="" means none.
function history.path()
  local own = os.getenv "LEAT_HISTORY"
  if own then return own ~= "" and own or nil end
  local state = os.getenv "XDG_STATE_HOME"
  if state and state:sub(1, 1) == "/" then return state .. "/leat/history" end
  local home = os.getenv "HOME"
  return home and home ~= "" and home .. "/.local/state/leat/history" or nil
end

local function escape(text) return (text:gsub("\\", "\\\\"):gsub("\n", "\\n")) end

local function unescape(line)
  return (line:gsub("\\(.)", function(c) return c == "n" and "\n" or c end))
end

-- The entries of the file, oldest first; none if there is no file yet.
function history.load(host, path)
  local lines = {}
  local file = io.open(path, "rb")
  if not file then return lines end
  for line in (file:read "a" or ""):gmatch "[^\n]+" do lines[#lines + 1] = line end
  file:close()
  if #lines > 2 * ENTRIES then
    lines = table.move(lines, #lines - ENTRIES + 1, #lines, 1, {})
    local short = path .. ".new"
    os.remove(short)
    if host.append(short, table.concat(lines, "\n") .. "\n") then os.rename(short, path) end
  end
  for i, line in ipairs(lines) do lines[i] = unescape(line) end
  return lines
end

-- Adds an entry; nil and why if that cannot be.
function history.add(host, path, text)
  if #text > LONGEST then return true end
  return host.append(path, escape(text) .. "\n")
end

return history
