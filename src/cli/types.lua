-- SPDX-License-Identifier: MIT
-- types.lua - writes what editors know of leat, in the annotations of the Lua language server:
--   leat src/cli/types.lua module > leat.lua     the module, as require "leat" gives it
--   leat src/cli/types.lua script > script.lua   the names that scripts have without it
--
-- Names, signatures and texts come from core/operators.h, vocabulary.lua, options.lua and help.lua.
-- Here is only what they do not say: types. What has none here is `any`, which is said on stderr.
local leat = require "leat"
local core = require "leat.core"
local help = require "leat.help"
local options = require "leat.options"
local usage = require "leat.usage"
local vocabulary = require "leat.vocabulary"
local read_signature = dofile(arg[0]:match "^(.-)[^/]*$" .. "signature.lua")

local FN <const> = "fun(...: any): ...any"

-- Types of parameters by their names in signatures, which mean the same everywhere but here and
-- there: "operator.parameter".
local PARAMETERS <const> = {
  f = "leat.Callback", pred = "leat.Callback", key = "leat.Callback", value = "leat.Callback",
  fn = FN, n = "integer", step = "integer", start = "number", first = "integer", last = "integer",
  depth = "integer", seed = "integer", buffer = "integer", p = "number", m = "integer",
  x = "any", v = "any", e = "any", init = "any", t = "table", s = "string", sep = "string",
  fields = "string", field = "string", name = "string", new = "string", path = "leat.Path",
  program = "string", args = "string|number", other = "leat.Input", record = "leat.Record|table",
  options = "table",
  ["set.f"] = "leat.Callback|number|boolean|leat.Null",
  ["range.stop"] = "number", ["range.first"] = "number", ["range.last"] = "number",
  ["range.step"] = "number", ["count_from.step"] = "number", ["from.x"] = "leat.Input",
  ["yield_from.x"] = "leat.Input", ["unfold.seed"] = "any", ["resource.open"] = "fun(): any",
  ["resource.next"] = "fun(state: any): ...any", ["resource.close"] = "fun(state: any)",
  ["tap.fn"] = "fun(...: any)", ["each.fn"] = "fun(...: any)",
  ["through.fn"] = "fun(upstream: leat.Generator, ...: any): ...any", ["through...."] = "any",
  ["operator.fn"] = "fun(upstream: leat.Generator, ...: any): ...any",
  ["branch.fn"] = "fun(pipeline: leat.Pipeline): ...any",
  ["branch...."] = "fun(pipeline: leat.Pipeline): ...any",
  ["on_error.fn"] = "fun(err: leat.Error): any", ["catch.fn"] = "fun(err: leat.Error): leat.Input?",
  ["finally.fn"] = "fun(err?: leat.Error)", ["group_by...."] = "leat.Callback",
  ["chain...."] = "leat.Input", ["zip...."] = "leat.Input", ["zip_longest...."] = "leat.Input",
  ["interleave...."] = "leat.Input", ["merge_sorted...."] = "leat.Input",
  ["product...."] = "leat.Input", ["pluck.path"] = "string", ["explode.path"] = "string",
  ["yield...."] = "any",
  ["testing.counting.log"] = "string[]",
  ["testing.failing.good"] = "integer", ["testing.failing.cause"] = "any",
  ["testing.clock.now"] = "number", ["testing.assert_yields.expected"] = "any[]",
  ["testing.assert_yields.pipeline"] = "leat.Pipeline",
}

-- Types of results, where they are no pipelines.
local RESULTS <const> = {
  generator = { "fun(...: any): leat.Pipeline" },
  tee = { "leat.Pipeline ..." }, partition = { "leat.Pipeline", "leat.Pipeline" },
  collect = { "any[]" }, each = {}, drain = {}, count = { "integer" }, sum = { "number" },
  mean = { "number?" }, min = { "any" }, max = { "any" }, minmax = { "any", "any" },
  min_by = { "any ..." }, max_by = { "any ..." }, fold = { "any" }, first = { "any ..." },
  last = { "any ..." }, nth = { "any ..." }, one = { "any ..." }, find = { "any ..." },
  find_index = { "integer?" }, any = { "boolean" }, all = { "boolean" }, none = { "boolean" },
  branch = { "any ..." }, concat = { "string" }, to_map = { "table<any, any>" },
  to_set = { "table<any, true>" },
  yield = { "any ..." }, yield_from = { "any ..." }, open = { "leat.Generator" },
  iter = { FN, "leat.Generator", "nil", "leat.Generator" }, explain = { "string" },
  next = { "any ..." }, send = { "any ..." }, throw = { "any ..." }, peek = { "any ..." },
  close = {}, status = { '"new"|"suspended"|"running"|"ended"' }, desc = { "leat.Callback" },
  input = { "leat.Pipeline" }, array = { "table" }, has = { "boolean" }, table = { "table" },
  ["json.encode"] = { "string" }, ["json.decode"] = { "any" }, operator = {},
  memory = { "{ now: integer, peak: integer }" },
  ["testing.counting"] = { "leat.Pipeline",
    "{ opens: integer, closes: integer, pulls: integer, now: integer }" },
  ["testing.failing"] = { "leat.Pipeline",
    "{ opens: integer, closes: integer, pulls: integer, now: integer }" },
  ["testing.clock"] = { "leat.testing.Clock" }, ["testing.assert_yields"] = {},
  ["testing.assert_closed"] = { "any ..." },
}

-- What is no function.
local CLASSES <const> = [[
---@meta leat
-- Made by src/cli/types.lua of leat.

---A function of an item's parts, or a path: "user.name", "items[-1]", 'a["x y"]', "_" the item
---itself, "_2" the second part of a tuple.
---@alias leat.Callback string|fun(...: any): ...any

---What `from` takes: a list, a pipeline, a generator, a coroutine, a Lua iterator, an object with
---`__iter`.
---@alias leat.Input leat.Pipeline|leat.Record|table|thread|function

---A file, a pattern such as "logs/*.jsonl", a list of both, an open file, or "-" for standard
---input.
---@alias leat.Path string|string[]|file*

---A recipe: building it opens, reads and calls nothing. Each loop over it and each terminal is a
---run of its own.
---@class leat.Pipeline
---@overload fun(...: any): ...any
local Pipeline = {}

---A live run: read item by item. Methods of pipelines go on from where it stands.
---@class leat.Generator: leat.Pipeline
local Generator = {}

---An item out of a file of JSON or CSV, or a part of one: fields are read when they are touched.
---`tostring` is its JSON.
---@class leat.Record
---@field [string] any
---@field [integer] any
---@operator len: integer

---JSON's null, and what stands for nil as an item.
---@class leat.Null

---What failed while a pipeline ran. `tostring` gives the message with its place.
---@class leat.Error
---@field message string what failed
---@field code leat.Code
---@field stage? string the operator that failed
---@field stage_number? integer its place in the pipeline, from 1
---@field item? integer the number of the item, from 1
---@field file? string
---@field line? integer
---@field column? integer in bytes, from 1
---@field errno? integer
---@field cause? any the very value that was raised
---@field traceback? string
---@field pipeline? string the stages
---@field suppressed? leat.Error[] what failed while it was closed

---@alias leat.Code @codes

---@class leat.Written
---@field items integer
---@field bytes integer
---@field skipped integer

---@class leat.json
local json = {}

---@class leat.testing
local testing = {}

---@class leat.testing.Clock
local Clock = {}

---The time, in seconds.
---@return number
function Clock:now() end

---Waits until so many seconds have passed.
---@param seconds number
function Clock:sleep(seconds) end

---Runs functions side by side until all have ended; time jumps to whoever wakes next.
---@param fn fun(...: any): ...any
---@param ... fun(...: any): ...any
---@return any ... what fn returned
function Clock:run(fn, ...) end

---@class leat
---@field null leat.Null
---@field json leat.json
---@field testing leat.testing
local leat = {}
]]

local function put(...) io.write(...) io.write "\n" end

local function missing(...)
  io.stderr:write("src/cli/types.lua: no type for ", ...)
  io.stderr:write "\n"
end

-- The type of a parameter called `name`, of `owner`. Readers take several paths, writers one.
local function named_type(owner, name)
  if name == "path" and owner:find "^write_" then return "string" end
  local type_name = PARAMETERS[owner .. "." .. name] or PARAMETERS[name]
  if not type_name then missing("the parameter ", name, " of ", owner) end
  return type_name or "any"
end

-- The codes of src/host/leat.h; failed allocations are Lua's own error.
local function codes()
  local list = {}
  for line in io.lines "src/host/leat.h" do
    local code = line:match 'X%(LEAT_E_%u+, "(%l+)"%)'
    if code and code ~= "memory" then list[#list + 1] = ('"%s"'):format(code) end
  end
  return table.concat(list, "|")
end

-- The type of what stands for an option table: a class of its own.
local function options_type(owner) return ("leat.%s.Options"):format(owner) end

local function values_type(owner, parameter)
  if parameter.name == "options" and options[owner] then return options_type(owner) end
  if not parameter.values then return named_type(owner, parameter.name) end
  local types = {}
  for i, value in ipairs(parameter.values) do
    if value.kind == "text" then
      types[i] = value.text
    elseif value.kind == "name" then
      types[i] = named_type(owner, value.text)
    elseif parameter.fields then
      local field = value.options[1]
      types[i] = ("table<string, %s>"):format(named_type(owner, field.values[1].text))
    elseif parameter.optional then
      types[i] = options_type(owner)
    else -- a table of parts that must be there: join's keys
      local fields = {}
      for k, option in ipairs(value.options) do
        fields[k] = option.name .. ": " .. PARAMETERS.key
      end
      types[i] = "{ " .. table.concat(fields, ", ") .. " }"
    end
  end
  for i, text in ipairs(types) do -- or what follows would be its result's
    if types[2] and text:find "^fun" then types[i] = "(" .. text .. ")" end
  end
  return table.concat(types, "|")
end

-- What a call is declared with: a list of { name, type, optional, default }. What comes behind
-- "..." in a signature is one of them to Lua.
local function declared(owner, call)
  local list = {}
  for _, parameter in ipairs(call.parameters) do
    local name, rest = parameter.name, list[#list]
    local type_name = values_type(owner, parameter)
    if rest and rest.name == "..." then
      rest.type = rest.type .. "|" .. type_name
    else
      if parameter.many then name = "..." end
      for _, value in ipairs(parameter.values or {}) do
        if value.kind == "name" then name = name or value.text end
      end
      name = name or (parameter.fields and "fields" or "options")
      list[#list + 1] = { name = name, type = type_name,
        optional = parameter.optional and name ~= "...", default = parameter.default }
    end
  end
  return list
end

-- Every way to call it: an optional parameter before others makes two.
local function ways(owner, calls)
  local list = {}
  for _, call in ipairs(calls) do
    local parameters = declared(owner, call)
    list[#list + 1] = parameters
    local first, second = parameters[1], parameters[2]
    if first and first.optional and second and not second.optional and second.name ~= "..." then
      first.optional = false
      list[#list + 1] = table.move(parameters, 2, #parameters, 1, {})
    end
  end
  return list
end

local function results_of(owner, family)
  local results = RESULTS[owner] or owner:find "^write_" and { "leat.Written" }
  if not results and family and family ~= "terminal" and family ~= "fork" then
    results = { "leat.Pipeline" }
  end
  if not results then missing("the result of ", owner) end
  return results or { "any ..." }
end

-- entry: { owner = its name, target = "leat.", "Pipeline:" ..., signature, doc, holds, example,
-- family }.
local function put_function(entry)
  local calls = ways(entry.owner, read_signature(entry.signature))
  local results = results_of(entry.owner, entry.family)
  put("\n---", entry.doc)
  put "---"
  if entry.holds then put("---Holds ", usage.holds[entry.holds] or entry.holds, ".\n---") end
  local example = entry.example
  if example then put("---```lua\n---", example[1], "  --> ", example[2], "\n---```") end
  local names = {}
  for i, parameter in ipairs(calls[1]) do
    names[i] = parameter.name
    put("---@param ", parameter.name, parameter.optional and "? " or " ", parameter.type,
      parameter.default and " " .. parameter.default .. " unless given" or "")
  end
  for _, result in ipairs(results) do put("---@return ", result) end
  for i = 2, #calls do
    local parts = entry.target == "Pipeline:" and { "self: leat.Pipeline" } or {}
    for _, parameter in ipairs(calls[i]) do
      parts[#parts + 1] = parameter.name .. (parameter.optional and "?" or "") .. ": "
        .. parameter.type
    end
    put("---@overload fun(", table.concat(parts, ", "), ")", results[1] and ": " or "",
      (table.concat(results, ", "):gsub("any %.%.%.", "...any")))
  end
  put("function ", entry.target, entry.owner:match "[^.]*$", "(", table.concat(names, ", "),
    ") end")
end

local function put_options()
  local names = {}
  for name in pairs(options) do names[#names + 1] = name end
  table.sort(names)
  for _, name in ipairs(names) do
    put("\n---@class ", options_type(name))
    for _, option in ipairs(options[name]) do
      put("---@field ", option[1], "? ", PARAMETERS[option[2]] or option[2], " ", option[3])
    end
  end
end

local function put_operators()
  for _, op in ipairs(core.operators()) do
    local targets = op.family == "source" and { "leat." }
      or op.family == "combine" and { "leat.", "Pipeline:" } or { "Pipeline:" }
    for _, target in ipairs(targets) do
      put_function { owner = op.name, target = target, signature = op.signature, doc = op.doc,
        holds = op.holds, example = help[op.name], family = op.family }
    end
  end
end

-- By what stands before a name in its signature.
local TARGETS <const> = { ["p:"] = "Pipeline:", ["g:"] = "Generator:", ["json."] = "json.",
  ["testing."] = "testing.", ["leat."] = "leat.", [""] = "leat." }

-- The names that are functions, and no globals of scripts alone.
local function put_vocabulary()
  for _, chapter in ipairs(vocabulary) do
    for _, entry in ipairs(chapter) do
      local signature = entry.signature:gsub("^for x in ", "")
      local before = signature:match "^(%l*[.:]?)[%l_]*%(" or "none"
      local target = TARGETS[before:find "[.:]" and before or ""]
      if entry.name ~= "input" and signature:find "%(" then
        put_function { owner = entry.name, target = target, signature = signature,
          doc = entry.doc, example = entry.example }
      end
    end
  end
end

local function put_module()
  put((CLASSES:gsub("@codes", codes())))
  put_options()
  put_operators()
  put_vocabulary()
  put "\nreturn leat"
end

-- The names that are in scope in scripts: what the module has and Lua has not, as cli.lua says.
local function put_script()
  put "---@meta\n-- Made by src/cli/types.lua of leat.\n\nleat = require \"leat\"\n"
  local names = {}
  for name in pairs(leat) do
    if _G[name] == nil then names[#names + 1] = name end
  end
  table.sort(names)
  for _, name in ipairs(names) do put(name, " = leat.", name) end
  for _, chapter in ipairs(vocabulary) do
    for _, entry in ipairs(chapter) do
      if entry.name == "input" then
        put_function { owner = "input", target = "", signature = entry.signature,
          doc = entry.doc, example = entry.example }
      end
    end
  end
end

if arg[1] == "module" then put_module() else put_script() end
