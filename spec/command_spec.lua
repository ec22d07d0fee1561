-- SPDX-License-Identifier: MIT
-- read_command.
-- luacheck: ignore 512 (loops that break are what is tested)
local leat = require "leat"
local helper = require "spec.support.helper"
local lfs = require "lfs"
local failure, here = helper.failure, helper.here
local read_command = leat.read_command

after_each(helper.nothing_left_open)

local function shell(script, ...) return read_command("sh", "-c", script, "sh", ...) end

local function is_running(pid) return os.execute("kill -0 " .. pid .. " 2>/dev/null") == true end

local function descriptors()
  local n = 0
  for _ in lfs.dir "/proc/self/fd" do n = n + 1 end
  return n
end

local LEAT <const> = os.getenv "LEAT_BIN" or "build/release/bin/leat"

describe("read_command", function()
  it("gives the lines of a program's standard output, in each run anew", function()
    local p = read_command("printf", "a\nb\r\n\nc")
    assert.yields({ "a", "b", "", "c" }, p)
    assert.yields({ "a", "b", "", "c" }, p)
    assert.equal(0, read_command "true":count())
    assert.equal(("x"):rep(100), shell('printf "%s" "$1"', ("x"):rep(100)):first())
  end)

  it("hands arguments over as they are: there is no shell", function()
    assert.yields({ "[$HOME *]", "[a b]", "[]", "[1]", "[1.5]", "[']" },
      read_command("printf", "[%s]\n", "$HOME *", "a b", "", 1, 1.5, "'"))
  end)

  it("starts nothing before the first pull", function()
    local mark = helper.folder() .. "/mark"
    local g <close> = shell('touch "$1"; echo x', mark):open()
    assert.is_nil(lfs.attributes(mark))
    assert.equal("x", g:next())
    assert.is_not_nil(lfs.attributes(mark))
  end)

  it("raises what became of the program behind its last line", function()
    local lines = {}
    local err = failure(function()
      for line in shell "echo a; echo b; exit 3" do lines[#lines + 1] = line end
    end)
    assert.same({ "a", "b" }, lines)
    assert.equal("'sh' ended with exit code 3", err.message)
    assert.equal("io", err.code)
    assert.equal("read_command", err.stage)
    assert.equal(2, err.item)
    assert.raises("'sh' was ended by signal 9 (SIGKILL)", function()
      shell "echo a; kill -9 $$":drain()
    end)
    assert.yields({ "a", "no" }, shell "echo a; false":catch(function() return { "no" } end))
    assert.raises("exit code 1", function() read_command "false":on_error("skip"):drain() end)
  end)

  it("names a program that is not there", function()
    if os.getenv "LEAT_FLAVOUR" == "memcheck" then return pending "valgrind forks to spawn" end
    local err = failure(function() read_command("no-such-program", "x"):drain() end)
    assert.equal("cannot run 'no-such-program': No such file or directory", err.message)
    assert.equal(2, err.errno)
    assert.raises("given one by one", function() read_command "seq 3":drain() end)
    local path = helper.file "echo x\n"
    assert.raises("cannot run '" .. path .. "': Permission denied", function()
      read_command(path):drain()
    end)
    os.execute("chmod +x " .. path)
    assert.raises("Exec format error", function() read_command(path):drain() end)
  end)

  it("checks its arguments when the chain is built", function()
    for text, arguments in pairs {
      ["program must be a string, got nothing"] = {},
      ["program must be a string, got table"] = { {} },
      ["program must be a string, got an empty one"] = { "" },
      ["argument 2 of the program must be a string or a number, got boolean"] = { "x", 1, true },
      ["contains a NUL byte"] = { "x", "a\0b" },
      ["no option 'max_recrod'; did you mean 'max_record'?"] = { "x", { max_recrod = 1 } },
      ["option max_record must be a whole number"] = { "x", { max_record = 0 } },
    } do
      local line = here() + 1
      local ok, err = pcall(function() read_command(table.unpack(arguments)) end)
      assert.is_false(ok)
      assert.truthy(tostring(err):find(text, 1, true), tostring(err))
      assert.truthy(tostring(err):find("command_spec.lua:" .. line, 1, true))
    end
  end)

  it("refuses a line longer than max_record, and goes on behind it", function()
    local p = read_command("printf", "ab\nabcd\nabc\n", { max_record = 3 })
    assert.raises("longer than max_record", function() p:drain() end)
    assert.yields({ "ab", "abc" }, p:on_error "skip")
  end)

  it("says which program's output is wrong, and where", function()
    local err = failure(function()
      read_command("printf", "ab\nabcd\n", "x", { max_record = 3 }):drain()
    end)
    assert.equal("(output of printf ab\nabcd\n x)", err.file)
    assert.equal(2, err.line)
    err = failure(function() read_command("printf", "\\037\\213\\010xxxxxxxxxxxxxx"):drain() end)
    assert.matches("^%(output of printf .*%):1: corrupt gzip data", tostring(err))
    err = failure(function()
      shell("echo xxxx # " .. ("\xc3\xa4"):rep(70)):map(error):drain()
    end)
    assert.is_nil(err.file)
    err = failure(function()
      read_command("sh", "-c", "echo xxxx # " .. ("\xc3\xa4"):rep(70), { max_record = 3 }):drain()
    end)
    assert.equal("(output of sh -c echo xxxx # " .. ("\xc3\xa4"):rep(21) .. "...)", err.file)
  end)

  it("gives the program an empty standard input, no descriptor and no ignored signal", function()
    assert.equal(0, read_command "cat":count())
    local file <close> = assert(io.open("README.md"))
    assert.yields({ "0", "1", "2" }, shell "for f in 0 1 2 3 4 5 6 7 8 9; do \
      [ -e /proc/$$/fd/$f ] && echo $f; done; true")
    file:read(1)
    local command = ([[trap '' PIPE; %s -e 'read_command("grep", "SigIgn", "/proc/self/status")
      :concat()']]):format(LEAT)
    local pipe <close> = assert(io.popen(command))
    local ignored = assert(tonumber(pipe:read("a"):match "%x+%s*$", 16))
    assert.equal(0, ignored & 1 << 12) -- 13 is SIGPIPE
  end)

  it("leaves the standard input to the script", function()
    local pipe <close> = assert(io.popen(([[printf 'a\nb\n' | %s -e 'return
      read_command("cat"):count(), read_lines("-"):concat()']]):format(LEAT)))
    assert.equal("0\tab\n", pipe:read "a")
  end)
end)

describe("a program that is not read to its end", function()
  local ENDLESS <const> = "echo $$; exec yes"

  it("is ended and gone at once, whatever ends the run", function()
    local pids = {}
    local function note(line) if tonumber(line) then pids[#pids + 1] = line end end
    local start = os.time()
    shell(ENDLESS):take(3):each(note)
    note(shell(ENDLESS):first())
    for line in shell(ENDLESS):iter() do note(line) break end
    pcall(function()
      shell(ENDLESS):each(function(line) note(line) error "enough" end)
    end)
    do
      local g <close> = shell(ENDLESS):open()
      note(g:next())
      assert.is_true(is_running(pids[#pids]))
    end
    leat.zip(shell(ENDLESS), { 1 }):each(note)
    note(shell "echo $$; exec sleep 100":first())
    note(shell "echo $$; exec >&-; exec sleep 100":take(1):concat())
    local g = shell(ENDLESS):open()
    note(g:next())
    g = nil -- luacheck: ignore
    collectgarbage()
    collectgarbage()
    assert.equal(9, #pids)
    for _, pid in ipairs(pids) do assert.is_false(is_running(pid)) end
    assert.is_true(os.time() - start <= 5)
  end)

  it("is killed if it does not end when it is told to", function()
    local start = os.time()
    local pid = shell "trap '' TERM PIPE; echo $$; while :; do sleep 0.05; done":first()
    assert.is_false(is_running(pid))
    assert.is_true(os.time() - start <= 5)
  end)

  it("leaves no descriptor and no process behind", function()
    if not lfs.attributes "/proc/self/fd" then return pending "needs /proc" end
    collectgarbage()
    local before = descriptors()
    for _ = 1, helper.scaled(100) do
      read_command("yes"):take(2):drain()
      pcall(function() read_command("no-such-program"):drain() end)
      read_command("true"):drain()
    end
    assert.equal(before, descriptors())
    local own = helper.read "/proc/self/stat":match "^%d+"
    for name in lfs.dir "/proc" do
      local file = name:find "^%d" and io.open("/proc/" .. name .. "/stat")
      local state, parent = (file and file:read "a" or ""):match "%) (%a) (%d+)"
      if file then file:close() end
      assert.is_false(parent == own and state == "Z")
    end
  end)

  it("may be one of many", function()
    local all = {}
    for i = 1, 20 do all[i] = shell("echo $1; exec sleep 100", i):open() end
    for i, g in ipairs(all) do assert.equal(tostring(i), g:next()) end
    for _, g in ipairs(all) do g:close() end
  end)

  it("is gone when the user interrupts", function()
    local folder = helper.folder()
    os.execute(([[cd %s; timeout -s KILL 20 sh -c '(n=0; until [ -s pid ] || [ $((n += 1)) = 500 ]
      do sleep 0.01; done; sleep 0.1; kill -INT $$) & exec "$@"' sh %s/%s -e '
      read_command("sh", "-c", "echo $$ > pid; exec sleep 100"):drain()' 2> err]]):format(folder,
      lfs.currentdir(), LEAT))
    assert.equal("leat: interrupted\n", helper.read(folder .. "/err"))
    assert.is_false(is_running(helper.read(folder .. "/pid"):match "%d+"))
  end)
end)

describe("a slow program", function()
  it("has its lines given while it runs", function()
    local go = helper.folder() .. "/go"
    local g <close> = shell('echo one; until [ -e "$1" ]; do sleep 0.01; done; echo two', go):open()
    assert.equal("one", g:next())
    helper.write(go, "")
    assert.equal("two", g:next())
    assert.is_nil(g:next())
  end)

  it("may close its output long before it ends", function()
    assert.yields({ "a" }, shell "echo a; exec >&-; sleep 0.05")
    assert.raises("exit code 4", function() shell "exec >&-; sleep 0.05; exit 4":drain() end)
  end)
end)

describe("a process that ignores SIGCHLD", function()
  it("is told that it cannot know how the program ended", function()
    local pipe <close> = assert(io.popen(([[python3 -c 'import os, signal, sys
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
os.execv(sys.argv[1], sys.argv[1:])' %s -e '
      print(read_command("yes"):take(2):concat())
      print(pcall(function() read_command("true"):drain() end))' 2>&1]]):format(LEAT)))
    assert.matches("^yy\nfalse\tthe exit code of 'true' is not known", pipe:read "a")
  end)
end)
