-- SPDX-License-Identifier: MIT
-- display.lua - values as a person reads them: items as a table, anything else as text in lines.
--
-- Both end: a table has as many columns as the terminal has room for, a text so many levels,
-- entries and lines. Tables are looked at raw: what their metatables do may fail, or print.
-- `host.width` says what text takes of the terminal (see src/cli/terminal.h).
local leat = require "leat"
local core = require "leat.core"
local visible = require "leat.visible"

local display = {}

---------------------------------------------------------------------------------------- colours

local CODES <const> = { name = "1", dim = "2", error = "1;31" }
local PLAIN <const> = function(_, text) return text end

-- paint(kind, text): the text in the colour of its kind, or as it is.
function display.painter(coloured)
  if not coloured then return PLAIN end
  return function(kind, text)
    return text == "" and text or ("\27[%sm%s\27[0m"):format(CODES[kind], text)
  end
end

---------------------------------------------------------------------------------------- kinds

local function metaname(value)
  local metatable = debug.getmetatable(value)
  return type(metatable) == "table" and rawget(metatable, "__name") or nil
end

local function has_tostring(value)
  local metatable = debug.getmetatable(value)
  return type(metatable) == "table" and rawget(metatable, "__tostring") ~= nil
end

-- A pipeline or a generator: which of them, or nil.
function display.stream(value)
  local name = type(value) == "userdata" and metaname(value)
  return name == "leat.pipeline" and "pipeline" or name == "leat.generator" and "generator" or nil
end

local function is_record(value) return type(value) == "userdata" and metaname(value) == "record" end

-- A table whose keys are 1..n, n > 0, or a record that is a list.
local function is_list(value)
  if is_record(value) then return tostring(value):find "^%s*%[" ~= nil end
  local n, count = rawlen(value), 0
  if n == 0 then return false end
  for _ in next, value do count = count + 1 end
  return count == n
end

-- What has fields by name, and nothing else.
local function has_fields(value)
  if is_record(value) then return not is_list(value) end
  if type(value) ~= "table" or next(value) == nil then return false end
  if has_tostring(value) then return false end
  for key in next, value do
    if type(key) ~= "string" then return false end
  end
  return true
end

---------------------------------------------------------------------------------------- text

-- The beginning of a text, which is longer: so many bytes at most, in whole characters.
local function beginning(text, most)
  local from = utf8.offset(text, 0, most + 1)
  return text:sub(1, from and from - 1 or most)
end

-- `all` says how the whole can be seen.
local function quoted(text, most, all)
  local cut = ""
  if #text > most then
    cut = ("… (%d bytes%s)"):format(#text, all and "; " .. all or "")
    text = beginning(text, most)
  end
  return '"' .. visible((text:gsub('[\\"]', "\\%0"))) .. '"' .. cut
end

local function number_text(value)
  local ok, text = pcall(leat.json.encode, value)
  return ok and text or tostring(value)
end

local function other_text(value)
  local ok, text = pcall(tostring, value)
  return visible(ok and text or type(value))
end

---------------------------------------------------------------------------------------- values

local DEEPEST <const>, MOST_ENTRIES <const>, MOST_LINES <const> = 8, 50, 100
local LONG_STRING <const>, NESTED_STRING <const> = 2000, 200
local PRINT <const> = "`print(_)` shows all"

local function key_order(a, b)
  local x, y = type(a), type(b)
  if x ~= y then return x == "string" or y ~= "string" and x < y end
  if x == "string" or x == "number" then return a < b end
  return tostring(a) < tostring(b)
end

-- The entries of a table or record: a list of { label, value }, of which no more than are shown are
-- looked at; how many there are in all; and the brackets around them.
local function entries_of(value)
  local record, list = is_record(value), is_list(value)
  local found, count = {}, 0
  local function add(label, element)
    count = count + 1
    if count <= MOST_ENTRIES then found[count] = { label, element } end
  end
  if record and list then
    for _, element in ipairs(value) do add("", element) end
  elseif record then
    for key, element in pairs(value) do
      add(leat.json.encode(key) .. ": ", element)
    end
  else
    local n, keys = rawlen(value), {}
    for i = 1, math.min(n, MOST_ENTRIES) do add("", rawget(value, i)) end
    count = n
    for key in next, value do
      if not (math.type(key) == "integer" and key >= 1 and key <= n) then keys[#keys + 1] = key end
    end
    table.sort(keys, key_order)
    for _, key in ipairs(keys) do
      local label = type(key) == "string" and (key:find "^[%a_][%w_]*$" and key or
        "[" .. quoted(key, NESTED_STRING) .. "]") or "[" .. other_text(key) .. "]"
      add(label .. " = ", rawget(value, key))
    end
  end
  if record and list then return found, count, "[", "]" end
  return found, count, "{", "}"
end

-- A value as a list of lines, the first without indentation; `above` are the tables it is in.
local function lines_of(value, room, depth, above, host, paint)
  local kind = type(value)
  if value == leat.null then return { paint("dim", "null") }, 4 end
  if kind == "nil" then return { paint("dim", "nil") }, 3 end
  if kind == "string" then
    local text = quoted(value, depth == 0 and LONG_STRING or NESTED_STRING,
      depth == 0 and PRINT)
    return { text }, host.width(text)
  elseif kind == "number" then
    local text = number_text(value)
    return { text }, #text
  end
  local plain = kind == "table" and not has_tostring(value)
  if not plain and not is_record(value) then
    local text = other_text(value)
    return { text }, host.width(text)
  end
  if above[value] then return { paint("dim", "<cycle>") }, 7 end
  if depth == DEEPEST then return { "{…}" }, 3 end
  local entries, count, open, close = entries_of(value)
  if count == 0 then return { open .. close }, 2 end
  above[value] = true
  local inner, width, one_line, lines = {}, 2, true, 0
  for i, entry in ipairs(entries) do
    local text, wide = lines_of(entry[2], room - 2, depth + 1, above, host, paint)
    text[1] = visible(entry[1]) .. text[1]
    width = width + wide + host.width(entry[1]) + 2
    lines = lines + #text
    inner[i] = text
    one_line = one_line and #text == 1
    if lines > MOST_LINES then break end
  end
  above[value] = nil
  local left = count - #inner
  if left > 0 then
    inner[#inner + 1] = { paint("dim", ("… %d more"):format(left)) }
    width = width + 12
  end
  if one_line and width <= room then
    for i, text in ipairs(inner) do inner[i] = text[1] end
    return { open .. table.concat(inner, ", ") .. close }, width
  end
  local result = { open }
  for i, text in ipairs(inner) do
    for _, line in ipairs(text) do result[#result + 1] = "  " .. line end
    if i < #inner then result[#result] = result[#result] .. "," end
  end
  result[#result + 1] = close
  return result, room + 1
end

-- The beginning of a string of several lines, as it is; or nil where it is no such text.
local function lines_of_text(text, paint)
  if not text:find "\n" then return nil end
  local shown = #text > MOST_LINES * LONG_STRING and beginning(text, MOST_LINES * LONG_STRING)
    or text
  if not utf8.len(shown) or shown:find "[%z\1-\8\11-\31\127]" then return nil end
  local lines, bytes = {}, 0
  for line in shown:gsub("\n$", ""):gmatch "[^\n]*" do
    local cut = #line > LONG_STRING and beginning(line, LONG_STRING) .. "…" or line
    bytes = bytes + #cut
    if #lines == MOST_LINES or #lines > 0 and bytes > 2 * LONG_STRING then break end
    lines[#lines + 1] = cut
  end
  local shorter = table.concat(lines, "\n")
  if #shorter < #text - 1 then
    shorter = shorter .. "\n" .. paint("dim", ("… (%d bytes; %s)"):format(#text, PRINT))
  end
  return shorter
end

-- A value as text, in lines as long as the terminal is wide where that can be. A string of several
-- lines is shown as it is. What is long ends early, and says so.
function display.value(value, width, host, paint)
  local text = type(value) == "string" and lines_of_text(value, paint)
  if text then return text end
  local lines = lines_of(value, width, 0, {}, host, paint)
  if #lines > MOST_LINES then
    local count = #lines
    lines = table.move(lines, 1, MOST_LINES, 1, {})
    lines[#lines + 1] = paint("dim", ("… %d more line%s; `print(leat.json.encode(_))` has all")
      :format(count - MOST_LINES, count - MOST_LINES == 1 and "" or "s"))
  end
  return table.concat(lines, "\n")
end

---------------------------------------------------------------------------------------- tables

local GAP <const> = 2
local NARROWEST <const> = 8 -- what a column is cut to before columns are left out
local CELL <const> = 200 -- bytes of a nested value that are looked at

-- A cell: its text, the type it has, and whether it is a number.
local function cell_of(value)
  if value == leat.null then return "null", nil end
  local kind = type(value)
  if kind == "string" then
    return visible(#value > 4 * CELL and value:sub(1, 4 * CELL) .. "…" or value), "string"
  elseif kind == "number" then
    return number_text(value), math.type(value) == "integer" and "integer" or "number", true
  elseif is_record(value) then
    return visible(tostring(value):sub(1, 4 * CELL)), is_list(value) and "list" or "record"
  elseif kind == "table" and not has_tostring(value) then
    local lines = lines_of(value, math.maxinteger, DEEPEST - 3, {}, { width = function(text)
      return #text
    end }, PLAIN)
    return table.concat(lines, " "), is_list(value) and "list" or "table"
  end
  return other_text(value), kind
end

-- Items (of table.pack) as columns: { name, cells, widths, types, numbers }.
local function columns_of(items, host)
  local columns, by_name = {}, {}
  local function put(row, name, value)
    local column = by_name[name]
    if not column then
      column = { name = visible(name), cells = {}, widths = {}, types = {}, numbers = true,
        filled = 0 }
      by_name[name] = column
      columns[#columns + 1] = column
    end
    local text, kind, number = cell_of(value)
    column.cells[row], column.widths[row] = text, (host.width(text))
    column.filled = column.filled + 1
    if kind == nil then
      column.nulls = true
      return
    end
    column.numbers = column.numbers and number
    if not column.types[kind] then
      column.types[kind] = true
      column.types[#column.types + 1] = kind
    end
  end
  for row, item in ipairs(items) do
    if item.n > 1 then
      for i = 1, item.n do put(row, "_" .. i, item[i] == nil and leat.null or item[i]) end
    elseif has_fields(item[1]) then
      local value = item[1]
      if is_record(value) then
        for _, key in ipairs(core.names(value)) do
          local field = value[key]
          if field == nil and leat.has(value, key) then field = leat.null end
          if field ~= nil then put(row, key, field) end
        end
      else
        local keys = {}
        for key in next, value do keys[#keys + 1] = key end
        table.sort(keys)
        for _, key in ipairs(keys) do put(row, key, rawget(value, key)) end
      end
    else
      put(row, "_", item[1])
    end
  end
  return columns
end

-- The types seen in a column, as one word; a question mark where some are missing or null.
local function type_of(column, rows)
  local types = column.types
  local text = #types == 0 and "null" or table.concat(types, "|")
  if types.integer and types.number and #types == 2 then text = "number" end
  if #types > 0 and (column.nulls or column.filled < rows) then text = text .. "?" end
  return text
end

-- How wide each column becomes, and how many there is room for.
local function fit(columns, room)
  local function taken(count, cap)
    local sum = GAP * (count - 1)
    for i = 1, count do sum = sum + math.min(columns[i].wide, cap) end
    return sum
  end
  local count = math.min(#columns, math.max(1, (room + GAP) // (1 + GAP)))
  while count > 1 and taken(count, NARROWEST) > room do count = count - 1 end
  local cap = room
  while cap > 1 and taken(count, cap) > room do cap = cap - 1 end
  for i = 1, count do columns[i].wide = math.min(columns[i].wide, cap) end
  local left = room - taken(count, cap) -- the columns that were cut share what is left
  for i = 1, count do
    local more = math.min(left, columns[i].natural - columns[i].wide)
    columns[i].wide, left = columns[i].wide + more, left - more
  end
  return count
end

-- Text cut to so many columns.
function display.fitted(text, most, host)
  local used, bytes = host.width(text, most)
  if bytes == #text then return text, used end
  used, bytes = host.width(text, most - 1)
  return text:sub(1, bytes) .. "…", used + 1
end

-- Text in exactly so many columns, at its left or right end.
local function padded(text, wide, right, host)
  local used
  text, used = display.fitted(text, wide, host)
  local blanks = (" "):rep(wide - used)
  return right and blanks .. text or text .. blanks
end

-- A list of items, each as table.pack gives it, as lines of a table no wider than `width`: names,
-- types, a line for each item. Returns the lines and the names of the columns left out.
function display.table(items, width, host, paint)
  local columns = columns_of(items, host)
  local room = math.max(1, width)
  for _, column in ipairs(columns) do
    column.type = type_of(column, #items)
    local wide = math.max(host.width(column.name), host.width(column.type), 1)
    for _, w in pairs(column.widths) do wide = math.max(wide, w) end
    column.natural, column.wide = wide, wide
    column.right = column.numbers and #column.types > 0
  end
  local count = fit(columns, room)
  local function line(kind, text_of)
    local cells = {}
    for i = 1, count do
      local column = columns[i]
      local text = text_of(column)
      local cell = padded(text or "", column.wide, column.right, host)
      if kind then
        cell = paint(kind, cell)
      elseif text == "null" and column.nulls then
        cell = paint("dim", cell)
      end
      cells[i] = cell
    end
    return (table.concat(cells, (" "):rep(GAP)):gsub(" +$", ""))
  end
  local lines = { line("name", function(column) return column.name end),
    line("dim", function(column) return column.type end) }
  for row = 1, #items do
    lines[#lines + 1] = line(nil, function(column) return column.cells[row] end)
  end
  local left_out = {}
  for i = count + 1, #columns do left_out[#left_out + 1] = columns[i].name end
  return lines, left_out
end

return display
