-- SPDX-License-Identifier: MIT
-- options_spec.lua - lua/leat/options.lua explains the options that operators take, and no others.
local leat = require "leat"
local core = require "leat.core"
local options = require "leat.options"
local helper = require "spec.support.helper"
local read_signature = dofile "src/cli/signature.lua"

after_each(helper.nothing_left_open)

-- What an operator may be given before its options: every choice of up to this many of these.
local MOST <const> = 2
local ARGUMENTS <const> = { 1, "nowhere", {}, print }

-- The message with which an operator refuses this option, or nil: it takes no options there.
local function refusal(op, ...)
  local arguments = table.pack(...)
  arguments[arguments.n + 1] = { no_such_option = 1 }
  local call = leat[op.name]
  if op.family ~= "source" then
    call = function(...)
      local p = leat.empty()
      return p[op.name](p, ...)
    end
  end
  local ok, err = pcall(call, table.unpack(arguments, 1, arguments.n + 1))
  return not ok and tostring(err):match "no option 'no_such_option'; .*"
end

-- The names that the refusal lists, sorted; nil if the operator takes no options.
local function taken(op, ...)
  local message = refusal(op, ...)
  if message then
    local names = {}
    for name in (message:match "options: (.*)" or ""):gmatch "[%w_]+" do
      names[#names + 1] = name
    end
    table.sort(names)
    return names
  end
  if select("#", ...) == MOST then return nil end
  for _, argument in ipairs(ARGUMENTS) do
    local arguments = table.pack(...)
    arguments[arguments.n + 1] = argument
    local names = taken(op, table.unpack(arguments, 1, arguments.n + 1))
    if names then return names end
  end
end

describe("options", function()
  for _, op in ipairs(core.operators()) do
    it("of " .. op.name .. " are those that it takes", function()
      local explained = {}
      for i, option in ipairs(options[op.name] or {}) do explained[i] = option[1] end
      table.sort(explained)
      assert.same(explained, taken(op) or {})
    end)

    it("of " .. op.name .. " are those that its signature shows", function()
      local explained, shown = {}, {}
      for i, option in ipairs(options[op.name] or {}) do explained[i] = option[1] end
      for _, call in ipairs(read_signature(op.signature)) do
        local last = call.parameters[#call.parameters]
        if last and last.name == "options" then shown = explained end
        if last and last.optional and last.values and last.values[1].kind == "table" then
          for i, option in ipairs(last.values[1].options) do shown[i] = option.name end
        end
      end
      assert.same(shown, explained)
    end)
  end

  it("are of names that exist", function()
    local there = {}
    for _, op in ipairs(core.operators()) do there[op.name] = true end
    for _, chapter in ipairs(require "leat.vocabulary") do
      for _, entry in ipairs(chapter) do there[entry.name] = true end
    end
    for name in pairs(options) do assert.truthy(there[name], name) end
  end)
end)
