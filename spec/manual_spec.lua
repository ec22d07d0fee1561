-- SPDX-License-Identifier: MIT
-- manual_spec.lua - the page of the manual, as src/cli/man.lua writes it: well-formed to those who
-- print it, complete, and true in its examples.
local core = require "leat.core"
local usage = require "leat.usage"
local vocabulary = require "leat.vocabulary"
local helper = require "spec.support.helper"
local output = require "spec.support.transcript".output

after_each(helper.nothing_left_open)

local page = output "leat src/cli/man.lua 1.2.3"

-- The page as a reader sees it in a terminal of this width; also what was complained of.
local function shown(width)
  local path = helper.file(page, "leat.1")
  return output(("LC_ALL=C.UTF-8 MANWIDTH=%d man --warnings=w -P cat -l %s"):format(width,
    path))
end

-- Text as it is found again in a page whose lines are filled: without blanks.
local function squeezed(text) return (text:gsub("%s+", "")) end

-- What complains of a page is asked about this one, if it is installed.
local function faultless(program, where, command)
  it("is faultless to " .. program .. where, function()
    if select(2, output("command -v " .. program)) ~= 0 then
      return pending(program .. " is not installed")
    end
    local printed = output(command:format(helper.file(page, "leat.1")))
    assert.equal("", printed)
  end)
end

describe("the page of the manual", function()
  faultless("groff", " in 80 columns", "groff -ww -man -Tutf8 -z %s")
  faultless("groff", " in 60 columns", "groff -ww -rLL=58n -man -Tutf8 -z %s")
  faultless("mandoc", "", "mandoc -T lint %s")

  it("shows every operator and every other name with all that is said of it", function()
    local text = squeezed(shown(80))
    local function has(what) assert.truthy(text:find(squeezed(what), 1, true), what) end
    local options, help = require "leat.options", require "leat.help"
    local said = {}
    for _, op in ipairs(core.operators()) do
      has(op.signature)
      has(op.doc)
      has(help[op.name][1])
      for _, option in ipairs(options[op.name] or {}) do
        if not said[options[op.name]] then has(option[1] .. option[3]) end
      end
      said[options[op.name] or 0] = true
    end
    for _, chapter in ipairs(vocabulary) do
      for _, entry in ipairs(chapter) do has(entry.signature) has(entry.doc) end
    end
  end)

  it("says what the usage says", function()
    local text = squeezed(shown(80))
    for _, part in ipairs { "options", "arguments", "examples", "exit_codes", "environment",
      "files" } do
      for _, row in ipairs(usage[part]) do
        assert.truthy(text:find(squeezed(row[1]), 1, true), row[1])
        assert.truthy(text:lower():find(squeezed(row[2]):lower(), 1, true), row[2])
      end
    end
    assert.truthy(text:find("leat1.2.3", 1, true))
  end)

  it("fits terminals of 80 and of 60 columns", function()
    for _, width in ipairs { 80, 60 } do
      for line in shown(width):gmatch "[^\n]+" do
        assert.truthy(utf8.len(line) <= width, line)
      end
    end
  end)

  it("names every variable that the command asks its environment for", function()
    local sources = { output "cat lua/leat/*.lua src/cli/*.c src/cli/*.h" }
    for name in sources[1]:gmatch 'getenv *%(?"([%u_]+)"' do
      assert.truthy(page:find(name, 1, true), name)
    end
  end)

  it("gives examples that run", function()
    local script = page:match "%.EX\n(.-)%.EE\n":gsub("\\%-", "-"):gsub("\\e", "\\")
    assert.truthy(script:find "read_jsonl")
    local folder = helper.folder()
    helper.write(folder .. "/job.lua", script)
    local record = '{"ms":%d,"user":{"name":"Ada"}}\n'
    for _, name in ipairs { "events.jsonl", "july.jsonl" } do
      helper.write(folder .. "/" .. name, record:format(50) .. record:format(150))
    end
    helper.write(folder .. "/notes.txt", "one\ntwo\n")
    local printed = {}
    for i, example in ipairs(usage.examples) do
      local text, code = output("cd " .. folder .. " && " .. example[1])
      assert.equal(0, code, text)
      printed[i] = text
    end
    assert.same({ "1\n", "Ada\nAda\n", "[3,6,9]\n", '[1,"one"]\n[2,"two"]\n', "1\tAda\n" }, printed)
  end)
end)
