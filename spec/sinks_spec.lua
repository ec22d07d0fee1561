-- SPDX-License-Identifier: MIT
-- Files out: every sink puts a file in place whole or not at all, compressed if its name says so.
-- What write_csv puts into it is in write_csv_spec.lua.
local leat = require "leat"
local helper = require "spec.support.helper"
local random = require "spec.support.random"
local lfs = require "lfs"
local failure = helper.failure

after_each(helper.nothing_left_open)

local function fails_at(n)
  return function(x) if x == n then error("failed at " .. n, 0) end return x end
end

describe("write_lines", function()
  it("writes strings and numbers, a line each, and returns what it wrote", function()
    local path = helper.folder() .. "/out"
    local result = leat.from({ "one", 2, 2.5, "" }):write_lines(path)
    assert.equal("one\n2\n2.5\n\n", helper.read(path))
    assert.equal(4, result.items)
    assert.equal(11, result.bytes)
    assert.equal(0, result.skipped or 0)
  end)

  it("writes an empty file for no items", function()
    local path = helper.folder() .. "/out"
    local result = leat.empty():write_lines(path)
    assert.equal("", helper.read(path))
    assert.equal(0, result.items)
    assert.equal(0, result.bytes)
  end)

  it("writes floats shortest and always as floats", function()
    local path = helper.folder() .. "/out"
    leat.from({ 1.0, 0.1, 1e100, -0.0, 1 / 3 }):write_lines(path)
    local read = leat.read_lines(path):map(tonumber):collect()
    assert.same({ 1.0, 0.1, 1e100, -0.0, 1 / 3 }, read)
    for _, x in ipairs(read) do assert.equal("float", math.type(x)) end
  end)

  it("refuses tables and booleans with the item's number", function()
    local path = helper.folder() .. "/out"
    local err = failure(function() leat.from({ "a", {} }):write_lines(path) end)
    assert.equal(2, err.item)
    assert.matches("write_lines", tostring(err))
    assert.raises("write_lines", function() leat.from({ true }):write_lines(path) end)
  end)

  it("gives back what read_lines read", function()
    local text = ("some line\n"):rep(1000) .. "\0\xff\n\n"
    local source = helper.file(text)
    local path = helper.folder() .. "/out"
    leat.read_lines(source):write_lines(path)
    assert.equal(text, helper.read(path))
  end)

  it("writes more than any buffer", function()
    local path = helper.folder() .. "/out"
    local n = helper.scaled(200000)
    local long = ("y"):rep(100000)
    leat.range(n):chain({ long }):write_lines(path)
    assert.equal(n + 1, leat.read_lines(path):count())
    assert.is_true(leat.read_lines(path):drop(n):first() == long)
  end)
end)

describe("write_jsonl", function()
  it("writes items as lines of JSON: plain tables with sorted keys, tuples as lists", function()
    local path = helper.folder() .. "/out"
    local items = { { b = 1, a = "x" }, { 1, 2 }, "text", 7, 1.0, false, leat.null }
    local result = leat.from(items):write_jsonl(path)
    assert.equal('{"a":"x","b":1}\n[1,2]\n"text"\n7\n1.0\nfalse\nnull\n', helper.read(path))
    assert.equal(7, result.items)
    assert.equal(#helper.read(path), result.bytes)
    leat.from({ "a", "b" }):enumerate():write_jsonl(path)
    assert.equal('[1,"a"]\n[2,"b"]\n', helper.read(path))
  end)

  it("gives untouched records back byte for byte", function()
    local text = '{"z":1.50,"a":[1,  2],"n":null,"e":1E3}\n{ "k" : "\\u00e9" }\n'
    local path = helper.folder() .. "/out"
    leat.read_jsonl(helper.file(text)):write_jsonl(path)
    local round = leat.read_jsonl(path):map(function(r) return tostring(r) end):collect()
    assert.same(leat.read_jsonl(helper.file(text)):map(function(r)
      return tostring(r)
    end):collect(), round)
    assert.matches('"z":1.50', helper.read(path), 1, true)
    assert.matches('1E3', helper.read(path), 1, true)
  end)

  it("refuses what JSON cannot hold, naming the item", function()
    local cycle = {}
    cycle.self = cycle
    for name, value in pairs {
      ["not a number"] = 0 / 0, infinity = math.huge, ["a function"] = print, ["a cycle"] = cycle,
      ["a hole"] = { 1, nil, 3 }, ["mixed keys"] = { 1, a = 2 }, ["invalid UTF-8"] = "\xff",
      ["a nested function"] = { a = { b = print } },
    } do
      local path = helper.folder() .. "/out"
      local err = failure(function() leat.from({ "fine", value }):write_jsonl(path) end)
      assert.equal(2, err.item, name)
      assert.is_nil(lfs.attributes(path), name)
    end
  end)
end)

describe("write_json", function()
  it("writes one array, an item a line, and [] for no items", function()
    local path = helper.folder() .. "/out"
    local result = leat.from({ { b = 1, a = "x" }, 7, "text", leat.null }):write_json(path)
    assert.equal('[\n{"a":"x","b":1},\n7,\n"text",\nnull\n]\n', helper.read(path))
    assert.same({ items = 4, bytes = #helper.read(path), skipped = 0 }, result)
    leat.empty():write_json(path)
    assert.equal("[]\n", helper.read(path))
    leat.from({ "a" }):enumerate():write_json(path)
    assert.equal('[\n[1,"a"]\n]\n', helper.read(path))
  end)

  it("gives untouched records back byte for byte", function()
    local path = helper.folder() .. "/out"
    leat.read_jsonl(helper.file '{"z":1.50, "a":[1,  2]}\n[]\n'):write_json(path)
    assert.equal('[\n{"z":1.50, "a":[1,  2]},\n[]\n]\n', helper.read(path))
  end)

  it("refuses what JSON cannot hold, naming the item", function()
    local path = helper.folder() .. "/out"
    local err = failure(function() leat.from({ 1, 0 / 0 }):write_json(path) end)
    assert.equal(2, err.item)
    assert.equal("write_json", err.stage)
    assert.is_nil(lfs.attributes(path))
  end)
end)

-- What a program makes of a file.
local function output_of(command, path)
  local pipe <close> = assert(io.popen(command .. " '" .. path .. "'"))
  return pipe:read "a"
end

local PROGRAMS <const> = {
  { ending = ".gz", test = "gzip -t <", read = "gzip -dc <", levels = 9 },
  { ending = ".zst", test = "zstd -qt <", read = "zstd -qdc <", levels = 19 },
}

describe("a file whose name ends in .gz or .zst", function()
  local n <const> = helper.scaled(50000)
  local lines = {}
  for i = 1, n do lines[i] = "line " .. i .. "\n" end
  local text <const> = table.concat(lines)

  for _, program in ipairs(PROGRAMS) do
    it("is compressed as " .. program.ending, function()
      for _, name in ipairs { "out", "OUT.JSONL" } do
        local path = helper.folder() .. "/" .. name .. (name == "out" and program.ending
          or program.ending:upper())
        local p = leat.range(n):map(function(i) return "line " .. i end)
        local result = p:write_lines(path)
        assert.is_true(os.execute(program.test .. " '" .. path .. "'"))
        assert.is_true(output_of(program.read, path) == text)
        assert.equal(n, result.items)
        assert.equal(lfs.attributes(path, "size"), result.bytes)
        assert.is_true(n < 1000 or result.bytes < #text / 2)
        local once = helper.read(path)
        p:write_lines(path)
        assert.is_true(helper.read(path) == once, "the same input gives the same bytes")
      end
    end)

    it("is compressed as " .. program.ending .. " by each sink, also when it is empty", function()
      for name, empty in pairs { write_lines = "", write_jsonl = "", write_csv = "",
        write_json = "[]\n" } do
        local path = helper.folder() .. "/out" .. program.ending
        local p = leat.empty()
        p[name](p, path)
        assert.is_true(os.execute(program.test .. " '" .. path .. "'"), name)
        assert.equal(empty, output_of(program.read, path), name)
      end
    end)

    it("is compressed as " .. program.ending .. " by the level that is given", function()
      local sizes = {}
      for _, level in ipairs { 1, program.levels } do
        local path = helper.folder() .. "/out" .. program.ending
        sizes[#sizes + 1] = leat.range(n):write_json(path, { level = level }).bytes
        assert.is_true(os.execute(program.test .. " '" .. path .. "'"))
      end
      assert.is_true(n < 10000 or sizes[1] > sizes[2])
      assert.raises("level must be a whole number from 1 to " .. program.levels, function()
        leat.range(3):write_lines("x" .. program.ending, { level = 23 })
      end)
    end)

    it("takes more than any buffer at once, and what does not get smaller", function()
      local path = helper.folder() .. "/out" .. program.ending
      local lots, bytes = random.new(1, 1), {}
      for i = 1, helper.scaled(300000) do bytes[i] = string.char(lots.below(256)) end
      local long = table.concat(bytes)
      leat.from({ long, "short" }):write_lines(path)
      assert.is_true(output_of(program.read, path) == long .. "\nshort\n")
    end)

    it("shows in a pipe what was written so far, while the source waits: " .. program.ending,
      function()
        local folder = helper.folder()
        local pipe, source = folder .. "/pipe" .. program.ending, folder .. "/source"
        local seen, then_seen = folder .. "/seen", folder .. "/then_seen"
        assert(os.execute(("mkfifo '%s' '%s'"):format(pipe, source)))
        os.execute(("cat '%s' > '%s' &"):format(pipe, seen))
        os.execute(([[(echo one; n=0; until [ -s '%s' ] || [ $((n += 1)) = 500 ]; do
          sleep 0.01; done; cp '%s' '%s'; echo two) > '%s' &]]):format(seen, seen, then_seen,
          source))
        leat.read_lines(source):write_lines(pipe)
        assert.equal("one\n", output_of("2>/dev/null " .. program.read, then_seen))
        for _ = 1, 500 do
          if os.execute(program.test .. " '" .. seen .. "' 2>/dev/null") then break end
          os.execute "sleep 0.01"
        end
        assert.equal("one\ntwo\n", output_of(program.read, seen))
      end)

    it("is not there when the run fails: " .. program.ending, function()
      local folder = helper.folder()
      assert.raises("failed at 2", function()
        leat.range(3):map(fails_at(2)):write_lines(folder .. "/out" .. program.ending)
      end)
      assert.same({}, helper.names(folder))
    end)
  end

  it("is what level is for", function()
    assert.raises("which 'out.jsonl' does not", function()
      leat.range(3):write_jsonl("out.jsonl", { level = 3 })
    end)
    assert.raises("no option 'levle'; did you mean 'level'?", function()
      leat.range(3):write_lines("out.gz", { levle = 3 })
    end)
  end)
end)

describe("a file that is being written", function()
  it("is not there before the end, and leaves nothing else behind", function()
    local folder = helper.folder()
    local during
    leat.range(3):tap(function()
      during = lfs.attributes(folder .. "/out")
    end):write_lines(folder .. "/out")
    assert.is_nil(during)
    assert.same({ "out" }, helper.names(folder))
  end)

  it("leaves nothing behind when the run fails", function()
    for _, name in ipairs { "write_lines", "write_jsonl", "write_json" } do
      local folder = helper.folder()
      local p = leat.range(3):map(fails_at(2))
      assert.raises("failed at 2", function() p[name](p, folder .. "/out") end)
      assert.same({}, helper.names(folder))
    end
  end)

  it("leaves the old file as it was when the run fails", function()
    local path = helper.file "old\n"
    assert.raises("failed at 2", function() leat.range(3):map(fails_at(2)):write_lines(path) end)
    assert.equal("old\n", helper.read(path))
    assert.equal(1, #helper.names(path:match "^(.*)/"))
  end)

  it("leaves nothing behind when its coroutine is closed or dropped", function()
    local folder = helper.folder()
    local co = coroutine.create(function()
      leat.range(3):map(function(x) coroutine.yield() return x end):write_lines(folder .. "/out")
    end)
    coroutine.resume(co)
    coroutine.close(co)
    co = coroutine.wrap(function()
      leat.range(3):map(function(x) coroutine.yield() return x end):write_lines(folder .. "/other")
    end)
    co()
    co = nil -- luacheck: ignore
    collectgarbage()
    collectgarbage()
    assert.same({}, helper.names(folder))
  end)

  it("leaves nothing behind when the source's close fails", function()
    local folder = helper.folder()
    local p = leat.resource(function()
      return { 1 }
    end, table.remove, function() error("no close", 0) end)
    assert.raises("no close", function() p:write_lines(folder .. "/out") end)
    assert.same({}, helper.names(folder))
  end)

  it("may be the one that is being read", function()
    local path = helper.file "a\nb\nc\n"
    leat.read_lines(path):map(string.upper):write_lines(path)
    assert.equal("A\nB\nC\n", helper.read(path))
  end)

  it("replaces the file a symbolic link points to, and keeps its mode", function()
    local folder = helper.folder()
    helper.write(folder .. "/real", "old\n")
    os.execute(("chmod 640 %s/real; ln -s real %s/link"):format(folder, folder))
    leat.from({ "new" }):write_lines(folder .. "/link")
    assert.equal("new\n", helper.read(folder .. "/real"))
    assert.equal("link", lfs.symlinkattributes(folder .. "/link", "mode"))
    assert.equal("rw-r-----", lfs.attributes(folder .. "/real", "permissions"))
    assert.same({ "link", "real" }, helper.names(folder))
  end)

  it("keeps the mode of the file it replaces", function()
    local path = helper.file "old\n"
    os.execute("chmod 600 " .. path)
    leat.from({ "new" }):write_lines(path)
    assert.equal("rw-------", lfs.attributes(path, "permissions"))
  end)
end)

describe("a target that cannot be written", function()
  it("for its folder is missing raises with the path and reads nothing", function()
    local path = helper.folder() .. "/no/such/out"
    local p, seen = helper.counting(3)
    local err = failure(function() p:write_lines(path) end)
    assert.matches(path, tostring(err), 1, true)
    assert.matches("No such file", tostring(err))
    assert.equal(seen.opens, seen.closes)
    assert.equal(0, seen.pulls)
  end)

  it("for it is a folder raises with the path", function()
    local folder = helper.folder()
    local err = tostring(failure(function() leat.range(3):write_lines(folder) end))
    assert.matches(folder, err, 1, true)
    assert.matches("[Dd]irectory", err)
    assert.same({}, helper.names(folder))
  end)

  it("for the disk is full raises, and the device stays a device", function()
    if not lfs.attributes "/dev/full" then return pending "needs /dev/full" end
    for _, name in ipairs { "write_lines", "write_jsonl", "write_json", "write_csv" } do
      local p = leat.range(helper.scaled(100000))
      local one = leat.once(1)
      if name == "write_csv" then p, one = p:enumerate(), one:enumerate() end
      local err = tostring(failure(function() p[name](p, "/dev/full") end))
      assert.matches("/dev/full", err, 1, true)
      assert.matches("No space left", err)
      assert.raises("No space left", function() one[name](one, "/dev/full") end)
      assert.equal("char device", lfs.attributes("/dev/full", "mode"))
    end
  end)

  it("is opened directly when it is a device", function()
    if not lfs.attributes "/dev/null" then return pending "needs /dev/null" end
    local result = leat.range(3):write_lines "/dev/null"
    assert.equal(3, result.items)
    assert.equal("char device", lfs.attributes("/dev/null", "mode"))
  end)

  it("is opened directly when it is a named pipe", function()
    local folder = helper.folder()
    assert(os.execute("mkfifo " .. folder .. "/pipe"))
    local reader <close> = assert(io.popen("cat " .. folder .. "/pipe"))
    leat.range(3):write_lines(folder .. "/pipe")
    assert.equal("1\n2\n3\n", reader:read "a")
    assert.same({ "pipe" }, helper.names(folder))
  end)
end)

describe("a temporary file that a killed writer has left", function()
  it("is removed later, also when its process's id is in use again", function()
    local folder = helper.folder()
    local old, young = folder .. "/.out.1.0.leat-tmp", folder .. "/.out.1.1.leat-tmp"
    for _, path in ipairs { old, young } do assert(io.open(path, "w")):close() end
    assert(lfs.touch(old, os.time() - 60))
    leat.range(3):write_lines(folder .. "/out")
    assert.same({ ".out.1.1.leat-tmp", "out" }, helper.names(folder)) -- process 1 lives
  end)
end)

describe("what on_error skipped", function()
  it("is counted in the result of a sink", function()
    local path = helper.folder() .. "/out"
    local source = helper.file '{"a":1}\nbad\n{"a":3}\nworse\n'
    local result = leat.read_jsonl(source):on_error("skip"):write_jsonl(path)
    assert.equal(2, result.items)
    assert.equal(2, result.skipped)
    assert.equal('{"a":1}\n{"a":3}\n', helper.read(path))
  end)
end)
