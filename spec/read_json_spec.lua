-- SPDX-License-Identifier: MIT
-- read_json.
local leat = require "leat"
local helper = require "spec.support.helper"
local here, file, failure = helper.here, helper.file, helper.failure

after_each(helper.nothing_left_open)

-- The items as JSON, one behind the other.
local function items(text, options)
  return leat.read_json(file(text), options):map(leat.json.encode):concat " " or ""
end

-- What comes before it fails, and what it fails with.
local function until_error(p)
  local seen = {}
  local ok, err = pcall(function()
    p:each(function(x) seen[#seen + 1] = leat.json.encode(x) end)
  end)
  assert.is_false(ok, "no error was raised")
  return table.concat(seen, " "), err
end

describe("read_json", function()
  it("gives the elements of an array", function()
    local p = leat.read_json(file '[{"id": 1, "user": {"name": "Ada"}}, {"id": 2}]\n')
    assert.yields({ { id = 1, user = { name = "Ada" } }, { id = 2 } }, p)
    assert.equal("Ada", p:first().user.name)
    assert.equal('{"id": 2}', tostring(p:last()))
    assert.equal('1 -2.5 "x" true null [1] {}', items '[1,-2.5,"x",true,null,[1],{}]')
    assert.equal("", items "[]")
    assert.equal("[]", items "[[]]")
  end)

  it("gives a text that is no array as one item", function()
    assert.equal('{"id":1,"rows":[1,2]}', items '{"id":1,"rows":[1,2]}')
    assert.equal('"x"', items '"x"')
    assert.equal("12", items "12")
    assert.equal("null", items " null\n")
    assert.equal(leat.null, leat.read_json(file "null"):first())
  end)

  it("reads one text after another, as many as the file has", function()
    assert.equal('{"a":1} {"a":2} 3 4', items '{"a":1}{"a":2}\n[3]\n4')
    assert.equal("1 2 3", items "[1][2]\n\n[] [3]")
    assert.equal('1 "x" true {} 2', items '1"x"true{}2')
  end)

  it("has no items in a file without a text", function()
    for _, text in ipairs { "", " ", "\n\n\t\r\n", "\xef\xbb\xbf", "\xef\xbb\xbf\n" } do
      assert.equal("", items(text))
      assert.equal("", items(text, { path = "a" }))
    end
  end)

  it("passes over a byte order mark, which columns do not count", function()
    assert.equal("1 2", items "\xef\xbb\xbf[1,2]")
    local err = failure(items, "\xef\xbb\xbf[1 2]")
    assert.equal(4, err.column)
  end)

  it("reads files one after another, patterns, lists and open files", function()
    local folder = helper.folder()
    local a, b = helper.write(folder .. "/a.json", "[1,2]"), helper.write(folder .. "/b.json", "3")
    local empty = helper.write(folder .. "/c.json", "")
    assert.yields({ 1, 2, 3 }, leat.read_json(folder .. "/*.json"))
    assert.yields({ 3, 1, 2 }, leat.read_json { b, empty, a })
    local open <close> = assert(io.open(a))
    local p = leat.read_json(open)
    assert.yields({ 1, 2 }, p)
    assert.raises("read only once", p.first, p)
    local broken = helper.write(folder .. "/d.json", "\n[1,")
    local before, err = until_error(leat.read_json { a, broken, b })
    assert.equal("1 2 1", before)
    assert.equal(broken, err.file)
    assert.equal(2, err.line)
  end)

  it("gives records as read_jsonl does, or plain tables", function()
    local text = '{"id": 9007199254740993, "price": 1.10, "tags": ["a", null]}'
    local r = leat.read_json(file("[" .. text .. "]")):first()
    assert.is_true(r == leat.read_jsonl(file(text)):first())
    assert.equal(text, tostring(r))
    assert.equal(9007199254740993, r.id)
    r.price = 2
    assert.equal('{"id":9007199254740993,"price":2,"tags":["a",null]}',
      leat.json.encode(r):gsub(" ", ""))
    local t = leat.read_json(file("[" .. text .. ",7]"), { records = "table" }):collect()
    assert.same({ { id = 9007199254740993, price = 1.1, tags = { "a", leat.null } }, 7 }, t)
    assert.equal("table", type(t[1]))
  end)

  it("writes what was on several lines on one", function()
    local text = '[\n  {\n    "a": "x\\n y",\n\t"b": [1,\r\n 2.50],  "c" : {}\n  },\n'
      .. '  {"a": 1}\n]\n'
    local path = helper.folder() .. "/out.jsonl"
    leat.read_json(file(text)):write_jsonl(path)
    assert.equal('{"a":"x\\n y","b":[1,2.50],"c":{}}\n{"a": 1}\n', helper.read(path))
    local r = leat.read_json(file(text)):first()
    assert.equal("[1,2.50]", tostring(r.b))
    r.d = true
    assert.equal('{"a":"x\\n y","b":[1,2.50],"c":{},"d":true}', tostring(r))
    assert.equal('{"c":{},"b":[1,2.50]}',
      leat.read_json(file(text)):select("c", "b"):map(tostring):first())
    assert.equal('{"a":1,"c":"\\\\","b":"\\" "}', items '{\n"a": 1, "c": "\\\\", "b": "\\" "}')
  end)

  it("gives each element before the next is written to a pipe", function()
    local fifo, done = helper.folder() .. "/rows", helper.folder() .. "/go"
    assert(os.execute("mkfifo " .. fifo))
    os.execute(([[(printf '{"n": 2, "rows": [{"a": 1}'; while [ ! -e %s ]; do sleep 0.01; done
      printf ',\n{"a": 2}]}') > %s &]]):format(done, fifo))
    local g <close> = leat.read_json(fifo, { path = "rows" }):open()
    assert.equal(1, g:next().a)
    helper.write(done, "")
    assert.equal(2, g:next().a)
    assert.is_nil(g:next())
  end)

  it("refuses options that it does not know, or that are wrong, on the caller's line", function()
    for text, options in pairs {
      ["did you mean 'path'?"] = { paht = "a" },
      ["option path must be a path such as \"user.name\", got number"] = { path = 1 },
      ["'a..b' is no path"] = { path = "a..b" },
      ["option path: [-1] counts from the end"] = { path = "a[-1].b" },
      ["which has no part _2.a"] = { path = "_2.a" },
      ["records must be \"lazy\" or \"table\""] = { records = "lua" },
      ["max_record must be a whole number"] = { max_record = 0 },
    } do
      local line = here() + 1
      local ok, err = pcall(function() leat.read_json("x.json", options) end)
      assert.is_false(ok)
      assert.truthy(tostring(err):find(text, 1, true), tostring(err))
      assert.truthy(tostring(err):find("read_json_spec.lua:" .. line, 1, true))
    end
  end)
end)

describe("read_json with a path", function()
  it("gives the elements of the array there, or else the value there", function()
    local text <const> = '{"n": {"rows": 0}, '
      .. '"data": {"x": [[]], "rows": [1, [2], {"a": 3}], "y": {}}}'
    assert.equal('1 [2] {"a": 3}', items(text, { path = "data.rows" }))
    assert.equal('{"a": 3}', items(text, { path = "data.rows[3]" }))
    assert.equal("3", items(text, { path = "data.rows[3].a" }))
    assert.equal("2", items(text, { path = "data.rows[2]" }))
    assert.equal("[]", items(text, { path = "data.x" }))
    assert.equal('{"rows": 0}', items(text, { path = "n" }))
    assert.equal("{}", items(text, { path = "data.y" }))
    assert.equal(text, items(text, { path = "_" }))
    assert.equal("null", items('{"a": null}', { path = "a" }))
  end)

  it("takes quoted names, and finds names however they are written", function()
    local text <const> = [[{"x": 1, "\u0061 \"b\"": [1, 2], "": [3], "a.b": [4], "\u00e9": [5]}]]
    assert.equal("1 2", items(text, { path = '_["a \\"b\\""]' }))
    assert.equal("3", items(text, { path = '_[""]' }))
    assert.equal("4", items(text, { path = '_["a.b"]' }))
    assert.equal("5", items(text, { path = "é" }))
    assert.equal("6 7", items('[[1], [{"a": 5}, {"a": [6, 7]}]]', { path = "_[2][2].a" }))
  end)

  it("follows it in each text of a file", function()
    assert.equal("1 2 3", items('{"rows": [1, 2]}\n{"page": 2, "rows": [3]}{"rows": []}',
      { path = "rows" }))
  end)

  it("checks what is around it", function()
    for text, column in pairs {
      ['{"x": [1,,2], "rows": [1]}'] = 10,
      ['{"x": "\\x", "rows": [1]}'] = 8,
      ['{"x": "\xff", "rows": [1]}'] = 8,
      ['{"x": 01, "rows": [1]}'] = 7,
      ['{"x": nul, "rows": [1]}'] = 7,
      ['{"x": [1}, "rows": [1]}'] = 9,
      ['{"x" 1, "rows": [1]}'] = 6,
      ['{x: 1, "rows": [1]}'] = 2,
      ['{"rows": [1], "x": tru}'] = 20,
      ['{"rows": [1], "x": {"a": 1,}}'] = 28,
      ['{"rows": [1],}'] = 14,
      ['{"rows": [1]]'] = 13,
      ['{"rows": [1]} x'] = 15,
      ['{"rows": [1]},'] = 14,
    } do
      local _, err = until_error(leat.read_json(file(text), { path = "rows" }):on_error "skip")
      assert.equal(column, err.column, text)
      assert.equal(1, err.line)
      assert.equal("io", err.code)
    end
  end)

  it("says that nothing is there, what is there instead, and goes on if it may", function()
    for message, case in pairs {
      ["there is nothing at rows: the text has no 'rows'; did you mean 'row'?"] =
        { '{"row": [1]}', "rows", 12 },
      ["there is nothing at rows: the text has no 'rows'; it has 'count', 'results'"] =
        { '{"count": 1, "results": [{"rows": 1}]}', "rows", 38 },
      ["there is nothing at a.b: a has no 'b'; it has 'x1', 'x2', 'x3', 'x4', 'x5' ..."] =
        { '{"a": {"x1":1,"x2":2,"x3":3,"x4":4,"x5":5,"x6":6,"x7":7}}', "a.b", 56 },
      ["there is nothing at a.b: a has no 'b'"] = { '{"a": {}}', "a.b", 8 },
      ["there is nothing at a.b: a is a number, not an object"] = { '{"a": 5, "b": 6}', "a.b", 7 },
      ["there is nothing at a.b: a is an array, not an object"] = { '{"a": [{"b": 1}]}', "a.b", 7 },
      ["there is nothing at a[1]: a is an object, not an array"] = { '{"a": {}}', "a[1]", 7 },
      ["there is nothing at a.b: the text is an array, not an object"] = { '[1]', "a.b", 1 },
      ["there is nothing at a.b: a is null, not an object"] = { '{"a": null}', "a.b", 7 },
      ["there is nothing at a[3].b: a has 2 elements"] = { '{"a": [1, 2]}', "a[3].b", 12 },
      ["there is nothing at a[1]: a has 0 elements"] = { '{"a": []}', "a[1]", 8 },
      ['there is nothing at _["x y"][1].z: _["x y"] has 0 elements'] =
        { '{"x y": []}', '_["x y"][1].z', 10 },
    } do
      local text, path, column = table.unpack(case)
      local err = failure(items, text, { path = path })
      assert.equal(message, err.message)
      assert.equal(column, err.column, text)
      assert.equal("item", err.code)
    end
    local p = leat.read_json(file '{"rows":[1]}\n{"error":"busy"}\n{"rows":[2]}', { path = "rows" })
    assert.yields({ 1, 2 }, p:on_error "skip")
    local before, err = until_error(p)
    assert.equal("1", before)
    assert.equal(2, err.line)
  end)

  it("takes the first of two members with the name, and says that there is a second", function()
    local p = leat.read_json(file '{"a":[1],\n"a":[2,{"a":3}],"b":4}', { path = "a" })
    local before, err = until_error(p)
    assert.equal("1", before)
    assert.equal("there is a second 'a' in this object; the path has led to the first", err.message)
    assert.equal("2:1", err.line .. ":" .. err.column)
    assert.yields({ 1 }, p:on_error "skip")
    assert.equal("2", items('{"x":{"a":1,"b":1},"b":[2],"c":{"b":1}}', { path = "b" }))
  end)
end)

describe("read_json on bad input", function()
  it("gives what comes before, then says where the text goes wrong", function()
    for _, case in ipairs {
      { "[1,2", "1", "1:5",
        "truncated: the file ends inside the array that begins at line 1, column 1" },
      { "[1,\n2,", "1 2", "2:3", "inside the array that begins at line 1, column 1" },
      { '[1,\n {"a":\n[2', "1", "3:3", "inside the object that begins at line 2, column 2" },
      { '[1,"ab', "1", "1:7", "inside the string that begins at line 1, column 4" },
      { "[1,tr", "1", "1:6", "inside the array that begins at line 1, column 1" },
      { '{"a": [1]', "", "1:10", "inside the object that begins at line 1, column 1" },
      { "[1 2]", "1", "1:4", "expected ',' or ']' after an element, got '2'" },
      { '[{"a":1}\n{"a":2}]', '{"a":1}', "2:1", "expected ',' or ']' after an element, got '{'" },
      { "[1,,2]", "1", "1:4", "expected a value after ',', got ','" },
      { "[,1]", "", "1:2", "expected a value or ']', got ','" },
      { "[1,]", "1", "1:4", "expected a value after ',', got ']'" },
      { "[1]]", "1", "1:4", "expected another JSON text or the end of the file, got ']'" },
      { "[1] # no", "1", "1:5", "expected another JSON text or the end of the file, got '#'" },
      { "[1] nope", "1", "1:5", "expected a value, got 'nope'" },
      { "['a']", "", "1:2", "expected a value or ']', got a single quote" },
      { "# no", "", "1:1", "expected a JSON text, got '#'" },
      { "[1}", "1", "1:3", "expected ',' or ']' after an element, got '}'" },
      { '[1,{"a":[2},3]', "1", "1:11", "expected ',' or ']' after an element, got '}'" },
      { "[1,\0]", "1", "1:4", "expected a value after ',', got byte 0x00" },
      { "[1]\0", "1", "1:4", "got byte 0x00" },
      { "\0\0\0\0", "", "1:1", "got byte 0x00" },
    } do
      local text, before, place, message = table.unpack(case)
      local path = file(text)
      for _, p in ipairs { leat.read_json(path), leat.read_json(path):on_error "skip" } do
        local seen, err = until_error(p)
        assert.equal(before, seen, text)
        assert.equal(path, err.file)
        assert.equal(place, err.line .. ":" .. err.column, text)
        assert.truthy(err.message:find(message, 1, true), err.message)
        assert.equal("io", err.code)
      end
    end
  end)

  it("can leave out an element that is wrong inside, if it is known where it ends", function()
    local cases = {
      '{"a":}', '{"a" 1}', '{a:1}', "{'a':1}", '[1,]', '[1 2]', '"\\x"', '"\xff"', '"\\ud800"',
      '"a\nb"', '"\0"', '{"a":"\t"}', "01", "1.", "-", "+1", "NaN", "tru", "1e999", "nulll", ".5",
      '{"a":1,"b":[01]}', ("["):rep(1001) .. ("]"):rep(1001),
    }
    for _, bad in ipairs(cases) do
      local path = file("[1,\n" .. bad .. ",\n {\"a\":3}]")
      local seen, err = until_error(leat.read_json(path))
      assert.equal("1", seen, bad)
      assert.equal(2, err.line, bad)
      assert.is_true(err.code ~= "io", bad)
      local skipped = 0
      assert.equal('1 {"a":3}', leat.read_json(path):on_error(function() skipped = skipped + 1 end)
        :map(leat.json.encode):concat " ")
      assert.equal(1, skipped, bad)
    end
  end)

  it("names line and column within an element", function()
    local err = failure(items, '[\n {"a": 1,\n  "b": x}]')
    assert.equal("3:8", err.line .. ":" .. err.column)
    err = failure(items, '[\n {"a": 1, "b": x}]')
    assert.equal("2:16", err.line .. ":" .. err.column)
    err = failure(items, '{"r": [\n {"a": 1, "b": x}]}', { path = "r" })
    assert.equal("2:16", err.line .. ":" .. err.column)
  end)

  it("ends well or fails wherever the text is cut off", function()
    local text <const> = '{"n": [1.5e3, true], '
      .. '"rows": [{"a": "\\u00e9é"}, [], -12, null, "x"], "z": 0}'
    for _, path in ipairs { "rows", "_" } do
      local whole = items(text, { path = path })
      for length = 0, #text - 1 do
        local seen = {}
        local ok = pcall(function()
          leat.read_json(file(text:sub(1, length)), { path = path }):each(function(x)
            seen[#seen + 1] = leat.json.encode(x)
          end)
        end)
        assert.equal(length == 0, ok, text:sub(1, length))
        seen = table.concat(seen, " ")
        assert.equal(whole:sub(1, #seen), seen)
      end
    end
  end)

  it("limits how deep containers are nested, in an element and around", function()
    local function nested(n, inside) return ("["):rep(n) .. inside .. ("]"):rep(n) end
    assert.equal(1, leat.read_json(file(nested(1001, ""))):count())
    local deep = math.max(2000, helper.scaled(100000))
    local path = file("[1," .. nested(deep, "") .. ",2]")
    local _, err = until_error(leat.read_json(path))
    assert.equal("depth", err.code)
    assert.yields({ 1, 2 }, leat.read_json(path):on_error "skip")
    _, err = until_error(leat.read_json(file("[1," .. ("["):rep(deep))))
    assert.matches("nested deeper than %d+ containers", err.message)
    _, err = until_error(leat.read_json(file(('{"x":' .. nested(deep, "") .. ',"a":[1]}')),
      { path = "a" }))
    assert.matches("nested deeper than %d+ containers", err.message)
    assert.equal("1", items('{"x":' .. nested(900, "{}") .. ',"a":[1]}', { path = "a" }))
    _, err = until_error(leat.read_json(file("[[[[]]]]"), { max_depth = 2 }))
    assert.matches("nested deeper than 2 containers", err.message)
  end)

  it("limits the bytes of an element with max_record, and goes on behind it", function()
    local long = '{"a":"' .. ("x"):rep(helper.scaled(3000000)) .. '"}'
    local path = file("[1," .. long .. ",\n2]")
    local options = { max_record = 1000 }
    local seen, err = until_error(leat.read_json(path, options))
    assert.equal("1", seen)
    assert.equal("an element is longer than max_record (1000 bytes)", err.message)
    assert.equal("size", err.code)
    assert.equal("1:4", err.line .. ":" .. err.column)
    assert.yields({ 1, 2 }, leat.read_json(path, options):on_error "skip")
    assert.equal(3, leat.read_json(path):count())
    local exact = '["' .. ("x"):rep(98) .. '"]' -- an element of 100 bytes
    assert.equal(1, leat.read_json(file(exact), { max_record = 100 }):count())
    assert.raises("max_record (99 bytes)", items, exact, { max_record = 99 })
    assert.raises("path can lead to an array inside", items, '{"rows":[1,2]}', { max_record = 9 })
    local cut = leat.read_json(file("[" .. long:sub(1, -4) .. "\n"), options):on_error "skip"
    err = failure(cut.drain, cut)
    assert.equal("control character 0x0a in a string; write it as \\n", err.message)
    err = failure(items, '{"' .. ("k"):rep(2000) .. '":1}', { max_record = 1000, path = "a" })
    assert.equal("a key is longer than max_record (1000 bytes)", err.message)
  end)

  it("holds one element, whatever the size of the text and of what is around it", function()
    local n = helper.scaled(200000)
    local path = helper.folder() .. "/big.json"
    do
      local out <close> = assert(io.open(path, "wb"))
      out:write('{"pad":["', ("x"):rep(40 * n), '"')
      for i = 1, n do out:write(',{"i":', i, "}") end
      out:write '],"rows":['
      for i = 1, n do out:write(i > 1 and "," or "", i) end
      out:write('],"more":"', ("\\u00e9"):rep(10 * n), '"}')
    end
    collectgarbage()
    local before = leat.memory { reset = true }.now
    assert.equal(n * (n + 1) // 2, leat.read_json(path, { path = "rows" }):sum())
    local held = leat.memory().peak - before
    assert(held < 1 << 20, held)
  end)

  it("reads an element of 100 MB, and refuses one of 300 MB and a string of 1 GB", function()
    if not helper.slow then return pending "LEAT_SLOW=1 runs it" end
    local path = helper.folder() .. "/big.json"
    local function write(megabytes)
      local out <close> = assert(io.open(path, "wb"))
      out:write '[{"a":"'
      for _ = 1, megabytes do out:write(("x"):rep(1000000)) end
      out:write '","b":1},{"b":2}]'
    end
    local p = leat.read_json(path):map "b"
    write(100)
    assert.yields({ 1, 2 }, p)
    write(300)
    assert.raises("longer than max_record (200000000 bytes)",
      function() leat.read_json(path, { max_record = 200000000 }):drain() end)
    write(1100)
    assert.raises("longer than max_record", p.drain, p)
    assert.yields({ 2 }, leat.read_json(path):on_error("skip"):map "b")
  end)
end)

-- A join is told of each item before it comes: the source has read on by then.
describe("read_json above a join", function()
  local others = { { k = 1, name = "one" }, { k = "x", name = "ex" }, { k = 3, name = "three" } }

  local function joined(source, how)
    return source:join(others, "k", { how = how }):map(function(item, other)
      return tostring(item) .. (other and "+" .. other.name or "")
    end)
  end

  local function pick(random, list) return list[random.below(#list) + 1] end

  local function rows(random)
    local out = {}
    for i = 1, 1 + random.below(40) do
      local key = pick(random, { "1", '"x"', "3", "4", "null", '"\\u0078"', "[1]", "1.0" })
      local filler = ("y"):rep(random.below(31))
      out[i] = pick(random, { ('{"k":%s,"f":"%s"}'):format(key, filler),
        ('{"f":"%s","k":%s}'):format(filler, key), "7", '{"k":{}}' })
    end
    return out
  end

  it("pairs items as it does with those of read_jsonl", function()
    local random = require "spec.support.random".new(7, 1)
    for _ = 1, helper.scaled(100) do
      local list = rows(random)
      local lines = file(table.concat(list, "\n"))
      local text = file("[" .. table.concat(list, pick(random, { ",", ",\n" })) .. "]")
      for _, how in ipairs { "inner", "left", "anti" } do
        assert.equal(joined(leat.read_jsonl(lines), how):concat "\n",
          joined(leat.read_json(text), how):concat "\n")
      end
      assert.equal(joined(leat.read_jsonl(lines)):concat "\n",
        joined(leat.read_json({ text, file "[]", file "" })):concat "\n")
    end
  end)

  it("fails when the item is due, not before, and as without one", function()
    for text, options in pairs {
      ['[{"k":1},{"k":"\xff"},{"k":3}]'] = {}, ['[{"k":1},{"k":1e999},{"k":3}]'] = {},
      ['[{"k":1},{"k":3,}]'] = {}, ['[{"k":1} {"k":3}]'] = {}, ['[{"k":1}'] = {},
      ['[{"k":1},{"k":"toolong"},{"k":3}]'] = { max_record = 9 },
      ['{"a":[{"k":1}]}{"b":1}{"a":[{"k":3}]}'] = { path = "a" },
      ['{"a":[{"k":1}]}\n{"a":[{"k":3}],"a":[]}'] = { path = "a" },
    } do
      local path = file(text)
      local plain, expected = until_error(leat.read_json(path, options))
      local seen, err = until_error(joined(leat.read_json(path, options), "left"))
      assert.equal(plain == "" and "" or '"{\\"k\\":1}+one"', (seen:gsub(" .*", "")), text)
      for _, field in ipairs { "message", "code", "line", "column", "item" } do
        assert.equal(expected[field], err[field], text)
      end
      local ok, skipped = pcall(function()
        return leat.read_json(path, options):on_error("skip"):map(tostring):concat " "
      end)
      local same, too = pcall(function()
        return leat.read_json(path, options):join(others, "k", { how = "semi" }):on_error("skip")
          :map(tostring):concat " "
      end)
      assert.equal(ok, same, text)
      if ok then assert.equal(skipped, too, text) end
    end
  end)
end)

describe("read_json on random texts", function()
  -- A value and white space, as text.
  local function pick(list) return list[math.random(#list)] end
  local function text_of(depth)
    local space = pick { "", "", "", " ", "\n", "\r\n\t" }
    local kind = math.random(depth > 4 and 4 or 6)
    if kind == 1 then return space .. math.random(-1000, 1000) end
    if kind == 2 then return space .. pick { "true", "false", "null", "1.5", "2e3" } end
    if kind <= 4 then
      return space .. pick { '""', '"a"', '"\\""', '"]"', '"\\\\"', '"é\\u00e9"', '"{[,"' }
    end
    local parts = {}
    for i = 1, math.random(0, 5) do
      parts[i] = (kind == 6 and '"k' .. i .. '"' .. space .. ":" or "") .. text_of(depth + 1)
    end
    local list = table.concat(parts, space .. ",")
    return space .. (kind == 5 and "[" .. list .. "]" or "{" .. list .. "}") .. space
  end

  it("gives what leat.json.decode finds in the whole", function()
    math.randomseed(7)
    local path = file ""
    local function read(text, options)
      return leat.json.encode(leat.array(
        leat.read_json(helper.write(path, text), options):collect()))
    end
    for _ = 1, helper.scaled(300) do
      local text = text_of(0)
      local value = leat.json.decode(text)
      local is_list = text:match "^%s*%["
      -- Elements are written as they are in the text, and so are those of its own list.
      assert.equal(leat.json.encode(is_list and value or { value }),
        leat.json.encode(leat.json.decode(read(text))))
      local around = ('{"x":%s,"k":[%s],"y":%s}'):format(text, text, text)
      assert.equal(leat.json.encode { value },
        leat.json.encode(leat.json.decode(read(around, { path = "k" }))))
    end
  end)
end)

describe("read_json on the shared data", function()
  it("gives the elements that Python's json module finds", function()
    local folder = helper.data "json-docs"
    if not folder then return pending "the shared data is not here" end
    if not os.execute "python3 -c 'import json' 2>/dev/null" then return pending "needs python3" end
    local path = helper.folder() .. "/python.jsonl"
    assert(os.execute(("python3 spec/support/json_elements.py '%s' > '%s'"):format(folder, path)))
    local files = 0
    for python in leat.read_jsonl(path, { records = "table" }):iter() do
      files = files + 1
      local p = leat.read_json(python.path, { records = files % 2 == 0 and "table" or "lazy" })
      assert.same(python.elements, p:map(leat.table):collect())
    end
    assert.equal(7, files)
    local twitter = folder .. "/twitterescaped.json"
    assert.equal(562408, #leat.json.encode(leat.read_json(twitter):first()))
    assert.equal(100, leat.read_json(twitter, { path = "statuses" }):count())
  end)
end)
