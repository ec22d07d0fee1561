-- SPDX-License-Identifier: MIT
-- signature_spec.lua - src/cli/signature.lua reads the signatures of operators, every one.
local core = require "leat.core"
require "spec.support.helper" -- its assertions
local read = dofile "src/cli/signature.lua"

-- A parameter as "name", "[name]" if it may be left out, "name..." if there may be several.
local function shown(parameter)
  local text = parameter.name or parameter.values[1].kind
  if parameter.many and text ~= "..." then text = text .. "..." end
  return parameter.optional and "[" .. text .. "]" or text
end

local function parameters(signature)
  local list = {}
  for _, call in ipairs(read(signature)) do
    local names = {}
    for i, parameter in ipairs(call.parameters) do names[i] = shown(parameter) end
    list[#list + 1] = call.name .. " " .. table.concat(names, " ")
  end
  return table.concat(list, "; ")
end

describe("a signature", function()
  for _, op in ipairs(core.operators()) do
    it("of " .. op.name .. " is read, and its calls have the operator's name", function()
      for _, call in ipairs(read(op.signature)) do assert.equal(op.name, call.name) end
    end)
  end

  it("tells what may be left out, and what may come several times", function()
    assert.equal("f ", parameters "f()")
    assert.equal("f a b", parameters "f(a, b)")
    assert.equal("f a [b] [c]", parameters "f(a[, b[, c]])")
    assert.equal("f [a] [b]", parameters "f([a[, b]])")
    assert.equal("f [a] b", parameters "f([a, ]b)")
    assert.equal("f a [b...]", parameters "f(a[, b...])")
    assert.equal("f a ...", parameters "f(a, ...)")
    assert.equal("f ... [table]", parameters "f(...[, {a = b}])")
    assert.equal("f a; f b c", parameters "f(a) | f(b, c)")
    assert.equal("g:send v", parameters "g:send(v)")
  end)

  it("tells defaults, and the choices there are", function()
    local f = read('f([a = 1[, b = "."]], "x"|"y"|fn)')[1].parameters
    assert.equal("1", f[1].default)
    assert.equal('"."', f[2].default)
    assert.same({ { kind = "text", text = '"x"' }, { kind = "text", text = '"y"' },
      { kind = "name", text = "fn" } }, f[3].values)
  end)

  it("tells the fields of tables, and tables whose fields are the user's", function()
    local last = read('f(n[, {tail = "keep"|"drop", left =}])')[1].parameters[2]
    local options = last.values[1].options
    assert.equal("tail", options[1].name)
    assert.equal('"drop"', options[1].values[2].text)
    assert.equal("left", options[2].name)
    assert.is_nil(options[2].values)
    assert.is_true(read("set{field = f}")[1].parameters[1].fields)
    assert.is_nil(read("set({field = f})")[1].parameters[1].fields)
  end)

  it("that makes no sense is refused with the place", function()
    for text, rest in pairs { ["f"] = "( or {", ["f("] = "a value", ["f(a"] = ")",
      ["f(a[, b)"] = "]", ["f(a, )"] = "a value", ["f(a b)"] = ")", ["f(a]"] = ")",
      ["f([a]b)"] = ")", ["f(a|)"] = "a value", ["f{a}"] = "a field", ["f{a = b"] = "}",
      ["f() g()"] = "the end", ["f() | "] = "a name", ['f("a)'] = "a value", [""] = "a name" } do
      assert.raises("signature " .. text .. ": expected " .. rest .. " at", read, text)
    end
  end)
end)
