-- SPDX-License-Identifier: MIT
-- Files in: read_lines, read_chunks, and what read_jsonl says about bad input (its records have
-- specs of their own).
-- luacheck: ignore 512 (loops that break are what is tested)
local leat = require "leat"
local helper = require "spec.support.helper"
local lfs = require "lfs"
local file, failure = helper.file, helper.failure

after_each(helper.nothing_left_open)

local LEAT <const> = os.getenv "LEAT_BIN" or "build/release/bin/leat"

local function is_root()
  local pipe <close> = assert(io.popen "id -u")
  return pipe:read "n" == 0
end

describe("read_lines", function()
  it("gives the lines without their ends, LF or CRLF", function()
    assert.yields({ "one", "two", "", "four" }, leat.read_lines(file "one\ntwo\n\nfour\n"))
    assert.yields({ "one", "two", "", "four" }, leat.read_lines(file "one\r\ntwo\r\n\r\nfour\r\n"))
    assert.yields({ "a", "b", "c" }, leat.read_lines(file "a\r\nb\nc"))
  end)

  it("gives the last line also without a final newline", function()
    assert.yields({ "one", "two" }, leat.read_lines(file "one\ntwo"))
    assert.yields({ "x" }, leat.read_lines(file "x"))
  end)

  it("of an empty file gives nothing, of a lone newline one empty line", function()
    assert.yields({}, leat.read_lines(file ""))
    assert.yields({ "" }, leat.read_lines(file "\n"))
    assert.yields({ "", "" }, leat.read_lines(file "\n\n"))
    assert.equal(0, leat.read_lines(file ""):count())
  end)

  it("says so when the file became shorter while it was read", function()
    local path = file(("0123456789\n"):rep(100000))
    local g <close> = leat.read_lines(path):open()
    assert.equal("0123456789", g:next())
    helper.write(path, "0123456789\n")
    local err = failure(function() while g:next() do end end)
    assert.equal("io", err.code)
    assert.is_truthy(err.message:find("the file became shorter while it was read: %d+ of 1100000"))
  end)

  it("refuses a path with a NUL byte, and standard input twice", function()
    local err = failure(leat.read_lines, "a\0b")
    assert.is_truthy(err:find("path 'a...' contains a NUL byte", 1, true))
    assert.is_truthy(failure(leat.read_csv, { "a\0b" }):find("contains a NUL byte", 1, true))
    assert.is_truthy(failure(leat.read_lines, { "-", "-" }):find("twice", 1, true))
  end)

  it("reads standard input once in a program, whichever source does", function()
    local function run(script)
      local command = "printf '1\\n2\\n3\\n' | %s -e '%s' 2>&1"
      local pipe <close> = assert(io.popen(command:format(LEAT, script)))
      return pipe:read "a"
    end
    local refused = "leat: standard input can be read only once; first read by "
    for script, before in pairs {
      ['read_lines("-"):chain(read_lines("-"))'] = "1\n2\n3\n",
      ['read_lines("-"):zip(read_lines("-"))'] = "",
      ['read_lines("-"):join(read_json("-"), "_")'] = "",
      ['read_csv("-"):take(1):drain() return read_chunks{"LICENSE", "-"}'] = "",
    } do
      local output = run(script)
      assert.equal(before, output:sub(1, #before), script)
      assert.is_truthy(output:find(refused, #before + 1, true) == #before + 1, output)
    end
    assert.matches("first read by count at %(command line%):1; tee and branch",
      run 'read_lines("-"):count() read_lines("-"):count()')
    assert.matches("first read by next; tee", run 'read_lines("-"):chain(read_lines("-"))')
    assert.equal("3\n", run 'local a, b = read_lines("-"):tee(2) a:drain() print(b:count())')
  end)

  it("keeps a carriage return that is not part of a line end", function()
    assert.yields({ "a\rb", "c\r", "d" }, leat.read_lines(file "a\rb\nc\r\r\nd"))
  end)

  it("keeps every other byte, NUL and invalid UTF-8 too", function()
    assert.yields({ "a\0b", "\xff\xfe", "\0" }, leat.read_lines(file "a\0b\n\xff\xfe\n\0\n"))
  end)

  it("agrees with io.lines on lines of all lengths", function()
    local lines = {}
    for i = 0, 300 do lines[#lines + 1] = ("x"):rep(i * i % 977) .. i end
    local path = file(table.concat(lines, "\n") .. "\n")
    assert.yields(lines, leat.read_lines(path))
    assert.equal(#lines, leat.read_lines(path):count())
  end)

  it("reads a line longer than any buffer", function()
    local long = ("0123456789"):rep(helper.scaled(300000))
    local path = file("short\n" .. long .. "\nend\n")
    local items = leat.read_lines(path):collect()
    assert.equal(3, #items)
    assert.is_true(items[2] == long)
    assert.equal("end", items[3])
  end)

  it("opens nothing before it runs and reads the file afresh each time", function()
    local path = helper.folder() .. "/later"
    local p = leat.read_lines(path)
    helper.write(path, "first\n")
    assert.yields({ "first" }, p)
    helper.write(path, "second\nthird\n")
    assert.yields({ "second", "third" }, p)
  end)

  it("reads several files, as a list or a pattern, sorted by bytes", function()
    local folder = helper.folder()
    for _, name in ipairs { "b.txt", "a.txt", "B.txt", "c.log" } do
      helper.write(folder .. "/" .. name, name .. "\n")
    end
    assert.yields({ "B.txt", "a.txt", "b.txt" }, leat.read_lines(folder .. "/*.txt"))
    assert.yields({ "c.log", "a.txt" }, leat.read_lines { folder .. "/c.log", folder .. "/a.txt" })
  end)

  it("ends a line at the end of each file", function()
    local folder = helper.folder()
    helper.write(folder .. "/1", "a")
    helper.write(folder .. "/2", "b\n")
    helper.write(folder .. "/3", "")
    helper.write(folder .. "/4", "c")
    assert.yields({ "a", "b", "c" }, leat.read_lines(folder .. "/*"))
  end)

  it("takes a path that exists literally, whatever it contains", function()
    local folder = helper.folder()
    helper.write(folder .. "/a*", "literal\n")
    helper.write(folder .. "/ab", "other\n")
    helper.write(folder .. "/[x]", "brackets\n")
    assert.yields({ "literal" }, leat.read_lines(folder .. "/a*"))
    assert.yields({ "brackets" }, leat.read_lines(folder .. "/[x]"))
  end)

  it("of a pattern that matches nothing raises with the pattern", function()
    local pattern = helper.folder() .. "/*.none"
    assert.raises(pattern, function() leat.read_lines(pattern):collect() end)
  end)

  it("reads an open file on from where it stands and leaves it open", function()
    local handle <close> = assert(io.open(file "one\ntwo\nthree\n"))
    assert.equal("one", handle:read "l")
    assert.yields({ "two", "three" }, leat.read_lines(handle))
    assert.equal("file", io.type(handle))
  end)

  it("of an open file can be read only once", function()
    local handle <close> = assert(io.open(file "one\n"))
    local p = leat.read_lines(handle)
    p:drain()
    assert.raises("read only once", function() p:drain() end)
  end)

  it("of a closed file raises", function()
    local handle = assert(io.open(file "one\n"))
    handle:close()
    assert.raises("closed", function() leat.read_lines(handle):drain() end)
  end)

  it("gives each line before the next is written to a pipe", function()
    local fifo = helper.folder() .. "/pipe"
    assert(os.execute("mkfifo " .. fifo))
    local done = helper.folder() .. "/done"
    local writer = "(echo one; while [ ! -e %s ]; do sleep 0.01; done; echo two) > %s &"
    os.execute(writer:format(done, fifo))
    local g <close> = leat.read_lines(fifo):open()
    assert.equal("one", g:next())
    helper.write(done, "")
    assert.equal("two", g:next())
    assert.is_nil(g:next())
  end)

  it("gives each record before the next is written, also to a join", function()
    local fifo = helper.folder() .. "/records"
    assert(os.execute("mkfifo " .. fifo))
    local done = helper.folder() .. "/more"
    local writer = [[(printf '{"k":1}\n{"k":2}\n{"k"'; while [ ! -e %s ]; do sleep 0.01; done
      printf ':3}\n') > %s &]]
    os.execute(writer:format(done, fifo))
    local g <close> = leat.read_jsonl(fifo):join(leat.range(3), { left = "k", right = "_" }):open()
    assert.equal(1, (g:next().k))
    assert.equal(2, (g:next().k))
    helper.write(done, "")
    assert.equal(3, (g:next().k))
    assert.is_nil(g:next())
  end)

  it("closes the file when it stops early", function()
    local descriptors = "/proc/self/fd"
    if not lfs.attributes(descriptors) then return pending "needs /proc" end
    local path = file "a\nb\n"
    local function open_files() return #helper.names(descriptors) end
    local before = open_files()
    assert.equal("a", leat.read_lines(path):first())
    for _ in leat.read_lines(path):iter() do break end
    pcall(function() leat.read_lines(path):each(error) end)
    assert.equal(before, open_files())
  end)
end)

describe("read_chunks", function()
  it("gives all bytes in order", function()
    local text = ("abc\0\r\n\xff"):rep(helper.scaled(50000))
    assert.is_true(leat.read_chunks(file(text)):concat() == text)
    assert.yields({}, leat.read_chunks(file ""))
  end)

  it("gives no empty chunk", function()
    assert.is_false(leat.read_chunks(file(("x"):rep(1000))):any(function(chunk)
      return chunk == ""
    end))
  end)

  it("reads several files", function()
    assert.equal("ab", leat.read_chunks({ file "a", file "b" }):concat())
  end)
end)

describe("a file that cannot be read", function()
  local readers = { "read_lines", "read_chunks", "read_jsonl" }

  it("for it is missing raises with the path and the reason, when run", function()
    for _, name in ipairs(readers) do
      local path = helper.folder() .. "/missing"
      local p = leat[name](path)
      local err = failure(function() p:count() end)
      assert.matches(path, tostring(err), 1, true)
      assert.matches("No such file", tostring(err))
      assert.equal(path, err.file)
    end
  end)

  it("for it is a folder raises with the path and the reason", function()
    for _, name in ipairs(readers) do
      local folder = helper.folder()
      local err = failure(function() leat[name](folder):count() end)
      assert.matches(folder, tostring(err), 1, true)
      assert.matches("[Dd]irectory", tostring(err))
    end
  end)

  it("for want of permission raises with the path and the reason", function()
    if is_root() then return pending "root may read everything" end
    local path = file "secret\n"
    os.execute("chmod 000 " .. path)
    for _, name in ipairs(readers) do
      local err = tostring(failure(function() leat[name](path):count() end))
      assert.matches(path, err, 1, true)
      assert.matches("[Pp]ermission", err)
    end
  end)

  it("in the middle of a list is named", function()
    local missing = helper.folder() .. "/missing"
    assert.raises(missing, function() leat.read_lines({ file "a\nb\n", missing }):drain() end)
  end)
end)

describe("read_jsonl on bad input", function()
  local function report(text, options)
    local path = file(text, "bad.jsonl")
    local err = failure(function() leat.read_jsonl(path, options):drain() end)
    return err, tostring(err), path
  end

  it("names file, line and column", function()
    local err, text, path = report '{"a":1}\n{"a":}\n'
    assert.equal(path, err.file)
    assert.equal(2, err.line)
    assert.equal(6, err.column)
    assert.matches(path .. ":2:6", text, 1, true)
  end)

  it("counts blank lines, and columns from 1", function()
    assert.equal(4, report('{}\n\n \nx\n').line)
    assert.equal(1, report('x\n').column)
    assert.equal(3, report('  x\n').column)
  end)

  it("refuses each of these, also in a field that nobody touches", function()
    local cases = {
      truncated = '{"a":1', ["truncated string"] = '{"a":"b', ["truncated key"] = '{"a',
      ["truncated number"] = '{"a":-', ["missing comma"] = '{"a":1 "b":2}',
      ["trailing comma"] = '{"a":1,}', ["trailing comma in a list"] = '[1,]',
      ["two values"] = '{} {}', ["single quotes"] = "{'a':1}", ["bare key"] = '{a:1}',
      ["leading zero"] = '{"a":01}', ["plus"] = '{"a":+1}', ["bare dot"] = '{"a":1.}',
      ["NaN"] = '{"a":NaN}', ["bad escape"] = '{"a":"\\x"}',
      ["short unicode escape"] = '{"a":"\\u12"}',
      ["lone high surrogate"] = '{"a":"\\ud800"}', ["lone low surrogate"] = '{"a":"\\udc00"}',
      ["invalid UTF-8"] = '{"a":"\xff"}', ["overlong UTF-8"] = '{"a":"\xc0\x80"}',
      ["encoded surrogate"] = '{"a":"\xed\xa0\x80"}', ["control character"] = '{"a":"\1"}',
      ["tab in a string"] = '{"a":"\t"}', ["NUL in a string"] = '{"a":"\0"}',
      ["NUL outside"] = '{"a":1}\0',
      ["comment"] = '{"a":1} // x', ["true misspelt"] = '{"a":True}',
      ["huge number"] = '{"a":1e999}',
    }
    for name, line in pairs(cases) do
      local path = file('{"a":0}\n' .. line .. '\n{"a":2}\n')
      local seen = 0
      local ok, err = pcall(function()
        leat.read_jsonl(path):each(function() seen = seen + 1 end)
      end)
      assert.is_false(ok, name .. " was accepted")
      assert.equal(2, err.line, name)
      assert.equal(1, seen, name .. ": the record before comes out first")
      assert.matches(path .. ":2:", tostring(err), 1, true)
    end
  end)

  it("skips only the bad lines with on_error \"skip\", and goes on at the next newline", function()
    local path = file '{"a":1}\n{"a":\n\n{"a":"\xff"}\n{"a":4} x\n{"a":5}\nnope'
    assert.yields({ 1, 5 }, leat.read_jsonl(path):on_error("skip"):map(function(r) return r.a end))
  end)

  it("hands on_error's function the line of each bad record", function()
    local lines = {}
    leat.read_jsonl(file '{}\nbad\n{}\nworse\n'):on_error(function(err)
      lines[#lines + 1] = err.line
    end):drain()
    assert.same({ 2, 4 }, lines)
  end)

  it("goes on counting lines from 1 in each of several files", function()
    local good, bad = file '{}\n{}\n', file '{}\n{}\nbad\n'
    local err = failure(function() leat.read_jsonl({ good, bad }):drain() end)
    assert.equal(bad, err.file)
    assert.equal(3, err.line)
  end)

  it("accepts an empty file, blank lines, CRLF, a BOM and no final newline", function()
    local function values(text)
      return leat.read_jsonl(file(text)):map(function(r) return r.a end):collect()
    end
    assert.same({}, values "")
    assert.same({}, values "\n \n\r\n")
    assert.same({ 1, 2 }, values '{"a":1}\r\n\r\n{"a":2}')
    assert.same({ 1, 2 }, values '\xef\xbb\xbf{"a":1}\n{"a":2}\n')
    assert.same({}, values "\xef\xbb\xbf")
  end)

  it("limits the depth of nesting and says so", function()
    local function nested(n) return ("["):rep(n) .. ("]"):rep(n) .. "\n" end
    assert.equal(1, leat.read_jsonl(file(nested(1000))):count())
    local _, text = report(nested(1001))
    assert.matches("1000", text)
    local _, small = report(nested(6), { max_depth = 5 })
    assert.matches("5", small)
    local _, huge = report(nested(math.max(2000, helper.scaled(1000000))))
    assert.matches("1000", huge)
  end)

  it("limits the length of a record with max_record and says so", function()
    local path = file('{"a":"' .. ("x"):rep(5000) .. '"}\n{"a":"y"}\n')
    local err = failure(function() leat.read_jsonl(path, { max_record = 1000 }):drain() end)
    assert.matches("max_record", tostring(err))
    assert.equal(1, err.line)
    assert.equal(2, leat.read_jsonl(path, { max_record = 10000 }):count())
  end)

  it("reads a record of 100 MB in one line", function()
    if not helper.slow then return pending "LEAT_SLOW=1 runs it" end
    local length = 100 * 1000 * 1000
    local path = file('{"a":"' .. ("x"):rep(length) .. '","b":1}\n{"b":2}\n')
    assert.yields({ 1, 2 }, leat.read_jsonl(path):map(function(r) return r.b end))
    assert.yields({ length, 1 }, leat.read_jsonl(path):map(function(r)
      return r.a and #r.a or 1
    end))
  end)

  it("reports a long line that is never closed at its start", function()
    local err = failure(function()
      leat.read_jsonl(file('{"a":"' .. ("x"):rep(helper.scaled(3000000)))):drain()
    end)
    assert.equal(1, err.line)
  end)
end)
