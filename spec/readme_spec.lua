-- SPDX-License-Identifier: MIT
-- readme_spec.lua - what README.md shows is what happens.
--
--   lua       runs as a script of leat; what it prints is what its `--> ` comments say
--   console   lines that begin with `$ ` are run in one shell, the others are what they print;
--             `make` alone is not run: the target must exist
--   c         compiles, as part of a file of src/stages if it does not include leat.h
--   tables    operators, examples, verdicts, error codes, flavours, files: against the code
--
-- The one-line examples of operators (lua/leat/help.lua) run here too. LEAT_WRITE=1 writes the
-- tables of operators anew.
local lfs = require "lfs"
local core = require "leat.core"
local help = require "leat.help"
local helper = require "spec.support.helper"
local transcript = require "spec.support.transcript"

after_each(helper.nothing_left_open)

local PAGES <const> = { "README.md", "src/README.md" }
local WIDEST <const> = 120
local LONGEST_EXAMPLE <const> = 80 -- of an operator

-- The fenced blocks of a page: a list of { language, text, line }.
local function blocks(page)
  local list, block, number = {}, nil, 0
  for line in (helper.read(page)):gmatch "([^\n]*)\n" do
    number = number + 1
    local fence = line:match "^```(.*)"
    if fence and not block then
      block = { language = fence, text = {}, line = number }
    elseif fence then
      block.text = table.concat(block.text, "\n") .. "\n"
      list[#list + 1], block = block, nil
    elseif block then
      block.text[#block.text + 1] = line
    end
  end
  assert(not block, page .. ": a block is not closed")
  return list
end

-- The rows of the table whose heading begins with `first`: lists of cells.
local function rows(text, first)
  local list, inside = {}, false
  for line in text:gmatch "[^\n]+" do
    if line:find("| " .. first, 1, true) == 1 then
      inside = true
    elseif inside and line:sub(1, 1) ~= "|" then
      break
    elseif inside and not line:find "^|%-" then
      local cells = {}
      for cell in line:gsub("\\|", "\0"):gmatch "|%s*([^|]*[^|%s])" do
        cells[#cells + 1] = cell:gsub("%z", "|")
      end
      list[#list + 1] = cells
    end
  end
  assert(#list > 0, "no table " .. first)
  return list
end

-- In a cell of a table a bar is escaped.
local function cell_code(text) return "`" .. text:gsub("|", "\\|") .. "`" end

describe("README", function()
  for _, page in ipairs(PAGES) do
    for _, block in ipairs(blocks(page)) do
      local place = ("%s:%d"):format(page, block.line)

      if block.language == "lua" then
        it(place .. " prints what it says", function()
          local expected = {}
          for line in block.text:gmatch "[^\n]+" do
            local text = line:match "%-%-> (.*)"
            if text then expected[#expected + 1] = text end
          end
          -- the lines of the page, for those in messages
          local printed = transcript.lua(("\n"):rep(block.line) .. block.text, page:match "[^/]*$")
          printed = printed:gsub("([^\n]*)\n", function(line)
            return line:gsub("^ +", "") .. "\n"
          end)
          assert.equal(table.concat(expected, "\n"), (printed:gsub("\n$", "")))
        end)

      elseif block.language == "console" then
        it(place .. " prints what it says", function()
          local commands, expected = {}, {}
          for line in block.text:gmatch "[^\n]+" do
            local command = line:match "^%$ (.*)"
            if command and command:find "^make " then
              local makefile = helper.read "Makefile"
              for target in command:gsub("#.*", ""):gmatch " (%l+)%f[%s]" do
                assert.truthy(makefile:find("\n" .. target .. ":", 1, true), target)
              end
            elseif command then
              commands[#commands + 1] = command
              expected[#expected + 1] = ""
            else
              expected[#expected] = expected[#expected] .. line .. "\n"
            end
          end
          local printed = transcript.run(commands)
          for i, command in ipairs(commands) do
            assert.equal(command .. "\n" .. expected[i], command .. "\n" .. printed[i])
          end
        end)

      elseif block.language == "c" then
        it(place .. " compiles", function()
          local includes = { "core/argument.h", "core/callback.h", "core/run.h" }
          for i, name in ipairs(includes) do includes[i] = '#include "' .. name .. '"\n' end
          local whole = block.text:find("#include <leat.h>", 1, true)
          local head = whole and "" or table.concat(includes)
          local path = helper.file(head .. block.text, "block.c")
          local printed, code = transcript.run {
            "cc -std=c11 -Wall -Wextra -Werror -fsyntax-only -iquote src -iquote src/bytes "
            .. "-Isrc/host $(pkg-config --cflags lua5.4) " .. path
          }
          assert.equal("", printed[1])
          assert.equal(0, code)
        end)

      elseif block.language ~= "" then
        error(place .. ": nobody knows how to check a block of " .. block.language)
      end
    end

    it(page .. " has no line that is too long, and its links lead somewhere", function()
      local text = helper.read(page)
      for line in text:gmatch "[^\n]+" do
        local free = line:find "^|" or line:find "^leat: warning"
        assert.truthy(free or utf8.len(line) <= WIDEST, line)
      end
      local folder = page:match "^(.*/)" or ""
      for target in text:gmatch "%]%(([^)#]+)%)" do
        assert.truthy(helper.read(folder .. target), target)
      end
    end)
  end

  it("lists every operator with what it holds, as the code does", function()
    local heads = { source = "source", stage = "method", combine = "function and method",
                    fork = "method: returns several pipelines",
                    terminal = "terminal: runs the pipeline" }
    local lines, family = {}, nil
    local order = { "source", "stage", "combine", "fork", "terminal" }
    for _, wanted in ipairs(order) do
      for _, op in ipairs(core.operators()) do
        if op.family == wanted then
          if family ~= wanted then
            if family then lines[#lines + 1] = "" end
            lines[#lines + 1] = "| " .. heads[wanted] .. " | | holds | for example |"
            lines[#lines + 1] = "|---|---|---|---|"
            family = wanted
          end
          local signature = cell_code(op.signature:gsub(" | ", "`, `"))
          local example = help[op.name] or { "?", "?" }
          lines[#lines + 1] = ("| %s | %s | %s | %s → %s |"):format(signature, op.doc, op.holds,
            cell_code(example[1]), cell_code(example[2]))
        end
      end
    end
    local wanted = "\n" .. table.concat(lines, "\n") .. "\n\n"
    local text = helper.read "README.md"
    local before, shown, after = text:match "^(.*<!%-%- operators %-%->\n)(.-)(<!%-%- end.*)$"
    if os.getenv "LEAT_WRITE" == "1" then
      helper.write("README.md", before .. wanted .. after)
      shown = wanted
    end
    assert.equal(wanted, shown)
  end)

  it("has an example in one line for every operator, and for nothing else", function()
    local there, commands, wanted = {}, {}, {}
    for i, op in ipairs(core.operators()) do
      there[op.name] = true
      local example = help[op.name]
      assert.truthy(example, "no example of " .. op.name .. " in lua/leat/help.lua")
      assert.truthy(#example[1] <= LONGEST_EXAMPLE, example[1])
      assert.truthy(example[1]:find(op.name, 1, true), example[1])
      commands[i] = "leat -e " .. transcript.quote(example[1])
      wanted[i] = example[1] .. " --> " .. example[2]
    end
    for name in pairs(help) do assert.truthy(there[name], name) end
    local printed, code = transcript.run(commands)
    assert.equal(0, code)
    for i, op in ipairs(core.operators()) do
      local result = printed[i]:gsub("\n$", ""):gsub("[\n\t]", " ")
      assert.equal(wanted[i], help[op.name][1] .. " --> " .. result)
    end
  end)

  it("lists every example with what its first line says", function()
    local here, there = {}, {}
    for _, row in ipairs(rows(helper.read "README.md", "example")) do
      local name, path = row[1]:match "^%[(.-)%]%((.-)%)$"
      assert.equal("examples/" .. name .. ".lua", path)
      here[path] = row[2]
    end
    for _, name in ipairs(helper.names "examples") do
      if name:find "%.lua$" then
        local head = "%-%- " .. name:gsub("%p", "%%%0") .. " %- ([^\n]*)%.\n"
        there["examples/" .. name] = helper.read("examples/" .. name):match(head)
          or "no sentence in the first line"
      end
    end
    assert.same(there, here)
  end)

  it("lists every error code", function()
    local here, there = {}, {}
    for _, row in ipairs(rows(helper.read "README.md", "code")) do
      here[#here + 1] = row[1]:match "`(.*)`"
    end
    for code in helper.read "src/host/leat.h":gmatch 'X%(LEAT_E_%u+, "(%l+)"%)' do
      -- failed allocations are Lua's own error, a string
      if code ~= "memory" then there[#there + 1] = code end
    end
    table.sort(here)
    table.sort(there)
    assert.same(there, here)
  end)

  it("lists every verdict and every flavour", function()
    local text = helper.read "src/README.md"
    local here, there = {}, {}
    for _, row in ipairs(rows(text, "verdict")) do here[#here + 1] = row[1]:match "`(.*)`" end
    local enum = helper.read "src/core/op.h":match "enum verdict {(.-)}"
    for name in enum:gmatch "%f[%w]V_%u+" do there[#there + 1] = name end
    assert.same(there, here)
    here, there = {}, {}
    for _, row in ipairs(rows(text, "flavour")) do here[#here + 1] = row[1] end
    for name in helper.read "Makefile":gmatch "\nFLAGS_(%l+)" do there[#there + 1] = name end
    assert.same(there, here)
  end)

  it("gives numbers of jobs that make bench runs", function()
    local bench = helper.read "spec/bench/bench.py"
    for _, row in ipairs(rows(helper.read "README.md", "job")) do
      local job, peer = row[1], row[3]
      job = job:gsub("^jsonl plain", "jsonl {kind}"):gsub("^jsonl mixed", "jsonl {kind}")
        :gsub("^(generator 5e6): %l+", "%1: {case}")
      assert.truthy(bench:find('"' .. job .. '"', 1, true), job)
      assert.truthy(bench:find('"' .. peer .. '"', 1, true), peer)
    end
  end)

  it("names files that exist", function()
    for _, row in ipairs(rows(helper.read "README.md", "file")) do
      assert.truthy(#helper.read(row[1]:match "`(.*)`") > 0)
    end
    for path in helper.read "src/README.md":gmatch "`([%l_/]+/[%l_]+%.[%l]+)" do
      local root = lfs.attributes(path) and "" or "src/"
      assert.truthy(lfs.attributes(root .. path), path)
    end
  end)

  it("has no words that only praise", function()
    for _, word in ipairs { "blazing", "powerful", "elegant", "simply", "seamless", "robust" } do
      for _, page in ipairs(PAGES) do
        assert.falsy(helper.read(page):lower():find(word, 1, true), word)
      end
    end
  end)
end)
