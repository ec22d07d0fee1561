-- SPDX-License-Identifier: MIT
-- input(): the files on the command line, each by the ending of its name.
local leat = require "leat"
local input = require "leat.input"
local helper = require "spec.support.helper"

after_each(helper.nothing_left_open)

local LEAT <const> = os.getenv "LEAT_BIN" or "build/release/bin/leat"

local function output_of(command)
  local pipe <close> = assert(io.popen(command .. " 2>&1"))
  return pipe:read "a"
end

describe("input()", function()
  it("chooses a reader by the ending of a file's name", function()
    for path, reader in pairs {
      ["a.jsonl"] = "read_jsonl", ["a.ndjson"] = "read_jsonl", ["a.json"] = "read_json",
      ["a.csv"] = "read_csv", ["a.tsv"] = "read_tsv", ["a.txt"] = "read_lines",
      ["a.log"] = "read_lines", ["A.CSV"] = "read_csv",
      ["a.csv.gz"] = "read_csv", ["b.d/a.json.zst"] = "read_json", ["a.tsv.GZ"] = "read_tsv",
      ["-"] = "read_jsonl", ["a"] = "read_jsonl", ["a.dat"] = "read_jsonl", ["a."] = "read_jsonl",
      ["a.gz"] = "read_jsonl", ["csv"] = "read_jsonl", [".csv"] = "read_jsonl",
      ["a.csv/b"] = "read_jsonl", ["a.csv.bak"] = "read_jsonl", [".csv.gz"] = "read_jsonl",
      ["logs/*.csv"] = "read_csv",
    } do
      assert.equal(reader, input.reader_of(path), path)
    end
  end)

  it("reads files of all kinds one after another, each CSV with its header", function()
    local files = { helper.file("a\n1\n", "1.csv"), helper.file("b\n2\n", "2.csv"),
      helper.file('{"c":3}\n', "3.jsonl"), helper.file("four\n", "4.txt"),
      helper.file('d\te\n5\t"6"\n', "5.tsv"), helper.file("{}\n", "6"),
      helper.file('[{"f": 7},\n[8]]', "7.json") }
    assert.equal('{"a":"1"}{"b":"2"}{"c":3}"four"{"d":"5","e":"6"}{}{"f": 7}[8]',
      input.read(files):map(leat.json.encode):concat())
    assert.matches("^read_csv", tostring(input.read { files[1], files[2] }))
    local p = input.read(files)
    assert.equal(8, p:count())
    assert.equal(8, p:count())
  end)

  it("reads what leat has written and compressed", function()
    local folder = helper.folder()
    local items = { { a = "1", b = "x" }, { a = "2", b = "y,z" } }
    for _, ending in ipairs { "jsonl", "json", "csv", "tsv", "ndjson.gz", "json.zst", "csv.gz",
      "tsv.zst" } do
      local path = folder .. "/out." .. ending
      local writer = input.reader_of(path):gsub("read", "write")
      local p = leat.from(items)
      p[writer](p, path)
      assert.same(items, input.read({ path }, { records = "table" }):collect(), ending)
    end
  end)

  it("hands its options to each reader", function()
    local path = helper.file("a\n1\n", "1.csv")
    assert.yields({ { a = 1 } }, input.read({ path }, { infer = true, records = "table" }))
    assert.raises("read_jsonl: no option 'infer'", input.read, { path, "-" }, { infer = true })
  end)

  it("says on its caller's line what is wrong with them, and for which file", function()
    local path = helper.file("a\n1\n", "1.csv")
    local job = helper.file("local function items()\n  local p = input(OPTIONS)\n  return p\nend\n"
      .. "items()\n", "job.lua")
    local function with(options)
      local text = helper.read(job):gsub("OPTIONS", options)
      local script = helper.file(text, "job.lua")
      return output_of(("%s '%s' '%s' -"):format(LEAT, script, path)):gsub(script, "job.lua")
        :gsub(path, "1.csv")
    end
    local frames = "\n  at job.lua:2: in local 'items'\n  at job.lua:5: in main chunk\n"
    assert.equal("leat: job.lua:2: input, for '-': read_jsonl: no option 'infer'; options: "
      .. "records, trusted, max_record, max_depth, encoding, decompress" .. frames,
      (with "{infer = true}"))
    assert.equal("leat: job.lua:2: input, for '1.csv': read_csv: no option 'inefr'; did you mean "
      .. "'infer'?" .. frames, (with "{inefr = true}"))
    for options, got in pairs { ["'x'"] = "a string", ["{'x'}"] = "a list", ["5"] = "a number" } do
      assert.equal("leat: job.lua:2: input takes options, got " .. got .. "; the files are those "
        .. "named on the command line, and read_lines(path) and the like read others" .. frames,
        (with(options)))
    end
    assert.matches("^leat: %(command line%):1: input takes options",
      output_of(LEAT .. [[ -e 'input "x"']]))
  end)

  it("is what a script and ':...' read", function()
    local csv, text = helper.file("a,b\n1,x\n", "1.csv"), helper.file("one\ntwo\n", "2.txt")
    local files = ("'%s' '%s'"):format(csv, text)
    assert.equal('{"a":"1","b":"x"}\none\ntwo\n', output_of(LEAT .. " ':take(9)' " .. files))
    local script = helper.file("print(input{infer = true}:first().a)", "job.lua")
    assert.equal("1\n", output_of(("%s '%s' '%s'"):format(LEAT, script, csv)))
    assert.equal("2\n", output_of(("printf '{}\\n[]\\n' | %s ':count()'"):format(LEAT)))
    assert.equal("3\n", output_of(("printf '{}\\n' | %s ':count()' - '%s'"):format(LEAT, text)))
  end)
end)
