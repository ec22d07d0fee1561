-- SPDX-License-Identifier: MIT
-- Every error message as a user sees it, in spec/messages.txt, to be read by a reviewer. This spec
-- provokes them and compares; `LEAT_WRITE=1` writes the page anew.
-- luacheck: ignore 512 (loops that break are what is tested)
local leat = require "leat"
local helper = require "spec.support.helper"
local generator, yield = leat.generator, leat.yield

after_each(helper.nothing_left_open)

local PAGE <const> = "spec/messages.txt"

local function odd_only(x) if x % 2 == 0 then error "only odd numbers, please" end return x end
local function nothing() end

-- A file with this text, under a name that is the same each time.
local function file(text, name) return helper.file(text, name or "data.jsonl") end

-- Each: what a user did, and a function that does it. `f` stands for "some function".
local chapters = {
  { "Names", {
    { "range(3):fliter(f)", function() leat.range(3):fliter(nothing) end },
    { "range(3):xyzzy()", function() leat.range(3):xyzzy() end },
    { "range(3).map(f)", function() leat.range(3).map(nothing) end },
    { "range(3).name = 1", function() leat.range(3).name = 1 end },
    { "range(3):batched(2, { tial = \"drop\" })", function()
      leat.range(3):batched(2, { tial = "drop" })
    end },
    { "range(3):zip({ 1 }, { strcit = true })", function()
      leat.range(3):zip({ 1 }, { strcit = true })
    end },
    { "read_jsonl(\"x\", { record = \"table\" })", function()
      leat.read_jsonl("x", { record = "table" })
    end },
    { "read_jsonl(\"x\", { header = true })", function()
      leat.read_jsonl("x", { header = true })
    end },
    { "chain({ 1 }, { strict = true })", function() leat.chain({ 1 }, { strict = true }) end },
  } },
  { "Arguments", {
    { "range()", function() leat.range() end },
    { "range(\"3\")", function() leat.range "3" end },
    { "range(1, 3, 0)", function() leat.range(1, 3, 0) end },
    { "count_from(\"a\")", function() leat.count_from "a" end },
    { "from(42)", function() leat.from(42) end },
    { "from(nil)", function() leat.from(nil) end },
    { "from(\"text\")", function() leat.from "text" end },
    { "from { a = 1 }", function() leat.from { a = 1 } end },
    { "entries(3)", function() leat.entries(3) end },
    { "generator {}", function() leat.generator {} end },
    { "resource(f)", function() leat.resource(nothing) end },
    { "once()", function() leat.once() end },
    { "iterate(f)", function() leat.iterate(nothing) end },
    { "unfold(\"state\", 1)", function() leat.unfold("state", 1) end },
    { "duplicate(nil, 3)", function() leat.duplicate(nil, 3) end },
    { "read_lines()", function() leat.read_lines() end },
    { "read_lines {}", function() leat.read_lines {} end },
    { "read_command(\"sort\", { \"-n\" }, \"x\")", function()
      leat.read_command("sort", { "-n" }, "x")
    end },
    { "range(3):map()", function() leat.range(3):map() end },
    { "range(3):map(42)", function() leat.range(3):map(42) end },
    { "range(3):take(-1)", function() leat.range(3):take(-1) end },
    { "range(3):take(1.5)", function() leat.range(3):take(1.5) end },
    { "range(3):take \"many\"", function() leat.range(3):take "many" end },
    { "range(3):slice(-2)", function() leat.range(3):slice(-2) end },
    { "range(3):step_by(0)", function() leat.range(3):step_by(0) end },
    { "range(3):cycle \"twice\"", function() leat.range(3):cycle "twice" end },
    { "range(3):intersperse(nil)", function() leat.range(3):intersperse(nil) end },
    { "range(3):scan(nil, f)", function() leat.range(3):scan(nil, nothing) end },
    { "range(3):pluck(\"_1.id\")", function() leat.range(3):pluck "_1.id" end },
    { "range(3):select { \"a\" }", function() leat.range(3):select { "a" } end },
    { "range(3):select(\"id\", \"user.id\")", function()
      leat.range(3):select("id", "user.id")
    end },
    { "range(3):omit(\"tags[1]\")", function() leat.range(3):omit "tags[1]" end },
    { "range(3):rename(\"a\")", function() leat.range(3):rename "a" end },
    { "range(3):rename { a = \"x\", b = \"x\" }", function()
      leat.range(3):rename { a = "x", b = "x" }
    end },
    { "range(3):set { a = {} }", function() leat.range(3):set { a = {} } end },
    { "operator(\"map\", f)", function() leat.operator("map", nothing) end },
    { "operator(\"my-own\", f)", function() leat.operator("my-own", nothing) end },
    { "operator(\"own\")", function() leat.operator "own" end },
    { "range(3):batched(0)", function() leat.range(3):batched(0) end },
    { "range(3):batched(2, { tail = \"dorp\" })", function()
      leat.range(3):batched(2, { tail = "dorp" })
    end },
    { "range(3):batched(nil, { max_weight = 3 })", function()
      leat.range(3):batched(nil, { max_weight = 3 })
    end },
    { "range(3):batched(2, { max_weight = 3, weight = f, tail = \"drop\" })", function()
      leat.range(3):batched(2, { max_weight = 3, weight = nothing, tail = "drop" })
    end },
    { "range(3):sliding_window()", function() leat.range(3):sliding_window() end },
    { "range(3):sliding_window(2, 0)", function() leat.range(3):sliding_window(2, 0) end },
    { "range(3):group_by()", function() leat.range(3):group_by() end },
    { "range(3):group_by(\"a\", 2)", function() leat.range(3):group_by("a", 2) end },
    { "range(3):unique {}", function() leat.range(3):unique {} end },
    { "range(3):enumerate \"one\"", function() leat.range(3):enumerate "one" end },
    { "range(3):chain(5)", function() leat.range(3):chain(5) end },
    { "range(3):zip_longest({ 1 }, { fil = 0 })", function()
      leat.range(3):zip_longest({ 1 }, { fil = 0 })
    end },
    { "merge_sorted({ 1 }, { 2 }, { key = 3 })", function()
      leat.merge_sorted({ 1 }, { 2 }, { key = 3 })
    end },
    { "range(3):combinations()", function() leat.range(3):combinations() end },
    { "range(3):permutations(0)", function() leat.range(3):permutations(0) end },
    { "range(3):join(users)", function() leat.range(3):join {} end },
    { "range(3):join(users, { left = \"id\" })", function()
      leat.range(3):join({}, { left = "id" })
    end },
    { "range(3):join(users, \"user..id\")", function() leat.range(3):join({}, "user..id") end },
    { "range(3):join(users, \"id\", { how = \"outer\" })", function()
      leat.range(3):join({}, "id", { how = "outer" })
    end },
    { "range(3):on_error \"ignore\"", function() leat.range(3):on_error "ignore" end },
    { "range(3):on_error \"Skip\"", function() leat.range(3):on_error "Skip" end },
    { "range(3):tee(2, { max_lag = \"10\" })", function()
      leat.range(3):tee(2, { max_lag = "10" })
    end },
    { "read_csv(\"x\", { header = \"no\" })", function()
      leat.read_csv("x", { header = "no" })
    end },
    { "read_csv(\"x\", { delimiter = \"||\" })", function()
      leat.read_csv("x", { delimiter = "||" })
    end },
    { "read_csv(\"x\", { encoding = \"UTF-16\" })", function()
      leat.read_csv("x", { encoding = "UTF-16" })
    end },
    { "range(3):catch(1)", function() leat.range(3):catch(1) end },
    { "range(3):sort(1)", function() leat.range(3):sort(1) end },
    { "range(3):sort(desc)", function() leat.range(3):sort(leat.desc) end },
    { "desc(1)", function() leat.desc(1) end },
    { "range(3):top()", function() leat.range(3):top() end },
    { "range(3):top(\"ms\", 3)", function() leat.range(3):top("ms", 3) end },
    { "range(3):sample_fraction(50)", function() leat.range(3):sample_fraction(50) end },
    { "range(3):shuffle(0)", function() leat.range(3):shuffle(0) end },
    { "range(3):nth(0)", function() leat.range(3):nth(0) end },
    { "range(3):min_by()", function() leat.range(3):min_by() end },
    { "range(3):to_map \"id\"", function() leat.range(3):to_map "id" end },
    { "range(3):fold()", function() leat.range(3):fold() end },
    { "range(3):concat {}", function() leat.range(3):concat {} end },
    { "range(3):write_lines()", function() leat.range(3):write_lines() end },
    { "range(3):write_lines(\"out.txt\", { level = 9 })", function()
      leat.range(3):write_lines("out.txt", { level = 9 })
    end },
    { "range(3):write_json(\"out.json.gz\", { level = 19 })", function()
      leat.range(3):write_json("out.json.gz", { level = 19 })
    end },
    { "p:write_csv(\"out.csv\", { column = { \"id\" } })", function()
      leat.range(3):write_csv("out.csv", { column = { "id" } })
    end },
    { "p:write_csv(\"out.csv\", { columns = { \"id\", \"ms\", \"id\" } })", function()
      leat.range(3):write_csv("out.csv", { columns = { "id", "ms", "id" } })
    end },
    { "p:write_csv(\"out.csv\", { ragged = \"keep\" })", function()
      leat.range(3):write_csv("out.csv", { ragged = "keep" })
    end },
  } },
  { "Items", {
    { "an error in map", function() leat.range(3):map(odd_only):drain() end },
    { "an error in each", function() leat.range(3):each(odd_only) end },
    { "an item without an order", function()
      leat.merge_sorted({ 1, nothing }, { 2 }):drain()
    end },
    { "an input of zip with a hole", function()
      leat.zip({ 1, 2, 3 }, { 1, nil, 3 }):drain()
    end },
    { "an error whose value is a table", function()
      leat.range(3):map(function() error {} end):drain()
    end },
    { "an error without a value", function()
      leat.range(3):map(function() error() end):drain()
    end },
    { "an error in a generator", function()
      generator(function() yield(1) error "it broke" end)():drain()
    end },
    { "an error below yield_from", function()
      generator(function() leat.yield_from(leat.range(3):map(odd_only)) end)():drain()
    end },
    { "an error inside flat_map", function()
      leat.range(2):flat_map(function() return leat.range(3):filter(odd_only) end):drain()
    end },
    { "map that returns nil", function() leat.range(3):map(nothing):drain() end },
    { "scan that returns nil", function() leat.range(3):scan(1, nothing):drain() end },
    { "pluck of a number", function() leat.range(3):pluck("id"):drain() end },
    { "explode of a field that is a number", function()
      leat.from { { id = 1 } }:explode("id"):drain()
    end },
    { "rename to a name that is there", function()
      leat.from { { a = 1, b = 2 } }:rename({ a = "b" }):drain()
    end },
    { "flat_fields to one name twice", function()
      leat.from { { a = { b = 1 }, ["a.b"] = 2 } }:flat_fields():drain()
    end },
    { "flatten of a list that contains itself", function()
      local t = {}
      t[1] = t
      leat.once(t):flatten(1e6):drain()
    end },
    { "flat_map that returns a number", function() leat.range(3):flat_map(math.abs):drain() end },
    { "batched(2, { tail = \"error\" }) on three items", function()
      leat.range(3):batched(2, { tail = "error" }):drain()
    end },
    { "an item that weighs more than max_weight", function()
      leat.range(3):batched(nil, { max_weight = 2, weight = "_" }):drain()
    end },
    { "an item without a weight", function()
      leat.range(3):batched(nil, { max_weight = 2, weight = nothing }):drain()
    end },
    { "unique of a table that holds a function", function()
      leat.from({ { f = nothing } }):unique():drain()
    end },
    { "a strict zip of 2 and 3 items", function()
      leat.zip(leat.range(2), leat.range(3), { strict = true }):drain()
    end },
    { "sum of a string", function() leat.from({ 1, "2" }):sum() end },
    { "min of a table", function() leat.from({ 1, { a = 1 } }):min() end },
    { "sort of records", function()
      leat.read_jsonl(file '{"id":2}\n{"id":1}\n'):sort():drain()
    end },
    { "sort by a key that is a record", function()
      leat.read_jsonl(file '{"user":{"id":2}}\n'):sort("user"):drain()
    end },
    { "sort by a comparison", function()
      leat.range(3):sort(function(a, b) return a < b end):drain()
    end },
    { "one of nothing", function() leat.empty():one() end },
    { "one of several", function() leat.range(3):one() end },
    { "to_map with a key that is missing", function()
      leat.from({ { id = 1 }, {} }):to_map("id", "_")
    end },
    { "to_map with a value that is missing", function()
      leat.from({ { id = 1 } }):to_map("id", "name")
    end },
    { "to_set of NaN", function() leat.once(0 / 0):to_set() end },
    { "concat of a table", function() leat.from({ "a", {} }):concat() end },
    { "catch that returns a number", function()
      leat.range(3):map(odd_only):catch(function() return 42 end):drain()
    end },
    { "a close handler that fails", function()
      leat.resource(nothing, nothing, function() error "cannot close" end):drain()
    end },
    { "an open that fails", function()
      leat.resource(function() error "no such device" end, nothing, nothing):drain()
    end },
  } },
  { "Generators", {
    { "yield outside a generator", function() yield(1) end },
    { "yield_from outside a generator", function() leat.yield_from { 1 } end },
    { "yield(nil, 1)", function() generator(function() yield(nil, 1) end)():drain() end },
    { "yield_from(42)", function() generator(function() leat.yield_from(42) end)():drain() end },
    { "send to a fresh generator", function() generator(nothing)():open():send(1) end },
    { "send to a pipeline", function()
      local g <close> = leat.range(3):open()
      g:next()
      g:send(1)
    end },
    { "send into a delegated pipeline", function()
      local g <close> = generator(function() leat.yield_from(leat.range(3)) end)():open()
      g:next()
      g:send(1)
    end },
    { "next from its own body", function()
      local g
      g = generator(function() g:next() end)():open()
      g:next()
    end },
    { "close from its own callback", function()
      local g
      g = leat.range(3):map(function() g:close() end):open()
      g:next()
    end },
    { "a loop over an ended generator", function()
      local g = leat.range(3):open()
      g:drain()
      for _ in g do break end
    end },
    { "the second run of a Lua iterator", function()
      local p = leat.from(string.gmatch("a", "a"))
      p:count()
      p:collect()
    end },
    { "a callback that yields in the main program", function()
      leat.range(3):map(coroutine.yield):drain()
    end },
  } },
  { "Files", {
    { "read_lines of a missing file", function()
      leat.read_lines(helper.folder() .. "/missing"):drain()
    end },
    { "read_jsonl of a folder", function() leat.read_jsonl(helper.folder()):drain() end },
    { "read_lines of a pattern without match", function()
      leat.read_lines(helper.folder() .. "/*.none"):drain()
    end },
    { "read_lines of a closed file", function()
      local handle = assert(io.open(file "one\n"))
      handle:close()
      leat.read_lines(handle):drain()
    end },
    { "read_command of a program that is not there", function()
      leat.read_command("srot", "-n"):drain()
    end },
    { "read_command of a command line", function() leat.read_command("sort -n"):drain() end },
    { "read_command of a program that fails", function()
      leat.read_command("sh", "-c", "echo a; exit 2"):drain()
    end },
    { "read_command of a program that dies", function()
      leat.read_command("sh", "-c", "kill -9 $$"):drain()
    end },
    { "write_lines into a missing folder", function()
      leat.range(3):write_lines(helper.folder() .. "/no/out")
    end },
    { "write_lines onto a folder", function() leat.range(3):write_lines(helper.folder()) end },
    { "write_lines onto a full disk", function() leat.range(3):write_lines "/dev/full" end },
    { "write_lines of a table", function()
      leat.from({ {} }):write_lines(helper.folder() .. "/out")
    end },
    { "write_jsonl of a function", function()
      leat.from({ { a = { b = print } } }):write_jsonl(helper.folder() .. "/out")
    end },
    { "write_jsonl of invalid UTF-8", function()
      leat.from({ { name = "\xff" } }):write_jsonl(helper.folder() .. "/out")
    end },
    { "write_jsonl of NaN", function()
      leat.from({ 0 / 0 }):write_jsonl(helper.folder() .. "/out")
    end },
    { "write_jsonl of a cycle", function()
      local t = {}
      t.t = t
      leat.from({ t }):write_jsonl(helper.folder() .. "/out")
    end },
    { "write_csv of a record with a field that has no column", function()
      leat.from({ { id = 1, ms = 2 }, { id = 2, m = 3 } }):write_csv(helper.folder() .. "/out")
    end },
    { "write_csv of a list that is too short", function()
      leat.from({ { 1, 2 }, { 3 } }):write_csv(helper.folder() .. "/out")
    end },
    { "write_csv of lines", function()
      leat.from({ "a,b" }):write_csv(helper.folder() .. "/out")
    end },
    { "write_csv without quotes of a field that needs them", function()
      leat.from({ { id = "a,b" } }):write_csv(helper.folder() .. "/out", { quote = false })
    end },
    { "write_jsonl of mixed keys", function()
      leat.from({ { 1, a = 2 } }):write_jsonl(helper.folder() .. "/out")
    end },
  } },
}

chapters[#chapters + 1] = { "Assertions of leat.testing", {
  { "assert_yields({ 1, 2 }, range(3))", function()
    leat.testing.assert_yields({ 1, 2 }, leat.range(3))
  end },
  { "assert_yields({ 1, 2, 3 }, range(2))", function()
    leat.testing.assert_yields({ 1, 2, 3 }, leat.range(2))
  end },
  { "assert_yields({ { id = 1, tags = { \"a\" } } }, read_jsonl(\"data.jsonl\"))", function()
    leat.testing.assert_yields({ { id = 1, tags = { "a" } } },
      leat.read_jsonl(file '{"id": 1, "tags": ["a", "b"]}\n'))
  end },
  { "assert_closed() with a generator open", function()
    local g <close> = leat.testing.counting(3, "orders"):filter(function() return true end):open()
    g:next()
    leat.testing.assert_closed()
  end },
  { "clock:sleep(1) outside clock:run", function() leat.testing.clock():sleep(1) end },
  { "clock:advance(-1)", function() leat.testing.clock():advance(-1) end },
  { "clock:run {}", function() leat.testing.clock():run {} end },
} }

local bad_lines = {
  '{"a":1', '{"a":"b', '{"a":1 "b":2}', '{"a":1,}', '[1,]', '{} {}', "{'a':1}", '{a:1}', '{"a":01}',
  '{"a":1.}', '{"a":-}', '{"a":NaN}', '{"a":1e999}',
  '{"a":"\\x"}', '{"a":"\\u12"}', '{"a":"\\ud800"}',
  '{"a":"\xff"}', '{"a":"\t"}', '{"a":"\0"}', '{"a":1} // x', '{"a":True}',
  'hello', '}', '{"a"}', '{"a":}',
  ("["):rep(1001),
}
local records = { "Bad records, each in line 2 of data.jsonl", {} }
for _, line in ipairs(bad_lines) do
  local shown = #line > 60 and line:sub(1, 20) .. "..." or line:gsub("[^ -~]", function(c)
    return ("\\x%02x"):format(c:byte())
  end)
  table.insert(records[2], { shown, function()
    leat.read_jsonl(file('{"a":0}\n' .. line .. '\n')):drain()
  end })
end
chapters[#chapters + 1] = records

-- Text, and options as they are shown.
local bad_documents = {
  { '[{"a":1}' }, { '[1,2' }, { '[1,{"a":' }, { '["ab' }, { "[1 2]" }, { "[1,,2]" }, { "[1,]" },
  { "[1]]" }, { "[1] end" }, { "# no" }, { '[{"a":[1},2]' }, { "[1,nul]" }, { "[1]\0" },
  { '{"rows":[1]}', { path = "row" } }, { '{"count":1,"results":[]}', { path = "rows" } },
  { '{"rows":{"a":1}}', { path = "rows[1].a" } }, { '{"rows":[1]}', { path = "rows[2].a" } },
  { '{"rows":5}', { path = "rows.a" } }, { '{"a":1,"a":2}', { path = "a" } },
  { '{"x":[1,],"a":2}', { path = "a" } }, { '["abc"]', { max_record = 3 } },
  { '{"rows":[1,2,3]}', { max_record = 9 } }, { "[1]", { path = "a[-1]" } },
  { "[1]", { path = "_2" } }, { "[1]", { pth = "a" } },
}
local documents = { "Bad JSON files", {} }
for _, case in ipairs(bad_documents) do
  local text, options = case[1], case[2]
  local shown = text:gsub("%c", function(c) return ("\\x%02x"):format(c:byte()) end)
  if options then shown = shown .. "  " .. leat.json.encode(options) end
  table.insert(documents[2], { shown, function()
    leat.read_json(file(text, "data.json"), options):drain()
  end })
end
chapters[#chapters + 1] = documents

-- The message with what changes from run to run made constant: folders and line numbers of this
-- file.
local function steady(message)
  return (message:gsub("/tmp/lua_%w+", "FOLDER")
    :gsub("[%w%./_-]*messages_spec.lua:%d+", "script.lua:LINE")
    :gsub("0x%x%x%x%x%x%x+", "ADDRESS"))
end

local function provoke()
  local page = { "Every error message as a user sees it. Written by spec/messages_spec.lua." }
  for _, chapter in ipairs(chapters) do
    page[#page + 1] = "\n== " .. chapter[1] .. "\n"
    for _, case in ipairs(chapter[2]) do
      local ok, err = pcall(case[2])
      page[#page + 1] = case[1] .. "\n    "
        .. (ok and "(no error)" or steady(tostring(err)):gsub("\n", "\n    "))
    end
  end
  return table.concat(page, "\n") .. "\n"
end

-- Under valgrind a program that cannot be run is one that ends with exit code 127: posix_spawn
-- may tell it so.
local function comparable(page)
  if os.getenv "LEAT_FLAVOUR" ~= "memcheck" then return page end
  return (page:gsub("(read_command of a[^\n]*\n)[^\n]*\n", "%1"))
end

describe("the page of error messages", function()
  it("is what the errors say today", function()
    local page = provoke()
    assert.is_nil(page:find("(no error)", 1, true))
    if os.getenv "LEAT_WRITE" == "1" then helper.write(PAGE, page) end
    assert.equal(comparable(helper.read(PAGE)), comparable(page))
  end)

  it("has no message twice as long as a line needs", function()
    for line in provoke():gmatch "[^\n]+" do
      assert.is_true(#line <= 240, line)
    end
  end)
end)
