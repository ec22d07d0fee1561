-- SPDX-License-Identifier: MIT
-- embed_spec.lua - leat.h in programs of others: the header in C and C++, the examples, both
-- libraries. What each call does is in spec/unit/leat_test.c.
local helper = require "spec.support.helper"

after_each(helper.nothing_left_open)

-- What valgrind runs is the release flavour.
local FLAVOUR <const> = (os.getenv "LEAT_FLAVOUR" or "release"):gsub("^memcheck$", "release") .. ""
local SANITIZE <const> = FLAVOUR == "asan" and "-fsanitize=address,undefined" or ""
local WARN <const> = "-Wall -Wextra -Werror"

local function run(command)
  local pipe = assert(io.popen(command .. " 2>&1"))
  local text = pipe:read "a"
  local ok, _, code = pipe:close()
  return text, ok, code
end

-- What a host links when nothing is installed. The first that pkg-config knows is Lua's name.
local LUA <const> = (function()
  for _, name in ipairs { "lua5.4", "lua-5.4", "lua54" } do
    if os.execute("pkg-config --exists " .. name) then return name end
  end
end)()
local LIBRARIES <const> = ("build/%s/libleat.a %s -lz -lzstd -lm -lpthread"):format(FLAVOUR,
  run("pkg-config --libs " .. LUA):gsub("\n", ""))

-- Compiles a C file -> the program's path.
local function compile(path, flags, libraries)
  local program = helper.folder() .. "/host"
  local text, ok = run(("cc -std=c11 %s -g %s -Isrc/host %s %s -o %s %s"):format(WARN, SANITIZE,
    flags or "", path, program, libraries or LIBRARIES))
  assert.truthy(ok, text)
  return program
end

-- How an example is called, and what it prints: its last comment.
local function expected(path)
  local arguments, output = helper.read(path):match "\n/%* output of %./%w+ ?([^\n]*)\n(.*)%*/\n$"
  assert.truthy(output, "no comment `output of ./name arguments` at the end")
  return arguments, output
end

describe("leat.h", function()
  it("stands alone, in C11 and in C++", function()
    for _, language in ipairs { "c -std=c11 -pedantic-errors -Wstrict-prototypes -Wconversion",
      "c++ -std=c++11 -pedantic-errors", "c++ -std=c++17 -pedantic -Wold-style-cast -Wconversion",
    } do
      local text, ok = run(("echo '#include <leat.h>' | cc %s -Isrc/host -fsyntax-only -x %s -"):
        format(WARN, language))
      assert.truthy(ok, text)
    end
  end)

  it("can be used from C++", function()
    local program = helper.folder() .. "/host"
    local source = helper.file([[
      #include <leat.h>
      #include <cstdio>
      #include <cstring>
      int main() {
        leat *handle;
        leat_run *run;
        leat_item *item;
        leat_options options = {};
        options.size = sizeof options;
        options.sandbox = true;
        options.allow = LEAT_ALLOW_READ | LEAT_ALLOW_WRITE;
        const char *script = "return range(3)", *json;
        if (leat_open(&handle, &options) != LEAT_OK ||
            leat_load(handle, script, std::strlen(script), "script") != LEAT_OK ||
            leat_start(handle, nullptr, &run) != LEAT_OK)
          return 1;
        while (leat_next(run, &item) == LEAT_OK && leat_get_json(item, nullptr, &json, nullptr) ==
               LEAT_OK)
          std::puts(json);
        leat_close(handle);
      }
    ]], "host.cpp")
    local text, ok = run(("c++ -std=c++17 -pedantic %s %s -Isrc/host %s -o %s %s"):format(WARN,
      SANITIZE, source, program, LIBRARIES))
    assert.truthy(ok, text)
    assert.equal("1\n2\n3\n", (run(program)))
  end)

  it("begins with an example that works", function()
    local lines = {}
    for line in helper.read "src/host/leat.h":gmatch "[^\n]*\n" do
      if line:find "^ %*   #include" or #lines > 0 then
        if line:find "^ %*   cc " then break end
        lines[#lines + 1] = line:gsub("^ %* ? ? ?", "")
      end
    end
    local program = compile(helper.file(table.concat(lines), "host.c"))
    assert.equal("/export took 654.4 ms\n/export took 734.6 ms\n",
      (run(program .. " examples/data/requests.jsonl")))
    local text, ok, code = run(program .. " nowhere.jsonl")
    assert.equal("nowhere.jsonl: cannot open: No such file or directory (in read_jsonl, stage 1)\n",
      text)
    assert.falsy(ok)
    assert.equal(1, code)
  end)

end)

describe("examples/embed", function()
  for _, name in ipairs(helper.names "examples/embed") do
    local path = "examples/embed/" .. name
    if name:find "%.c$" then
      it(name .. " prints what it says", function()
        local arguments, output = expected(path)
        local text, ok = run(compile(path) .. " " .. arguments)
        assert.equal(output, text)
        assert.truthy(ok)
      end)

      it(name .. " says how to compile it", function()
        assert.truthy(helper.read(path):find("cc -std=c11 " .. name
          .. " $(pkg-config --cflags --libs leat)", 1, true))
      end)
    end
  end
end)

local release = FLAVOUR == "release" and it or function(name)
  it(name, function() pending "looked at in the release flavour" end)
end

describe("the installed library", function()
  local PREFIX <const> = "/opt/leat"
  local root

  setup(function()
    if FLAVOUR ~= "release" then return end
    root = os.tmpname()
    os.remove(root)
    local text, ok = run("env -u MAKEFLAGS -u MAKELEVEL make -s install DESTDIR=" .. root
      .. " PREFIX=" .. PREFIX)
    assert.truthy(ok, text)
  end)
  teardown(function() if root then os.execute("rm -rf " .. root) end end)

  release("is found by pkg-config, shared and static, and runs", function()
    local arguments, output = expected "examples/embed/minimal.c"
    for _, kind in ipairs { "", "--static" } do
      local program, library = root .. "/host", root .. PREFIX .. "/lib"
      local answer = run(("PKG_CONFIG_PATH=%s/pkgconfig pkg-config --define-prefix --cflags --libs "
        .. "%s leat"):format(library, kind)):gsub("\n", "")
      if kind == "--static" then
        answer = answer:gsub("%-lleat", library .. "/libleat.a")
      end
      local text, ok = run(("cc -std=c11 %s examples/embed/minimal.c %s -o %s"):format(WARN,
        answer, program))
      assert.truthy(ok, text)
      local needed = run("readelf -d " .. program)
      assert.equal(kind == "", needed:find("libleat.so.0", 1, true) ~= nil)
      assert.equal(output, (run(("LD_LIBRARY_PATH=%s %s %s"):format(library, program, arguments))))
    end
  end)

  release("does not clash with names of a host's own", function()
    local source = helper.file([[
      #include <leat.h>
      int json_scan (void);
      int lpeg_match, luaopen_lpeg, luaopen_leat_core, operators;
      int json_scan (void) { return 1; }
      int main (void) { leat *h; return leat_open(&h, 0) != LEAT_OK || (leat_close(h), 0); }
    ]], "host.c")
    local _, ok = run(compile(source, nil, LIBRARIES))
    assert.truthy(ok)
  end)

  release("is a module of a plain Lua, too", function()
    local text = run(("lua5.4 -e 'package.preload.leat = package.loadlib(\"%s%s/lib/libleat.so\", "
      .. "\"luaopen_leat\") print(require \"leat\".from{{a = 5}}:map(\"a\"):sum())'"):
      format(root, PREFIX))
    assert.equal("5\n", text)
  end)
end)
