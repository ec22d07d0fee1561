-- SPDX-License-Identifier: MIT
-- expr.lua - expressions as text. So far: paths, such as user.name, items[1], a["x y"], _2.id.
--
-- An operand, then what may follow it, in a loop: no rule calls itself, so no text is too long or
-- too deep for LPeg.
local lpeg = require "lpeg"

local P <const>, R <const>, S <const>, C <const>, Cc <const>, Cs <const>, Cp <const> =
  lpeg.P, lpeg.R, lpeg.S, lpeg.C, lpeg.Cc, lpeg.Cs, lpeg.Cp

local ipairs, tonumber = ipairs, tonumber
local utf8_char, string_char, format = utf8.char, string.char, string.format
local math_type = math.type
_ENV = nil -- no globals below this line

local expr = {}

local RESERVED <const> = {}
for word in ([[and break do else elseif end false for function goto if in local nil not or repeat
  return then true until while]]):gmatch "%a+" do RESERVED[word] = true end

---------------------------------------------------------------------------------------- tokens

local space <const> = S " \t\r\n" ^ 0
-- As in Lua, and letters beyond ASCII.
local letter <const> = R("az", "AZ", "\x80\xff") + P "_"
local name <const> = C(letter * (letter + R "09") ^ 0)
-- _ is the item itself, _2 the second part of a tuple.
local part <const> = P "_" * C(R "09" ^ 0) * -(letter + R "09")
local integer <const> = C(P "-" ^ -1 * R "09" ^ 1) * -(letter + R "09" + P ".")

local ESCAPES <const> = {
  a = "\a", b = "\b", f = "\f", n = "\n", r = "\r", t = "\t", v = "\v",
  ["\\"] = "\\", ['"'] = '"', ["'"] = "'",
}
local hexadecimal <const> = R("09", "af", "AF")
local function character(code)
  code = code:match "^0*(.*)$"
  if #code <= 6 and tonumber("0" .. code, 16) <= 0x10FFFF then
    return utf8_char(tonumber("0" .. code, 16))
  end
end
local escape <const> = P "\\" / "" * (
  S "abfnrtv\\\"'" / ESCAPES
  + P "x" * C(hexadecimal * hexadecimal) / function(code) return string_char(tonumber(code, 16)) end
  + lpeg.Cmt(P "u{" * C(hexadecimal ^ 1) * P "}", function(_, at, code)
    local text = character(code)
    if text then return at, text end
  end))
local function quoted(quote)
  return P(quote) * Cs((escape + (1 - S("\\\n" .. quote))) ^ 0) * P(quote)
end
local text <const> = quoted '"' + quoted "'"

---------------------------------------------------------------------------------------- paths

local first <const> = space * (part / function(number) return number, true end + name * Cc(false))
  * space * Cp()
local field <const> = P "." * space * name * space * Cp()
local index <const> = P "[" * space * (integer / tonumber + text) * space * P "]" * space * Cp()

-- LPeg compiles a pattern when it is first matched; where memory ends in the middle of that, it is
-- left half-compiled for good. So here, where a failure undoes the loading of this module.
for _, pattern in ipairs { first, field, index } do pattern:match "" end

local EXAMPLE <const> = "a path is a field such as user.name, items[1] or a[\"x y\"]"

-- Why the source is no path from column `at` on.
local function refuse(source, at, why)
  return nil, format("'%s' is no path: %s at column %d; %s", source, why, at, EXAMPLE)
end

-- The list core/path.h describes: the part of a tuple that is meant (0: the last), then names
-- (strings) and positions (integers, negative from the end). nil and a message when `source` is no
-- path.
function expr.path(source)
  local word, is_part, at = first:match(source)
  if not word then
    return refuse(source, (space * Cp()):match(source), "expected a name")
  end
  if RESERVED[word] then return refuse(source, 1, "'" .. word .. "' is a word of the language") end
  local path
  if is_part then
    local number = word == "" and 0 or tonumber(word)
    if word ~= "" and (number < 1 or number > 250) then
      return refuse(source, 1, "there is no part _" .. word)
    end
    path = { number }
  else
    path = { 0, word }
  end
  while at <= #source do
    local step, after = field:match(source, at)
    if step and RESERVED[step] then
      return refuse(source, at,
        format("'%s' is a word of the language; write [\"%s\"]", step, step))
    end
    if not step then step, after = index:match(source, at) end
    if not step then
      local found = source:sub(at, at)
      if found == "." then return refuse(source, at + 1, "expected a name after '.'") end
      if found == "[" then
        return refuse(source, at + 1, "expected a whole number or a quoted name, then ']',")
      end
      return refuse(source, at, format("unexpected '%s'", found))
    end
    if step == 0 then return refuse(source, at, "positions begin with 1") end
    if math_type(step) == "float" then return refuse(source, at, "no list is that long") end
    path[#path + 1] = step
    at = after
  end
  return path
end

return expr
