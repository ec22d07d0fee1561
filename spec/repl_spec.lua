-- SPDX-License-Identifier: MIT
-- repl_spec.lua - `leat` at a terminal, driven through a pseudo-terminal.
local lfs = require "lfs"
local helper = require "spec.support.helper"
local terminal = require "spec.support.terminal"

after_each(helper.nothing_left_open)

local session = terminal.session

-- Nothing here can be seen without one.
if terminal.missing then
  it("leat at a terminal", function() pending(terminal.missing) end)
  return
end

-- What one entry prints.
local function prints(expected, line, options)
  local printed, code = session({ line }, options)
  assert.equal(expected, printed[1])
  assert.equal(0, code)
end

local function contains(text, part) assert.truthy(text:find(part, 1, true), text) end

local EVENTS <const> = [[
{"id": 1, "status": "ok", "ms": 34.5, "user": {"name": "Ada", "country": "GB"}}
{"id": 2, "status": "error", "ms": 7, "user": {"name": "Edsger", "country": "NL"}, "tags": ["a"]}
{"id": 300, "status": null, "ms": 12, "user": {"name": "漢字", "country": "JP"}}
]]

-- A folder with events.jsonl in it.
local function folder_of_events()
  local folder = helper.folder()
  helper.write(folder .. "/events.jsonl", EVENTS)
  return folder
end

local function widest(text)
  local most = 0
  for line in text:gmatch "[^\n]+" do
    -- the wide characters of these specs take two columns
    local columns = utf8.len(line)
    for _, code in utf8.codes(line) do
      if code >= 0x4E00 and code <= 0x9FFF then columns = columns + 1 end
      if code >= 0x300 and code <= 0x36F then columns = columns - 1 end
    end
    most = math.max(most, columns)
  end
  return most
end

describe("the REPL shows", function()
  it("values as Lua would write them, and records as JSON", function()
    local printed = session({ "1 + 2", "'a\"b'", "{1, {x = {}}, y = 2.0}", "x = 5", "x, nil, true",
      "'two\\nlines'", "0.1 + 0.2", "leat.null", "read_jsonl('events.jsonl'):first()",
      "{['a b'] = 1, [10] = 2, z = print}" }, { folder = folder_of_events() })
    assert.same({ "3\n", '"a\\"b"\n', "{1, {x = {}}, y = 2.0}\n", "", "5\nnil\ntrue\n",
      "two\nlines\n", "0.30000000000000004\n", "null\n" }, table.move(printed, 1, 8, 1, {}))
    assert.equal([[
{
  "id": 1,
  "status": "ok",
  "ms": 34.5,
  "user": {"name": "Ada", "country": "GB"}
}
]], printed[9])
    assert.truthy(printed[10]:find '^{%["a b"%] = 1, z = function: [^,]*, %[10%] = 2}\n$')
  end)

  it("tables that contain themselves, are deep, or large", function()
    local printed = session { "t = {1} t[2] = t", "t", "d = 0 for _ = 1, 40 do d = {d} end", "d",
      "range(1000):collect()", "s = ('x'):rep(1e6)", "s" }
    assert.equal("{1, <cycle>}\n", printed[2])
    contains(printed[4], "{{{{{{{{{…}}}}}}}}}")
    contains(printed[5], "… 950 more")
    assert.truthy(#printed[7] < 2100)
    contains(printed[7], "… (1000000 bytes; `print(_)` shows all)")
  end)

  it("the beginning of what is long, and says how to see all of it", function()
    local printed = session { "s = ('x'):rep(99, 'ä\\n')", "s", "('line\\n'):rep(1e5)",
      "('ä'):rep(1e5) .. '\\n'", "t = {} for i = 1, 60 do t[i] = {{('y'):rep(90)}, i} end", "t",
      "('a\\n\\nb\\n')" }
    assert.equal(98, select(2, printed[2]:gsub("ä\n", "")))
    assert.falsy(printed[2]:find "bytes")
    assert.equal(101, select(2, printed[3]:gsub("\n", "")))
    contains(printed[3], "line\n… (500000 bytes; `print(_)` shows all)\n")
    assert.truthy(#printed[4] < 2200)
    contains(printed[4], "ä…\n… (200001 bytes; `print(_)` shows all)\n")
    assert.truthy(#printed[6] < 12000)
    contains(printed[6], " more lines; `print(leat.json.encode(_))` has all\n")
    assert.equal("a\n\nb\n", printed[7])
  end)

  it("nothing that would act on the terminal", function()
    prints('"a\\x1B[31m\\x00\\xFF\\x7F"\n', [["a\27[31m\0\xff\127"]])
    prints("_\nstring\n\\x1B]0;x\\x07\n", [[from{"\27]0;x\7"}]])
  end)


  it("a pipeline as a table: names, types, numbers to the right", function()
    prints([[
     id  status       ms  user                                 tags
integer  string?  number  record                               list?
      1  ok         34.5  {"name": "Ada", "country": "GB"}
      2  error         7  {"name": "Edsger", "country": "NL"}  ["a"]
    300  null         12  {"name": "漢字", "country": "JP"}
]], "read_jsonl 'events.jsonl'", { folder = folder_of_events() })
    prints("     _1  _2\ninteger  string\n      1  a\n      2  b\n", "range(2):zip{'a', 'b'}")
    prints("_\nnumber|string?\nnull\n1.5\nx\n", "from{null, 1.5, 'x'}")
    prints("no items\n", "empty()")
  end)

  it("a table no wider than the terminal, whose columns are cut or left out", function()
    for columns, expected in pairs {
      [40] = [[
     id  status       ms  user
integer  string?  number  record
      1  ok         34.5  {"name": "Ada…
      2  error         7  {"name": "Eds…
    300  null         12  {"name": "漢…
1 column not shown: tags
]],
      [20] = [[
     id  status
integer  string?
      1  ok
      2  error
    300  null
3 columns not shown: ms, user, tags
]],
      [1] = "…\n…\n1\n2\n…\n4 columns not shown: status, ms, user, tags\n",
    } do
      prints(expected, "read_jsonl 'events.jsonl'",
        { folder = folder_of_events(), columns = columns })
    end
  end)

  it("wide characters and combining marks in columns of their own", function()
    local printed = session({ [[from{{a = "漢字かな", b = 1}, {a = "e\u{301}\u{301}!", b = 22}}]],
      [[from{{a = ("漢"):rep(20), b = 1}}]] }, { columns = 20 })
    assert.equal("a               b\nstring    integer\n漢字かな        1\n"
      .. "e\u{301}\u{301}!             22\n", printed[1])
    assert.equal(20, widest(printed[2]))
    contains(printed[2], "漢漢漢漢…")
  end)

  it("as many columns as the terminal has after its size has changed", function()
    local printed = session({ { keys = "", resize = { 20, 24 }, pause = 0.2 },
      "read_jsonl 'events.jsonl'" }, { folder = folder_of_events() })
    contains(printed[2], "3 columns not shown: ms, user, tags")
  end)

  it("the first rows of what is long or without end, at once", function()
    local printed = session { "count_from()", "it:take(12)",
      { keys = "generator(function() for i = 1, 10 do yield(i) end while true do end end)()\r",
        wait = "10\r\n" }, { keys = "\3", wait = "interrupted.*leat> " }, "1" }
    local ten = "1"
    for i = 2, 10 do ten = ("%s\n%7d"):format(ten, i) end
    ten = ten .. "\n"
    assert.equal("      _\ninteger\n      " .. ten .. "… more, `it:take(50)`\n", printed[1])
    assert.equal("      _\ninteger\n      " .. ten .. "     11\n     12\n", printed[2])
    assert.equal("1\n", printed[5])
  end)

  it("rows before their source goes on, and what came before an error", function()
    local printed = session { "range(3):map(function(n) return n < 3 and n or error 'no' end)" }
    contains(printed[1], "      1\n      2\nerror: no")
  end)

  it("what a source that can be read only once still has", function()
    local folder = helper.folder()
    helper.write(folder .. "/lines", ("x\n"):rep(30))
    local printed = session({ "p = from(io.lines 'lines')", "p", "it:count()", "p:count()",
      "from(('a b'):gmatch '%a')" }, { folder = folder })
    contains(printed[2],
      "… more; this source can be read only once: `it` is what comes after these 10")
    assert.equal("20\n", printed[3])
    contains(printed[4], "error: this source can be read only once")
    contains(printed[5], "taken from a source that can be read only once")
  end)

  it("a generator without taking items from it", function()
    local printed = session { "g = range(3):open()", "g", "g:next()" }
    contains(printed[2], "a generator, new")
    assert.equal("1\n", printed[3])
  end)
end)

describe("the REPL runs", function()
  it("entries of several lines, with a prompt for those that follow", function()
    local printed = session { "for i = 1, 2 do", "print(i)", "end", "t = {", "7", "}", "t[1]",
      "s = [[", "a", "]] #s" }
    assert.same({ "", "", "1\n2\n", "", "", "", "7\n", "", "" }, table.move(printed, 1, 9, 1, {}))
    contains(printed[10], "error: ")
  end)

  it("entries that begin as a value and go on", function()
    local printed = session { "{1,", "2}", "'a' ..", "'b'", "not", "true" }
    contains(printed[2], "2")
    contains(printed[4], "ab")
    contains(printed[6], "false")
  end)

  it("errors of data without what would act on the terminal", function()
    local printed = session { "error('\\27[31m\\194\\155red', 0)" }
    contains(printed[1], "error: \\x1B[31m\\u{9B}red")
  end)

  it("pasted text as one entry, whatever its lines", function()
    local printed = session { { keys = "\27[200~x = 1\n-- a remark\nprint(x + 1)\27[201~",
      wait = "print" }, "", "x" }
    assert.equal("1\n", printed[3])
    assert.truthy(printed[2]:find "2\n", printed[2])
  end)

  it("local variables so that they last", function()
    local printed = session { "local a, b = 1, 2 local function f() return a + b end", "f()",
      "a, b", "local c <const> = 7", "c" }
    assert.same({ "", "3\n", "1\n2\n", "", "7\n" }, printed)
  end)

  it("with _ as the last value and it as the last pipeline", function()
    local printed = session { "6 * 7", "_ + 1", "range(3)", "_:sum(), it:count()", "nil", "_" }
    assert.same({ "42\n", "43\n", "6\n3\n", "6\n" },
      { printed[1], printed[2], printed[4], printed[6] })
  end)

  it("a line of 1 MB, typed or pasted, and a paste of 100,000 lines", function()
    local size = helper.scaled(1000000)
    local long = 's = "' .. ("a"):rep(size) .. '"'
    local lines = helper.scaled(100000)
    local printed, code = session({
      { keys = long .. "\r", wait = "\r\n.*" .. terminal.PROMPT }, "#s",
      { keys = "\27[200~" .. long .. "\27[201~", wait = 'a"' }, "", "#s",
      { keys = "t = {\r" .. ("{1, 2},\r"):rep(lines) .. "}\r", wait = "\r\n    > }.*leat> " },
      "#t",
    }, { seconds = 60 })
    assert.equal(size .. "\n", printed[2])
    assert.equal(0, code)
    assert.equal(lines .. "\n", printed[7])
  end)

  it("until Ctrl-D, and drops a line at Ctrl-C", function()
    local steps = { { wait = terminal.PROMPT }, { type = "print(1\3", wait = terminal.PROMPT },
      { type = "1 + 1\r", wait = "\r\n.*2\r\n.*" .. terminal.PROMPT }, { type = "\4" } }
    local _, code = terminal.run(steps)
    assert.equal(0, code)
  end)

  it("at a terminal that is dumb, unknown or has no name, without an escape", function()
    for _, kind in ipairs { "dumb", "", "nobody-knows" } do
      local parts, code = terminal.run({ { wait = "leat> " },
        { type = "range(2)\r", wait = "2\r\n.*leat> " },
        { type = "error 'no'\r", wait = "\\^.*leat> " },
        { type = ":quit\r" } }, { env = { TERM = kind }, coloured = true })
      assert.equal(0, code, kind)
      assert.falsy(table.concat(parts):find "\27", kind)
    end
  end)

  it("without colours where NO_COLOR is set, and with them else", function()
    for _, coloured in ipairs { false, true } do
      local parts = terminal.run({ { wait = terminal.PROMPT }, { type = "range(2)\r",
        wait = "2\r\n.*" .. terminal.PROMPT }, { type = ":quit\r" } }, { coloured = coloured })
      assert.equal(coloured, table.concat(parts):find "\27%[[%d;]+m" ~= nil)
    end
  end)

  it("a script from a pipe as before, and nothing of a session", function()
    local pipe = io.popen(("echo 'print(range(3):sum())' | %s"):format(os.getenv "LEAT_BIN"
      or "build/leat"))
    assert.equal("6\n", pipe:read "a")
    pipe:close()
  end)
end)

describe("README", function()
  it("shows a session as it is", function()
    local shown = helper.read "README.md":match "\n```\n%$ leat\n(.-)```\n"
    local folder = helper.folder()
    assert(lfs.link(lfs.currentdir() .. "/examples", folder .. "/examples", true))
    local lines, expected = {}, {}
    for line in shown:gmatch "([^\n]*)\n" do
      local entered = line:match "^leat> (.*)"
      if entered then
        lines[#lines + 1], expected[#expected + 1] = entered, ""
      else
        expected[#expected] = expected[#expected] .. line .. "\n"
      end
    end
    assert.truthy(#lines >= 4)
    assert.same(expected, (session(lines, { folder = folder })))
  end)
end)

describe("errors in the REPL", function()
  it("show the line with a caret under the place, and no internal frames", function()
    local cases = {
      { "range(3):fliter()", [[
error: no operator 'fliter'; did you mean 'filter'?
  range(3):fliter()
           ^
]] },
      { "x = 1 +* 2", "error: unexpected symbol near '*'\n  x = 1 +* 2\n         ^\n" },
      { "print(rnage(3))",
        "error: attempt to call a nil value (global 'rnage'); did you mean 'range'?\n"
          .. "  print(rnage(3))\n        ^\n" },
      { "error 'boom'", "error: boom\n  error 'boom'\n  ^\n" },
      { "local t = {} t.a.b = 1",
        "error: attempt to index a nil value (field 'a')\n  local t = {} t.a.b = 1\n"
          .. "                 ^\n" },
      { "error({})", "error: an error that is a table, not a message\n  error({})\n  ^\n" },
      { "rang", "nil\nthere is no variable 'rang'; did you mean 'range'?\n" },
    }
    local lines = {}
    for i, case in ipairs(cases) do lines[i] = case[1] end
    for i, printed in ipairs((session(lines))) do assert.equal(cases[i][2], printed) end
  end)

  it("name the entry a function came from, with its line", function()
    local printed = session { "function f(t)", "  return t.x.y", "end", "f{}" }
    contains(printed[4], "error: (entry 1):2: attempt to index a nil value (field 'x')\n")
    contains(printed[4], "   2 |   return t.x.y\n                  ^\n")
    assert.falsy(printed[4]:find "repl.lua")
  end)

  it("show no internal frames, whatever fails, and are the caller's where they say so", function()
    local printed = session { "setmetatable({}, {__len = function() error 'no' end})",
      "setmetatable({a = 1}, {__index = function() error 'no' end})",
      "from{setmetatable({}, {__len = function() error 'no' end}), {1}}",
      "error(setmetatable({}, {__tostring = function() error 'no' end}))",
      "setmetatable({}, {__tostring = function() error 'no' end})",
      "p = from(('a b'):gmatch '%a')", "p", "p", "leat.testing.assert_yields({1}, {2})",
      "function f() error('mine', 2) end", "f()", "range(3):each(function(x) x() end)",
      "(function() local function f() return f() + 1 end return f() end)()",
      "coroutine.wrap(function() error 'no' end)()", "leat.json.encode(print)", "'unfinished" }
    for i, text in ipairs(printed) do assert.falsy(text:find "leat/%l+%.lua", i .. text) end
    for i, text in ipairs(printed) do -- a function of another entry is where to look, too
      assert.equal(i == 11, text:find "\n  at " ~= nil, i .. text)
    end
    contains(printed[4], "error: an error that is a table, not a message")
    contains(printed[8], "first read when it was shown")
    contains(printed[9], "error: item 1: expected 1, got 2\n  leat.testing")
    contains(printed[11], "error: mine\n  f()\n  ^\n")
    contains(printed[16], "error: unfinished string near <eof>")
  end)

  it("in data name file, line and column", function()
    local folder = helper.folder()
    helper.write(folder .. "/bad.jsonl", '{"a":1}\n{"a":}\n')
    local printed = session({ "read_jsonl 'bad.jsonl'" }, { folder = folder })
    contains(printed[1], "error: bad.jsonl:2:6: expected a value after ':', got '}'")
  end)

  it("leave the session as it was", function()
    local printed = session { "x = 3", "error 'a'", "x" }
    assert.equal("3\n", printed[3])
  end)
end)

describe("Ctrl-C in the REPL", function()
  for name, code in pairs {
    ["a native pipeline"] = "count_from():sum()",
    ["a callback"] = "count_from():map(function(n) return n end):drain()",
    ["a loop of Lua's"] = "while true do end",
    ["a coroutine"] = "coroutine.wrap(function() while true do end end)()",
    ["a generator's body"] = "generator(function() while true do end end)():first()",
    ["a read that waits"] = "read_lines('-'):count()",
    ["a loop inside pcall"] = "while true do pcall(function() while true do end end) end",
    ["a pipeline inside pcall"] = "pcall(function() count_from():sum() end) x = 8",
    ["a pattern that explodes"] = "(('a'):rep(5000)):match(('a*'):rep(30) .. 'b')",
    ["a sort"] = "t = {} for i = 1, 3e6 do t[i] = i % 7919 / 3 end repeat table.sort(t, nil) "
      .. "for i = 1, 3e6 do t[i] = i % 7919 / 3 end until false",
    ["a table that is about to be shown"] = "count_from():filter(function() return false end)",
  } do
    it("stops " .. name .. " and keeps the session", function()
      local parts, exit = terminal.run { { wait = terminal.PROMPT },
        { type = "x = 7\r", wait = "\r\n.*" .. terminal.PROMPT },
        { type = code .. "\r", pause = 0.3 }, { type = "\3", wait = "interrupted.*leat> " },
        { type = "x\r", wait = "\r\n.*7\r\n.*leat> " }, { type = ":quit\r" } }
      assert.equal(0, exit)
      assert.falsy(table.concat(parts):find "error:")
    end)
  end

  it("stops what runs while something is closed, when it comes again", function()
    local _, exit = terminal.run { { wait = terminal.PROMPT },
      { type = "count_from():finally(function() while true do end end):drain()\r", pause = 0.3 },
      { type = "\3", pause = 0.2 }, { type = "\3", wait = "interrupted.*leat> " },
      { type = "1 + 1\r", wait = "\r\n.*2\r\n.*leat> " }, { type = ":quit\r" } }
    assert.equal(0, exit)
  end)

  it("ends the session, saying so, when it comes again and nothing has stopped", function()
    local parts, exit = terminal.run { { wait = terminal.PROMPT },
      { type = "p = require 'lpeg'.P{'a' * require 'lpeg'.V(1) * 'b' + 'a' * "
        .. "require 'lpeg'.V(1) * 'c' + 'a'}\r", wait = "\r\n.*" .. terminal.PROMPT },
      { type = "p:match(('a'):rep(60))\r", pause = 0.3 }, { type = "\3", pause = 0.2 },
      { type = "\3", pause = 0.5 }, { type = "\3", wait = "ended, since.*stopped" } }
    assert.equal(-2, exit) -- what a shell calls 130
    assert.falsy(parts[4]:find "ended")
    assert.falsy(parts[5]:find "ended") -- too soon after the first to be another one
  end)
end)

describe("Tab", function()
  -- What the line has become after `keys` and Tab, which the next Return runs as a string.
  local function completed(text, setup, folder)
    local lines = setup or {}
    local steps = { { wait = terminal.PROMPT } }
    for _, line in ipairs(lines) do
      steps[#steps + 1] = { type = line .. "\r", wait = "\r\n.*" .. terminal.PROMPT }
    end
    steps[#steps + 1] = { type = text .. "\t", pause = 0.25 }
    steps[#steps + 1] = { type = "\3", wait = terminal.PROMPT }
    steps[#steps + 1] = { type = ":quit\r" }
    local parts = terminal.run(steps, { folder = folder })
    return (terminal.plain(parts[#lines + 2]):gsub("\7", ""))
  end

  it("completes names in scope, methods, fields and commands", function()
    for text, expected in pairs {
      ["read_jsonl('x'):fil"] = "read_jsonl('x'):filter",
      ["range(3):map(f):to_s"] = "range(3):map(f):to_set",
      ["read_lines 'x':enu"] = "read_lines 'x':enumerate",
      ["count_f"] = "count_from",
      ["x = ran"] = "x = range",
      ["string.rep('x', 3):upp"] = "string.rep('x', 3):upper",
      ["('x'):upp"] = "('x'):upper",
      ["('x' .. y):rep(2):upp"] = "('x' .. y):rep(2):upper",
      ["(range(3)):bat"] = "(range(3)):batched",
      ["(f(range(3) )):bat"] = "(f(range(3) )):batched",
      [":help :lo"] = ":help :load",
      [":help string.forma"] = ":help string.format",
      ["string.forma"] = "string.format",
      ["leat.jso"] = "leat.json",
      ["range(2):open():pee"] = "range(2):open():peek",
      [":he"] = ":help ",
      [":help json.enc"] = ":help json.encode",
    } do
      assert.equal(expected, completed(text))
    end
  end)

  it("completes values of the session without calling anything", function()
    local setup = { "config = {servers = {first = 1}, run = function() end}", "ev = range(3)",
      "name = 'x'", "trap = setmetatable({}, {__index = function() print 'called' end})" }
    for text, expected in pairs {
      ["config.ser"] = "config.servers",
      ["config.servers.fir"] = "config.servers.first",
      ["config:r"] = "config:run",
      ["ev:bat"] = "ev:batched",
      ["name:upp"] = "name:upper",
      ["trap.x.y"] = "trap.x.y",
    } do
      assert.equal(expected, completed(text, setup))
    end
  end)

  it("completes options, files in strings, and the fields of records seen", function()
    local folder = folder_of_events()
    lfs.mkdir(folder .. "/events-of-july")
    local setup = { "ev = read_jsonl 'events.jsonl'", "ev" }
    for text, expected in pairs {
      ["read_csv('x', {delim"] = "read_csv('x', {delimiter = ",
      ["ev:batched(3, {max_weight = 3, ta"] = "ev:batched(3, {max_weight = 3, tail = ",
      ["read_jsonl('events.js"] = "read_jsonl('events.jsonl'",
      ["read_jsonl 'ev"] = "read_jsonl 'events",
      ["ev:map('user.cou"] = "ev:map('user.country",
      ["ev:filter(function(r) return r.stat"] = "ev:filter(function(r) return r.status",
      ["ev:filter(function(r) return r.user.na"] = "ev:filter(function(r) return r.user.name",
    } do
      assert.equal(expected, completed(text, setup, folder))
    end
  end)

  it("lists what there is to choose from", function()
    contains(completed("range(3):take_"), "take_last   take_until  take_while")
  end)
end)

describe("the history", function()
  it("brings back entries of earlier sessions, also such of several lines", function()
    local folder = helper.folder()
    session({ "x = 1", "for i = 1, 2 do", "print('a\\n', i)", "end" }, { folder = folder })
    local path = folder .. "/.local/state/leat/history"
    assert.equal("x = 1\nfor i = 1, 2 do\\nprint('a\\\\n', i)\\nend\n:quit\n", helper.read(path))
    assert.equal("rw-------", lfs.attributes(path, "permissions"))
    assert.equal("rwx------", lfs.attributes(folder .. "/.local/state/leat", "permissions"))
    local parts = terminal.run({ { wait = terminal.PROMPT },
      { type = "\27[A\27[A\r", wait = "2\r\n.*" .. terminal.PROMPT }, { type = ":quit\r" } },
      { folder = folder })
    contains(terminal.plain(parts[2]), "a\n\t1\na\n\t2\n")
  end)

  it("is where XDG_STATE_HOME or LEAT_HISTORY say, or nowhere", function()
    local folder = helper.folder()
    session({ "1" }, { folder = folder, env = { XDG_STATE_HOME = folder .. "/state" } })
    assert.equal("1\n:quit\n", helper.read(folder .. "/state/leat/history"))
    session({ "2" }, { folder = folder, env = { LEAT_HISTORY = folder .. "/own" } })
    assert.equal("2\n:quit\n", helper.read(folder .. "/own"))
    session({ "3" }, { folder = folder, env = { LEAT_HISTORY = "" } })
    assert.falsy(lfs.attributes(folder .. "/.local"))
  end)

  it("is shortened, and says so when it cannot be kept", function()
    local folder = helper.folder()
    helper.write(folder .. "/own", ("x = 1\n"):rep(2500))
    session({ "2" }, { folder = folder, env = { LEAT_HISTORY = folder .. "/own" } })
    assert.equal(1002, select(2, helper.read(folder .. "/own"):gsub("\n", "")))
    local printed = session({ "2" }, { folder = folder, env = { LEAT_HISTORY = folder } })
    contains(printed[1], "error: the history is not kept: ")
    contains(printed[1], "2\n")
  end)
end)

describe("commands of the REPL", function()
  it(":help says what every name means, with an example that runs", function()
    local manual = require "leat.manual"
    local names, lines = manual.names(), {}
    for i, name in ipairs(names) do lines[i] = ":help " .. name end
    local printed = session(lines)
    for i, name in ipairs(names) do
      local entry = manual.entry(name)
      assert.equal(entry.signature, printed[i]:match "^[^\n]*", name)
      contains(printed[i], "\n  --> " .. entry.example[2])
    end
  end)

  it(":help says what commands, names of the session, tables and Lua's own names are", function()
    local lines = { ":help :load", ":help _", ":help it", ":help json", ":help leat",
      ":help leat.testing", ":help string.format", ":help table", "mine = 7", ":help mine",
      ":help quit", ":help nothing" }
    for _, name in ipairs { "print", "arg", "string", "require", "_G", "_VERSION" } do
      lines[#lines + 1] = ":help " .. name
    end
    local printed = session(lines)
    for i, part in ipairs { ":load FILE\n  runs a file", "_\n  the value", "it\n  the last",
      "json\n  JSON text from values, and values from JSON text\n  decode, encode\n",
      "leat\n  the module", "assert_closed", "section 6.4", "leat.table(record)", "",
      "mine\n  a variable of this session: 7\n", ":quit\n  ends", "no help on 'nothing'" } do
      contains(printed[i], part)
    end
    contains(printed[8], "section 6.6")
    for i = 13, #lines do assert.falsy(printed[i]:find "error", printed[i]) end
  end)

  it(":help alone shows the way, and names the nearest of what is unknown", function()
    local printed = session { ":help", ":help fliter", ":hlep", ":take(3)" }
    for _, part in ipairs { ":load FILE", ":save FILE", ":time", "Ctrl-C", "json.decode", "zip" } do
      contains(printed[1], part)
    end
    contains(printed[2], "error: there is no help on 'fliter'; did you mean 'filter'?")
    contains(printed[3], "error: there is no command ':hlep'; did you mean ':help'?")
    contains(printed[4], "`it:take(...)`")
  end)

  it(":save writes what worked as a script that runs, and :load runs it", function()
    local folder = folder_of_events()
    session({ "local ev = read_jsonl 'events.jsonl'", "ev",
      "it:filter(function(r) return r.ms > 7 end)",
      "it:count()", "error 'no'", "x = = 1", "function twice(n)", "  return 2 * n", "end",
      "twice(_)", ":save s.lua", ":save events.jsonl" }, { folder = folder })
    assert.equal(EVENTS, helper.read(folder .. "/events.jsonl"))
    local pipe = io.popen(("cd '%s' && '%s' s.lua 2>&1"):format(folder, terminal.BIN))
    assert.equal("2\n4\n", pipe:read "a")
    pipe:close()
    local printed = session({ ":load s.lua", "twice(4)", "ev:count()", ":load nowhere" },
      { folder = folder })
    assert.same({ "2\n4\n", "8\n", "3\n" }, table.move(printed, 1, 3, 1, {}))
    contains(printed[4], "error: cannot open nowhere")
  end)

  it(":load names the file and its line where it fails, and knows ~", function()
    local folder = helper.folder()
    helper.write(folder .. "/broken.lua", "#!/usr/bin/leat\nx = = 1\n")
    helper.write(folder .. "/fails.lua", "local n = 1\nfunction f() error 'no' end\nf()\n")
    local printed = session({ ":load broken.lua", ":load ~/fails.lua", "f()", "n" },
      { folder = folder })
    contains(printed[1], "error: broken.lua:2: unexpected symbol near '='\n   2 | x = = 1\n")
    contains(printed[2], "fails.lua:2: in global 'f'\n")
    contains(printed[2], "fails.lua:2: no\n   2 | function f() error 'no' end\n")
    contains(printed[3], "fails.lua:2: no\n   2 | function f()")
    contains(printed[4], "there is no variable 'n'")
  end)

  it(":save writes remarks, calls and entries that return so that the script runs", function()
    local folder = folder_of_events()
    session({ "-- a remark", "x = 1 return x", "print(_)", "nothing", "5", "x + _", ":save s.lua" },
      { folder = folder })
    local pipe = io.popen(("cd '%s' && '%s' s.lua 2>&1"):format(folder, terminal.BIN))
    assert.equal("1\n5\n6\n", pipe:read "a")
    pipe:close()
  end)

  it(":save writes a script that runs of more variables than Lua allows as local ones", function()
    local folder = helper.folder()
    local lines = {}
    for i = 1, 23 do
      local names = {}
      for k = 1, 10 do names[k] = ("v%d_%d"):format(i, k) end
      lines[i] = ("local %s = %d"):format(table.concat(names, ", "), i)
    end
    table.move({ "local function f() return v1_1 end", "v1_1 = 5", "local c <const> = f()",
      "c + v23_1", ":save s.lua" }, 1, 5, #lines + 1, lines)
    local printed = session(lines, { folder = folder })
    local pipe = io.popen(("cd '%s' && '%s' s.lua 2>&1"):format(folder, terminal.BIN))
    assert.equal(printed[27], pipe:read "a")
    assert.equal("28\n", printed[27])
    pipe:close()
  end)

  it(":time tells how long the last entry took, or one that follows", function()
    local printed = session { ":time", "1", ":time", ":time range(3):sum()" }
    contains(printed[1], "nothing has been run yet")
    assert.truthy(printed[3]:find "^%d+%.%d+ m?s\n$")
    assert.truthy(printed[4]:find "^6\n%d+%.%d+ m?s\n$")
  end)
end)

describe("standard input at a terminal", function()
  it("can be read again when a reader has come to its end, but not by two at once", function()
    local script = [[print "first" print(read_lines("-"):count()) print(read_lines("-"):count())
      local g <close> = read_lines("-"):open() print(g:next())
      print(select(2, pcall(function() return read_lines("-"):count() end)).message)]]
    local parts, code = terminal.run({ { wait = "first" },
      { type = "a\nb\n\4", wait = "\r\n2\r\n" }, { type = "c\n\4", wait = "\r\n1\r\n" },
      { type = "d\n", wait = "branch" } }, { arguments = { "-e", script } })
    assert.equal(0, code)
    assert.matches("d\nstandard input can be read only once; first read by next",
      terminal.plain(table.concat(parts)), 1, true)
  end)
end)

describe("the line of progress", function()
  local SLOW <const> = [[-e 'local stop = os.clock() + 1.6
    range(1e15):take_while(function() return os.clock() < stop end):progress():drain()
    print "done"']]

  -- leat with arguments in a shell at the terminal -> what came, raw.
  local function at_terminal(command, options)
    local parts, code = terminal.run({}, {
      arguments = { "-e", ("os.exit((select(3, os.execute(%q))))"):format(
        command:gsub("^leat", terminal.BIN)) },
      seconds = 20, columns = options and options.columns,
    })
    return table.concat(parts), code
  end

  it("comes after a second, says what is done, and is gone before other output", function()
    local text = at_terminal("leat " .. SLOW)
    assert.truthy(text:find "\r[%d,]+ items out")
    -- blanks over the line, then the output at its beginning
    assert.truthy(text:find "\r +\rdone\r\n$", text)
  end)

  it("tells bytes, percent, rate and the time that is left", function()
    local folder = helper.folder()
    helper.write(folder .. "/lines", ("x\n"):rep(4000000))
    local text = at_terminal(("leat -e 'local n = 0 local stop = os.clock() + 1.6 "
      .. "read_lines(\"%s/lines\"):take_while(function() return os.clock() < stop end):drain()'")
      :format(folder))
    assert.truthy(text:find "\r[%d.]+ [kM]?B of 8.0 MB %(%d+%%%), [%d.]+ [kM]?B/s, %d+ %a+ left, ",
      text)
  end)

  it("does not come with --quiet, nor where standard error is no terminal", function()
    assert.equal("done\r\n", (at_terminal("leat --quiet " .. SLOW)))
    assert.equal("done\r\n", (at_terminal("leat " .. SLOW .. " 2>/dev/null")))
  end)

  it("does not come into a line that has no end yet, nor between lines of a sink", function()
    local waits = "range(1e15):take_while(function() return os.clock() < 1.6 end)"
    local command = ([[leat -e 'io.write "half" %s:drain() print ""']]):format(waits)
    assert.equal("half\r\n", (at_terminal(command)))
    local text = at_terminal(([[leat -e '%s:filter(function(n) return n %% 200000 == 0 end)
      :map(tostring):write_lines("-")']]):format(waits))
    assert.falsy(text:find "items out")
  end)

  it("does not come while the terminal is being read", function()
    local steps = {}
    for i = 1, 8 do steps[i] = { type = i .. "\r", pause = 0.3 } end
    steps[#steps + 1] = { type = "\4" }
    local parts, code = terminal.run(steps, { arguments = { "-e", "read_lines('-'):count()" } })
    assert.falsy(table.concat(parts):find "items", table.concat(parts))
    assert.truthy(table.concat(parts):find "8\r\n$")
    assert.equal(0, code)
  end)

  it("is cut where the terminal is narrow", function()
    local text = at_terminal("leat " .. SLOW, { columns = 8 })
    assert.falsy(text:find "items")
    assert.equal("done\r\n", text:match "done\r\n$")
  end)
end)
