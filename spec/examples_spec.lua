-- SPDX-License-Identifier: MIT
-- examples_spec.lua - every example prints what the comment at its end says.
local helper = require "spec.support.helper"
local transcript = require "spec.support.transcript"

after_each(helper.nothing_left_open)

local LONGEST <const> = 60 -- lines, without the output

-- The text of an example and what it is to print: the comment after `-- output`.
local function read(path)
  local text = helper.read(path)
  local code, comment = text:match "^(.*\n)%-%- output\n(.*)$"
  return code or text, comment and comment:gsub("%-%- ?([^\n]*\n)", "%1")
end

describe("examples", function()
  for _, name in ipairs(helper.names "examples") do
    local path = "examples/" .. name
    -- run.lua is what `make run` shows; build_spec looks after it.
    if name:find "%.lua$" and name ~= "run.lua" then
      it(path .. " prints what it says", function()
        local code, expected = read(path)
        assert.truthy(expected, "no comment `-- output` at the end")
        local plain = code:find('require "leat"', 1, true)
        local outputs = transcript.run { (plain and "plain_lua " or "leat ") .. path }
        assert.equal(expected, outputs[1])
      end)

      it(path .. " is short and says what it shows", function()
        local code = read(path)
        local lines = select(2, code:gsub("\n", "\n"))
        assert.truthy(lines < LONGEST, lines .. " lines")
        assert.truthy(code:find("^%-%- " .. name:gsub("%p", "%%%0") .. " %- "))
      end)
    end
  end

  it("end well", function()
    local outputs, code = transcript.run { "leat examples/run.lua" }
    assert.truthy(outputs[1]:find "requests")
    assert.equal(0, code)
  end)
end)
