-- SPDX-License-Identifier: MIT
-- suite.lua - the steps of `make test` and `make check`:
--
--   lua5.4 spec/support/suite.lua units FLAVOUR    the C unit tests
--   lua5.4 spec/support/suite.lua specs FLAVOUR    busted (SPEC=file, ONLY=pattern of names);
--                                                  FLAVOUR memcheck: the release under valgrind
--   lua5.4 spec/support/suite.lua trace            a run that writes a line per pull
--   lua5.4 spec/support/suite.lua lint             luacheck, unknown globals, lines of C
--   lua5.4 spec/support/suite.lua exports          what the shared object shows to a linker
--   lua5.4 spec/support/suite.lua oom FLAVOUR      each allocation failing in turn
--   lua5.4 spec/support/suite.lua total FILE       adds up, prints "N passed, N failed"
--
-- A step appends "PASSED FAILED" lines to build/tally and exits with 0, so the steps after it run
-- too; `total` exits with 1 when anything failed or nothing ran. A process that dies or leaks
-- counts as one failure even when every test in it passed.

local TALLY <const> = "build/tally"

local function say(...) io.write(...) io.write("\n") io.flush() end

local function tally(passed, failed)
  local file = assert(io.open(TALLY, "a"))
  file:write(passed, " ", failed, "\n")
  file:close()
end

local function sum(path)
  local passed, failed = 0, 0
  local file = io.open(path)
  if file then
    for line in file:lines() do
      local p, f = line:match "^(%d+) (%d+)$"
      passed, failed = passed + p, failed + f
    end
    file:close()
  end
  return passed, failed
end

-- What is in a file; nothing if there is none.
local function contents(path)
  local file = io.open(path)
  if not file then return "" end
  local text = file:read "a"
  file:close()
  return text
end

local function quote(s) return "'" .. s:gsub("'", "'\\''") .. "'" end

-- Runs a shell command; true, or false and how it ended.
local function run(command)
  local ok, how, code = os.execute(command)
  if ok then return true end
  -- the shell reports a signal as 128 + its number
  if how == "exit" and code > 128 then how, code = "signal", code - 128 end
  return false, how .. " " .. code
end

local function output(command)
  local pipe = assert(io.popen(command))
  local text = pipe:read "a"
  local ok, _, code = pipe:close()
  return text, ok, code
end

local function files(pattern)
  local list = {}
  local text = output("ls " .. pattern .. " 2>/dev/null")
  for path in text:gmatch "[^\n]+" do list[#list + 1] = path end
  return list
end

local SANITIZER_OPTIONS <const> = "ASAN_OPTIONS=detect_leaks=1:abort_on_error=0:"
  .. "allocator_may_return_null=1:detect_stack_use_after_return=1"
  .. " UBSAN_OPTIONS=print_stacktrace=1 LSAN_OPTIONS=suppressions=spec/support/leaks.txt:"
  .. "print_suppressions=0 "

-- Heavy sizes of the specs are divided by this: what a flavour costs beside the release.
local SCALE <const> = { asan = 10, stress = 100, memcheck = 20 }

-- Seconds after which a file of specs is taken to hang.
local LONGEST <const> = 300

local steps = {}

function steps.units(flavour)
  local passed, failed, checks = 0, 0, 0
  for _, path in ipairs(files("build/" .. flavour .. "/unit/*_test")) do
    local text, ok, code = output(SANITIZER_OPTIONS .. path .. " 2>&1")
    if ok then passed = passed + 1 else failed = failed + 1 end
    if not ok then say("FAILED ", path, " ended with ", tostring(code), "\n", text) end
    checks = checks + (tonumber(text:match "(%d+) passed") or 0)
  end
  say(("C units (%s): %d passed, %d failed; %d checks"):format(flavour, passed, failed, checks))
  tally(passed, failed)
end

-- Plain lua5.4 loads core.so. Under the sanitizers the interpreter is the executable of that
-- flavour: a shared object loaded late has its symbols unloaded before leaks are reported.
-- They watch leat's memory, not liblua's: a push beyond the reserved stack slots goes unseen, so
-- `memcheck` runs the release under valgrind as well, which sees every access.
-- Every file is a process of its own, as many at a time as there are processors: a crash hides
-- nothing behind it, and the wall time halves.
function steps.specs(flavour)
  local lua = os.getenv "LUA" or "lua5.4"
  local build = flavour == "memcheck" and "release" or flavour
  local interpreter = flavour == "asan" and "build/asan/bin/leat"
    or flavour == "memcheck" and "valgrind -q --error-exitcode=99 --leak-check=no " .. lua
    or lua
  local only = os.getenv "ONLY"
  local logs = "build/" .. flavour .. "/specs"
  say(("specs (%s) with %s"):format(flavour, interpreter))
  run(("rm -rf %s && mkdir -p %s"):format(logs, logs))

  local paths = files(os.getenv "SPEC" or "spec/*_spec.lua")
  if flavour == "memcheck" then -- what runs other programs shows nothing here
    for i = #paths, 1, -1 do
      if paths[i]:find "cli_spec" or paths[i]:find "build_spec" then table.remove(paths, i) end
    end
  end
  local list = assert(io.open(logs .. "/list", "w"))
  list:write(table.concat(paths, "\n"), "\n")
  list:close()
  local environment = table.concat({
    SANITIZER_OPTIONS,
    flavour == "memcheck" and "LEAT_DATA=/nowhere" or "", -- 20 times slower, nothing new
    "LEAT_FLAVOUR=" .. flavour,
    "LEAT_BIN=build/" .. build .. "/bin/leat",
    "LEAT_SCALE=${LEAT_SCALE:-" .. (SCALE[flavour] or 1) .. "}",
    "LUA_CPATH=" .. quote("./build/" .. build .. "/?.so;" .. (os.getenv "LUA_CPATH" or ";")),
  }, " ")
  local one = ([[log=%s/$(basename $0); %s LEAT_TALLY=$log.tally timeout -k 10 %d %s \
    spec/support/specs.lua -f spec/busted.lua %s $0 > $log 2>&1; echo $? > $log.status]]):format(
    logs, environment, LONGEST, interpreter, only and "--filter=" .. quote(only) or "")
  local start = os.time()
  run(("xargs -P ${JOBS:-$(nproc)} -n 1 sh -c %s < %s/list"):format(quote(one), logs))

  local passed, failed, skipped = 0, 0, 0
  for _, path in ipairs(paths) do
    local log = logs .. path:match "/[^/]*$"
    local p, f = sum(log .. ".tally")
    local status = tonumber(contents(log .. ".status")) or -1
    local text = contents(log)
    skipped = skipped + (tonumber(text:match "(%d+) skipped, [%d.]+ s\n$") or 0)
    for line in text:gmatch "[^\n]+" do
      if line:find "^slow " or line:find "^skipped " then say(path, ": ", line) end
    end
    -- leat's way to say that records were skipped, which specs do on purpose
    if status == 3 and flavour == "asan" then status = 0 end
    if status ~= 0 and f == 0 then
      f = 1
      say(("FAILED %s ended with %d%s; the last test begun: %s"):format(path, status,
        status == 124 and (", hanging after %d s"):format(LONGEST) or "",
        contents(log .. ".tally.running"):match "^[^\n]*"))
    end
    if f > 0 then say(text) end
    passed, failed = passed + p, failed + f
  end
  say(("specs (%s): %d passed, %d failed, %d skipped, %d s"):format(flavour, passed, failed,
    skipped, os.time() - start))
  tally(passed, failed)
end

function steps.trace()
  local text, ok = output("build/trace/bin/leat examples/run.lua 2>&1 >/dev/null")
  local lines = select(2, text:gsub("\n", "\n"))
  local good = ok and lines > 10
  say(("trace: %s, %d lines; the first: %s"):format(good and "passed" or "failed", lines,
    text:match "^[^\n]*"))
  tally(good and 1 or 0, good and 0 or 1)
end

-- Lines of C of more than 100 characters, but those of what an example prints.
local function long_lines()
  local found = {}
  for path in output("find src spec examples -name '*.[ch]' | sort"):gmatch "[^\n]+" do
    local number, printed = 0, false
    for line in io.lines(path) do
      number = number + 1
      printed = line:find "^/%* output of" ~= nil or printed and line ~= "*/"
      if not printed and (utf8.len(line) or #line) > 100 then
        found[#found + 1] = ("%s:%d: line is too long"):format(path, number)
      end
    end
  end
  return found
end

function steps.lint()
  local ok = run "luacheck --quiet --codes --formatter plain lua spec examples src/host .luacheckrc"
  say("luacheck: " .. (ok and "passed" or "failed"))
  local long = long_lines()
  for _, line in ipairs(long) do say(line) end
  say("lines of C: " .. (#long == 0 and "passed" or "failed"))
  tally((ok and 1 or 0) + (#long == 0 and 1 or 0), (ok and 0 or 1) + (#long == 0 and 0 or 1))
end

function steps.exports()
  local stray, seen = {}, {}
  for line in output("nm -D --defined-only build/release/leat/core.so"):gmatch "[^\n]+" do
    local name = line:match "(%S+)$"
    seen[name] = true
    if not name:match "^leat_" and not name:match "^luaopen_leat_" then stray[#stray + 1] = name end
  end
  if not seen.luaopen_leat_core then stray[#stray + 1] = "luaopen_leat_core is missing" end
  say("exports: " .. (#stray == 0 and "passed" or "failed: " .. table.concat(stray, ", ")))
  tally(#stray == 0 and 1 or 0, #stray == 0 and 0 or 1)
end

function steps.oom(flavour)
  local passed, failed = 0, 0
  run "rm -rf build/oom && mkdir -p build/oom"
  for _, path in ipairs(files "spec/oom/*.lua") do
    local host = SANITIZER_OPTIONS .. "build/" .. flavour .. "/oom_host "
    local text, ok = output(host .. path .. " 2>&1")
    if ok then passed = passed + 1 else failed = failed + 1 end
    if ok then io.write(text) else say("FAILED ", path, "\n", text) end
  end
  say(("failing allocations: %d passed, %d failed"):format(passed, failed))
  tally(passed, failed)
end

function steps.total(path)
  local passed, failed = sum(path)
  say(("%d passed, %d failed"):format(passed, failed))
  os.exit(failed == 0 and passed > 0)
end

local step = steps[arg[1]] or error("suite.lua: no step named " .. tostring(arg[1]))
step(arg[2])
