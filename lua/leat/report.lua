-- SPDX-License-Identifier: MIT
-- report.lua - what went wrong, in the words and with the frames that are its user's business.
local leat = require "leat"
local core = require "leat.core"

local report = {}

-- Frames of these files, and what called them, are nobody's business.
local OWN <const> = { cli = true, complete = true, display = true, entry = true, history = true,
  manual = true, repl = true, report = true }
-- Nor are frames of these, and what they called.
local CALLED <const> = { input = true }

local function is_of(files, line)
  local file = line:match "^%s*leat/(%l+)%.lua:"
  return file and files[file]
end

-- What is blamed on one of these files has no place that is its user's.
local function without_own_place(text)
  local file = text:match "^leat/(%l+)%.lua:%d+: "
  return file and (OWN[file] or CALLED[file]) and text:gsub("^[^:]*:%d+: ", "") or text
end

-- A traceback without the frames of the command line and below, nor others of leat. None if nothing
-- but the main chunk is left, whose line the message names already.
local function own_frames(traceback)
  local frames, lines = {}, 0
  for line in traceback:gmatch "[^\n]+" do
    if is_of(OWN, line) then break end
    local frame = line:match "^%s+(.*)"
    if is_of(CALLED, line) then
      frames, lines = {}, 0
    elseif frame and frame ~= "[C]: in ?" and not frame:find "^leat/%l+%.lua:" and
      not (frame == "(...tail calls...)" and #frames == 0) then
      frame = frame:gsub("in local 'chunk'$", "in main chunk")
      frames[#frames + 1] = frame
      if not frame:find("^%[C%]") and not frame:find "in main chunk$" then lines = lines + 1 end
    end
  end
  while frames[#frames] and frames[#frames]:find "^%[C%]" do frames[#frames] = nil end
  if lines > 0 then return frames end
end

-- The frames, if any of them is at another place of Lua than this one.
function report.other_frames(frames, place)
  for _, frame in ipairs(frames or {}) do
    if frame:find("^%S.*:%d+: ") and not frame:find(place, 1, true) then return frames end
  end
  return {}
end

-- In front of an expression, what makes a chunk of it. A function that it ends in calling is called
-- from there: without the variable it would be a tail call, and have no place to be called from.
report.VALUE_OF = "local _ENV_value <close> = nil return "

-- A call of a name that nothing has: with the nearest one that something has.
local function with_nearest(text)
  local typed = text:match "attempt to call a nil value %(global '([%w_]+)'%)$"
    or text:match "attempt to call a nil value %(field '([%w_]+)'%)$"
  local nearest = typed and report.nearest(typed)
  return nearest and ("%s; did you mean '%s'?"):format(text, nearest) or text
end

-- The name of the module that `typed` is likely meant to be, or nil.
function report.nearest(typed)
  local names = {}
  for name in pairs(leat) do names[#names + 1] = name end
  table.sort(names)
  return core.nearest(typed, names)
end

local Described <const> = {}

-- The handler of protected calls: error -> { text, frames, traceback }, of which the last two may
-- be missing. What it has made already stays as it is.
function report.describe(err)
  if getmetatable(err) == Described then return err end
  local text, traceback = core.words(err), nil
  if type(err) == "string" then text = with_nearest(without_own_place(text)) end
  local ok, own = pcall(function() return err.traceback end)
  if ok and type(own) == "string" then traceback = own
  elseif not ok or not (debug.getmetatable(err) or {}).__tostring then
    traceback = debug.traceback("", 2)
  end
  return setmetatable({ text = text, traceback = traceback,
    frames = traceback and own_frames(traceback) }, Described)
end

return report
