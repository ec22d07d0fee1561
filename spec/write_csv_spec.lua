-- SPDX-License-Identifier: MIT
-- write_csv and write_tsv.
local leat = require "leat"
local helper = require "spec.support.helper"
local random = require "spec.support.random"
local failure, here = helper.failure, helper.here

after_each(helper.nothing_left_open)

-- What write_csv makes of these items: a list or a pipeline.
local function csv(items, options, method)
  local path = helper.folder() .. "/out"
  local p = type(items) == "table" and leat.from(items) or items
  p[method or "write_csv"](p, path, options)
  return helper.read(path)
end

local function jsonl(text) return leat.read_jsonl(helper.file(text)) end

describe("write_csv", function()
  it("writes a row for each record under the names of the first one's fields", function()
    local path = helper.folder() .. "/out"
    local result = jsonl '{"id":1,"name":"Ada"}\n{"id":2,"name":"Bo"}\n':write_csv(path)
    assert.equal("id,name\n1,Ada\n2,Bo\n", helper.read(path))
    assert.same({ items = 2, bytes = 19, skipped = 0 }, result)
    assert.equal("a,b\n2,x\n", csv { { b = "x", a = 2 } })
    assert.equal("b,a\nx,2\n", csv(jsonl '{"a":2,"b":"x"}':select("b", "a")))
  end)

  it("writes nothing for no items but the columns it was given", function()
    assert.equal("", csv {})
    assert.equal("a,b\n", csv({}, { columns = { "a", "b" } }))
    assert.equal("", csv({}, { columns = { "a", "b" }, header = false }))
  end)

  it("puts fields in quotes that hold a delimiter, a quote or a line end, and no others", function()
    assert.equal('a,b,c,d,e\n"1,2","say ""hi""","x\ny","x\ry", z \n',
      csv { { a = "1,2", b = 'say "hi"', c = "x\ny", d = "x\ry", e = " z " } })
    assert.equal('"a,b"\n1\n', csv { { ["a,b"] = 1 } })
    local rows, lines = {}, {}
    for length = 0, 40 do -- wherever it stands in a field of any length
      for at = 1, length do
        for _, special in ipairs { ",", '"', "\n", "\r" } do
          local text = ("x"):rep(at - 1) .. special .. ("x"):rep(length - at)
          rows[#rows + 1] = { text, "" }
          lines[#lines + 1] = '"' .. text:gsub('"', '""') .. '",\n'
        end
      end
      rows[#rows + 1] = { ("y"):rep(length), "" }
      lines[#lines + 1] = ("y"):rep(length) .. ",\n"
    end
    assert.equal(table.concat(lines), csv(rows))
  end)

  it("writes what is missing or null as nothing, or as it is told", function()
    local items = { { a = 1, b = "x" }, { b = leat.null }, { a = "" } }
    assert.equal("a,b\n1,x\n,\n,\n", csv(items))
    assert.equal("a,b\n1,x\nNA,NA\n,NA\n", csv(items, { null = "NA" }))
    assert.equal('a\nNA\n"NA"\n', csv({ { a = leat.null }, { a = "NA" } }, { columns = { "a" },
      null = "NA" }))
    assert.equal('a,b\n,""\n', csv({ { a = leat.null, b = "" } }, { null = "",
      columns = { "a", "b" } }))
    assert.equal("a,b\n,7\n", csv(jsonl '{"a":null,"b":7}'))
  end)

  it("writes no blank line, and no byte order mark that a reader would pass over", function()
    assert.equal('a\n""\nx\n""\n', csv({ { a = "" }, { a = "x" }, {} }))
    local text = csv { { ["\xef\xbb\xbfid"] = "\xef\xbb\xbf" } }
    assert.equal('"\xef\xbb\xbfid"\n\xef\xbb\xbf\n', text)
    assert.equal('"\xef\xbb\xbf",1\n', csv { { "\xef\xbb\xbf", 1 } })
    assert.same({ "\xef\xbb\xbfid" }, leat.read_csv(helper.file(text), { header = false })
      :map(leat.table):first())
  end)

  it("writes numbers as JSON has them, untouched ones as they were read", function()
    assert.equal("1,1.0,0.1,-9223372036854775808,1e100,true,false\n",
      csv { { 1, 1.0, 0.1, math.mininteger, 1e100, true, false } })
    assert.equal("n,m\n1.50,12345678901234567890\n", csv(jsonl
      '{"n":1.50,"m":12345678901234567890}'))
    assert.raises("NaN has no JSON form", csv, { { a = 0 / 0 } })
    assert.raises("infinity", csv, { { 1 / 0 } })
  end)

  it("writes nested values as JSON, in records as they were read", function()
    assert.equal('a,b\n"[1,{""c"":""x""}]",{}\n', csv { { a = { 1, { c = "x" } }, b = {} } })
    assert.equal('a\n"{""k"": [1,  2]}"\n', csv(jsonl '{"a":{"k": [1,  2]}}'))
    assert.equal('a\n"[1,""x y""]"\n', csv(leat.read_json(helper.file '[{"a": [1,\n "x y"]}]')))
    local p = jsonl('{"a":{"k":1},"b":2.0}'):map(function(r) r.a.k = "x,y" return r end)
    assert.equal('a,b\n"{""k"":""x,y""}",2.0\n', csv(p))
  end)

  it("writes strings without their escapes, and of equal names the last", function()
    assert.equal('né,b\n"q"" \n",é\n', csv(jsonl '{"n\\u00e9":"q\\" \\n","b":"\\u00e9"}'))
    assert.equal("a,b\n3,2\n5,6\n", csv(jsonl '{"a":1,"b":2,"a":3}\n{"b":4,"a":5,"b":6}\n'))
  end)

  it("writes records that were changed, made or read from CSV", function()
    local p = jsonl '{"a":1,"b":"x"}\n{"a":2,"b":"y"}\n'
    assert.equal("a,b,c\n1,x,2\n2,y,3\n", csv(p:set { c = function(r) return r.a + 1 end }))
    assert.equal("b,n\nx,\ny,\n", csv(p:map(function(r) r.a = nil r.n = leat.null return r end)))
    local text <const> = 'id,name\n1,"a ""b"", c"\n2,\n'
    assert.equal(text, csv(leat.read_csv(helper.file(text))))
    assert.equal('name\n"a ""b"", c"\n""\n', csv(leat.read_csv(helper.file(text)):select "name"))
    assert.equal("a,b\n1,x\n2,y\n", csv(p:map(leat.table)))
  end)

  it("writes what a generator yields, records and tables by turns", function()
    local p = leat.generator(function(n)
      for i = 1, n do
        leat.yield(i % 2 == 0 and { i = i, s = "x,y" } or leat.json.decode '{"s":"z","i":0}')
        for r in jsonl '{"i":7,"s":"\\"","more":[]}\n' do leat.yield(r) end
      end
    end)
    assert.equal('i,s\n0,z\n7,""""\n2,"x,y"\n7,""""\n', csv(p(2), { ragged = "cut" }))
    local fields = leat.generator(function()
      for r in jsonl '{"s":"a","i":1}\n{"i":2,"s":"b"}\n' do leat.yield(r) end
    end)
    assert.equal("s,i\na,1\nb,2\n", csv(fields()))
  end)

  it("writes lists and tuples as rows, with a header if it has columns", function()
    assert.equal("1,a\n2,b\n", csv(leat.from { "a", "b" }:enumerate()))
    assert.equal("n,s\n1,a\n", csv({ { 1, "a" } }, { columns = { "n", "s" } }))
    assert.equal("n,s\n1,a\n2,b\n", csv({ { 1, "a" }, { s = "b", n = 2 } },
      { columns = { "n", "s" } }))
    assert.equal('1,"[2,3]"\n', csv(jsonl "[1,[2,3]]"))
    assert.equal('1,"[2,3]"\n', csv { { 1, { 2, 3 } } })
    assert.equal("1,\n", csv { { 1, leat.null } })
  end)

  it("takes columns in another order, and no header", function()
    local p = jsonl '{"a":1,"b":2}\n{"b":4,"a":3}\n'
    assert.equal("b,a,c\n2,1,\n4,3,\n", csv(p, { columns = { "b", "a", "c" } }))
    assert.equal("1,2\n3,4\n", csv(p, { header = false }))
  end)

  it("takes other delimiters and quotes, or none", function()
    assert.equal("a;b\n'1;2';'it''s'\n", csv({ { a = "1;2", b = "it's" } },
      { delimiter = ";", quote = "'" }))
    assert.equal('a;b\n1,2;5" pipe\n', csv({ { a = "1,2", b = '5" pipe' } },
      { delimiter = ";", quote = false }))
    for _, text in ipairs { "1;2", "x\ny", "\r" } do
      local err = failure(csv, { { a = 1, b = text } }, { delimiter = ";", quote = false })
      assert.matches("column 'b' needs quotes, which quote = false forbids", tostring(err))
      assert.equal("value", err.code)
    end
  end)

  it("refuses a field that has no column, naming it, the columns and what to do", function()
    local items = { { a = 1 }, { a = 2, b = 3 }, { a = 4 } }
    local err = failure(csv, items)
    assert.equal("field 'b' has no column; the columns are a. Name all in columns = {...}, or "
      .. 'leave out what has none by ragged = "cut"', err.message)
    assert.equal("value", err.code)
    assert.equal(2, err.item)
    assert.equal("write_csv", err.stage)
    assert.equal("a\n1\n2\n4\n", csv(items, { ragged = "cut" }))
    assert.raises("field 'b' has no column", csv, items, { ragged = "pad" })
    local path = helper.folder() .. "/out"
    local result = leat.from(items):write_csv(path, { ragged = "skip" })
    assert.equal("a\n1\n4\n", helper.read(path))
    assert.same({ items = 2, bytes = 6, skipped = 1 }, result)
    assert.raises("field 'b' has no column", csv, jsonl '{"a":1}\n{"a":2,"b":3}')
    assert.equal("a\n1\n2\n", csv(jsonl '{"a":1}\n{"a":2,"b":3}', { ragged = "cut" }))
    local wide = {}
    for i = 1, 1000 do wide["column" .. i] = i end
    err = failure(csv, { wide, { nothing = 1 } })
    assert.matches("%.%.%. %(1000%)", err.message)
    assert.is_true(#err.message < 300)
  end)

  it("refuses a list of another length, or does as it is told", function()
    local items = { { 1, 2 }, { 3 }, { 4, 5, 6 }, { 7, 8 } }
    assert.raises("the list has 1 value, others have 2", csv, items)
    assert.raises("the list has 3 values, others have 2", csv, items, { ragged = "pad" })
    assert.equal("1,2\n3,\n4,5\n7,8\n", csv(items, { ragged = "cut" }))
    assert.equal("1,2\n7,8\n", csv(items, { ragged = "skip" }))
    assert.raises("the list has 2 values for 1 column", csv, items, { columns = { "a" } })
  end)

  it("refuses what is no row, and headers without names", function()
    for _, item in ipairs { "text", 7, true, leat.null } do
      local err = failure(csv, { item })
      assert.matches("write_csv takes records, lists and tuples", err.message)
      assert.equal("value", err.code)
    end
    assert.raises("cannot write a string as a row", csv, leat.read_lines(helper.file "x\n"))
    assert.raises("no fields to take the columns from", csv, { {} })
    assert.raises("a list without values", csv, { leat.array {} })
    assert.raises("no names for a header", csv, { { 1 } }, { header = true })
    assert.raises("a record behind lists", csv, { { 1 }, { a = 1 } })
    assert.raises("has no JSON form", csv, { { a = print } })
    assert.raises("mixes integer keys", csv, { { 1, a = 2 } })
    assert.raises("not valid UTF-8", csv, { { a = "caf\xe9" } })
  end)

  it("refuses options that make no sense, on the caller's line", function()
    for text, options in pairs {
      ["no option 'collumns'; did you mean 'columns'"] = { collumns = { "a" } },
      ["columns must be a list of strings"] = { columns = "a" },
      ["option columns names 'a' twice"] = { columns = { "a", "b", "a" } },
      ["name 2 is not UTF-8"] = { columns = { "a", "\xff" } },
      ["delimiter must be a string of one byte"] = { delimiter = "||" },
      ["must differ"] = { delimiter = '"' },
      ['ragged must be "error", "pad", "cut" or "skip", got "keep"'] = { ragged = "keep" },
      ["header must be true or false"] = { header = "yes" },
      ["null must be a string"] = { null = 0 },
      ["null must be text that needs no quotes"] = { null = "a,b" },
      ["level is for paths that end in .gz or .zst"] = { level = 3 },
    } do
      local line = here() + 1
      local ok, err = pcall(function() leat.empty():write_csv("x.csv", options) end)
      assert.is_false(ok)
      assert.truthy(tostring(err):find(text, 1, true), tostring(err))
      assert.truthy(tostring(err):find("write_csv_spec.lua:" .. line, 1, true))
    end
  end)

  it("writes long fields, many columns and many rows", function()
    local long = ('x"'):rep(helper.scaled(150000))
    assert.equal('a,b\n"' .. long:gsub('"', '""') .. '",1\n', csv { { a = long, b = 1 } })
    local names, values, record = {}, {}, {}
    for i = 1, helper.scaled(10000) do
      names[i], values[i] = ("n%05d"):format(i), i
      record[names[i]] = i
    end
    local wanted = table.concat(names, ",") .. "\n" .. table.concat(values, ",") .. "\n"
    assert.equal(wanted, csv { record })
    local path = helper.folder() .. "/out"
    local start = os.clock()
    leat.range(helper.scaled(10)):map(function() return record end):write_csv(path)
    assert.is_true(os.clock() - start < 5)
    local n = helper.scaled(50000)
    leat.range(n):map(function(i) return { i, ("y"):rep(i % 50) } end):write_csv(path)
    local i = 0
    for row in leat.read_csv(path, { header = false }):iter() do
      i = i + 1
      assert(row[1] == tostring(i) and #row[2] == i % 50)
    end
    assert.equal(n, i)
  end)

  it("leaves nothing behind when it fails, and the file that was there", function()
    local path = helper.file "old\n"
    assert.raises("has no column", function()
      leat.from { { a = 1 }, { b = 1 } }:write_csv(path)
    end)
    assert.equal("old\n", helper.read(path))
    assert.same({ "data" }, helper.names(path:match "^(.*)/"))
    local seen, counted = helper.counting(3)
    assert.raises("No such file", function() seen:write_csv(path .. ".d/no/out") end)
    assert.equal(0, counted.pulls)
  end)
end)

describe("write_tsv", function()
  it("writes tabs between the fields, and what read_tsv reads back", function()
    local items = { { a = "x\ty", b = "1,2" }, { a = 'q"', b = "l\nm" } }
    assert.equal('a\tb\n"x\ty"\t1,2\n"q"""\t"l\nm"\n', csv(items, nil, "write_tsv"))
    local path = helper.folder() .. "/out"
    leat.from(items):write_tsv(path)
    assert.same(items, leat.read_tsv(path, { records = "table" }):collect())
  end)
end)

---------------------------------------------------------------------------------------- both ways

local PIECES <const> = { "", "", "a", "bc", ",", '"', "\n", "\r", "\r\n", "\t", " ", "é", "日本", "'",
  ";", "1", "-2.5", "true", "null", "\0", "\xef\xbb\xbf", ("long "):rep(10) }

-- Random tables of strings; the same in every run.
local function random_rows(seed, rows, columns)
  local lots = random.new(seed, 0)
  local list = {}
  for i = 1, rows do
    list[i] = {}
    for k = 1, columns do
      local parts = {}
      for j = 1, lots.below(4) do parts[j] = PIECES[lots.below(#PIECES) + 1] end
      list[i][k] = table.concat(parts)
    end
  end
  return list
end

describe("what write_csv writes", function()
  it("read_csv reads back, whatever is in the fields", function()
    local path = helper.folder() .. "/out"
    for seed = 1, helper.scaled(60) do
      local columns = seed % 4 + 1
      local options = { header = false, delimiter = seed % 3 == 0 and ";" or nil,
        quote = seed % 5 == 0 and "'" or nil }
      local rows = random_rows(seed, seed % 50, columns)
      leat.from(rows):write_csv(path, options)
      options.records = "table"
      assert.same(rows, leat.read_csv(path, options):collect(), seed)
      options.header, options.columns = true, { "x", "y", "z", "w" }
      options.columns = table.move(options.columns, 1, columns, 1, {})
      options.records = nil
      leat.from(rows):write_tsv(path, options)
      local again = leat.read_tsv(path, options)
      assert.same(rows, again:map(function(r)
        local list = {}
        for i, name in ipairs(options.columns) do list[i] = r[name] end
        return list
      end):collect(), seed)
      local copy = helper.folder() .. "/copy"
      again:write_tsv(copy, options)
      assert.equal(helper.read(path), helper.read(copy), seed)
    end
  end)

  it("read_csv reads back from records of JSON, nulls included", function()
    local path = helper.folder() .. "/out"
    for seed = 1, helper.scaled(50) do
      local lots = random.new(seed, 1)
      local lines, wanted = {}, {}
      for i, row in ipairs(random_rows(seed, 20, 3)) do
        local r, names = {}, { "a", "b\"", "c,d" }
        local members = {}
        for k, name in ipairs(names) do
          if lots.below(4) == 0 then row[k] = leat.null end
          if row[k] ~= leat.null then r[name] = row[k] end
          table.insert(members, lots.below(k) + 1, -- in any order, escaped or not
            leat.json.encode(name) .. ": " .. leat.json.encode(row[k]):gsub("é", "\\u00e9"))
        end
        lines[i], wanted[i] = "{" .. table.concat(members, ", ") .. "}\n", r
      end
      local options = { null = "\\N", columns = { "a", "b\"", "c,d" } }
      jsonl(table.concat(lines)):write_csv(path, options)
      assert.same(wanted, leat.read_csv(path, { null = "\\N", records = "table" }):collect(), seed)
    end
  end)

  it("Python's csv module reads as it was", function()
    if not os.execute "python3 -c 'import csv' 2>/dev/null" then return pending "needs python3" end
    local folder, wanted = helper.folder(), {}
    for seed = 1, helper.scaled(50) do
      local path = ("%s/%03d.csv"):format(folder, seed)
      wanted[path] = random_rows(seed + 1000, seed % 50, seed % 3 + 1)
      leat.from(wanted[path]):write_csv(path, { header = false })
    end
    local rows = helper.folder() .. "/python.jsonl"
    assert(os.execute(("python3 spec/support/csv_rows.py '%s' > '%s'"):format(folder, rows)))
    local files = 0
    for python in leat.read_jsonl(rows, { records = "table" }):iter() do
      files = files + 1
      assert.same(wanted[python.path], python.rows)
    end
    assert.equal(helper.scaled(50), files)
  end)
end)
