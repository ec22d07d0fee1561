-- SPDX-License-Identifier: MIT
-- inside.lua - for specs of leat inside another program: where things are, and whether the program
-- can be run here.
local lfs = require "lfs"

local inside = {}

local ROOT <const> = lfs.currentdir()
local FLAVOUR <const> = os.getenv "LEAT_FLAVOUR" or "release"

inside.ROOT = ROOT
inside.DATA = ROOT .. "/examples/data"

-- The environment in which a program's Lua finds the leat that is tested; `rest`: what its paths
-- end in.
function inside.environment(rest)
  local build = ROOT .. "/build/" .. (FLAVOUR == "memcheck" and "release" or FLAVOUR)
  return { "PWD=" .. ROOT, ("LUA_PATH=%s/lua/?.lua;%s/lua/?/init.lua%s"):format(ROOT, ROOT, rest),
    ("LUA_CPATH=%s/?.so%s"):format(build, rest) }
end

-- Why the program cannot be run, or nil. there: { what is needed = whether it is there }.
function inside.why_not(there)
  local missing = {}
  for what, found in pairs(there) do
    if not found then missing[#missing + 1] = what .. " is not installed" end
  end
  table.sort(missing)
  return missing[1]
    or FLAVOUR == "asan" and "a sanitized core.so needs an executable that is sanitized, too" or nil
end

return inside
