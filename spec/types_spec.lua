-- SPDX-License-Identifier: MIT
-- types_spec.lua - what editors are told of leat, as src/cli/types.lua writes it: all there is and
-- nothing else, and sound to the Lua language server, if that is installed.
local leat = require "leat"
local core = require "leat.core"
local options = require "leat.options"
local vocabulary = require "leat.vocabulary"
local helper = require "spec.support.helper"
local output = require "spec.support.transcript".output

after_each(helper.nothing_left_open)

local module = output "leat src/cli/types.lua module"
local script = output "leat src/cli/types.lua script"

-- What is declared behind `prefix`: a set of names.
local function declared(text, prefix)
  local names = {}
  for name in text:gmatch("\nfunction " .. prefix .. "([%w_]+)%(") do names[name] = true end
  return names
end

-- The lines above a declaration.
local function annotations(text, declaration)
  local last = assert(text:find("\n" .. declaration, 1, true), declaration)
  return text:sub(1, last):match "\n\n([^\n].-\n)$" or text:sub(1, last):match ".*\n\n(.*)$"
end

-- A folder for the language server: the types, its settings, and files with these texts.
local function check(texts)
  local folder = helper.folder()
  for _, name in ipairs { "module", "script", "checked" } do
    output("mkdir " .. folder .. "/" .. name)
  end
  helper.write(folder .. "/module/leat.lua", module)
  helper.write(folder .. "/script/leat_script.lua", script)
  for name, text in pairs(texts) do helper.write(folder .. "/checked/" .. name, text) end
  -- what a pcall that fails returns is nil to the server, if the function returns nothing
  helper.write(folder .. "/luarc.json", leat.json.encode {
    ["runtime.version"] = "Lua 5.4", ["workspace.checkThirdParty"] = false,
    ["workspace.library"] = { folder .. "/module", folder .. "/script" },
    ["diagnostics.disable"] = { "need-check-nil" },
  })
  local printed = output(("cd %s && lua-language-server --check checked --configpath %s/luarc.json"
    .. " --logpath=%s/log --checklevel=Hint --check_format=json"
    .. " --check_out_path=%s/found.json"):format(
    folder, folder, folder, folder))
  assert.matches("Diagnosis complete", printed, 1, true)
  local found = {}
  if not printed:find "no problems found" then
    for file, problems in pairs(leat.json.decode(helper.read(folder .. "/found.json"))) do
      for _, problem in ipairs(problems) do
        found[#found + 1] = ("%s:%02d %s"):format(file:match "[^/]*$", problem.range.start.line + 1,
          problem.code)
      end
    end
  end
  table.sort(found)
  return found
end

local server = select(2, output "command -v lua-language-server") == 0 and it or function(name)
  it(name, function() pending "lua-language-server is not installed" end)
end

describe("the types for editors", function()
  it("are known of every parameter and every result", function()
    for _, text in ipairs { module, script } do
      assert.falsy(text:find("no type for", 1, true), text:match "[^\n]*no type for[^\n]*")
    end
  end)

  it("are Lua, and give the functions of the module", function()
    local given = assert(load(module))()
    for name, value in pairs(leat) do
      if type(value) == "function" then
        assert.equal("function", type(given[name]), name)
      else
        assert.truthy(module:find("---@field " .. name .. " ", 1, true), name)
      end
    end
    for name in pairs(given) do assert.truthy(leat[name], name) end
    assert.truthy(load(script))
  end)

  it("give the methods of pipelines and of generators", function()
    local methods, live = declared(module, "Pipeline:"), declared(module, "Generator:")
    local p = leat.empty()
    for _, op in ipairs(core.operators()) do
      assert.equal(op.family ~= "source", methods[op.name] or false, op.name)
    end
    for name in pairs(methods) do assert.equal("function", type(p[name]), name) end
    local g <close> = p:open()
    for name in pairs(live) do assert.equal("function", type(g[name]), name) end
    for _, chapter in ipairs(vocabulary) do
      for _, entry in ipairs(chapter) do
        if entry.signature:find "^g:" then assert.truthy(live[entry.name], entry.name) end
        if entry.signature:find "^p:" then assert.truthy(methods[entry.name], entry.name) end
      end
    end
  end)

  it("give scripts the names that they have, and no others", function()
    local names, printed = {}, {}
    for name in script:gmatch "\n([%w_]+) = " do names[#names + 1] = name end
    for name in pairs(declared(script, "")) do names[#names + 1] = name end
    table.sort(names)
    local all = output [[leat -e 'local names = {}
      for name in pairs(_ENV) do names[#names + 1] = name end
      table.sort(names)
      return from(names)']]
    for name in all:gmatch "[^\n]+" do printed[#printed + 1] = name end
    assert.same(printed, names)
  end)

  it("tell parameters, which of them may be left out, and results", function()
    local text = annotations(module, "function leat.range(stop) end")
    assert.matches("@param stop number\n", text, 1, true)
    assert.matches("@overload fun(first: number, last: number, step?: number): leat.Pipeline\n",
      text, 1, true)
    text = annotations(module, "function Pipeline:scan(init, f) end")
    assert.matches("@overload fun(self: leat.Pipeline, f: leat.Callback): leat.Pipeline\n", text,
      1, true)
    text = annotations(module, "function Pipeline:enumerate(start) end")
    assert.matches("@param start? number 1 unless given\n", text, 1, true)
    text = annotations(module, "function Pipeline:on_error(fn) end")
    assert.matches('@param fn "raise"|"skip"|(fun(err: leat.Error): any)\n', text, 1, true)
    text = annotations(module, "function Pipeline:top(n, ...) end")
    assert.matches("@param ... leat.Callback\n", text, 1, true)
    text = annotations(module, "function Pipeline:count() end")
    assert.matches("@return integer\n", text, 1, true)
    text = annotations(module, "function leat.chain(...) end")
    assert.matches("@param ... leat.Input\n", text, 1, true)
    text = annotations(module, "function Generator:send(v) end")
    assert.matches("@param v any\n@return any ...\n", (text:gsub("%-%-%-", "")), 1, true)
  end)

  it("tell what an operator does and holds, with its example", function()
    local text = annotations(module, "function Pipeline:sort(...) end")
    assert.matches("---the items in order", text, 1, true)
    assert.matches("---Holds all items.", text, 1, true)
    assert.matches('---from{"pear", "fig", "kiwi"}:sort(string.len, desc "_")  --> fig pear kiwi',
      text, 1, true)
  end)

  it("have a class for each table of options", function()
    for name, list in pairs(options) do
      local class = module:match(("\n%%-%%-%%-@class leat%%.%s%%.Options\n(.-)\n\n"):format(name))
      assert.truthy(class, name)
      for _, option in ipairs(list) do
        assert.truthy(class:find("---@field " .. option[1] .. "? ", 1, true), option[1])
      end
      assert.truthy(select(2, module:gsub("leat%." .. name .. "%.Options", "")) > 1, name)
    end
  end)

  it("know the fields that errors have", function()
    local class = module:match "\n%-%-%-@class leat%.Error\n(.-)\n\n"
    local path = helper.file "{}\n{"
    for _, fail in ipairs { function() leat.read_jsonl(path):drain() end,
      function() leat.once(1):each(error) end } do
      local names, err = 0, helper.failure(fail)
      assert.matches(('"%s"'):format(err.code), module:match "\n%-%-%-@alias leat%.Code (.-)\n", 1,
        true)
      for name in pairs(err) do
        assert.truthy(class:find("---@field " .. name .. "%??%s"), name)
        names = names + 1
      end
      assert.truthy(names > 6)
    end
  end)

  server("let the language server find faults in a script, and name the place", function()
    local found = check { ["faulty.lua"] = [[
      local p = read_jsonl("x", { trusted = "yes" })
      p:fliter("ms")
      p:take("3")
      p:map()
      p:batched(10, { tail = "dorp" })
      p:on_error("skp")
      p:open():sned(1)
      rnge(3)
      range(1, 2, 3, 4)
      p:on_error(function(err) return err.cod end)
      return p:count():upper()]] }
    assert.same({ "faulty.lua:01 assign-type-mismatch", "faulty.lua:02 undefined-field",
      "faulty.lua:03 param-type-mismatch", "faulty.lua:04 missing-parameter",
      "faulty.lua:05 assign-type-mismatch", "faulty.lua:06 param-type-mismatch",
      "faulty.lua:07 undefined-field", "faulty.lua:08 undefined-global",
      "faulty.lua:09 redundant-parameter", "faulty.lua:10 undefined-field",
      "faulty.lua:11 undefined-field" }, found)
  end)

  server("let the language server find nothing in the examples", function()
    local texts = {}
    for _, name in ipairs(helper.names "examples") do
      if name:find "%.lua$" then texts[name] = helper.read("examples/" .. name) end
    end
    assert.same({}, check(texts))
  end)

  server("let the language server find nothing in what operators are shown with", function()
    local lines = {}
    for _, example in pairs(require "leat.help") do
      lines[#lines + 1] = "do local _ = " .. example[1] .. " end"
    end
    table.sort(lines)
    assert.same({}, check { ["help.lua"] = table.concat(lines, "\n") .. "\n" })
  end)
end)
