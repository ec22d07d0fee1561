-- SPDX-License-Identifier: MIT
-- Rows of read_csv are split when they are touched: they are the same however that is done. What
-- they must be is known, as the rows are written here.
local leat = require "leat"
local helper = require "spec.support.helper"
local here, file = helper.here, helper.file

after_each(helper.nothing_left_open)

-- A field as it is written and as it is read.
local function field(kind)
  local text = ("abcdefgh 1.é;'"):sub(1, math.random(0, 9))
  if kind == "number" then
    local n = math.random(0, 10 ^ math.random(0, 11) // 1 | 0)
    return tostring(n), n
  elseif math.random(5) == 1 then
    text = text .. ("x"):rep(math.random(0, 90))
  end
  if kind == "plain" or math.random(3) > 1 then return text, text end
  if math.random(4) == 1 then return '"' .. text .. '""\n"', text .. '"\n' end
  return '"' .. text .. ',"', text .. ","
end

-- A table: its text, the rows as lists, the names and which columns are numbers.
local function random_table(columns, rows)
  local names, types, text, values = {}, {}, {}, {}
  for k = 1, columns do
    names[k] = ("n"):rep(math.random(3)) .. k
    if math.random(4) == 1 then types[names[k]] = "number" end
  end
  text[1] = table.concat(names, ",")
  for i = 1, rows do
    local written, plain = {}, math.random(3) == 1 and "plain" or "any"
    values[i] = {}
    for k = 1, columns do
      written[k], values[i][k] = field(types[names[k]] or plain)
    end
    if columns == 1 and written[1] == "" then written[1] = '""' end
    text[#text + 1] = table.concat(written, ",")
  end
  return table.concat(text, "\n") .. "\n", values, names, types
end

local OTHER <const> = leat.read_jsonl(file '{"of":"another kind"}\n'):first()

-- Ways of touching a row before it is compared.
local touches = {
  function() end,
  function(r, names, want) -- a few fields, some of them often
    for _ = 1, math.random(40) do
      local k = math.random(#names)
      assert.equal(want[k], r[names[k]])
    end
  end,
  function(r, names, want) -- in order
    for k, name in ipairs(names) do assert.equal(want[k], r[name]) end
  end,
  function(r) assert.is_nil(r.missing) end,
  function(r) assert.is_nil(r[1]) end,
  function(r, names, want) -- assigned, and as it was
    local k = math.random(#names)
    assert.equal(want[k], r[names[k]])
    r[names[k]] = 5
    assert.equal(5, r[names[k]])
    r[names[k]] = want[k]
  end,
  function(r) assert.is_false(r == OTHER) end,
  function(r) pairs(r) end,
}

local function check(r, names, want)
  touches[math.random(#touches)](r, names, want)
  local k = 0
  for name, value in pairs(r) do
    k = k + 1
    assert.equal(names[k], name)
    assert.equal(want[k], value)
  end
  assert.equal(#names, k)
  assert.same(leat.table(r), leat.json.decode(leat.json.encode(r)))
end

describe("a row", function()
  it("is the same however it is touched", function()
    for round = 1, 60 do
      math.randomseed(round)
      local columns = ({ 1, 2, 10, 33, 70 })[math.random(5)]
      local text, want, names, types = random_table(columns, 30)
      local i = 0
      leat.read_csv(file(text), { types = types }):each(function(r)
        i = i + 1
        check(r, names, want[i])
      end)
      assert.equal(#want, i, "round " .. round)
    end
  end)

  it("is the same when it is kept and read later, beside rows of other files", function()
    math.randomseed(7)
    local all = {}
    for n = 1, 8 do
      local text, want, names, types = random_table(n + 3, 20)
      all[n] = { rows = leat.read_csv(file(text), { types = types }):collect(), want = want,
                 names = names }
    end
    for i = 1, 20 do
      for _, t in ipairs(all) do check(t.rows[i], t.names, t.want[i]) end
      collectgarbage()
    end
  end)

  it("without names is a list, the same however it is touched", function()
    for round = 1, 30 do
      math.randomseed(round)
      local columns = ({ 1, 3, 40 })[math.random(3)]
      local text, want = random_table(columns, 20)
      local i = 0
      leat.read_csv(file(text), { header = false }):each(function(r)
        i = i + 1
        if i == 1 then return end -- the names
        assert.equal(columns, #r)
        for _ = 1, math.random(0, 30) do
          local k = math.random(columns)
          assert.equal(tostring(want[i - 1][k]), r[k])
        end
        assert.is_nil(r[columns + 1])
        assert.is_nil(r[0])
        assert.is_nil(r.x)
        for k = 1, columns do assert.equal(tostring(want[i - 1][k]), r[k]) end
        r[columns] = "new"
        assert.equal("new", r[columns])
      end)
      assert.equal(#want + 1, i)
    end
  end)

  it("has its fields found where the file has them, though names are shared by files", function()
    local a, b = file "x,y,z\n1,2,3\n4,5,6\n", file "z,x\n7,8\n9,10\n"
    local seen = leat.read_csv { a, b, a }
      :map(function(r) return ("%s%s%s"):format(r.x, r.y or "-", r.z) end):concat " "
    assert.equal("123 456 8-7 10-9 123 456", seen)
    -- More names than are remembered, and again.
    local names = {}
    for k = 1, 300 do names[k] = "c" .. k end
    local row = table.concat(names, ",")
    local wide = file(row .. "\n" .. row .. "\n" .. row .. "\n")
    leat.read_csv(wide):each(function(r)
      for _ = 1, 2 do
        for k = 1, 300, 7 do assert.equal(names[k], r[names[k]]) end
      end
    end)
  end)

  it("finds nothing where a name is no string, and a long name where it is one", function()
    local name = ("n"):rep(100)
    local r = leat.read_csv(file(name .. ",b\n1,2\n3,4\n")):collect()
    for i = 1, 2 do
      assert.equal(tostring(2 * i - 1), r[i][("n"):rep(50) .. ("n"):rep(50)])
      assert.is_nil(r[i][true])
      assert.is_nil(r[i][2.5])
      assert.is_nil(r[i][here])
    end
  end)

  it("of an empty number is null, also where its place is known", function()
    local p = leat.read_csv(file "a,b\n1,x\n,y\n-3,z\n 4.50,w\n", { types = { a = "number" } })
    assert.equal("1 nil -3 4.5", p:map(function(r) return tostring(r.a) end):concat " ")
    assert.equal('{"a":null,"b":"y"}', leat.json.encode(p:nth(2)))
  end)

  it("is read by infer, null and types, the same however it is touched", function()
    local json <const> = { ["12"] = 12, ["-0.5"] = -0.5, ["1e3"] = 1000.0, ["0"] = 0,
                           ["true"] = true, ["FALSE"] = false }
    local texts <const> = { "", "NA", "none", "true", "FALSE", "12", "-0.5", "1e3", "0", "007",
                            " 5", "x", "truest", "1.2.3" }
    local names <const> = { "a", "b", "c", "d", "e" }
    for round = 1, 100 do
      math.randomseed(round)
      local infer, null = math.random(2) == 1, ({ nil, { "NA" }, { "", "none" } })[math.random(3)]
      local types = math.random(2) == 1 and { c = "string" } or nil
      local function value(name, text, quoted)
        for _, n in ipairs(null or {}) do
          if not quoted and n == text then return leat.null end
        end
        if quoted or not infer or (types and name == "c") or json[text] == nil then return text end
        return json[text]
      end
      local text, want = { "a,b,c,d,e" }, {}
      for i = 1, 20 do
        local fields = {}
        want[i] = {}
        for k, name in ipairs(names) do
          local one, quoted = texts[math.random(#texts)], math.random(4) == 1
          fields[k] = quoted and ('"' .. one .. '"') or one
          want[i][k] = value(name, one, quoted)
        end
        text[i + 1] = table.concat(fields, ",")
      end
      local options = { infer = infer, null = null, types = types }
      local i = 0
      leat.read_csv(file(table.concat(text, "\n")), options):each(function(r)
        i = i + 1
        for _ = 1, math.random(0, 25) do
          local k = math.random(5)
          local expected = want[i][k]
          if expected == leat.null then assert.is_nil(r[names[k]])
          else assert.equal(expected, r[names[k]]) end
        end
        local all = {}
        for name, v in pairs(r) do all[name] = v end
        for k, name in ipairs(names) do
          local expected = want[i][k]
          if expected == leat.null then expected = nil end
          assert.equal(expected, all[name])
        end
      end)
      assert.equal(20, i)
    end
  end)
end)
