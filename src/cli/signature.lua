-- SPDX-License-Identifier: MIT
-- signature.lua - reads the signatures of core/operators.h, for what is made from them.
--
--   signature  = call { " | " call }              calls that mean different things
--   call       = name "(" [ parameters ] ")" | name "{" name " = " value "}"
--   parameters = parameter { ", " parameter }
--   parameter  = [ "..." | name ] "..." | name " = " default | value { "|" value }
--   value      = name | "text" | "{" option { ", " option } "}",  option = name " =" [ " " value ]
--
-- and any parameters in square brackets with a comma before, behind or without one are optional.

-- A cursor on a text: take(pattern) moves past it and returns the capture, or nothing.
local function cursor(text)
  local at = 1
  return {
    take = function(pattern)
      local first, last, capture = text:find("^" .. pattern, at)
      if not first then return end
      at = last + 1
      return capture or text:sub(first, last)
    end,
    fail = function(wanted)
      error(("signature %s: expected %s at %q"):format(text, wanted, text:sub(at)), 0)
    end,
    ended = function() return at > #text end,
  }
end

local read_value

-- { left =, how = "inner"|"left" }: its opening brace has been taken.
local function read_table(c)
  local options = {}
  repeat
    local option = { name = c.take "([%a_][%w_]*) =" or c.fail "a field" }
    if c.take " " then option.values = read_value(c) end
    options[#options + 1] = option
  until not c.take ", "
  if not c.take "}" then c.fail "}" end
  return { kind = "table", options = options }
end

-- A list of what may stand there: { kind = "name", "text", "table", text =, options = }.
function read_value(c)
  local values = {}
  repeat
    local text = c.take '("[^"]*")'
    local name = not text and c.take "([%a_][%w_]*)"
    if text or name then
      values[#values + 1] = { kind = text and "text" or "name", text = text or name }
    elseif c.take "{" then
      values[#values + 1] = read_table(c)
    else
      c.fail "a value"
    end
  until not c.take "|"
  return values
end

local function read_parameter(c, optional)
  if c.take "%.%.%." then return { name = "...", many = true, optional = optional } end
  local values = read_value(c)
  local one = values[2] == nil and values[1]
  local parameter = { name = one and one.kind == "name" and one.text, values = values,
    optional = optional }
  if parameter.name and c.take "%.%.%." then parameter.many = true end
  if parameter.name and c.take " = " then parameter.default = c.take '[^%[%],)]+' end
  return parameter
end

-- `depth` counts the brackets that are open: what is inside them may be left out. `due`: at the
-- beginning and behind a comma, where a parameter must follow.
local function read_parameters(c)
  local parameters, depth, due = {}, 0, true
  if c.take "%)" then return parameters end
  repeat
    if c.take(due and "%[" or "%[, ") then
      depth = depth + 1
    elseif not due then
      c.fail(depth > 0 and "]" or ")")
    end
    parameters[#parameters + 1] = read_parameter(c, depth > 0)
    due = false
    while depth > 0 and not due do
      due = c.take ", %]" ~= nil
      if not due and not c.take "%]" then break end
      depth = depth - 1
    end
    due = due or c.take ", " ~= nil
  until not due and depth == 0 and c.take "%)"
  return parameters
end

local function read_call(c)
  local call = { name = c.take "([%a_][%w_.:]*)" or c.fail "a name" }
  if c.take "%(" then
    call.parameters = read_parameters(c)
  elseif c.take "{" then
    call.parameters = { { values = { read_table(c) }, fields = true } }
  else
    c.fail "( or {"
  end
  return call
end

-- signature -> a list of calls { name, parameters }, a parameter being
--   { name = "n" or nil, optional, many: any number of them, default = "1",
--     values = what may stand there, fields: a table whose fields have names of the user's }
-- An option table is a parameter of one value of kind "table". Raises what it cannot read.
return function(text)
  local c, calls = cursor(text), {}
  repeat calls[#calls + 1] = read_call(c) until not c.take " | "
  if not c.ended() then c.fail "the end" end
  return calls
end
