-- SPDX-License-Identifier: MIT
-- read_csv and read_tsv.
local leat = require "leat"
local helper = require "spec.support.helper"
local lfs = require "lfs"
local here, file = helper.here, helper.file

after_each(helper.nothing_left_open)

-- The rows as JSON, one behind the other.
local function rows(text, options)
  return leat.read_csv(file(text), options):map(leat.json.encode):concat " "
end

describe("read_csv", function()
  it("gives a record for each row, its fields named by the first", function()
    local p = leat.read_csv(file "id,name\n1,Ada\n2,Bo\n")
    assert.yields({ { id = "1", name = "Ada" }, { id = "2", name = "Bo" } }, p)
    local r = p:first()
    assert.equal("Ada", r.name)
    assert.is_nil(r.nothing)
    assert.equal('{"id":"1","name":"Ada"}', tostring(r))
    assert.yields({}, leat.read_csv(file "id,name\n"))
    assert.yields({}, leat.read_csv(file ""))
  end)

  it("reads quotes, delimiters and line ends in quotes, and doubled quotes", function()
    assert.equal('{"a":"x,y","b":"1\\n2"} {"a":"\\"","b":"say \\"hi\\""} {"a":"","b":"5\\" pipe"}',
      rows 'a,b\n"x,y","1\n2"\n"""","say ""hi"""\n"",5" pipe\n')
  end)

  it("ends rows with LF, CRLF or CR, also mixed, and the last with the file", function()
    for _, stop in ipairs { "\n", "\r\n", "\r" } do
      assert.equal('{"a":"1","b":"2"} {"a":"3","b":"4"}',
        rows("a,b" .. stop .. "1,2" .. stop .. "3,4"))
      assert.equal('{"a":"1"} {"a":"2"}', rows("a" .. stop .. "1" .. stop .. "2" .. stop))
    end
    assert.equal('{"a":"1"} {"a":"2"} {"a":"3"}', rows "a\r1\r\n2\n3\r")
    assert.equal('{"a":"1\\r\\n2"}', rows 'a\r\n"1\r\n2"\r\n')
  end)

  it("passes over a byte order mark, blank lines and comments, and counts their lines", function()
    assert.equal('{"a":"1"} {"a":"2"}', rows "\xef\xbb\xbfa\n\n1\n\r\n2\n")
    assert.equal('{"a":"#x"} {"a":"2"}', rows('# "one\na\n"#x"\n#,,,\n2\n', { comment = "#" }))
    local err = helper.failure(rows, "# \na\n\n1,2\n", { comment = "#" })
    assert.equal(4, err.line)
  end)

  it("takes other delimiters and quotes, or none", function()
    assert.equal('{"a":"1;2","b":"x"}', rows("a;b\n'1;2';x\n", { delimiter = ";", quote = "'" }))
    assert.equal('{"a":"\\"1","b":"2\\""}', rows('a,b\n"1,2"\n', { quote = false }))
    assert.equal('{"a":"1","b":"x y"}', leat.read_tsv(file "a\tb\n1\tx y\n")
      :map(leat.json.encode):concat())
  end)

  it("takes names for columns, or gives lists", function()
    local columns <const> = { "x", "y" }
    assert.equal('{"x":"1","y":"2"} {"x":"3","y":"4"}', rows("1,2\n3,4\n", { columns = columns }))
    assert.equal('{"x":"3","y":"4"}', rows("a,b\n3,4\n", { columns = columns, header = true }))
    assert.equal('["1","a\\"b"] ["2",""]', rows('1,"a""b"\n2,\n', { header = false }))
    local r = leat.read_csv(file "1,2\n", { header = false }):first()
    assert.equal(2, #r)
    assert.equal("2", r[2])
  end)

  it("names columns anew whose name is there already, and those without one", function()
    assert.equal('{"a":"1","a_2":"2","a_3":"3","column_4":"4","b\\"":"5"}',
      rows 'a,a,a,,"b"""\n1,2,3,4,5\n')
    assert.equal('{"a":"1","a_3":"2","a_2":"3"}', rows "a,a,a_2\n1,2,3\n")
    assert.equal('{"a_2":"1","a":"2","a_3":"3"}', rows "a_2,a,a\n1,2,3\n")
    assert.equal('{"column_1_2":"1","column_1":"2"}', rows ",column_1\n1,2\n")
    assert.equal('{"a":"1","a_3":"2","a_2":"3"}',
      rows("1,2,3\n", { columns = { "a", "a", "a_2" } }))
    local many = helper.scaled(30000)
    local text = ("a,"):rep(many) .. "a\n" .. ("1,"):rep(many) .. "1\n"
    assert.equal("1", leat.read_csv(file(text)):first()["a_" .. many + 1])
  end)

  it("refuses every row longer than max_record, wherever a read of the file ends", function()
    for _, length in ipairs { 11, 12, 200, 10000 } do
      local text = "a\n" .. ("x"):rep(10) .. "\r\n" .. ("y"):rep(length) .. "\n\"z\nz\"\n"
      local p = leat.read_csv(file(text), { max_record = 10 })
      assert.equal('{"a":"xxxxxxxxxx"} {"a":"z\\nz"}',
        p:on_error("skip"):map(leat.json.encode):concat " ")
      local err = helper.failure(function() p:drain() end)
      assert.same({ "size", 3, 2 }, { err.code, err.line, err.item })
    end
  end)

  it("says where the quote was opened that takes in other lines, and goes on behind that line",
    function()
      local path = file 'a,b\n"x,1\n2,3\n4,"y"\n5,6\n'
      local err = helper.failure(function() leat.read_csv(path):drain() end)
      assert.same({ 4, 4, 1 }, { err.line, err.column, err.item })
      assert.is_truthy(err.message:find("the quote is opened in line 2", 1, true))
      assert.equal('{"a":"2","b":"3"} {"a":"4","b":"y"} {"a":"5","b":"6"}',
        leat.read_csv(path):on_error("skip"):map(leat.json.encode):concat " ")
    end)

  it("infers the fields that there are no columns for, too", function()
    assert.equal('{"a":1,"b":2,"column_3":3,"column_4":null}',
      rows("a,b\n1,2,3,NA\n", { ragged = "keep", infer = true, null = "NA" }))
  end)

  it("reads each file of several by its own header", function()
    local p = leat.read_csv { file "a,b\n1,2\n", file "b,a\n3,4", file "", file "c\n5\n" }
    assert.equal('{"a":"1","b":"2"} {"b":"3","a":"4"} {"c":"5"}',
      p:map(leat.json.encode):concat " ")
  end)

  it("makes numbers and booleans of the columns that are said to be", function()
    local types = { types = { n = "number", ok = "boolean", s = "string" } }
    assert.equal('{"n":1.50,"ok":true,"s":"1"} {"n":-7,"ok":false,"s":"true"} '
      .. '{"n":null,"ok":null,"s":""}',
      rows("n,ok,s\n1.50,true,1\n-7,FALSE,true\n,,\n", types))
    assert.equal('{"n":7} {"n":0.5} {"n":-5} {"n":3} {"n":1e3}',
      rows('n\n 007\n.5\n-5.\n"+3"\n1e3\n', { types = { n = "number" } }))
    local r = leat.read_csv(file "n\n9007199254740993\n", { types = { n = "number" } }):first()
    assert.equal(9007199254740993, r.n)
    for _, bad in ipairs { "x", "1x", "1 2", "-", ".", "1e", "0x10", "nan", "1,2" } do
      local err = helper.failure(rows, 'm,n\n1,"' .. bad .. '"\n', { types = { n = "number" } })
      assert.equal("item", err.code)
      assert.matches("column 'n' must be a number, got '" .. bad:gsub("%p", "%%%0"), err.message)
      assert.equal(2, err.line)
      assert.equal(4, err.column)
    end
    assert.raises("no column 'm'", rows, "n\n1\n", { types = { m = "number" } })
  end)

  it("makes of each field what it looks like if it may, but not of what is in quotes", function()
    assert.equal('{"a":1,"b":-2.5e3,"c":true,"d":"007","e":"1","f":"","g":"x"}',
      rows('a,b,c,d,e,f,g\n1,-2.5e3,true,007,"1",,x\n', { infer = true }))
    assert.equal('[1,"a"]', rows("1,a\n", { infer = true, header = false }))
    assert.equal('{"a":"1","b":1}', rows("a,b\n1,1\n", { infer = true, types = { a = "string" } }))
  end)

  it("takes strings that are not in quotes for null", function()
    assert.equal('{"a":null,"b":"NA"} {"a":null,"b":"x"}',
      rows('a,b\nNA,"NA"\n,x\n', { null = { "NA", "" } }))
    local r = leat.read_csv(file "a,b\n-,1\n", { null = "-" }):first()
    assert.is_nil(r.a)
    assert.is_true(leat.has(r, "a"))
  end)

  it("refuses rows that have another number of fields, or does as it is told", function()
    local text <const> = "a,b\n1,2\n3\n4,5,6\n7,8\n"
    local err = helper.failure(rows, text)
    assert.equal("the row has 1 field, the header has 2", err.message)
    assert.equal(3, err.line)
    assert.equal("read_csv", err.stage)
    assert.equal('{"a":"1","b":"2"} {"a":"3"} {"a":"4","b":"5","column_3":"6"} {"a":"7","b":"8"}',
      rows(text, { ragged = "keep" }))
    assert.equal('{"a":"1","b":"2"} {"a":"3","b":null}',
      leat.read_csv(file(text), { ragged = "pad" }):take(2):map(leat.json.encode):concat " ")
    err = helper.failure(rows, text, { ragged = "pad" })
    assert.equal("the row has 3 fields, the header has 2", err.message)
    assert.equal('{"a":"1","b":"2"} {"a":"7","b":"8"}',
      leat.read_csv(file(text)):on_error("skip"):map(leat.json.encode):concat " ")
    assert.equal('{"a":"1","b":"2"} {"a":"7","b":"8"}', rows(text, { ragged = "skip" }))
    local path = helper.folder() .. "/rows.jsonl"
    assert.equal(2, leat.read_csv(file(text), { ragged = "skip" }):write_jsonl(path).skipped)
  end)

  it("tells where a quote is opened that is never closed, and goes on behind that line", function()
    local text <const> = 'a,b\n1,2\n3,"x\n4,5\n'
    local err = helper.failure(rows, text)
    assert.matches("a quote is opened here and never closed", err.message)
    assert.equal(3, err.line)
    assert.equal(3, err.column)
    assert.equal('{"a":"1","b":"2"} {"a":"4","b":"5"}',
      leat.read_csv(file(text)):on_error("skip"):map(leat.json.encode):concat " ")
    err = helper.failure(rows, 'a,b\n1,"2' .. ("x"):rep(300) .. "\n", { max_record = 100 })
    assert.equal(2, err.line)
    assert.equal("size", err.code)
    err = helper.failure(rows, 'a,b\n"x\ny",2\n1,"2\n')
    assert.equal(4, err.line)
  end)

  it("refuses text behind a closing quote", function()
    local text <const> = 'a,b\n1,"2"x\n3,4\n"5" ,6\n7,8\n'
    local err = helper.failure(rows, text)
    assert.matches("closing quote", err.message)
    assert.equal(2, err.line)
    assert.equal(6, err.column)
    assert.equal('{"a":"3","b":"4"} {"a":"7","b":"8"}',
      leat.read_csv(file(text)):on_error("skip"):map(leat.json.encode):concat " ")
  end)

  it("goes on behind a bad row whatever ends the lines", function()
    for _, stop in ipairs { "\n", "\r\n", "\r" } do
      local text = table.concat({ "a,b", '"1"x,2', "3,4", '5,"6', "7,8", "" }, stop)
      local p = leat.read_csv(file(text))
      assert.equal('{"a":"3","b":"4"} {"a":"7","b":"8"}',
        p:on_error("skip"):map(leat.json.encode):concat " ")
      assert.equal(2, helper.failure(p.drain, p).line)
      local lines = {}
      p:on_error(function(err) lines[#lines + 1] = err.line end):drain()
      assert.same({ 2, 4 }, lines)
    end
  end)

  it("leaves out no header, or the next row would be taken for it", function()
    for _, header in ipairs { 'a,"b"x', "a,caf\xe9", 'a,"b' } do
      local p = leat.read_csv(file(header .. "\n1,2\n3,4\n")):on_error "skip"
      local err = helper.failure(p.drain, p)
      assert.equal("io", err.code)
      assert.equal(1, err.line)
    end
    local p = leat.read_csv { file "a\n1\n", file '"a"x\n2\n3\n' }
    p = p:on_error "skip"
    assert.equal("io", helper.failure(p.drain, p).code)
  end)

  it("refuses what is not UTF-8", function()
    local err = helper.failure(rows, "a,b\n1,2\nx,caf\xe9\n")
    assert.equal("encoding", err.code)
    assert.equal(3, err.line)
    assert.equal(6, err.column)
  end)

  it("refuses options that make no sense, on the caller's line", function()
    for text, options in pairs {
      ["no option 'delimeter'; did you mean 'delimiter'"] = { delimeter = ";" },
      ["delimiter must be a string of one byte"] = { delimiter = "||" },
      ["must differ"] = { delimiter = '"' },
      ["must be \"error\", \"pad\""] = { ragged = "drop" },
      ["columns must be a list of strings"] = { columns = "a" },
      ["element 2 is a number"] = { columns = { "a", 2 } },
      ["the type of column 'a' must be \"string\", \"number\" or \"boolean\", got \"date\""] =
        { types = { a = "date" } },
      ["got \"nubmer\"; did you mean \"number\"?"] = { types = { a = "nubmer" } },
      ["got \"Pad\"; did you mean \"pad\"?"] = { ragged = "Pad" },
      ["infer must be true or false"] = { infer = "yes" },
    } do
      local line = here() + 1
      local ok, err = pcall(function() leat.read_csv("x.csv", options) end)
      assert.is_false(ok)
      assert.truthy(tostring(err):find(text, 1, true), tostring(err))
      assert.truthy(tostring(err):find("csv_spec.lua:" .. line, 1, true))
    end
  end)

  it("gives each row before the next is written to a pipe", function()
    local fifo, done = helper.folder() .. "/rows", helper.folder() .. "/go"
    assert(os.execute("mkfifo " .. fifo))
    os.execute(([[(printf 'a,b\r\n1,2\r\n'; while [ ! -e %s ]; do sleep 0.01; done
      printf '3,4') > %s &]]):format(done, fifo))
    local g <close> = leat.read_csv(fifo):open()
    assert.equal("2", g:next().b)
    helper.write(done, "")
    assert.equal("4", g:next().b)
    assert.is_nil(g:next())
  end)

  it("reads long fields, many columns and many rows", function()
    local long = ("x"):rep(helper.scaled(300000))
    assert.equal(long, leat.read_csv(file('a,b\n1,"' .. long .. '"\n')):first().b)
    local names, values = {}, {}
    for i = 1, helper.scaled(10000) do names[i], values[i] = "n" .. i, i end
    local text = table.concat(names, ",") .. "\n" .. table.concat(values, ",") .. "\n"
    local r = leat.read_csv(file(text)):first()
    assert.equal(tostring(#names), r["n" .. #names])
    local many = {}
    for i = 1, helper.scaled(20000) do many[i] = i .. ',"a ""b"" \n' .. i .. '"' end
    local n = 0
    for row in leat.read_csv(file("id,s\n" .. table.concat(many, "\n"))):iter() do
      n = n + 1
      assert(row.id == tostring(n) and row.s == 'a "b" \n' .. n)
    end
    assert.equal(#many, n)
  end)
end)

describe("a record of a row", function()
  local function record(options)
    return leat.read_csv(file 'id,name,n\n1,"Ada ""A""",2.50\n',
      options or { types = { n = "number" } }):first()
  end

  it("is changed, walked and compared like one of JSON", function()
    local r = record()
    assert.is_true(r == leat.read_jsonl(file '{"n":2.5,"id":"1","name":"Ada \\"A\\""}'):first())
    r.name = "Bo"
    r.new = { 1 }
    r.id = nil
    assert.equal('{"name":"Bo","n":2.50,"new":[1]}', tostring(r))
    local seen = {}
    for k, v in pairs(record()) do seen[#seen + 1] = k .. "=" .. tostring(v) end
    assert.same({ "id=1", 'name=Ada "A"', "n=2.5" }, seen)
    assert.same({ id = "1", name = 'Ada "A"', n = 2.5 }, leat.table(record()))
    assert.same({ id = "1", name = 'Ada "A"', n = 2.5 },
      record { records = "table", types = { n = "number" } })
    assert.is_true(record() == record())
  end)

  it("goes through the stages of fields, into tables and files", function()
    local function through(method, ...)
      local p = leat.from { record() }
      return tostring(p[method](p, ...):first())
    end
    assert.equal('{"name":"Ada \\"A\\"","n":2.50}', through("select", "name", "n"))
    assert.equal('{"id":"1","n":2.50}', through("omit", "name"))
    assert.equal('{"key":"1","name":"Ada \\"A\\"","n":2.50}', through("rename", { id = "key" }))
    assert.equal('{"id":"1","name":"Ada \\"A\\"","n":2.50,"who":"Ada \\"A\\""}',
      through("set", { who = "name" }))
    assert.equal('{"a":{"id":"1","name":"Ada \\"A\\"","n":2.50}}',
      leat.json.encode { a = record() })
    local whole <const> = '"id":"1","name":"Ada \\"A\\"","n":2.50'
    assert.equal("{" .. whole .. ',"all":{' .. whole .. "}}",
      through("set", { all = function(r) return r end }))
    local path = helper.folder() .. "/out.jsonl"
    leat.from { record() }:write_jsonl(path)
    assert.equal('{"id":"1","name":"Ada \\"A\\"","n":2.50}\n', helper.read(path))
  end)

  it("is grouped, joined and counted by its fields", function()
    local p = leat.read_csv(file 'k,v\na,1\n"b",2\na,3\n')
    assert.yields({ { "a", 2 }, { "b", 1 } }, p:count_by "k")
    assert.yields({ { "a", "1" }, { "b", "2" }, { "a", "3" } },
      p:join(leat.from { { k = "a" }, { k = "b" } }, "k")
        :map(function(r, o) return { o.k, r.v } end))
    assert.equal(3, p:unique():count())
  end)
end)

describe("shared data", function()
  it("of csv-spectrum reads as its JSON says", function()
    local folder = helper.data "csv/spectrum"
    if not folder then return pending "the shared data is not here" end
    for _, name in ipairs(helper.names(folder .. "/csvs")) do
      local wanted = leat.json.decode(helper.read(folder .. "/json/" ..
        name:gsub("%.csv$", ".json")))
      -- One object where the others are lists, and with another telephone number.
      if name ~= "location_coordinates.csv" then
        assert.same(wanted, leat.read_csv(folder .. "/csvs/" .. name, { records = "table" })
          :collect(), name)
      end
    end
  end)

  it("of Zeek is the same as tables of text and as lines of JSON", function()
    local folder = helper.data "csv/zeek"
    if not folder then return pending "the shared data is not here" end
    local NUMBERS <const> = { count = true, port = true, double = true, interval = true }
    -- Seconds since 1970 of a time such as 2018-03-24T17:15:20.6Z.
    local function epoch(time)
      local year, month, day, hour, minute, second =
        time:match "^(%d+)-(%d+)-(%d+)T(%d+):(%d+):([%d.]+)Z$"
      year = month < "03" and year - 1 or year + 0 -- years begin in March
      local days = 365 * year + year // 4 - year // 100 + year // 400
        + (153 * ((month + 9) % 12) + 2) // 5 + day - 719469
      return days * 86400 + hour * 3600 + minute * 60 + second
    end
    -- What the lines of JSON have for a field of this type.
    local function as_json(value, type)
      if value == nil or value == leat.null then return nil end
      if type == "bool" then return value == "T" end
      if type:find "^set" or type:find "^vector" then
        local list = {}
        if value ~= "(empty)" then
          for part in value:gmatch "[^,]+" do list[#list + 1] = part end
        end
        return leat.json.encode(leat.array(list))
      end
      if type ~= "string" then return value end
      if value == "(empty)" then return "" end
      return (value:gsub("\\\\", "\\"))
    end
    for _, name in ipairs(helper.names(folder)) do
      local path, fields, types, numbers = folder .. "/" .. name, nil, nil, {}
      for line in leat.read_lines(path):take(8) do
        local words = {}
        for word in line:gmatch "[^\t]+" do words[#words + 1] = word end
        if words[1] == "#fields" then fields = table.move(words, 2, #words, 1, {}) end
        if words[1] == "#types" then types = table.move(words, 2, #words, 1, {}) end
      end
      for i, field in ipairs(fields) do
        if NUMBERS[types[i]] then numbers[field] = "number" end
      end
      local tsv = leat.read_tsv(path, { columns = fields, comment = "#", quote = false,
        null = "-", types = numbers })
      local twins = leat.read_jsonl(folder .. "/../../jsonl/zeek/" .. name:gsub("log$", "jsonl"))
      local count = 0
      for row, twin in tsv:zip(twins, { strict = true }) do
        count = count + 1
        for i, field in ipairs(fields) do
          local expected = twin[field]
          if types[i]:find "^set" or types[i]:find "^vector" then
            expected = expected and tostring(expected)
          end
          local given = as_json(row[field], types[i])
          if types[i] == "time" and given and expected then
            assert.is_true(math.abs(given - epoch(expected)) < 1e-6, expected)
          elseif types[i] == "interval" and given and expected then -- the table has six digits
            assert.is_true(math.abs(given - expected) < 1e-6)
          elseif given ~= expected then
            assert.equal(expected, given, ("%s:%d %s"):format(name, count, field))
          end
        end
      end
      assert.is_true(count > 100, name)
    end
  end)

  it("reads as Python's csv module reads it, and is refused where that refuses it", function()
    local folder = helper.data "csv"
    if not folder then return pending "the shared data is not here" end
    if not os.execute "python3 -c 'import csv' 2>/dev/null" then return pending "needs python3" end
    local path = helper.folder() .. "/python.jsonl"
    assert(os.execute(("python3 spec/support/csv_rows.py '%s' > '%s'"):format(folder, path)))
    local files = 0
    local slow = helper.scaled(1000) < 1000 -- then large files take minutes
    local function is_read(python) return not slow or lfs.attributes(python.path).size < 50000 end
    for python in leat.read_jsonl(path, { records = "table" }):filter(is_read):iter() do
      files = files + 1
      local p = leat.read_csv(python.path, { header = false, ragged = "keep", records = "table" })
      if python.rows == nil then assert.is_false(pcall(p.drain, p), python.path)
      else assert.same(python.rows, p:collect(), python.path) end
    end
    assert.is_true(files > 100)
  end)
end)
