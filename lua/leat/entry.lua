-- SPDX-License-Identifier: MIT
-- entry.lua - reads an entry of one or several lines: until Lua finds an end, or a place where it
-- cannot go on.
--
-- Asking Lua takes as long as the entry is. Of a paste, whose next lines are there already, only
-- such lines are asked about as leave no bracket and no block open.

local entry = {}

local PROMPT <const>, MORE <const> = "leat> ", "    > "

local CHANGES <const> = {
  ["("] = 1, ["{"] = 1, ["["] = 1, [")"] = -1, ["}"] = -1, ["]"] = -1,
  ["do"] = 1, ["function"] = 1, ["if"] = 1, ["repeat"] = 1, ["end"] = -1, ["until"] = -1,
}

-- Brackets and blocks that are open; `closer` ends the long string or comment the text is in.
local Balance <const> = {}
Balance.__index = Balance

function Balance:add(line)
  local at = 1
  while at <= #line do
    if self.closer then
      local _, stop = line:find(self.closer, at, true)
      if not stop then return end
      self.closer, at = nil, stop + 1
    else
      local level, after = line:match("^%-%-%[(=*)%[()", at)
      if not level then level, after = line:match("^%[(=*)%[()", at) end
      if level then
        self.closer, at = "]" .. level .. "]", after
      elseif line:find("^%-%-", at) then
        return
      elseif line:find("^[\"']", at) then
        local quote = line:sub(at, at)
        at = at + 1
        while at <= #line and line:sub(at, at) ~= quote do
          at = at + (line:sub(at, at) == "\\" and 2 or 1)
        end
        at = at + 1
      else
        local token = line:match("^[%a_][%w_]*", at) or line:sub(at, at)
        self.open = self.open + (CHANGES[token] or 0)
        at = at + #token
      end
    end
  end
end

-- Does the text lack an end?
local function is_incomplete(text)
  local value, of_value = load("return " .. text, "=?", "t")
  if value then return false end
  local chunk, of_chunk = load(text, "=?", "t")
  if chunk then return false end
  -- a string in quotes goes on in the next line only behind a backslash
  if of_chunk:find "unfinished string near <eof>$" and not text:find "\\z?%s*$" then
    return false
  end
  return of_value:find "near <eof>$" ~= nil or of_chunk:find "near <eof>$" ~= nil
end

-- The next entry, or nil when the session ends; "" after Ctrl-C. `before` is told what stands above
-- the line that is being edited.
function entry.read(editor, colour, before)
  before ""
  local line, why = editor:read(PROMPT, colour)
  local lines = {}
  local balance = setmetatable({ open = 0, closer = nil }, Balance)
  while line do
    if #lines == 0 and line:find "^:" then return line end
    lines[#lines + 1] = line
    balance:add(line)
    if not editor:pending() or balance.open <= 0 and not balance.closer then
      local text = table.concat(lines, "\n")
      if not is_incomplete(text) then return text end
      lines = { text }
      before(text .. "\n")
    end
    line, why = editor:read(MORE, colour)
  end
  if why == "interrupted" then return "" end
  if #lines > 0 then return table.concat(lines, "\n") end
end

return entry
