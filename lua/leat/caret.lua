-- SPDX-License-Identifier: MIT
-- caret.lua - where in a text a message of Lua means: Lua names the line, and no column.

local caret = {}

local LONGEST <const> = 2000 -- bytes of a line in which a place is searched

-- What Lua says of a text that is no chunk: the message, and whether only the end is missing.
local function fault(text)
  local chunk, message = load(text, "=?", "t", {})
  return not chunk and message, message ~= nil and not chunk and message:find "near <eof>$" ~= nil
end

-- Does the text go on well, as far as it goes?
local function goes_on(text)
  local message, at_end = fault(text)
  return not message or at_end
end

local function line_of(text, number)
  local from = 1
  for _ = 2, number do
    from = text:find("\n", from, true)
    if not from then return nil end
    from = from + 1
  end
  return text:match("^[^\n]*", from), from
end

-- The place of the token in `near '...'`: the first of its kind up to which the text goes on.
-- Returns the line and the column (in bytes), or the line alone.
function caret.of_syntax(text, message)
  local number, near = message:match ":(%d+): .*near '(.*)'$"
  number = number or message:match ":(%d+): "
  local line, from = line_of(text, tonumber(number) or 1)
  if not line or #line > LONGEST then return line end
  if not near then
    return line, message:find "near <eof>$" and #line + 1 or nil
  end
  near = near:match "^[^\n]*"
  local at = 1
  while true do
    local found = line:find(near, at, true)
    if not found then return line end
    local stop = from + found + #near - 2
    if goes_on(text:sub(1, from + found - 2)) and not goes_on(text:sub(1, stop) .. " ") then
      return line, found
    end
    at = found + 1
  end
end

-- The last place in the line where the name stands by itself.
local function last_of(line, name)
  local found
  local word = name:find "^[%w_]+$"
  local at = 1
  while true do
    local from = line:find(name, at, true)
    if not from then return found end
    local left, right = line:sub(from - 1, from - 1), line:sub(from + #name, from + #name)
    if from == 1 then left = "" end
    if not word or not left:find "[%w_]" and not right:find "[%w_]" then found = from end
    at = from + 1
  end
end

-- The place of an error of the chunk `name`, with its text: what the message has in quotes, or
-- else the function that was called on the line that failed. Returns the line, its number, and
-- the column or nil; nothing when the chunk has no part in it.
function caret.of_error(text, name, message, traceback)
  local prefix = name:gsub("%p", "%%%0") .. ":(%d+):"
  local number = message:match("^" .. prefix) or traceback and traceback:match(prefix)
  if not number then return nil end
  local line = line_of(text, tonumber(number))
  if not line or #line > LONGEST then return nil end
  for quoted in message:gmatch "'([^']+)'" do
    local found = last_of(line, quoted)
    if found then return line, tonumber(number), found end
  end
  if traceback then
    local above
    for frame in traceback:gmatch "[^\n]+" do
      if frame:find(name .. ":" .. number .. ":", 1, true) then
        local called = above and above:match "in %l+ '([^']+)'"
        local found = called and last_of(line, called:match "[%w_]+$" or called)
        if found then return line, tonumber(number), found end
        break
      end
      above = frame
    end
  end
  return line, tonumber(number), line:find "%S"
end

return caret
