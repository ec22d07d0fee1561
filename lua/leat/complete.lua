-- SPDX-License-Identifier: MIT
-- complete.lua - what the word being typed could become: Tab in the REPL.
--
-- What stands before the cursor is cut into tokens; the last of them say what is asked for:
--
--   read_js            a name in scope, or a word of Lua
--   ev:fil             a method of the value; of a pipeline where a call gives one
--   row.user.na        a field of the value, or of the records seen
--   read_csv("x", {nu  an option of that operator
--   "logs/we           a file, in a string
--   :map("user.na      a field of the records seen, in the string of an operator
--   :lo                a command of the REPL
--
-- Names are looked up without calling anything: no function and no metamethod but the index of
-- leat's own records.
local leat = require "leat"
local core = require "leat.core"
local options = require "leat.options"
local visible = require "leat.visible"

local complete = {}

local KEYWORDS <const> = {}
for word in ([[and break do else elseif end false for function goto if in local nil not or repeat
  return then true until while]]):gmatch "%a+" do KEYWORDS[#KEYWORDS + 1] = word end

-- Functions of Lua's, and methods of strings, that return a string.
local GIVES_STRING <const> = {}
for name in ("char format gsub lower rep reverse sub tostring upper"):gmatch "%a+" do
  GIVES_STRING[name] = true
end

local LISTED <const> = 100 -- candidates at most

local families = {}
for _, op in ipairs(core.operators()) do families[op.name] = op.family end

-- The methods of all pipelines, and of all generators: those of leat.operator, too.
local PIPELINE <const> = debug.getmetatable(leat.empty()).__index
local GENERATOR <const> = (function()
  local g <close> = leat.empty():open()
  return debug.getmetatable(g).__index
end)()

---------------------------------------------------------------------------------------- tokens

-- A list of { kind, text, from }: "name", "string" or "mark" (one character). The last one is
-- of kind "open" when it is a string without its end, and text is what is in it so far; "comment"
-- when the text ends in one.
local function tokens_of(text)
  local list, at = {}, 1
  local function add(kind, from, what)
    list[#list + 1] = { kind = kind, text = what, from = from }
  end
  while true do
    at = text:find("%S", at)
    if not at then return list end
    local level = text:match("^%[(=*)%[", at)
    local comment = text:match("^%-%-()", at)
    local long = comment and text:match("^%[(=*)%[", comment)
    if comment and not long then
      local stop = text:find("\n", at, true)
      if not stop then add("comment", at, "") return list end
      at = stop + 1
    elseif long or level then
      local from = (comment or at) + #(long or level) + 2
      local _, stop = text:find("]" .. (long or level) .. "]", from, true)
      if not stop then
        add(comment and "comment" or "open", from, text:sub(from))
        return list
      end
      if not comment then add("string", at, text:sub(at, stop)) end
      at = stop + 1
    elseif text:find("^[%a_]", at) then
      local name = text:match("^[%w_]+", at)
      add("name", at, name)
      at = at + #name
    elseif text:find("^[%d]", at) or text:find("^%.%d", at) then
      local number = text:match("^%.?%d[%w.]*", at)
      add("number", at, number)
      at = at + #number
    elseif text:find("^[\"']", at) then
      local quote, from = text:sub(at, at), at + 1
      local stop = from
      while true do
        stop = text:find("[\\\n" .. quote .. "]", stop)
        if not stop or text:sub(stop, stop) ~= "\\" then break end
        stop = stop + 2
      end
      if not stop then
        add("open", from, text:sub(from))
        list[#list].quote = quote
        return list
      end
      add("string", at, text:sub(at, stop))
      at = stop + 1
    else
      add("mark", at, text:sub(at, at))
      at = at + 1
    end
  end
end

local CLOSERS <const> = { [")"] = "(", ["}"] = "{", ["]"] = "[" }
local OPENERS <const> = { ["("] = true, ["{"] = true, ["["] = true }

local function is_mark(token, text) return token and token.kind == "mark" and token.text == text end

-- The index of the bracket that token `i`, a closing one, closes; or nil.
local function opening(tokens, i)
  local depth = 0
  for k = i, 1, -1 do
    local token = tokens[k]
    if token.kind == "mark" then
      if CLOSERS[token.text] then depth = depth + 1 end
      if OPENERS[token.text] then
        depth = depth - 1
        if depth == 0 then return k end
      end
    end
  end
end

-- The index of the innermost bracket that is open behind token `i`, or nil.
local function enclosing(tokens, i)
  local depth = 0
  for k = i, 1, -1 do
    local token = tokens[k]
    if token.kind == "mark" then
      if CLOSERS[token.text] then depth = depth + 1 end
      if OPENERS[token.text] then
        if depth == 0 then return k end
        depth = depth - 1
      end
    end
  end
end

-- The name that is called with what begins behind token `i`, and whether as a method; or nil.
local function callee(tokens, i)
  local name = tokens[i]
  if name and name.kind == "name" then return name.text, is_mark(tokens[i - 1], ":") end
end

---------------------------------------------------------------------------------------- values

local function metatable_of(value)
  local metatable = debug.getmetatable(value)
  return type(metatable) == "table" and metatable or {}
end

local function is_record(value)
  return type(value) == "userdata" and rawget(metatable_of(value), "__name") == "record"
end

-- The field of a value, found without calling anything.
local function field_of(value, name)
  for _ = 1, 20 do
    if is_record(value) then return value[name] end
    if type(value) == "table" then
      local field = rawget(value, name)
      if field ~= nil then return field end
    end
    value = rawget(metatable_of(value), "__index")
    if value == nil then return nil end
  end
end

-- Adds what can be written as a name, and is not meant for Lua itself.
local function add_name(names, key)
  if type(key) == "string" and key:find "^[%a_\x80-\xff][%w_\x80-\xff]*$"
    and key:sub(1, 2) ~= "__" then
    names[#names + 1] = key
  end
end

-- Adds the names of a value's fields to `names`: those that are functions, for `:`.
local function add_members(names, value, functions)
  if is_record(value) then
    if functions then return end
    for key in pairs(value) do add_name(names, key) end
    return
  end
  for _ = 1, 20 do
    if type(value) == "table" then
      for key, field in next, value do
        if not functions or type(field) == "function" then add_name(names, key) end
      end
    end
    value = rawget(metatable_of(value), "__index")
    if type(value) ~= "table" then return end
  end
end

-- The value, or the kind of value, that the expression which ends with token `i` has:
-- { value = v }, { methods = table }, { path = names } behind something unknown; or nil.
local expression
function expression(tokens, i, env)
  local token = tokens[i]
  if not token then return nil end
  if token.kind == "string" then
    -- read_lines "x": a call
    local name, method = callee(tokens, i - 1)
    if name and (families[name] or method) then
      return { methods = PIPELINE }
    end
    return { value = "" }
  end
  if token.kind == "mark" and (token.text == ")" or token.text == "}") then
    local open = opening(tokens, i)
    local name, method = callee(tokens, open and open - 1 or 0)
    if not name then
      if token.text == "}" then return nil end
      return expression(tokens, i - 1, env) or { methods = PIPELINE }
    end
    if name == "open" and method then return { methods = GENERATOR } end
    if name == "concat" or name == "explain" or GIVES_STRING[name] then return { value = "" } end
    local family = families[name]
    if family == "terminal" then return { path = {} } end
    return { methods = PIPELINE }
  end
  if token.kind ~= "name" then return nil end
  local path = { token.text }
  local k = i
  while is_mark(tokens[k - 1], ".") and tokens[k - 2] and tokens[k - 2].kind == "name" do
    k = k - 2
    table.insert(path, 1, tokens[k].text)
  end
  if is_mark(tokens[k - 1], ".") or is_mark(tokens[k - 1], ":") then return { path = path } end
  local value = field_of(env, path[1])
  if value == nil then return { path = table.move(path, 2, #path, 1, {}) } end
  for n = 2, #path do
    value = field_of(value, path[n])
    if value == nil then return nil end
  end
  return { value = value }
end

---------------------------------------------------------------------------------- records seen

local SEEN <const>, DEEP <const> = 1000, 5 -- names that are remembered, levels

-- A memory of field names: a tree of tables by name.
function complete.memory() return { count = 0, fields = {} } end

-- Remembers the fields of a value.
function complete.see(memory, value)
  local function visit(tree, item, depth)
    if depth > DEEP or memory.count > SEEN then return end
    local kind = type(item)
    if not is_record(item) and kind ~= "table" then return end
    local looked = 0
    for key, field in (is_record(item) and pairs or function(t) return next, t end)(item) do
      looked = looked + 1
      if looked > SEEN then return end
      if type(key) == "string" then
        if not tree[key] then
          tree[key] = {}
          memory.count = memory.count + 1
        end
        visit(tree[key], field, depth + 1)
      elseif looked <= 3 then -- the elements of a list have the fields of its first ones
        visit(tree, field, depth + 1)
      end
    end
  end
  visit(memory.fields, value, 1)
end

local function fields_at(memory, path)
  local tree, names = memory.fields, {}
  for _, name in ipairs(path) do
    tree = tree[name]
    if not tree then return names end
  end
  for name in next, tree do names[#names + 1] = name end
  return names
end

---------------------------------------------------------------------------------------- candidates

-- Of what is in an open string: names, what is typed of them, what comes behind the only one.
local function in_string(tokens, session, host)
  local open = tokens[#tokens]
  local bracket = #tokens - 1
  if not callee(tokens, bracket) then bracket = (enclosing(tokens, #tokens - 1) or 1) - 1 end
  local name, method = callee(tokens, bracket)
  if name == "desc" or name and method and families[name] and not name:find "^write_" then
    local path, typed = {}, open.text:match "[^.]*$"
    for part in open.text:sub(1, #open.text - #typed):gmatch "[^.]+" do path[#path + 1] = part end
    return fields_at(session.seen, path), typed, ""
  end
  local names = host.files(open.text)
  local behind = #names == 1 and not names[1]:find "/$" and open.quote or ""
  return names, open.text, behind
end

-- The options of the operator in whose table of options the cursor is, or nil.
local function options_at(tokens, last)
  local before = tokens[last]
  if not (is_mark(before, "{") or is_mark(before, ",")) then return nil end
  local brace = is_mark(before, "{") and last or enclosing(tokens, last - 1)
  if not is_mark(tokens[brace], "{") then return nil end
  local name = callee(tokens, brace - 1)
  if not name then
    local outer = enclosing(tokens, brace - 1)
    name = outer and callee(tokens, outer - 1)
  end
  local list = name and options[name]
  if not list then return nil end
  local names = {}
  for i, option in ipairs(list) do names[i] = option[1] end
  return names
end

local function in_scope(env)
  local names = table.move(KEYWORDS, 1, #KEYWORDS, 1, {})
  add_members(names, env)
  return names
end

local function of_code(text, session, host)
  local tokens = tokens_of(text)
  local last = tokens[#tokens]
  if last and last.kind == "comment" then return {}, "", "" end
  if last and last.kind == "open" then return in_string(tokens, session, host) end
  local typed, i = "", #tokens
  if last and last.kind == "name" and last.from + #last.text > #text then
    typed, i = last.text, i - 1
  end
  local before = tokens[i]
  if is_mark(before, ":") or is_mark(before, ".") then
    if is_mark(tokens[i - 1], ".") or is_mark(tokens[i - 1], ":") then -- `..`, `::`
      return in_scope(session.env), typed, ""
    end
    local found, names = expression(tokens, i - 1, session.env), {}
    local functions = before.text == ":"
    if found and found.methods then
      if functions then add_members(names, found.methods, true) end
    elseif found and found.value ~= nil then
      add_members(names, found.value, functions)
    elseif found and not functions then
      names = fields_at(session.seen, found.path)
    elseif found then
      add_members(names, PIPELINE, true)
    end
    return names, typed, ""
  end
  local found = options_at(tokens, i)
  if found then return found, typed, " = " end
  if typed == "" and before == nil then return {}, typed, "" end
  return in_scope(session.env), typed, ""
end

-- Of a command: its name, or a file, or a name that has help.
local function of_command(line, session, host)
  local name = line:match "^:(%a*)$"
  if name then return session.commands, name, " " end
  local rest
  name, rest = line:match "^:(%a+)%s+(.*)$"
  if name == "load" or name == "save" then return host.files(rest), rest, "" end
  if name == "help" then return session.helped, rest, "" end
  if name == "time" then return of_code(rest, session, host) end
  return {}, "", ""
end

---------------------------------------------------------------------------------------- the answer

-- The names that begin with `typed`, sorted, each once.
local function beginning_with(names, typed)
  local found, there = {}, {}
  for _, name in ipairs(names) do
    if name:sub(1, #typed) == typed and not there[name] then
      there[name] = true
      found[#found + 1] = name
    end
  end
  table.sort(found)
  return found
end

local function common_prefix(names)
  local first, last = names[1], names[#names]
  local n = 0
  while n < #first and first:byte(n + 1) == last:byte(n + 1) do n = n + 1 end
  while n > 0 and n < #first and first:byte(n + 1) & 0xC0 == 0x80 do n = n - 1 end
  return first:sub(1, n)
end

-- Names side by side, in as many columns as the terminal has room for.
local function listed(names, host)
  local columns = host.size()
  local shown = table.move(names, 1, math.min(#names, LISTED), 1, {})
  local widest = 1
  for i, name in ipairs(shown) do
    shown[i] = visible(name:match "[^/]+/?$" or name)
    widest = math.max(widest, (host.width(shown[i])))
  end
  local across = math.max(1, (columns + 2) // (widest + 2))
  local down = (#shown + across - 1) // across
  local lines = {}
  for row = 1, down do
    local cells = {}
    for column = 0, across - 1 do
      local name = shown[column * down + row]
      if name then
        local fill = shown[(column + 1) * down + row] and widest - host.width(name) + 2 or 0
        cells[#cells + 1] = name .. (" "):rep(fill)
      end
    end
    lines[row] = table.concat(cells)
  end
  if #names > #shown then lines[#lines + 1] = ("… %d more"):format(#names - #shown) end
  return table.concat(lines, "\n") .. "\n"
end

-- What Tab does behind `text`: what goes into the line, and what is listed below it, or nil.
-- session: env, seen (of complete.memory), commands, helped (names that have help).
function complete.at(text, session, host)
  local line = text:match "[^\n]*$"
  local names, typed, behind
  if text:find "^:" then
    names, typed, behind = of_command(line, session, host)
  else
    if not line:find "%S" then return "  " end
    names, typed, behind = of_code(text, session, host)
  end
  local found = beginning_with(names, typed)
  if #found == 0 then return "" end
  if #found == 1 then return found[1]:sub(#typed + 1) .. (found[1]:find "/$" and "" or behind) end
  local insert = common_prefix(found):sub(#typed + 1)
  if insert ~= "" then return insert end
  return "", listed(found, host)
end

return complete
