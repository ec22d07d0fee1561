-- Lazy records: what read_jsonl yields for objects and arrays behaves as tables do, keeps its
-- order and the exact text of what nobody assigned, and compares by content.
local leat = require "leat"
local helper = require "spec.support.helper"

after_each(helper.nothing_left_open)

-- The item that one JSON line is.
local function record(text)
  return leat.read_jsonl(helper.file(text)):first()
end

local function keys(r)
  local names = {}
  for name in pairs(r) do names[#names + 1] = name end
  return names
end

-- {"k1":1,"k2":2,...}, and the same with each value v replaced by fn(v).
local function wide(n, fn)
  local parts = {}
  for i = 1, n do parts[i] = ('"k%d":%s'):format(i, fn and fn(i) or i) end
  return "{" .. table.concat(parts, ",") .. "}"
end

describe("reading a record", function()
  it("gives the fields by name, nested ones by chaining", function()
    local r = record '{"id":7,"user":{"name":"Ada","home":{"city":"London"}},"ok":true,"no":false}'
    assert.equal(7, r.id)
    assert.equal("Ada", r.user.name)
    assert.equal("London", r.user.home.city)
    assert.is_true(r.ok)
    assert.is_false(r.no)
  end)

  it("gives nil for a missing field and for keys that are no strings", function()
    local r = record '{"a":1,"1":"one"}'
    assert.is_nil(r.b)
    assert.is_nil(r[1])
    assert.is_nil(r[true])
    assert.is_nil(r[nil])
    assert.equal("one", r["1"])
    assert.is_nil(r[""])
    assert.equal(2, record('{"":2}')[""])
  end)

  it("gives nil for a null field and leat.null for a null element", function()
    local r = record '{"a":null,"list":[1,null,3]}'
    assert.is_nil(r.a)
    assert.equal(leat.null, r.list[2])
  end)

  it("unescapes strings and matches names by what their escapes mean", function()
    local r = record([[{"na\u006de":"a\"b\\c\/d\n\u00e9\ud83d\ude00",]]
      .. [["\"":1,"\u0000":2,"\ud83d\ude00":3}]])
    assert.equal("a\"b\\c/d\né😀", r.name)
    assert.equal(1, r['"'])
    assert.equal(2, r["\0"])
    assert.equal(3, r["😀"])
    assert.is_nil(r["na\\u006de"])
  end)

  it("reads names of any length, escaped or not", function()
    for _, n in ipairs { 1, 39, 40, 41, 255, 5000 } do
      local name = ("n"):rep(n)
      local r = record('{"' .. name .. '":1,"\\u0078' .. name .. '":2}')
      assert.equal(1, r[name])
      assert.equal(2, r["x" .. name])
      assert.is_nil(r[name .. "n"])
      assert.is_nil(r["x" .. name:sub(2)])
    end
  end)

  it("tells names of equal length apart", function()
    local r = record '{"abc":1,"abd":2,"bbc":3,"acc":4}'
    assert.same({ 1, 2, 3, 4 }, { r.abc, r.abd, r.bbc, r.acc })
    assert.is_nil(r.aaa)
  end)

  it("lets the last of a name that occurs twice win", function()
    local r = record '{"a":1,"b":2,"a":3,"\\u0061":4}'
    assert.equal(4, r.a)
    assert.is_nil(record('{"a":1,"a":null}').a)
    assert.equal(2, record('{"u":{"x":1},"u":{"x":2}}').u.x)
  end)

  it("finds every field of a wide record, however often it is asked", function()
    for _, n in ipairs { 31, 32, 33, 34, 500 } do
      local r = record(wide(n))
      for _ = 1, 3 do
        for i = 1, n do assert.equal(i, r["k" .. i]) end
      end
      for _ = 1, 40 do assert.is_nil(r.k0) end
    end
  end)

  it("finds the last of each name in a wide record too", function()
    local text = wide(100):sub(1, -2) .. "," .. wide(100, function(i) return i * 10 end):sub(2)
    local r = record(text)
    for _ = 1, 20 do assert.equal(10, r.k1) end
    for i = 1, 100 do assert.equal(i * 10, r["k" .. i]) end
  end)

  it("does not become slow when names are chosen to collide", function()
    local names, parts = {}, {}
    for i = 1, 20000 do
      names[i] = ("%040d"):format(i) .. ("x"):rep(60)
      parts[i] = ('"%s":%d'):format(names[i], i)
    end
    local r = record("{" .. table.concat(parts, ",") .. "}")
    local before = os.clock()
    for i = 1, 20000 do assert(r[names[i]] == i) end
    assert.is_true(os.clock() - before < 5)
  end)

  it("is a userdata whose metatable scripts cannot reach", function()
    local r = record '{"a":1}'
    assert.equal("userdata", type(r))
    assert.equal("string", type(getmetatable(r)))
    assert.has_error(function() setmetatable(r, {}) end)
  end)

  it("survives its metamethods being called with other values", function()
    local meta = debug.getmetatable(record '{"a":1}')
    for _, value in ipairs { 1, "x", {}, io.stdout, leat.null, print, coroutine.create(print) } do
      for _, name in ipairs { "__index", "__newindex", "__len", "__pairs", "__tostring" } do
        assert.is_false((pcall(meta[name], value, "a", 1)), name)
      end
      assert.is_false(meta.__eq(value, record '{"a":1}'))
    end
    for _, name in ipairs { "__index", "__newindex", "__len", "__pairs", "__tostring" } do
      assert.is_false((pcall(meta[name])), name)
    end
  end)

  it("outlives the run that read it, and a part outlives the whole", function()
    local users = leat.read_jsonl(helper.file(('{"user":{"name":"Ada"}}\n'):rep(1000)))
      :map(function(r) return r.user end):collect()
    collectgarbage()
    collectgarbage()
    for _, user in ipairs(users) do assert.equal("Ada", user.name) end
  end)
end)

describe("the item of a line", function()
  it("is the value itself for scalars, leat.null for null", function()
    local path = helper.file '1\n"two"\n3.5\ntrue\nfalse\nnull\n'
    assert.same({ 1, "two", 3.5, true, false, leat.null }, leat.read_jsonl(path):collect())
  end)

  it("is a record array for an array", function()
    local r = record '[1,"b",{"c":3}]'
    assert.equal(3, #r)
    assert.equal("b", r[2])
    assert.equal(3, r[3].c)
  end)

  it("may have white space around it", function()
    local r = record ' \t {"a" : [ 1 , 2 ] }  \r\n'
    assert.equal(2, r.a[2])
    assert.equal('{"a" : [ 1 , 2 ] }', tostring(r))
  end)
end)

describe("numbers of a record", function()
  local function number(text)
    return record('{"n":' .. text .. "}").n
  end

  it("are integers within 64 bits and doubles beyond", function()
    for text, value in pairs {
      ["0"] = 0, ["-1"] = -1, ["9007199254740993"] = 9007199254740993,
      ["9223372036854775807"] = math.maxinteger, ["-9223372036854775808"] = math.mininteger,
    } do
      assert.equal("integer", math.type(number(text)), text)
      assert.equal(value, number(text))
    end
    for _, text in ipairs { "9223372036854775808", "-9223372036854775809", "1" .. ("0"):rep(30) } do
      assert.equal("float", math.type(number(text)), text)
    end
    assert.equal(2 ^ 63, number "9223372036854775808")
  end)

  it("are floats when written with a fraction or an exponent", function()
    for _, text in ipairs { "1.0", "1e0", "1E+2", "-0.0", "0.1", "1e-400" } do
      assert.equal("float", math.type(number(text)), text)
    end
    assert.equal(100.0, number "1E+2")
  end)

  it("are -0.0 for -0", function()
    local zero = number "-0"
    assert.equal("float", math.type(zero))
    assert.equal(-math.huge, 1 / zero)
  end)

  it("keep their text while untouched", function()
    local text = '{"a":1.50,"b":1E2,"c":-0,"d":123456789012345678901234567890,"e":1e-400}'
    assert.equal(text, tostring(record(text)))
    local r = record(text)
    r.z = 1
    assert.equal(text:sub(1, -2) .. ',"z":1}', tostring(r))
  end)
end)

describe("a record array", function()
  it("has its length, and nil outside 1..#", function()
    local a = record '{"items":[10,20,30]}'.items
    assert.equal(3, #a)
    assert.equal(10, a[1])
    assert.equal(30, a[3])
    for _, i in ipairs { 0, -1, 4, math.maxinteger, math.mininteger, 1.5, "1" } do
      assert.is_nil(a[i], tostring(i))
    end
    assert.equal(20, a[2.0])
    assert.equal(0, #record "[]")
  end)

  it("goes through ipairs without stopping at a null", function()
    local seen = {}
    for i, v in ipairs(record '[1,null,"c",[4]]') do seen[i] = v end
    assert.equal(4, #seen)
    assert.equal(leat.null, seen[2])
    assert.equal(4, seen[4][1])
  end)

  it("goes through pairs in order", function()
    local seen = {}
    for i, v in pairs(record '["a","b",null]') do seen[#seen + 1] = { i, v } end
    assert.same({ { 1, "a" }, { 2, "b" }, { 3, leat.null } }, seen)
  end)

  it("works with the functions of the table library", function()
    local a = record '[3,1,2]'
    table.sort(a)
    assert.equal("1,2,3", table.concat(a, ","))
    table.insert(a, 4)
    table.insert(a, 1, 0)
    assert.equal("[0,1,2,3,4]", tostring(a))
    assert.equal(4, table.remove(a))
    assert.equal(0, table.remove(a, 1))
    assert.same({ 1, 2, 3 }, { table.unpack(a) })
    assert.is_nil(table.remove(record "[]"))
  end)

  it("gives its elements in any order, also when it is long", function()
    local parts = {}
    for i = 1, 3000 do parts[i] = i % 3 == 0 and ('{"n":%d}'):format(i) or tostring(i) end
    local a = record('{"list":[' .. table.concat(parts, ",") .. "]}").list
    local function at(i)
      local v = a[i]
      return i % 3 == 0 and v.n or v
    end
    for i = 1, 3000 do assert.equal(i, at(i)) end
    for i = 3000, 1, -1 do assert.equal(i, at(i)) end
    for i = 0, 2999 do
      local j = i * 1237 % 3000 + 1
      assert.equal(j, at(j))
    end
  end)
end)

describe("pairs over a record", function()
  it("goes in the order of the text", function()
    assert.same({ "z", "a", "m" }, keys(record '{"z":1,"a":2,"m":3}'))
  end)

  it("gives a name once, at its first place, with its last value", function()
    local r = record '{"a":1,"b":2,"\\u0061":3,"c":4,"b":5}'
    local seen = {}
    for name, value in pairs(r) do seen[#seen + 1] = name .. "=" .. value end
    assert.same({ "a=3", "b=5", "c=4" }, seen)
  end)

  it("passes over null fields, as leat.table does", function()
    assert.same({ "a", "c" }, keys(record '{"a":1,"b":null,"c":3}'))
  end)

  it("follows assignments: new fields at the end, removed ones gone", function()
    local r = record '{"a":1,"b":2,"c":3}'
    r.d = 4
    r.b = nil
    r.e = 5
    r.a = 10
    local seen = {}
    for name, value in pairs(r) do seen[#seen + 1] = name .. "=" .. value end
    assert.same({ "a=10", "c=3", "d=4", "e=5" }, seen)
  end)

  it("allows assigning to fields on the way", function()
    local r = record '{"a":1,"b":2,"c":3}'
    for name, value in pairs(r) do r[name] = value * 2 end
    assert.equal('{"a":2,"b":4,"c":6}', tostring(r))
    for name in pairs(r) do r[name] = nil end
    assert.equal("{}", tostring(r))
  end)

  it("can be nested over the same record", function()
    local r, seen = record '{"a":1,"b":2}', {}
    for x in pairs(r) do
      for y in pairs(r) do seen[#seen + 1] = x .. y end
    end
    assert.same({ "aa", "ab", "ba", "bb" }, seen)
  end)
end)

describe("assigning to a record", function()
  it("changes what is read and what is written, and keeps the order", function()
    local r = record '{"a":1, "b" : 2.50,"c":[1, 2]}'
    r.a = "new"
    assert.equal("new", r.a)
    assert.equal('{"a":"new","b":2.50,"c":[1, 2]}', tostring(r))
  end)

  it("appends new fields in the order of assignment", function()
    local r = record '{"b":1}'
    r.z, r.y = 1, nil
    r.a = 2
    r.z = 3
    assert.equal('{"b":1,"z":3,"a":2}', tostring(r))
  end)

  it("removes a field that is assigned nil", function()
    local r = record '{"a":1,"b":2,"a":3}'
    r.a = nil
    r.missing = nil
    assert.is_nil(r.a)
    assert.is_false(leat.has(r, "a"))
    assert.equal('{"b":2}', tostring(r))
    r.a = 4
    assert.equal('{"a":4,"b":2}', tostring(r))
  end)

  it("writes leat.null as null, and reads it back as nil", function()
    local r = record '{"a":1}'
    r.a, r.b = leat.null, leat.null
    assert.is_nil(r.a)
    assert.is_true(leat.has(r, "b"))
    assert.equal('{"a":null,"b":null}', tostring(r))
  end)

  it("reaches through nested records to the whole line", function()
    local r = record '{"user":{"name":"Ada","tags":["x","y"]},"n":1}'
    r.user.name = "Grace"
    r.user.tags[2] = "z"
    r.user.tags[3] = 1.5
    assert.equal('{"user":{"name":"Grace","tags":["x","z",1.5]},"n":1}', tostring(r))
    assert.equal('{"name":"Grace","tags":["x","z",1.5]}', tostring(r.user))
    assert.equal("Grace", r.user.name)
  end)

  it("shows through every name the same part has", function()
    local r = record '{"user":{"name":"Ada"},"list":[{"n":1}]}'
    local one = r.user
    local _ = r.list[1] -- so that a view of another part is the last one read
    local other = r.user
    one.name = "Grace"
    assert.equal("Grace", other.name)
    r.list[1].n = 2
    assert.equal(2, r.list[1].n)
    assert.equal('{"user":{"name":"Grace"},"list":[{"n":2}]}', tostring(r))
  end)

  it("reaches the last of a name that occurs twice", function()
    local r = record '{"u":{"x":1},"u":{"x":2}}'
    r.u.x = 3
    assert.equal('{"u":{"x":3}}', tostring(r))
  end)

  it("leaves a part that was taken out before it was replaced as it is", function()
    local r = record '{"user":{"name":"Ada"}}'
    local user = r.user
    r.user = 5
    user.name = "Grace"
    assert.equal('{"user":5}', tostring(r))
    assert.equal('{"name":"Grace"}', tostring(user))
  end)

  it("takes tables, records and parts of other records", function()
    local r, s = record '{"a":1}', record '{"deep":{"x":1.50}}'
    r.table = { 1, { y = 2 } }
    r.part = s.deep
    assert.equal('{"a":1,"table":[1,{"y":2}],"part":{"x":1.50}}', tostring(r))
    s.deep.x = 2
    assert.equal(2, r.part.x)
    assert.equal('{"a":1,"table":[1,{"y":2}],"part":{"x":2}}', tostring(r))
    r.table[1] = 5
    assert.equal(5, r.table[1])
  end)

  it("refuses field names that are no strings", function()
    assert.raises("a record's field is named by a string, not by a number", function()
      record '{"a":1}'[1] = 2
    end)
  end)

  it("appends to an array and removes from its end, but leaves no hole", function()
    local a = record "[1,2]"
    a[3] = 3
    a[4] = 4
    a[4] = nil
    a[5 - 1] = nil
    assert.equal(3, #a)
    assert.equal("[1,2,3]", tostring(a))
    a[3] = nil
    a[2] = nil
    a[7] = nil
    a[0] = nil
    assert.equal("[1]", tostring(a))
    assert.is_nil(a[2])
    a[2] = "again"
    assert.equal('[1,"again"]', tostring(a))
    assert.raises("hole", function() a[4] = 1 end)
    assert.raises("hole", function() a[1] = nil end)
    assert.raises("numbered from 1", function() a[0] = 1 end)
    assert.raises("numbered from 1", function() a.x = 1 end)
    assert.raises("numbered from 1", function() a[-1] = 1 end)
  end)

  it("keeps the text of an array's untouched elements", function()
    local a = record '[1.50, {"x" : 1E2},"\\u0041"]'
    a[4] = false
    assert.equal('[1.50,{"x" : 1E2},"\\u0041",false]', tostring(a))
  end)

  it("holds in wide records", function()
    local r = record(wide(200))
    for i = 1, 200, 2 do r["k" .. i] = nil end
    for i = 2, 200, 2 do r["k" .. i] = -i end
    r.new = 0
    local n = 0
    for name, value in pairs(r) do
      n = n + 1
      assert.equal(value, r[name])
    end
    assert.equal(101, n)
    assert.equal("k2", keys(r)[1])
  end)

  it("costs the same for each element of a long array", function()
    local a = record('{"a":[' .. ('{"n":1},'):rep(20000):sub(1, -2) .. "]}").a
    local before = os.clock()
    for _, item in ipairs(a) do item.n = 2 end
    local text = tostring(a)
    assert.is_true(os.clock() - before < 5)
    assert.equal("[" .. ('{"n":2},'):rep(20000):sub(1, -2) .. "]", text)
  end)
end)

describe("any sequence of assignments", function()
  -- What a record should be: names in their order, and values. A removed name of the text keeps
  -- its place, a removed new one too.
  local function model_of(names, values)
    local model = { names = {}, values = {} }
    for i, name in ipairs(names) do model.names[i], model.values[name] = name, values[i] end
    function model.set(name, value)
      local known = false
      for _, n in ipairs(model.names) do known = known or n == name end
      if not known and value ~= nil then model.names[#model.names + 1] = name end
      model.values[name] = value
    end
    function model.text()
      local parts = {}
      for _, name in ipairs(model.names) do
        local value = model.values[name]
        if value ~= nil then
          local text = type(value) == "table" and value.text() or leat.json.encode(value)
          parts[#parts + 1] = leat.json.encode(name) .. ":" .. text
        end
      end
      return "{" .. table.concat(parts, ",") .. "}"
    end
    return model
  end

  it("leaves what a plain ordered map would be left with", function()
    math.randomseed(20)
    local pool = { "a", "b", "c", "d", "e\n", "", "long name " .. ("x"):rep(50) }
    for round = 1, helper.scaled(400) do
      -- A record of some scalars and one inner record, wide in every fifth round.
      local names, values, inner_names, inner_values = {}, {}, {}, {}
      local width = round % 5 == 0 and 60 or 4
      for i = 1, width do
        names[i] = i <= #pool and pool[i] or "k" .. i
        values[i] = math.random(100)
      end
      for i = 1, math.random(0, 3) do inner_names[i], inner_values[i] = pool[i], i * 1.5 end
      local inner = model_of(inner_names, inner_values)
      names[width + 1], values[width + 1] = "in", inner
      local model = model_of(names, values)
      local r = record(model.text())

      for _ = 1, 40 do
        local nested = math.random(3) == 1 and type(model.values["in"]) == "table"
        local name = math.random(8) == 1 and "in" or pool[math.random(#pool)]
        local value
        local choice = math.random(5)
        if choice == 1 then value = "s" .. math.random(9)
        elseif choice == 2 then value = leat.null
        elseif choice > 3 then value = math.random(9) end
        if nested then
          r["in"][name] = value
          inner.set(name, value)
        else
          r[name] = value
          model.set(name, value)
        end
        local read = (nested and inner or model).values[name]
        if type(read) ~= "table" then
          if read == leat.null then read = nil end
          assert.equal(read, (nested and r["in"] or r)[name])
        end
        assert.equal(model.text(), tostring(r))
      end

      local seen = {}
      for name in pairs(r) do seen[#seen + 1] = name end
      local expected = {}
      for _, name in ipairs(model.names) do
        local value = model.values[name]
        if value ~= nil and value ~= leat.null then expected[#expected + 1] = name end
      end
      assert.same(expected, seen)
      assert.is_true(r == record(tostring(r)))
      assert.same(leat.json.decode(tostring(r)), leat.table(r))
    end
  end)
end)

describe("a record that no one assigned to", function()
  it("is written exactly as it was read", function()
    for _, text in ipairs {
      '{"b" : 1.0e0 ,\t"a":[ ], "c":"\\u00e9\\/" , "a":null}', "[ ]", "{}", '[1 , {"x":-0}]',
    } do
      assert.equal(text, tostring(record(text)))
      assert.equal(text, leat.json.encode(record(text)))
      assert.equal('{"in":' .. text .. "}", leat.json.encode { ["in"] = record(text) })
    end
  end)
end)

describe("== on records", function()
  local function equal(a, b)
    return record(a) == record(b)
  end

  it("compares contents, not identity", function()
    assert.is_true(equal('{"a":1}', '{"a":1}'))
    assert.is_true(equal('{"a":1}', '{ "a" : 1 }'))
    assert.is_false(equal('{"a":1}', '{"a":2}'))
    assert.is_false(equal('{"a":1}', '{"a":1,"b":2}'))
    assert.is_false(equal('{"a":1,"b":2}', '{"a":1}'))
    assert.is_false(equal('{"a":1}', '{"b":1}'))
    assert.is_false(equal('{"a":1}', '{"a":"1"}'))
  end)

  it("pays no attention to the order of fields, but to that of elements", function()
    assert.is_true(equal('{"a":1,"b":[1,{"c":2,"d":3}]}', '{"b":[1,{"d":3,"c":2}],"a":1}'))
    assert.is_false(equal("[1,2]", "[2,1]"))
    assert.is_false(equal("[1,2]", "[1,2,3]"))
  end)

  it("compares numbers by value and strings by what they mean", function()
    assert.is_true(equal('{"a":1}', '{"a":1.0}'))
    assert.is_true(equal('[100,0]', '[1e2,-0]'))
    assert.is_true(equal('{"\\u0061":"\\u00e9"}', '{"a":"é"}'))
    assert.is_false(equal("[9007199254740993]", "[9007199254740992.0]"))
  end)

  it("takes a null field for a missing one, a null element for itself", function()
    assert.is_true(equal('{"a":1,"b":null}', '{"a":1}'))
    assert.is_false(equal("[1,null]", "[1]"))
    assert.is_true(equal("[null]", "[ null ]"))
    assert.is_false(equal("[null]", "[false]"))
  end)

  it("tells objects from arrays, also empty ones", function()
    assert.is_false(equal("{}", "[]"))
    assert.is_false(equal('{"1":1}', "[1]"))
    assert.is_true(equal("[]", "[ ]"))
  end)

  it("looks at what was assigned", function()
    local a, b = record '{"x":1,"y":{"z":1}}', record '{"x":2,"y":{"z":1}}'
    a.x = 2
    assert.is_true(a == b)
    b.y.z = 3
    assert.is_false(a == b)
    a.y = { z = 3 }
    assert.is_true(a == b)
    a.q = leat.null
    assert.is_true(a == b)
  end)

  it("holds for the same part of a record read twice", function()
    local r = record '{"u":{"a":1},"v":{"a":1}}'
    assert.is_true(r.u == r.u)
    assert.is_true(r.u == r.v)
  end)

  it("compares unlike things as unequal", function()
    local r = record '{"a":1}'
    assert.is_false(r == leat.null)
    assert.is_false(r == io.stdout)
    assert.is_false(r == { a = 1 })
    assert.is_false(r == 1)
  end)

  it("goes to depth 100 and refuses to go deeper", function()
    local function nested(depth, core)
      return ("["):rep(depth) .. core .. ("]"):rep(depth)
    end
    assert.is_true(equal(nested(100, "1"), nested(100, " 1")))
    assert.raises("nested deeper than 100 levels", function()
      return equal(nested(101, "1"), nested(101, " 1"))
    end)
  end)
end)

describe("leat.has", function()
  it("tells null from missing", function()
    local r = record '{"a":null,"b":false,"c":[null]}'
    assert.is_true(leat.has(r, "a"))
    assert.is_true(leat.has(r, "b"))
    assert.is_false(leat.has(r, "d"))
    assert.is_true(leat.has(r.c, 1))
    assert.is_false(leat.has(r.c, 2))
    assert.is_false(leat.has(r, 1))
  end)

  it("works on tables", function()
    assert.is_true(leat.has({ a = leat.null, b = false }, "a"))
    assert.is_true(leat.has({ a = leat.null, b = false }, "b"))
    assert.is_false(leat.has({}, "a"))
  end)

  it("refuses anything else", function()
    assert.raises("record or table expected, got number", leat.has, 1, "a")
  end)
end)

describe("leat.table", function()
  it("gives plain tables all the way down", function()
    local t = leat.table(record '{"a":{"b":[1,{"c":2.5}]},"n":null,"list":[null],"s":"\\n"}')
    assert.same({ a = { b = { 1, { c = 2.5 } } }, list = { leat.null }, s = "\n" }, t)
    assert.equal("table", type(t.a.b[2]))
  end)

  it("lets the last of a name win, be it null", function()
    assert.same({ a = 2 }, leat.table(record '{"a":1,"a":2}'))
    assert.same({}, leat.table(record '{"a":1,"a":null}'))
    assert.same({ a = 2 }, leat.table(record '{"a":null,"a":2}'))
  end)

  it("has what was assigned, and is a copy", function()
    local r = record '{"a":{"x":1},"b":2,"c":[1,{"y":1}]}'
    local mine = { 1, { z = record '{"q":[]}' } }
    r.a.x, r.b, r.d = 5, nil, mine
    r.c[2].y = 7
    r.c[3] = leat.null
    local t = leat.table(r)
    assert.same({
      a = { x = 5 }, c = { 1, { y = 7 }, leat.null }, d = { 1, { z = { q = {} } } },
    }, t)
    assert.are_not.equal(mine, t.d)
    assert.equal("table", type(t.d[2].z))
    t.a.x = 6
    assert.equal(5, r.a.x)
  end)

  it("keeps arrays arrays, also empty ones", function()
    local text = '{"a":[],"b":{},"c":[[]]}'
    assert.equal(text, leat.json.encode(leat.table(record(text))))
    local r = record '{"a":[1]}'
    r.a[1] = nil
    assert.equal('{"a":[]}', leat.json.encode(leat.table(r)))
  end)

  it("gives back anything that is no record", function()
    assert.equal(5, leat.table(5))
    assert.equal("x", leat.table "x")
    assert.equal(leat.null, leat.table(leat.null))
    assert.same({ 1, { a = 1 } }, leat.table { 1, record '{"a":1}' })
  end)

  it("refuses a value that contains itself", function()
    local r = record '{"a":1}'
    r.self = { r }
    assert.raises("contains itself", leat.table, r)
  end)

  it("goes as deep as the reader lets through", function()
    local text = ('{"a":'):rep(999) .. "1" .. ("}"):rep(999)
    local r = record(text)
    local t = leat.table(r)
    for _ = 1, 998 do t = t.a end
    assert.equal(1, t.a)
    local inner = r
    for _ = 1, 998 do inner = inner.a end
    inner.a = 2
    assert.equal(text:gsub("1", "2"), tostring(r))
    t = leat.table(r)
    for _ = 1, 998 do t = t.a end
    assert.equal(2, t.a)
  end)
end)

describe("{ records = \"table\" }", function()
  it("gives plain tables with null fields left out", function()
    local path = helper.file '{"a":1,"b":null,"c":[null,{"d":"x"}]}\n[1,2]\n"s"\nnull\n'
    local items = leat.read_jsonl(path, { records = "table" }):collect()
    assert.same({ { a = 1, c = { leat.null, { d = "x" } } }, { 1, 2 }, "s", leat.null }, items)
    assert.equal("table", type(items[1]))
  end)

  it("equals leat.table of the lazy record, on real data", function()
    local path = helper.data "jsonl/github-events.jsonl"
    if not path then return pending "the shared data is not here" end
    local lazy = leat.read_jsonl(path):map(leat.table):map(leat.json.encode):collect()
    local eager = leat.read_jsonl(path, { records = "table" }):map(leat.json.encode):collect()
    assert.same(eager, lazy)
  end)
end)

describe("real data", function()
  local files = {
    "array-rows.ndjson", "cloudtrail.jsonl", "github-events.jsonl", "int64-ids.jsonl",
    "geo-points.jsonl", "japanese-similarity.jsonl", "mlb-players.jsonl", "wikipedia-edits.jsonl",
    "windows-events-crlf.jsonl", "windows-events-int64.jsonl", "zeek-mixed.jsonl",
  }

  -- The lines of a file as a reader of JSON lines sees them.
  local function lines(path)
    local list = {}
    for line in io.lines(path) do
      line = line:gsub("\r$", "")
      if line:find "[^ \t]" then list[#list + 1] = line end
    end
    return list
  end

  for _, name in ipairs(files) do
    it("comes out byte for byte as it went in: " .. name, function()
      local path = helper.data("jsonl/" .. name)
      if not path then return pending "the shared data is not here" end
      local target = helper.folder() .. "/out.jsonl"
      leat.read_jsonl(path):tap(function(r) -- read all of it, assign nothing
        for _, v in pairs(r) do assert(v ~= nil) end
      end):write_jsonl(target)
      assert.equal(table.concat(lines(path), "\n") .. "\n", helper.read(target))
    end)

    it("reads as another parser reads it: " .. name, function()
      local has, cjson = pcall(require, "cjson")
      if not has then return pending "lua-cjson is not here" end
      local path = helper.data("jsonl/" .. name)
      if not path then return pending "the shared data is not here" end
      cjson = cjson.new()
      cjson.decode_max_depth(1000)
      local null = cjson.null

      -- lua-cjson reads every number as a double and null as a light userdata.
      local function agree(theirs, ours, where)
        if theirs == null then
          assert(ours == nil or ours == leat.null, where)
        elseif type(theirs) == "table" then
          local n = 0
          for k, v in pairs(theirs) do
            agree(v, ours[k], where)
            n = n + 1
          end
          for k, v in pairs(ours) do
            assert(theirs[k] ~= nil, where)
            n = n - (v ~= nil and 1 or 0)
          end
          assert(n >= 0, where)
        elseif type(theirs) == "number" then
          assert(theirs + 0.0 == ours + 0.0, where)
        else
          assert(theirs == ours, where)
        end
      end

      local theirs = lines(path)
      local number = 0
      leat.read_jsonl(path):each(function(r)
        number = number + 1
        agree(cjson.decode(theirs[number]), r, name .. ", record " .. number)
      end)
      assert.equal(#theirs, number)
    end)
  end

  it("keeps integers of 64 bits exact", function()
    local function integers(name, seen)
      local path = helper.data("jsonl/" .. name)
      if not path then return pending "the shared data is not here" end
      local function visit(v)
        if type(v) == "userdata" and v ~= leat.null then
          for _, inner in pairs(v) do visit(inner) end
        elseif math.type(v) == "integer" then
          seen(v)
        end
      end
      leat.read_jsonl(path):each(visit)
      return true
    end
    local least, inexact = 0, 0
    if not integers("windows-events-int64.jsonl", function(i)
      if i == math.mininteger then least = least + 1 end
    end) then return end
    assert.is_true(least >= 242)
    integers("int64-ids.jsonl", function(i)
      if math.tointeger(i + 0.0) ~= i then inexact = inexact + 1 end
    end)
    assert.is_true(inexact > 2900)
  end)
end)
