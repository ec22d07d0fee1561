-- SPDX-License-Identifier: MIT
-- cli_spec.lua - the executable as a user meets it: output, messages, exit codes.
-- LEAT_BIN names the executable (build/leat when not set).
local lfs = require "lfs"

local BIN <const> = (function()
  local path = os.getenv "LEAT_BIN" or "build/leat"
  return path:sub(1, 1) == "/" and path or lfs.currentdir() .. "/" .. path
end)()

local folder -- of one test, removed after it

local function quote(s) return "'" .. s:gsub("'", "'\\''") .. "'" end

local function read(path)
  local file = assert(io.open(path, "rb"))
  local text = file:read "a"
  file:close()
  return text
end

local function write(name, text)
  local path = folder .. "/" .. name
  local file = assert(io.open(path, "wb"))
  file:write(text)
  file:close()
  return path
end

-- Runs a shell command in `folder`, where $leat is the executable -> stdout, stderr, exit code.
local function shell(command)
  local out, err = folder .. "/.out", folder .. "/.err"
  local _, how, code = os.execute(("cd %s && leat=%s && { %s\n} > .out 2> .err < /dev/null"):format(
    quote(folder), quote(BIN), command))
  if how == "signal" then code = 128 + code end
  return read(out), read(err), code
end

-- The same for `leat` with arguments given one by one.
local function leat(...)
  local words = { "$leat" }
  for i, argument in ipairs { ... } do words[i + 1] = quote(argument) end
  return shell(table.concat(words, " "))
end

local function prints(expected, ...)
  local out, err, code = leat(...)
  assert.equal("", err)
  assert.equal(expected, out)
  assert.equal(0, code)
end

local EVENTS <const> = [[
{"id":1,"status":"ok","user":{"name":"Ada"}}
{"id":2,"status":"error","user":{"name":"Bob"}}
{"id":3,"status":"error","user":{"name":"Eve"}}
]]

describe("leat", function()
  before_each(function()
    folder = os.tmpname()
    os.remove(folder)
    assert(lfs.mkdir(folder))
  end)

  after_each(function()
    os.execute("rm -rf " .. quote(folder))
  end)

  describe("-e", function()
    it("says which value has no JSON form, and no place of its own files", function()
      local out, err, code = leat("-e", "from{1, 0/0}")
      assert.same({ "1\n", 1 }, { out, code })
      assert.equal("leat: cannot write this value: NaN has no JSON form; use leat.null\n", err)
    end)

    it("prints what an expression gives, as Lua or JSON would write it", function()
      prints("3\n", "-e", "1 + 2")
      prints("0.5\n", "-e", "1 / 2")
      prints("true\n", "-e", "1 == 1")
      prints("text\n", "-e", "'text'")
      prints('{"a":[1,2.5]}\n', "-e", "{a = {1, 2.5}}")
      prints("[1,2,3]\n", "-e", "range(3):collect()")
      prints("6\n", "-e", "range(3):sum()")
    end)

    it("prints nothing for nil", function()
      prints("", "-e", "nil")
      prints("", "-e", "empty():first()")
      prints("", "-e", "local x = 1")
    end)

    it("collects garbage in generations, unless the script says otherwise", function()
      local reading = "local path = os.tmpname() from{1}:write_lines(path) " ..
        "read_lines(path):drain() "
      prints("generational\n", "-e", reading .. "return collectgarbage 'incremental'")
      prints("incremental\n", "-e",
        "collectgarbage 'incremental' " .. reading .. reading ..
          "return collectgarbage 'generational'")
    end)

    it("prints several values on one line, as Lua does", function()
      prints("1\tnil\tx\n", "-e", "1, nil, 'x'")
    end)

    it("runs statements too", function()
      prints("10\n", "-e", "for i in range(10):drop(9) do print(i) end")
      prints("7\n", "-e", "local a = 3; return a + 4")
    end)

    it("prints the items of a pipeline: strings as they are, the rest as lines of JSON", function()
      prints("1\n2\n", "-e", "range(2)")
      prints("a\nb c\n", "-e", "from {'a', 'b c'}")
      prints('["a",1]\n', "-e", "entries {a = 1}")
      prints('{"k":"v"}\n[1,2]\nfalse\nnull\n1.0\n', "-e",
        "from {{k = 'v'}, {1, 2}, false, null, 1.0}")
    end)

    it("prints what a live generator has left", function()
      prints("2\n3\n", "-e", "(function() local g = range(3):open() g:next() return g end)()")
    end)

    it("prints a value that is no JSON as Lua does", function()
      prints("inf\n", "-e", "math.huge")
      assert.truthy(leat("-e", "print"):find "^function")
    end)

    it("has its arguments in arg and in ...", function()
      prints("2\ta\tb\t-x\ta\n", "-e", "#arg - 1, arg[1], arg[2], arg[3], (...)", "a", "b", "-x")
      prints("--\n", "-e", "arg[1]", "--", "--")
    end)

    it("has Lua's own table in scope, and the module as leat", function()
      prints("a-b\n", "-e", "table.concat({'a', 'b'}, '-')")
      prints("true\n", "-e", "leat.range == range")
    end)

    it("keeps globals out of _G", function()
      prints("nil\t5\n", "-e", "x = 5 return _G.x, x")
    end)
  end)

  describe("':...'", function()
    it("prints nothing behind what a sink has written to standard output", function()
      write("events.jsonl", EVENTS)
      prints("id\n1\n2\n3\n", ':select("id"):write_csv("-")', "events.jsonl")
      prints('{"bytes":6,"items":3,"skipped":0}\n', ':select("id"):write_csv("out.csv"'
        .. ', {header = false})', "events.jsonl")
    end)

    it("continues input() over the files named", function()
      write("a.jsonl", EVENTS)
      write("b.jsonl", EVENTS)
      prints("2\n", ":filter(function(r) return r.status == 'error' end):count()", "a.jsonl")
      prints("6\n", ":count()", "a.jsonl", "b.jsonl")
    end)

    it("reads standard input when no file is named", function()
      write("a.jsonl", EVENTS)
      local out, err, code = shell "cat a.jsonl | $leat ':map(function(r) return r.user.name end)'"
      assert.equal("", err)
      assert.equal("Ada\nBob\nEve\n", out)
      assert.equal(0, code)
    end)

    it("prints records as they were written", function()
      write("a.jsonl", '{"b": 1.50, "a":\t[ ]}\n')
      prints('{"b": 1.50, "a":\t[ ]}\n', ":take(1)", "a.jsonl")
    end)

    it("prints a line as soon as it is there when the input is slow", function()
      local out = shell [[
        { echo '{"n":1}'; sleep 3; } | $leat ':map(function(r) return r.n end)' > slow.txt &
        pid=$!
        for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
          [ -s slow.txt ] && break; sleep 0.1
        done
        cat slow.txt
        wait $pid]]
      assert.equal("1\n", out)
    end)
  end)

  describe("a script", function()
    it("has the vocabulary in scope, its arguments in arg and ..., its name in arg[0]", function()
      write("job.lua", "#!/usr/bin/env leat\nprint(arg[0], arg[1], #arg, select('#', ...))\n"
        .. "print(range(4):sum())\n")
      prints("job.lua\tin.jsonl\t2\t2\n10\n", "job.lua", "in.jsonl", "--x")
    end)

    it("requires modules that see only _G", function()
      write("module.lua", "return tostring(range)")
      write("job.lua", "print((require 'module'))")
      prints("nil\n", "job.lua")
    end)

    it("comes from standard input with - or with nothing", function()
      local out, err = shell [[echo 'print(range(3):sum(), arg[1])' | $leat - x
        echo 'print(range(4):sum())' | $leat]]
      assert.equal("", err)
      assert.equal("6\tx\n10\n", out)
    end)

    it("does not print what it returns", function()
      write("job.lua", "return range(3)")
      prints("", "job.lua")
    end)

    it("may have a name that looks like an option, after --", function()
      write("-e", "print 'run'")
      prints("run\n", "--", "-e")
    end)
  end)

  describe("errors", function()
    it("end with 1 and name the line", function()
      write("job.lua", "\nlocal function f() error 'boom' end\nf()\n")
      local out, err, code = leat "job.lua"
      assert.equal("", out)
      assert.equal("leat: job.lua:2: boom\n"
        .. "  at [C]: in function 'error'\n"
        .. "  at job.lua:2: in local 'f'\n"
        .. "  at job.lua:3: in main chunk\n", err)
      assert.equal(1, code)
    end)

    it("of syntax end with 1", function()
      local _, err, code = leat("-e", "x =")
      assert.equal("leat: (command line):1: unexpected symbol near <eof>\n", err)
      assert.equal(1, code)
    end)

    it("that are not strings are told apart", function()
      local _, err, code = leat("-e", "error({})")
      assert.truthy(err:find("leat: an error that is a table, not a message", 1, true))
      assert.equal(1, code)
      _, err = leat("-e", "error{message = 'mine'}")
      assert.truthy(err:find("leat: mine", 1, true))
    end)

    it("in data name file, line and column", function()
      write("bad.jsonl", '{"a":1}\n{"a":}\n')
      local out, err, code = leat(":count()", "bad.jsonl")
      assert.equal("", out)
      assert.truthy(err:find("bad.jsonl:2:6", 1, true), err)
      assert.equal(1, code)
    end)

    it("come after the items that were printed before them", function()
      write("bad.jsonl", '{"a":1}\n{"a":}\n')
      local out, _, code = leat(":take(2)", "bad.jsonl")
      assert.equal('{"a":1}\n', out)
      assert.equal(1, code)
    end)

    it("of a missing input file end with 1", function()
      local _, err, code = leat(":count()", "none.jsonl")
      assert.truthy(err:find("none.jsonl", 1, true), err)
      assert.equal(1, code)
    end)
  end)

  describe("exit code", function()
    it("2 for wrong usage, with the usage", function()
      for _, arguments in ipairs { { "-x" }, { "-e" }, { "--" }, { "nowhere.lua" } } do
        local out, err, code = leat(table.unpack(arguments))
        assert.equal("", out)
        assert.truthy(err:find "^leat: ", err)
        assert.equal(2, code)
      end
      local _, err = leat "-x"
      assert.truthy(err:find("usage: leat", 1, true))
    end)

    it("3 when records were skipped", function()
      write("bad.jsonl", '{"a":1}\n{"a":}\n{"a":3}\n')
      local out, err, code = leat(":on_error('skip'):count()", "bad.jsonl")
      assert.equal("2\n", out)
      assert.truthy(err:find "^leat: warning: skipped 1 ", err)
      assert.equal(3, code)
    end)

    it("130 when interrupted, and temporary files are gone", function()
      local cases = {
        loop = "while true do end",
        coroutine = "coroutine.wrap(function() while true do end end)()",
        body = "generator(function() while true do end end)():first()",
        native = "count_from():sum()",
        callback = "count_from():map(function(x) return x end):drain()",
        generator = "generator(function() while true do yield(1) end end)():drain()",
        writer = "count_from():map(function(n) return 'x' .. n end):take(1e12):write_lines('out')",
        pcall = "while true do pcall(function() while true do end end) end",
        pcall_late = "pcall(function() local p = count_from():sum() end) print 'went on'",
        xpcall = "xpcall(function() while true do end end, debug.traceback) print 'went on'",
        resume = "local co = coroutine.create(function() while true do end end) "
          .. "coroutine.resume(co) print 'went on'",
        catch = "count_from():map(function(n) while n > 9 do end return n end)"
          .. ":catch(function() return {1} end):drain() print 'went on'",
        on_error = "count_from():map(function(n) while n > 9 do end return n end)"
          .. ":on_error('skip'):drain() print 'went on'",
        pattern = "(('a'):rep(5000)):match(('a*'):rep(30) .. 'b')",
        sort = "local t = {} for i = 1, 2e7 do t[i] = i * 7919 % 10007 / 3 end table.sort(t)",
        move = "table.move({}, 1, 1e15, 2)",
        -- a read that waits
        stdin = "read_lines('-'):count()",
      }
      for name, code_text in pairs(cases) do
        local out, err, code = shell(([[
          mkfifo %s; sleep 3 > %s & holder=$!
          timeout -s KILL 10 sh -c '(sleep 0.5; kill -INT $$) & exec "$@"' sh \
            "$leat" -e %s < %s
          code=$?; kill $holder 2>/dev/null; exit $code]]):format(name, name, quote(code_text),
          name))
        assert.equal("", out, name)
        assert.equal("leat: interrupted\n", err, name)
        assert.equal(130, code, name)
      end
      for name in lfs.dir(folder) do assert.falsy(name:find "leat%-tmp", name) end
      assert.falsy(lfs.attributes(folder .. "/out"))
    end)

    it("130 when interrupted where a source has no items for long", function()
      local _, err, code = shell [[
        (printf '['; yes '1,') | timeout -s KILL 10 sh -c \
          '(sleep 0.5; kill -INT $$) & exec "$@"' sh "$leat" -e '
          read_json("-", { path = "rows" }):on_error("skip"):count()']]
      assert.truthy(err:find "leat: interrupted\n$", err)
      assert.equal(130, code)
    end)

    it("130 after what was open has been closed, where pcall works as ever", function()
      local out, _, code = shell [[
        timeout -s KILL 10 sh -c '(sleep 0.5; kill -INT $$) & exec "$@"' sh "$leat" -e '
          count_from():finally(function()
            print(select(2, pcall(error, "no", 0)), (("a-b"):gsub("-", "+")), range(3):sum())
          end):drain()']]
      assert.equal("no\ta+b\t6\n", out)
      assert.equal(130, code)
    end)

    it("is a signal's when a second interrupt finds it still running", function()
      local _, err, code = shell [[
        timeout -s KILL 10 sh -c \
          '(sleep 0.3; kill -INT $$; sleep 0.3; kill -INT $$) & exec "$@"' sh "$leat" -e '
          local V = require "lpeg".V
          local p = require "lpeg".P{"a" * V(1) * "b" + "a" * V(1) * "c" + "a"}
          count_from():map(function(n) if n > 9 then p:match(("a"):rep(60)) end return "x" end)
            :write_lines("out")']]
      assert.equal("", err)
      assert.equal(130, code)
      for name in lfs.dir(folder) do assert.falsy(name:find "leat%-tmp", name) end
    end)

    it("is a signal's, and temporary files are gone, when leat is ended", function()
      for _, name in ipairs { "TERM", "HUP", "QUIT" } do
        local _, _, code = shell(([[
          ulimit -c 0
          timeout -s KILL 10 sh -c '(sleep 0.5; kill -%s $$) & exec "$@"' sh "$leat" -e '
            count_from():map(function(n) return "x" .. n end):write_lines("out")']]):format(name))
        assert.equal(({ TERM = 143, HUP = 129, QUIT = 131 })[name], code)
        for entry in lfs.dir(folder) do assert.falsy(entry:find "leat%-tmp", entry) end
      end
      assert.falsy(lfs.attributes(folder .. "/out"))
      -- what nohup starts goes on
      local out, _, code = shell([[nohup "$leat" -e '
        os.execute("kill -HUP $PPID") print "went on"' 2>/dev/null | cat]])
      assert.equal("went on\n", out)
      assert.equal(0, code)
    end)

    it("0, without a word, when the reader of the output goes away", function()
      local cases = {
        "count_from()",
        "while true do print(1) end",
        "while true do io.write('x') end",
        "count_from():map(tostring):write_lines('-')",
        "count_from():each(print)",
      }
      for _, code_text in ipairs(cases) do
        local out, err = shell(([[{ $leat -e %s; echo $? > code; } | head -c 1]]):format(
          quote(code_text)))
        assert.equal("", err, code_text)
        assert.equal(1, #out, code_text)
        assert.equal("0\n", read(folder .. "/code"), code_text)
      end
    end)

    it("1 when standard output cannot take it", function()
      for _, code_text in ipairs { "1", "range(1e6)", "print(1)", "io.write('x')",
        "range(9):map(tostring):write_lines('-')" } do
        local _, err, code = shell("$leat -e " .. quote(code_text) .. " > /dev/full")
        assert.truthy(err:find("No space left on device", 1, true), code_text .. ": " .. err)
        assert.equal(1, code, code_text)
      end
      assert.equal("char device", lfs.attributes("/dev/full", "mode"))
    end)
  end)

  describe("--help", function()
    it("shows usage, examples and every operator", function()
      local out, err, code = leat "--help"
      assert.equal("", err)
      assert.equal(0, code)
      for _, part in ipairs { "usage: leat", "Examples", "Exit codes", "yield_from(" } do
        assert.truthy(out:find(part, 1, true), part)
      end
      for _, op in ipairs(require "leat.core".operators()) do
        assert.truthy(out:find("\n  " .. op.signature, 1, true), op.name)
      end
      for line in out:gmatch "[^\n]+" do
        assert.truthy(utf8.len(line) <= 100, line)
      end
    end)
  end)

  describe("--help OPERATOR", function()
    it("shows what it does, what it holds, its options and an example", function()
      prints([[
zip(...[, {strict = true}])
  tuples of one item from each input, until the shortest ends
  holds constant memory

  options
    strict      true: inputs of different lengths are an error

  from{"a", "b"}:zip(count_from())
  --> ["a",1] ["b",2]
]], "--help", "zip")
    end)

    it("knows every operator", function()
      for _, op in ipairs(require "leat.core".operators()) do
        local out, err, code = leat("-h", op.name)
        assert.equal("", err)
        assert.equal(op.signature, out:match "^[^\n]*")
        assert.falsy(out:find("holds " .. op.holds .. "\n", 1, true), "no words for " .. op.holds)
        assert.equal(0, code)
      end
    end)

    it("names the nearest one when there is none", function()
      local out, err, code = leat("--help", "fliter")
      assert.equal("", out)
      assert.equal("leat: there is no help on 'fliter'; did you mean 'filter'?\n",
        err:match "^.-\n")
      assert.equal(2, code)
    end)
  end)

  it("writes nothing on standard error that would act on a terminal", function()
    write("bad.lua", "x = = '\27[31m'")
    local text = "\27[31m\194\155\226\128\174\255"
    for _, arguments in ipairs {
      { "-e", ("warn('@on') warn(%q)"):format(text) },
      { "-e", ("error(%q)"):format(text) },
      { "-e", ("setmetatable({}, {__gc = function() error(%q) end})"):format(text) },
      { "-e", "x = " .. text }, { "-" .. text }, { "--help", text }, { text .. ".lua" },
      { "bad.lua" },
    } do
      local _, err = leat(table.unpack(arguments))
      assert.falsy(err:find "[%z\1-\9\11-\31\127]", err)
      assert.falsy(err:find("\194\155", 1, true) or err:find("\226\128\174", 1, true), err)
      assert.truthy(utf8.len(err), err)
    end
    local _, err = leat("-e", ("warn('@on') warn(%q)"):format(text))
    assert.equal("leat: warning: \\x1B[31m\\u{9B}\\u{202E}\\xFF\n", err)
  end)

  it("tells its version", function()
    assert.truthy(leat("--version"):find "^leat %d+%.%d+%.%d+ %(Lua 5%.4%)\n$")
  end)

  it("lets a program that a script starts die of a closed pipe", function()
    prints("y\n", "-e", "os.execute('yes | head -n 1') return nil")
  end)

  it("runs as a lone copy in an empty folder, and loads C modules there", function()
    shell 'cp "$leat" ./leat'
    local out, err, code = shell [[env -i ./leat -e 'range(3):sum(), #require "lpeg".version()']]
    assert.equal("", err)
    assert.truthy(out:find "^6\t%d+\n$")
    assert.equal(0, code)
    if not pcall(require, "cqueues") then pending "lua-cqueues is not installed" end
    out, err = shell [[env -i ./leat -e 'require "cqueues".new():count()']]
    assert.equal("", err)
    assert.equal("0\n", out)
  end)

  it("does not confuse an installed leat with its own", function()
    lfs.mkdir(folder .. "/leat")
    write("leat/init.lua", "error 'the wrong one'")
    write("leat.lua", "error 'the wrong one'")
    prints("3\n", "-e", "require('leat').range(2):sum()")
  end)
end)
