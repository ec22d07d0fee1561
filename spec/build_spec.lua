-- SPDX-License-Identifier: MIT
-- build_spec.lua - what the build promises: exports, installation, make env, the rockspec.
local lfs = require "lfs"

local FLAVOUR <const> = os.getenv "LEAT_FLAVOUR" or "release"
local release = FLAVOUR == "release" and it or function(name)
  it(name, function() pending "looked at in the release flavour" end)
end

local function output(command)
  local pipe = assert(io.popen("env -u MAKEFLAGS -u MAKELEVEL " .. command .. " 2>&1"))
  local text = pipe:read "a"
  return text, pipe:close()
end

describe("the build", function()
  release("exports luaopen_leat_core and leat_* from core.so, and nothing else", function()
    local seen = 0
    for line in output("nm -D --defined-only build/release/leat/core.so"):gmatch "[^\n]+" do
      local name = line:match "(%S+)$"
      assert.truthy(name:find "^luaopen_leat_" or name:find "^leat_", name)
      seen = seen + 1
    end
    assert.truthy(seen >= 1)
  end)

  release("exports what leat.h declares from libleat, and nothing else", function()
    local declared = {}
    local header = assert(io.open("src/host/leat.h"))
    for name in header:read "a":gmatch "LEAT_API [^;]-([%w_]+) %(" do
      declared[#declared + 1] = name
    end
    header:close()
    table.sort(declared)
    for _, file in ipairs { "-D build/release/libleat.so", "-g build/release/libleat.a" } do
      local names = {}
      for name in output("nm --defined-only " .. file):gmatch " [TDBRVW] ([%w_]+)" do
        names[#names + 1] = name
      end
      table.sort(names)
      assert.same(declared, names)
    end
    assert.truthy(output("readelf -d build/release/libleat.so"):find("[libleat.so.0]", 1, true))
  end)

  release("does not link core.so against liblua", function()
    assert.falsy(output("ldd build/release/leat/core.so"):find "liblua")
  end)

  release("links liblua and LPeg into the executable", function()
    local libraries = output "ldd build/leat"
    assert.falsy(libraries:find "liblua")
  end)

  it("compiles the byte layer without Lua's headers", function()
    for name in lfs.dir "src/bytes" do
      if name:find "%.[ch]$" then
        local file = assert(io.open("src/bytes/" .. name))
        assert.falsy(file:read "a":find "#include [<\"]l[ua]+", name)
        file:close()
      end
    end
  end)

  release("prints with make env what a plain lua5.4 needs", function()
    local text = output [=[sh -c 'eval "$(make -s env)" && cd / &&
      lua5.4 -e "print(require [[leat]].range(4):sum())"']=]
    assert.equal("10\n", text)
  end)

  release("installs under DESTDIR and PREFIX, and uninstalls without a trace", function()
    local root = os.tmpname()
    os.remove(root)
    local text, ok = output("make -s install DESTDIR=" .. root .. " PREFIX=/opt/leat")
    assert.truthy(ok, text)
    local function at(path) return root .. "/opt/leat/" .. path end
    assert.equal("6\n", (output(at "bin/leat" .. " -e 'range(3):sum()'")))
    assert.equal("6\n", (output(("env LUA_PATH='%s;%s;;' LUA_CPATH='%s;;' lua5.4 -e '%s'"):format(
      at "share/lua/5.4/?.lua", at "share/lua/5.4/?/init.lua", at "lib/lua/5.4/?.so",
      "print(require \"leat\".range(3):sum())"))))
    for _, path in ipairs { "include/leat.h", "lib/libleat.a", "lib/libleat.so",
      "lib/libleat.so.0" } do
      assert.truthy(lfs.attributes(at(path), "size") > 1000, path)
    end
    local pc = assert(io.open(at "lib/pkgconfig/leat.pc")):read "a"
    assert.truthy(pc:find("prefix=/opt/leat", 1, true))
    assert.truthy(pc:find "Version: %d")
    assert.matches("lazy data pipelines", (output("man -P cat -l " .. at "share/man/man1/leat.1")))
    for _, name in ipairs { "module/leat", "script/leat_script" } do
      assert(loadfile(at("share/leat/luals/" .. name .. ".lua")))
    end
    output("make -s uninstall DESTDIR=" .. root .. " PREFIX=/opt/leat")
    assert.equal("", (output("find " .. root .. " -type f -o -type l")))
    os.execute("rm -rf " .. root)
  end)

  it("lets the allocations of every operator fail in turn", function()
    local scripts = {}
    for name in lfs.dir "spec/oom" do
      if name:find "%.lua$" then
        local file = assert(io.open("spec/oom/" .. name))
        scripts[#scripts + 1] = file:read "a"
        file:close()
      end
    end
    local text = table.concat(scripts, "\n")
    for _, op in ipairs(require "leat.core".operators()) do
      assert.truthy(text:find("%f[%w_]" .. op.name .. "%f[^%w_]"), op.name)
    end
  end)

  it("has a rockspec that builds with make", function()
    local rockspec = {}
    assert(loadfile("leat-scm-1.rockspec", "t", rockspec))()
    assert.equal("leat", rockspec.package)
    assert.equal("scm-1", rockspec.version)
    assert.equal("make", rockspec.build.type)
  end)

  it("lists every target for people in make help", function()
    local help = output "make -s help"
    for _, target in ipairs { "all", "run", "test", "check", "bench", "fuzz", "install",
      "uninstall", "env", "clean", "help" } do
      assert.truthy(help:find("make " .. target .. " ", 1, true), target)
    end
  end)
end)
