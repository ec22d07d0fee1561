-- leat.json, leat.null, leat.array: Lua values to JSON text and back.
local leat = require "leat"
local helper = require "spec.support.helper"
local encode, decode, null = leat.json.encode, leat.json.decode, leat.null

after_each(helper.nothing_left_open)

local function record(text)
  return leat.read_jsonl(helper.file(text)):first()
end

describe("leat.null", function()
  it("is one value, true in conditions, and prints as null", function()
    assert.equal("null", tostring(null))
    assert.equal(null, decode "null")
    assert.equal(null, decode("[null]")[1])
    assert.is_true(null and true)
    assert.is_false(null == nil)
    assert.equal("string", type(getmetatable(null)))
  end)
end)

describe("leat.json.decode", function()
  it("gives plain tables", function()
    assert.same({ a = 1, b = { 1, 2.5, "x", true, false, { c = {} } } },
      decode ' {"a":1,"b":[1,2.5,"x",true,false,{"c":{}}]} \n')
    assert.equal(5, decode "5")
    assert.equal("x", decode '"x"')
  end)

  it("leaves null fields out and keeps null elements", function()
    assert.same({ b = { null, 1, null } }, decode '{"a":null,"b":[null,1,null]}')
  end)

  it("lets the last of a name win, be it null", function()
    assert.same({ a = 2 }, decode '{"a":1,"\\u0061":2}')
    assert.same({}, decode '{"a":1,"a":null}')
  end)

  it("reads integers as integers, all else as floats", function()
    assert.equal(math.mininteger, decode "-9223372036854775808")
    assert.equal("integer", math.type(decode "-9223372036854775808"))
    assert.equal("float", math.type(decode "9223372036854775808"))
    assert.equal("float", math.type(decode "1.0"))
    assert.equal(-math.huge, 1 / decode "-0")
  end)

  it("reads doubles correctly rounded", function()
    for text, value in pairs {
      ["0.1"] = 0x1.999999999999ap-4, ["2.2250738585072011e-308"] = 0x0.fffffffffffffp-1022,
      ["4.9e-324"] = 0x0.0000000000001p-1022, ["1.7976931348623157e308"] = 0x1.fffffffffffffp+1023,
      ["9007199254740993.0"] = 0x1p53, ["9007199254740992.9999999999999999999"] = 0x1p53,
      ["1e23"] = 0x1.52d02c7e14af6p+76, ["8.5e-5"] = 0x1.64840e1719f80p-14,
    } do
      assert.equal(value, decode(text), text)
    end
  end)

  it("refuses a number no double can hold", function()
    assert.raises("leat.json.decode: line 1, column 2", decode, "[1e400]")
  end)

  it("says where the text is wrong", function()
    assert.raises("leat.json.decode: line 1, column 6: ", decode, '{"a":}')
    assert.raises("leat.json.decode: line 3, column 1: ", decode, '{"a":1,\n"b":2,\n}')
    assert.raises("leat.json.decode: line 1, column 1: ", decode, "")
    assert.raises("leat.json.decode: line 1, column 3: ", decode, "1 2")
  end)

  it("blames the line that called it", function()
    local line = helper.here() + 1
    local function wrong() local _ = decode "?" end
    assert.raises_at(line, "leat.json.decode: line 1, column 1", wrong)
  end)

  it("takes strings only", function()
    assert.raises("string expected, got table", decode, {})
    assert.raises("string expected", decode)
  end)

  it("reads nesting to 1000 levels and refuses more", function()
    local function nested(depth) return ("["):rep(depth) .. ("]"):rep(depth) end
    local t, depth = decode(nested(1000)), 0
    while t do t, depth = t[1], depth + 1 end
    assert.equal(1000, depth)
    assert.raises("1000", decode, nested(1001))
    assert.is_false((pcall(decode, ("["):rep(1000000))))
    assert.is_false((pcall(decode, ('{"a":'):rep(100000))))
  end)

  it("reads texts of any size one after the other", function()
    for _, n in ipairs { 0, 1, 63, 64, 65, 100000, 3000000, 10 } do
      local s = ("x"):rep(n)
      assert.equal(s, decode('"' .. s .. '"'))
      assert.equal(n, #decode("[" .. ("1,"):rep(n):sub(1, -2) .. "]"))
    end
  end)

  it("can be called by a finalizer in the midst of itself", function()
    local calls = 0
    local function arm()
      setmetatable({}, { __gc = function()
        calls = calls + 1
        assert(decode('{"x":[1,2,3]}').x[3] == 3)
        assert(encode { x = { 1, 2, 3 } } == '{"x":[1,2,3]}')
        if calls < 200 then arm() end
      end })
    end
    local text = "[" .. ('{"a":[1,{"b":"c"}]},'):rep(2000) .. "0]"
    arm()
    for _ = 1, 20 do
      local t = decode(text)
      assert.equal(2001, #t)
      assert.equal("c", t[2000].a[2].b)
      assert.equal(text, encode(t))
    end
    calls = math.huge
  end)
end)

describe("leat.json.encode", function()
  it("writes scalars", function()
    for text, value in pairs {
      ["1"] = 1, ["-9223372036854775808"] = math.mininteger, ["true"] = true, ["false"] = false,
      ["null"] = null, ['"x"'] = "x", ['""'] = "",
    } do
      assert.equal(text, encode(value))
    end
  end)

  it("writes floats shortest, and always as floats", function()
    for text, value in pairs {
      ["1.0"] = 1.0, ["-0.0"] = -0.0, ["0.1"] = 0.1, ["0.3333333333333333"] = 1 / 3,
      ["5e-324"] = 5e-324, ["1.7976931348623157e308"] = 0x1.fffffffffffffp+1023,
      ["1.5e-7"] = 1.5e-7, ["100.0"] = 1e2, ["1e100"] = 1e100,
    } do
      assert.equal(text, encode(value))
    end
  end)

  it("reads back every float it writes", function()
    for i = 1, helper.scaled(20000) do
      local x = string.unpack("<d", string.pack("<i8", i * 0x9e3779b97f4a7c15))
      if x == x and x ~= math.huge and x ~= -math.huge then assert(decode(encode(x)) == x, x) end
    end
  end)

  it("escapes what must be and nothing else", function()
    local text = [["\"\\/\b\t\n\f\r\u0000\u001f]] .. "\127é😀\""
    assert.equal(text, encode "\"\\/\b\t\n\f\r\0\31\127é😀")
  end)

  it("sorts the keys of tables by their bytes", function()
    assert.equal('{"":0,"A":1,"B":2,"a":3,"aa":4,"b":5,"é":6}',
      encode { b = 5, aa = 4, a = 3, B = 2, A = 1, [""] = 0, ["é"] = 6 })
    local t, expected = {}, {}
    for i = 1, 5000 do t[("k%05d"):format(i * 7919 % 100000)] = i end
    for k in pairs(t) do expected[#expected + 1] = k end
    table.sort(expected)
    local seen = {}
    for k in encode(t):gmatch '"(k%d+)"' do seen[#seen + 1] = k end
    assert.same(expected, seen)
  end)

  it("writes keys 1..n as an array, else an object", function()
    assert.equal('[1,"b",[true]]', encode { 1, "b", { true } })
    assert.equal('{"1":"one"}', encode { ["1"] = "one" })
    local t = {}
    for i = 300, 1, -1 do t[i] = i end
    assert.equal(300, #decode(encode(t)))
  end)

  it("writes an empty table as an object, unless it is marked as an array", function()
    assert.equal("{}", encode {})
    assert.equal("[]", encode(leat.array {}))
    assert.equal('{"a":[],"b":{}}', encode { a = leat.array {}, b = {} })
  end)

  it("writes arrays that were read as arrays, also when they are emptied", function()
    local t = decode '{"a":[],"b":{},"c":[1]}'
    t.c[1] = nil
    assert.equal('{"a":[],"b":{},"c":[]}', encode(t))
  end)

  it("writes records within tables and tables within records", function()
    local r = record '{"b":1.50,"a":[ 1 ]}'
    assert.equal('{"x":[{"b":1.50,"a":[ 1 ]}]}', encode { x = { r } })
    r.t = { { z = 1, y = record '[ 2e0 ]' } }
    assert.equal('{"x":{"b":1.50,"a":[ 1 ],"t":[{"y":[ 2e0 ],"z":1}]}}', encode { x = r })
  end)

  it("writes the same table twice when it is there twice", function()
    local t = { 1 }
    assert.equal("[[1],[1]]", encode { t, t })
    local r = record '{"a":1}'
    r.b = 2
    assert.equal('[{"a":1,"b":2},{"a":1,"b":2}]', encode { r, r })
  end)

  it("writes strings of any length", function()
    for _, n in ipairs { 0, 1, 15, 16, 17, 16383, 16384, 16385, 40000, 200001 } do
      for _, unit in ipairs { "x", "é", "\n", "漢字", "😀\\" } do
        local s = unit:rep(n // #unit + 1)
        assert(decode(encode(s)) == s)
        assert(decode(encode { [s] = s })[s] == s)
      end
    end
  end)

  it("does not read through metamethods", function()
    local function called() error "called" end
    local t = setmetatable({ a = 1 }, { __index = called, __pairs = called, __len = called })
    assert.equal('{"a":1}', encode(t))
  end)

  it("writes nesting to 1000 levels and refuses more", function()
    local t = {}
    for _ = 1, 999 do t = { t } end
    assert.equal(("["):rep(999) .. "{}" .. ("]"):rep(999), encode(t))
    assert.raises("nested deeper than 1000 levels", encode, { t })
  end)
end)

describe("what has no JSON form", function()
  local cases = {
    { "NaN", 0 / 0, "NaN has no JSON form; use leat.null" },
    { "an infinity", math.huge, "an infinity has no JSON form; use leat.null" },
    { "a negative infinity", -math.huge, "an infinity has no JSON form; use leat.null" },
    { "a function", print, "a function has no JSON form" },
    { "a coroutine", coroutine.create(print), "a thread has no JSON form" },
    { "a foreign userdata", io.stdout, "a FILE* has no JSON form" },
    { "a string that is not UTF-8", "ab\xff", "not valid UTF-8 at byte 3" },
    { "a lone surrogate in UTF-8", "\xed\xa0\x80", "not valid UTF-8 at byte 1" },
    { "a table with a hole", { 1, nil, 3 }, "it has a hole at [2]; use leat.null" },
    { "a table that begins after 1", { [5] = 1 }, "it has a hole at [1]; use leat.null" },
    { "a table with mixed keys", { 1, a = 2 }, "it mixes integer keys and string keys" },
    { "a table with the key 0", { [0] = 1 }, "its keys must be strings" },
    { "a table with a boolean key", { [true] = 1 }, "its keys must be strings" },
    { "a table with a fraction as key", { 1, [1.5] = 1 }, "its keys must be strings" },
    { "a marked array with a field", leat.array { x = 1 },
      "it is marked as an array and has a key that is a string" },
  }
  for _, case in ipairs(cases) do
    local name, value, reason = case[1], case[2], case[3]

    it("is refused with its place: " .. name, function()
      assert.raises("leat.json.encode: cannot write this value: " .. reason, encode, value)
      assert.raises("leat.json.encode: cannot write items[3].price: " .. reason, encode,
        { items = { 1, 2, { price = value } } })
      local r = record '{"items":[1,2,{"price":1}]}'
      r.items[3].price = value
      assert.raises("leat.json.encode: cannot write items[3].price: " .. reason, encode, r)
      assert.matches("^record %(cannot write items%[3%]%.price: ", tostring(r))
    end)
  end

  it("is refused also as a key", function()
    assert.raises('cannot write ["a\xff"]: not valid UTF-8 at byte 2', encode, { ["a\xff"] = 1 })
  end)

  it("is refused when it contains itself", function()
    local t = {}
    t.list = { 1, { t } }
    assert.raises("cannot write list[2][1]: it contains itself", encode, t)
    local r = record '{"a":{"b":1}}'
    r.a.self = r
    assert.raises("cannot write a.self: it contains itself", encode, r)
    r.a.self = r.a
    assert.raises("cannot write a.self: it contains itself", encode, r)
    r.a.self = { { r } }
    assert.raises("cannot write a.self[1][1]: it contains itself", encode, r)
  end)

  it("is named by a path that is cut when it is long", function()
    local t = { ["two words"] = { [("k"):rep(100)] = { print } } }
    local shown = ("k"):rep(40)
    assert.raises(('cannot write ["two words"].%s...[1]: a function'):format(shown), encode, t)
    t = { print }
    for _ = 1, 500 do t = { name = t } end
    assert.raises("...: a function has no JSON form", encode, t)
  end)

  it("leaves the next write alone", function()
    for _ = 1, 3 do
      assert.is_false((pcall(encode, { 1, { a = { b = print } } })))
      assert.equal('[1,{"a":2}]', encode { 1, { a = 2 } })
    end
  end)

  it("is refused by write_jsonl with the item's number, and nothing is written", function()
    local path = helper.folder() .. "/out.jsonl"
    local err = helper.failure(function()
      leat.from({ { a = 1 }, { a = { 0 / 0 } } }):write_jsonl(path)
    end)
    assert.equal(2, err.item)
    local reason = "cannot write a[1]: NaN has no JSON form; use leat.null"
    assert.truthy(tostring(err):find(reason, 1, true), tostring(err))
    assert.is_nil(io.open(path))
  end)

  it("is not nil", function()
    assert.raises("nil has no JSON form; use leat.null", encode, nil)
    assert.raises("value expected", encode)
  end)
end)

describe("leat.array", function()
  it("marks a table and returns it", function()
    local t = {}
    assert.equal(t, leat.array(t))
    assert.equal(t, leat.array(t))
    assert.equal("[]", encode(t))
    t[1] = "x"
    assert.equal('["x"]', encode(t))
    assert.equal(1, #t)
  end)

  it("refuses what is no table, and a table with a metatable of its own", function()
    assert.raises("table expected, got number", leat.array, 1)
    assert.raises("has a metatable of its own", leat.array, setmetatable({}, {}))
  end)
end)

describe("the same value", function()
  it("gives the same bytes whatever the locale says", function()
    local before = os.setlocale()
    for _, name in ipairs { "de_DE.UTF-8", "fr_FR.UTF-8", "tr_TR.UTF-8", "C" } do
      os.setlocale(name)
      assert.equal("[1.5,1e100,-0.25]", encode { 1.5, 1e100, -0.25 })
      assert.equal(1.5, decode "1.5")
    end
    os.setlocale(before)
  end)

  it("gives the same bytes in whatever order a table was filled", function()
    local names = {}
    for i = 1, 100 do names[i] = "k" .. i end
    local first
    for round = 1, 5 do
      local t = {}
      for i = 1, 100 do
        local name = names[(i * 37 + round * 11) % 100 + 1]
        t[name] = name
      end
      first = first or encode(t)
      assert.equal(first, encode(t))
    end
  end)
end)
