-- SPDX-License-Identifier: MIT
-- pluck, select, set, omit, rename, explode, flat_fields: on records, changed records and tables.
local leat = require "leat"
local helper = require "spec.support.helper"
local here = helper.here

after_each(helper.nothing_left_open)

local LINE <const> = '{"id": 7, "price": 1.10, "user": {"name": "Ada", "born": 1815.0}, '
  .. '"tags": ["a", null, 2.50, {"x":1}], "note": null}'

-- A pipeline of the record of each line.
local function records(...)
  return leat.read_jsonl(helper.file(table.concat({ ... }, "\n")))
end

-- What the pipeline gives, as JSON, one item a line; a tuple as a list.
local function json(p)
  return p:map(function(...)
    local n = select("#", ...)
    return leat.json.encode(n == 1 and (...) or table.pack(...))
  end):concat "\n"
end

-- The same items, not as records: plain tables.
local function tables(...)
  local path = helper.file(table.concat({ ... }, "\n"))
  return leat.read_jsonl(path, { records = "table" })
end

local function others(name)
  return function(p)
    if name == "pluck" then return p:pluck "a" end
    if name == "set" then return p:set { a = 1 } end
    if name == "rename" then return p:rename { a = "b" } end
    if name == "flat_fields" then return p:flat_fields() end
    return p[name](p, "a")
  end
end

for _, name in ipairs { "pluck", "select", "set", "omit", "rename", "explode", "flat_fields" } do
  local use = others(name)
  describe(name, function()
    it("refuses an item that has no fields, naming itself and what came", function()
      for kind, item in pairs {
        ["a number"] = 1, ["a string"] = "text", ["a boolean"] = false, ["null"] = leat.null,
        ["a function"] = print,
      } do
        local err = helper.failure(function() use(leat.from { { a = {} }, item }):drain() end)
        assert.equal(name .. " works on the fields of records and tables; this item is " .. kind,
          err.message)
        assert.equal("item", err.code)
        assert.equal(name, err.stage)
        assert.equal(2, err.item)
      end
    end)

    it("can leave such items out", function()
      local p = leat.from { 1, { a = { 5 } }, "x", { a = { 6 } } }
      assert.equal(2, use(p):on_error("skip"):count())
    end)

    it("leaves the item as it was, record and table", function()
      local line = '{"a":[{"b":1.50}],"c":{"d":null}}'
      for _, p in ipairs { records(line), tables(line) } do
        local item = p:first()
        local before = leat.json.encode(item)
        for x in use(leat.once(item)) do
          if name ~= "pluck" then x.a, x.new = 5, 6 end
        end
        assert.equal(before, leat.json.encode(item))
      end
    end)

    it("works on the last part of a tuple and keeps the others", function()
      local p = use(leat.from { { a = { 5 } } }:enumerate(9))
      assert.equal(9, (p:first()))
      assert.equal(2, select("#", p:first()))
      local three = leat.generator(function() leat.yield(1, nil, { a = { 5 } }) end)()
      assert.equal(3, select("#", use(three):first()))
      assert.raises("this item is a number", function()
        use(leat.generator(function() leat.yield({ a = {} }, 1) end)()):drain()
      end)
    end)

    it("works inside a generator's yield and in a long chain, and twice alike", function()
      local items = leat.generator(function() for i = 1, 3 do leat.yield { a = { i } } end end)
      local p = use(items())
      assert.equal(3, p:count())
      assert.equal(json(p), json(p))
      local long = items()
      for _ = 1, 15 do long = long:drop(0) end
      assert.equal(json(p), json(use(long)))
    end)
  end)
end

---------------------------------------------------------------------------------------- pluck

describe("pluck", function()
  it("gives what is at the path, in records and tables alike", function()
    for _, p in ipairs { records(LINE), tables(LINE) } do
      assert.equal("Ada", p:pluck("user.name"):first())
      assert.equal(2.5, p:pluck("tags[3]"):first())
      assert.equal(1, p:pluck("tags[-1].x"):first())
      assert.equal(7, p:pluck('_["id"]'):first())
    end
  end)

  it("gives null for what is missing or null", function()
    for _, p in ipairs { records(LINE), tables(LINE) } do
      for _, path in ipairs { "note", "nothing", "user.name.first", "tags[9]", "id[1]",
        "tags[2]" } do
        assert.equal(leat.null, p:pluck(path):first())
      end
    end
  end)

  it("takes arrays for what they are", function()
    assert.yields({ 2, leat.null }, records("[1,2]", "[]"):pluck "_[2]")
    assert.yields({ 2 }, leat.from { { 1, 2 } }:pluck "_[2]")
  end)

  it("refuses what is no path, and parts of tuples", function()
    local p = leat.range(1)
    assert.raises_at(here(), "pluck: path must be a path", function() p:pluck() end)
    assert.raises_at(here(), "pluck: path: 'a..b' is no path", function() p:pluck "a..b" end)
    assert.raises_at(here(), "'_1.a' is a part of a tuple", function() p:pluck "_1.a" end)
    assert.raises_at(here(), "pluck: at most 1 argument", function() p:pluck("a", "b") end)
  end)
end)

---------------------------------------------------------------------------------------- select

describe("select", function()
  it("keeps these fields only, in its own order, with their exact text", function()
    assert.equal('{"tags":["a", null, 2.50, {"x":1}],"price":1.10}',
      json(records(LINE):select("tags", "price")))
    assert.equal('{"price":1.1,"tags":["a",null,2.5,{"x":1}]}',
      json(tables(LINE):select("tags", "price")))
  end)

  it("names a field inside by the last name of its path", function()
    assert.equal('{"born":1815.0,"x":1,"user":{"name": "Ada", "born": 1815.0}}',
      json(records(LINE):select("user.born", "tags[4].x", "user")))
    assert.equal('{"born":1815.0,"x":1}', json(tables(LINE):select("user.born", "tags[-1].x")))
  end)

  it("leaves out what is missing, keeps what is null", function()
    assert.equal('{"note":null,"id":7}', json(records(LINE):select("nothing", "note", "id.x",
      "id")))
    assert.equal("{}", json(records(LINE):select "nothing"))
    assert.equal("{}", json(tables(LINE):select "nothing"))
    local item = leat.from { { a = leat.null, b = false } }:select("a", "b"):first()
    assert.equal(leat.null, item.a)
    assert.equal(false, item.b)
  end)

  it("takes what a record has been changed to", function()
    local p = records(LINE):map(function(r)
      r.id, r.new, r.note = nil, { deep = { 1 } }, "x"
      r.user.name = "Grace"
      r.tags[1] = { "changed" }
      return r
    end)
    assert.equal('{"new":{"deep":[1]},"user":{"name":"Grace","born":1815.0},"note":"x"}',
      json(p:select("new", "user", "note", "id")))
    assert.equal('{"deep":[1],"name":"Grace","tags":[["changed"],null,2.50,{"x":1}]}',
      json(p:select("new.deep", "user.name", "tags")))
  end)

  it("gives a record that can be read, walked, changed and compared as any other", function()
    local r = records(LINE):select("user", "price", "note"):first()
    assert.equal("Ada", r.user.name)
    assert.equal(1.1, r.price)
    local names = {}
    for name in pairs(r) do names[#names + 1] = name end
    assert.same({ "user", "price" }, names)
    assert.is_true(leat.has(r, "note"))
    r.user.name = "Grace"
    assert.equal('{"user":{"name":"Grace","born":1815.0},"price":1.10,"note":null}', tostring(r))
    assert.same({ user = { name = "Grace", born = 1815.0 }, price = 1.1 }, leat.table(r))
    assert.is_true(r == records(LINE):map(function(s) s.user.name = "Grace" return s end)
      :select("user", "price"):first())
  end)

  it("reads names with escapes, in any script", function()
    local p = records [[{"a\"b":1,"gr\u00fcn":2,"\u0061":3}]]
    assert.equal([[{"grün":2,"a\"b":1,"a":3}]], json(p:select("grün", [[_["a\"b"] ]], "a")))
  end)

  it("takes the last of fields that a line has twice", function()
    assert.equal('{"a":2}', json(records('{"a":1,"b":0,"a":2}'):select "a"))
  end)

  it("refuses no fields, positions, the same name twice and what is no path", function()
    local p = leat.range(1)
    assert.raises_at(here(), "select: at least one field expected", function() p:select() end)
    assert.raises_at(here() + 1, "'a[1]' names no field; the path must end in a name", function()
      p:select("b", "a[1]")
    end)
    assert.raises_at(here(), "'_' names no field", function() p:select "_" end)
    assert.raises_at(here() + 1, "select: two fields would be called 'id'", function()
      p:select("id", "user.id")
    end)
    assert.raises_at(here(), "select: field must be a path", function() p:select("a", 1) end)
    assert.raises_at(here(), "select: field must be a path", function() p:select { "a" } end)
  end)
end)

---------------------------------------------------------------------------------------- set

describe("set", function()
  it("computes fields: those there are stay in place, new ones follow by name", function()
    local function use(p)
      return p:set {
        total = function(r) return r.id * 2 end,
        id = function(r) return r.id + 1 end,
        extra = "user.name",
      }
    end
    assert.equal('{"id":8,"price":1.10,"user":{"name": "Ada", "born": 1815.0},'
      .. '"tags":["a", null, 2.50, {"x":1}],"note":null,"extra":"Ada","total":14}',
        json(use(records(LINE))))
    assert.equal('{"extra":"Ada","id":8,"price":1.1,"tags":["a",null,2.5,{"x":1}],"total":14,'
      .. '"user":{"born":1815.0,"name":"Ada"}}', json(use(tables(LINE))))
  end)

  it("computes all of them from the item as it came, in the order of their names", function()
    local order = {}
    local function note(name) return function(r) order[#order + 1] = name return r.n + 1 end end
    assert.yields({ { a = 2, b = 2, n = 2 } }, leat.from { { n = 1 } }
      :set { n = note "n", b = note "b", a = note "a" })
    assert.same({ "a", "b", "n" }, order)
  end)

  it("swaps fields by their paths", function()
    assert.equal('{"a":2,"b":1}', json(records('{"a":1,"b":2}'):set { a = "b", b = "a" }))
  end)

  it("takes numbers, booleans and null for what they are", function()
    local constants = { a = 1, b = 2.5, c = false, d = leat.null }
    assert.equal('{"x":0,"a":1,"b":2.5,"c":false,"d":null}',
      json(records('{"x":0}'):set(constants)))
    assert.equal('{"a":1,"b":2.5,"c":false,"d":null,"x":0}', json(tables('{"x":0}'):set(constants)))
  end)

  it("removes the field for which there is nil", function()
    assert.equal('{"b":1}', json(records('{"a":1,"b":1}'):set { a = function() end,
      c = "nothing" }))
    assert.equal('{"b":1}', json(tables('{"a":1,"b":1}'):set { a = function() end, c = "nothing" }))
  end)

  it("takes any value: tables, records, strings, functions", function()
    local p = records '{"r":{"x": 1.0},"a":1}'
    assert.equal('{"r":{"x": 1.0},"a":{"x": 1.0},"s":"\\"\\u0001ü","t":[1,{"y":2}]}', json(p:set {
      a = "r",
      s = function() return '"\1ü' end,
      t = function() return { 1, { y = 2 } } end,
    }))
    local r = p:set { f = function() return print end, nan = function() return 0 / 0 end }:first()
    assert.equal(print, r.f)
    assert.is_true(r.nan ~= r.nan)
    r = p:set { bytes = function() return "\xff" end }:first()
    assert.equal("\xff", r.bytes)
    assert.raises("not valid UTF-8", function() leat.json.encode(r) end)
  end)

  it("keeps kinds of numbers", function()
    local r = records("{}"):set { i = 3, f = 3.0, big = math.maxinteger, zero = -0.0 }:first()
    assert.equal("integer", math.type(r.i))
    assert.equal("float", math.type(r.f))
    assert.equal(math.maxinteger, r.big)
    assert.equal("-inf", tostring(1 / r.zero))
  end)

  it("hands a tuple's parts to the functions and takes paths from any part", function()
    local p = leat.from { { id = 1 } }:enumerate(5):set {
      n = "_1", twice = function(i, t) return i * 2 + t.id end, copy = "id",
    }
    assert.same({ 5, { id = 1, n = 5, twice = 11, copy = 1 } }, { p:first() })
  end)

  it("copies a record into a field, not the record itself", function()
    local r = records('{"a":{"x":1}}'):set { b = "a" }:first()
    r.b.x = 2
    assert.equal('{"a":{"x":1},"b":{"x":2}}', tostring(r))
  end)

  it("keeps what was changed in records, and does not change it for others", function()
    local r = records(LINE):first()
    r.user.name, r.new = "Grace", { 1 }
    local copy = leat.once(r):set { id = 8 }:first()
    copy.user.born, copy.price = nil, 2
    assert.equal('{"name":"Grace","born":1815.0}', tostring(r.user))
    assert.equal('{"name":"Grace"}', tostring(copy.user))
    assert.equal(1.1, r.price)
    assert.same({ 1 }, copy.new)
  end)

  it("says where a function failed, and which item", function()
    local p = leat.from { { n = 1 }, { n = 2 } }:set { a = 1, b = function(t)
      if t.n == 2 then error("two", 0) end
      return 0
    end }
    local err = helper.failure(p.drain, p)
    assert.equal("two", err.cause)
    assert.equal("set", err.stage)
    assert.equal(2, err.item)
    assert.yields({ { n = 1, a = 1, b = 0 } }, p:on_error "skip")
  end)

  it("lets its functions wait, each with its own item", function()
    local function wait(t) coroutine.yield() return t.n * 10 end
    local function task()
      local p = leat.from { { n = 1 }, { n = 2 } }:set { a = wait, b = wait }
      assert.yields({ { n = 1, a = 10, b = 10 }, { n = 2, a = 20, b = 20 } }, p)
    end
    helper.schedule(task, task)
  end)

  it("sets many fields at once", function()
    local fields = {}
    for i = 1, 200 do fields["f" .. i] = function(t) return t.n + i end end
    local item = leat.from { { n = 1 } }:set(fields):first()
    for i = 1, 200 do assert.equal(1 + i, item["f" .. i]) end
  end)

  it("of nothing gives a copy", function()
    local t = { 1, a = {} }
    local copy = leat.once(t):set {}:first()
    assert.is_false(rawequal(t, copy))
    assert.is_true(rawequal(t.a, copy.a))
    assert.equal(1, copy[1])
  end)

  it("refuses what is no table of functions and paths", function()
    local p = leat.range(1)
    assert.raises_at(here() + 1, "set: expected a table such as {field = f}, got no", function()
      p:set()
    end)
    assert.raises_at(here() + 1, "set: expected a table such as {field = f}, got string", function()
      p:set "a"
    end)
    assert.raises_at(here() + 1, "set: the keys of the table must be names of fields", function()
      p:set { "a" }
    end)
    assert.raises_at(here() + 1, "set: b must be a function or a path, got table", function()
      p:set { a = 1, b = {} }
    end)
    assert.raises_at(here(), "set: a: 'b c' is no path", function() p:set { a = "b c" } end)
    assert.raises_at(here(), "set: at most 1 argument", function() p:set({}, {}) end)
  end)
end)

---------------------------------------------------------------------------------------- omit

describe("omit", function()
  it("leaves out fields and keeps order and exact text of the others", function()
    assert.equal('{"id":7,"user":{"name": "Ada", "born": 1815.0},"note":null}',
      json(records(LINE):omit("tags", "price", "nothing")))
    assert.equal('{"id":7,"price":1.1,"user":{"born":1815.0,"name":"Ada"}}',
      json(tables(LINE):omit "tags"))
    assert.equal("{}", json(records('{"a":1}'):omit "a"))
  end)

  it("leaves out fields inside, of a copy", function()
    assert.equal('{"id":7,"user":{"name":"Ada"},"note":null}',
      json(records(LINE):omit("tags", "price", "user.born")))
    assert.equal('{"id":7,"price":1.1,"tags":["a",null,2.5,{}],"user":{"name":"Ada"}}',
      json(tables(LINE):omit("user.born", "tags[4].x")))
    assert.equal('{"id":7,"price":1.10,"user":{"name": "Ada", "born": 1815.0},"tags":["a",null,'
      .. '2.50,{}],"note":null}',
      json(records(LINE):omit("tags[-1].x", "user.nothing", "id.x", "nothing.at.all")))
    local inner = { secret = 1, open = 2 }
    local item = { user = inner, list = { inner } }
    assert.same({ user = { open = 2 }, list = { { open = 2 } } },
      leat.once(item):omit("user.secret", "list[1].secret"):first())
    assert.same({ secret = 1, open = 2 }, inner)
  end)

  it("does not change what records share with others", function()
    local shared = records('{"secret":1,"open":2}'):first()
    local p = records('{"a":{"b":1}}', '{"a":{"b":2}}'):map(function(r)
      r.a.shared, r.plain = shared, { secret = 1 }
      return r
    end):omit("a.shared.secret", "plain.secret")
    assert.equal('{"a":{"b":1,"shared":{"open":2}},"plain":{}}\n{"a":{"b":2,'
      .. '"shared":{"open":2}},"plain":{}}',
      json(p))
    assert.equal(1, shared.secret)
  end)

  it("works on views: parts of a record as items", function()
    local r = records(LINE):first()
    assert.equal('{"name":"Ada"}', json(leat.once(r.user):omit "born"))
    assert.equal(LINE, tostring(r))
  end)

  it("refuses no fields and positions", function()
    local p = leat.range(1)
    assert.raises_at(here(), "omit: at least one field expected", function() p:omit() end)
    assert.raises_at(here(), "'tags[1]' names no field", function() p:omit "tags[1]" end)
  end)
end)

---------------------------------------------------------------------------------------- rename

describe("rename", function()
  it("gives fields new names in their places", function()
    assert.equal('{"nr":7,"price":1.10,"user":{"name": "Ada", "born": 1815.0},'
      .. '"labels":["a", null, 2.50, {"x":1}],"note":null}',
        json(records(LINE):rename { id = "nr", tags = "labels" }))
    assert.yields({ { b = 1, c = 2 } }, leat.from { { a = 1, c = 2 } }:rename { a = "b", x = "y" })
  end)

  it("swaps and shifts", function()
    for _, source in ipairs { records, tables } do
      local p = source '{"a":1,"b":2,"c":3}'
      assert.same({ a = 2, b = 1, c = 3 }, leat.table(p:rename({ a = "b", b = "a" }):first()))
      assert.same({ b = 1, c = 2, d = 3 },
        leat.table(p:rename({ a = "b", b = "c", c = "d" }):first()))
      assert.same({ a = 1, b = 2, c = 3 }, leat.table(p:rename({ a = "a" }):first()))
    end
  end)

  it("takes names as they are, no paths, and quotes what JSON must quote", function()
    assert.equal('{"x":1,"u":{"n":2}}', json(records('{"u.n":1,'
      .. '"u":{"n":2}}'):rename { ["u.n"] = "x" }))
    assert.equal([[{"\"\n":1}]], json(records('{"a":1}'):rename { a = '"\n' }))
    assert.equal('{"a":1}', json(records([[{"\"":1}]]):rename { ['"'] = "a" }))
  end)

  it("does not let two fields have one name", function()
    for _, source in ipairs { records, tables } do
      local p = source('{"a":1,"b":2}', '{"a":1}', '{"b":2}'):rename { a = "b" }
      assert.raises("two fields would be called 'b' (in rename, stage 2, at item 1)", p.drain, p)
      assert.equal('{"b":1}\n{"b":2}', json(p:on_error "skip"))
    end
  end)

  it("keeps changes and added fields", function()
    local p = records(LINE):map(function(r) r.new, r.user.name, r.tags = { 1 }, "Grace",
      nil return r end)
    assert.equal('{"id":7,"price":1.10,"who":{"name":"Grace","born":1815.0},"note":null,'
      .. '"newer":[1]}',
      json(p:rename { new = "newer", user = "who", tags = "gone" }))
  end)

  it("refuses what is no table of names", function()
    local p = leat.range(1)
    assert.raises_at(here() + 1, "rename: expected a table such as {old = \"new\"}", function()
      p:rename "a"
    end)
    assert.raises_at(here() + 1, "rename: the keys of the table must be names", function()
      p:rename { "a" }
    end)
    assert.raises_at(here() + 1, "rename: the new name of 'a' must be a string", function()
      p:rename { a = 1 }
    end)
    assert.raises_at(here() + 1, "rename: two fields would be called 'x'", function()
      p:rename { a = "x", b = "x" }
    end)
    assert.raises("valid UTF-8", function() records('{"a":1}'):rename({ a = "\xff" }):drain() end)
  end)
end)

---------------------------------------------------------------------------------------- explode

describe("explode", function()
  it("gives the item once for each element, exact text and all", function()
    assert.equal('{"id": 7, "t": "a", "p": 1.10}\n{"id": 7, "t": 2.50, "p": 1.10}\n{"id": 7,'
      .. ' "t": null, "p": 1.10}\n'
      .. '{"id": 7, "t": {"x" : [1]}, "p": 1.10}\n{"id": 7, "t": [], "p": 1.10}',
      json(records('{"id": 7, "t": ["a" , 2.50,null,{"x" : [1]}, []], "p": 1.10}'):explode "t"))
    assert.equal('{"id":7,"t":"a"}\n{"id":7,"t":[1]}',
      json(tables('{"id":7,"t":["a",[1]]}'):explode "t"))
  end)

  it("gives nothing for a list that is missing, null or empty", function()
    local lines = { '{"t":[]}', '{"t":null}', '{}', '{"t":[1]}' }
    assert.equal('{"t":1}', json(records(table.unpack(lines)):explode "t"))
    assert.equal('{"t":1}', json(tables(table.unpack(lines)):explode "t"))
    assert.equal('{"u":{"t":1}}', json(records('{"u":1}', '{"u":{}}',
      '{"u":{"t":[1]}}'):explode "u.t"))
  end)

  it("refuses what is no list", function()
    for value, kind in pairs { ["1"] = "number", ['"x"'] = "string", ["true"] = "boolean" } do
      for _, source in ipairs { records, tables } do
        local p = source('{"t":[]}', '{"t":' .. value .. "}"):explode "t"
        assert.raises("the field 't' is a " .. kind
          .. ", not a list; explode takes lists (in explode, stage 2, at item 2)",
          p.drain, p)
      end
    end
    assert.raises("the field 't' is a record", function()
      records('{"t":{"a":1}}'):explode("t"):drain()
    end)
    assert.raises("the field 't' is a table without elements", function()
      tables('{"t":{"a":1}}'):explode("t"):drain()
    end)
  end)

  it("reaches lists inside, and leaves what is around them", function()
    local line = '{"a":{"b":[{"c":[1,2]},{"c":[3]}],"z":1.0},"y":[ ]}'
    assert.equal('{"a":{"b":{"c":[1,2]},"z":1.0},"y":[ ]}\n{"a":{"b":{"c":[3]},"z":1.0},"y":[ ]}',
      json(records(line):explode "a.b"))
    assert.equal('{"a":{"b":{"c":1},"z":1.0},"y":[ ]}\n{"a":{"b":{"c":2},"z":1.0},'
      .. '"y":[ ]}\n{"a":{"b":{"c":3},"z":1.0},"y":[ ]}',
      json(records(line):explode("a.b"):explode "a.b.c"))
    assert.equal(3, tables(line):explode("a.b"):explode("a.b.c"):count())
    assert.equal('{"a":{"b":[{"c":1},{"c":[3]}],"z":1.0},"y":[ ]}',
      json(records(line):explode("a.b[1].c"):take(1)))
  end)

  it("gives records that can be read, changed and compared, each by itself", function()
    local all = records('{"a":{"n":1,"list":[{"x":1},{"x":2}]},"after":[1,{"y":2}],"b":"\\"x"}')
      :explode("a.list"):collect()
    assert.equal(2, #all)
    assert.equal(2, all[2].a.list.x)
    assert.equal(2, all[2].after[2].y)
    assert.equal('"x', all[1].b)
    all[1].a.list.x, all[1].after[2].y, all[1].a.n = 10, 20, 30
    assert.equal('{"a":{"n":30,"list":{"x":10}},"after":[1,{"y":20}],"b":"\\"x"}', tostring(all[1]))
    assert.equal('{"a":{"n":1,"list":{"x":2}},"after":[1,{"y":2}],"b":"\\"x"}', tostring(all[2]))
    assert.same({ a = { n = 1, list = { x = 2 } }, after = { 1, { y = 2 } }, b = '"x' },
      leat.table(all[2]))
    assert.is_false(all[1] == all[2])
  end)

  it("keeps what was changed before, wherever it was", function()
    local line = '{"id":1,"u":{"n":"x"},"list":[{"a":1},{"a":2}],"end":{"m":[0]}}'
    local function changed(change)
      return json(records(line):map(function(r) change(r) return r end):explode "list")
    end
    assert.equal('{"id":2,"u":{"n":"y"},"list":{"a":1},"end":{"m":[9]}}\n{"id":2,"u":{"n":"y"},'
      .. '"list":{"a":2},"end":{"m":[9]}}',
      changed(function(r) r.id, r.u.n, r["end"].m[1] = 2, "y", 9 end))
    assert.equal('{"id":1,"u":{"n":"x"},"list":{"a":5,"b":6},"end":{"m":[0]}}\n{"id":1,'
      .. '"u":{"n":"x"},"list":{"a":2},"end":{"m":[0]}}',
      changed(function(r) r.list[1].a, r.list[1].b = 5, 6 end))
    assert.equal('{"id":1,"u":{"n":"x"},"list":{"a":1},"end":{"m":[0]}}\n{"id":1,"u":{"n":"x"},'
      .. '"list":{"a":2},"end":{"m":[0]}}\n'
      .. '{"id":1,"u":{"n":"x"},"list":"third","end":{"m":[0]}}',
      changed(function(r) r.list[3] = "third" end))
    assert.equal('{"id":1,"u":{"n":"x"},"list":7,"end":{"m":[0]}}',
      changed(function(r) r.list = { 7 } end))
    assert.equal("", changed(function(r) r.list = nil end) or "")
  end)

  it("works on views and on records with wide objects and long arrays", function()
    local parts = {}
    for i = 1, 100 do parts[i] = ('"f%d":%d'):format(i, i) end
    local wide = "{" .. table.concat(parts, ",") .. ',"list":[' .. ("0,"):rep(99) .. '1]}'
    local p = records('{"outer":' .. wide .. "}"):map(function(r)
      for _ = 1, 40 do assert(r.outer.f99 == 99 and r.outer.list[70] == 0) end
      return r.outer
    end):explode "list"
    assert.equal(100, p:count())
    assert.equal(1, p:sum "list")
    assert.yields({ 77 }, p:take(1):map "f77")
  end)

  it("asks for the next item when the elements are given, and stops with take", function()
    local source, seen = helper.counting()
    local p = source:map(function(i) return { i = i, list = { 1, 2 } } end):explode "list"
    assert.equal(3, p:take(3):count())
    assert.equal(2, seen.pulls)
    assert.equal(1, seen.closes)
  end)

  it("costs no more for each element of a long array", function()
    local n = helper.scaled(20000)
    local long = '{"id":1,"list":[' .. ("12345,"):rep(n - 1) .. "12345]}"
    local before = os.clock()
    assert.equal(n * 12345, records(long):explode("list"):sum "list")
    assert.is_true(os.clock() - before < 5)
  end)

  it("says which element of a table's list is nil", function()
    local p = leat.from { { list = { 1, nil, 3 } } }:explode "list"
    assert.raises("element 2 of the list of 3 is nil", p.drain, p)
    assert.yields({ { list = 1 }, { list = 3 } }, p:on_error "skip")
  end)

  it("refuses a path that ends in a position", function()
    local p = leat.range(1)
    assert.raises_at(here(), "'a[1]' names no field", function() p:explode "a[1]" end)
    assert.raises_at(here(), "explode: path must be a path", function() p:explode() end)
  end)
end)

---------------------------------------------------------------------------------------- flat_fields

describe("flat_fields", function()
  it("names fields inside by the names on the way; arrays and empty objects stay", function()
    assert.equal('{"id":7,"price":1.10,"user.name":"Ada","user.born":1815.0,"tags":["a", null,'
      .. ' 2.50, {"x":1}],"note":null}',
      json(records(LINE):flat_fields()))
    assert.equal('{"a_b_c":1,"a_e":{},"d":[{"x":{"y":1}}]}',
      json(records('{"a":{"b":{"c":1},"e":{}},"d":[{"x":{"y":1}}]}'):flat_fields "_"))
    assert.equal('{"a.b.c":1,"d":[{"x":{"y":1}}]}',
      json(tables('{"a":{"b":{"c":1}},"d":[{"x":{"y":1}}]}'):flat_fields()))
  end)

  it("leaves flat items as they are", function()
    assert.equal('{"a":1.0,"b":[ 1 ]}', json(records('{"a":1.0,"b":[ 1 ]}'):flat_fields()))
    assert.equal("{}", json(records("{}"):flat_fields()))
    assert.yields({ { a = 1 } }, leat.from { { a = 1 } }:flat_fields())
  end)

  it("takes any separator and any name", function()
    assert.equal('{"ab":1}', json(records('{"a":{"b":1}}'):flat_fields ""))
    assert.equal([[{"a\"\\\"b":1}]], json(records([[{"a\"":{"\"b":1}}]]):flat_fields "\\"))
    assert.equal('{"..":1}', json(records('{"":{"":{"":1}}}'):flat_fields()))
  end)

  it("goes into what was changed and assigned, in order", function()
    local p = records('{"a":{"b":1,"c":{"d":2}},"e":3}'):map(function(r)
      r.a.b, r.a.c.n, r.e = nil, { z = 1, y = { x = leat.null, w = {} }, list = { 1 } }, { f = 4 }
      return r
    end)
    assert.equal('{"a.c.d":2,"a.c.n.list":[1],"a.c.n.y.w":{},"a.c.n.y.x":null,"a.c.n.z":1,"e.f":4}',
      json(p:flat_fields()))
  end)

  it("goes into records inside tables, keeps objects with a metatable", function()
    local r = records('{"a":{"b":1.50},"n":null}'):first()
    local object = setmetatable({ x = 1 }, {})
    local item = leat.once({ r = r, o = object, list = { 1 },
      mixed = { 1, a = 1 } }):flat_fields():first()
    assert.equal(1.5, item["r.a.b"])
    assert.equal(leat.null, item["r.n"])
    assert.equal(object, item.o)
    assert.same({ 1, a = 1 }, item.mixed)
  end)

  it("does not let two fields have one name", function()
    for _, source in ipairs { records, tables } do
      local p = source('{"a":{"b":1},"a.b":2}', '{"a":{"b":1}}'):flat_fields()
      assert.raises("two fields would be called 'a.b'", p.drain, p)
      assert.equal('{"a.b":1}', json(p:on_error "skip"))
    end
  end)

  it("says so when a table contains itself, or has keys that are no names", function()
    local t = {}
    t.t = t
    t.u = 1
    assert.raises("nested deeper than 1000 levels, or it contains itself", function()
      leat.once(t):flat_fields():drain()
    end)
    assert.raises("other keys than names", function() leat.once({ 1, 2 }):flat_fields():drain() end)
  end)

  it("goes as deep as records go", function()
    local line = ('{"a":'):rep(900) .. "1" .. ("}"):rep(900)
    local item = leat.table(records(line):flat_fields():first())
    assert.equal(1, item[("a."):rep(899) .. "a"])
  end)

  it("refuses what is no separator", function()
    local p = leat.range(1)
    assert.raises_at(here() + 1, "flat_fields: sep must be a string, got number", function()
      p:flat_fields(1)
    end)
    assert.raises_at(here() + 1, "flat_fields: at most 1 argument", function()
      p:flat_fields(".", 1)
    end)
  end)
end)

---------------------------------------------------------------------------------------- together

describe("fields of records", function()
  it("stay independent of the record they came from, through a chain of stages", function()
    local line = '{"id":1,"user":{"name":"Ada","address":{"city":"London"}},"orders":[{"n":1,'
      .. '"sum":9.90},{"n":2,"sum":0.10}]}'
    local p = records(line)
      :explode("orders")
      :set { who = "user.name" }
      :omit("user.name")
      :rename { orders = "order" }
      :flat_fields()
      :select('_["order.sum"]', "who", '_["user.address.city"]')
    assert.equal('{"order.sum":9.90,"who":"Ada","user.address.city":"London"}\n'
      .. '{"order.sum":0.10,"who":"Ada","user.address.city":"London"}', json(p))
  end)

  it("agree with the same on plain tables", function()
    local lines = { LINE, '{"id":1}', "{}", '{"user":{"name":null,"x":1},"tags":[[1],{}]}' }
    local uses = {
      function(p) return p:select("user.name", "tags", "id") end,
      function(p) return p:omit("user.name", "tags[1].x", "id") end,
      function(p) return p:rename { id = "nr", user = "who" } end,
      function(p) return p:explode "tags" end,
      function(p) return p:flat_fields "-" end,
      function(p) return p:set { a = "user", id = function(t) return t.id and -t.id end } end,
    }
    for i, use in ipairs(uses) do
      local plain = use(tables(table.unpack(lines))):collect()
      for k, r in ipairs(use(records(table.unpack(lines))):collect()) do
        assert.equal(leat.json.encode(leat.table(r)), leat.json.encode(leat.table(plain[k])), "use "
          .. i)
      end
    end
  end)

  it("take what read_jsonl takes by trust, and arrays of records as items", function()
    local path = helper.file('{"a":[1,2],"b":{"c":3}}\n')
    assert.equal(2, leat.read_jsonl(path, { trusted = true }):explode("a"):flat_fields():count())
    assert.raises("this item is an array", function()
      records("[1]"):rename({ a = "b" }):drain()
    end)
    assert.raises("this item is an array", function() records("[1]"):omit("a"):drain() end)
  end)
end)
